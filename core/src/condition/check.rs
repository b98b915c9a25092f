//! What is wrong with an expression where it stands (C3): a secret that it names, a job that it asks for in vain.

use super::evaluate::read;
use super::expression::{Expression, Function, Kind, Literal, Node, Status};
use super::verdict::EvaluationError;
use crate::variable::Resolved;

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// The variables that are known before there is a release.
    pub(crate) variables: &'a Resolved,
    /// Whether this is the name of an earlier job of the stage; `None` where no jobs can be named: in the condition of a task.
    pub(crate) is_earlier_job: Option<&'a dyn Fn(&str) -> bool>,
}

/// What is wrong with an expression where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub(crate) struct SceneError {
    /// Where, counted in characters from 1.
    column: usize,
    problem: SceneProblem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum SceneProblem {
    #[error("a condition can't use {name}: it is a secret, or refers to one")]
    Secret { name: String },
    #[error("{function} takes no arguments in the condition of a task, only in that of a job", function = .0.name())]
    NamesInTask(Function),
    #[error("{function} takes names of jobs in quotes", function = .0.name())]
    NoName(Function),
    #[error("there is no job {name:?} before this one")]
    UnknownJob { name: String },
}

impl Expression {
    /// Everything that is wrong with it where it stands, from left to right.
    pub(crate) fn check(&self, scene: &Scene<'_>) -> Vec<SceneError> {
        let mut problems = Vec::new();
        check(&self.0, scene, &mut problems);
        problems
    }
}

fn check(node: &Node, scene: &Scene<'_>, problems: &mut Vec<SceneError>) {
    match &node.kind {
        Kind::Literal(_) | Kind::Variables => {}
        Kind::Index { of, index } => {
            if let (Kind::Variables, Kind::Literal(Literal::Text(name))) = (&of.kind, &index.kind)
                && let Err(EvaluationError::Secret { name }) = read(scene.variables, name)
            {
                problems.push(SceneError { column: index.column, problem: SceneProblem::Secret { name } });
            }
            check(of, scene, problems);
            check(index, scene, problems);
        }
        Kind::Call { function: Function::Status(status), arguments } => {
            problems.extend(arguments.iter().filter_map(|argument| {
                let problem = check_job(*status, argument, scene)?;
                Some(SceneError { column: argument.column, problem })
            }));
        }
        Kind::Call { arguments, .. } => {
            for argument in arguments {
                check(argument, scene, problems);
            }
        }
    }
}

fn check_job(status: Status, argument: &Node, scene: &Scene<'_>) -> Option<SceneProblem> {
    let Some(is_earlier_job) = scene.is_earlier_job else {
        return Some(SceneProblem::NamesInTask(Function::Status(status)));
    };
    match &argument.kind {
        Kind::Literal(Literal::Text(name)) if is_earlier_job(name) => None,
        Kind::Literal(Literal::Text(name)) => Some(SceneProblem::UnknownJob { name: name.clone() }),
        Kind::Literal(_) | Kind::Variables | Kind::Index { .. } | Kind::Call { .. } => {
            Some(SceneProblem::NoName(Function::Status(status)))
        }
    }
}

//! What a runner is told of a task (J4, V1, V3).

use std::collections::{BTreeMap, BTreeSet};

use super::system_variables::{job_variables, system_variables};
use super::{About, Release};
use crate::deployment::{Deployment, JobRun, SkipReason};
use crate::variable::{ExpandError, Resolved, Scope, Scopes, expand};
use crate::{
    DeploymentId, GateId, Job, JobId, PipelineDefinition, SecretRef, SliceId, Stage, Task, TaskId, TaskRef,
    VariableValue, Variables, fold,
};

/// A task with everything that running it takes: its inputs with their variables replaced, and the variables themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskOrder {
    /// The task.
    pub id: TaskId,
    /// For people.
    pub name: String,
    /// The stage's name.
    pub stage: String,
    /// The release's name.
    pub release: String,
    /// What runs it.
    pub task: TaskRef,
    /// What it is told, with `$(name)` replaced. What is left of it stands for a secret, or for nothing that is known.
    pub inputs: BTreeMap<String, String>,
    /// Environment variables of its process, with `$(name)` replaced.
    pub environment: BTreeMap<String, String>,
    /// The variables that it sees.
    pub variables: Resolved,
    /// The secrets that its inputs and environment speak of, by the folded name that stands in them (V4).
    pub secrets: BTreeMap<String, SecretRef>,
    /// Minutes that it is given to stop before it is killed (J1).
    pub cancel_timeout_minutes: u32,
}

/// Why a task cannot be told what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// The release, or this version of its definition, has no such task.
    #[error("there is no task {task}")]
    UnknownTask {
        /// The task.
        task: TaskId,
    },
    /// The release, or this version of its definition, has no such gate.
    #[error("there is no gate {gate}")]
    UnknownGate {
        /// The gate.
        gate: GateId,
    },
    /// An input cannot be expanded (V3).
    #[error("input {input:?}: {source}")]
    Input {
        /// The input's name.
        input: String,
        /// Why.
        source: ExpandError,
    },
}

impl Release {
    /// What a runner is told of the task. `definition` is the snapshot that the release froze.
    ///
    /// # Errors
    /// If there is no such task, or one of its inputs cannot be expanded.
    pub fn task_order(&self, definition: &PipelineDefinition, id: TaskId) -> Result<TaskOrder, OrderError> {
        let unknown = || OrderError::UnknownTask { task: id };
        let about = self.about().ok_or_else(unknown)?;
        let stage = definition.stage(id.deployment().stage).ok_or_else(unknown)?;
        let deployment = self.deployment(id.deployment()).ok_or_else(unknown)?;
        let job = deployment.planned_jobs(stage).get(id.job.job as usize).ok_or_else(unknown)?;
        let task = job.tasks.get(id.task as usize).ok_or_else(unknown)?;
        let seen = Seen { slice: id.slice(), before: id.task };
        let variables = self.variables_after(definition, id.deployment(), job, Some(seen));
        let mut secrets = BTreeMap::new();
        let mut expanded = |texts: &BTreeMap<String, String>| {
            let expand_one = |(name, text): (&String, &String)| {
                let error = |source| OrderError::Input { input: name.clone(), source };
                let expanded = expand(text, &variables).map_err(error)?;
                secrets.extend(expanded.secrets);
                Ok((name.clone(), expanded.text))
            };
            texts.iter().map(expand_one).collect::<Result<BTreeMap<_, _>, OrderError>>()
        };
        let Task { name, task, inputs, environment, .. } = task;
        Ok(TaskOrder {
            id,
            name: name.clone(),
            stage: stage.name.clone(),
            release: about.name.clone(),
            task: task.clone(),
            inputs: expanded(inputs)?,
            environment: expanded(environment)?,
            variables,
            secrets,
            cancel_timeout_minutes: job.cancel_timeout_minutes,
        })
    }

    /// The variables that a slice of a job and the next of its tasks see, in their conditions too (V1); of a job that has not begun, what
    /// the job sees. None if the release has no such job.
    pub fn variables(&self, definition: &PipelineDefinition, id: SliceId) -> Resolved {
        let (stage, deployment) = (definition.stage(id.deployment().stage), self.deployment(id.deployment()));
        let jobs = stage.zip(deployment).map(|(stage, deployment)| deployment.planned_jobs(stage));
        match jobs.and_then(|jobs| jobs.get(id.job.job as usize)) {
            Some(job) => {
                let seen = Seen { slice: id, before: u32::MAX };
                self.variables_after(definition, id.deployment(), job, Some(seen))
            }
            None => Resolved::default(),
        }
    }

    /// The same, after everything that was set before this place (J10); without one, after nothing, and outside of any slice.
    pub(super) fn variables_after(
        &self,
        definition: &PipelineDefinition,
        id: DeploymentId,
        job: &Job,
        seen: Option<Seen>,
    ) -> Resolved {
        let (Some(about), Some(stage)) = (self.about(), definition.stage(id.stage)) else {
            return Resolved::default();
        };
        let mut given = Given { revised: self.revised_variables.get(&stage.id), ..Given::default() };
        if let Some(deployment) = self.deployment(id) {
            given.deployment = Some(&deployment.variables);
            if let Some(Seen { slice, before }) = seen {
                let run = deployment.slice(slice);
                given.slice = run.and_then(|run| run.slice.as_ref()).map(|slice| &slice.variables);
                given.outputs = self.outputs_before(deployment, stage, slice.job);
                given.tasks = deployment.outputs_in_slice(slice, job, before);
                given.system = job_variables(deployment, job, slice);
            }
        }
        variables(about, definition, stage, job, id, given)
    }

    /// What tasks of earlier jobs set as outputs; a job that was not repeated set what it did in the attempt in which it succeeded (J10,
    /// D5).
    fn outputs_before(
        &self,
        deployment: &Deployment,
        stage: &Stage,
        job: JobId,
    ) -> Vec<(String, VariableValue)> {
        let jobs = deployment.planned_jobs(stage);
        let mut outputs = Vec::new();
        for (place, (job, run)) in (0_u32..job.job).zip(jobs.iter().zip(&deployment.jobs)) {
            let ran = match run {
                JobRun::Skipped(SkipReason::SucceededInAttempt(attempt)) => {
                    self.deployment(DeploymentId { attempt: *attempt, ..deployment.id })
                }
                JobRun::Began { .. } | JobRun::CouldNotBegin { .. } | JobRun::Skipped(_) => Some(deployment),
            };
            outputs.extend(ran.into_iter().flat_map(|ran| ran.outputs_of_job(place, job)));
        }
        outputs
    }
}

/// From where variables are seen: what earlier jobs and earlier tasks of the slice set is there (J10).
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    slice: SliceId,
    /// The place of a task that sees what those before it set.
    before: u32,
}

/// What was said of a stage's variables outside the definition.
#[derive(Default)]
struct Given<'a> {
    /// Values for this very deployment (S8).
    deployment: Option<&'a BTreeMap<String, String>>,
    /// The stage's variables that were changed in the release, by their folded names (R7).
    revised: Option<&'a BTreeSet<String>>,
    /// Variables of the slice (J2).
    slice: Option<&'a BTreeMap<String, String>>,
    /// What tasks of earlier jobs set, under the names by which it is seen here; of two with one name the later counts (J10).
    outputs: Vec<(String, VariableValue)>,
    /// The same of earlier tasks of the slice.
    tasks: Vec<(String, VariableValue)>,
    /// What the engine knows of the job, beside what it knows of the release.
    system: BTreeMap<String, String>,
}

/// V1: by scope; a value given for the release counts only where it could be given for (R4): at the stage's own variable if that is
/// settable, else at the pipeline's if that one is, and then the stage's own wins. In a draft also what is settable nowhere can be
/// given: then it counts for the pipeline's, or for the stage's where the pipeline has none.
fn variables(
    about: &About,
    definition: &PipelineDefinition,
    stage: &Stage,
    job: &Job,
    id: DeploymentId,
    given: Given<'_>,
) -> Resolved {
    let find = |variables: &Variables, name: &str| {
        variables.iter().find(|(known, _)| fold(known) == fold(name)).map(|(_, variable)| variable.settable)
    };
    let is_settable_nowhere = |name: &str| {
        let mut everywhere =
            std::iter::once(&definition.variables).chain(definition.stages.iter().map(|it| &it.variables));
        !everywhere.any(|variables| find(variables, name) == Some(true))
    };
    let (mut for_release, mut for_stage) = (BTreeMap::new(), BTreeMap::new());
    let is_revised = |name: &str| given.revised.is_some_and(|revised| revised.contains(&fold(name)));
    for (name, value) in about.variables.iter().filter(|(name, _)| !is_revised(name)) {
        let (of_pipeline, of_stage) = (find(&definition.variables, name), find(&stage.variables, name));
        let counts = |settable: Option<bool>| settable.is_some_and(|it| it || is_settable_nowhere(name));
        if of_stage == Some(true) || (of_pipeline.is_none() && counts(of_stage)) {
            for_stage.insert(name.clone(), value.clone());
        } else if counts(of_pipeline) {
            for_release.insert(name.clone(), value.clone());
        }
    }
    // Values that were given for this very deployment (S8) win over those of its release.
    for (name, value) in given.deployment.into_iter().flatten() {
        for_stage.retain(|known, _| fold(known) != fold(name));
        for_stage.insert(name.clone(), value.clone());
    }
    Scopes::new()
        .with(Scope::PipelineGroups, &definition.group_variables)
        .with(Scope::Pipeline, &definition.variables)
        .with_plain(Scope::Release, for_release)
        .with(Scope::StageGroups, &stage.group_variables)
        .with(Scope::Stage, &stage.variables)
        .with_plain(Scope::Deployment, for_stage)
        .with(Scope::Job, &job.variables)
        .with_values(Scope::Outputs, given.outputs)
        .with_plain(Scope::Slice, given.slice.into_iter().flatten())
        .with_values(Scope::Tasks, given.tasks)
        .with_plain(Scope::System, system_variables(about, definition, stage, id))
        .with_plain(Scope::System, given.system)
        .resolve()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::About;
    use crate::{Actor, Digest, PipelineId, ReleaseId, ReleaseReason, StageId, Timestamp, Variable};

    /// Story: a value that was given for the pipeline's variable got past a stage's own variable of the same name, which nobody may
    /// set (R4).
    #[test]
    fn a_given_value_counts_at_a_stages_own_variable_only_if_it_could_be_given_for_it() {
        let id =
            DeploymentId { release: ReleaseId(1), stage: StageId(1), attempt: std::num::NonZeroU32::MIN };
        let about = About {
            id: ReleaseId(1),
            name: String::new(),
            pipeline: PipelineId(1),
            revision: 1,
            snapshot: Digest::of(b"any"),
            reason: ReleaseReason::Manual,
            description: String::new(),
            creator: Actor::System,
            created_at: Timestamp::UNIX_EPOCH,
            requested_for: None,
            artifacts: BTreeMap::new(),
            tags: BTreeSet::new(),
            keep_forever: crate::retention::KeepForever::Never,
            variables: BTreeMap::from([("Y".to_owned(), "given".to_owned())]),
            manual_stages: BTreeSet::new(),
            triggered_by: None,
        };
        let of_pipeline = [None, Some(Variable::plain("all").settable())];
        let of_stage = [Variable::plain("own"), Variable::plain("own").settable()];
        let mut found = Vec::new();
        for of_pipeline in &of_pipeline {
            for of_stage in &of_stage {
                let mut definition = PipelineDefinition::new("Shop");
                definition.variables.extend(of_pipeline.clone().map(|it| ("Y".to_owned(), it)));
                let mut stage = Stage::new(StageId(1), "Dev");
                stage.variables.insert("y".to_owned(), of_stage.clone());
                let resolved =
                    variables(&about, &definition, &stage, &Job::agent("job"), id, Given::default());
                found.push(resolved.plain("Y").unwrap_or_default().to_owned());
            }
        }
        // Without one of the pipeline's, only a draft can have been given it (R2).
        assert_eq!(found, ["given", "given", "own", "given"]);
    }
}

//! What is asked of the engines, by callers who hear of lost answers as little as anybody, and who ask again until they are answered.

use chrono::TimeDelta;
use cutover::deployment::{Answer as Said, InterventionAnswer};
use cutover::store::Position;
use cutover::transaction::Command;
use cutover::{
    Actor, ApprovalId, CommandId, NewRelease, PipelineDefinition, PipelineId, ReleaseCommand, ReleaseId,
    TaskId,
};

use super::executor::Life;
use crate::{Engine, EngineError};

/// Something that somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// A new pipeline.
    Pipeline(Box<PipelineDefinition>),
    /// A new release of a pipeline.
    Release(PipelineId, NewRelease),
    /// What retention lets go of a pipeline is deleted, each release in a commit of its own (K3).
    Retention(PipelineId),
    /// Anything else.
    Command(Command),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The pipeline is there.
    Pipeline(PipelineId),
    /// The release is there.
    Release(ReleaseId),
    /// It is recorded there; `None`: it was so already, or stands in commits of its own.
    Done(Option<Position>),
    /// It was refused, and why.
    Refused(String),
}

/// Which of the things that were asked for: they are numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskId(pub(super) usize);

/// What somebody asked for, and how far it is.
pub(super) struct Asked {
    pub(super) by: Actor,
    pub(super) id: CommandId,
    pub(super) ask: Ask,
    /// The question that it answers: one whose answer is refused is asked again.
    pub(super) about: Option<Question>,
    pub(super) stand: Stand,
}

/// What engines ask people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Approval(ApprovalId),
    Intervention(TaskId),
}

/// How people have answered a question so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Replied {
    pub(super) times: u32,
    /// Whether an answer is on its way, or has come.
    pub(super) is_under_way: bool,
}

pub(super) enum Stand {
    Waits,
    Sent(Life),
    Answered(Answer),
}

/// How long a caller waits before it asks again.
pub(super) const AGAIN: TimeDelta = TimeDelta::seconds(1);

impl Ask {
    pub(super) const fn approval(approval: ApprovalId, answer: Said) -> Self {
        let command = ReleaseCommand::Answer { approval, answer, comment: String::new() };
        Self::Command(Command::Release(approval.deployment.release, command))
    }

    pub(super) const fn intervention(task: TaskId, answer: InterventionAnswer) -> Self {
        let command = ReleaseCommand::AnswerIntervention { task, answer, comment: String::new() };
        Self::Command(Command::Release(task.job.deployment.release, command))
    }

    pub(super) async fn give(
        self,
        engine: &Engine,
        by: &Actor,
        id: CommandId,
    ) -> Result<Answer, EngineError> {
        match self {
            Self::Pipeline(definition) => {
                engine.create_pipeline_as(by, id, *definition).await.map(Answer::Pipeline)
            }
            Self::Release(pipeline, request) => {
                engine.create_release_as(by, id, pipeline, request).await.map(Answer::Release)
            }
            // Asked again, it goes on with what is left.
            Self::Retention(pipeline) => {
                engine.apply_retention(by, pipeline).await.map(|_| Answer::Done(None))
            }
            Self::Command(command) => {
                let outcome = engine.submit_as(by, id, command).await?;
                Ok(Answer::Done((!outcome.events.is_empty()).then_some(outcome.position)))
            }
        }
    }
}

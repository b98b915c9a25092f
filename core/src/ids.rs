//! A type for every id, so that one is never taken for another.
//!
//! Ids are natural: a deployment is a release, a stage and an attempt; a task is a deployment and its places. So a decision that is
//! taken again gives the same ids, and a person who reads a log knows what an id stands for.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits;

/// A text that is not the id that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}")]
pub struct InvalidId {
    /// The text.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($number:ty), $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $number);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let number = text.parse().map_err(|_| InvalidId { text: text.to_owned(), what: $what })?;
                Ok(Self(number))
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            ///
            /// # Errors
            /// [`InvalidId`] if it is empty, longer than [`limits::ID_BYTES`], or holds a control character.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                if text.is_empty() || text.len() > limits::ID_BYTES || text.chars().any(char::is_control) {
                    return Err(InvalidId { text, what: $what });
                }
                Ok(Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }
    };
}

number_id! {
    /// A release pipeline: unique in the store, never reused.
    PipelineId(u64), "a pipeline's id, a number"
}
number_id! {
    /// A release: unique in the store over all pipelines, never reused (R1).
    ReleaseId(u64), "a release's id, a number"
}
number_id! {
    /// A stage of a pipeline: stable over the pipeline's revisions, never given to another stage of it (P3).
    StageId(u32), "a stage's id, a number"
}

/// A schedule of a pipeline's triggers or of a stage: stable over the pipeline's revisions, unique among the pipeline's triggers or
/// among the stage's schedules (X2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScheduleId(pub u32);

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_id! {
    /// A person, by the opaque id that the host's identities know (E5).
    UserId, "a user's id"
}
text_id! {
    /// A group of people, by the opaque id that the host's identities know.
    GroupId, "a group's id"
}
text_id! {
    /// A command, given by its caller or drawn by the engine: a command that comes twice with the same id is carried out once.
    CommandId, "a command's id"
}
text_id! {
    /// One attempt to commit, drawn by the engine: by it a commit whose answer was lost is recognised in the log.
    CommitId, "a commit's id"
}
text_id! {
    /// An engine, by the name that its host gave it, the same over restarts.
    EngineId, "an engine's id"
}
text_id! {
    /// One life of an engine, from its start to its end.
    IncarnationId, "an engine's incarnation"
}
text_id! {
    /// An artifact source, whose versions are published under it (A1).
    SourceId, "an artifact source's id"
}
text_id! {
    /// A cursor: who is told of notifications by it, by the name that the host gave it (E4).
    CursorId, "a cursor's id"
}
text_id! {
    /// A variable group (V2).
    VariableGroupId, "a variable group's id"
}
text_id! {
    /// A pool of agents that run jobs (J11).
    PoolId, "a pool's id"
}
text_id! {
    /// A deployment group: the targets that a job runs on (J3).
    TargetGroupId, "a target group's id"
}
text_id! {
    /// A lock group: no more of the stages that name it run at a time than it has room for (Q8).
    LockGroupId, "a lock group's id"
}
text_id! {
    /// A freeze: a window in which nothing is deployed (F1).
    FreezeId, "a freeze's id"
}

/// The stage of one pipeline that a queue belongs to, across the pipeline's releases. Written `3/2`: pipeline 3, stage 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueId {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The stage.
    pub stage: StageId,
}

/// One attempt at one stage of one release. Written `17/2#1`: release 17, stage 2, first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeploymentId {
    /// The release.
    pub release: ReleaseId,
    /// The stage.
    pub stage: StageId,
    /// The attempt, from 1.
    pub attempt: NonZeroU32,
}

/// A job of a deployment, by its place in the stage, from 0. Written `17/2#1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The job's place.
    pub job: u32,
}

/// A slice of a job, by its place in the job, from 0 (J2). Written `17/2#1.0:1`. A job that runs once has one slice, with place 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SliceId {
    /// The job.
    pub job: JobId,
    /// The slice's place.
    pub slice: u32,
}

/// One try of a task of a job. Written `17/2#1.0.3`, and `17/2#1.0.3~2` for its second retry (J4); in a later slice of its job than
/// the first `17/2#1.0:1.3` (J2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskId {
    /// The job.
    pub job: JobId,
    /// The slice's place in its job, from 0 (J2).
    pub slice: u32,
    /// The task's place in its job, from 0.
    pub task: u32,
    /// How often it was tried before.
    pub retry: u32,
}

/// Before the jobs, or after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Pre-deployment.
    Before,
    /// Post-deployment.
    After,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "pre",
            Self::After => "post",
        })
    }
}

/// An approval: one step before or after the jobs of one deployment. Written `17/2#1-pre.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApprovalId {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Before or after its jobs.
    pub moment: Moment,
    /// Which time it is asked in this deployment, from 1: what was approved before its release's snapshot changed is asked again (R7).
    pub round: u32,
    /// The step's place in the definition, from 0.
    pub step: u32,
}

/// A gate on one side of the jobs of one deployment. Written `17/2#1-pre-gate.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GateId {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Before or after its jobs.
    pub moment: Moment,
    /// The gate's place in the definition, from 0.
    pub gate: u32,
}

impl fmt::Display for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-gate.{}", self.deployment, self.moment, self.gate)
    }
}

impl fmt::Display for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pipeline, self.stage)
    }
}

impl FromStr for QueueId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pipeline, stage) = text
            .split_once('/')
            .ok_or_else(|| InvalidId { text: text.to_owned(), what: "a queue's id, such as 3/2" })?;
        Ok(Self { pipeline: pipeline.parse()?, stage: stage.parse()? })
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}#{}", self.release, self.stage, self.attempt)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.deployment, self.job)
    }
}

impl fmt::Display for SliceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.job, self.slice)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slice {
            0 => write!(f, "{}.{}", self.job, self.task)?,
            _ => write!(f, "{}.{}", self.slice(), self.task)?,
        }
        if self.retry == 0 { Ok(()) } else { write!(f, "~{}", self.retry) }
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.deployment, self.moment, self.step)?;
        if self.round == 1 { Ok(()) } else { write!(f, "~{}", self.round) }
    }
}

fn deployment_of(text: &str) -> Option<DeploymentId> {
    let (release, rest) = text.split_once('/')?;
    let (stage, attempt) = rest.split_once('#')?;
    Some(DeploymentId {
        release: ReleaseId(release.parse().ok()?),
        stage: StageId(stage.parse().ok()?),
        attempt: attempt.parse().ok()?,
    })
}

fn job_of(text: &str) -> Option<JobId> {
    let (deployment, job) = text.rsplit_once('.')?;
    Some(JobId { deployment: deployment_of(deployment)?, job: job.parse().ok()? })
}

fn slice_of(text: &str) -> Option<SliceId> {
    let (job, slice) = text.rsplit_once(':')?;
    Some(SliceId { job: job_of(job)?, slice: slice.parse().ok()? })
}

fn task_of(text: &str) -> Option<TaskId> {
    let (within, place) = text.rsplit_once('.')?;
    let SliceId { job, slice } = if within.contains(':') {
        slice_of(within).filter(|slice| slice.slice > 0)?
    } else {
        SliceId { job: job_of(within)?, slice: 0 }
    };
    let (task, retry) = match place.split_once('~') {
        Some((task, retry)) => (task, retry.parse().ok().filter(|retry| *retry > 0)?),
        None => (place, 0),
    };
    Some(TaskId { job, slice, task: task.parse().ok()?, retry })
}

fn approval_of(text: &str) -> Option<ApprovalId> {
    let (deployment, rest) = text.rsplit_once('-')?;
    let (moment, place) = rest.split_once('.')?;
    let (step, round) = match place.split_once('~') {
        Some((step, round)) => (step, round.parse().ok().filter(|round| *round > 1)?),
        None => (place, 1),
    };
    let moment = moment_of(moment)?;
    Some(ApprovalId { deployment: deployment_of(deployment)?, moment, round, step: step.parse().ok()? })
}

fn gate_of(text: &str) -> Option<GateId> {
    let (side, gate) = text.split_once("-gate.")?;
    let (deployment, moment) = side.rsplit_once('-')?;
    let (deployment, moment) = (deployment_of(deployment)?, moment_of(moment)?);
    Some(GateId { deployment, moment, gate: gate.parse().ok()? })
}

fn moment_of(text: &str) -> Option<Moment> {
    match text {
        "pre" => Some(Moment::Before),
        "post" => Some(Moment::After),
        _ => None,
    }
}

macro_rules! written_as_text {
    ($name:ident, $parse:ident, $what:literal) => {
        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $parse(text).ok_or_else(|| InvalidId { text: text.to_owned(), what: $what })
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

written_as_text!(DeploymentId, deployment_of, "a deployment's id, such as 17/2#1");
written_as_text!(JobId, job_of, "a job's id, such as 17/2#1.0");
written_as_text!(SliceId, slice_of, "a slice's id, such as 17/2#1.0:1");
written_as_text!(TaskId, task_of, "a task's id, such as 17/2#1.0.3");
written_as_text!(ApprovalId, approval_of, "an approval's id, such as 17/2#1-pre.0");
written_as_text!(GateId, gate_of, "a gate's id, such as 17/2#1-pre-gate.0");

impl TaskId {
    /// The deployment that the task belongs to.
    pub const fn deployment(self) -> DeploymentId {
        self.job.deployment
    }

    /// The slice that the task belongs to.
    pub const fn slice(self) -> SliceId {
        SliceId { job: self.job, slice: self.slice }
    }
}

impl SliceId {
    /// The deployment that the slice belongs to.
    pub const fn deployment(self) -> DeploymentId {
        self.job.deployment
    }

    /// The first try of one of its tasks, by the task's place.
    pub const fn task(self, task: u32) -> TaskId {
        TaskId { job: self.job, slice: self.slice, task, retry: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_as_they_are_written() -> Result<(), InvalidId> {
        for text in ["17/2#1", "18446744073709551615/4294967295#4294967295"] {
            assert_eq!(text.parse::<DeploymentId>()?.to_string(), text);
        }
        assert_eq!("17/2#1.0".parse::<JobId>()?.to_string(), "17/2#1.0");
        assert_eq!("17/2#1.0.3".parse::<TaskId>()?.to_string(), "17/2#1.0.3");
        assert_eq!("17/2#1.0.3~2".parse::<TaskId>()?.to_string(), "17/2#1.0.3~2");
        assert_eq!("17/2#1.0.3~2".parse::<TaskId>()?.retry, 2);
        assert_eq!("17/2#1.0:1".parse::<SliceId>()?.to_string(), "17/2#1.0:1");
        assert_eq!("17/2#1.0:0".parse::<SliceId>()?.to_string(), "17/2#1.0:0");
        assert_eq!("17/2#1.0:4.3~2".parse::<TaskId>()?.to_string(), "17/2#1.0:4.3~2");
        assert_eq!("17/2#1.0:4.3".parse::<TaskId>()?.slice, 4);
        assert_eq!("17/2#1-pre.0".parse::<ApprovalId>()?.to_string(), "17/2#1-pre.0");
        assert_eq!("17/2#1-pre.0~2".parse::<ApprovalId>()?.to_string(), "17/2#1-pre.0~2");
        assert_eq!("17/2#1-post.4".parse::<ApprovalId>()?.moment, Moment::After);
        assert_eq!("17/2#1-post-gate.4".parse::<GateId>()?.to_string(), "17/2#1-post-gate.4");
        Ok(())
    }

    #[test]
    fn what_is_no_id_is_refused_with_the_text() {
        for text in ["", "17", "17/2", "17/2#0", "17/2#1.", "a/2#1", "17/2#1-mid.0", "17/2#1-pre.0~1"] {
            assert!(text.parse::<DeploymentId>().is_err(), "{text}");
            assert!(text.parse::<ApprovalId>().is_err(), "{text}");
            assert!(text.parse::<GateId>().is_err(), "{text}");
        }
        assert!("17/2#1.0.3~0".parse::<TaskId>().is_err(), "the first try is written without a number");
        assert!("17/2#1.0:0.3".parse::<TaskId>().is_err(), "the first slice is written without a number");
        for text in ["17/2#1.0", "17/2#1.0.3", "17/2#1.0:1.3", "17/2#1:1", "17/2#1.0:"] {
            assert!(text.parse::<SliceId>().is_err(), "{text}");
        }
        assert!("17/2#1.0:1".parse::<JobId>().is_err());
        assert!("17/2#1.0:1".parse::<TaskId>().is_err());
        assert!(UserId::new("").is_err());
        assert!(UserId::new("a\nb").is_err());
    }
}

//! Ids that are made of others, by where something stands: a deployment is a release, a stage and an attempt.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use super::{InvalidId, PipelineId, ReleaseId, StageId};

/// The stage of one pipeline that a queue belongs to, across the pipeline's releases. Written `3/2`: pipeline 3, stage 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueId {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The stage.
    pub stage: StageId,
}

/// One attempt at one stage of one release. Written `17/2#1`: release 17, stage 2, first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct DeploymentId {
    /// The release.
    pub release: ReleaseId,
    /// The stage.
    pub stage: StageId,
    /// The attempt, from 1.
    pub attempt: NonZeroU32,
}

/// A job of a deployment, by its place in the stage, from 0. Written `17/2#1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct JobId {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The job's place.
    pub job: u32,
}

/// A slice of a job, by its place in the job, from 0 (J2). Written `17/2#1.0:1`. A job that runs once has one slice, with place 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct SliceId {
    /// The job.
    pub job: JobId,
    /// The slice's place.
    pub slice: u32,
}

/// One try of a task of a job. Written `17/2#1.0.3`, and `17/2#1.0.3~2` for its second retry (J4); in a later slice of its job than
/// the first `17/2#1.0:1.3` (J2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
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

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
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

//! What is true of releases, deployments and queues, as plainly as it can be said.

use super::Minutes;
use super::approvals::AnswerPlace;
use crate::plan::Policy;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub number: u64,
    pub state: State,
    pub revision: u32,
    pub creator: String,
    pub requested_for: Option<String>,
    pub description: String,
    /// Stages that start only by hand in it, sorted (R3).
    pub manual: Vec<u32>,
    /// The stages that start by themselves, sorted; `None`: all (S6).
    pub reach: Option<Vec<u32>>,
    /// The stages on the paths to targets that were named by hand, sorted (S6).
    pub asked_for: Vec<u32>,
    /// By stage, then by attempt.
    pub deployments: Vec<Deployment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Draft,
    Active,
    Abandoned,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub stage: u32,
    pub attempt: u32,
    pub by_hand: bool,
    pub by: String,
    pub phase: Phase,
    /// Those before the jobs first, then by step.
    pub approvals: Vec<Approval>,
    /// Whether an approver started it although it was deferred (AP10).
    pub brought_forward: bool,
    pub jobs: Vec<JobRun>,
    pub begun_at: Option<Minutes>,
    pub ended: Option<(Minutes, Came)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    Queued,
    ApprovingBefore,
    Deferred { until: Minutes },
    Running,
    Cancelling(Why),
    ApprovingAfter,
    Over(End),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Succeeded,
    PartiallySucceeded,
    JobsFailed,
    /// Whether after the jobs, and the step.
    ApprovalRejected(bool, u32),
    ApprovalTimedOut(bool, u32),
    Canceled(Why),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    Asked(String),
    Superseded(u64),
    Abandoned,
    QueueFull,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub after: bool,
    pub step: u32,
    /// Who is asked; nobody where the step was not asked.
    pub asked: Option<Asked>,
    /// Who was asked before it was handed on, the first one first (AP9).
    pub handed_on_by: Vec<Asked>,
    /// The moment that was given with it (AP10).
    pub until: Option<Minutes>,
    pub standing: Standing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    User(String),
    Group(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Open {
        since: Minutes,
        due: Minutes,
    },
    Approved(String),
    Rejected(String),
    /// The answers that it rests on (AP7).
    ApprovedBefore(Vec<AnswerPlace>),
    Automatic,
    TimedOut,
    Skipped,
    Canceled,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobRun {
    Skipped,
    Began { times_out_at: Option<Minutes>, timed_out: bool, tasks: Vec<TaskRun>, came: Option<Came> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskRun {
    Disabled,
    NotItsCondition,
    JobsTimeOver,
    Running { engine: u8, life: u8, times_out_at: Option<Minutes>, stop: Option<(Stop, Minutes)> },
    Ended(TaskCame),
}

/// Why a task is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    Canceled,
    TimedOut,
    JobTimedOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskCame {
    Succeeded,
    WithIssues,
    Failed,
    Canceled,
    TimedOut,
    Lost,
}

/// What came of a job, or of all of them; each is worse than the one before it (J6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    Succeeded,
    PartiallySucceeded,
    Canceled,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub stage: u32,
    /// The newest revision that entered, and its policy (Q5).
    pub revision: u32,
    pub policy: Policy,
    /// Each with release and attempt, sorted.
    pub holders: Vec<(u64, u32)>,
    /// In the order of entering.
    pub waiting: Vec<(u64, u32)>,
    /// What began last (D8).
    pub touched: Option<(u64, u32)>,
}

impl Release {
    /// The latest attempt at a stage.
    pub fn latest(&self, stage: u32) -> Option<&Deployment> {
        self.deployments.iter().rfind(|deployment| deployment.stage == stage)
    }

    pub fn deployment(&self, stage: u32, attempt: u32) -> Option<&Deployment> {
        self.deployments.iter().find(|known| (known.stage, known.attempt) == (stage, attempt))
    }

    pub fn going_on(&self) -> impl Iterator<Item = &Deployment> {
        self.deployments.iter().filter(|deployment| !deployment.is_over())
    }
}

impl Deployment {
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// The task that runs, with its places.
    pub fn running_task(&self) -> Option<(u32, u32)> {
        let (job, JobRun::Began { tasks, came: None, .. }) = (0_u32..).zip(&self.jobs).last()? else {
            return None;
        };
        let (task, TaskRun::Running { .. }) = (0_u32..).zip(tasks).last()? else { return None };
        Some((job, task))
    }
}

//! What is asked, by whom, and what may come of it.

use super::Minutes;
use crate::plan::Plan;

/// A command as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The command's id: the same for a command that is repeated.
    pub id: u64,
    pub by: &'static str,
    pub ask: Ask,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Create {
        release: u64,
        draft: bool,
        manual: Vec<u32>,
        target: Option<u32>,
        requested_for: Option<&'static str>,
    },
    Revise {
        against: u32,
        plan: Plan,
    },
    EditDraft {
        release: u64,
        manual: Option<Vec<u32>>,
        description: Option<String>,
    },
    Start {
        release: u64,
    },
    Deploy {
        release: u64,
        stage: u32,
    },
    DeployUpTo {
        release: u64,
        stage: u32,
    },
    Cancel {
        release: u64,
        stage: u32,
    },
    Answer {
        release: u64,
        stage: u32,
        attempt: u32,
        after: bool,
        step: u32,
        yes: bool,
        /// The moment before which the jobs are not to begin (AP10).
        until: Option<Minutes>,
    },
    Reassign {
        release: u64,
        stage: u32,
        attempt: u32,
        after: bool,
        step: u32,
        to: &'static str,
    },
    StartDeferred {
        release: u64,
        stage: u32,
        attempt: u32,
    },
    Abandon {
        release: u64,
    },
    Reactivate {
        release: u64,
    },
    Claim {
        release: u64,
        task: TaskPlace,
        engine: u8,
    },
    Reattach {
        release: u64,
        task: TaskPlace,
        engine: u8,
        life: u8,
    },
    Report {
        release: u64,
        task: TaskPlace,
        engine: u8,
        told: Told,
    },
    Settle {
        release: u64,
        stage: u32,
        attempt: u32,
    },
    /// A timer rang: the release is asked to reach its next deadline.
    Ring {
        release: u64,
    },
    SettleQueue {
        stage: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskPlace {
    pub stage: u32,
    pub attempt: u32,
    pub job: u32,
    pub task: u32,
}

/// What an engine says came of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Succeeded,
    WithIssues,
    Failed,
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Recorded,
    AlreadySo,
    Repeated,
    Refused,
}

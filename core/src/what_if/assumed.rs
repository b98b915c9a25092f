//! What had to be assumed, since nothing is on record of it.

use std::fmt;

use crate::deployment::{Answer, InterventionAnswer, TaskResult};
use crate::gate;
use crate::{ApprovalId, DeploymentId, GateId, TaskId};

/// An answer that had to be assumed. Written `gate 2/1#1-pre-gate.0 succeeds, as in 1/1#1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// What was assumed.
    pub what: Assumption,
    /// The deployment from which it is taken; `None`: it has no example, and went well at once.
    pub like: Option<DeploymentId>,
}

/// What was assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assumption {
    /// That an approval is answered so.
    Approval(ApprovalId, Answer),
    /// That a task ends so.
    Task(TaskId, TaskResult),
    /// That a task which is asked to stop does.
    Stop(TaskId),
    /// That a manual intervention is answered so.
    Intervention(TaskId, InterventionAnswer),
    /// That a gate answers so, from some sample on until it is assumed to answer otherwise.
    Gate(GateId, gate::Answer),
}

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.like {
            Some(deployment) => write!(f, "{}, as in {deployment}", self.what),
            None => write!(f, "{}, since there is no example", self.what),
        }
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approval(approval, Answer::Approve) => write!(f, "approval {approval} is given"),
            Self::Approval(approval, Answer::Reject) => write!(f, "approval {approval} is rejected"),
            Self::Task(task, result) => match result {
                TaskResult::Succeeded => write!(f, "task {task} succeeds"),
                TaskResult::SucceededWithIssues => write!(f, "task {task} succeeds with issues"),
                TaskResult::Failed => write!(f, "task {task} fails"),
                TaskResult::Lost => write!(f, "task {task} is lost"),
                TaskResult::Canceled | TaskResult::TimedOut => write!(f, "task {task} stops"),
            },
            Self::Stop(task) => write!(f, "task {task} stops"),
            Self::Intervention(task, InterventionAnswer::Resume) => {
                write!(f, "intervention {task} is resumed")
            }
            Self::Intervention(task, InterventionAnswer::Reject) => {
                write!(f, "intervention {task} is rejected")
            }
            Self::Gate(gate, gate::Answer::Succeeded) => write!(f, "gate {gate} succeeds"),
            Self::Gate(gate, gate::Answer::Failed) => write!(f, "gate {gate} fails"),
        }
    }
}

//! What a runner says came of a task (J6).

use serde::{Deserialize, Serialize};

use super::{SetVariable, TaskResult};
use crate::Timestamp;

/// What a runner says came of a task. That it was cancelled or ran out of time is not its to say: that was recorded when it was
/// asked to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// It succeeded.
    Succeeded,
    /// It succeeded, and complained.
    SucceededWithIssues {
        /// About what.
        message: String,
    },
    /// It failed.
    Failed {
        /// Why.
        message: String,
    },
    /// Nobody knows what became of it (J6).
    Lost {
        /// How that is known.
        message: String,
    },
    /// It ended in one of these ways, and had set variables (J10). [`Report::setting`] makes it.
    WithVariables {
        /// How it ended.
        report: Box<Self>,
        /// The variables, in the order in which it set them; secrets by where they are kept (V4).
        variables: Vec<SetVariable>,
    },
    /// It ended in one of these ways, at a moment that its runner knows. [`Report::ended_at`] makes it.
    EndedAt {
        /// How it ended.
        report: Box<Self>,
        /// When.
        at: Timestamp,
    },
}

impl Report {
    /// The same, of a task that set these variables, in this order. What exceeds the limits is told in the task's message.
    ///
    /// ```
    /// use cutover::deployment::{Report, SetVariable};
    ///
    /// let report = Report::Succeeded.setting(vec![SetVariable::output("version", "1.2")]);
    /// assert_eq!(report.outcome(), &Report::Succeeded);
    /// ```
    #[must_use]
    pub fn setting(self, variables: Vec<SetVariable>) -> Self {
        if variables.is_empty() { self } else { Self::WithVariables { report: Box::new(self), variables } }
    }

    /// The same, of a task that ended at this moment: deadlines that came due only after it are decided after the report (Time). A moment
    /// before the task began, or that is still to come, counts for nothing.
    #[must_use]
    pub fn ended_at(self, at: Timestamp) -> Self {
        Self::EndedAt { report: Box::new(self), at }
    }

    /// When it ended, if its runner knows.
    pub fn end(&self) -> Option<Timestamp> {
        match self {
            Self::EndedAt { at, .. } => Some(*at),
            Self::WithVariables { report, .. } => report.end(),
            Self::Succeeded | Self::SucceededWithIssues { .. } | Self::Failed { .. } | Self::Lost { .. } => {
                None
            }
        }
    }

    /// How it ended, whatever it set.
    pub fn outcome(&self) -> &Self {
        match self {
            Self::WithVariables { report, .. } | Self::EndedAt { report, .. } => report.outcome(),
            Self::Succeeded | Self::SucceededWithIssues { .. } | Self::Failed { .. } | Self::Lost { .. } => {
                self
            }
        }
    }

    /// Whether nobody knows how it ended, nor that it has.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.outcome(), Self::Lost { .. })
    }

    /// The variables that it set, in order.
    pub fn variables(&self) -> Vec<&SetVariable> {
        match self {
            Self::WithVariables { report, variables } => {
                report.variables().into_iter().chain(variables).collect()
            }
            Self::EndedAt { report, .. } => report.variables(),
            Self::Succeeded | Self::SucceededWithIssues { .. } | Self::Failed { .. } | Self::Lost { .. } => {
                Vec::new()
            }
        }
    }

    /// What it comes to.
    pub(super) fn result(&self) -> (TaskResult, String) {
        match self {
            Self::Succeeded => (TaskResult::Succeeded, String::new()),
            Self::SucceededWithIssues { message } => (TaskResult::SucceededWithIssues, message.clone()),
            Self::Failed { message } => (TaskResult::Failed, message.clone()),
            Self::Lost { message } => (TaskResult::Lost, message.clone()),
            Self::WithVariables { report, .. } | Self::EndedAt { report, .. } => report.result(),
        }
    }
}

use chrono::TimeDelta;

use crate::{Timestamp, later, limits};

/// Whether a pipeline may make releases and deploy them (P6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipelineStatus {
    pub(super) activity: Activity,
    /// Whether it was disabled when it was deleted, so that restoring it does not enable it.
    pub(super) was_disabled: bool,
    /// Since when nothing is started from its releases.
    pub(super) closed_at: Option<Timestamp>,
}

/// What a pipeline may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Activity {
    /// Everything.
    #[default]
    Active,
    /// It makes no releases; those that exist go on.
    Disabled,
    /// It makes no releases and starts nothing; what is not over is being cancelled.
    Deleting,
    /// It makes no releases and starts nothing.
    Deleted {
        /// Since when.
        at: Timestamp,
    },
}

impl PipelineStatus {
    /// What the pipeline may do.
    pub const fn activity(&self) -> Activity {
        self.activity
    }

    /// Whether releases may be made from it.
    pub const fn makes_releases(&self) -> bool {
        matches!(self.activity, Activity::Active)
    }

    /// Whether anything may be started from its releases.
    pub const fn starts_deployments(&self) -> bool {
        match self.activity {
            Activity::Active | Activity::Disabled => true,
            Activity::Deleting | Activity::Deleted { .. } => false,
        }
    }

    /// Since when nothing may be started from its releases; `None` where something may.
    pub const fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// Whether what is not over has to be cancelled: pending work, which an engine carries out in commits of their own.
    pub const fn is_deleting(&self) -> bool {
        matches!(self.activity, Activity::Deleting)
    }

    /// Until when it can be restored, if it is deleted.
    pub fn restorable_until(&self) -> Option<Timestamp> {
        match self.activity {
            Activity::Deleted { at } => {
                let days = TimeDelta::days(i64::from(limits::DELETED_PIPELINE_DAYS));
                Some(later(at, days))
            }
            Activity::Active | Activity::Disabled | Activity::Deleting => None,
        }
    }

    /// Whether it is deleted for good at that moment: it can be restored no more, and its triggers record nothing any longer (T6).
    pub fn is_gone(&self, at: Timestamp) -> bool {
        self.restorable_until().is_some_and(|until| at > until)
    }
}

//! What is decided about a release, and why.

use std::fmt;

use super::GoingOn;
use crate::{StageId, Timestamp};

/// Whether a release goes or stays (K3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may be deleted.
    Goes {
        /// Why.
        because: Departure,
    },
    /// It is kept.
    Stays {
        /// Every reason, in the order of [`Reason`]. Never empty.
        because: Vec<Reason>,
        /// When it will go if nothing changes; `None` if it stays until something changes.
        until: Option<Timestamp>,
    },
}

/// Why a release goes (K1). `since` is the moment at which its days were over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// No stage to which it was deployed keeps it any longer.
    NoStageKeepsIt {
        /// Since when.
        since: Timestamp,
    },
    /// It was never deployed, and the longest of its stages' days are over.
    NeverDeployed {
        /// Since when.
        since: Timestamp,
    },
    /// It is a draft, and the longest of its stages' days are over.
    OldDraft {
        /// Since when.
        since: Timestamp,
    },
}

/// Why a release stays (K1, K2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is kept forever (R6).
    KeptForever {
        /// Since when.
        since: Timestamp,
    },
    /// It is what is deployed on the stage (D8).
    Current {
        /// The stage.
        stage: StageId,
    },
    /// It is the last good release of the stage (D8).
    LastGood {
        /// The stage.
        stage: StageId,
    },
    /// Something of it goes on.
    GoingOn {
        /// At which stage.
        stage: StageId,
        /// What.
        what: GoingOn,
    },
    /// It is a draft, and young.
    Draft {
        /// When the longest of its stages' days are over.
        until: Timestamp,
    },
    /// It was never deployed, and is young.
    NeverDeployed {
        /// When the longest of its stages' days are over.
        until: Timestamp,
    },
    /// It was deployed to the stage not long ago.
    Days {
        /// The stage.
        stage: StageId,
        /// When the stage's days are over.
        until: Timestamp,
    },
    /// It is among the newest releases that were deployed to the stage.
    Newest {
        /// The stage.
        stage: StageId,
        /// Its place among them, from 1.
        place: u32,
        /// How many the stage keeps.
        of: u32,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeptForever { since } => write!(f, "it is kept forever since {since}"),
            Self::Current { stage } => write!(f, "it is what is deployed on stage {stage}"),
            Self::LastGood { stage } => write!(f, "it is the last good release of stage {stage}"),
            Self::GoingOn { stage, what } => write!(f, "it {what} at stage {stage}"),
            Self::Draft { until } => write!(f, "it is a draft, and kept until {until}"),
            Self::NeverDeployed { until } => write!(f, "it was never deployed, and is kept until {until}"),
            Self::Days { stage, until } => write!(f, "stage {stage} keeps it until {until}"),
            Self::Newest { stage, place, of } => {
                write!(f, "it is number {place} of the {of} newest that stage {stage} keeps")
            }
        }
    }
}

impl Reason {
    /// When it ends by itself; `None` if only a change ends it.
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Draft { until } | Self::NeverDeployed { until } | Self::Days { until, .. } => Some(until),
            Self::KeptForever { .. }
            | Self::Current { .. }
            | Self::LastGood { .. }
            | Self::GoingOn { .. }
            | Self::Newest { .. } => None,
        }
    }
}

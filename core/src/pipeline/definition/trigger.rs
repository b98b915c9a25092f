//! What creates releases by itself (T).

use serde::{Deserialize, Serialize};

use super::{Schedule, VersionFilter};

/// Something that creates releases by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseTrigger {
    /// A trigger that is not enabled is kept and does nothing.
    pub enabled: bool,
    /// What it waits for.
    pub kind: TriggerKind,
}

/// What a release trigger waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerKind {
    /// A new version of a source (T1, T4).
    ContinuousDeployment {
        /// The source's alias.
        alias: String,
        /// Alternatives: one that matches is enough. Empty: every version.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        filters: Vec<VersionFilter>,
        /// Whether tagging a version that then matches creates a release too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        on_tagging: bool,
    },
    /// A version that came from a pull request (T3).
    PullRequest {
        /// The source's alias.
        alias: String,
        /// Alternatives for the target branch. Empty: every one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        filters: Vec<VersionFilter>,
    },
    /// A time (T2).
    Scheduled(Schedule),
}

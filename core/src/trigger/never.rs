//! What keeps a stage from ever starting in a release (S5, T3).

use std::collections::BTreeMap;
use std::fmt;

use crate::artifact::passes;
use crate::{ArtifactVersion, ReleaseReason, Stage, fold};

/// Why a stage never starts in a release, by itself or by hand; by hand it does where somebody may override artifact filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeverStarts {
    /// The release was made for a pull request, and the stage does not allow that (T3).
    PullRequest,
    /// The release's version of this source does not pass the stage's filter (S5).
    ArtifactFilter {
        /// The source's alias.
        alias: String,
    },
}

impl fmt::Display for NeverStarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PullRequest => f.write_str("does not take releases that were made for pull requests (T3)"),
            Self::ArtifactFilter { alias } => {
                write!(f, "does not take this version of artifact {alias:?} (S5)")
            }
        }
    }
}

/// All that keeps a stage from ever starting in a release that was made for this reason, with these versions. Empty: nothing does.
pub fn never_starts(
    stage: &Stage,
    reason: ReleaseReason,
    artifacts: &BTreeMap<String, ArtifactVersion>,
) -> Vec<NeverStarts> {
    let is_barred = reason == ReleaseReason::PullRequest && !stage.pull_requests;
    let mut reasons: Vec<_> = is_barred.then_some(NeverStarts::PullRequest).into_iter().collect();
    for filter in &stage.artifact_filters {
        let version = artifacts.iter().find(|(alias, _)| fold(alias) == fold(&filter.alias));
        if !version.is_some_and(|(_, version)| passes(&filter.filters, version)) {
            reasons.push(NeverStarts::ArtifactFilter { alias: filter.alias.clone() });
        }
    }
    reasons
}

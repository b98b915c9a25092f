//! The version that a release takes if none is named (A3).

use super::{ArtifactFeed, passes_branches};
use crate::{ArtifactVersion, DefaultVersion, fold};

/// The version that the rule takes from a feed, as it is tagged by now (A3); `None` if the feed has none that matches, or one must be
/// chosen.
///
/// *Latest* goes by the order of publication. A version that came from a pull request is never the latest: it is deployed where it
/// is named, or by its own trigger (T3).
pub fn default_version<'f>(rule: &DefaultVersion, feed: &'f ArtifactFeed) -> Option<&'f ArtifactVersion> {
    let mut latest = feed.versions().filter(|version| version.pull_request.is_none());
    match rule {
        DefaultVersion::Latest => latest.next(),
        DefaultVersion::LatestOf { branch, tags } => {
            let branches = [branch.clone()];
            latest.find(|version| {
                passes_branches(&branches, &version.branch)
                    && tags.iter().all(|tag| version.tags.iter().any(|known| fold(known) == fold(tag)))
            })
        }
        DefaultVersion::Specific(id) => feed.version(id),
        DefaultVersion::ChosenAtCreation => None,
    }
}

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{ArtifactVersion, Timestamp};

/// The versions of one artifact source (A2): the newest 10,000, and the newest of each branch (A4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArtifactFeed {
    /// Shared by copies: a transaction that only reads the feed copies nothing.
    pub(super) kept: Arc<Kept>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The number of the newest publication; 0 before the first one.
    pub(super) newest: u64,
    /// The newest versions, by the number of their publication.
    pub(super) recent: BTreeMap<u64, Version>,
    /// Older ones that are the newest of their branch. All of their numbers are smaller.
    pub(super) older: BTreeMap<u64, Version>,
    pub(super) by_id: BTreeMap<String, u64>,
    pub(super) newest_of_branch: BTreeMap<String, u64>,
    /// When the latest version that was forgotten was made: one that is as old may have been published before.
    pub(super) forgotten: Option<Timestamp>,
    /// The newest taggings, by the number of their publication.
    pub(super) taggings: BTreeMap<u64, Tagging>,
}

/// A version that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// As it was published.
    pub(super) published: Arc<ArtifactVersion>,
    /// With all the tags that it has by now.
    pub(super) now: Arc<ArtifactVersion>,
    /// When it was made, as it says, but no later than it was published.
    pub(super) made: Option<Timestamp>,
}

/// Tags that a version got later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tagging {
    pub(super) before: Arc<ArtifactVersion>,
    pub(super) after: Arc<ArtifactVersion>,
}

/// Something that was published: a version, or tags of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its number on the feed, from 1.
    pub number: u64,
    /// The version as it then was: what it was tagged with later is not on it.
    pub version: Arc<ArtifactVersion>,
    /// What of it was new.
    pub kind: PublicationKind,
}

/// What of a publication is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicationKind {
    /// The version.
    Version,
    /// Some of its tags.
    Tags {
        /// The version as it was before.
        before: Arc<ArtifactVersion>,
    },
}

impl ArtifactFeed {
    /// The number of the newest publication; 0 before the first one.
    pub fn newest_publication(&self) -> u64 {
        self.kept.newest
    }

    /// The first publication after this number that is still kept.
    pub fn publication_after(&self, number: u64) -> Option<Publication> {
        let kept = &*self.kept;
        let first = number.saturating_add(1)..;
        let version = kept.older.range(first.clone()).chain(kept.recent.range(first.clone())).next();
        let tagging = kept.taggings.range(first).next();
        match (version, tagging) {
            (version, Some((number, Tagging { before, after })))
                if version.is_none_or(|(of_version, _)| number < of_version) =>
            {
                let kind = PublicationKind::Tags { before: Arc::clone(before) };
                Some(Publication { number: *number, version: Arc::clone(after), kind })
            }
            (Some((number, version)), _) => {
                let kind = PublicationKind::Version;
                Some(Publication { number: *number, version: Arc::clone(&version.published), kind })
            }
            (None, _) => None,
        }
    }

    /// The version with this id, if it is kept, with all the tags that it has by now.
    pub fn version(&self, id: &str) -> Option<&ArtifactVersion> {
        self.kept.version(id).map(|version| &*version.now)
    }

    /// The versions that are kept, those that were published last first.
    pub fn versions(&self) -> impl Iterator<Item = &ArtifactVersion> {
        let Kept { recent, older, .. } = &*self.kept;
        recent.values().rev().chain(older.values().rev()).map(|version| &*version.now)
    }
}

impl Kept {
    pub(super) fn version(&self, id: &str) -> Option<&Version> {
        let number = self.by_id.get(id)?;
        self.recent.get(number).or_else(|| self.older.get(number))
    }

    pub(super) fn version_mut(&mut self, id: &str) -> Option<&mut Version> {
        let number = self.by_id.get(id)?;
        self.recent.get_mut(number).or_else(|| self.older.get_mut(number))
    }
}

impl Version {
    /// The tags of `tags` that it has not yet, compared without case.
    pub(super) fn new_tags(&self, tags: &BTreeSet<String>) -> BTreeSet<String> {
        let mut known: BTreeSet<String> = self.now.tags.iter().map(|tag| crate::fold(tag)).collect();
        tags.iter().filter(|tag| known.insert(crate::fold(tag))).cloned().collect()
    }
}

use std::sync::Arc;

use super::state::{Kept, Tagging, Version};
use super::{ArtifactEvent, ArtifactFeed};
use crate::flow::Impossible;
use crate::{ArtifactVersion, Timestamp, limits};

impl ArtifactFeed {
    pub(super) fn fold(&mut self, event: &ArtifactEvent, at: Timestamp) -> Result<(), Impossible> {
        let kept = Arc::make_mut(&mut self.kept);
        let (ArtifactEvent::Published { publication, .. } | ArtifactEvent::Tagged { publication, .. }) =
            event;
        if *publication != kept.newest + 1 {
            return Err(Impossible("a publication that is not the next one"));
        }
        kept.newest = *publication;
        match event {
            ArtifactEvent::Published { publication, version } => kept.publish(*publication, version, at),
            ArtifactEvent::Tagged { publication, version, tags } => {
                let tagged = kept.version_mut(version).ok_or(Impossible("tags of an unknown version"))?;
                let before = Arc::clone(&tagged.now);
                Arc::make_mut(&mut tagged.now).tags.extend(tags.iter().cloned());
                let after = Arc::clone(&tagged.now);
                kept.taggings.insert(*publication, Tagging { before, after });
                if kept.taggings.len() > limits::FEED_VERSIONS {
                    kept.taggings.pop_first();
                }
                Ok(())
            }
        }
    }
}

impl Kept {
    fn publish(&mut self, number: u64, version: &ArtifactVersion, at: Timestamp) -> Result<(), Impossible> {
        if self.by_id.insert(version.id.clone(), number).is_some() {
            return Err(Impossible("a version that is published twice"));
        }
        let published = Arc::new(version.clone());
        let now = Arc::clone(&published);
        // A host's clock may be wrong: nothing was made after it was published.
        let made = version.time.map(|time| time.min(at));
        self.recent.insert(number, Version { published, now, made });
        // What was kept only as the newest of its branch is that no more.
        if let Some(before) = self.newest_of_branch.insert(version.branch.clone(), number)
            && let Some(older) = self.older.remove(&before)
        {
            self.forget(&older);
        }
        if self.recent.len() > limits::FEED_VERSIONS
            && let Some((number, oldest)) = self.recent.pop_first()
        {
            self.age(number, oldest);
        }
        Ok(())
    }

    /// A version that is not among the newest any more is kept if it is the newest of its branch (A4).
    fn age(&mut self, number: u64, version: Version) {
        if self.newest_of_branch.get(&version.published.branch) != Some(&number) {
            self.forget(&version);
            return;
        }
        self.older.insert(number, version);
        if self.older.len() > limits::FEED_BRANCHES
            && let Some((_, oldest)) = self.older.pop_first()
        {
            self.forget(&oldest);
            self.newest_of_branch.remove(&oldest.published.branch);
        }
    }

    fn forget(&mut self, version: &Version) {
        self.by_id.remove(&version.published.id);
        self.forgotten = self.forgotten.max(version.made);
    }
}

//! The artifact versions that releases take.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::{ArtifactVersion, fold};

use super::ReleaseVersion;
use super::numbers::Numbers;
use super::selection::Index;
use super::words::Words;

const HEADS: &str = "refs/heads/";

/// Versions by their ids and names, and by their branches, each with the releases that take it.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// By id or name, without case.
    named: BTreeMap<Arc<str>, Named>,
    of_branch: Index<Arc<str>>,
    /// Texts that many releases share.
    shared: BTreeSet<Arc<str>>,
    /// By the numbers by which names are found.
    numbered: BTreeMap<u64, Arc<str>>,
    words: Words,
    /// Those that a release takes which is not deleted.
    listed: Numbers,
    numbers: u64,
}

/// Versions that have the same id or name.
#[derive(Debug)]
pub(super) struct Named {
    number: u64,
    /// As one of them spells it.
    pub(super) spelled: Arc<str>,
    pub(super) releases: Numbers,
    /// How many of them are not deleted.
    shown: u64,
}

/// A branch as it is compared: with or without what it may be spelled with (A5).
pub(super) fn branch_name(branch: &str) -> &str {
    branch.strip_prefix(HEADS).unwrap_or(branch)
}

impl Versions {
    /// A release, which is not deleted, takes these versions.
    pub(super) fn take(
        &mut self,
        artifacts: &BTreeMap<String, ArtifactVersion>,
        release: u64,
    ) -> Vec<ReleaseVersion> {
        let mut taken = Vec::with_capacity(artifacts.len());
        for (alias, version) in artifacts {
            let id = self.name(&version.id, release);
            let name =
                if version.name == version.id { Arc::clone(&id) } else { self.name(&version.name, release) };
            let branch = self.share(&version.branch);
            if !branch.is_empty() {
                let compared = self.share(branch_name(&version.branch));
                self.of_branch.add(compared, release);
            }
            taken.push(ReleaseVersion { alias: self.share(alias), id, name, branch });
        }
        self.show(&taken);
        taken
    }

    /// A release, which is not deleted, takes these versions no longer.
    pub(super) fn release(&mut self, versions: &[ReleaseVersion], release: u64) {
        self.hide(versions);
        for folded in texts_of(versions) {
            let Some(named) = self.named.get_mut(&*folded) else { continue };
            named.releases.remove(release);
            if named.releases.is_empty() {
                let number = named.number;
                self.words.remove(&folded, number);
                self.numbered.remove(&number);
                self.named.remove(&*folded);
            }
        }
        for version in versions {
            self.of_branch.remove(&branch_name(&version.branch).into(), release);
        }
    }

    /// A release that takes these versions is shown.
    pub(super) fn show(&mut self, versions: &[ReleaseVersion]) {
        for folded in texts_of(versions) {
            if let Some(named) = self.named.get_mut(&*folded) {
                named.shown += 1;
                self.listed.insert(named.number);
            }
        }
    }

    /// A release that takes these versions is hidden.
    pub(super) fn hide(&mut self, versions: &[ReleaseVersion]) {
        for folded in texts_of(versions) {
            if let Some(named) = self.named.get_mut(&*folded) {
                named.shown = named.shown.saturating_sub(1);
                if named.shown == 0 {
                    self.listed.remove(named.number);
                }
            }
        }
    }

    /// Takes in that a release takes a version of this id or name.
    fn name(&mut self, text: &str, release: u64) -> Arc<str> {
        let folded = fold(text);
        if let Some(named) = self.named.get_mut(&*folded) {
            named.releases.insert(release);
            return if *named.spelled == *text { Arc::clone(&named.spelled) } else { text.into() };
        }
        let spelled: Arc<str> = text.into();
        let folded = if *folded == *spelled { Arc::clone(&spelled) } else { folded.into() };
        let number = self.numbers;
        self.numbers += 1;
        self.words.add(text, number);
        self.numbered.insert(number, Arc::clone(&folded));
        let releases = Numbers::One(release);
        self.named.insert(folded, Named { number, spelled: Arc::clone(&spelled), releases, shown: 0 });
        spelled
    }

    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.shared.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.shared.insert(Arc::clone(&text));
        text
    }

    /// The releases that take a version of this id or name.
    pub(super) fn with(&self, text: &str) -> &Numbers {
        self.named.get(&*fold(text)).map_or(&Numbers::None, |named| &named.releases)
    }

    /// The releases that take a version of this branch, as [`branch_name`] has it.
    pub(super) fn of_branch(&self, branch: &str) -> &Numbers {
        self.of_branch.get(&branch.into())
    }

    pub(super) const fn words(&self) -> &Words {
        &self.words
    }

    pub(super) const fn listed(&self) -> &Numbers {
        &self.listed
    }

    /// The version that was found by its words.
    pub(super) fn numbered(&self, number: u64) -> Option<&Named> {
        self.named.get(self.numbered.get(&number)?)
    }
}

/// The ids and names of versions, without case, each once.
fn texts_of(versions: &[ReleaseVersion]) -> BTreeSet<String> {
    versions.iter().flat_map(|version| [fold(&version.id), fold(&version.name)]).collect()
}

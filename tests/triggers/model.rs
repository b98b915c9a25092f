//! What ought to happen, told from the whole history: nothing here is kept as the core keeps it, and filters are matched letter by
//! letter.

use std::collections::BTreeSet;

use cutover::{ArtifactVersion, ReleaseReason};

use super::Trigger;
use super::published::{Publication, is_wanted};

/// A trigger that is there, and since which publication.
#[derive(Debug, Clone)]
struct Known {
    trigger: Trigger,
    since: usize,
    /// The publications that it has answered.
    answered: BTreeSet<usize>,
    /// The versions that it has made a release of.
    made: BTreeSet<String>,
}

/// A release as both sides tell it: why, and of which version.
pub type Made = (ReleaseReason, String);

#[derive(Debug)]
pub struct Model {
    /// The triggers of the present definition, also those that are not enabled.
    triggers: Vec<Known>,
    versions: Vec<ArtifactVersion>,
    publications: Vec<Publication>,
    /// How many publications have been observed.
    observed: usize,
    pub has_other: bool,
    pub releases: Vec<Made>,
    /// How often a trigger declined.
    pub declined: usize,
}

impl Model {
    pub fn new(triggers: &[Trigger]) -> Self {
        let mut model = Self {
            triggers: Vec::new(),
            versions: Vec::new(),
            publications: Vec::new(),
            observed: 0,
            has_other: false,
            releases: Vec::new(),
            declined: 0,
        };
        model.revise(triggers);
        model
    }

    pub fn publish(&mut self, version: &ArtifactVersion) {
        self.versions.push(version.clone());
        self.publications.push(Publication { version: version.clone(), before: None });
    }

    pub fn tag(&mut self, place: usize, tag: &str) {
        let version = &mut self.versions[place];
        if version.tags.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
            return;
        }
        let before = version.clone();
        version.tags.insert(tag.to_owned());
        self.publications.push(Publication { version: version.clone(), before: Some(before) });
    }

    /// A trigger that was there, and enabled, stays who it is; each is taken over once.
    pub fn revise(&mut self, triggers: &[Trigger]) {
        let mut before: Vec<Known> = std::mem::take(&mut self.triggers);
        let was_watched = before.iter().any(|known| known.trigger.enabled);
        before.retain(|known| known.trigger.enabled);
        for trigger in triggers {
            // How triggers of pull requests are told about tagging says nothing.
            let is_same = |known: &Known| trigger.enabled && known.trigger.kind() == trigger.kind();
            let known = before.iter().position(is_same).map(|place| before.remove(place));
            let fresh = || Known {
                trigger: trigger.clone(),
                since: self.publications.len(),
                answered: BTreeSet::new(),
                made: BTreeSet::new(),
            };
            let known = known.unwrap_or_else(fresh);
            self.triggers.push(known);
        }
        if !was_watched {
            // It begins where the feed stands.
            self.observed = self.publications.len();
        }
    }

    /// One commit of whoever drives the pipeline; whether there is something to do.
    pub fn drive(&mut self) -> bool {
        let is_watching = self.triggers.iter().any(|known| known.trigger.enabled);
        if !is_watching || self.observed >= self.publications.len() {
            return false;
        }
        let number = self.observed;
        let publication = self.publications[number].clone();
        let mut has_made = false;
        for known in self.triggers.iter_mut().filter(|known| known.trigger.enabled) {
            if known.answered.contains(&number) || known.since > number {
                continue;
            }
            let Some(reason) = answer(&known.trigger, &publication) else { continue };
            if has_made {
                // The next commit goes on with this one.
                return true;
            }
            known.answered.insert(number);
            if self.has_other {
                let id = &publication.version.id;
                assert!(known.made.insert(id.clone()), "I8: a second release of {id} by one trigger");
                self.releases.push((reason, id.clone()));
                has_made = true;
            } else {
                self.declined += 1;
            }
        }
        self.observed += 1;
        true
    }
}

fn answer(trigger: &Trigger, publication: &Publication) -> Option<ReleaseReason> {
    let reason = if trigger.is_of_pull_requests {
        ReleaseReason::PullRequest
    } else {
        ReleaseReason::ContinuousIntegration
    };
    is_wanted(&trigger.kind(), publication).then_some(reason)
}

//! What makes a release by itself (T1, T3, T4).

use crate::artifact::{Publication, PublicationKind, passes, passes_target};
use crate::{ArtifactVersion, ReleaseReason, ReleaseTrigger, TriggerKind};

/// Why a trigger makes a release of a publication on its source's feed; `None` if it makes none.
///
/// A version is published once, and tags are only ever added to it. So a trigger that also looks at tagging makes a release of a
/// version at most once (I8): when it is published, or with the first tags with which it passes.
pub fn reason_for(trigger: &ReleaseTrigger, publication: &Publication) -> Option<ReleaseReason> {
    if !trigger.enabled {
        return None;
    }
    let version = &publication.version;
    match (&trigger.kind, &publication.kind) {
        (TriggerKind::ContinuousDeployment { filters, on_tagging, .. }, kind) => {
            let fits = |version: &ArtifactVersion| version.pull_request.is_none() && passes(filters, version);
            let is_new = match kind {
                PublicationKind::Version => true,
                PublicationKind::Tags { before } => *on_tagging && !fits(before),
            };
            (is_new && fits(version)).then_some(ReleaseReason::ContinuousIntegration)
        }
        (TriggerKind::PullRequest { filters, .. }, PublicationKind::Version) => {
            passes_target(filters, version).then_some(ReleaseReason::PullRequest)
        }
        (TriggerKind::PullRequest { .. }, PublicationKind::Tags { .. }) | (TriggerKind::Scheduled(_), _) => {
            None
        }
    }
}

/// The alias of the source that a trigger waits for, if it waits for one.
pub const fn alias_of(trigger: &ReleaseTrigger) -> Option<&String> {
    match &trigger.kind {
        TriggerKind::ContinuousDeployment { alias, .. } | TriggerKind::PullRequest { alias, .. } => {
            Some(alias)
        }
        TriggerKind::Scheduled(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::VersionFilter;

    fn filters(tags: &[&str]) -> Vec<VersionFilter> {
        let tags: BTreeSet<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        vec![VersionFilter { tags, ..VersionFilter::default() }]
    }

    fn deployment(tags: &[&str], on_tagging: bool) -> ReleaseTrigger {
        let alias = "app".to_owned();
        let kind = TriggerKind::ContinuousDeployment { alias, filters: filters(tags), on_tagging };
        ReleaseTrigger { enabled: true, kind }
    }

    fn published(version: ArtifactVersion) -> Publication {
        Publication { number: 1, version: Arc::new(version), kind: PublicationKind::Version }
    }

    fn tagged(before: &ArtifactVersion, tag: &str) -> Publication {
        let version = Arc::new(before.clone().with_tag(tag));
        let kind = PublicationKind::Tags { before: Arc::new(before.clone()) };
        Publication { number: 2, version, kind }
    }

    #[test]
    fn tagging_counts_where_it_is_asked_for_and_only_the_first_time_that_the_version_passes() {
        let plain = ArtifactVersion::new("1");
        let good = plain.clone().with_tag("good");
        let made = Some(ReleaseReason::ContinuousIntegration);
        let with_tagging = deployment(&["good"], true);
        assert_eq!(reason_for(&with_tagging, &published(plain.clone())), None);
        assert_eq!(reason_for(&with_tagging, &tagged(&plain, "GOOD")), made);
        assert_eq!(reason_for(&with_tagging, &published(good.clone())), made);
        assert_eq!(reason_for(&with_tagging, &tagged(&good, "other")), None, "it passed before");
        assert_eq!(reason_for(&deployment(&["good"], false), &tagged(&plain, "good")), None);
    }

    #[test]
    fn a_version_of_a_pull_request_is_for_pull_request_triggers_alone() {
        let kind = TriggerKind::PullRequest { alias: "app".to_owned(), filters: Vec::new() };
        let of_pull_requests = ReleaseTrigger { enabled: true, kind };
        let (plain, pulled) =
            (ArtifactVersion::new("1"), ArtifactVersion::new("2").from_pull_request("main"));
        assert_eq!(reason_for(&of_pull_requests, &published(plain.clone())), None);
        assert_eq!(
            reason_for(&of_pull_requests, &published(pulled.clone())),
            Some(ReleaseReason::PullRequest)
        );
        assert_eq!(reason_for(&of_pull_requests, &tagged(&pulled, "good")), None);
        assert_eq!(reason_for(&deployment(&[], true), &published(pulled.clone())), None);
        assert_eq!(reason_for(&deployment(&["good"], true), &tagged(&pulled, "good")), None);
        let off = ReleaseTrigger { enabled: false, ..deployment(&[], true) };
        assert_eq!(reason_for(&off, &published(plain)), None);
    }
}

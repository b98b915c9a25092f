//! The decision (K1, K2, K3).

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{Decision, Departure, Deployed, KeepForever, Reason, ReleaseFacts, ReleaseKind};
use crate::{ReleaseId, StageId, Timestamp, later};

/// The releases that were deployed to each stage.
type Begun = BTreeMap<StageId, BTreeSet<ReleaseId>>;

/// Whether each of a pipeline's releases goes or stays, at `now`.
///
/// `releases` are all that the pipeline has and that are not deleted, each once, in any order; `stages` is what is deployed on each of
/// the pipeline's stages, also on those that a later revision removed. A release goes from the very moment at which its days are over.
/// What goes still goes at any later moment if nothing else changes, and deleting it lets no other release go.
pub fn judge(
    releases: &[ReleaseFacts],
    stages: &BTreeMap<StageId, Deployed>,
    now: Timestamp,
) -> BTreeMap<ReleaseId, Decision> {
    let mut begun = Begun::new();
    for facts in releases {
        for (stage, _, _) in facts.deployed() {
            begun.entry(stage).or_default().insert(facts.release);
        }
    }
    releases.iter().map(|facts| (facts.release, one(facts, stages, &begun, now))).collect()
}

/// What never lets the release go, whatever its stages say (K2), in the order of [`Reason`]; empty if there is nothing of the kind.
///
/// A command that deletes a release asks this at its moment (K3).
pub fn protections(
    facts: &ReleaseFacts,
    stages: &BTreeMap<StageId, Deployed>,
    now: Timestamp,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let KeepForever::Since(since) = facts.keep_forever {
        reasons.push(Reason::KeptForever { since });
    }
    let here = Some(facts.release);
    let is_on = |of: fn(&Deployed) -> Option<ReleaseId>| {
        stages.iter().filter(move |(_, deployed)| of(deployed) == here).map(|(stage, _)| *stage)
    };
    reasons.extend(is_on(|deployed| deployed.current).map(|stage| Reason::Current { stage }));
    reasons.extend(is_on(|deployed| deployed.last_good).map(|stage| Reason::LastGood { stage }));
    let going_on = facts.stages.iter().filter_map(|(id, stage)| stage.going_on.map(|what| (*id, what)));
    reasons.extend(going_on.map(|(stage, what)| Reason::GoingOn { stage, what }));
    let until = undeployed_until(facts);
    match facts.kind {
        ReleaseKind::Draft if now < until => reasons.push(Reason::Draft { until }),
        ReleaseKind::Draft | ReleaseKind::Started => {}
    }
    reasons
}

fn one(
    facts: &ReleaseFacts,
    stages: &BTreeMap<StageId, Deployed>,
    begun: &Begun,
    now: Timestamp,
) -> Decision {
    let mut because = protections(facts, stages, now);
    because.extend(limits(facts, begun, now));
    if because.is_empty() {
        return Decision::Goes { because: departure(facts) };
    }
    // It goes when the last reason has ended, which it never does if one of them has no end.
    let ends: Option<Vec<Timestamp>> = because.iter().map(|reason| reason.until()).collect();
    Decision::Stays { because, until: ends.and_then(|ends| ends.into_iter().max()) }
}

/// What its stages' limits keep it for (K1). A draft is kept as K2 says.
fn limits(facts: &ReleaseFacts, begun: &Begun, now: Timestamp) -> Vec<Reason> {
    if facts.deployed().next().is_none() {
        let until = undeployed_until(facts);
        return match facts.kind {
            ReleaseKind::Started if now < until => vec![Reason::NeverDeployed { until }],
            ReleaseKind::Started | ReleaseKind::Draft => Vec::new(),
        };
    }
    let days = facts.deployed().filter_map(|(stage, policy, last_begun)| {
        let until = days_after(facts.clock(last_begun), policy.retention.days);
        (now < until).then_some(Reason::Days { stage, until })
    });
    let newest = facts.deployed().filter_map(|(stage, policy, _)| {
        let newer =
            begun.get(&stage).map_or(0, |releases| releases.iter().filter(|it| **it > facts.release).count());
        let (place, of) =
            (u32::try_from(newer).unwrap_or(u32::MAX).saturating_add(1), policy.retention.releases);
        (place <= of).then_some(Reason::Newest { stage, place, of })
    });
    days.chain(newest).collect()
}

fn departure(facts: &ReleaseFacts) -> Departure {
    let ends = facts.deployed().map(|(_, stage, begun)| days_after(facts.clock(begun), stage.retention.days));
    match (facts.kind, ends.max()) {
        (_, Some(since)) => Departure::NoStageKeepsIt { since },
        (ReleaseKind::Started, None) => Departure::NeverDeployed { since: undeployed_until(facts) },
        (ReleaseKind::Draft, None) => Departure::OldDraft { since: undeployed_until(facts) },
    }
}

/// Until when a release stays that was never deployed: the longest of its stages' days since its creation (K1).
fn undeployed_until(facts: &ReleaseFacts) -> Timestamp {
    let days = facts.stages.values().map(|stage| stage.retention.days).max().unwrap_or(0);
    days_after(facts.clock(facts.created_at), days)
}

fn days_after(moment: Timestamp, days: u32) -> Timestamp {
    later(moment, TimeDelta::days(i64::from(days)))
}

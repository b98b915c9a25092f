//! Any facts: the decision is that of a naive reading of K1 and K2, in days.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::{ReleaseId, Retention, StageId, Timestamp};

const STAGES: u32 = 3;

/// A release in plain words. Its number is its place.
#[derive(Debug, Clone)]
struct Plain {
    created: i64,
    draft: bool,
    /// 0: never kept forever, 1: since the day, 2: until the day.
    keep: (u8, i64),
    restored: Option<i64>,
    /// By stage: the day of the last deployment that began, what goes on.
    stages: Vec<(Option<i64>, Option<GoingOn>)>,
}

#[derive(Debug, Clone)]
struct World {
    releases: Vec<Plain>,
    /// By stage: days, releases, current, last good.
    stages: Vec<(u32, u32, Option<u64>, Option<u64>)>,
    order: Vec<u32>,
}

fn any_release() -> impl Strategy<Value = Plain> {
    let going_on = prop_oneof![
        40 => Just(None),
        1 => Just(Some(GoingOn::Scheduled)),
        1 => Just(Some(GoingOn::Queued)),
        1 => Just(Some(GoingOn::Pending)),
        1 => Just(Some(GoingOn::InProgress)),
    ];
    let keep = prop_oneof![8 => Just(0_u8), 1 => Just(1), 3 => Just(2)];
    (
        0..10_i64,
        prop::bool::weighted(0.2),
        (keep, 0..20_i64),
        option::weighted(0.1, 0..20_i64),
        vec((option::of(0..20_i64), going_on), STAGES as usize),
    )
        .prop_map(|(created, draft, keep, restored, mut stages)| {
            if draft {
                stages.fill((None, None));
            }
            Plain { created, draft, keep, restored, stages }
        })
}

fn any_world() -> impl Strategy<Value = World> {
    (1..8_usize).prop_flat_map(|count| {
        let one = || option::weighted(0.3, 1..=count as u64);
        let stage = (1..8_u32, 0..3_u32, one(), one());
        (vec(any_release(), count), vec(stage, STAGES as usize), vec(any::<u32>(), count))
            .prop_map(|(releases, stages, order)| World { releases, stages, order })
    })
}

fn day(day: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(day)
}

impl World {
    fn facts(&self) -> Vec<ReleaseFacts> {
        let one = |(number, plain): (u64, &Plain)| {
            let mut facts = ReleaseFacts::new(ReleaseId(number), day(plain.created));
            if plain.draft {
                facts.kind = ReleaseKind::Draft;
            }
            facts.keep_forever = match plain.keep {
                (0, _) => KeepForever::Never,
                (1, at) => KeepForever::Since(day(at)),
                (_, at) => KeepForever::Until(day(at)),
            };
            facts.restored_at = plain.restored.map(day);
            for (id, ((begun, going_on), policy)) in (1..).zip(plain.stages.iter().zip(&self.stages)) {
                let retention = Retention { days: policy.0, releases: policy.1, keep_build: true };
                let stage = StageFacts { retention, last_begun: begun.map(day), going_on: *going_on };
                facts.stages.insert(StageId(id), stage);
            }
            facts
        };
        (1..).zip(&self.releases).map(one).collect()
    }

    fn deployed(&self) -> BTreeMap<StageId, Deployed> {
        let one = |current: Option<u64>, last_good: Option<u64>| Deployed {
            current: current.map(ReleaseId),
            last_good: last_good.map(ReleaseId),
        };
        (1..).zip(&self.stages).map(|(id, it)| (StageId(id), one(it.2, it.3))).collect()
    }

    fn release(&self, number: u64) -> &Plain {
        &self.releases[usize::try_from(number).expect("a small number") - 1]
    }

    /// K2, in so many words.
    fn is_protected(&self, number: u64, now: i64) -> bool {
        let plain = self.release(number);
        plain.keep.0 == 1
            || self.stages.iter().any(|stage| stage.2 == Some(number) || stage.3 == Some(number))
            || plain.stages.iter().any(|stage| stage.1.is_some())
            || (plain.draft && now < self.created_limit(plain))
    }

    fn clock(plain: &Plain, from: i64) -> i64 {
        let changed = if plain.keep.0 == 0 { from } else { plain.keep.1 };
        from.max(changed).max(plain.restored.unwrap_or(from))
    }

    fn created_limit(&self, plain: &Plain) -> i64 {
        let longest = self.stages.iter().map(|stage| i64::from(stage.0)).max().unwrap_or(0);
        Self::clock(plain, plain.created) + longest
    }

    /// K1, in so many words: whether a stage, or being young, keeps it.
    fn is_kept(&self, number: u64, now: i64) -> bool {
        let plain = self.release(number);
        let mut was_deployed = false;
        for (place, policy) in self.stages.iter().enumerate() {
            let Some(begun) = plain.stages[place].0 else { continue };
            was_deployed = true;
            if now < Self::clock(plain, begun) + i64::from(policy.0) {
                return true;
            }
            // The newest first: is it among those that are counted off?
            let all = (1..=self.releases.len() as u64).rev();
            let mut newest = all.filter(|it| self.release(*it).stages[place].0.is_some());
            if newest.by_ref().take(policy.1 as usize).any(|it| it == number) {
                return true;
            }
        }
        !was_deployed && now < self.created_limit(plain)
    }

    fn goes(&self, now: i64) -> Vec<u64> {
        (1..=self.releases.len() as u64)
            .filter(|number| !self.is_protected(*number, now) && !self.is_kept(*number, now))
            .collect()
    }
}

fn gone(decisions: &BTreeMap<ReleaseId, Decision>) -> Vec<u64> {
    let goes =
        |(id, decision): (&ReleaseId, &Decision)| matches!(decision, Decision::Goes { .. }).then_some(id.0);
    decisions.iter().filter_map(goes).collect()
}

proptest! {
    #[test]
    fn what_goes_is_what_a_naive_reading_lets_go(world in any_world()) {
        let (facts, stages) = (world.facts(), world.deployed());
        for now in 0..40 {
            prop_assert_eq!(gone(&judge(&facts, &stages, day(now))), world.goes(now), "on day {}", now);
        }
    }

    #[test]
    fn what_goes_is_protected_by_nothing_and_still_goes_later(world in any_world()) {
        let (facts, stages) = (world.facts(), world.deployed());
        let mut earlier = Vec::new();
        for now in 0..40 {
            let going = gone(&judge(&facts, &stages, day(now)));
            prop_assert!(going.iter().all(|number| !world.is_protected(*number, now)), "on day {}", now);
            prop_assert!(earlier.iter().all(|number| going.contains(number)), "on day {}", now);
            earlier = going;
        }
    }

    #[test]
    fn it_stays_until_the_moment_that_was_said(world in any_world(), now in 0..40_i64) {
        let (facts, stages) = (world.facts(), world.deployed());
        for (id, decision) in judge(&facts, &stages, day(now)) {
            let Decision::Stays { because, until } = decision else { continue };
            prop_assert!(!because.is_empty() && because.is_sorted());
            let at = |moment| matches!(judge(&facts, &stages, moment)[&id], Decision::Goes { .. });
            match until {
                Some(until) => {
                    prop_assert!(until > day(now) && at(until));
                    prop_assert!(!at(until - TimeDelta::nanoseconds(1)));
                }
                None => prop_assert!(!at(day(10_000))),
            }
        }
    }

    #[test]
    fn the_order_of_the_facts_does_not_matter(world in any_world(), now in 0..40_i64) {
        let (facts, stages) = (world.facts(), world.deployed());
        let mut shuffled: Vec<_> = facts.iter().cloned().zip(&world.order).collect();
        shuffled.sort_by_key(|(_, order)| **order);
        let shuffled: Vec<_> = shuffled.into_iter().map(|(facts, _)| facts).collect();
        prop_assert_eq!(judge(&shuffled, &stages, day(now)), judge(&facts, &stages, day(now)));
    }

    #[test]
    fn deleting_what_goes_lets_no_other_release_go(world in any_world(), now in 0..40_i64) {
        let (facts, stages) = (world.facts(), world.deployed());
        let before = judge(&facts, &stages, day(now));
        let goes = gone(&before);
        let rest: Vec<_> = facts.into_iter().filter(|facts| !goes.contains(&facts.release.0)).collect();
        let after = judge(&rest, &stages, day(now));
        prop_assert_eq!(gone(&after), Vec::<u64>::new());
    }
}

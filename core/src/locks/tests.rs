//! The order in which lock groups are granted (Q8), beside a model that keeps nothing but the requests in their order.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use proptest::prelude::*;

use super::{Locks, LocksCommand, LocksEvent, LocksRefusal};
use crate::flow::{Aggregate, Facts};
use crate::{
    Actor, CommandId, CommitId, Context, DeploymentId, LockGroupId, ReleaseId, StageId, Timestamp, limits,
};

fn deployment(release: u64) -> DeploymentId {
    DeploymentId { release: ReleaseId(release), stage: StageId(1), attempt: NonZeroU32::MIN }
}

fn group(name: &str) -> LockGroupId {
    LockGroupId::new(name).expect("a short text")
}

fn give(locks: &mut Locks, command: &LocksCommand) -> Result<Vec<LocksEvent>, LocksRefusal> {
    let at = Timestamp::UNIX_EPOCH;
    let id = CommandId::new("c").expect("a short text");
    let context = Context::new(at, Actor::System, id, CommitId::new("k").expect("a short text"));
    let events = locks.decide(command, &context, &Facts::default())?;
    for event in &events {
        locks.evolve(event, at).expect("it was just decided");
    }
    Ok(events)
}

fn define(locks: &mut Locks, name: &str, capacity: u32) -> Vec<u64> {
    let capacity = NonZeroU32::new(capacity).expect("not zero");
    granted(&give(locks, &LocksCommand::Define { group: group(name), capacity }).expect("it is not refused"))
}

fn ask(locks: &mut Locks, release: u64, names: &[&str]) -> Vec<u64> {
    let groups = names.iter().copied().map(group).collect();
    let command = LocksCommand::Ask { deployment: deployment(release), groups };
    granted(&give(locks, &command).expect("it is not refused"))
}

fn free(locks: &mut Locks, release: u64) -> Vec<u64> {
    granted(&give(locks, &LocksCommand::Free(deployment(release))).expect("it is not refused"))
}

/// The releases that were granted what they asked for.
fn granted(events: &[LocksEvent]) -> Vec<u64> {
    let granted = events.iter().filter_map(|event| match event {
        LocksEvent::Granted { deployment } => Some(deployment.release.0),
        LocksEvent::GroupDefined { .. }
        | LocksEvent::GroupRemoved { .. }
        | LocksEvent::Asked { .. }
        | LocksEvent::Freed { .. } => None,
    });
    granted.collect()
}

const NOBODY: [u64; 0] = [];

#[test]
fn all_groups_are_granted_together_or_none_is() {
    let mut locks = Locks::default();
    define(&mut locks, "a", 1);
    define(&mut locks, "b", 1);
    assert_eq!(ask(&mut locks, 1, &["a"]), [1]);
    assert_eq!(ask(&mut locks, 2, &["a", "b"]), NOBODY);
    assert_eq!(locks.holders_of(&group("b")).count(), 0);
    assert_eq!(free(&mut locks, 1), [2]);
}

#[test]
fn who_came_first_reserves_what_it_waits_for() {
    let mut locks = Locks::default();
    for name in ["a", "b", "c"] {
        define(&mut locks, name, 1);
    }
    ask(&mut locks, 1, &["a"]);
    ask(&mut locks, 2, &["a", "b"]);
    assert_eq!(ask(&mut locks, 3, &["b"]), NOBODY, "b has room, and 2 waits for it");
    assert_eq!(ask(&mut locks, 4, &["c"]), [4], "nobody before it wants c");
    assert_eq!(locks.ahead_of(deployment(3)), [deployment(2)]);
    assert_eq!(free(&mut locks, 1), [2]);
    assert_eq!(free(&mut locks, 2), [3]);
}

/// Story: two waited for a group that had been removed. The later one was told that nobody is ahead of it, and once the group was defined
/// again the other one had it (E2).
#[test]
fn who_came_first_is_ahead_also_while_both_wait_for_a_group_that_is_not_defined() {
    let mut locks = Locks::default();
    define(&mut locks, "b", 1);
    ask(&mut locks, 1, &["a"]);
    ask(&mut locks, 2, &["a"]);
    ask(&mut locks, 3, &["a", "c"]);
    ask(&mut locks, 4, &["b", "c"]);
    assert_eq!(locks.ahead_of(deployment(2)), [deployment(1)]);
    assert_eq!(
        locks.ahead_of(deployment(4)),
        NOBODY.map(deployment),
        "the third one lacks another group besides"
    );
}

#[test]
fn who_waits_no_longer_reserves_nothing() {
    let mut locks = Locks::default();
    define(&mut locks, "a", 1);
    define(&mut locks, "b", 1);
    ask(&mut locks, 1, &["a"]);
    ask(&mut locks, 2, &["a", "b"]);
    ask(&mut locks, 3, &["b"]);
    assert_eq!(free(&mut locks, 2), [3]);
    assert_eq!(free(&mut locks, 2), NOBODY, "it is already so");
}

#[test]
fn a_smaller_capacity_takes_nothing_away() {
    let mut locks = Locks::default();
    define(&mut locks, "a", 2);
    ask(&mut locks, 1, &["a"]);
    ask(&mut locks, 2, &["a"]);
    define(&mut locks, "a", 1);
    assert_eq!(locks.holders().len(), 2);
    assert_eq!(ask(&mut locks, 3, &["a"]), NOBODY);
    assert_eq!(free(&mut locks, 1), NOBODY, "one holds it still, and there is room for one");
    assert_eq!(free(&mut locks, 2), [3]);
    ask(&mut locks, 4, &["a"]);
    assert_eq!(define(&mut locks, "a", 2), [4]);
}

#[test]
fn a_group_in_use_is_not_removed() {
    let mut locks = Locks::default();
    define(&mut locks, "a", 1);
    ask(&mut locks, 1, &["a"]);
    let remove = LocksCommand::Remove { group: group("a") };
    let refused = give(&mut locks, &remove).expect_err("it is held");
    assert_eq!(refused, LocksRefusal::InUse { group: group("a"), deployment: deployment(1) });
    free(&mut locks, 1);
    assert_eq!(give(&mut locks, &remove).expect("nobody has it").len(), 1);
    assert_eq!(give(&mut locks, &remove).expect("it is already so"), []);
}

#[test]
fn who_waits_for_a_group_that_is_gone_keeps_its_place_and_nobody_else_away() {
    let mut locks = Locks::default();
    define(&mut locks, "a", 1);
    assert_eq!(ask(&mut locks, 1, &["a", "gone"]), NOBODY);
    assert_eq!(ask(&mut locks, 2, &["a"]), [2]);
    ask(&mut locks, 3, &["a"]);
    define(&mut locks, "gone", 1);
    assert_eq!(free(&mut locks, 2), [1]);
}

#[test]
fn names_that_differ_only_in_case_are_refused() {
    let mut locks = Locks::default();
    define(&mut locks, "db", 1);
    let command = LocksCommand::Define { group: group("DB"), capacity: NonZeroU32::MIN };
    let refused = give(&mut locks, &command).expect_err("db exists").to_string();
    assert_eq!(refused, "lock group DB is already defined, spelled db");
}

#[test]
fn no_commit_grants_to_more_releases_than_the_fan_out_limit() {
    let mut locks = Locks::default();
    define(&mut locks, "a", 1);
    for release in 1..=150 {
        ask(&mut locks, release, &["a"]);
    }
    assert_eq!(define(&mut locks, "a", 1_000).len(), limits::FAN_OUT);
    assert!(locks.has_pending_work());
    assert_eq!(ask(&mut locks, 151, &["a"]), NOBODY, "what is left over goes before it");
    let settle = |locks: &mut Locks| granted(&give(locks, &LocksCommand::Settle).expect("it is not refused"));
    assert_eq!(settle(&mut locks).len(), limits::FAN_OUT);
    assert_eq!(settle(&mut locks), (130..=151).collect::<Vec<_>>());
    assert!(!locks.has_pending_work());
}

/// What happens to the groups `a` to `d`.
#[derive(Debug, Clone)]
enum Move {
    Ask(BTreeSet<u8>),
    /// Of all that hold or wait, the one at this place.
    Free(prop::sample::Index),
    Define(u8, u32),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => prop::collection::btree_set(0_u8..4, 1..4).prop_map(Move::Ask),
        3 => any::<prop::sample::Index>().prop_map(Move::Free),
        1 => (0_u8..4, 1_u32..4).prop_map(|(group, capacity)| Move::Define(group, capacity)),
    ];
    prop::collection::vec(one, 1..60)
}

/// Every request that was not freed, in the order of arrival, with whether it is granted.
#[derive(Debug, Default)]
struct Model {
    capacities: BTreeMap<u8, u32>,
    requests: Vec<(u64, BTreeSet<u8>, bool)>,
}

impl Model {
    fn holding(&self, group: u8) -> usize {
        self.requests.iter().filter(|(_, groups, is_granted)| *is_granted && groups.contains(&group)).count()
    }

    /// Whether the request at this place can be granted: there is room, and nobody before it waits for any of its groups.
    fn can_be_granted(&self, place: usize) -> bool {
        let (_, groups, is_granted) = &self.requests[place];
        let has_room = |group: &u8| self.holding(*group) < self.capacities[group] as usize;
        let passes_nobody = self.requests[..place]
            .iter()
            .all(|(_, other, is_granted)| *is_granted || other.is_disjoint(groups));
        !is_granted && groups.iter().all(has_room) && passes_nobody
    }

    fn grant(&mut self, release: u64) {
        let place = self.requests.iter().position(|(it, ..)| *it == release).expect("it asked");
        assert!(self.can_be_granted(place), "{release} was granted out of its turn: {self:?}");
        self.requests[place].2 = true;
    }
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

proptest! {
    /// No capacity is exceeded by a grant, nobody passes an earlier one that it conflicts with, nothing that can be granted waits, and
    /// everything is granted in the end.
    #[test]
    fn grants_are_those_of_the_model(moves in moves()) {
        let (mut locks, mut model) = (Locks::default(), Model::default());
        for group in 0..4 {
            define(&mut locks, NAMES[usize::from(group)], 1);
            model.capacities.insert(group, 1);
        }
        for (release, each) in (1_u64..).zip(moves) {
            let granted = match each {
                Move::Ask(groups) => {
                    let names: Vec<_> = groups.iter().map(|group| NAMES[usize::from(*group)]).collect();
                    model.requests.push((release, groups, false));
                    ask(&mut locks, release, &names)
                }
                Move::Free(_) if model.requests.is_empty() => continue,
                Move::Free(place) => {
                    let (freed, ..) = model.requests.remove(place.index(model.requests.len()));
                    free(&mut locks, freed)
                }
                Move::Define(group, capacity) => {
                    model.capacities.insert(group, capacity);
                    define(&mut locks, NAMES[usize::from(group)], capacity)
                }
            };
            for release in granted {
                model.grant(release);
            }
            let left = (0..model.requests.len()).find(|place| model.can_be_granted(*place));
            prop_assert_eq!(left, None, "something waits that can be granted: {:?}", model);
        }
        while let Some((holder, ..)) = model.requests.iter().find(|(.., is_granted)| *is_granted) {
            let holder = *holder;
            model.requests.retain(|(release, ..)| *release != holder);
            for release in free(&mut locks, holder) {
                model.grant(release);
            }
        }
        prop_assert!(model.requests.is_empty(), "somebody is never granted: {:?}", model);
        prop_assert_eq!(locks.holders().len() + locks.waiting().len(), 0);
    }
}

//! A deployment group's targets (J3), and when one joins (D6).

use std::collections::BTreeSet;

use super::{Join, Presence, Targets, TargetsCommand, TargetsEvent, TargetsRefusal};
use crate::flow::{Aggregate, Facts};
use crate::{Actor, CommandId, CommitId, Context, TargetId, Timestamp, limits};

fn id(name: &str) -> TargetId {
    TargetId::new(name).expect("a short text")
}

fn tags(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn give(targets: &mut Targets, command: &TargetsCommand) -> Result<Vec<TargetsEvent>, TargetsRefusal> {
    let at = Timestamp::UNIX_EPOCH;
    let command_id = CommandId::new("c").expect("a short text");
    let context = Context::new(at, Actor::System, command_id, CommitId::new("k").expect("a short text"));
    let events = targets.decide(command, &context, &Facts::default())?;
    for event in &events {
        targets.evolve(event, at).expect("it was just decided");
    }
    Ok(events)
}

fn register(name: &str, own_tags: &[&str], presence: Presence) -> TargetsCommand {
    TargetsCommand::Register { target: id(name), name: name.to_owned(), tags: tags(own_tags), presence }
}

fn set(name: &str, presence: Presence) -> TargetsCommand {
    TargetsCommand::SetPresence { target: id(name), presence }
}

fn with(commands: &[TargetsCommand]) -> Targets {
    let mut targets = Targets::default();
    for command in commands {
        give(&mut targets, command).expect("it is not refused");
    }
    targets
}

fn joined(targets: &Targets, name: &str) -> Option<Join> {
    targets.get(&id(name)).expect("it is registered").joined
}

fn new_since(targets: &Targets, observed: u64) -> Vec<&str> {
    targets.joined_after(Join(observed)).map(|(target, _)| target.as_str()).collect()
}

#[test]
fn targets_join_in_the_order_in_which_they_are_online_first() {
    let (online, offline) = (Presence::Online, Presence::Offline);
    let mut targets =
        with(&[register("a", &[], online), register("b", &[], offline), register("c", &[], online)]);
    assert_eq!(["a", "b", "c"].map(|name| joined(&targets, name)), [Some(Join(1)), None, Some(Join(2))]);
    give(&mut targets, &set("b", online)).expect("it is not refused");
    assert_eq!(joined(&targets, "b"), Some(Join(3)));
    assert_eq!(targets.newest(), Join(3));
    assert_eq!(new_since(&targets, 1), ["b", "c"], "in the order of their registration");
    assert_eq!(new_since(&targets, 3), [""; 0]);
}

#[test]
fn whoever_comes_back_online_has_not_joined_again() {
    let (online, offline) = (Presence::Online, Presence::Offline);
    let mut targets = with(&[register("a", &[], online), set("a", offline)]);
    assert!(!targets.get(&id("a")).expect("it is registered").is_online());
    let back = give(&mut targets, &set("a", online));
    assert_eq!(back, Ok(vec![TargetsEvent::CameOnline { target: id("a"), joined: None }]));
    assert_eq!(joined(&targets, "a"), Some(Join(1)));
    assert_eq!(targets.newest(), Join(1));
}

#[test]
fn whoever_is_registered_again_after_being_removed_is_new() {
    let remove = TargetsCommand::Remove { target: id("a") };
    let mut targets = with(&[register("a", &[], Presence::Online), remove.clone()]);
    assert!(targets.is_empty());
    assert_eq!(targets.newest(), Join(1), "who was there is not forgotten");
    assert_eq!(give(&mut targets, &remove), Ok(Vec::new()), "it is so already");
    give(&mut targets, &register("a", &[], Presence::Online)).expect("it is not refused");
    assert_eq!(new_since(&targets, 1), ["a"]);
}

#[test]
fn a_target_has_all_tags_that_are_asked_for_without_case() {
    let targets = with(&[register("a", &["Web", "EU"], Presence::Online)]);
    let target = targets.get(&id("a")).expect("it is registered");
    assert!(target.has_all(&tags(&[])));
    assert!(target.has_all(&tags(&["web"])));
    assert!(target.has_all(&tags(&["WEB", "eu"])));
    assert!(!target.has_all(&tags(&["web", "us"])), "all of them");
}

#[test]
fn other_tags_are_no_joining_and_the_same_ones_are_already_so() {
    let mut targets = with(&[register("a", &["web"], Presence::Online)]);
    let retag = |names: &[&str]| TargetsCommand::Retag { target: id("a"), tags: tags(names) };
    assert_eq!(give(&mut targets, &retag(&["web"])), Ok(Vec::new()));
    let retagged = vec![TargetsEvent::Retagged { target: id("a"), tags: tags(&["db"]) }];
    assert_eq!(give(&mut targets, &retag(&["db"])), Ok(retagged));
    assert_eq!(targets.newest(), Join(1));
    assert!(matches!(give(&mut targets, &retag(&[""])), Err(TargetsRefusal::Invalid(_))));
}

#[test]
fn what_is_registered_already_is_already_so_or_another_target() {
    let online = Presence::Online;
    let mut targets = with(&[register("a", &["web"], online)]);
    assert_eq!(give(&mut targets, &register("a", &["web"], Presence::Offline)), Ok(Vec::new()));
    let exists = Err(TargetsRefusal::Exists { target: id("a") });
    assert_eq!(give(&mut targets, &register("a", &["db"], online)), exists);
    let name = "A".to_owned();
    let same_name = TargetsCommand::Register { target: id("b"), name, tags: tags(&[]), presence: online };
    let taken = Err(TargetsRefusal::NameTaken { name: "a".to_owned(), target: id("a") });
    assert_eq!(give(&mut targets, &same_name), taken);
    let unnamed =
        TargetsCommand::Register { target: id("b"), name: String::new(), tags: tags(&[]), presence: online };
    assert!(matches!(give(&mut targets, &unnamed), Err(TargetsRefusal::Invalid(_))));
}

#[test]
fn nothing_is_said_of_a_target_that_is_not_there() {
    let mut targets = Targets::default();
    let missing = Err(TargetsRefusal::NotFound { target: id("a") });
    assert_eq!(give(&mut targets, &set("a", Presence::Online)), missing);
    let retag = TargetsCommand::Retag { target: id("a"), tags: tags(&[]) };
    assert_eq!(give(&mut targets, &retag), missing);
}

#[test]
fn there_are_so_many_targets_and_no_more() {
    let mut targets = Targets::default();
    for number in 0..limits::TARGETS {
        give(&mut targets, &register(&format!("m{number}"), &[], Presence::Offline)).expect("there is room");
    }
    let one_more = register("one more", &[], Presence::Online);
    assert_eq!(give(&mut targets, &one_more), Err(TargetsRefusal::TooMany { limit: limits::TARGETS }));
    give(&mut targets, &TargetsCommand::Remove { target: id("m0") }).expect("it is not refused");
    assert_eq!(give(&mut targets, &one_more).map(|events| events.len()), Ok(1));
}

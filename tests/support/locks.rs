//! Steps about lock groups (Q8).

use std::num::NonZeroU32;

use cucumber::{given, then, when};
use cutover::transaction::Command;
use cutover::{LockGroupId, LocksCommand};

use super::spec::Spec;
use super::words;

fn group(name: &str) -> LockGroupId {
    LockGroupId::new(name).expect("a group's name")
}

#[given(regex = r"^lock group (\S+) has room for (\d+)$")]
async fn has_room(spec: &mut Spec, name: String, capacity: NonZeroU32) {
    defines(spec, "eve".to_owned(), name, capacity).await;
}

#[when(regex = r"^(\S+) gives lock group (\S+) room for (\d+)$")]
async fn defines(spec: &mut Spec, who: String, name: String, capacity: NonZeroU32) {
    let command = LocksCommand::Define { group: group(&name), capacity };
    spec.give(&words::actor(&who), Command::Locks(command)).await;
}

#[when(regex = r"^(\S+) removes lock group (\S+)$")]
async fn removes(spec: &mut Spec, who: String, name: String) {
    let command = LocksCommand::Remove { group: group(&name) };
    spec.give(&words::actor(&who), Command::Locks(command)).await;
}

#[then(regex = r"^lock group (\S+) is held by (nobody|R\d+(?:(?:, | and | to )R\d+)*)$")]
fn held_by(spec: &mut Spec, name: String, releases: String) {
    let locks = spec.seen().locks();
    let group = group(&name);
    let holders: Vec<String> =
        locks.holders_of(&group).map(|holder| spec.release_name(holder.release)).collect();
    let expected = if releases == "nobody" { Vec::new() } else { words::list(&releases) };
    assert_eq!(holders, expected, "{locks:?}");
}

//! Histories of any shape, for any store.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use cutover::store::{
    Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Position, RecordedCommit, Sequence, StoreExt,
    StreamId, transfer,
};
use cutover::{Actor, CommandId, CommitId};
use futures::TryStreamExt;
use futures::executor::block_on;
use proptest::prelude::*;

pub const STREAMS: [&str; 4] = ["release/1", "queue/1/2", "notes \"with\" \\ and ü", "x"];
const PAYLOADS: [&str; 6] = [
    "{}",
    r#"{ "spaced" : [1.50, 1e3, -0] }"#,
    r#""\u00e4 ä \n \\ \"""#,
    "null",
    "18446744073709551616",
    r#"{"b":1,"a":2,"b":3}"#,
];

/// An event: its stream, the cause, and the payload, each by number.
pub type Drawn = (usize, u32, usize);

pub fn histories() -> impl Strategy<Value = Vec<Vec<Drawn>>> {
    let event = (0..STREAMS.len(), 0_u32..6, 0..PAYLOADS.len());
    prop::collection::vec(prop::collection::vec(event, 1..6), 0..12)
}

pub fn stream(number: usize) -> StreamId {
    StreamId::new(STREAMS[number]).expect("a valid name")
}

fn header(number: usize) -> CommitHeader {
    CommitHeader {
        id: CommitId::new(format!("commit-{number}")).expect("a valid id"),
        command: CommandId::new(format!("command \"{number}\"")).expect("a valid id"),
        actor: if number.is_multiple_of(2) { Actor::System } else { Actor::user("ann").expect("a valid id") },
        time: DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_714_564_800_000_000_001 * (number as i64 % 3)),
    }
}

/// The commits of a history, in order.
pub fn commits(history: &[Vec<Drawn>]) -> Vec<Commit> {
    let mut sequences: BTreeMap<usize, u64> = BTreeMap::new();
    let commit = |(number, events): (usize, &Vec<Drawn>)| {
        let before = sequences.clone();
        let mut builder = Commit::builder(header(number));
        for (index, (of, cause, payload)) in (0_u32..).zip(events) {
            let event = NewEvent {
                name: format!("test.noted-{cause}").into(),
                schema: cause + 1,
                cause: match cause {
                    0 => Cause::Deadline,
                    cause if index > 0 && cause % 2 == 1 => Cause::Event((cause - 1) % index),
                    _ => Cause::Command,
                },
                payload: Json::parse(PAYLOADS[*payload]).expect("JSON"),
            };
            let at = Sequence(before.get(of).copied().unwrap_or(0));
            builder = builder.append(&stream(*of), at, event);
            *sequences.entry(*of).or_default() += 1;
        }
        builder.build().expect("it has events")
    };
    history.iter().enumerate().map(commit).collect()
}

pub fn record(store: &dyn EventStore, history: &[Vec<Drawn>]) {
    for commit in commits(history) {
        block_on(store.commit(commit)).expect("it is taken");
    }
}

pub fn recorded(store: &dyn EventStore) -> Vec<RecordedCommit> {
    block_on(store.commits_after(Position::START).try_collect()).expect("it can be read")
}

pub fn exported(store: &dyn EventStore) -> Vec<String> {
    block_on(transfer::export(store).try_collect()).expect("it can be read")
}

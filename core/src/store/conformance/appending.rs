//! What is appended comes back: in order, numbered, as it was.

use chrono::{DateTime, TimeDelta, Utc};

use super::StoreUnderTest;
use super::drafts::{Draft, accepted, commits, event, head, header, json, ok, one, page, said, says, stream};
use super::drafts::{whole_log, whole_stream};
use crate::store::{Cause, Commit, CommitHeader, NewEvent, Position, RecordedEvent, Sequence};
use crate::{Actor, CommandId, CommitId};

/// A new store has no commit, no event, and stands at [`Position::START`]. Guards against stores that begin with a commit of
/// their own, which readers would take for somebody's.
pub async fn a_new_store_holds_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    assert_eq!(head(&*store).await, Position::START);
    assert_eq!(commits(&*store, Position::START, 10).await, []);
    assert_eq!(page(&*store, "a", 0, 10).await, []);
}

/// Sequences run from 1 without a gap, within a commit and from one commit to the next. Guards against numbering from 0, and
/// against counting commits where events should be counted.
pub async fn sequences_run_from_one_without_a_gap(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, Draft::new("1").on("a", 0, "x").on("a", 0, "y").done()).await;
    accepted(&*store, one("a", 2, "z")).await;
    let sequences: Vec<u64> = page(&*store, "a", 0, 10).await.iter().map(|event| event.sequence.0).collect();
    assert_eq!(sequences, [1, 2, 3]);
    assert_eq!(says(&*store, "a").await, ["x", "y", "z"]);
}

/// Each stream is numbered on its own. Guards against one counter for all, which makes every writer everybody's rival.
pub async fn every_stream_is_numbered_on_its_own(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "a1")).await;
    accepted(&*store, one("b", 0, "b1")).await;
    accepted(&*store, one("a", 1, "a2")).await;
    assert_eq!(says(&*store, "a").await, ["a1", "a2"]);
    assert_eq!(says(&*store, "b").await, ["b1"]);
    assert_eq!(page(&*store, "b", 0, 10).await[0].sequence, Sequence(1));
}

/// A commit over several streams is one commit at one position, and its events keep the order in which they were decided,
/// also where that order goes to and fro between streams. Guards against stores that group events by stream, which breaks
/// [`Cause::Event`].
pub async fn a_commit_over_several_streams_is_one(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let draft =
        Draft::new("1").on("a", 0, "0").on("b", 0, "1").on("a", 0, "2").on("c", 0, "3").on("b", 0, "4");
    let position = accepted(&*store, draft.done()).await;
    let log = whole_log(&*store).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].position, position);
    let seen: Vec<(&str, u64, u32, String)> = log[0]
        .events
        .iter()
        .map(|event| (event.stream.as_str(), event.sequence.0, event.index, said(event)))
        .collect();
    let expected = [("a", 1, 0, "0"), ("b", 1, 1, "1"), ("a", 2, 2, "2"), ("c", 1, 3, "3"), ("b", 2, 4, "4")];
    assert_eq!(seen, expected.map(|(name, sequence, index, says)| (name, sequence, index, says.to_owned())));
    assert!(log[0].events.iter().all(|event| event.position == position));
}

/// Positions increase from commit to commit, a commit's answer is the position that readers see it at, and the head is that
/// of the newest. Guards against answers that number something else, by which a user could not wait for their own write.
pub async fn positions_increase_and_are_what_was_answered(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut answered = Vec::new();
    for n in 0..20 {
        let position = accepted(&*store, one(&format!("s{}", n % 3), n / 3, n)).await;
        assert_eq!(head(&*store).await, position);
        answered.push(position);
    }
    assert!(answered.is_sorted_by(|earlier, later| earlier < later), "{answered:?}");
    assert!(answered[0] > Position::START);
    let read: Vec<Position> = whole_log(&*store).await.iter().map(|commit| commit.position).collect();
    assert_eq!(read, answered);
}

/// An acknowledged commit is there for the very next read, of its stream and of the log. Guards against stores that
/// publish later than they answer.
pub async fn an_acknowledged_commit_is_read_at_once(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..50 {
        let position = accepted(&*store, one("a", n, n)).await;
        assert_eq!(page(&*store, "a", n, 10).await.len(), 1);
        assert_eq!(page(&*store, "a", n, 10).await[0].position, position);
        let before = Position(position.0 - 1);
        assert_eq!(commits(&*store, before, 10).await[0].position, position);
    }
}

/// A stream's page and the log's page hold equal events. Guards against two ways of decoding that differ.
pub async fn both_ways_of_reading_agree(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..10 {
        accepted(&*store, Draft::new(&format!("{n}")).on("a", n, n).on("b", n, n).done()).await;
    }
    let log: Vec<RecordedEvent> =
        whole_log(&*store).await.into_iter().flat_map(|commit| commit.events).collect();
    for name in ["a", "b"] {
        let of_the_log: Vec<RecordedEvent> =
            log.iter().filter(|event| event.stream == stream(name)).cloned().collect();
        assert_eq!(whole_stream(&*store, name).await, of_the_log);
    }
}

/// Who, when, for which command, and in which commit: all of it comes back on the commit and on each event, to the
/// nanosecond. Guards against times that are cut to micro- or milliseconds, and against actors that are told apart by text.
pub async fn headers_come_back_as_they_were(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let times = [
        DateTime::UNIX_EPOCH,
        DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1),
        DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_763_890_123_123_456_789),
        DateTime::UNIX_EPOCH - TimeDelta::milliseconds(1),
        DateTime::<Utc>::MAX_UTC,
        DateTime::<Utc>::MIN_UTC,
    ];
    let actors = [
        Actor::System,
        ok(Actor::user("user:ünï \"q\" \\"), "an actor"),
        Actor::Trigger(String::new()),
        Actor::Trigger("every\nnight: 03:00".to_owned()),
        Actor::Trigger("system".to_owned()),
        ok(Actor::user("system"), "an actor"),
    ];
    let mut expected = Vec::new();
    for (n, (time, actor)) in (0..).zip(times.into_iter().zip(actors)) {
        let header = CommitHeader {
            id: ok(CommitId::new(format!("id {n} \u{1f680}")), "an id"),
            command: ok(CommandId::new(format!("command {n} \u{2028}")), "an id"),
            actor,
            time,
        };
        let commit = Commit::builder(header.clone()).append(&stream("a"), Sequence(n), event(n));
        accepted(&*store, ok(commit.build(), "a commit")).await;
        expected.push(header);
    }
    let log = whole_log(&*store).await;
    let of_commits: Vec<CommitHeader> = log.iter().map(|commit| (*commit.header).clone()).collect();
    assert_eq!(of_commits, expected);
    let events = whole_stream(&*store, "a").await;
    let of_events: Vec<CommitHeader> = events.iter().map(|event| (*event.header).clone()).collect();
    assert_eq!(of_events, expected);
}

/// Every cause, schema number and stored name comes back. Guards against stores that know only the names of their day.
pub async fn causes_schemas_and_names_come_back(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let causes = [Cause::Command, Cause::Deadline, Cause::Event(0), Cause::Event(u32::MAX)];
    let schemas = [1, 2, 0, u32::MAX];
    let names = ["deployment.queued", "", "with space, \"quote\" and \\", "\u{0}\n\u{1f600}"];
    let mut draft = Draft::new("1");
    for n in 0..4 {
        let event =
            NewEvent { name: names[n].into(), schema: schemas[n], cause: causes[n], payload: json("null") };
        draft = draft.event("a", 0, event);
    }
    accepted(&*store, draft.done()).await;
    let events = whole_stream(&*store, "a").await;
    for (n, event) in events.iter().enumerate() {
        assert_eq!((&*event.name, event.schema, event.cause), (names[n], schemas[n], causes[n]));
    }
    assert_eq!(events.len(), 4);
}

/// A payload comes back byte for byte: spaces, the order of keys, keys that occur twice, the way in which numbers and
/// characters are written. Guards against stores that parse what they keep: a digest over the payload would change.
pub async fn payloads_come_back_byte_for_byte(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let payloads = [
        "{}",
        "null",
        "[ 1,2 ,\t3 ]",
        r#"{ "b": 1, "a": 2, "b": 3 }"#,
        "[1.0, 1.00, 1e0, 1E+2, -0, 123456789012345678901234567890, 1e400, 0.1000]",
        r#""\u0041A\/ \u00e9 \ud83d\ude80 \b\f\n\r\t""#,
        "\"\u{e9} e\u{301} \u{1f680} \u{2028} \u{7f}\"",
        r#"{"":{"":[[[[[]]]]]}}"#,
        r#""0000000a 0000000b {\"id\":\"x\"}\\n""#,
        &format!("{}{}", "[".repeat(300), "]".repeat(300)),
        r#""\ud800""#,
    ];
    for (n, payload) in (0..).zip(payloads) {
        let event = NewEvent { payload: json(payload), ..event("") };
        accepted(&*store, Draft::new(&format!("{n}")).event("a", n, event).done()).await;
    }
    let events = whole_stream(&*store, "a").await;
    let read: Vec<&str> = events.iter().map(|event| event.payload.as_str()).collect();
    assert_eq!(read, payloads);
}

/// A payload that was given with line breaks between its tokens is one line when it comes back, and says the same. Guards
/// against stores that keep one commit per line and take the break for the end of it.
pub async fn a_payload_on_several_lines_is_kept(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let payload: crate::store::Json = ok(serde_json::from_str("{\r\n \"a\": [\n1,\n2]\n}"), "a payload");
    let event = NewEvent { payload, ..event("") };
    let commit = Commit::builder(header("1")).append(&stream("a"), Sequence::NONE, event);
    accepted(&*store, ok(commit.build(), "a commit")).await;
    accepted(&*store, one("a", 1, "after")).await;
    let events = whole_stream(&*store, "a").await;
    let read: serde_json::Value = ok(serde_json::from_str(events[0].payload.as_str()), "what was read");
    assert_eq!(read, serde_json::json!({ "a": [1, 2] }));
    assert_eq!(said(&events[1]), "after");
}

/// Several commits of one command are all kept. Guards against a command's id that must be unique: one command may take
/// several commits.
pub async fn commits_of_one_command_are_all_kept(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let command = ok(CommandId::new("one command"), "an id");
    for n in 0..5 {
        let header = CommitHeader { command: command.clone(), ..header(&format!("commit {n}")) };
        let commit = Commit::builder(header).append(&stream("a"), Sequence(n), event(n));
        accepted(&*store, ok(commit.build(), "a commit")).await;
    }
    assert_eq!(says(&*store, "a").await, ["0", "1", "2", "3", "4"]);
    assert!(whole_log(&*store).await.iter().all(|commit| commit.header.command == command));
}

/// Events that say the same are each kept, within a commit and from one to the next. Guards against stores that tell events
/// apart by what they hold.
pub async fn equal_events_are_all_kept(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..3 {
        let draft =
            Draft::new(&format!("{n}")).on("a", 2 * n, "same").on("b", n, "same").on("a", 2 * n, "same");
        accepted(&*store, draft.done()).await;
    }
    assert_eq!(says(&*store, "a").await, ["same"; 6]);
    assert_eq!(says(&*store, "b").await, ["same"; 3]);
    assert_eq!(whole_log(&*store).await.len(), 3);
}

/// The order of the log is that in which commits were accepted: neither that of their times, which clocks set back, nor
/// that of their ids. Guards against stores that sort by a column of the commit's own.
pub async fn the_order_is_neither_that_of_times_nor_of_ids(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let in_order = [("m", 5), ("z", 4), ("a", 9), ("b", -3), ("y", 4)];
    for (n, (id, seconds)) in (0..).zip(in_order) {
        let time = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let header = CommitHeader { time, ..header(id) };
        let commit = Commit::builder(header).append(&stream("all"), Sequence(n), event(id));
        let commit = commit.append(&stream(id), Sequence::NONE, event(id));
        accepted(&*store, ok(commit.build(), "a commit")).await;
    }
    let log = whole_log(&*store).await;
    assert!(log.iter().map(|commit| commit.header.id.as_str()).eq(in_order.map(|(id, _)| id)));
    assert_eq!(says(&*store, "all").await, in_order.map(|(id, _)| id));
}

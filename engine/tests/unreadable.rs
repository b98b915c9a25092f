//! Logs that hold what this version does not know, or what can't have happened.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use common::*;
use cutover::notification::Mark;
use cutover::store::{Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Position, Sequence, StreamId};
use cutover::*;
use cutover_engine::*;
use cutover_store_memory::MemoryStore;
use futures::StreamExt;
use futures::executor::block_on;

/// Appends to the log what no engine would: each event with its stream and where that stands.
fn record(store: &MemoryStore, id: &str, events: Vec<(&str, u64, NewEvent)>) -> Fallible {
    let (id, command) = (CommitId::new(id)?, CommandId::new(id)?);
    let time = "2026-03-01T12:00:00Z".parse()?;
    let mut commit = Commit::builder(CommitHeader { id, command, actor: Actor::System, time });
    for (stream, at, event) in events {
        commit = commit.append(&StreamId::new(stream)?, Sequence(at), event);
    }
    block_on(store.commit(commit.build()?))?;
    Ok(())
}

fn event(name: &str, payload: Json) -> NewEvent {
    NewEvent { name: name.to_owned().into(), schema: 1, cause: Cause::Command, payload }
}

/// Story: one event of a later version in a page took everything before it in the same page with it.
#[test]
fn who_subscribes_gets_all_that_can_be_read_before_what_can_not_be() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    release_of(&engine, one_stage(&["ok"]));
    let readable = block_on(bench.store.head())?;
    record(&bench.store, "later", vec![("new/1", 0, event("new.thing", Json::parse("{}")?))])?;
    let mut commits = engine.subscribe(Position::START);
    let mut seen = Position::START;
    while let Some(Ok(commit)) = block_on(commits.next()) {
        seen = commit.position;
    }
    assert_eq!(seen, readable);
    assert!(block_on(commits.next()).is_none(), "it has ended with the error");
    Ok(())
}

/// Story: one event of a later version kept from everybody what came before it in its page, and nobody ever got past the page's beginning.
#[test]
fn what_comes_before_what_can_not_be_read_is_told() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    let whole = block_on(engine.notifications_after(Mark::START, usize::MAX))?;
    assert_eq!(whole.notifications.len(), 2);
    let subject = Subject::Release(release);
    let events = block_on(bench.store.read_stream(&subject.stream(), Sequence::NONE, 100))?;
    let unknown = ("release/1", events.len() as u64, event("release.sold", Json::parse("{}")?));
    record(&bench.store, "later", vec![unknown])?;
    for at_most in [1, 2, 100] {
        let mut mark = Mark::START;
        let mut told = Vec::new();
        let error = loop {
            match block_on(engine.notifications_after(mark, at_most)) {
                Ok(more) => {
                    assert!(!more.notifications.is_empty(), "{at_most} at a time: an error, or something");
                    mark = more.mark;
                    told.extend(more.notifications);
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(error, EngineError::Fold(_)), "{error}");
        assert_eq!(told, whole.notifications, "{at_most} at a time");
    }
    let live: Vec<_> = block_on(engine.notifications(Mark::START).collect());
    assert!(live[2].is_err(), "{live:?}");
    assert_eq!(live.into_iter().filter_map(Result::ok).collect::<Vec<_>>(), whole.notifications);
    Ok(())
}

/// Story: an event that could not be folded left what came before it in its page in the views, and each further look folded that once more.
#[test]
fn what_comes_before_an_event_that_can_not_be_folded_is_folded_once() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, _) = release_of(&engine, one_stage(&["ok"]));
    block_on(engine.views().latest())?;
    let before = engine.views().position();
    let stream = StreamId::new("pipeline/1")?;
    let events = block_on(bench.store.read_stream(&stream, Sequence::NONE, 100))?;
    let numbered =
        events.iter().find(|it| it.name == "pipeline.release-numbered").expect("a release was made");
    let numbered = event(&numbered.name, numbered.payload.clone());
    let at = events.len() as u64;
    record(&bench.store, "whole", vec![("pipeline/1", at, numbered.clone())])?;
    let whole = block_on(bench.store.head())?;
    let granted = event("locks.granted", Json::parse(r#"{"deployment":"9/1#1"}"#)?);
    record(&bench.store, "half", vec![("pipeline/1", at + 1, numbered), ("locks", 0, granted)])?;
    for _ in 0..3 {
        let error = block_on(engine.views().latest()).expect_err("nobody asked for lock groups");
        assert!(matches!(error, EngineError::Fold(_)), "{error}");
        assert_eq!(engine.views().pipeline(pipeline).map(|it| it.releases), Some(3));
        assert_eq!(engine.views().position(), whole);
    }
    assert!(before < whole);
    Ok(())
}

//! Commands that come twice, at the same time as others, or whose answer is lost.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;

use chrono::TimeDelta;
use common::*;
use cutover::store::{self, Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Sequence, StreamId};
use cutover::transaction::{Command, Refusal};
use cutover::*;
use cutover_engine::*;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::join_all;

fn draft() -> NewRelease {
    NewRelease { draft: true, ..NewRelease::default() }
}

fn describe(release: ReleaseId, words: &str) -> Command {
    let edit = DraftEdit { description: Some(words.to_owned()), ..DraftEdit::default() };
    Command::Release(release, ReleaseCommand::EditDraft(edit))
}

/// A pipeline with a draft, through an engine whose store meets faults.
fn drafted(bench: &Bench) -> (Faulty, Engine, ReleaseId) {
    let store = bench.faulty_store();
    let engine = block_on(bench.builder_on(store.clone()).build()).expect("the store can be read");
    let release = block_on(async {
        let pipeline = engine.create_pipeline(&ann(), one_stage(&["ok"])).await?;
        engine.create_release(&ann(), pipeline, draft()).await
    });
    (store, engine, release.expect("a draft"))
}

#[test]
fn a_command_that_comes_twice_is_carried_out_once_and_answered_twice() -> Fallible {
    let bench = Bench::new();
    let (_, engine, release) = drafted(&bench);
    let id = CommandId::new("once")?;
    let first = block_on(engine.submit_as(&ann(), id.clone(), describe(release, "one")))?;
    let other = bench.engine();
    for engine in [&engine, &other] {
        let again = block_on(engine.submit_as(&ann(), id.clone(), describe(release, "one")))?;
        assert!(again.repeated);
        assert_eq!((again.position, again.events), (first.position, first.events.clone()));
    }
    assert_eq!(count(&bench.store, "release.draft-edited"), 1);
    Ok(())
}

#[test]
fn a_creation_that_comes_twice_answers_with_what_it_created() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let [pipeline_command, release_command] =
        ["make", "release"].map(|id| CommandId::new(id).expect("an id"));
    let make = || block_on(engine.create_pipeline_as(&ann(), pipeline_command.clone(), one_stage(&[])));
    let pipeline = make()?;
    assert_eq!(make()?, pipeline);
    let release = || {
        let id = release_command.clone();
        block_on(engine.create_release_as(&ann(), id, pipeline, NewRelease::default()))
    };
    let first = release()?;
    assert_eq!(release()?, first);
    let next = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    assert_eq!((first, next), (ReleaseId(1), ReleaseId(2)));
    Ok(())
}

/// Story: whoever created a pipeline was told of its lock groups only once everything else was right.
#[test]
fn everything_that_is_wrong_with_a_new_pipeline_is_told_at_once_and_takes_no_id() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let mut definition = one_stage(&["ok"]);
    definition.name = "Shop.".to_owned();
    definition.stages[0].lock_groups = vec!["moon".to_owned()];
    let refused = block_on(engine.create_pipeline(&ann(), definition));
    let Err(EngineError::Refused(Refusal::Pipeline(PipelineRefusal::Invalid(Problems(problems))))) = refused
    else {
        panic!("{refused:?}")
    };
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["name", "stages[0].lock_groups[0]"]);
    assert_eq!(block_on(engine.create_pipeline(&ann(), one_stage(&["ok"])))?, PipelineId(1));
    Ok(())
}

#[test]
fn what_is_so_already_records_nothing_and_says_where_the_log_stands() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pipeline = block_on(engine.create_pipeline(&ann(), one_stage(&[])))?;
    let outcome = block_on(engine.revise_pipeline(&ann(), pipeline, 1, one_stage(&[]), ""))?;
    assert!(outcome.events.is_empty() && !outcome.repeated);
    assert_eq!(outcome.position, block_on(bench.store.head())?);
    Ok(())
}

#[test]
fn a_commit_whose_answer_was_lost_is_recognised_if_it_was_recorded() -> Fallible {
    let bench = Bench::new();
    let (store, engine, release) = drafted(&bench);
    store.next_commits([Some(Fault::LostAnswer)]);
    let outcome = block_on(engine.submit(&ann(), describe(release, "one")))?;
    assert!(!outcome.repeated);
    assert_eq!(outcome.position, block_on(bench.store.head())?);
    assert_eq!(count(&bench.store, "release.draft-edited"), 1);
    block_on(engine.submit(&ann(), describe(release, "two")))?;
    Ok(())
}

#[test]
fn a_commit_whose_answer_was_lost_is_sent_again_if_it_was_not_recorded() -> Fallible {
    let bench = Bench::new();
    let (store, engine, release) = drafted(&bench);
    store.next_commits([Some(Fault::LostCall), Some(Fault::NotDone)]);
    let _ticking = ticking(&bench);
    block_on(engine.submit(&ann(), describe(release, "one")))?;
    assert_eq!(count(&bench.store, "release.draft-edited"), 1);
    Ok(())
}

#[test]
fn a_store_that_stays_away_for_seven_sends_says_that_the_outcome_is_unknown() -> Fallible {
    let bench = Bench::new();
    let (store, engine, release) = drafted(&bench);
    let _ticking = ticking(&bench);
    let mut faults = vec![Some(Fault::NotDone); 7];
    faults[0] = Some(Fault::LostCall);
    store.next_commits(faults);
    let id = CommandId::new("once")?;
    let error =
        block_on(engine.submit_as(&ann(), id.clone(), describe(release, "one"))).expect_err("no store");
    assert!(matches!(error, EngineError::Commit(store::CommitError::OutcomeUnknown(_))), "{error}");
    assert!(!block_on(engine.submit_as(&ann(), id, describe(release, "one")))?.repeated);
    Ok(())
}

/// Story: a store that had failed for good was asked five times.
#[test]
fn a_commit_is_not_sent_again_to_a_store_that_takes_no_more() {
    let bench = Bench::new();
    let (store, engine, release) = drafted(&bench);
    store.next_commits([Some(Fault::Poisoned)]);
    let error = block_on(engine.submit(&ann(), describe(release, "one"))).expect_err("no store");
    assert!(matches!(error, EngineError::Commit(store::CommitError::NotWritten(_))), "{error}");
    assert_eq!(count(&bench.store, "release.draft-edited"), 0);
}

/// Story: the five sends came one right after the other, so that a store that was away for a moment counted as one that had failed.
#[test]
fn a_store_that_is_away_is_given_time() -> Fallible {
    let bench = Bench::new();
    let (store, engine, release) = drafted(&bench);
    store.next_commits(vec![Some(Fault::NotDone); 3]);
    let who = ann();
    let mut submitted = Box::pin(engine.submit(&who, describe(release, "one")));
    assert!((&mut submitted).now_or_never().is_none());
    bench.clock.advance(TimeDelta::milliseconds(100));
    assert!((&mut submitted).now_or_never().is_none());
    assert_eq!(count(&bench.store, "release.draft-edited"), 0);
    bench.clock.advance(TimeDelta::milliseconds(200));
    block_on(submitted)?;
    assert_eq!(count(&bench.store, "release.draft-edited"), 1);
    Ok(())
}

#[test]
fn a_command_that_is_dropped_on_its_way_leaves_nothing_wrong_behind() -> Fallible {
    let bench = Bench::new();
    let (store, engine, release) = drafted(&bench);
    store.next_commits([Some(Fault::Silence)]);
    let id = CommandId::new("once")?;
    let dropped = engine.submit_as(&ann(), id.clone(), describe(release, "one")).now_or_never();
    assert!(dropped.is_none());
    let again = block_on(engine.submit_as(&ann(), id, describe(release, "one")))?;
    assert!(again.repeated);
    block_on(engine.submit(&ann(), describe(release, "two")))?;
    let at = block_on(engine.release(release))?;
    assert_eq!(at.release().about().map(|about| about.description.as_str()), Some("two"));
    Ok(())
}

#[test]
fn a_conflict_with_another_engine_is_decided_again() -> Fallible {
    let bench = Bench::new();
    let (_, here, release) = drafted(&bench);
    let there = bench.engine();
    for round in 0..5 {
        for engine in [&here, &there] {
            block_on(engine.submit(&ann(), describe(release, &round.to_string())))?;
        }
    }
    assert_eq!(count(&bench.store, "release.draft-edited"), 5);
    Ok(())
}

#[test]
fn what_another_engine_recorded_is_seen_before_anything_is_refused() -> Fallible {
    let bench = Bench::new();
    let (_, here, release) = drafted(&bench);
    let there = bench.engine();
    block_on(there.start(&ann(), release))?;
    // Here the release is still a draft in memory, which could not be abandoned.
    block_on(here.cancel(&ann(), release, DEV, ""))?;
    block_on(here.abandon(&ann(), release, ""))?;
    let refused =
        block_on(there.deploy(&ann(), release, DeployRequest::new(DEV))).expect_err("it is abandoned");
    assert_eq!(refused.to_string(), "the release is abandoned, not active");
    Ok(())
}

#[test]
fn many_commands_at_once_all_find_their_place() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let pipeline = block_on(engine.create_pipeline(&ann(), one_stage(&["ok"])))?;
    let user = ann();
    let creations = (0..50).map(|_| engine.create_release(&user, pipeline, NewRelease::default()));
    let mut releases: Vec<_> = block_on(join_all(creations)).into_iter().collect::<Result<_, _>>()?;
    releases.sort();
    releases.dedup();
    assert_eq!(releases.len(), 50);
    let names = (0..10).map(|number| {
        let mut definition = one_stage(&[]);
        definition.name = format!("Shop {number}");
        engine.create_pipeline(&user, definition)
    });
    for made in block_on(join_all(names)) {
        made?;
    }
    Ok(())
}

#[test]
fn a_preview_says_what_would_happen_and_records_nothing() -> Fallible {
    let bench = Bench::new();
    let (_, engine, release) = drafted(&bench);
    let before = block_on(bench.store.head())?;
    let command = Command::Release(release, ReleaseCommand::Start);
    let previewed = block_on(engine.preview(&ann(), command.clone()))?;
    assert_eq!(block_on(bench.store.head())?, before);
    let outcome = block_on(engine.submit(&ann(), command))?;
    assert_eq!(outcome.events, previewed);
    Ok(())
}

#[test]
fn a_command_that_only_follows_from_events_can_not_be_given() -> Fallible {
    let bench = Bench::new();
    let (_, engine, release) = drafted(&bench);
    let deployment = DeploymentId { release, stage: DEV, attempt: 1.try_into()? };
    let command = Command::Release(release, ReleaseCommand::GrantSlot(deployment));
    let error = block_on(engine.submit(&ann(), command.clone())).expect_err("a reaction");
    assert_eq!(error.to_string(), "a command of release/1 that only follows from events can't be given");
    assert!(block_on(engine.preview(&ann(), command)).is_err());
    Ok(())
}

#[test]
fn what_is_refused_says_why_and_takes_no_id() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let missing = block_on(engine.create_release(&ann(), PipelineId(7), NewRelease::default()));
    assert!(matches!(missing, Err(EngineError::Refused(Refusal::Pipeline(PipelineRefusal::NotFound)))));
    let head = block_on(bench.store.head())?;
    let invalid = block_on(engine.create_pipeline(&ann(), PipelineDefinition::new("Shop")));
    assert!(matches!(invalid, Err(EngineError::Refused(Refusal::Pipeline(PipelineRefusal::Invalid(_))))));
    assert_eq!(block_on(bench.store.head())?, head);
    let (_, release) = release_of(&engine, one_stage(&[]));
    assert_eq!(release, ReleaseId(1));
    assert!(matches!(
        block_on(engine.release(ReleaseId(9))),
        Err(EngineError::NotFound(Subject::Release(ReleaseId(9))))
    ));
    Ok(())
}

#[test]
fn a_log_with_an_event_of_a_later_version_is_refused_by_the_events_name() -> Fallible {
    let bench = Bench::new();
    let header = CommitHeader {
        id: CommitId::new("commit")?,
        command: CommandId::new("command")?,
        actor: Actor::System,
        time: bench.clock.now(),
    };
    let event = NewEvent {
        name: "release.teleported".into(),
        schema: 1,
        cause: Cause::Command,
        payload: Json::parse("{}")?,
    };
    let stream = StreamId::new("release/1")?;
    block_on(bench.store.commit(Commit::builder(header).append(&stream, Sequence::NONE, event).build()?))?;
    let error = block_on(bench.builder().build()).expect_err("an unknown event");
    let mut reasons = vec![error.to_string()];
    let mut source = std::error::Error::source(&error);
    while let Some(reason) = source {
        reasons.push(reason.to_string());
        source = reason.source();
    }
    assert!(reasons.last().is_some_and(|reason| reason.contains("release.teleported")), "{reasons:?}");
    assert!(Arc::strong_count(&bench.store) >= 1);
    Ok(())
}

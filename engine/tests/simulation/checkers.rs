//! Each checker, held against a log that is wrong in the way that it looks for.

use std::sync::Arc;

use cutover::store::{CommitHeader, EventStore, Position, RecordedCommit};
use cutover::transaction::{Command, Folded, Happening, World};
use cutover::*;
use cutover_engine::simulation::*;
use futures::executor::block_on;

use crate::histories::{DEV, Fallible, ann, shop};

/// Each commit of a short history, with the world after it.
fn short_history() -> Result<Vec<(Seen, World)>, Box<dyn std::error::Error>> {
    let mut simulation = Simulation::of(1).begin();
    let pipeline = simulation.create_pipeline(&ann(), shop())?;
    simulation.ask(&ann(), Ask::Release(pipeline, NewRelease::default()))?;
    simulation.run_for(chrono::TimeDelta::hours(1))?;
    let release =
        Command::Release(ReleaseId(1), ReleaseCommand::Cancel { stage: StageId(2), comment: String::new() });
    simulation.ask(&ann(), Ask::Command(release))?;
    let commits = block_on(simulation.store().read_all(Position::START, usize::MAX))?;
    let (mut world, mut all) = (World::new(), Vec::new());
    for commit in commits {
        let mut events = Vec::new();
        let mut newest_before = None;
        for recorded in &commit.events {
            let subject = Subject::try_from(&recorded.stream)?;
            let known = world.get(&subject).cloned();
            let mut folded = known.unwrap_or_else(|| Arc::new(Folded::empty(subject.clone())));
            newest_before = newest_before.max(folded.newest());
            Arc::make_mut(&mut folded).apply(recorded)?;
            world.insert(folded);
            let event = Event::decode(&subject, recorded)?;
            events.push(Happening { subject, event, cause: recorded.cause });
        }
        all.push((Seen { commit, events, newest_before }, world.clone()));
    }
    Ok(all)
}

fn check(checker: &mut impl Checker, history: &[(Seen, World)]) -> Result<(), String> {
    history.iter().try_for_each(|(seen, world)| checker.recorded(seen, world))
}

#[test]
fn a_history_as_it_should_be_is_passed_by_all() -> Fallible {
    let history = short_history()?;
    check(&mut Invariants::new(), &history)?;
    check(&mut Explained, &history)?;
    check(&mut Acknowledged::new(), &history)?;
    let last = history.last().ok_or("nothing was recorded")?;
    invariants_hold(&last.1, &last.0.commit)?;
    assert!(going_on(&last.1).is_empty());
    assert!(history.iter().any(|(_, world)| going_on(world).iter().any(|it| it.told.is_some())));
    Ok(())
}

#[test]
fn what_was_acknowledged_and_is_not_there_is_noticed() -> Fallible {
    let history = short_history()?;
    let last = &history.last().ok_or("nothing was recorded")?.0.commit;
    let mut kept = Acknowledged::new();
    check(&mut kept, &history)?;
    kept.acknowledge(&last.header.command, Some(last.position))?;
    kept.acknowledge(&last.header.command, None)?;
    assert_eq!(kept.count(), 2);
    assert!(kept.acknowledge(&last.header.command, Some(Position(1))).is_err(), "elsewhere");

    let mut losing = Acknowledged::new();
    check(&mut losing, &history[..history.len() - 1])?;
    let found = losing.acknowledge(&last.header.command, Some(last.position));
    assert!(found.is_err_and(|what| what.contains("not recorded")));
    Ok(())
}

#[test]
fn what_is_recorded_twice_is_noticed() -> Fallible {
    let mut history = short_history()?;
    let again = history.last().cloned().ok_or("nothing was recorded")?;
    history.push(again);
    let found = check(&mut Acknowledged::new(), &history);
    assert!(found.is_err_and(|what| what.starts_with("I16")));
    // The deployment was over by the commit that comes again.
    let found = check(&mut Invariants::new(), &history);
    assert!(found.is_err_and(|what| what.starts_with("I13")));
    Ok(())
}

#[test]
fn a_commit_that_is_earlier_than_what_it_follows_is_noticed() -> Fallible {
    let mut history = short_history()?;
    let (seen, _) = history.last_mut().ok_or("nothing was recorded")?;
    let earlier = CommitHeader { time: chrono::DateTime::UNIX_EPOCH, ..(*seen.commit.header).clone() };
    seen.commit = RecordedCommit { header: Arc::new(earlier), ..seen.commit.clone() };
    let found = check(&mut Invariants::new(), &history);
    assert!(found.is_err_and(|what| what.starts_with("Time")));
    Ok(())
}

#[test]
fn what_waits_in_a_queue_that_does_not_know_it_is_noticed() -> Fallible {
    let history = short_history()?;
    let queue = Subject::Queue(QueueId { pipeline: PipelineId(1), stage: DEV });
    let has_slot = |world: &World| {
        let folded = world.get(&queue);
        folded.and_then(|folded| folded.state().as_queue()).is_some_and(|queue| queue.holders().len() == 1)
    };
    let (seen, world) = history.iter().find(|(_, world)| has_slot(world)).cloned().ok_or("it had a slot")?;
    invariants_hold(&world, &seen.commit)?;
    // The release is gone on, and the queue still holds its slot.
    let over = history.last().and_then(|(_, world)| world.get(&Subject::Release(ReleaseId(1)))).cloned();
    let mut wrong = world;
    wrong.insert(over.ok_or("it was created")?);
    let found = invariants_hold(&wrong, &seen.commit);
    assert!(found.as_ref().is_err_and(|what| what.starts_with("I4")), "{found:?}");
    Ok(())
}

#[test]
fn a_release_that_can_not_be_explained_is_noticed() -> Fallible {
    let history = short_history()?;
    let (seen, world) = history.last().cloned().ok_or("nothing was recorded")?;
    let release = world.get(&Subject::Release(ReleaseId(1))).cloned().ok_or("it was created")?;
    let about = release.state().as_release().and_then(Release::about).ok_or("it was created")?;
    let mut wrong = world.clone();
    wrong.remove(&Subject::Snapshot(about.snapshot));
    assert!(Explained.recorded(&seen, &wrong).is_err_and(|what| what.contains("snapshot")));
    Ok(())
}

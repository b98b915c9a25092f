use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use chrono::TimeDelta;
use cutover::deployment::{Answer as Said, InterventionAnswer};
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::simulation::*;
use cutover_engine::{PendingApproval, PendingIntervention};

pub(crate) type Fallible = Result<(), Box<dyn std::error::Error>>;

pub(crate) const DEV: StageId = StageId(1);
const PROD: StageId = StageId(2);

pub(crate) fn ann() -> Actor {
    Actor::user("ann").expect("a valid id")
}

fn bob() -> UserId {
    UserId::new("bob").expect("a valid id")
}

/// Two stages; somebody is asked before the second.
pub(crate) fn shop() -> PipelineDefinition {
    let dev = Stage::new(DEV, "Dev").after_release().with_task(Task::command("build"));
    let prod = Stage::new(PROD, "Prod").after(&[DEV]).with_task(Task::command("deploy"));
    let prod = prod.with_approval(Moment::Before, ApprovalStep::user(bob()));
    PipelineDefinition::new("Shop").with_stage(dev).with_stage(prod)
}

fn status(simulation: &Simulation, release: ReleaseId, stage: StageId) -> StageStatus {
    let folded = simulation.world().get(&Subject::Release(release)).expect("it was created");
    folded.state().as_release().expect("a release").status(stage)
}

fn release_of(simulation: &mut Simulation, pipeline: PipelineId) -> Result<ReleaseId, Failure> {
    match simulation.ask(&ann(), Ask::Release(pipeline, NewRelease::default()))? {
        Answer::Release(release) => Ok(release),
        other @ (Answer::Pipeline(_) | Answer::Done(_) | Answer::Refused(_)) => {
            panic!("no release: {other:?}")
        }
    }
}

/// A history with faults of every kind, and what was recorded of it.
fn history(seed: u64) -> Result<(String, Tally), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::of(seed)
        .engines(NonZeroUsize::MIN.saturating_add(1))
        .faults(Faults::often())
        .tasks(RandomTasks::lasting(TimeDelta::minutes(5)).failing(0.1).deaf(0.1))
        .people(RandomPeople::answering_after(TimeDelta::minutes(30)).rejecting(0.1))
        .begin();
    let pipeline = simulation.create_pipeline(&ann(), shop())?;
    for release in 0..6 {
        let at = simulation.now() + TimeDelta::minutes(10 * release);
        simulation.ask_at(at, &ann(), Ask::Release(pipeline, NewRelease::default()));
    }
    simulation.run_for(TimeDelta::hours(2))?;
    simulation.recover_twice()?;
    simulation.settle(TimeDelta::days(40))?;
    simulation.recover_twice()?;
    Ok((simulation.export()?, simulation.tally()))
}

#[test]
fn one_seed_is_one_history_byte_for_byte_and_another_seed_another() -> Fallible {
    let (once, tally) = history(1)?;
    let (again, same) = history(1)?;
    assert!(once == again, "two runs of one seed differ");
    assert_eq!(tally, same);
    assert!(once != history(2)?.0, "two seeds are one history");
    assert!(once.lines().count() > 20);
    Ok(())
}

/// Says yes an hour after it was asked.
struct Bob;

impl People for Bob {
    fn approval(&self, asked: &PendingApproval, _: &mut Dice) -> Option<Reply<Said>> {
        let after = TimeDelta::hours(1);
        assert_eq!(asked.approver, Approver::User(bob()));
        Some(Reply { after, by: bob(), answer: Said::Approve })
    }

    fn intervention(&self, _: &PendingIntervention, _: &mut Dice) -> Option<Reply<InterventionAnswer>> {
        None
    }

    fn groups(&self, _: &UserId) -> BTreeSet<GroupId> {
        BTreeSet::new()
    }
}

#[test]
fn scripts_are_followed_to_the_minute() -> Fallible {
    let minutes = TimeDelta::minutes;
    let tasks = ScriptedTasks::otherwise(move |_: &TaskOrder, _: &mut Dice| Course::succeeding(minutes(7)))
        .then("build", Course::failing(minutes(2)))
        .then("build", Course::succeeding(minutes(3)));
    let mut simulation = Simulation::of(1).tasks(tasks).people(Bob).begin();
    let start = simulation.now();
    let pipeline = simulation.create_pipeline(&ann(), shop())?;
    let (first, second) = (release_of(&mut simulation, pipeline)?, release_of(&mut simulation, pipeline)?);
    let all = |simulation: &Simulation| {
        [first, second].map(|release| (status(simulation, release, DEV), status(simulation, release, PROD)))
    };
    simulation.run_until(start + minutes(2))?;
    assert_eq!(all(&simulation)[0], (StageStatus::Rejected, StageStatus::NotStarted));
    assert_eq!(all(&simulation)[1].0, StageStatus::InProgress);
    // Three minutes, an hour until somebody says yes, and seven more.
    simulation.run_until(start + minutes(69))?;
    assert_eq!(all(&simulation)[1], (StageStatus::Succeeded, StageStatus::InProgress));
    simulation.run_until(start + minutes(70))?;
    assert_eq!(all(&simulation)[1], (StageStatus::Succeeded, StageStatus::Succeeded));
    assert_eq!(simulation.going_on(), []);
    assert_eq!(simulation.tally(), Tally::default());
    Ok(())
}

#[test]
fn what_nobody_answers_does_not_end_before_its_time_and_the_failure_says_what_it_waits_for() -> Fallible {
    let mut simulation = Simulation::of(1).begin();
    let pipeline = simulation.create_pipeline(&ann(), shop())?;
    let release = release_of(&mut simulation, pipeline)?;
    let failure = simulation.settle(TimeDelta::days(29)).expect_err("nobody has answered");
    let told = failure.to_string();
    assert!(told.contains("seed 1") && told.contains("does not end") && told.contains("bob"), "{told}");
    simulation.settle(TimeDelta::days(2))?;
    assert_eq!(status(&simulation, release, PROD), StageStatus::Rejected);
    Ok(())
}

#[test]
fn what_is_refused_is_said_to_be_and_not_asked_again() -> Fallible {
    let mut simulation = Simulation::of(1).begin();
    simulation.create_pipeline(&ann(), shop())?;
    let answer = simulation.ask(&ann(), Ask::Pipeline(Box::new(shop())))?;
    assert!(matches!(&answer, Answer::Refused(why) if why.contains("Shop")), "{answer:?}");
    Ok(())
}

#[test]
fn engines_and_callers_come_through_a_store_that_fails_again_and_again() -> Fallible {
    let faults = Faults::none().with(FaultKind::StoreFails, 15).with(FaultKind::LostAnswer, 3);
    let mut simulation = Simulation::of(4).faults(faults).people(Bob).begin();
    let pipeline = simulation.create_pipeline(&ann(), shop())?;
    let release = release_of(&mut simulation, pipeline)?;
    simulation.run_for(TimeDelta::hours(3))?;
    assert!(simulation.tally().of(FaultKind::StoreFails) > 0 && simulation.tally().of(FaultKind::Crash) == 0);
    simulation.settle(TimeDelta::days(1))?;
    assert_eq!(status(&simulation, release, PROD), StageStatus::Succeeded);
    assert!(simulation.acknowledged() >= 3);
    Ok(())
}

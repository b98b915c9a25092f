use std::num::NonZeroUsize;

use chrono::TimeDelta;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::simulation::*;

type Fallible = Result<(), Box<dyn std::error::Error>>;

const DEV: StageId = StageId(1);
const PROD: StageId = StageId(2);

fn ann() -> Actor {
    Actor::user("ann").expect("a valid id")
}

/// Two stages; somebody is asked before the second.
fn shop() -> PipelineDefinition {
    let bob = UserId::new("bob").expect("a valid id");
    let dev = Stage::new(DEV, "Dev").after_release().with_task(Task::command("build"));
    let prod = Stage::new(PROD, "Prod").after(&[DEV]).with_task(Task::command("deploy"));
    let prod = prod.with_approval(Moment::Before, ApprovalStep::user(bob));
    PipelineDefinition::new("Shop").with_stage(dev).with_stage(prod)
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
    assert!(once != history(2)?.0);
    assert!(once.lines().count() > 50, "{once}");
    Ok(())
}

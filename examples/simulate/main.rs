//! What if we allowed two at a time? Weeks of releases in virtual time, under a pipeline's own policies and under others.
//!
//! `cargo run --release --example simulate` takes `examples/pipelines/web-shop.json`, and
//! `cargo run --release --example simulate -- definition.json --releases-per-hour 12 --days 30 --at-once 2 --plot queues.svg` another definition,
//! as Azure DevOps exports it or in Cutover's own JSON.
//!
//! Releases come as a Poisson process: at any moment alike, so many an hour on the average. Tasks last between half and one and a half times
//! `--task-minutes`, all alike likely, and fail at `--failure-rate`. Approvers answer after `--approve-minutes` on the average, exponentially
//! distributed, at any time of the day, and say no at `--reject-rate`. One seed is one history: the same seed gives both policies the same
//! releases at the same times.

#[path = "../common/mod.rs"]
mod common;

mod arguments;
mod definition;
mod measures;
mod plot;
mod table;

use std::process::ExitCode;

use arguments::Arguments;
use chrono::TimeDelta;
use clap::Parser;
use common::{Outcome, ended};
use cutover::transaction::Command;
use cutover::{
    Actor, LockGroupId, LocksCommand, PipelineDefinition, Presence, TargetGroupId, TargetId, TargetsCommand,
};
use cutover_engine::simulation::{Ask, Dice, RandomGates, RandomPeople, RandomTasks, Simulation};
use measures::{Course, Measures};

fn main() -> ExitCode {
    ended(simulate(&Arguments::parse()))
}

fn simulate(arguments: &Arguments) -> Outcome {
    let own = definition::read(arguments.definition.as_deref())?;
    println!(
        "{}: {} releases an hour, days: {}, seed: {}",
        own.name, arguments.releases_per_hour, arguments.days, arguments.seed
    );
    let mut courses = vec![course("as it is", arguments, own.clone())?];
    if let Some(at_once) = arguments.at_once {
        let other = definition::at_once(own, at_once);
        courses.push(course(&format!("{at_once} at once"), arguments, other)?);
    }
    for course in &courses {
        println!("\n{}, {}:\n{}", course.label, course.releases_in_words(), table::of(course));
    }
    if let Some(path) = &arguments.plot {
        plot::draw(path, arguments, &courses)?;
        println!("\nplotted in {}", path.display());
    }
    Ok(())
}

/// The whole history under one definition.
fn course(label: &str, arguments: &Arguments, definition: PipelineDefinition) -> Outcome<Course> {
    let developer = Actor::user("developer")?;
    let measures = Measures::of(&definition);
    let mut simulation = Simulation::of(arguments.seed)
        .tasks(RandomTasks::lasting(minutes(arguments.task_minutes)).failing(arguments.failure_rate))
        .people(
            RandomPeople::answering_after(minutes(arguments.approve_minutes)).rejecting(arguments.reject_rate),
        )
        .gates(RandomGates::failing(0.0))
        .tasks_at_once(arguments.tasks_at_once)
        .check(measures.observer())
        // Hundreds of thousands of commits: the tests check what these check.
        .unchecked()
        .begin();
    for command in surroundings(&definition)? {
        simulation.ask(&developer, Ask::Command(command))?;
    }
    let request = definition::release_of(&definition);
    let pipeline = simulation.create_pipeline(&developer, definition)?;
    let start = simulation.now();
    let end = start + TimeDelta::days(arguments.days.into());
    // Of dice of their own, so that they come at the same times whatever the policies are.
    let mut dice = Dice::of(arguments.seed ^ 0x00a2_21fa_1500);
    let between = minutes(60.0 / arguments.releases_per_hour);
    let mut at = start + dice.exponential(between);
    while at < end {
        simulation.run_until(at)?;
        simulation.ask_at(at, &developer, Ask::Release(pipeline, request.clone()));
        at += dice.exponential(between);
    }
    simulation.run_until(end)?;
    Ok(measures.course(label, start, end))
}

/// What a pipeline speaks of and does not bring along: lock groups with room for one, deployment groups with two targets.
fn surroundings(definition: &PipelineDefinition) -> Outcome<Vec<Command>> {
    let mut commands = Vec::new();
    for group in definition.stages.iter().flat_map(|stage| &stage.lock_groups) {
        let (group, capacity) = (LockGroupId::new(group.as_str())?, std::num::NonZeroU32::MIN);
        let command = Command::Locks(LocksCommand::Define { group, capacity });
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    let jobs = definition.stages.iter().flat_map(|stage| &stage.jobs);
    for group in jobs.filter_map(definition::group_of).collect::<std::collections::BTreeSet<_>>() {
        for number in 1..=2 {
            let target = TargetId::new(format!("machine {number}"))?;
            let (name, tags) = (target.to_string(), definition::tags_of(definition, &group));
            let register = TargetsCommand::Register { target, name, tags, presence: Presence::Online };
            commands.push(Command::Targets(TargetGroupId::new(group.as_str())?, register));
        }
    }
    Ok(commands)
}

fn minutes(minutes: f64) -> TimeDelta {
    std::time::Duration::try_from_secs_f64(minutes * 60.0)
        .ok()
        .and_then(|duration| TimeDelta::from_std(duration).ok())
        .unwrap_or(TimeDelta::MAX)
}

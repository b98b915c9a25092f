//! What would another policy have meant? Replays the recorded history of a pipeline with two at a time, with only the latest, and with gates
//! that must be steady for longer.
//!
//! `cargo run --example what_if`, or of what the example `ship` recorded: `cargo run --example what_if -- --data ./cutover-data`

mod common;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use clap::Parser;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use common::{Outcome, ended, open_existing};
use cutover::deployment::{Claim, Report};
use cutover::gate::{self, SampleNumber, Taken};
use cutover::store::{CommitHeader, Position, StoreExt};
use cutover::transaction::{Command, Folded, Progress, Transaction, World};
use cutover::what_if::{Recorded, what_if};
use cutover::*;
use futures::TryStreamExt;
use futures::executor::block_on;

/// Asks what two at a time, only the latest, and gates that must be steady for longer, would have meant.
#[derive(Parser)]
struct Arguments {
    /// The folder of a store; without one, of a short history that is made up.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The pipeline, by its number.
    #[arg(long, default_value_t = 1)]
    pipeline: u64,
}

/// What it is called, and what it makes of a stage.
type Policy<'p> = (&'p str, &'p dyn Fn(&mut Stage));

fn main() -> ExitCode {
    ended(ask(&Arguments::parse()))
}

fn ask(arguments: &Arguments) -> Outcome {
    let history = match &arguments.data {
        Some(folder) => block_on(read(folder))?,
        None => five_releases()?,
    };
    let two = NonZeroU32::MIN.saturating_add(1);
    let queued = |policy| move |stage: &mut Stage| stage.queuing = policy;
    let (two_at_a_time, only_latest) =
        (queued(QueuingPolicy::in_order(two)), queued(QueuingPolicy::only_latest(NonZeroU32::MIN)));
    let steady = |stage: &mut Stage| {
        for gates in [&mut stage.before.gates, &mut stage.after.gates].into_iter().flatten() {
            gates.minimum_success_minutes = 10;
        }
    };
    let policies: [Policy<'_>; 3] = [
        ("Two at a time, in order", &two_at_a_time),
        ("One at a time, only the latest", &only_latest),
        ("Gates that are steady for 10 minutes", &steady),
    ];
    for (title, policy) in policies {
        let change = |mut pipeline: PipelineDefinition| {
            pipeline.stages.iter_mut().for_each(policy);
            pipeline
        };
        let answer = what_if(PipelineId(arguments.pipeline), &history, &change)?;
        println!(
            "{title}: {} deployments, {} differences",
            answer.was.deployments.len(),
            answer.differences.len()
        );
        let mut table = Table::new();
        table.load_style(UTF8_BORDERS_ONLY).set_header(["release", "stage", "what if"]);
        for difference in &answer.differences {
            let release = difference.deployment.release.to_string();
            table.add_row([release, difference.stage.clone(), difference.change.to_string()]);
        }
        if !table.is_empty() {
            println!("{table}");
        }
        for assumed in &answer.assumed {
            println!("  assumed: {assumed}");
        }
        for (pipeline, differences) in &answer.elsewhere {
            println!("  {} differences in pipeline {pipeline}", differences.len());
        }
        for refused in &answer.refused {
            println!("  {} would have been refused: {}", refused.by, refused.because);
        }
    }
    Ok(())
}

async fn read(folder: &std::path::Path) -> Outcome<Vec<Recorded>> {
    let store = open_existing(folder)?;
    let mut history = Vec::new();
    let mut commits = store.commits_after(Position::START);
    while let Some(commit) = commits.try_next().await? {
        history.push(Recorded::of(&commit)?);
    }
    drop(commits);
    store.close().await?;
    Ok(history)
}

/// A release every ten minutes, one after another; each waits five minutes for its gate, and takes 45 minutes then.
fn five_releases() -> Outcome<Vec<Recorded>> {
    let (pipeline, stage) = (PipelineId(1), StageId(1));
    let mut prod = Stage::new(stage, "Prod").after_release().with_task(Task::command("./ship"));
    prod.before.gates = Some(no_alerts());
    let prod = prod.with_queuing(QueuingPolicy::in_order(NonZeroU32::MIN));
    let definition = Arc::new(PipelineDefinition::new("Shop").with_stage(prod));
    let begin = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let at = |minute: u32| begin + TimeDelta::minutes(i64::from(minute));
    let claim = Claim { engine: EngineId::new("engine")?, incarnation: IncarnationId::new("first")? };
    let mut told = vec![(0, "user:ann", Command::Pipeline(pipeline, PipelineCommand::Create { definition }))];
    for number in 0..5_u32 {
        let (release, request) = (ReleaseId(u64::from(number) + 1), NewRelease::default());
        let create = PipelineCommand::CreateRelease { release, request };
        told.push((10 * number, "user:ann", Command::Pipeline(pipeline, create)));
        let deployment = DeploymentId { release, stage, attempt: NonZeroU32::MIN };
        let granted = 50 * number;
        for sample in 0..2 {
            let answers = BTreeMap::from([(0, gate::Answer::Succeeded)]);
            let taken = Taken { sample: SampleNumber(sample), answers, unrecorded: None };
            let (moment, begun_at) = (Moment::Before, at(granted));
            let sampled = ReleaseCommand::SampleGates { deployment, moment, begun_at, taken };
            told.push((granted + 5 * sample, "system", Command::Release(release, sampled)));
        }
        let job = JobId { deployment, job: 0 };
        let task = TaskId { job, slice: 0, task: 0, retry: 0 };
        let begins = ReleaseCommand::ClaimTask { task, claim: claim.clone() };
        told.push((granted + 5, "system", Command::Release(release, begins)));
        let (engine, report) = (claim.engine.clone(), Report::Succeeded);
        let ends = ReleaseCommand::ReportTask { task, engine, report };
        told.push((granted + 50, "system", Command::Release(release, ends)));
    }
    // Of one moment, what ends comes before what then begins.
    told.sort_by_key(|(minute, _, command)| (*minute, rank(command)));
    let (mut world, mut history) = (World::new(), Vec::new());
    for (minute, actor, command) in told {
        let id = format!("c{}", history.len());
        let context = Context::new(at(minute), actor.parse()?, CommandId::new(&id)?, CommitId::new(&id)?);
        history.extend(carried_out(&mut world, command, context)?);
    }
    Ok(history)
}

fn rank(command: &Command) -> u8 {
    match command {
        Command::Release(_, ReleaseCommand::SampleGates { .. }) => 1,
        Command::Release(_, ReleaseCommand::ClaimTask { .. }) => 2,
        _ => 0,
    }
}

fn no_alerts() -> Gates {
    let (name, task, inputs) = ("No alerts".to_owned(), TaskRef::new("alerts"), BTreeMap::new());
    Gates {
        enabled: true,
        gates: vec![Gate { name, task, inputs, enabled: true }],
        delay_minutes: 0,
        sampling_interval_seconds: 300,
        minimum_success_minutes: 5,
        timeout_minutes: 60,
    }
}

fn carried_out(world: &mut World, command: Command, context: Context) -> Outcome<Option<Recorded>> {
    let transaction = Transaction::new(command, context.clone());
    loop {
        match transaction.advance(world)? {
            Progress::Needs(subjects) => {
                subjects.into_iter().for_each(|subject| world.insert(Arc::new(Folded::empty(subject))));
            }
            Progress::Ready(proposal) => {
                proposal.states.into_iter().for_each(|state| world.insert(state));
                let Context { now: time, actor, command, commit: id, .. } = context;
                let header = Arc::new(CommitHeader { id, command, actor, time });
                return Ok(Some(Recorded { header, events: proposal.events }));
            }
            Progress::AlreadySo | Progress::Repeated { .. } => return Ok(None),
        }
    }
}

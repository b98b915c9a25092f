//! What would another queuing policy have meant? Replays the recorded history of a pipeline with two at a time, and with only the latest.
//!
//! `cargo run --example what_if`, or of what the example `ship` recorded: `cargo run --example what_if -- --data ./cutover-data`

mod common;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use clap::Parser;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use common::{Outcome, ended, open_existing};
use cutover::deployment::{Claim, Report};
use cutover::store::{CommitHeader, Position, StoreExt};
use cutover::transaction::{Command, Folded, Progress, Transaction, World};
use cutover::what_if::{Assumed, Recorded, what_if};
use cutover::*;
use futures::TryStreamExt;
use futures::executor::block_on;

/// Asks what two at a time, and only the latest, would have meant.
#[derive(Parser)]
struct Arguments {
    /// The folder of a store; without one, of a short history that is made up.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The pipeline, by its number.
    #[arg(long, default_value_t = 1)]
    pipeline: u64,
}

fn main() -> ExitCode {
    ended(ask(&Arguments::parse()))
}

fn ask(arguments: &Arguments) -> Outcome {
    let history = match &arguments.data {
        Some(folder) => block_on(read(folder))?,
        None => five_releases()?,
    };
    let two = NonZeroU32::MIN.saturating_add(1);
    for (title, policy) in [
        ("Two at a time, in order", QueuingPolicy::in_order(two)),
        ("One at a time, only the latest", QueuingPolicy::only_latest(NonZeroU32::MIN)),
    ] {
        let change = |mut pipeline: PipelineDefinition| {
            pipeline.stages.iter_mut().for_each(|stage| stage.queuing = policy);
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
        for Assumed { what, like } in &answer.assumed {
            let like = like.map_or("nothing".to_owned(), |deployment| format!("deployment {deployment}"));
            println!("  assumed: {what:?}, like {like}");
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

/// A release every ten minutes, each of which takes 50 minutes, one after another.
fn five_releases() -> Outcome<Vec<Recorded>> {
    let (pipeline, stage) = (PipelineId(1), StageId(1));
    let prod = Stage::new(stage, "Prod").after_release().with_task(Task::command("./ship"));
    let prod = prod.with_queuing(QueuingPolicy::in_order(NonZeroU32::MIN));
    let definition = Arc::new(PipelineDefinition::new("Shop").with_stage(prod));
    let begin = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let claim = Claim { engine: EngineId::new("engine")?, incarnation: IncarnationId::new("first")? };
    let mut told = vec![(0, "user:ann", Command::Pipeline(pipeline, PipelineCommand::Create { definition }))];
    for number in 0..5_u32 {
        let (release, request) = (ReleaseId(u64::from(number) + 1), NewRelease::default());
        let create = PipelineCommand::CreateRelease { release, request };
        told.push((10 * number, "user:ann", Command::Pipeline(pipeline, create)));
        let job = JobId { deployment: DeploymentId { release, stage, attempt: NonZeroU32::MIN }, job: 0 };
        let task = TaskId { job, slice: 0, task: 0, retry: 0 };
        let begins = ReleaseCommand::ClaimTask { task, claim: claim.clone() };
        told.push((50 * number, "system", Command::Release(release, begins)));
        let (engine, report) = (claim.engine.clone(), Report::Succeeded);
        let ends = ReleaseCommand::ReportTask { task, engine, report };
        told.push((50 * (number + 1), "system", Command::Release(release, ends)));
    }
    // Of one moment, what ends comes before what then begins.
    told.sort_by_key(|(minute, _, command)| {
        (*minute, matches!(command, Command::Release(_, ReleaseCommand::ClaimTask { .. })))
    });
    let (mut world, mut history) = (World::new(), Vec::new());
    for (minute, actor, command) in told {
        let id = format!("c{}", history.len());
        let now = begin + TimeDelta::minutes(i64::from(minute));
        let context = Context::new(now, actor.parse()?, CommandId::new(&id)?, CommitId::new(&id)?);
        history.extend(carried_out(&mut world, command, context)?);
    }
    Ok(history)
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

//! The main job, end to end: a real release pipeline runs, survives a kill, and says why it waits.
//!
//! `cargo run --release --example ship` reads `examples/pipelines/web-shop.json`, opens a store in `./cutover-data`, creates releases and
//! runs their tasks as commands of the shell. Kill it at any moment and start it again: it goes on where it was.

#[path = "../common/mod.rs"]
mod common;

mod approving;
mod arguments;
mod picture;
mod plan;
mod pretending;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use approving::{Asker, questions};
use arguments::Arguments;
use clap::Parser;
use common::{Outcome, ended, told, world_as_of};
use cutover::store::Position;
use cutover::transaction::World;
use cutover::{
    Actor, ArtifactVersion, Directory, NewRelease, PipelineDefinition, PipelineId, ReleaseId, StageId,
    Subject, TaskRef,
};
use cutover_azure::tasks;
use cutover_engine::process::ProcessRunner;
use cutover_engine::{Driving, Engine, Recovery, Runners};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;
use picture::{LastLines, Picture};
use plan::{Plan, releases_of};
use pretending::{Pretending, expect_no_gates, expect_no_secrets};

/// The definition that is shipped if none is named.
const SAMPLE: &[u8] = include_bytes!("../pipelines/web-shop.json");

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    ended(block_on(ship(&arguments)))
}

async fn ship(arguments: &Arguments) -> Outcome {
    let definition = read_definition(arguments.definition.as_deref())?;
    if !arguments.pretend {
        expect_no_gates(&definition)?;
        expect_no_secrets(&definition)?;
    }
    let target = arguments.until.as_deref().map(|name| stage_named(&definition, name)).transpose()?;
    let store = Arc::new(FileStore::open(&arguments.data, FileStoreOptions::default())?);
    let world = world_as_of(&*store, Position(u64::MAX)).await?;
    let known = pipeline_named(&world, &definition);
    let plan = Plan::find(&world, known, arguments.releases);
    say_what_was_found(&arguments.data, &world, known, plan);

    let lines = LastLines::default();
    let engine = build_engine(arguments, &definition, &store, &lines).await?;
    let driving = std::thread::spawn({
        let engine = engine.clone();
        move || block_on(engine.run())
    });
    let shipper = Actor::user("shipper")?;
    let pipeline = put_in_place(&engine, &shipper, known, &definition).await?;
    let releases = create_releases(&engine, &shipper, pipeline, plan, &definition, target).await?;

    let mut watched: Vec<ReleaseId> =
        releases_of(&world, pipeline).iter().filter(|it| it.is_going_on).map(|it| it.id).collect();
    watched.extend(releases);
    watched.sort();
    watched.dedup();
    let mut asker = Asker::new(arguments.yes);
    let mut picture = Picture::new(lines);
    watch(&engine, &watched, &mut asker, &mut picture, || driving.is_finished()).await?;
    picture.end();
    println!("{}", table::deployed_where(&engine, pipeline, &definition).await?);

    engine.shut_down(Duration::from_secs(5));
    match driving.join() {
        Ok(ended) => ended?,
        Err(_) => return Err("the engine stopped unexpectedly".into()),
    }
    store.close().await?;
    Ok(())
}

/// Reads the definition, and says what of it could not be taken over.
fn read_definition(path: Option<&Path>) -> Outcome<PipelineDefinition> {
    let bytes = match path {
        Some(path) => std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => SAMPLE.to_vec(),
    };
    let place = path.map_or_else(String::new, |path| format!("{}: ", path.display()));
    let imported = cutover_azure::import(&bytes).map_err(|error| format!("{place}{}", told(&error)))?;
    for warning in &imported.warnings {
        eprintln!("warning: {place}{warning}");
    }
    cutover::validate(&imported.definition).map_err(|problems| format!("{place}{problems}"))?;
    for warning in cutover::warnings(&imported.definition) {
        eprintln!("warning: {place}{warning}");
    }
    Ok(imported.definition)
}

fn stage_named(definition: &PipelineDefinition, name: &str) -> Outcome<StageId> {
    let stage = definition.stage_named(name).ok_or_else(|| {
        let names: Vec<&str> = definition.stages.iter().map(|stage| stage.name.as_str()).collect();
        format!("the pipeline has no stage {name:?}: it has {}", names.join(", "))
    })?;
    Ok(stage.id)
}

fn pipeline_named(world: &World, definition: &PipelineDefinition) -> Option<PipelineId> {
    let directory: &Directory = world.get(&Subject::Directory)?.state().as_directory()?;
    directory.pipeline_named(&definition.folder, &definition.name)
}

fn say_what_was_found(folder: &Path, world: &World, pipeline: Option<PipelineId>, plan: Plan) {
    let Some(pipeline) = pipeline else {
        return println!("A new pipeline; its releases are kept in {}.", folder.display());
    };
    let releases = releases_of(world, pipeline);
    let going_on = releases.iter().filter(|release| release.is_going_on).count();
    println!("Found {} releases in {}, {going_on} of them not over.", releases.len(), folder.display());
    if plan.is_resumed {
        println!("Going on with run {} where it was.", plan.run);
    }
}

async fn build_engine(
    arguments: &Arguments,
    definition: &PipelineDefinition,
    store: &Arc<FileStore>,
    lines: &LastLines,
) -> Outcome<Engine> {
    let work = std::path::absolute(arguments.data.join("work"))?;
    let sh = ProcessRunner::new(&work);
    let bash = ProcessRunner::new(&work).shell("bash");
    let mut runners = Runners::new()
        .with(TaskRef::COMMAND, sh.clone())
        .with(tasks::COMMAND_LINE, sh)
        .with(tasks::BASH, bash);
    if arguments.pretend {
        runners = runners.otherwise(Pretending);
    }
    let mut builder = Engine::builder(Arc::clone(store)).runner(runners).log(lines.clone());
    if arguments.pretend {
        builder = builder.probe(Pretending).secrets(Pretending);
    }
    Ok(builder.identities(approving::identities(definition)?).build().await?)
}

/// Creates the pipeline, or revises it if the definition says something else than before.
async fn put_in_place(
    engine: &Engine,
    actor: &Actor,
    known: Option<PipelineId>,
    definition: &PipelineDefinition,
) -> Outcome<PipelineId> {
    let Some(pipeline) = known else { return Ok(engine.create_pipeline(actor, definition.clone()).await?) };
    let standing = engine.pipeline(pipeline).await?;
    if let Some(current) = standing.current().filter(|current| *current.definition != *definition) {
        engine.revise_pipeline(actor, pipeline, current.revision, definition.clone(), "shipped anew").await?;
    }
    Ok(pipeline)
}

async fn create_releases(
    engine: &Engine,
    actor: &Actor,
    pipeline: PipelineId,
    plan: Plan,
    definition: &PipelineDefinition,
    target: Option<StageId>,
) -> Outcome<Vec<ReleaseId>> {
    let mut releases = Vec::new();
    for number in 1..=plan.releases {
        let version =
            |alias: &String| (alias.clone(), ArtifactVersion::new(format!("{}.{number}", plan.run)));
        let request = NewRelease {
            description: plan.description(number),
            artifacts: definition.artifacts.iter().map(|source| version(&source.alias)).collect(),
            target,
            ..NewRelease::default()
        };
        let command = plan.command(pipeline, number)?;
        releases.push(engine.create_release_as(actor, command, pipeline, request).await?);
    }
    Ok(releases)
}

/// Says what became of tasks that ran when an earlier process was killed.
fn say_what_became_of_tasks(picture: &Picture, found: &Recovery) {
    let told = [
        (&found.reattached, "still ran or had ended meanwhile, and is watched again"),
        (&found.begun, "was claimed and had not begun, and begins now"),
        (&found.lost, "is lost: nobody knows what became of it"),
    ];
    for (tasks, what) in told {
        for task in tasks {
            picture.say(&format!("Task {task} {what}."));
        }
    }
}

/// Shows the picture and answers approvals until nothing goes on any more.
async fn watch(
    engine: &Engine,
    releases: &[ReleaseId],
    asker: &mut Asker,
    picture: &mut Picture,
    has_stopped: impl Fn() -> bool,
) -> Outcome {
    let mut is_told = false;
    loop {
        let mut open = Vec::new();
        let mut goes_on = false;
        for id in releases {
            let standing = engine.release(*id).await?;
            let (release, definition) = (standing.release(), standing.definition());
            let mut explanations = Vec::new();
            for stage in &definition.stages {
                explanations.push(engine.explain(*id, stage.id).await?);
            }
            picture.show(release, definition, &explanations);
            open.extend(questions(release, definition));
            goes_on |= release.going_on().next().is_some();
        }
        let found = engine.found();
        if !is_told && found.asked.is_empty() && engine.health().driving == Driving::Driven {
            is_told = true;
            say_what_became_of_tasks(picture, &found);
        }
        if !goes_on || has_stopped() {
            return Ok(());
        }
        for given in asker.answers(open) {
            let answered = match given.approve {
                true => engine.approve(&given.question.actor, given.question.id, &given.comment).await,
                false => engine.reject(&given.question.actor, given.question.id, &given.comment).await,
            };
            // A person may answer what was cancelled or timed out a moment ago.
            if let Err(error) = answered {
                picture.say(&format!("{} {}", given.question.text, told(&error)));
            }
        }
        picture.ask(asker.prompt());
        std::thread::sleep(Duration::from_millis(50));
    }
}

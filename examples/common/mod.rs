//! What the examples share: how they fail, and how they read a store without an engine.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use cutover::store::{EventStore, Position, StoreExt};
use cutover::transaction::{Folded, World};
use cutover::{Explanation, PipelineDefinition, Release, Subject, explain};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::TryStreamExt;

pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Ends with 0, or says what went wrong, with its causes, and ends with 1.
pub fn ended(outcome: Outcome) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("error: {}", told(error.as_ref()));
    ExitCode::FAILURE
}

/// An error and its causes in one line, each said once.
pub fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// Opens a store that must be there already.
#[allow(dead_code, reason = "not every example reads an existing store")]
pub fn open_existing(folder: &Path) -> Outcome<FileStore> {
    if !folder.is_dir() {
        return Err(format!(
            "{} holds no store: run the example `ship` first, or name another folder",
            folder.display()
        )
        .into());
    }
    Ok(FileStore::open(folder, FileStoreOptions::default())?)
}

/// Folds everything that is recorded up to and including `until`.
#[allow(dead_code, reason = "not every example folds a store")]
pub async fn world_as_of(store: &dyn EventStore, until: Position) -> Outcome<World> {
    let mut world = World::new();
    let mut commits = store.commits_after(Position::START);
    while let Some(commit) = commits.try_next().await? {
        if commit.position > until {
            break;
        }
        for event in &commit.events {
            let subject = Subject::try_from(&event.stream)?;
            let folded = world.remove(&subject).unwrap_or_else(|| Arc::new(Folded::empty(subject.clone())));
            let mut folded = Arc::unwrap_or_clone(folded);
            folded.apply(event)?;
            world.insert(Arc::new(folded));
        }
    }
    Ok(world)
}

/// Every release with the definition that it froze, by number.
#[allow(dead_code, reason = "not every example lists releases")]
pub fn releases(world: &World) -> Vec<(&Release, Arc<PipelineDefinition>)> {
    let releases = world.iter().filter_map(|folded| folded.state().as_release());
    releases
        .filter_map(|release| {
            let snapshot = Subject::Snapshot(release.about()?.snapshot);
            let definition = world.get(&snapshot)?.state().as_snapshot()?.definition()?;
            Some((release, Arc::clone(definition)))
        })
        .collect()
}

/// Why each stage of a release is not running, in the order of the stages.
#[allow(dead_code, reason = "not every example explains")]
pub fn explanations(world: &World, release: &Release, definition: &PipelineDefinition) -> Vec<Explanation> {
    let Some(about) = release.about() else { return Vec::new() };
    let explain_stage = |stage: &cutover::Stage| {
        let queue = Subject::Queue(cutover::QueueId { pipeline: about.pipeline, stage: stage.id });
        let empty = cutover::StageQueue::default();
        let queue = world.get(&queue).and_then(|folded| folded.state().as_queue()).unwrap_or(&empty);
        let status = Subject::PipelineStatus(about.pipeline);
        let active = cutover::PipelineStatus::default();
        let pipeline =
            world.get(&status).and_then(|folded| folded.state().as_pipeline_status()).unwrap_or(&active);
        let none = cutover::Locks::default();
        let locks = world.get(&Subject::Locks).and_then(|folded| folded.state().as_locks()).unwrap_or(&none);
        let pools = world.iter().filter_map(|folded| match folded.subject() {
            Subject::Pool(id) => Some((id.clone(), folded.state().as_pool()?.clone())),
            _ => None,
        });
        let pools = &pools.collect();
        let permissions = &cutover::permission::Permissions::default();
        let around = cutover::Surroundings { definition, queue, pipeline, locks, pools, permissions };
        explain(release, &around, stage.id)
    };
    definition.stages.iter().filter_map(explain_stage).collect()
}

//! Embeds the engine into a program of one's own: with a runner that deploys in its own way, with the groups of one's own directory of people, with
//! the durable store, with somebody who is told what happens, and with a list of what is deployed where.
//!
//! `cargo run --example embed`; it needs no terminal and ends by itself.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use cutover::deployment::Report;
use cutover::notification::Notification;
use cutover::store::Position;
use cutover::{
    Actor, ApprovalStep, CursorId, GroupId, Moment, NewRelease, PipelineDefinition, Stage, StageId, Task,
    TaskOrder, TaskRef, UserId,
};
use cutover_engine::{
    ApprovalFilter, DeploymentFilter, Engine, Identities, NotDelivered, Notifier, Runners, TaskControl,
    TaskRunner, Views,
};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;

/// Runs the tasks `copy-files`: what it deploys to is a file for each server. A real one would talk to its servers, and return early when
/// `control.stop` says so.
struct CopyFiles {
    servers: PathBuf,
}

#[async_trait]
impl TaskRunner for CopyFiles {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        let server = order.inputs.get("server").map_or("", String::as_str);
        control.log.line(order.id, SystemTime::now().into(), "copying"); // goes to `Builder::log`, if there is one
        match std::fs::write(self.servers.join(server), format!("{}\n", order.release)) {
            Ok(()) => Report::Succeeded,
            Err(error) => Report::Failed { message: format!("{server}: {error}") },
        }
    }
}

/// Who is in which group. A real one would ask the company's directory; it is asked anew for each command.
struct Directory;

#[async_trait]
impl Identities for Directory {
    async fn groups(&self, user: &UserId) -> BTreeSet<GroupId> {
        let groups: &[&str] = if user.as_str() == "ann" { &["managers"] } else { &[] };
        groups.iter().filter_map(|group| GroupId::new(*group).ok()).collect()
    }
}

/// Is told what happens, at least once and in order, over restarts too.
struct Chat;

#[async_trait]
impl Notifier for Chat {
    async fn deliver(&self, notification: &Notification) -> Result<(), NotDelivered> {
        println!("chat: {notification}");
        Ok(())
    }
}

/// Waits until the engine's lists say so. They are folded from the log, and wake up with it.
async fn until(engine: &Engine, is_so: impl Fn(&Views) -> bool) -> Result<(), cutover_engine::EngineError> {
    let mut views = engine.views().at_least(engine.written()).await?;
    while !is_so(views) {
        views = engine.views().at_least(Position(views.position().0 + 1)).await?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let folder = std::env::temp_dir().join(format!("cutover-embed-{}", std::process::id()));
    let servers = folder.join("servers");
    std::fs::create_dir_all(&servers)?;
    let store = Arc::new(FileStore::open(folder.join("store"), FileStoreOptions::default())?);
    block_on(async {
        let runners = Runners::new().with("copy-files", CopyFiles { servers: servers.clone() });
        let builder = Engine::builder(Arc::clone(&store)).runner(runners).identities(Directory);
        let engine = builder.notifier(CursorId::new("chat")?, Chat).build().await?;
        // Any executor does: it is one future that is polled until the engine is shut down.
        let driving = std::thread::spawn({
            let run = engine.run();
            move || block_on(run)
        });

        let copy_to = |server| Task::new("Copy", TaskRef::new("copy-files")).with_input("server", server);
        let [test, prod] = [1, 2].map(StageId);
        let managers = ApprovalStep::group(GroupId::new("managers")?);
        let shop = PipelineDefinition::new("Shop")
            .with_stage(Stage::new(test, "Test").after_release().with_task(copy_to("test-1")))
            .with_stage(
                Stage::new(prod, "Prod")
                    .after(&[test])
                    .with_approval(Moment::Before, managers)
                    .with_task(copy_to("eu-1"))
                    .with_task(copy_to("us-1")),
            );
        let [eve, ann] = ["eve", "ann"].map(Actor::user);
        let (eve, ann) = (eve?, ann?);
        let pipeline = engine.create_pipeline(&eve, shop).await?;
        let release = engine.create_release(&eve, pipeline, NewRelease::default()).await?;

        until(&engine, |views| !views.approvals(&ApprovalFilter::all()).is_empty()).await?;
        let standing = engine.release(release).await?;
        for blocker in engine.explain(release, prod).await?.now {
            println!("Prod waits: {}", blocker.tell(standing.definition()));
        }
        for pending in engine.views().approvals(&ApprovalFilter::all()) {
            match engine.approve(&eve, pending.id, "me first").await {
                Ok(_) => println!("eve approved, and should not have been able to"),
                Err(refused) => println!("eve can't approve: {refused}"),
            }
            engine.approve(&ann, pending.id, "looks good").await?;
        }
        until(&engine, |views| views.deployments(&DeploymentFilter::going_on()).is_empty()).await?;
        for at in engine.views().deployed_where(pipeline) {
            println!("{} has {}", at.name, at.release.as_deref().unwrap_or("nothing"));
        }

        // Nothing more begins; what runs may take this long to end. Then the store is given free.
        engine.shut_down(Duration::from_secs(5));
        driving.join().map_err(|_| "the engine stopped unexpectedly")??;
        store.close().await?;
        for server in ["test-1", "eu-1", "us-1"] {
            print!("{server}: {}", std::fs::read_to_string(servers.join(server))?);
        }
        Ok(std::fs::remove_dir_all(&folder)?)
    })
}

//! The smallest pipeline: two stages, an approval between them, everything in memory.

use cutover::{
    Actor, ApprovalStep, Moment, NewRelease, PipelineDefinition, Stage, StageId, Task, TaskRef, UserId,
};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{Engine, Runners};
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    block_on(async {
        let [dev, prod] = [1, 2].map(StageId);
        let ann = UserId::new("ann")?;
        let shop = PipelineDefinition::new("Web shop")
            .with_stage(
                Stage::new(dev, "Dev").after_release().with_task(Task::command("echo deploying to dev")),
            )
            .with_stage(
                Stage::new(prod, "Prod")
                    .after(&[dev])
                    .with_approval(Moment::Before, ApprovalStep::user(ann.clone()))
                    .with_task(Task::command("echo deploying to prod")),
            );

        let work = std::env::temp_dir().join(format!("cutover-quickstart-{}", std::process::id()));
        let runners = Runners::new().with(TaskRef::COMMAND, ProcessRunner::new(&work));
        let engine = Engine::builder(MemoryStore::new()).runner(runners).build().await?;
        let driving = std::thread::spawn({
            let engine = engine.clone();
            move || block_on(engine.run())
        });

        let eve = Actor::user("eve")?;
        let pipeline = engine.create_pipeline(&eve, shop).await?;
        let release = engine.create_release(&eve, pipeline, NewRelease::default()).await?;
        loop {
            let standing = engine.release(release).await?;
            let waits = engine.explain(release, prod).await?;
            let because =
                waits.now.first().map_or_else(String::new, |blocker| blocker.tell(standing.definition()));
            println!("Prod is {}: {because}", waits.status);
            if let Some((approval, ..)) =
                standing.release().latest(prod).and_then(|it| it.open_approvals().next())
            {
                engine.approve(&Actor::User(ann.clone()), approval, "looks good").await?;
            } else if standing.release().latest(prod).is_some_and(|deployment| deployment.is_over()) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        engine.shut_down(std::time::Duration::from_secs(1));
        driving.join().map_err(|_| "the engine stopped unexpectedly")??;
        Ok(std::fs::remove_dir_all(work)?)
    })
}

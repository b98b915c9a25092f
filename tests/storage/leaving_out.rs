//! K3: what was deleted for good is left out when the store is rewritten, and everything else is as if nothing had happened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use cutover::deployment::Report;
use cutover::retention::streams_to_leave_out;
use cutover::status::StageStatus;
use cutover::store::{Position, StoreExt};
use cutover::transaction::Folded;
use cutover::{
    Actor, Event, NewRelease, PipelineDefinition, PipelineEvent, PipelineId, QueueId, ReleaseId, Stage,
    StageId, Subject, Task, TaskOrder,
};
use cutover_engine::{
    Because, Engine, EngineError, ManualClock, ReleaseFilter, Runners, TaskControl, TaskRunner,
};
use cutover_store_file::{CopyError, FileStore, FileStoreOptions, Rewritten, rewrite};
use futures::TryStreamExt;
use futures::executor::block_on;
use tempfile::TempDir;

const DEV: StageId = StageId(1);
const FIRST: ReleaseId = ReleaseId(1);
const SECOND: ReleaseId = ReleaseId(2);
const THIRD: ReleaseId = ReleaseId(3);

struct Succeeds;

#[async_trait]
impl TaskRunner for Succeeds {
    async fn run(&self, _: TaskOrder, _: TaskControl) -> Report {
        Report::Succeeded
    }
}

/// An engine that is driven, on the store in a folder.
struct Driven {
    engine: Engine,
    store: Arc<FileStore>,
    thread: JoinHandle<Result<(), EngineError>>,
}

fn ann() -> Actor {
    Actor::user("ann").expect("a valid id")
}

fn drive(folder: &Path, clock: &ManualClock) -> Driven {
    let store = FileStore::open(folder, FileStoreOptions::default()).expect("it opens");
    let store = Arc::new(store);
    let builder = Engine::builder(Arc::clone(&store)).clock(clock.clone());
    let engine =
        block_on(builder.runner(Runners::new().with("command", Succeeds)).build()).expect("it is read");
    let run = engine.run();
    Driven { engine, store, thread: std::thread::spawn(move || block_on(run)) }
}

impl Driven {
    fn deploy(&self, pipeline: PipelineId) -> ReleaseId {
        let created = block_on(self.engine.create_release(&ann(), pipeline, NewRelease::default()));
        let release = created.expect("a release");
        for _ in 0..10_000 {
            let views = block_on(self.engine.views().latest()).expect("they follow");
            if views.release(release).is_some_and(|it| it.status(DEV) == StageStatus::Succeeded) {
                return release;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("release {release} does not succeed");
    }

    fn stop(self) {
        self.engine.shut_down(Duration::from_secs(5));
        self.thread.join().expect("it does not panic").expect("it ends well");
        drop(self.engine);
        block_on(self.store.close()).expect("it closes");
    }
}

/// Three releases that were deployed one after the other; the first two were deleted, the second a day later.
fn deleted(folder: &Path, clock: &ManualClock) -> PipelineId {
    let driven = drive(folder, clock);
    let dev = Stage::new(DEV, "Dev").after_release().with_task(Task::command("./deploy.sh"));
    let shop = PipelineDefinition::new("Shop").with_stage(dev);
    let pipeline = block_on(driven.engine.create_pipeline(&ann(), shop)).expect("a pipeline");
    for expected in [FIRST, SECOND, THIRD] {
        assert_eq!(driven.deploy(pipeline), expected);
    }
    for release in [FIRST, SECOND] {
        block_on(driven.engine.delete_release(&ann(), release, "old")).expect("nothing protects it");
        clock.advance(TimeDelta::days(1));
    }
    driven.stop();
    pipeline
}

fn open(folder: &Path) -> FileStore {
    FileStore::open(folder, FileStoreOptions::default()).expect("it opens")
}

fn left_out(folder: &Path, at: DateTime<chrono::Utc>) -> Vec<String> {
    let streams = block_on(streams_to_leave_out(&open(folder), at)).expect("it can be read");
    streams.into_iter().map(String::from).collect()
}

/// Everything that is folded, whole.
fn folded(folder: &Path) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, Folded> = BTreeMap::new();
    let store = open(folder);
    let commits = block_on(store.commits_after(Position::START).try_collect::<Vec<_>>()).expect("it is read");
    for event in commits.iter().flat_map(|commit| &commit.events) {
        let subject = Subject::try_from(&event.stream).expect("a subject");
        let folded = all.entry(event.stream.to_string()).or_insert_with(|| Folded::empty(subject));
        folded.apply(event).expect("it can be folded");
    }
    all.into_iter().map(|(stream, folded)| (stream, format!("{folded:?}"))).collect()
}

struct Case {
    folder: TempDir,
    clock: ManualClock,
    pipeline: PipelineId,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = ManualClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let pipeline = deleted(&folder.path().join("old"), &clock);
        Self { folder, clock, pipeline }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn now(&self) -> DateTime<chrono::Utc> {
        cutover_engine::Clock::now(&self.clock)
    }

    /// Without what can't be restored any more.
    fn rewrite(&self) -> Result<Rewritten, CopyError> {
        let streams =
            block_on(streams_to_leave_out(&open(&self.path("old")), self.now())).expect("it is read");
        let options = FileStoreOptions::default();
        block_on(rewrite(self.path("old"), self.path("new"), options, |stream| streams.contains(stream)))
    }
}

#[test]
fn a_release_is_left_out_once_it_can_t_be_restored_any_more() {
    let case = Case::new();
    let old = case.path("old");
    let deleted = case.now() - TimeDelta::days(2);
    let days = |days| deleted + TimeDelta::days(days);
    let moment = TimeDelta::nanoseconds(1);
    assert_eq!(left_out(&old, days(14)), [""; 0]);
    assert_eq!(left_out(&old, days(14) + moment), ["release/1"]);
    assert_eq!(left_out(&old, days(15)), ["release/1"]);
    assert_eq!(left_out(&old, days(15) + moment), ["release/1", "release/2"]);

    let driven = drive(&old, &case.clock);
    block_on(driven.engine.restore_release(&ann(), FIRST)).expect("it is in time");
    driven.stop();
    assert_eq!(left_out(&old, days(99)), ["release/2"]);
}

#[test]
fn everything_else_is_as_it_was_in_the_store_that_was_rewritten() {
    let case = Case::new();
    case.clock.advance(TimeDelta::days(12) + TimeDelta::hours(1));
    let rewritten = case.rewrite().expect("it is rewritten");
    assert_eq!(rewritten.streams, 1);
    let (mut before, after) = (folded(&case.path("old")), folded(&case.path("new")));
    assert!(before.remove("release/1").is_some());
    assert_eq!(before, after);
}

#[test]
fn an_engine_goes_on_with_the_store_that_was_rewritten_and_the_pipeline_still_names_the_release() {
    let case = Case::new();
    case.clock.advance(TimeDelta::days(12) + TimeDelta::hours(1));
    case.rewrite().expect("it is rewritten");
    let driven = drive(&case.path("new"), &case.clock);
    let engine = &driven.engine;
    block_on(async {
        // Not a trace of it in the lists; the others are there, and the second is deleted still.
        let views = engine.views().latest().await.expect("they follow");
        assert_eq!(views.release(FIRST), None);
        let ids = |filter| views.releases(&filter).into_iter().map(|it| it.id).collect::<Vec<_>>();
        assert_eq!(ids(ReleaseFilter::of(case.pipeline)), [THIRD]);
        assert!(views.release(SECOND).expect("it is there").deleted_at.is_some());
        let gone = engine.release(FIRST).await.expect_err("it is left out");
        assert!(matches!(gone, EngineError::NotFound(Subject::Release(FIRST))), "{gone}");
        assert!(matches!(engine.restore_release(&ann(), FIRST).await, Err(EngineError::Refused(_))));
        assert_eq!(engine.history(&Subject::Release(FIRST)).await.expect("nothing is read"), []);

        // The pipeline's history names it.
        let facts = engine.history(&Subject::Pipeline(case.pipeline)).await.expect("it is read");
        let named = facts.iter().filter_map(|fact| match &fact.event {
            Event::Pipeline(PipelineEvent::ReleaseNumbered(numbered)) => Some(numbered.release),
            _ => None,
        });
        assert_eq!(named.collect::<Vec<_>>(), [FIRST, SECOND, THIRD]);
        let queue = QueueId { pipeline: case.pipeline, stage: DEV };
        let facts = engine.history(&Subject::Queue(queue)).await.expect("it is read");
        assert!(facts.iter().any(|fact| fact.because == Because::LeftOut));
        assert!(facts.iter().any(|fact| matches!(fact.because, Because::Followed(_))));
        assert_eq!(
            engine.queue(queue).await.expect("it is read").current().map(|it| it.release),
            Some(THIRD)
        );
        let commits = engine.subscribe(Position::START);
        let commits: Vec<_> =
            futures::StreamExt::take(commits, 10).try_collect().await.expect("each is read");
        assert_eq!(commits.len(), 10);

        // And it goes on.
        engine.restore_release(&ann(), SECOND).await.expect("it is in time");
        assert!(engine.retention(case.pipeline).await.expect("it is judged").contains_key(&SECOND));
    });
    let next = driven.deploy(case.pipeline);
    let release = block_on(driven.engine.release(next)).expect("it is there");
    assert_eq!(release.release().about().map(|about| about.name.as_str()), Some("Release-4"));
    driven.stop();
}

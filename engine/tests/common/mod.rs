//! A bench to test engines on: a memory store, a clock that stands still, and a runner that does what scripts say.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a module of test files, each of which uses a part of it"
)]

mod by_hand;
#[cfg(feature = "http")]
pub mod calls;
mod collector;
mod recorder;
mod runner;
mod secrets;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use cutover::store::EventStore;
use cutover::*;
use cutover_engine::*;
use cutover_store_memory::MemoryStore;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::{Either, select};

pub use by_hand::{ByHand, at_once};
pub use collector::Collector;
pub use cutover::store::conformance::faulty::{Call, Fault, FaultyStore, Rule};
pub use recorder::{Mood, Recorder};
pub use runner::{Script, ScriptedRunner};
pub use secrets::{Away, Doing, Lines, VALUE, doing, endings, kept, recorded, shop, spin};

pub type Fallible = Result<(), Box<dyn std::error::Error>>;

/// How long a test waits for what must come, in real time. Only a failure takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

pub const DEV: StageId = StageId(1);
pub const PROD: StageId = StageId(2);

/// The store of a bench, with faults for those who come through it.
pub type Faulty = FaultyStore<Arc<MemoryStore>>;

pub struct Bench {
    pub store: Arc<MemoryStore>,
    pub clock: ManualClock,
    pub runner: ScriptedRunner,
}

impl Bench {
    pub fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            clock: ManualClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000)),
            runner: ScriptedRunner::new(),
        }
    }

    pub fn faulty_store(&self) -> Faulty {
        FaultyStore::new(Arc::clone(&self.store))
    }

    pub fn builder(&self) -> Builder {
        self.builder_on(Arc::clone(&self.store))
    }

    pub fn builder_on(&self, store: impl EventStore) -> Builder {
        Engine::builder(store).clock(self.clock.clone()).runner(self.runner.clone())
    }

    pub fn engine(&self) -> Engine {
        block_on(self.builder().build()).expect("the store can be read")
    }
}

pub fn ann() -> Actor {
    Actor::user("ann").expect("a valid id")
}

/// A stage that starts with the release and does these scripts.
pub fn stage(id: StageId, name: &str, scripts: &[&str]) -> Stage {
    let stage = Stage::new(id, name).after_release();
    scripts.iter().fold(stage, |stage, script| stage.with_task(Task::command(*script)))
}

pub fn two_stages(dev: &[&str], prod: &[&str]) -> PipelineDefinition {
    let mut second = stage(PROD, "Prod", prod).after(&[DEV]);
    second.owner = None;
    PipelineDefinition::new("Shop").with_stage(stage(DEV, "Dev", dev)).with_stage(second)
}

pub fn one_stage(scripts: &[&str]) -> PipelineDefinition {
    PipelineDefinition::new("Shop").with_stage(stage(DEV, "Dev", scripts))
}

/// Creates a pipeline and a release of it.
pub fn release_of(engine: &Engine, definition: PipelineDefinition) -> (PipelineId, ReleaseId) {
    block_on(async {
        let pipeline = engine.create_pipeline(&ann(), definition).await.expect("a pipeline");
        let release =
            engine.create_release(&ann(), pipeline, NewRelease::default()).await.expect("a release");
        (pipeline, release)
    })
}

/// An engine that is driven by a thread of its own.
pub struct Driven {
    pub engine: Engine,
    thread: Option<JoinHandle<Result<(), EngineError>>>,
}

pub fn drive(engine: &Engine) -> Driven {
    let run = engine.run();
    Driven { engine: engine.clone(), thread: Some(std::thread::spawn(move || block_on(run))) }
}

impl Driven {
    /// Shuts it down at once, and says how it ended.
    pub fn stop(mut self) -> Result<(), EngineError> {
        self.engine.shut_down(Duration::ZERO);
        self.end()
    }

    /// Waits for its end.
    pub fn end(&mut self) -> Result<(), EngineError> {
        self.thread.take().expect("it is joined once").join().expect("the driver does not panic")
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.engine.shut_down(Duration::ZERO);
    }
}

/// Moves the clock on while it lives: for those who pause.
pub struct Ticking(Arc<AtomicBool>);

pub fn ticking(bench: &Bench) -> Ticking {
    let goes_on = Arc::new(AtomicBool::new(true));
    let (clock, ticks) = (bench.clock.clone(), Arc::clone(&goes_on));
    std::thread::spawn(move || {
        while ticks.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
            clock.advance(TimeDelta::milliseconds(50));
        }
    });
    Ticking(goes_on)
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Waits until something is so that nobody tells of.
pub fn soon(what: &str, is_so: impl Fn() -> bool) {
    let end = std::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(std::time::Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until the engine's views show what they should.
pub fn until(engine: &Engine, what: &str, holds: impl Fn(&Views) -> bool) {
    let reached = async {
        engine.views().latest().await.expect("the log can be read");
        while !holds(engine.views()) {
            let next = store::Position(engine.views().position().0 + 1);
            engine.views().at_least(next).await.expect("the log can be read");
        }
    };
    patiently(what, reached);
}

pub fn until_status(engine: &Engine, release: ReleaseId, stage: StageId, status: status::StageStatus) {
    until(engine, &format!("stage {stage} of release {release} is {status}"), |views| {
        views.release(release).is_some_and(|release| release.status(stage) == status)
    });
}

/// Waits until an event is recorded that fits.
pub fn until_event(engine: &Engine, what: &str, fits: impl Fn(&Event) -> bool) {
    use futures::StreamExt;
    let found = async {
        let mut commits = engine.subscribe(store::Position::START);
        while let Some(commit) = commits.next().await {
            if commit.expect("the log can be read").events.iter().any(|happening| fits(&happening.event)) {
                return;
            }
        }
    };
    patiently(what, found);
}

pub fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    let clock = SystemClock::new();
    let end = clock.now() + PATIENCE;
    match block_on(select(future.boxed_local(), clock.wait_until(end))) {
        Either::Left((value, _)) => value,
        Either::Right(((), _)) => panic!("waited in vain: {what}"),
    }
}

/// Everything that was recorded, as the stored names.
pub fn names(store: &MemoryStore) -> Vec<String> {
    let commits = block_on(store.read_all(store::Position::START, usize::MAX)).expect("a memory");
    commits.into_iter().flat_map(|commit| commit.events).map(|event| event.name.into_owned()).collect()
}

pub fn count(store: &MemoryStore, name: &str) -> usize {
    names(store).iter().filter(|recorded| *recorded == name).count()
}

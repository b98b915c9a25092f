//! What the tests of secrets share: runners that do what they are given, and somebody who keeps secrets.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use cutover::deployment::{DeploymentEvent, Report, SetVariable, TaskResult};
use cutover::store::EventStore;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

use super::{Bench, one_stage};

pub const VALUE: &str = "hunter2";

/// Does what it is given, with what it has at hand.
pub struct Doing<F>(F);

#[async_trait]
impl<F> TaskRunner for Doing<F>
where
    F: Fn(&TaskOrder, &TaskControl) -> Report + Send + Sync + 'static,
{
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        (self.0)(&order, &control)
    }

    async fn find(&self, _: &TaskOrder) -> Found {
        Found::Begun
    }

    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        (self.0)(&order, &control)
    }
}

pub fn doing(does: impl Fn(&TaskOrder, &TaskControl) -> Report + Send + Sync + 'static) -> impl TaskRunner {
    Doing(does)
}

/// Can't be reached the first times.
#[derive(Clone)]
pub struct Away {
    times: Arc<AtomicU32>,
    pub asked: Arc<AtomicU32>,
    secrets: MemorySecrets,
}

impl Away {
    pub fn new(times: u32) -> Self {
        let secrets = MemorySecrets::new().with("shop/password", VALUE);
        Self { times: Arc::new(AtomicU32::new(times)), asked: Arc::default(), secrets }
    }
}

#[async_trait]
impl Secrets for Away {
    async fn put(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        self.secrets.put(name, value).await
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |times| times.checked_sub(1)).is_ok() {
            let (reference, why) = (reference.clone(), "the vault is sealed".to_owned());
            return Err(SecretError::Unavailable { reference, why });
        }
        self.secrets.resolve(reference).await
    }
}

#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics").clone()
    }
}

impl LogSink for Lines {
    fn line(&self, _: TaskId, _: Timestamp, line: &str) {
        self.0.lock().expect("nobody panics").push(line.to_owned());
    }
}

/// One stage with tasks that do these scripts, and a secret that they may speak of.
pub fn shop(scripts: &[&str]) -> PipelineDefinition {
    one_stage(scripts).with_variable("Password", Variable::secret("shop/password"))
}

pub fn kept() -> MemorySecrets {
    MemorySecrets::new().with("shop/password", VALUE)
}

/// How the tasks ended, in order.
pub fn endings(bench: &Bench) -> Vec<(TaskResult, String, Vec<SetVariable>)> {
    let commits = block_on(bench.store.read_all(store::Position::START, usize::MAX)).expect("a memory");
    let mut found = Vec::new();
    for event in commits.iter().flat_map(|commit| &commit.events) {
        let subject = Subject::try_from(&event.stream).expect("a stream of an aggregate");
        if let Ok(Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskEnded {
            result,
            message,
            variables,
            ..
        }))) = Event::decode(&subject, event)
        {
            found.push((result, message, variables));
        }
    }
    found
}

/// Waits until it is so.
pub fn spin(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub fn recorded(bench: &Bench) -> String {
    format!("{:?}", block_on(bench.store.read_all(store::Position::START, usize::MAX)).expect("a memory"))
}

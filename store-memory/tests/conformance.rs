//! The memory store is held to the contract of all stores: by turns on one thread, and on several threads. So is the store
//! that fails on purpose, around it, as long as it is told of no fault or of such as the contract allows.

use std::sync::Arc;

use async_trait::async_trait;
use cutover::store::EventStore;
use cutover::store::conformance::faulty::{Call, Fault, FaultyStore, Rule};
use cutover::store::conformance::{Ability, StoreUnderTest, Support, threads};
use cutover_store_memory::MemoryStore;
use futures::future::BoxFuture;

fn support() -> Support {
    Support::new()
        .has(Ability::KeptCheckpoints)
        .has(Ability::DensePositions)
        .has(Ability::SecondHandle)
        .lacks(Ability::Reopening, "a memory store keeps nothing beyond its own life")
        .lacks(Ability::Crashing, "a memory store keeps nothing beyond its own life")
        .lacks(Ability::Closing, "a memory store is there as long as somebody holds it")
        .lacks(Ability::CommitLimit, "a memory store takes what memory holds")
}

struct ByTurns;

#[async_trait]
impl StoreUnderTest for ByTurns {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new())
    }

    fn support(&self) -> Support {
        support()
    }

    async fn another(&self, store: &Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        Some(Arc::clone(store))
    }

    async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
        threads::by_turns(tasks).await;
    }
}

struct OnThreads;

#[async_trait]
impl StoreUnderTest for OnThreads {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new())
    }

    fn support(&self) -> Support {
        support()
    }

    async fn another(&self, store: &Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        Some(Arc::clone(store))
    }
}

/// With these rules, which make new ones for each test.
struct Faulty(fn() -> Vec<Rule>);

impl Faulty {
    /// Half of all calls and answers are overtaken by others.
    fn overtaken() -> Vec<Rule> {
        let calls = [
            Call::Commit,
            Call::ReadStream,
            Call::ReadAll,
            Call::Head,
            Call::LoadCheckpoint,
            Call::SaveCheckpoint,
        ];
        let rules = calls.into_iter().zip(1..).flat_map(|(call, seed)| {
            [
                Rule::on(call).one_in(4, seed).meets(Fault::Overtaken(4)),
                Rule::on(call).one_in(3, seed).meets(Fault::OvertakenAnswer(4)),
            ]
        });
        rules.collect()
    }
}

#[async_trait]
impl StoreUnderTest for Faulty {
    async fn fresh(&self) -> Arc<dyn EventStore> {
        let store = FaultyStore::new(MemoryStore::new());
        for rule in self.0() {
            store.add(rule);
        }
        Arc::new(store)
    }

    fn support(&self) -> Support {
        support()
    }

    async fn another(&self, store: &Arc<dyn EventStore>) -> Option<Arc<dyn EventStore>> {
        Some(Arc::clone(store))
    }

    async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
        threads::by_turns(tasks).await;
    }
}

mod by_turns {
    cutover::conformance_tests!(crate::ByTurns);
}

mod on_threads {
    cutover::conformance_tests!(crate::OnThreads);
}

mod behind_a_wrapper_without_faults {
    cutover::conformance_tests!(crate::Faulty(Vec::new));
}

mod behind_a_wrapper_with_overtaking {
    cutover::conformance_tests!(crate::Faulty(crate::Faulty::overtaken));
}

//! The suite that every event store is held to, whoever wrote it.
//!
//! It is public so that a store of your own can be held to the same contract as ours. Add `cutover` with the feature
//! `conformance` to your dev-dependencies, write a [`StoreUnderTest`] that opens your store, and one line that makes a `#[test]`
//! of yours out of every test of the suite. This is a whole `tests/conformance.rs`:
//!
//! ```
//! use std::sync::Arc;
//!
//! use cutover::store::EventStore;
//! use cutover::store::conformance::{Ability, StoreUnderTest, Support};
//! # struct MyStore;
//! # impl MyStore { fn open() -> Arc<dyn EventStore> { panic!("opens a store of yours") } }
//!
//! struct Mine;
//!
//! #[async_trait::async_trait]
//! impl StoreUnderTest for Mine {
//!     async fn fresh(&self) -> Arc<dyn EventStore> {
//!         MyStore::open()
//!     }
//!
//!     fn support(&self) -> Support {
//!         Support::new()
//!             .has(Ability::DensePositions)
//!             .lacks(Ability::Reopening, "it keeps nothing beyond its own life")
//!     }
//! }
//!
//! cutover::conformance_tests!(Mine);
//! ```
//!
//! What the contract leaves to the store is an [`Ability`]. A store states what it has; the tests of the rest are skipped, and
//! the test `what_is_skipped` says which and why, also where a test's output is captured:
//!
//! ```text
//! conformance of my_store::Mine: 102 of 124 tests apply
//!   11 skipped for lack of reopening: it keeps nothing beyond its own life
//!     reopening::everything_is_there_after_reopening
//!     ...
//! ```
//!
//! Every test is a public function that takes the harness and answers by panicking, so that single ones can be called;
//! [`tests`] lists them. Where a panic is not wanted, [`check_all`] and [`Test::check`] give the outcomes as values.
//!
//! The suite needs no particular executor: tasks run on threads of its own, unless the harness says otherwise. A store that
//! needs a runtime (`tokio`, say) enters it in the harness:
//!
//! ```
//! # use std::sync::Arc;
//! # use cutover::store::EventStore;
//! # use cutover::store::conformance::StoreUnderTest;
//! # use futures::future::{BoxFuture, join_all};
//! # struct Handle;
//! # impl Handle {
//! #     fn block_on(&self, test: BoxFuture<'_, ()>) { futures::executor::block_on(test) }
//! #     fn spawn(&self, task: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> { task }
//! # }
//! struct OnARuntime {
//!     runtime: Handle,
//! }
//!
//! #[async_trait::async_trait]
//! impl StoreUnderTest for OnARuntime {
//! #   async fn fresh(&self) -> Arc<dyn EventStore> { panic!("opens a store of yours") }
//!     // ...
//!     fn block_on(&self, test: BoxFuture<'_, ()>) {
//!         self.runtime.block_on(test);
//!     }
//!
//!     async fn run(&self, tasks: Vec<BoxFuture<'static, ()>>) {
//!         join_all(tasks.into_iter().map(|task| self.runtime.spawn(task))).await; // and unwrap what they answer
//!     }
//! }
//! ```
//!
//! Each file holds the tests of one idea, and each test says what it asserts and which fault, seen in real stores, it guards
//! against. [`faulty`] is a store that fails on purpose, for tests of what stands on a store. Read `harness.rs` first, then
//! `appending.rs`.
#![expect(
    clippy::missing_panics_doc,
    reason = "every test of the suite panics where the store is wrong: that is its answer"
)]

mod ability;
mod drafts;
mod draws;
mod harness;
mod list;
mod report;

pub mod appending;
pub mod checkpoints;
pub mod closing;
pub mod concurrency;
pub mod conflicts;
pub mod crashing;
pub mod doubt;
pub mod dropping;
pub mod faulty;
pub mod guards;
pub mod handles;
pub mod history;
pub mod large;
pub mod names;
pub mod paging;
pub mod reading;
pub mod reopening;
pub mod threads;
pub mod visibility;
pub mod waking;

pub use ability::{Ability, Statement, Support};
pub use harness::StoreUnderTest;
pub use list::tests;
pub use report::{Outcome, Report, Test, check_all, hold, print_what_is_skipped, what_is_skipped};

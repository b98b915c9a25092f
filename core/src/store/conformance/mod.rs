//! The suite that every event store is held to, whoever wrote it.
//!
//! It is public so that a store of your own can be held to the same contract as ours. Write a [`StoreUnderTest`] that opens
//! your store, and one line that makes every test of the suite a `#[test]` of yours:
//!
//! ```ignore
//! struct MyHarness;
//!
//! #[async_trait::async_trait]
//! impl StoreUnderTest for MyHarness {
//!     async fn fresh(&self) -> Arc<dyn EventStore> {
//!         Arc::new(MyStore::new())
//!     }
//! }
//!
//! cutover::conformance_tests!(MyHarness);
//! ```
//!
//! Each file holds the tests of one idea, and each test says what it asserts and which fault, seen in real stores, it guards
//! against. A test answers by panicking. The suite needs no particular executor, reads no clock and starts no thread: what it
//! needs of those it asks of the harness. Read `harness.rs` first, then `appending.rs`.
#![expect(
    clippy::missing_panics_doc,
    reason = "every test of the suite panics where the store is wrong: that is its answer"
)]

mod drafts;
mod harness;
mod list;

pub mod appending;
pub mod checkpoints;
pub mod concurrency;
pub mod conflicts;
pub mod guards;
pub mod large;
pub mod names;
pub mod paging;
pub mod reading;
pub mod reopening;
pub mod waking;

pub use futures::executor::block_on;
pub use harness::StoreUnderTest;

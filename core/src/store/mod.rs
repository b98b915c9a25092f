//! Event stores: what the engine asks of them, and the suite that holds them to it.
//!
//! A store keeps bytes with headers and knows nothing of releases. Read [`EventStore`] first: it is the whole contract.
//! [`Commit`] is what goes in, [`RecordedCommit`] and [`RecordedEvent`] are what comes out, [`StoreExt`] adds streams of
//! events to any store, and [`transfer`] takes what is in one to another. With the feature `conformance`, `conformance` holds a store of your own to the contract.
//!
//! A stream has a *sequence*, the log has a *position*: both are described where they are defined.

mod checkpoint;
mod commit;
mod error;
mod event_store;
mod ext;
mod json;
mod recorded;
mod stream;
pub mod transfer;

#[cfg(feature = "conformance")]
pub mod conformance;

pub use checkpoint::Checkpoint;
pub use commit::{
    Cause, Commit, CommitBuilder, CommitHeader, CommitParts, EmptyCommit, Expectation, NewEvent,
};
pub use error::{CommitError, Conflict, Mismatch, StoreError};
pub use event_store::EventStore;
pub use ext::StoreExt;
pub use json::Json;
pub use recorded::{RecordedCommit, RecordedEvent};
pub use stream::{InvalidStreamId, Position, Sequence, StreamId};

//! An event store in memory for the Cutover release engine, for tests and short-lived embedding.
//!
//! [`MemoryStore`] keeps everything until it is dropped, and nothing longer. It fulfils the same contract as the durable stores
//! (`cutover::store::EventStore`), so that what runs on it runs on them. Share it as an `Arc<MemoryStore>`.
//!
//! ```
//! use cutover::store::{Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Sequence, StreamId};
//! use cutover::{Actor, CommandId, CommitId};
//! use cutover_store_memory::MemoryStore;
//!
//! # futures::executor::block_on(async {
//! let store = MemoryStore::new();
//! let notes = StreamId::new("notes")?;
//! let header = CommitHeader {
//!     id: CommitId::new("commit-1")?,
//!     command: CommandId::new("command-1")?,
//!     actor: Actor::System,
//!     time: chrono::DateTime::UNIX_EPOCH,
//! };
//! let event = NewEvent { name: "note.taken".into(), schema: 1, cause: Cause::Command, payload: Json::parse(r#"{"text":"hi"}"#)? };
//! store.commit(Commit::builder(header).append(&notes, Sequence::NONE, event).build()?).await?;
//!
//! let events = store.read_stream(&notes, Sequence::NONE, 10).await?;
//! assert_eq!(events[0].payload.as_str(), r#"{"text":"hi"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod log;
mod store;

pub use store::MemoryStore;

//! The embedded, durable event store of the Cutover release engine: one append-only log of JSON lines, in a folder of its own.
//!
//! ```
//! use cutover::store::{Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Sequence, StreamId};
//! use cutover::{Actor, CommandId, CommitId};
//! use cutover_store_file::{FileStore, FileStoreOptions};
//!
//! # futures::executor::block_on(async {
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path().join("releases");
//! let store = FileStore::open(&folder, FileStoreOptions::default())?;
//! let notes = StreamId::new("notes")?;
//! let header = CommitHeader {
//!     id: CommitId::new("commit-1")?,
//!     command: CommandId::new("command-1")?,
//!     actor: Actor::System,
//!     time: chrono::DateTime::UNIX_EPOCH,
//! };
//! let event = NewEvent { name: "note.taken".into(), schema: 1, cause: Cause::Command, payload: Json::parse(r#"{"text":"hi"}"#)? };
//! store.commit(Commit::builder(header).append(&notes, Sequence::NONE, event).build()?).await?;
//! store.close().await?;
//!
//! let store = FileStore::open(&folder, FileStoreOptions::default())?;
//! let events = store.read_stream(&notes, Sequence::NONE, 10).await?;
//! assert_eq!(events[0].payload.as_str(), r#"{"text":"hi"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! `FORMAT.md` beside this crate defines the files byte by byte. What a crash may leave, and what is made of it when the store
//! is opened again, is in [`FileStore::report`]; what refuses to open is an [`OpenError`] that says what to do.
//!
//! [`FileStore::open_read_only`] reads a store beside the process that has it open, and [`verify()`] checks all of it; neither changes anything.
//! [`FileStoreOptions::tamper_evident`] lets an auditor tell whether history was rewritten.
//!
//! # What it is not
//!
//! Not for several processes that write at once (the second gets an error that says who has the store), and not for network file systems that
//! promise a sync and do not keep it.

mod active;
mod answering;
mod backup;
mod batch;
mod beside;
mod checker;
mod checkpoints;
mod content;
mod continuity;
mod copying;
pub mod disk;
mod error;
mod filling;
mod frame;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gathering;
mod header;
mod index;
mod lock;
mod open;
mod options;
mod preallocation;
mod read_only;
mod reader;
mod recovery;
mod repair;
mod report;
mod rewriting;
mod scan;
mod segment;
mod shared;
#[cfg(feature = "simulated-disk")]
pub mod simulated;
mod store;
mod text;
mod verified;
mod verify;
mod window;
mod writer;

pub use backup::Backup;
pub use copying::CopyError;
pub use error::{Damage, OpenError};
pub use options::FileStoreOptions;
pub use read_only::ReadOnlyStore;
pub use report::{Cut, IgnoredIndex, Left, OpenReport, Scanned};
pub use rewriting::{Rewritten, rewrite, rewrite_on};
pub use store::FileStore;
pub use verified::{HeadDigest, KnownDigest, KnownOutcome, LogEnd, SavedIndex, Verified};
pub use verify::{verify, verify_against, verify_on};

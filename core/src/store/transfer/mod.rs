//! A store's whole content as lines of JSON, out of any store and into any other.
//!
//! [`export`] gives the lines, an [`Importer`] takes them into an empty store, an [`ExportReader`] checks them without a store. [`content_of`] says
//! by one digest what a store holds, so that two of them can be compared whatever they are made of. Nothing here reads or writes files: the
//! lines come from the caller and go to it. No more is in memory than a page of commits, or a line.
//!
//! # The lines
//!
//! ```text
//! {"format":"cutover-export","version":1}
//! {"position":1,"id":"commit-1","command":"command-1","actor":"user:ann","time":"2024-05-01T12:00:00Z","events":[{"stream":"release/17","sequence":1,"name":"release.created","schema":1,"cause":"command","payload":{}}]}
//! {"commits":1,"events":1,"content":"<SHA-256>","lines":"<SHA-256>"}
//! ```
//!
//! The first names the format and its version. Then comes one line for each commit, in order: position, header, and the events in the order in which
//! they were decided. The last has how many commits with events there were and how many events; the digest of the content; and that of all lines before
//! it, each with a newline behind it. Without it the export was cut off.
//!
//! The *content* is each of these commits, in order, as its line without the position, and a newline: so it is the same in two stores that number
//! commits differently. Commits without events, which a store that was rewritten may have, hold nothing, and are not imported.
//!
//! # Positions
//!
//! A store gives each commit its own position. Where that is another one than in the export, [`Imported::moved`] says from where on. What holds a
//! position outside of its own stream (a notification's cursor, a bookmark of the host's) then names another place than it did.

mod content;
mod error;
mod export;
mod import;
mod line;
mod reader;

pub use content::{Content, content_of};
pub use error::{ImportError, LineFlaw};
pub use export::export;
pub use import::{Imported, Importer};
pub use line::VERSION;
pub use reader::{ExportReader, ReadCommit};

//! Artifact feeds: the versions of one source, in the order in which the host published them, with the tags that they got later (A).
//!
//! One feed for what a source points to, however many pipelines name it: `source.rs` says when two sources are the same. A feed knows
//! nothing of pipelines; those that have a trigger on it observe its publications one by one, each in commits of its own
//! (`pipeline/observing.rs`). Read `state.rs` first, then `decide.rs`; `filter.rs` says which versions pass (A5), `default_version.rs`
//! which one a release takes if none is named (A3).

mod command;
mod decide;
mod default_version;
mod event;
mod evolve;
mod filter;
mod refusal;
mod source;
mod state;

pub use command::ArtifactCommand;
pub use default_version::default_version;
pub use event::ArtifactEvent;
pub use filter::{InvalidPattern, passes, passes_branches, passes_target, version_pattern};
pub use refusal::ArtifactRefusal;
pub use source::source_of;
pub use state::{ArtifactFeed, Publication, PublicationKind};

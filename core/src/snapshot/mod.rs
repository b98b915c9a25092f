//! A snapshot: a pipeline's definition as releases froze it, kept once under its digest however many releases share it.
//!
//! It is written once and never changes, so that nothing which reads it needs to guard against its changing.

mod decide;
mod event;

use std::sync::Arc;

pub use decide::{SnapshotCommand, SnapshotRefusal};
pub use event::SnapshotEvent;
pub(crate) use event::shared;

use crate::PipelineDefinition;

/// A definition that releases froze (R1, I9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot(Option<Arc<PipelineDefinition>>);

impl Snapshot {
    /// The definition, once it is kept.
    pub const fn definition(&self) -> Option<&Arc<PipelineDefinition>> {
        self.0.as_ref()
    }
}

use std::sync::Arc;

use super::{Snapshot, SnapshotEvent};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::{Context, Digest, PipelineDefinition, PipelineId, Subject, Timestamp};

/// What can be asked of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotCommand {
    /// Keeps the pipeline's present definition, unless it is kept already. A reaction to a release's being numbered.
    Keep {
        /// The pipeline.
        pipeline: PipelineId,
        /// The digest that its present definition has.
        digest: Digest,
    },
    /// Keeps a definition that a release was given in place of its pipeline's, unless it is kept already. A reaction to the
    /// revision of a release's snapshot (R2, R7).
    Take {
        /// The definition.
        definition: Arc<PipelineDefinition>,
    },
}

/// Why a snapshot refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotRefusal {
    /// The pipeline has no definition of this digest.
    #[error("pipeline {pipeline} has no definition with the digest {digest}")]
    NoSuchDefinition {
        /// The pipeline.
        pipeline: PipelineId,
        /// The digest that was asked for.
        digest: Digest,
    },
}

impl Aggregate for Snapshot {
    type Command = SnapshotCommand;
    type Event = SnapshotEvent;
    type Refusal = SnapshotRefusal;

    fn needs(&self, _: &Subject, command: &SnapshotCommand) -> Vec<Subject> {
        match (self.definition(), command) {
            (Some(_), SnapshotCommand::Keep { .. }) | (_, SnapshotCommand::Take { .. }) => Vec::new(),
            (None, SnapshotCommand::Keep { pipeline, .. }) => vec![Subject::Pipeline(*pipeline)],
        }
    }

    fn decide(
        &self,
        command: &SnapshotCommand,
        _: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<SnapshotEvent>, SnapshotRefusal> {
        if self.definition().is_some() {
            return Ok(Vec::new());
        }
        let (pipeline, digest) = match command {
            SnapshotCommand::Keep { pipeline, digest } => (pipeline, digest),
            SnapshotCommand::Take { definition } => {
                return Ok(vec![SnapshotEvent::Kept { definition: Arc::clone(definition) }]);
            }
        };
        match facts.pipeline(*pipeline).and_then(|pipeline| pipeline.current()) {
            Some(current) if current.digest == *digest => {
                Ok(vec![SnapshotEvent::Kept { definition: Arc::clone(&current.definition) }])
            }
            Some(_) | None => Err(SnapshotRefusal::NoSuchDefinition { pipeline: *pipeline, digest: *digest }),
        }
    }

    fn evolve(&mut self, event: &SnapshotEvent, _: Timestamp) -> Result<(), Impossible> {
        let SnapshotEvent::Kept { definition } = event;
        if self.0.replace(Arc::clone(definition)).is_some() {
            return Err(Impossible("a snapshot that is kept twice"));
        }
        Ok(())
    }
}

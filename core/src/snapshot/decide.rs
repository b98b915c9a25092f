use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Snapshot, SnapshotEvent};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::pipeline::with_groups;
use crate::{Context, Digest, PipelineDefinition, PipelineId, Subject, Timestamp, VariableGroupId};

/// What can be asked of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotCommand {
    /// Keeps the pipeline's present definition with the variables of its groups (V2), unless it is kept already. A reaction to a release's being numbered.
    Keep {
        /// The pipeline.
        pipeline: PipelineId,
        /// The digest that its present definition has together with those.
        digest: Digest,
        /// The groups that it names.
        groups: BTreeSet<VariableGroupId>,
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
            (None, SnapshotCommand::Keep { pipeline, groups, .. }) => {
                let groups = groups.iter().cloned().map(Subject::VariableGroup);
                std::iter::once(Subject::Pipeline(*pipeline)).chain(groups).collect()
            }
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
            SnapshotCommand::Keep { pipeline, digest, .. } => (pipeline, digest),
            SnapshotCommand::Take { definition } => {
                return Ok(vec![SnapshotEvent::Kept { definition: Arc::clone(definition) }]);
            }
        };
        let refusal = || SnapshotRefusal::NoSuchDefinition { pipeline: *pipeline, digest: *digest };
        let current = facts.pipeline(*pipeline).and_then(|pipeline| pipeline.current());
        let own = &current.ok_or_else(refusal)?.definition;
        let definition = with_groups(own, facts).map_err(|_| refusal())?.definition;
        if Digest::of_json(&*definition).ok() != Some(*digest) {
            return Err(refusal());
        }
        Ok(vec![SnapshotEvent::Kept { definition }])
    }

    fn evolve(&mut self, event: &SnapshotEvent, _: Timestamp) -> Result<(), Impossible> {
        let SnapshotEvent::Kept { definition } = event;
        if self.0.replace(Arc::clone(definition)).is_some() {
            return Err(Impossible("a snapshot that is kept twice"));
        }
        Ok(())
    }
}

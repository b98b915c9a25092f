//! A release before it deploys: its creation, and what can be changed while it is a draft (R1-R3).

use super::{CreatedRelease, Deciding, DraftEdit, ReleaseEvent, ReleaseRefusal, ReleaseState};
use crate::trigger::{Reach, path_to};
use crate::{Actor, NumberedRelease, PipelineId, VariableValue, fold};

impl Deciding<'_> {
    /// R1: what its pipeline decided is what it is.
    pub(super) fn create(
        &mut self,
        pipeline: PipelineId,
        numbered: &NumberedRelease,
    ) -> Result<(), ReleaseRefusal> {
        if self.release().state() != ReleaseState::Absent {
            return Err(ReleaseRefusal::Exists);
        }
        let numbered = numbered.clone();
        let reach = match numbered.target {
            None => Reach::Everything,
            Some(target) => Reach::Stages(path_to(self.definition, target)),
        };
        self.record(ReleaseEvent::Created(Box::new(CreatedRelease {
            release: numbered.release,
            name: numbered.name,
            pipeline,
            revision: numbered.revision,
            snapshot: numbered.digest,
            reason: numbered.reason,
            description: numbered.description,
            creator: self.context.actor.clone(),
            requested_for: numbered.requested_for,
            artifacts: numbered.artifacts,
            variables: numbered.variables,
            manual_stages: numbered.manual_stages,
            reach,
            draft: numbered.draft,
            triggered_by: numbered.triggered_by,
        })))?;
        if numbered.draft {
            return Ok(());
        }
        // Its creator is known as that; nobody has started anything beside.
        self.trigger_first_stages(&Actor::System)
    }

    /// R2: only while it is a draft. An edit that changes nothing is already so.
    pub(super) fn edit(&mut self, edit: &DraftEdit) -> Result<(), ReleaseRefusal> {
        self.expect_draft()?;
        for stage in edit.manual_stages.iter().flatten() {
            self.stage(*stage)?;
        }
        for name in edit.variables.iter().flatten().map(|(name, _)| name) {
            self.expect_variable(name)?;
        }
        let about = self.about()?;
        let DraftEdit { description, variables, manual_stages } = edit.clone();
        let description = description.filter(|description| *description != about.description);
        let variables = variables.filter(|variables| *variables != about.variables);
        let manual_stages = manual_stages.filter(|stages| *stages != about.manual_stages);
        if description.is_none() && variables.is_none() && manual_stages.is_none() {
            return Ok(());
        }
        Ok(self.record(ReleaseEvent::DraftEdited { description, variables, manual_stages })?)
    }

    /// R2: once.
    pub(super) fn start(&mut self) -> Result<(), ReleaseRefusal> {
        self.expect_draft()?;
        self.record(ReleaseEvent::Started {})?;
        let started_by = self.context.actor.clone();
        self.trigger_first_stages(&started_by)
    }

    fn expect_draft(&self) -> Result<(), ReleaseRefusal> {
        match self.release().state() {
            ReleaseState::Draft => Ok(()),
            ReleaseState::Absent => Err(ReleaseRefusal::NotFound),
            state @ (ReleaseState::Active | ReleaseState::Abandoned) => {
                Err(ReleaseRefusal::NotADraft { state })
            }
        }
    }

    fn expect_variable(&self, name: &str) -> Result<(), ReleaseRefusal> {
        let folded = fold(name);
        let of_stages = self.definition.stages.iter().flat_map(|stage| &stage.variables);
        let known: Vec<_> =
            self.definition.variables.iter().chain(of_stages).filter(|(it, _)| fold(it) == folded).collect();
        if known.is_empty() {
            return Err(ReleaseRefusal::UnknownVariable { name: name.to_owned() });
        }
        // V4: a value that is given here is recorded, and so is never that of a secret.
        if known.iter().any(|(_, variable)| matches!(variable.value, VariableValue::Secret(_))) {
            return Err(ReleaseRefusal::SecretVariable { name: name.to_owned() });
        }
        Ok(())
    }
}

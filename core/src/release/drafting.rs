//! A release before it deploys: its creation, and what can be changed while it is a draft (R1-R3).

use std::collections::{BTreeMap, BTreeSet};

use super::{CreatedRelease, Deciding, DraftEdit, ReleaseEvent, ReleaseRefusal, ReleaseState};
use crate::pipeline::{GivenVersions, given_versions};
use crate::trigger::{Reach, path_to};
use crate::variable::expect_given;
use crate::{Actor, ArtifactVersion, NumberedRelease, PipelineId, Variable, VariableValue, fold};

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
    pub(super) fn edit_draft(&mut self, edit: &DraftEdit) -> Result<(), ReleaseRefusal> {
        self.expect_draft()?;
        let about = self.about()?;
        for stage in edit.manual_stages.as_ref().unwrap_or(&about.manual_stages) {
            self.stage(*stage)?;
        }
        let values = edit.variables.as_ref().unwrap_or(&about.variables);
        expect_given(values)?;
        for name in values.keys() {
            self.expect_variable(name)?;
        }
        let artifacts = match &edit.artifacts {
            Some(given) => self.given_versions(given)?,
            None => self.kept_versions(&about.artifacts)?,
        };
        if edit.snapshot.is_some() {
            self.revise_draft(&edit.comment)?;
        }
        let about = self.about()?;
        let DraftEdit { description, variables, manual_stages, artifacts: _, snapshot: _, comment: _ } =
            edit.clone();
        let description = description.filter(|description| *description != about.description);
        let variables = variables.filter(|variables| *variables != about.variables);
        let manual_stages = manual_stages.filter(|stages| *stages != about.manual_stages);
        let artifacts = Some(artifacts).filter(|artifacts| *artifacts != about.artifacts);
        if description.is_none() && variables.is_none() && manual_stages.is_none() && artifacts.is_none() {
            return Ok(());
        }
        Ok(self.record(ReleaseEvent::DraftEdited { description, variables, manual_stages, artifacts })?)
    }

    /// R2: once. One that is active is already so.
    pub(super) fn start(&mut self) -> Result<(), ReleaseRefusal> {
        if self.release().state() == ReleaseState::Active {
            return Ok(());
        }
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

    /// A4: exactly one version of every source, each as its feed knows it.
    fn given_versions(
        &self,
        given: &BTreeMap<String, ArtifactVersion>,
    ) -> Result<BTreeMap<String, ArtifactVersion>, ReleaseRefusal> {
        self.expect_all_sources(given)?;
        Ok(given_versions(self.definition, given, self.facts)?)
    }

    /// The versions that it has already, under the aliases as the snapshot spells them.
    fn kept_versions(
        &self,
        kept: &BTreeMap<String, ArtifactVersion>,
    ) -> Result<BTreeMap<String, ArtifactVersion>, ReleaseRefusal> {
        self.expect_all_sources(kept)?;
        let spelled = |(alias, version): (&String, &ArtifactVersion)| {
            let unknown = || ReleaseRefusal::UnknownArtifact { alias: alias.clone() };
            let source = self.definition.artifact(alias).ok_or_else(unknown)?;
            Ok((source.alias.clone(), version.clone()))
        };
        kept.iter().map(spelled).collect()
    }

    fn expect_all_sources(&self, given: &BTreeMap<String, ArtifactVersion>) -> Result<(), ReleaseRefusal> {
        let aliases: BTreeSet<_> = given.keys().map(|alias| fold(alias)).collect();
        let missing = self.definition.artifacts.iter().find(|source| !aliases.contains(&fold(&source.alias)));
        match missing {
            Some(source) => Err(ReleaseRefusal::NoArtifactVersion { alias: source.alias.clone() }),
            None => Ok(()),
        }
    }

    fn expect_variable(&self, name: &str) -> Result<(), ReleaseRefusal> {
        let folded = fold(name);
        let of_stages = self.definition.stages.iter().flat_map(|stage| &stage.variables);
        let is_secret =
            |(_, variable): &(&String, &Variable)| matches!(variable.value, VariableValue::Secret(_));
        // V1: a group's own value is not edited; but what is a secret there is one here.
        let of_groups = self.definition.stages.iter().flat_map(|stage| &stage.group_variables);
        let secrets = self.definition.group_variables.iter().chain(of_groups).filter(is_secret);
        let named = self.definition.variables.iter().chain(of_stages).chain(secrets);
        let known: Vec<_> = named.filter(|(it, _)| fold(it) == folded).collect();
        if known.is_empty() {
            return Err(ReleaseRefusal::UnknownVariable { name: name.to_owned() });
        }
        // V4: a value that is given here is recorded, and so is never that of a secret.
        if known.iter().any(is_secret) {
            return Err(ReleaseRefusal::SecretVariable { name: name.to_owned() });
        }
        Ok(())
    }
}

impl From<GivenVersions> for ReleaseRefusal {
    fn from(given: GivenVersions) -> Self {
        match given {
            GivenVersions::UnknownSource { alias } => Self::UnknownArtifact { alias },
            GivenVersions::Twice { alias } => Self::ArtifactGivenTwice { alias },
            GivenVersions::Refused { alias, because } => Self::ArtifactRefused { alias, because },
        }
    }
}

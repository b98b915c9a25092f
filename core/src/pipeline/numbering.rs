//! The releases of a pipeline: what each is made from, and how it is numbered and named (R1, R3, R4, A4, P7).

use std::collections::BTreeMap;

use super::decide::expect_active;
use super::groups::{WithGroups, with_groups};
use super::size::digest_of;
use super::versions::choose_versions;
use super::{
    ArtifactSource, ArtifactVersion, NameFormat, NameValues, NewRelease, NumberedRelease, Pipeline,
    PipelineDefinition, PipelineRefusal, ReleaseReason, VariableValue, fold, token_key, zone_named,
};
use crate::flow::Facts;
use crate::text::text_fits;
use crate::trigger::{never_starts, path_to};
use crate::variable::expect_given;
use crate::{Context, ReleaseId, StageId};

impl Pipeline {
    /// The release that a request makes, by hand or by a trigger.
    pub(super) fn number_release(
        &self,
        release: ReleaseId,
        request: &NewRelease,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<NumberedRelease, PipelineRefusal> {
        let current = self.current.as_ref().ok_or(PipelineRefusal::NotFound)?;
        expect_active(facts)?;
        if self.newest.is_some_and(|newest| newest == release) {
            return Err(PipelineRefusal::ReleaseExists { release });
        }
        text_fits("the description", &request.description)?;
        let WithGroups { definition, groups } = with_groups(&current.definition, facts)?;
        let digest = if groups.is_empty() { current.digest } else { digest_of(&definition)? };
        let definition = &*definition;
        expect_stages(definition, request.manual_stages.iter().copied().chain(request.target))?;
        expect_given(&request.variables)?;
        expect_settable(definition, &request.variables)?;
        let triggered_by = triggering_alias(definition, request)?;
        let artifacts = choose_versions(definition, &request.artifacts, facts)?;
        let reason = request.reason.unwrap_or(ReleaseReason::Manual);
        expect_reachable(definition, request.target, reason, &artifacts)?;
        let (name, counter) = self.name(definition, release, request, &artifacts, context);
        Ok(NumberedRelease {
            release,
            name,
            counter,
            revision: current.revision,
            digest,
            groups,
            reason,
            description: request.description.clone(),
            requested_for: request.requested_for.clone(),
            artifacts,
            variables: request.variables.clone(),
            manual_stages: request.manual_stages.clone(),
            target: request.target,
            draft: request.draft,
            triggered_by,
        })
    }

    /// P7: the name, and its counter with the new value.
    fn name(
        &self,
        definition: &PipelineDefinition,
        release: ReleaseId,
        request: &NewRelease,
        artifacts: &BTreeMap<String, ArtifactVersion>,
        context: &Context,
    ) -> (String, Option<(String, u32)>) {
        let tokens = tokens(definition, release, request, artifacts);
        let lookup = |token: &str| tokens.get(token).cloned();
        // The zone was validated with the definition.
        let zone = zone_named(&definition.zone).unwrap_or(chrono_tz::UTC);
        let format = NameFormat::parse(&definition.release_name_format);
        let rendered = format.render(&NameValues { now: context.now, zone, lookup: &lookup });
        let counter = rendered.counter_key().map(|key| {
            let last = self.counters.get(key).map_or(0, |counter| counter.value);
            (key.to_owned(), last.saturating_add(1))
        });
        let number = counter.as_ref().map_or(0, |(_, value)| u64::from(*value));
        (rendered.with_number(number), counter)
    }
}

/// T1: the source whose new version makes the release is one of the pipeline's, and called as the pipeline spells it.
fn triggering_alias(
    definition: &PipelineDefinition,
    request: &NewRelease,
) -> Result<Option<String>, PipelineRefusal> {
    let Some(alias) = &request.triggered_by else { return Ok(None) };
    let unknown = || PipelineRefusal::UnknownArtifact { alias: alias.clone() };
    Ok(Some(definition.artifact(alias).ok_or_else(unknown)?.alias.clone()))
}

/// R3, S6: only stages that the pipeline has.
fn expect_stages(
    definition: &PipelineDefinition,
    mut stages: impl Iterator<Item = StageId>,
) -> Result<(), PipelineRefusal> {
    match stages.find(|stage| definition.stage(*stage).is_none()) {
        Some(stage) => Err(PipelineRefusal::UnknownStage { stage }),
        None => Ok(()),
    }
}

/// R4: a value is given only for a variable that is settable, of the pipeline or of a stage.
fn expect_settable(
    definition: &PipelineDefinition,
    given: &BTreeMap<String, String>,
) -> Result<(), PipelineRefusal> {
    for name in given.keys() {
        let folded = fold(name);
        // V1: what a group says is not settable.
        let of_stages = definition.stages.iter().flat_map(|stage| [&stage.variables, &stage.group_variables]);
        let scopes = [&definition.variables, &definition.group_variables].into_iter().chain(of_stages);
        let known: Vec<_> =
            scopes.flatten().filter(|(known, _)| fold(known) == folded).map(|(_, it)| it).collect();
        if known.is_empty() {
            return Err(PipelineRefusal::UnknownVariable { name: name.clone() });
        }
        // V4: a value that is given here is recorded, and so is never that of a secret.
        if known.iter().any(|variable| matches!(variable.value, VariableValue::Secret(_))) {
            return Err(PipelineRefusal::SecretVariable { name: name.clone() });
        }
        if !known.iter().any(|variable| variable.settable) {
            return Err(PipelineRefusal::VariableNotSettable { name: name.clone() });
        }
    }
    Ok(())
}

/// S6: a target is not named whose path holds a stage that can never start.
fn expect_reachable(
    definition: &PipelineDefinition,
    target: Option<StageId>,
    reason: ReleaseReason,
    artifacts: &BTreeMap<String, ArtifactVersion>,
) -> Result<(), PipelineRefusal> {
    for stage in target.into_iter().flat_map(|target| path_to(definition, target)) {
        let reasons = definition.stage(stage).map(|stage| never_starts(stage, reason, artifacts));
        if let Some(because) = reasons.into_iter().flatten().next() {
            return Err(PipelineRefusal::NeverStarts { stage, because });
        }
    }
    Ok(())
}

/// The tokens that a name may have (P7), by their keys, whatever the versions of the artifacts.
pub(super) fn known_tokens(definition: &PipelineDefinition) -> BTreeMap<String, String> {
    let any = |source: &ArtifactSource| (source.alias.clone(), ArtifactVersion::new(""));
    let artifacts = definition.artifacts.iter().map(any).collect();
    tokens(definition, ReleaseId(0), &NewRelease::default(), &artifacts)
}

/// What the tokens of a name stand for (P7), by their keys. Secrets are left out: a name is read by everybody.
fn tokens(
    definition: &PipelineDefinition,
    release: ReleaseId,
    request: &NewRelease,
    artifacts: &BTreeMap<String, ArtifactVersion>,
) -> BTreeMap<String, String> {
    let mut tokens = BTreeMap::new();
    let mut set = |name: &str, value: &str| tokens.insert(token_key(name), value.to_owned());
    for (name, variable) in definition.group_variables.iter().chain(&definition.variables) {
        if let VariableValue::Plain(value) = &variable.value {
            set(name, value);
        }
    }
    for (name, value) in &request.variables {
        set(name, value);
    }
    set("Release.ReleaseId", &release.to_string());
    set("Release.DefinitionName", &definition.name);
    if let Some(project) = definition.properties.get("System.TeamProject") {
        set("System.TeamProject", project);
    }
    for source in &definition.artifacts {
        let Some(version) = artifacts.get(&source.alias) else { continue };
        let definition_name = source.definition_name();
        if source.primary {
            set("Build.BuildNumber", &version.name);
            set("Build.BuildId", &version.id);
            set("Build.DefinitionName", definition_name);
        }
        let properties = [
            ("BuildNumber", version.name.as_str()),
            ("BuildId", &version.id),
            ("SourceBranch", &version.branch),
            ("SourceVersion", &version.commit),
            ("DefinitionName", definition_name),
        ];
        for (property, value) in properties {
            set(&format!("Artifact.{}.{property}", source.alias), value);
        }
    }
    tokens
}

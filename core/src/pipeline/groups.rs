//! The variable groups that a definition names, taken into it when a release is made (V1, V2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::place::Place;
use super::{PipelineDefinition, PipelineRefusal, Variables, fold, validate_expanded};
use crate::flow::Facts;
use crate::{Subject, VariableGroup, VariableGroupId};

/// A definition with the variables of its groups, as a release freezes it.
pub(crate) struct WithGroups {
    pub(crate) definition: Arc<PipelineDefinition>,
    /// The groups that it names, each with the revision that was taken.
    pub(crate) groups: BTreeMap<VariableGroupId, u32>,
}

/// The groups that a definition names, each once.
pub(super) fn groups_of(definition: &PipelineDefinition) -> impl Iterator<Item = Subject> {
    let of_stages = definition.stages.iter().flat_map(|stage| &stage.variable_groups);
    let names: BTreeSet<_> = definition.variable_groups.iter().chain(of_stages).collect();
    // A name that no group can have is refused when it is looked up.
    names.into_iter().filter_map(|name| VariableGroupId::new(name).ok()).map(Subject::VariableGroup)
}

/// V2: the definition with what its groups say at present. Where it names none, it is the definition itself.
///
/// C3: what the groups bring is judged together with the definition, a secret of a group in a condition for one.
pub(crate) fn with_groups(
    definition: &Arc<PipelineDefinition>,
    facts: &Facts<'_>,
) -> Result<WithGroups, PipelineRefusal> {
    let mut groups = BTreeMap::new();
    let root = Place::Definition;
    let of_pipeline = taken_together(&definition.variable_groups, &root, facts, &mut groups)?;
    let mut of_stages = Vec::new();
    for (index, stage) in definition.stages.iter().enumerate() {
        let at = root.item("stages", index);
        of_stages.push(taken_together(&stage.variable_groups, &at, facts, &mut groups)?);
    }
    if groups.is_empty() {
        return Ok(WithGroups { definition: Arc::clone(definition), groups });
    }
    let mut expanded = PipelineDefinition::clone(definition);
    expanded.group_variables = of_pipeline;
    for (stage, variables) in expanded.stages.iter_mut().zip(of_stages) {
        stage.group_variables = variables;
    }
    validate_expanded(&expanded).map_err(PipelineRefusal::InvalidWithGroups)?;
    Ok(WithGroups { definition: Arc::new(expanded), groups })
}

/// V1: the variables of groups that are named together. Those that are named later win; names are compared without case.
fn taken_together(
    names: &[String],
    at: &Place<'_>,
    facts: &Facts<'_>,
    groups: &mut BTreeMap<VariableGroupId, u32>,
) -> Result<Variables, PipelineRefusal> {
    let mut by_folded = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        let unknown = || PipelineRefusal::UnknownVariableGroup {
            path: at.item("variable_groups", index).to_string(),
            group: name.clone(),
        };
        let id = VariableGroupId::new(name).map_err(|_| unknown())?;
        let group = facts.variable_group(&id).filter(|group| VariableGroup::exists(group));
        let group = group.ok_or_else(unknown)?;
        for (name, variable) in group.variables() {
            by_folded.insert(fold(name), (name.clone(), variable.clone()));
        }
        groups.insert(id, group.revision());
    }
    Ok(by_folded.into_values().collect())
}

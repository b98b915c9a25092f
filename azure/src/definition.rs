//! The release pipeline as a whole (P1).

use std::collections::BTreeMap;

use cutover::PipelineDefinition;

use crate::artifacts::Aliases;
use crate::read::{Fields, Node};
use crate::stages::Pipeline;
use crate::{ProblemKind, artifacts, left_out, properties, stages, triggers, variables};

/// The id that the pipeline had where it was exported, as a property of the imported one.
const ID_PROPERTY: &str = "azure.id";
/// The revision that was exported, as a property of the imported one.
const REVISION_PROPERTY: &str = "azure.revision";

/// Reads the pipeline. What is wrong with it is in the report.
pub(crate) fn read(document: &Node<'_>) -> PipelineDefinition {
    document.object(left_out::DEFINITION, read_fields)
}

fn read_fields(fields: &mut Fields<'_>) -> PipelineDefinition {
    let name = fields.take("name");
    let mut definition = PipelineDefinition::new(name.name().unwrap_or_default());
    if definition.name.is_empty() {
        name.report().problem(name.path(), ProblemKind::UnnamedPipeline);
    }
    if let Some(folder) = fields.take("path").name() {
        definition.folder = folder;
    }
    definition.description = fields.take("description").text().unwrap_or_default();
    definition.tags = fields.take("tags").texts().into_iter().collect();
    definition.variables = variables::read(&fields.take("variables"), "");
    definition.variable_groups = variables::groups(&fields.take("variableGroups"));
    definition.artifacts = artifacts::read(&fields.take("artifacts"));
    let aliases = Aliases::of(&definition.artifacts);
    definition.triggers = triggers::read(&fields.take("triggers"), &aliases);
    definition.release_name_format = fields.take("releaseNameFormat").name().unwrap_or_default();
    definition.properties = own_properties(fields);
    report_process(fields);
    let pipeline =
        Pipeline { aliases: &aliases, retention: stages::retention(&fields.take("retentionPolicy")) };
    let environments = fields.take("environments");
    definition.stages = stages::read(&environments, &pipeline, &mut definition.properties);
    definition
}

fn own_properties(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let mut kept: BTreeMap<_, _> = properties::read(&fields.take("properties")).into_iter().collect();
    for (key, property) in [("id", ID_PROPERTY), ("revision", REVISION_PROPERTY)] {
        let node = fields.take(key);
        match node.whole_number() {
            Some(number) if number > 0 => {
                kept.insert(property.to_owned(), number.to_string());
            }
            Some(_) | None if node.is_idle() => {}
            Some(_) | None => node.note("no positive number: left out"),
        }
    }
    kept
}

/// Says what a pipeline here never is: deleted, or written as YAML.
fn report_process(fields: &mut Fields<'_>) {
    fields.lose("isDeleted", "the pipeline is deleted there: imported all the same");
    let process = fields.take("pipelineProcess");
    process.object(left_out::NONE, |process| {
        let kind = process.take("type");
        let is_designer = kind
            .name()
            .is_none_or(|kind| kind == "1" || kind.eq_ignore_ascii_case("designer"));
        if !is_designer {
            kind.warn("the pipeline is described in a file of a repository, which is not in the export: only what the export has is imported");
        }
    });
}

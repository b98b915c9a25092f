//! The release pipeline as a whole (P1).

use std::collections::BTreeMap;

use cutover::PipelineDefinition;
use serde_json::{Value, json};

use crate::artifacts::Aliases;
use crate::kept::{self, Kept};
use crate::read::{Fields, Node};
use crate::stages::{Pipeline, UsualRetention};
use crate::warning::{Findings, Report};
use crate::{
    ProblemKind, artifacts, left_out, own, properties, set_aside, stage_ids, stages, tasks, triggers,
    variables,
};

/// The id that the pipeline had where it was exported, as a property of the imported one.
const ID_PROPERTY: &str = "azure.id";
/// The revision that was exported, as a property of the imported one.
const REVISION_PROPERTY: &str = "azure.revision";
const NUMBERS: [(&str, &str); 2] = [("id", ID_PROPERTY), ("revision", REVISION_PROPERTY)];

/// Reads a pipeline, over one that is known if there is one, and finds out what there is to say about it.
pub(crate) fn read(
    document: &Value,
    known: Option<&PipelineDefinition>,
    report: Report,
) -> (PipelineDefinition, Findings) {
    let node = Node::new(document, String::new(), &report);
    let (mut definition, items) = node.object(left_out::DEFINITION, |fields| read_fields(fields, known));
    set_aside::what_is_invalid(&mut definition, &items, &report);
    kept::store(report.take_kept(), &mut definition.properties, &report);
    own::apply(document, &mut definition, &report);
    set_aside::report_the_rest(&definition, &items, &report);
    (definition, report.finish())
}

fn read_fields<'a>(
    fields: &mut Fields<'a>,
    known: Option<&PipelineDefinition>,
) -> (PipelineDefinition, Vec<Node<'a>>) {
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
    if let Some(known) = known {
        keep_schedules(&mut definition, known);
    }
    definition.release_name_format = fields.take("releaseNameFormat").name().unwrap_or_default();
    definition.properties = own_properties(fields);
    report_process(fields);
    fields.take(own::KEY);
    let retention_policy = fields.take("retentionPolicy");
    let retention = UsualRetention::read(&retention_policy);
    let pipeline = Pipeline { aliases: &aliases, retention: &retention, known };
    let read = stages::read(&fields.take("environments"), &pipeline, &mut definition.properties);
    retention.report_unused(&retention_policy);
    definition.stages = read.stages;
    (definition, read.items)
}

/// The schedules of the triggers are those of the known pipeline that say the same.
fn keep_schedules(definition: &mut PipelineDefinition, known: &PipelineDefinition) {
    let known: Vec<_> = known.triggers.iter().filter_map(triggers::schedule).cloned().collect();
    let mut schedules: Vec<_> = definition.triggers.iter_mut().filter_map(triggers::schedule_mut).collect();
    stage_ids::keep_schedules(&mut schedules, &known);
}

/// Writes a pipeline, with what was kept of it when it was imported.
pub(crate) fn write(definition: &PipelineDefinition, kept: &Kept<'_>) -> Value {
    let definition = &set_aside::restored(definition, kept);
    let PipelineDefinition {
        name,
        folder,
        description,
        tags,
        artifacts,
        triggers: _,
        variables,
        variable_groups,
        // Only Cutover has them.
        group_variables: _,
        zone: _,
        stages,
        release_name_format,
        // Written where they belong.
        properties: _,
    } = definition;
    let stages: Vec<_> =
        stages.iter().enumerate().map(|(place, it)| stages::write(it, place, definition, kept)).collect();
    let mut document = json!({
        "name": name,
        "path": folder,
        "description": description,
        "tags": tags,
        "variables": variables::write(variables),
        "variableGroups": variables::write_groups(variable_groups),
        "artifacts": artifacts::write(artifacts, kept),
        "triggers": triggers::write(definition, kept),
        "releaseNameFormat": release_name_format,
        "environments": stages,
    });
    write_properties(&mut document, definition);
    tasks::mark_groups(&mut document, kept.list(tasks::TASK_GROUPS));
    document
}

/// Each property where it belongs: at the pipeline, at its stage, or as a number of the document itself.
fn write_properties(document: &mut Value, definition: &PipelineDefinition) {
    let properties = &definition.properties;
    for (key, property) in NUMBERS {
        let number = properties.get(property).and_then(|text| text.parse::<u32>().ok());
        if let Some(number) = number.filter(|&number| number > 0) {
            document[key] = json!(number);
        }
    }
    let is_of_stage = |property: &str| {
        let mut stages = definition.stages.iter();
        stages.any(|stage| property.starts_with(&format!("stages/{}/", stage.id)))
    };
    let is_elsewhere = |property: &str| {
        NUMBERS.iter().any(|(_, number)| property == *number)
            || kept::is_kept(property)
            || is_of_stage(property)
    };
    document["properties"] = properties::write(properties, "", is_elsewhere);
}

fn own_properties(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let mut kept: BTreeMap<_, _> = properties::read(&fields.take("properties")).into_iter().collect();
    for (key, property) in NUMBERS {
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

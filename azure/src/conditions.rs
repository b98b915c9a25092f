//! What starts a stage by itself (S1-S3, S5): names of stages become ids here, and circles are found.

use std::collections::BTreeMap;

use cutover::{AfterStage, PipelineDefinition, Stage, StageArtifactFilter, StageId, StageTrigger};
use serde_json::{Value, json};

use crate::artifacts::Aliases;
use crate::filters::{self, Filters};
use crate::read::{Fields, Node};
use crate::warning::Report;
use crate::write::name_of;
use crate::{ProblemKind, left_out};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Event,
    Stage,
    Artifact,
}

const KINDS: &[(i64, &str, Kind)] =
    &[(1, "event", Kind::Event), (2, "environmentState", Kind::Stage), (4, "artifact", Kind::Artifact)];

/// The event that a release has become active.
const RELEASE_STARTED: &str = "ReleaseStarted";

const SUCCEEDED: u32 = 4;
const PARTIALLY_SUCCEEDED: u32 = 128;

/// States of a stage: a condition's value is a sum of those that it accepts.
const STATES: &[(&str, u32)] = &[
    ("undefined", 0),
    ("notStarted", 1),
    ("inProgress", 2),
    ("succeeded", SUCCEEDED),
    ("canceled", 8),
    ("rejected", 16),
    ("queued", 32),
    ("scheduled", 64),
    ("partiallySucceeded", PARTIALLY_SUCCEEDED),
];

/// What the conditions of a stage say.
#[derive(Default)]
pub(crate) struct Conditions {
    is_after_release: bool,
    is_manual_only: bool,
    after: Vec<AfterStage>,
    filters: BTreeMap<String, Filters>,
}

/// The stages of a pipeline by their names without case.
pub(crate) type StagesByName = BTreeMap<String, StageId>;

/// A name as it is compared.
pub(crate) fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Conditions {
    /// Reads the conditions of a stage.
    pub(crate) fn read(list: &Node<'_>, stages: &StagesByName, aliases: &Aliases) -> Self {
        let mut conditions = Self::default();
        for item in list.items() {
            item.object(left_out::CONDITION, |fields| {
                let kind = fields.take("conditionType");
                match kind.kind(KINDS, "the stage starts by hand only") {
                    None => conditions.unknown(fields),
                    Some(Kind::Event) => conditions.event(fields),
                    Some(Kind::Stage) => conditions.stage(fields, stages),
                    Some(Kind::Artifact) => conditions.artifact(fields, aliases),
                }
            });
        }
        conditions
    }

    /// Whether one of them can't be taken over: nothing must start the stage by itself then, its schedules neither.
    pub(crate) const fn is_manual_only(&self) -> bool {
        self.is_manual_only
    }

    /// What starts the stage, and which versions it takes.
    pub(crate) fn finish(self) -> (StageTrigger, Vec<StageArtifactFilter>) {
        let trigger = if self.is_manual_only {
            StageTrigger::Manual
        } else if !self.after.is_empty() {
            // Every release has started when a stage of it succeeds: the event says nothing more.
            StageTrigger::AfterStages(self.after)
        } else if self.is_after_release {
            StageTrigger::AfterRelease
        } else {
            StageTrigger::Manual
        };
        let filters = self.filters.into_iter();
        let filters = filters
            .map(|(alias, filters)| StageArtifactFilter { alias, filters: filters.into_alternatives() });
        (trigger, filters.collect())
    }

    /// A condition that nobody knows might never hold: without it the stage would start where it should not.
    fn unknown(&mut self, fields: &mut Fields<'_>) {
        fields.take_all();
        self.is_manual_only = true;
    }

    fn event(&mut self, fields: &mut Fields<'_>) {
        let name = fields.take("name");
        fields.lose_quietly("value", "the event of a release's start has no value");
        if name.name().is_some_and(|name| name.eq_ignore_ascii_case(RELEASE_STARTED)) {
            self.is_after_release = true;
        } else {
            name.warn(format!("the event {} is not known here: the stage starts by hand only", name.shown()));
            self.is_manual_only = true;
        }
    }

    fn stage(&mut self, fields: &mut Fields<'_>, stages: &StagesByName) {
        let name = fields.take("name");
        let or_partially = or_partially(&fields.take("value"));
        let written = name.name().unwrap_or_default();
        let Some(&stage) = stages.get(&folded(&written)) else {
            let report = name.report();
            report.problem(name.path(), ProblemKind::UnknownStage { name: written });
            return;
        };
        if self.after.iter().any(|after| after.stage == stage) {
            name.note("the same stage twice: once is enough");
        } else {
            self.after.push(AfterStage { stage, or_partially });
        }
    }

    /// The value is a filter, written as a text that holds JSON.
    fn artifact(&mut self, fields: &mut Fields<'_>, aliases: &Aliases) {
        let (name, value) = (fields.take("name"), fields.take("value"));
        let Some(alias) = aliases.find(&name.name().unwrap_or_default()) else {
            name.warn("the pipeline has no artifact source of this alias: the filter is left out, and the stage starts by hand only");
            self.is_manual_only = true;
            return;
        };
        let filters = self.filters.entry(alias.to_owned()).or_default();
        if value.is_object() {
            filters.add(&value);
        } else if let Ok(inner @ Value::Object(_)) = serde_json::from_str(&value.name().unwrap_or_default()) {
            filters.add(&Node::new(&inner, value.path().to_owned(), value.report()));
        } else {
            value.warn("the filter cannot be read: the stage starts by hand only");
            self.is_manual_only = true;
        }
        if filters.on_tagging {
            value.note("a stage does not start when a version is tagged: left out");
        }
        self.is_manual_only |= filters.is_unreadable;
    }
}

/// Writes what starts a stage, and which versions it takes.
pub(crate) fn write(stage: &Stage, definition: &PipelineDefinition) -> Vec<Value> {
    let condition = |kind, name: &str, value: &str| json!({ "conditionType": name_of(KINDS, &kind), "name": name, "value": value });
    let mut written = match &stage.trigger {
        StageTrigger::Manual => Vec::new(),
        StageTrigger::AfterRelease => vec![condition(Kind::Event, RELEASE_STARTED, "")],
        StageTrigger::AfterStages(stages) => {
            let after = |AfterStage { stage, or_partially }: &AfterStage| {
                let name = definition.stage(*stage).map_or("", |stage| &stage.name);
                let partially = if *or_partially { PARTIALLY_SUCCEEDED } else { 0 };
                condition(Kind::Stage, name, &(SUCCEEDED | partially).to_string())
            };
            stages.iter().map(after).collect()
        }
    };
    for StageArtifactFilter { alias, filters } in &stage.artifact_filters {
        let filters = filters::write(filters, "sourceBranch", false).into_iter();
        written.extend(filters.map(|filter| condition(Kind::Artifact, alias, &filter.to_string())));
    }
    written
}

/// Whether a sum of states accepts stages that have succeeded partially.
fn or_partially(value: &Node<'_>) -> bool {
    let Some(accepted) = value.flags(STATES).filter(|&sum| sum != 0) else {
        return false;
    };
    if accepted & !(SUCCEEDED | PARTIALLY_SUCCEEDED) != 0 {
        value
            .warn("only stages that have succeeded, or partially succeeded, start others: read as succeeded");
    } else if accepted & SUCCEEDED == 0 {
        value.warn("accepts partially succeeded, and not succeeded: read as both");
    }
    accepted & PARTIALLY_SUCCEEDED != 0
}

/// A stage as far as circles are concerned.
pub(crate) struct Link {
    pub(crate) id: StageId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) after: Vec<StageId>,
}

/// Reports stages that wait for each other (P4).
pub(crate) fn report_cycles(links: &[Link], report: &Report) {
    let places: BTreeMap<_, _> = links.iter().enumerate().map(|(place, link)| (link.id, place)).collect();
    let waits_for = |place: usize| links[place].after.iter().filter_map(|id| places.get(id).copied());
    let mut is_free = vec![false; links.len()];
    loop {
        // A stage is free of circles if all that it waits for are.
        let freed: Vec<_> = (0..links.len())
            .filter(|&place| !is_free[place] && waits_for(place).all(|earlier| is_free[earlier]))
            .collect();
        if freed.is_empty() {
            break;
        }
        for place in freed {
            is_free[place] = true;
        }
    }
    // Each of the others waits for another one of them, so that going on leads to a circle, or to stages that were seen before.
    let mut is_seen = is_free.clone();
    for start in 0..links.len() {
        let mut way = Vec::new();
        let mut place = start;
        while !is_seen[place] {
            is_seen[place] = true;
            way.push(place);
            let Some(next) = waits_for(place).find(|&earlier| !is_free[earlier]) else {
                break;
            };
            place = next;
        }
        if let Some(begin) = way.iter().position(|&passed| passed == place) {
            let circle = way[begin..].iter().chain([&place]);
            let stages = circle.map(|&place| links[place].name.clone()).collect();
            report.problem(links[place].path.clone(), ProblemKind::Cycle { stages });
        }
    }
}

//! Stages of a pipeline (P3): first who they are, then what each of them says.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

use cutover::{
    Moment, PipelineDefinition, QueuingPolicy, Redeploy, Retention, Stage, StageId, StageTrigger, Waiting,
};
use serde_json::{Value, json};

use crate::artifacts::Aliases;
use crate::conditions::{Conditions, Link, StagesByName, folded, report_cycles};
use crate::kept::Kept;
use crate::read::{Fields, Node};
use crate::stage_ids::{self, Written};
use crate::write::name_of;
use crate::{
    ProblemKind, approvals, gates, identity, jobs, left_out, own, properties, schedules, set_aside, variables,
};

/// Stages that are read. Ours: ten times what a pipeline may have, so that validation has something to count.
const MOST_STAGES: usize = 1_000;

/// What the pipeline says that its stages need.
pub(crate) struct Pipeline<'a> {
    pub(crate) aliases: &'a Aliases,
    pub(crate) retention: &'a UsualRetention,
    /// The pipeline that this one is imported over, if it is.
    pub(crate) known: Option<&'a PipelineDefinition>,
}

/// How long the releases of stages are kept that say nothing themselves, and whether there is one.
pub(crate) struct UsualRetention {
    retention: Option<Retention>,
    is_used: Cell<bool>,
}

impl UsualRetention {
    /// Reads it.
    pub(crate) fn read(node: &Node<'_>) -> Self {
        Self { retention: retention(node), is_used: Cell::new(false) }
    }

    fn get(&self) -> Option<Retention> {
        self.is_used.set(true);
        self.retention
    }

    /// Says so if no stage needs it.
    pub(crate) fn report_unused(&self, node: &Node<'_>) {
        if self.retention.is_some() && !self.is_used.get() {
            node.note("each stage has a retention of its own: left out");
        }
    }
}

/// The stages, and where each of them stands.
pub(crate) struct Read<'a> {
    pub(crate) stages: Vec<Stage>,
    pub(crate) items: Vec<Node<'a>>,
}

/// Reads the stages, in the order of their ranks. Their properties, for which a stage has no place, go to `kept`.
pub(crate) fn read<'a>(
    list: &Node<'a>,
    pipeline: &Pipeline<'_>,
    kept: &mut BTreeMap<String, String>,
) -> Read<'a> {
    let items = list.ranked_items();
    if items.is_empty() {
        list.report().problem(list.path(), ProblemKind::NoStages);
    }
    if items.len() > MOST_STAGES {
        let stages = items.len();
        let problem = ProblemKind::TooManyStages { stages, limit: MOST_STAGES };
        list.report().problem(list.path(), problem);
        return Read { stages: Vec::new(), items: Vec::new() };
    }
    let ids = ids_of(&items, pipeline.known);
    let by_name = names_of(&items, &ids);
    let mut links = Vec::new();
    let mut stages = Vec::new();
    for (item, id) in items.iter().zip(ids) {
        let mut stage =
            item.object(left_out::STAGE, |fields| read_stage(fields, id, pipeline, &by_name, kept));
        links.push(Link {
            id,
            name: stage.name.clone(),
            path: item.peek("conditions").path().to_owned(),
            after: after_of(&stage.trigger),
        });
        if let Some(known) = pipeline.known.and_then(|known| known.stage(id)) {
            stage_ids::keep_schedules(&mut stage.schedules.iter_mut().collect::<Vec<_>>(), &known.schedules);
        }
        stages.push(stage);
    }
    report_cycles(&links, list.report());
    Read { stages, items }
}

fn after_of(trigger: &StageTrigger) -> Vec<StageId> {
    match trigger {
        StageTrigger::AfterStages(stages) => stages.iter().map(|after| after.stage).collect(),
        StageTrigger::Manual | StageTrigger::AfterRelease => Vec::new(),
    }
}

/// The stages' ids; each that is not the one in the file is reported.
fn ids_of(items: &[Node<'_>], known: Option<&PipelineDefinition>) -> Vec<StageId> {
    let written: Vec<_> = items
        .iter()
        .map(|item| Written {
            id: item.peek("id").whole_number().and_then(|id| u32::try_from(id).ok()).map(StageId),
            name: item.peek("name").raw().as_str().map(folded).unwrap_or_default(),
        })
        .collect();
    let ids = stage_ids::choose(&written, known);
    for ((item, written), id) in items.iter().zip(&written).zip(&ids) {
        let node = item.peek("id");
        let is_own = known.is_some_and(|known| known.stage(*id).is_some());
        if written.id == Some(*id) || node.is_missing() {
        } else if is_own {
            node.note(format!("the stage is known by its name: its id is {id} here"));
        } else {
            node.warn(
                "no positive id that is the stage's alone: the stage gets one by its place, \
                 and is known again by its name only",
            );
        }
    }
    ids
}

fn names_of(items: &[Node<'_>], ids: &[StageId]) -> StagesByName {
    let mut by_name = StagesByName::new();
    let mut first: BTreeMap<String, &Node<'_>> = BTreeMap::new();
    for (item, &id) in items.iter().zip(ids) {
        let node = item.peek("name");
        let report = node.report();
        let Some(name) = node.name() else {
            report.problem(node.path(), ProblemKind::UnnamedStage);
            continue;
        };
        if let Some(other) = first.get(&folded(&name)) {
            let first = other.path().to_owned();
            report.problem(node.path(), ProblemKind::DuplicateStageName { name, first });
            continue;
        }
        first.insert(folded(&name), item);
        by_name.insert(folded(&name), id);
    }
    by_name
}

fn read_stage(
    fields: &mut Fields<'_>,
    id: StageId,
    pipeline: &Pipeline<'_>,
    by_name: &StagesByName,
    kept: &mut BTreeMap<String, String>,
) -> Stage {
    for key in ["id", "rank", own::KEY] {
        fields.take(key);
    }
    let mut stage = Stage::new(id, fields.take("name").name().unwrap_or_default());
    stage.owner = identity::read_user(&fields.take("owner"));
    let conditions = fields.take("conditions");
    let read_conditions = Conditions::read(&conditions, by_name, pipeline.aliases);
    let mut is_manual_only = read_conditions.is_manual_only();
    (stage.trigger, stage.artifact_filters) = read_conditions.finish();
    let schedules = fields.take("schedules");
    match schedules::of_stage(&schedules, id) {
        Some(schedules) => stage.schedules = schedules,
        None => is_manual_only = true,
    }
    stage.before.approvals = approvals::read(&fields.take("preDeployApprovals"), Moment::Before);
    stage.before.gates = gates::read(&fields.take("preDeploymentGates"));
    stage.after.approvals = approvals::read(&fields.take("postDeployApprovals"), Moment::After);
    stage.after.gates = gates::read(&fields.take("postDeploymentGates"));
    let read = jobs::read(fields);
    stage.jobs = read.jobs;
    for (job, demands) in read.unreadable_demands {
        is_manual_only = true;
        let entry = json!({ "stage": id, "job": job, "demands": demands });
        fields.node().report().keep(DEMANDS, entry);
    }
    if is_manual_only {
        set_aside::by_hand_only(&mut stage, fields.node());
    }
    stage.variables = variables::read(&fields.take("variables"), &stage.name);
    variables::parameters(&fields.take("processParameters"), &mut stage.variables);
    stage.variable_groups = variables::groups(&fields.take("variableGroups"));
    stage.queuing = queuing(&fields.take("executionPolicy"));
    let own = retention(&fields.take("retentionPolicy"));
    stage.retention = own.or_else(|| pipeline.retention.get()).unwrap_or_default();
    stage.redeploy = redeploy(&fields.take("environmentTriggers"));
    let options = fields.take("environmentOptions");
    options.object(left_out::NONE, |options| read_options(options, &mut stage));
    for (name, value) in properties::read(&fields.take("properties")) {
        kept.insert(format!("stages/{id}/{name}"), value);
    }
    stage
}

/// Demands that could not be read, among what is kept for an export.
const DEMANDS: &str = "demands";

/// Writes a stage at its place, with what was kept of it when it was imported.
pub(crate) fn write(stage: &Stage, place: usize, definition: &PipelineDefinition, kept: &Kept<'_>) -> Value {
    let Stage {
        id,
        name,
        owner,
        // Both are written as conditions.
        trigger: _,
        artifact_filters: _,
        schedules: _,
        before,
        after,
        jobs,
        variables,
        variable_groups,
        queuing,
        retention,
        pull_requests,
        redeploy,
        badge,
        // Only Cutover has them.
        group_variables: _,
        slot_span: _,
        lock_groups: _,
    } = stage;
    let [conditions, schedules] = set_aside::starts(stage, definition, kept);
    let demands = |job| {
        let entry = kept.entry(DEMANDS, &[("stage", json!(id)), ("job", json!(job))]);
        entry.and_then(|entry| entry.get("demands")?.as_array()).map(Vec::as_slice).unwrap_or_default()
    };
    let jobs: Vec<_> =
        jobs.iter().enumerate().map(|(place, job)| jobs::write(job, place, demands(place))).collect();
    let (variables, parameters) = variables::write_with_parameters(variables);
    let own_properties = format!("stages/{id}/");
    json!({
        "id": id,
        "name": name,
        "rank": place + 1,
        "owner": identity::write_user(owner.as_ref()),
        "variables": variables,
        "variableGroups": variables::write_groups(variable_groups),
        "processParameters": parameters,
        "preDeployApprovals": approvals::write(&before.approvals, Moment::Before),
        "postDeployApprovals": approvals::write(&after.approvals, Moment::After),
        "preDeploymentGates": gates::write(before.gates.as_ref()),
        "postDeploymentGates": gates::write(after.gates.as_ref()),
        "deployPhases": jobs,
        "conditions": conditions,
        "schedules": schedules,
        "executionPolicy": write_queuing(*queuing),
        "retentionPolicy": write_retention(*retention),
        "environmentTriggers": write_redeploy(*redeploy),
        "environmentOptions": { "badgeEnabled": badge, "pullRequestDeploymentEnabled": pull_requests },
        "properties": properties::write(&definition.properties, &own_properties, |_| false),
    })
}

/// How many at once: 0 is without limit; which wait: 0 is all of them, 1 the newest (Q1).
fn queuing(node: &Node<'_>) -> QueuingPolicy {
    node.object(left_out::NONE, |fields| {
        let count = fields.take("concurrencyCount");
        let depth = fields.take("queueDepthCount");
        let waiting = match depth.whole_number() {
            Some(0) => Waiting::InOrder,
            Some(1) => Waiting::OnlyLatest,
            None if depth.is_idle() => Waiting::InOrder,
            Some(_) | None => {
                depth
                    .warn(format!("{} cannot wait: read as 1, so that only the newest waits", depth.shown()));
                Waiting::OnlyLatest
            }
        };
        match NonZeroU32::new(at_once(&count)) {
            Some(deployments) => QueuingPolicy::AtMost { deployments, waiting },
            None => QueuingPolicy::Unlimited,
        }
    })
}

fn write_queuing(queuing: QueuingPolicy) -> Value {
    let (at_once, depth) = match queuing {
        QueuingPolicy::Unlimited => (0, 0),
        QueuingPolicy::AtMost { deployments, waiting: Waiting::InOrder } => (deployments.get(), 0),
        QueuingPolicy::AtMost { deployments, waiting: Waiting::OnlyLatest } => (deployments.get(), 1),
    };
    json!({ "concurrencyCount": at_once, "queueDepthCount": depth })
}

/// What is no number, or one below zero, is no limit that anybody meant: one at once is the careful reading of it.
fn at_once(count: &Node<'_>) -> u32 {
    match count.whole_number() {
        Some(0..) => count.within(0..=1_000).unwrap_or(0),
        None if count.is_idle() => 0,
        Some(_) | None => {
            count.warn(format!("{} at once is no limit: read as 1", count.shown()));
            1
        }
    }
}

/// Reads how long releases are kept; `None` if nothing is said.
fn retention(node: &Node<'_>) -> Option<Retention> {
    if node.is_idle() {
        return None;
    }
    let usual = Retention::default();
    let retention = node.object(left_out::NONE, |fields| Retention {
        days: fields.take("daysToKeep").within(1..=365).unwrap_or(usual.days),
        releases: fields.take("releasesToKeep").within(0..=25).unwrap_or(usual.releases),
        keep_build: fields.take("retainBuild").flag().unwrap_or(usual.keep_build),
    });
    Some(retention)
}

fn write_retention(retention: Retention) -> Value {
    let Retention { days, releases, keep_build } = retention;
    json!({ "daysToKeep": days, "releasesToKeep": releases, "retainBuild": keep_build })
}

const REDEPLOYS: &[(i64, &str, Option<Redeploy>)] = &[
    (0, "undefined", None),
    (1, "deploymentGroupRedeploy", Some(Redeploy::NewTargets)),
    (2, "rollbackRedeploy", Some(Redeploy::LastGood)),
];

/// What is deployed again by itself (D6): one thing at most.
fn redeploy(list: &Node<'_>) -> Option<Redeploy> {
    let mut chosen = None;
    for item in list.items() {
        item.object(left_out::NONE, |fields| {
            for key in ["definitionEnvironmentId", "releaseDefinitionId"] {
                fields.lose_quietly(key, "a number of the server that it was exported from");
            }
            fields.lose_quietly("triggerContent", "what its kind says already");
            let kind = fields.take("triggerType").choice(REDEPLOYS, "left out").flatten();
            match (chosen, kind) {
                (None, kind) => chosen = kind,
                (Some(known), Some(other)) if known != other => {
                    fields.node().warn("a stage redeploys for one reason here: only the first is taken over");
                }
                (Some(_), _) => {}
            }
        });
    }
    chosen
}

fn write_redeploy(redeploy: Option<Redeploy>) -> Vec<Value> {
    redeploy.iter().map(|reason| json!({ "triggerType": name_of(REDEPLOYS, &Some(*reason)) })).collect()
}

fn read_options(fields: &mut Fields<'_>, stage: &mut Stage) {
    stage.badge = fields.take("badgeEnabled").flag().unwrap_or(false);
    let pull_requests = fields.take("pullRequestDeploymentEnabled").flag();
    stage.pull_requests = pull_requests.unwrap_or(false);
    let told = "who is told what is the host's decision";
    for key in ["emailNotificationType", "emailRecipients"] {
        fields.lose_quietly(key, told);
    }
    let reported = "nothing is reported to where the versions come from: not taken over";
    for key in ["publishDeploymentStatus", "publishDeploymentStatusToWorkItems", "autoLinkWorkItems"] {
        fields.lose_quietly(key, reported);
    }
    fields.lose("enableAccessToken", "the server's access token does not exist here: scripts cannot use it");
    fields.lose("skipArtifactsDownload", "whether artifacts are downloaded is the host's decision");
    let timeout = fields.take("timeoutInMinutes");
    let minutes = timeout.within(0..=525_600).filter(|&minutes| minutes > 0);
    let Some(minutes) = minutes else { return };
    if stage.jobs.is_empty() {
        timeout.note("a time-out of a stage without jobs: left out");
    }
    for job in &mut stage.jobs {
        // Since there are jobs, each has a time-out of its own; a stage's was that of its only job before.
        if job.timeout_minutes.is_none() {
            job.timeout_minutes = Some(minutes);
        } else if job.timeout_minutes != Some(minutes) {
            timeout.warn(
                "a time-out of the stage beside those of its jobs: only those of the jobs are taken over",
            );
        }
    }
}

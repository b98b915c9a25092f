//! Stages of a pipeline (P3): first who they are, then what each of them says.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use cutover::{Moment, QueuingPolicy, Redeploy, Retention, Stage, StageId, StageTrigger, Waiting};

use crate::artifacts::Aliases;
use crate::conditions::{Conditions, Link, StagesByName, folded, report_cycles};
use crate::read::{Fields, Node};
use crate::{ProblemKind, approvals, gates, identity, jobs, left_out, properties, schedules, variables};

/// Stages that are read. Ours: ten times what a pipeline may have, so that validation has something to count.
const MOST_STAGES: usize = 1_000;

/// What the pipeline says that its stages need.
pub(crate) struct Pipeline<'a> {
    pub(crate) aliases: &'a Aliases,
    pub(crate) retention: Option<Retention>,
}

/// Reads the stages, in the order of their ranks. Their properties, for which a stage has no place, go to `kept`.
pub(crate) fn read(
    list: &Node<'_>,
    pipeline: &Pipeline<'_>,
    kept: &mut BTreeMap<String, String>,
) -> Vec<Stage> {
    let items = list.ranked_items();
    if items.is_empty() {
        list.report().problem(list.path(), ProblemKind::NoStages);
    }
    if items.len() > MOST_STAGES {
        let stages = items.len();
        let problem = ProblemKind::TooManyStages { stages, limit: MOST_STAGES };
        list.report().problem(list.path(), problem);
        return Vec::new();
    }
    let ids = ids_of(&items);
    let by_name = names_of(&items, &ids);
    let mut links = Vec::new();
    let mut stages = Vec::new();
    for (item, id) in items.iter().zip(ids) {
        let stage = item.object(left_out::STAGE, |fields| read_stage(fields, id, pipeline, &by_name, kept));
        links.push(Link {
            id,
            name: stage.name.clone(),
            path: item.peek("conditions").path().to_owned(),
            after: after_of(&stage.trigger),
        });
        stages.push(stage);
    }
    report_cycles(&links, list.report());
    stages
}

fn after_of(trigger: &StageTrigger) -> Vec<StageId> {
    match trigger {
        StageTrigger::AfterStages(stages) => stages.iter().map(|after| after.stage).collect(),
        StageTrigger::Manual | StageTrigger::AfterRelease => Vec::new(),
    }
}

/// Positive ids that no other stage has are kept; the other stages get the lowest ones that are left, in their order.
fn ids_of(items: &[Node<'_>]) -> Vec<StageId> {
    let written: Vec<_> = items
        .iter()
        .map(|item| item.peek("id"))
        .map(|id| id.whole_number().and_then(|id| u32::try_from(id).ok()).filter(|&id| id > 0))
        .collect();
    let mut times: BTreeMap<u32, usize> = BTreeMap::new();
    for &id in written.iter().flatten() {
        *times.entry(id).or_default() += 1;
    }
    let is_only = |id: &u32| times.get(id) == Some(&1);
    let kept: Vec<_> = written.iter().map(|id| id.filter(is_only)).collect();
    let taken: BTreeSet<_> = kept.iter().flatten().copied().collect();
    let mut free = (1..=u32::MAX).filter(|id| !taken.contains(id));
    let mut ids = Vec::new();
    for (item, id) in items.iter().zip(kept) {
        let node = item.peek("id");
        if id.is_none() && !node.is_missing() {
            node.warn(
                "no positive id that is the stage's alone: the stage gets one by its place, \
                 and is known again by its name only",
            );
        }
        // There are fewer stages than numbers, so that one is always left.
        ids.push(StageId(id.or_else(|| free.next()).unwrap_or(u32::MAX)));
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
    for key in ["id", "rank"] {
        fields.take(key);
    }
    let mut stage = Stage::new(id, fields.take("name").name().unwrap_or_default());
    stage.owner = identity::read_user(&fields.take("owner"));
    let conditions = Conditions::read(&fields.take("conditions"), by_name, pipeline.aliases);
    let mut is_manual_only = conditions.is_manual_only();
    (stage.trigger, stage.artifact_filters) = conditions.finish();
    let schedules = fields.take("schedules");
    match schedules::of_stage(&schedules) {
        Some(schedules) => stage.schedules = schedules,
        None => stage.trigger = StageTrigger::Manual,
    }
    stage.before.approvals = approvals::read(&fields.take("preDeployApprovals"), Moment::Before);
    stage.before.gates = gates::read(&fields.take("preDeploymentGates"));
    stage.after.approvals = approvals::read(&fields.take("postDeployApprovals"), Moment::After);
    stage.after.gates = gates::read(&fields.take("postDeploymentGates"));
    let read = jobs::read(fields);
    stage.jobs = read.jobs;
    is_manual_only |= read.is_demand_unreadable;
    if is_manual_only {
        stage.trigger = StageTrigger::Manual;
        if !stage.schedules.is_empty() {
            schedules.warn("the stage starts by hand only: its schedules are left out");
            stage.schedules.clear();
        }
    }
    stage.variables = variables::read(&fields.take("variables"), &stage.name);
    variables::parameters(&fields.take("processParameters"), &mut stage.variables);
    stage.variable_groups = variables::groups(&fields.take("variableGroups"));
    stage.queuing = queuing(&fields.take("executionPolicy"));
    let own = retention(&fields.take("retentionPolicy"));
    stage.retention = own.or(pipeline.retention).unwrap_or_default();
    stage.redeploy = redeploy(&fields.take("environmentTriggers"));
    let options = fields.take("environmentOptions");
    options.object(left_out::NONE, |options| read_options(options, &mut stage));
    for (name, value) in properties::read(&fields.take("properties")) {
        kept.insert(format!("stages/{id}/{name}"), value);
    }
    stage
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
pub(crate) fn retention(node: &Node<'_>) -> Option<Retention> {
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

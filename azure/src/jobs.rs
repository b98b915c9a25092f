//! Jobs of a stage (J1), in both shapes: `deployPhases`, and the single `deployStep` of older exports.

use std::collections::BTreeSet;

use cutover::{Demand, Job, JobKind};
use serde_json::{Map, Value, json};

use crate::identity::{PLACEHOLDER, is_placeholder};
use crate::old_step::OldStep;
use crate::read::{Fields, Node};
use crate::write::{name_of, number_or_text};
use crate::{left_out, own, slices, tasks, waiting};

pub(crate) const MOST_MINUTES: u32 = 525_600;

/// The deployment group of a job that names none: no host has one of this name.
const NO_GROUP: &str = "(not in the export)";

/// Where a job runs.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Phase {
    Agent,
    Server,
    DeploymentGroup,
    Gates,
}

const PHASES: &[(i64, &str, Phase)] = &[
    (1, "agentBasedDeployment", Phase::Agent),
    (2, "runOnServer", Phase::Server),
    (4, "machineGroupBasedDeployment", Phase::DeploymentGroup),
    (8, "deploymentGates", Phase::Gates),
];

/// The jobs of a stage, and the demands that can't be read, by the place of their job: without them, it would run on agents that it was
/// not meant for, so that nothing must start it by itself.
pub(crate) struct Read {
    pub(crate) jobs: Vec<Job>,
    pub(crate) unreadable_demands: Vec<(usize, Vec<String>)>,
}

/// Reads the jobs of a stage.
pub(crate) fn read(stage: &mut Fields<'_>) -> Read {
    let phases = stage.take("deployPhases");
    let old = OldStep::read(stage);
    let mut jobs: Vec<_> = phases.ranked_items().iter().map(read_job).collect();
    if jobs.is_empty() {
        jobs.extend(old.into_job());
    } else {
        old.report_unused();
    }
    let mut unreadable_demands = Vec::new();
    for (place, job) in jobs.iter_mut().enumerate() {
        if let JobKind::Agent { demands, .. } = &mut job.kind {
            let (readable, others): (Vec<_>, Vec<_>) =
                std::mem::take(demands).into_iter().partition(|demand| is_readable(demand));
            *demands = readable;
            if !others.is_empty() {
                unreadable_demands.push((place, others));
            }
        }
    }
    Read { jobs, unreadable_demands }
}

fn is_readable(demand: &str) -> bool {
    demand.parse::<Demand>().is_ok()
}

fn read_job(node: &Node<'_>) -> Job {
    node.object(left_out::NONE, |fields| {
        fields.take("rank");
        fields.take(own::KEY);
        let phase = phase(&fields.take("phaseType"));
        let name = fields.take("name").name();
        let mut job = Job::agent(name.unwrap_or_else(|| phase.default_name().to_owned()));
        job.reference_name = fields.take("refName").name().unwrap_or_default();
        job.tasks = tasks::read(&fields.take("workflowTasks"));
        let input = fields.take("deploymentInput");
        input.object(left_out::NONE, |input| read_input(input, phase, &mut job));
        let node = fields.node();
        for task in &mut job.tasks {
            waiting::take_over(node, &job.kind, task);
        }
        job
    })
}

/// Writes a job at its place among those of its stage, with the demands that could not be read when it was imported.
pub(crate) fn write(job: &Job, place: usize, unreadable_demands: &[Value]) -> Value {
    let Job {
        name,
        reference_name,
        kind,
        condition,
        timeout_minutes,
        cancel_timeout_minutes,
        parallelism,
        // Only Cutover has them.
        variables: _,
        tasks,
    } = job;
    let (phase, mut input) = write_kind(kind, unreadable_demands);
    input.insert("parallelExecution".to_owned(), slices::write(parallelism));
    input.insert("jobCancelTimeoutInMinutes".to_owned(), json!(cancel_timeout_minutes));
    input.insert("condition".to_owned(), json!(tasks::text_of(condition)));
    if let Some(minutes) = timeout_minutes {
        input.insert("timeoutInMinutes".to_owned(), json!(minutes));
    }
    let tasks: Vec<_> = tasks.iter().map(tasks::write).collect();
    json!({
        "rank": place + 1,
        "phaseType": name_of(PHASES, &phase),
        "name": name,
        "refName": reference_name,
        "deploymentInput": input,
        "workflowTasks": tasks,
    })
}

fn phase(node: &Node<'_>) -> Phase {
    let phase = node.choice(PHASES, "read as a job on an agent").unwrap_or(Phase::Agent);
    if matches!(phase, Phase::Gates) {
        node.warn("gates as a job: read as a job in the engine");
    }
    phase
}

impl Phase {
    const fn default_name(self) -> &'static str {
        match self {
            Self::Agent => "Agent job",
            Self::Server | Self::Gates => "Agentless job",
            Self::DeploymentGroup => "Deployment group job",
        }
    }
}

fn read_input(input: &mut Fields<'_>, phase: Phase, job: &mut Job) {
    job.timeout_minutes = input.take("timeoutInMinutes").within(0..=MOST_MINUTES);
    if let Some(minutes) = input.take("jobCancelTimeoutInMinutes").within(1..=60) {
        job.cancel_timeout_minutes = minutes;
    }
    job.condition = tasks::condition_of(&input.take("condition"));
    job.parallelism = slices::read(&input.take("parallelExecution"), phase);
    job.kind = kind(input, phase);
    input.lose("overrideInputs", "inputs that can be overridden have no place here: not taken over");
    input.lose("enableAccessToken", "the server's access token does not exist here: scripts cannot use it");
    input.lose("skipArtifactsDownload", "whether artifacts are downloaded is the host's decision");
    input.lose("clean", "whether a working directory is cleaned is the host's decision");
    input.lose_quietly("cleanOptions", "whether a working directory is cleaned is the host's decision");
    downloads(&input.take("artifactsDownloadInput"));
}

fn kind(input: &mut Fields<'_>, phase: Phase) -> JobKind {
    match phase {
        Phase::Agent => {
            let image = input.take("agentSpecification");
            image.object(left_out::NONE, |image| {
                image.lose(
                    "identifier",
                    "the image of a hosted agent has no place here: choose a pool that has it",
                );
            });
            input.lose_quietly("imageId", "a number of the server that it was exported from");
            JobKind::Agent { pool: pool(&input.take("queueId")), demands: demands(&input.take("demands")) }
        }
        Phase::Server | Phase::Gates => JobKind::Server,
        Phase::DeploymentGroup => {
            input.lose("demands", "a deployment group's machines have tags and no demands");
            let tags: BTreeSet<_> = input.take("tags").texts().into_iter().collect();
            let group = group(&input.take("queueId"));
            JobKind::DeploymentGroup { group, tags, at_once: slices::read_at_once(input) }
        }
    }
}

/// Writes where a job runs.
fn write_kind(kind: &JobKind, unreadable_demands: &[Value]) -> (Phase, Map<String, Value>) {
    let mut input = Map::new();
    let mut put = |key: &str, value| input.insert(key.to_owned(), value);
    let phase = match kind {
        JobKind::Agent { pool, demands } => {
            put("queueId", if pool.is_empty() { json!(0) } else { number_or_text(pool) });
            let demands = demands.iter().map(|demand| json!(demand));
            put("demands", demands.chain(unreadable_demands.iter().cloned()).collect());
            Phase::Agent
        }
        JobKind::Server => Phase::Server,
        JobKind::DeploymentGroup { group, tags, at_once } => {
            put("queueId", if group == NO_GROUP { Value::Null } else { number_or_text(group) });
            put("tags", json!(tags));
            for (key, value) in slices::write_at_once(*at_once) {
                put(key, value);
            }
            Phase::DeploymentGroup
        }
    };
    (phase, input)
}

/// A deployment group, by its number; one that is not named is one that nobody has, so that nothing is deployed to.
fn group(queue: &Node<'_>) -> String {
    let name = pool(queue);
    if !name.is_empty() {
        return name;
    }
    queue.warn("the deployment group is not in the export: the job fails until it names one");
    NO_GROUP.to_owned()
}

/// A queue's number, or the placeholder of a template, as the pool's name; nothing and 0: the default pool.
pub(crate) fn pool(queue: &Node<'_>) -> String {
    if queue.is_idle() {
        return String::new();
    }
    let name = queue.name().unwrap_or_default();
    if is_placeholder(&name) {
        queue.warn(PLACEHOLDER);
    }
    name
}

/// Demands are texts, or objects with a name and a value. Those that can't be read are warned of, and left out later.
pub(crate) fn demands(node: &Node<'_>) -> Vec<String> {
    let demand = |node: &Node<'_>| {
        if !node.is_object() {
            return node.name();
        }
        node.object(left_out::NONE, |fields| {
            let name = fields.take("name").name()?;
            match fields.take("value").name() {
                Some(value) => Some(format!("{name} -equals {value}")),
                None => Some(name),
            }
        })
    };
    let read = |node: &Node<'_>| {
        let demand = demand(node)?;
        if !is_readable(&demand) {
            node.warn(format!(
                "the demand {demand:?} cannot be read: it is left out, and the stage starts by hand only"
            ));
        }
        Some(demand)
    };
    node.items().iter().filter_map(read).collect()
}

/// Downloads are the host's decision: only those that leave something out are worth a warning.
fn downloads(node: &Node<'_>) {
    let inputs = node.object(left_out::NONE, |fields| fields.take("downloadInputs").items());
    for input in inputs {
        let mode = input.peek("artifactDownloadMode").name().unwrap_or_default();
        if mode.is_empty() || mode.eq_ignore_ascii_case("all") {
            input.note("whether artifacts are downloaded is the host's decision");
        } else {
            input.warn("only a part of the artifact is downloaded there: here it is the host's decision");
        }
    }
}

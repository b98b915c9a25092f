//! Jobs of a stage (J1), in both shapes: `deployPhases`, and the single `deployStep` of older exports.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cutover::{Demand, Job, JobKind, Parallelism, TargetLimit, Task};

use crate::identity::{PLACEHOLDER, is_placeholder};
use crate::left_out;
use crate::read::{Fields, Node};
use crate::{tasks, waiting};

const MOST_MINUTES: u32 = 525_600;
const MOST_SLICES: u32 = 1_000;

#[derive(Clone, Copy)]
enum Phase {
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

/// The jobs of a stage, and whether one had a demand that can't be read: without it, it would run on agents that it was not meant for, so
/// that nothing must start it by itself.
pub(crate) struct Read {
    pub(crate) jobs: Vec<Job>,
    pub(crate) is_demand_unreadable: bool,
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
    let mut is_demand_unreadable = false;
    for job in &mut jobs {
        if let JobKind::Agent { demands, .. } = &mut job.kind {
            let all = demands.len();
            demands.retain(|demand| is_readable(demand));
            is_demand_unreadable |= demands.len() < all;
        }
    }
    Read { jobs, is_demand_unreadable }
}

fn is_readable(demand: &str) -> bool {
    demand.parse::<Demand>().is_ok()
}

/// What a stage of an export from before jobs says instead.
struct OldStep<'a> {
    node: Node<'a>,
    tasks: Vec<Task>,
    queue: Node<'a>,
    pool: String,
    demands: Node<'a>,
    options: Node<'a>,
    timeout_minutes: Option<u32>,
}

impl<'a> OldStep<'a> {
    fn read(stage: &mut Fields<'a>) -> Self {
        let node = stage.take("deployStep");
        let tasks = node.object(left_out::DEPLOY_STEP, |step| tasks::read(&step.take("tasks")));
        let options = stage.take("runOptions");
        let timeout = options.object(left_out::NONE, |options| {
            options.lose_quietly(
                "environmentOwnerEmailNotificationType",
                "who is told what is the host's decision",
            );
            options.lose("skipArtifactsDownload", "whether artifacts are downloaded is the host's decision");
            options.take("timeoutInMinutes").within(0..=MOST_MINUTES)
        });
        let queue = stage.take("queueId");
        Self {
            node,
            tasks,
            pool: pool(&queue),
            queue,
            demands: stage.take("demands"),
            options,
            timeout_minutes: timeout,
        }
    }

    fn into_job(self) -> Option<Job> {
        if self.tasks.is_empty() {
            if !self.demands.is_idle() {
                self.demands.warn("demands of a stage without tasks: left out");
            }
            return None;
        }
        let mut job = Job::agent("Agent job");
        job.kind = JobKind::Agent { pool: self.pool, demands: demands(&self.demands) };
        job.timeout_minutes = self.timeout_minutes;
        job.tasks = self.tasks;
        Some(job)
    }

    fn report_unused(self) {
        if !self.tasks.is_empty() {
            self.node
                .warn("tasks of the stage beside those of its jobs: only those of the jobs are taken over");
        }
        if !self.pool.is_empty() {
            self.queue
                .note("a pool of the stage beside those of its jobs: only those of the jobs are taken over");
        }
        if !self.demands.is_idle() {
            self.demands
                .warn("demands of the stage beside those of its jobs: only those of the jobs are taken over");
        }
        if self.timeout_minutes.is_some_and(|minutes| minutes > 0) {
            self.options.warn(
                "a time-out of the stage beside those of its jobs: only those of the jobs are taken over",
            );
        }
    }
}

fn read_job(node: &Node<'_>) -> Job {
    node.object(left_out::NONE, |fields| {
        fields.take("rank");
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
    job.parallelism = parallelism(&input.take("parallelExecution"), phase);
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
            JobKind::DeploymentGroup { group: pool(&input.take("queueId")), tags, at_once: at_once(input) }
        }
    }
}

/// A queue's number, or the placeholder of a template, as the pool's name; nothing and 0: the default pool.
fn pool(queue: &Node<'_>) -> String {
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
fn demands(node: &Node<'_>) -> Vec<String> {
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

#[derive(Clone, Copy)]
enum Slices {
    None,
    Configurations,
    Agents,
}

const SLICES: &[(i64, &str, Slices)] = &[
    (0, "none", Slices::None),
    (1, "multiConfiguration", Slices::Configurations),
    (2, "multiMachine", Slices::Agents),
];

/// A job on a deployment group is cut by its machines already.
fn parallelism(node: &Node<'_>, phase: Phase) -> Parallelism {
    let parallelism = slices(node);
    if matches!(phase, Phase::DeploymentGroup) && parallelism != Parallelism::None {
        node.warn("a job on a deployment group runs once on each machine: read as not parallel");
        return Parallelism::None;
    }
    parallelism
}

fn slices(node: &Node<'_>) -> Parallelism {
    node.object(left_out::NONE, |fields| {
        let kind = fields.take("parallelExecutionType").choice(SLICES, "read as not parallel");
        let agents = fields.take("maxNumberOfAgents").within(1..=MOST_SLICES);
        let agents = agents.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let continue_on_error = fields.take("continueOnError").flag().unwrap_or(false);
        let multipliers = fields.take("multipliers");
        match kind.unwrap_or(Slices::None) {
            Slices::None => Parallelism::None,
            Slices::Configurations => Parallelism::MultiConfiguration {
                multipliers: names_between_commas(&multipliers),
                at_most: agents,
                continue_on_error,
            },
            Slices::Agents => Parallelism::MultiAgent { agents, continue_on_error },
        }
    })
}

/// One text with commas, or a list of texts.
fn names_between_commas(node: &Node<'_>) -> Vec<String> {
    let texts = node.one_or_more_texts();
    let names = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    names.filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}

#[derive(Clone, Copy)]
enum Health {
    One,
    All,
    Half,
    Quarter,
    Custom,
}

const HEALTH: &[(i64, &str, Health)] = &[
    (0, "OneTargetAtATime", Health::One),
    (1, "AllTargetsInParallel", Health::All),
    (2, "HalfOfTargets", Health::Half),
    (3, "QuarterOfTargets", Health::Quarter),
    (4, "Custom", Health::Custom),
];

/// How many machines at once: what `healthPercent` leaves, since that many of 100 are not to be touched.
fn at_once(input: &mut Fields<'_>) -> TargetLimit {
    let healthy = input.take("healthPercent").within(0..=100).unwrap_or(0);
    let percent = match input.take("deploymentHealthOption").choice(HEALTH, "read as one at a time") {
        None | Some(Health::One) => return TargetLimit::One,
        Some(Health::All) => 100,
        Some(Health::Half) => 50,
        Some(Health::Quarter) => 25,
        Some(Health::Custom) => 100_u32.saturating_sub(healthy),
    };
    NonZeroU32::new(percent).map_or(TargetLimit::One, TargetLimit::Percent)
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

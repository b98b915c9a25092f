//! Two pipelines of which the stages may have gates, schedules, lock groups, either slot span, retries, interventions, delays, jobs in slices
//! or on a deployment group, either automatic redeploy; and the machines that jobs run on.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use cutover::{
    Approver, CheckOrder, Checks, Gate, Gates, Job, JobKind, Parallelism, PipelineDefinition, PipelineId,
    Redeploy, Schedule, ScheduleId, Stage, TargetLimit, Task, TaskRef, Variable, Weekday,
};
use proptest::prelude::*;

use crate::plan::{Asking, StagePlan, any_stage};

/// The lock groups of the tests' store, which both pipelines name.
pub const GROUPS: [&str; 3] = ["database", "network", "window"];

/// What some jobs demand of their agents, and some agents have.
pub const JAVA: &str = "java";

/// The deployment group, and the tag by which some jobs choose among its targets.
pub const TARGETS: &str = "web";
pub const TAG: &str = "eu";

/// The variable by the values of which some jobs are cut into slices.
pub const MULTIPLIER: &str = "browser";

pub const PIPELINES: [PipelineId; 2] = [PipelineId(1), PipelineId(2)];

#[derive(Clone, Debug)]
pub struct WholePlan {
    pub pipelines: Vec<Vec<WholeStage>>,
    /// How many may hold each lock group.
    pub capacities: Vec<u32>,
    /// The agents of the pool that jobs name that name none, each with whether it has Java; none: nobody defined it.
    pub agents: Vec<bool>,
    /// The targets of the deployment group.
    pub targets: Vec<Machine>,
}

/// A target of the deployment group.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    pub is_online: bool,
    pub is_tagged: bool,
}

#[derive(Clone, Debug)]
pub struct WholeStage {
    pub base: StagePlan,
    before: Option<GatesPlan>,
    after: Option<GatesPlan>,
    order_before: Order,
    order_after: Order,
    schedule: Option<(Vec<Weekday>, u32, u32)>,
    locks: BTreeSet<usize>,
    /// How often each task is tried again, and whether it may be after it was lost.
    retries: u32,
    repeatable: bool,
    server: Option<(Server, bool)>,
    /// How each of its jobs runs.
    shapes: Vec<Shape>,
    redeploy: Option<Redeploy>,
}

/// How a job runs.
#[derive(Clone, Debug)]
enum Shape {
    Agent { cut: Cut, needs_java: bool },
    Targets { tagged: bool, at_once: TargetLimit },
}

/// What a job is cut into (J2).
#[derive(Clone, Copy, Debug)]
enum Cut {
    Once,
    Agents { count: NonZeroU32, continues: bool },
    Configurations { at_most: NonZeroU32, continues: bool },
}

/// Gates with small times.
#[derive(Clone, Copy, Debug)]
struct GatesPlan {
    count: usize,
    delay_minutes: u32,
    interval_seconds: u32,
    minimum_minutes: u32,
    timeout_minutes: u32,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Default,
    BeforeGates,
    AfterSuccessfulGates,
    AfterGatesAlways,
}

/// A task that the engine carries out by itself.
#[derive(Clone, Debug)]
enum Server {
    Delay(u32),
    Intervention { users: &'static str, groups: &'static str, resumes: bool, minutes: u32 },
}

impl WholePlan {
    pub fn definition(&self, place: usize) -> PipelineDefinition {
        let stages = (1..).zip(&self.pipelines[place]).map(|(id, stage)| stage.definition(id));
        PipelineDefinition {
            stages: stages.collect(),
            ..PipelineDefinition::new(format!("Pipeline {}", place + 1))
        }
    }
}

impl WholeStage {
    fn definition(&self, id: u32) -> Stage {
        let mut stage = self.base.definition(id);
        stage.before.gates = self.before.map(GatesPlan::definition);
        stage.after.gates = self.after.map(GatesPlan::definition);
        self.order_before.give(&mut stage.before);
        self.order_after.give(&mut stage.after);
        stage.schedules = self.schedule.iter().map(|(days, hour, minute)| at(days, *hour, *minute)).collect();
        stage.lock_groups = self.locks.iter().map(|place| GROUPS[*place].to_owned()).collect();
        for task in stage.jobs.iter_mut().flat_map(|job| &mut job.tasks) {
            (task.retry_count, task.repeatable) = (self.retries, self.repeatable);
        }
        for (shape, job) in self.shapes.iter().zip(&mut stage.jobs) {
            shape.give(job);
        }
        stage.variables = variables(1);
        stage.redeploy = self.redeploy;
        if let Some((server, is_first)) = &self.server {
            let mut job = Job::agent("Server job");
            (job.kind, job.tasks) = (JobKind::Server, vec![server.task(self.retries)]);
            let place = if *is_first { 0 } else { stage.jobs.len() };
            stage.jobs.insert(place, job);
        }
        stage
    }
}

/// The variables of a stage: in the course of a case others are given (R7), by which its jobs are cut otherwise, or can't be.
pub fn variables(version: usize) -> BTreeMap<String, Variable> {
    let values = ["", "A, B", "A, B, C"];
    BTreeMap::from([(MULTIPLIER.to_owned(), Variable::plain(values[version % values.len()]))])
}

impl Shape {
    fn give(&self, job: &mut Job) {
        match self {
            Self::Agent { cut, needs_java } => {
                let demands = needs_java.then(|| JAVA.to_owned()).into_iter().collect();
                job.kind = JobKind::Agent { pool: String::new(), demands };
                job.parallelism = cut.definition();
            }
            Self::Targets { tagged, at_once } => {
                let tags = tagged.then(|| TAG.to_owned()).into_iter().collect();
                job.kind = JobKind::DeploymentGroup { group: TARGETS.to_owned(), tags, at_once: *at_once };
            }
        }
    }
}

impl Cut {
    fn definition(self) -> Parallelism {
        match self {
            Self::Once => Parallelism::None,
            Self::Agents { count, continues } => {
                Parallelism::MultiAgent { agents: count, continue_on_error: continues }
            }
            Self::Configurations { at_most, continues } => Parallelism::MultiConfiguration {
                multipliers: vec![MULTIPLIER.to_owned()],
                at_most,
                continue_on_error: continues,
            },
        }
    }
}

impl GatesPlan {
    fn definition(self) -> Gates {
        let gate = |place: usize| Gate {
            name: format!("Gate {place}"),
            task: TaskRef::new("probe"),
            inputs: BTreeMap::new(),
            enabled: true,
        };
        Gates {
            enabled: true,
            gates: (0..self.count).map(gate).collect(),
            delay_minutes: self.delay_minutes,
            sampling_interval_seconds: self.interval_seconds,
            minimum_success_minutes: self.minimum_minutes,
            timeout_minutes: self.timeout_minutes,
        }
    }
}

impl Order {
    /// G7: the approvers decide only where somebody is asked.
    fn give(self, checks: &mut Checks) {
        let is_answered = checks.approvals.steps.iter().any(|step| step.approver != Approver::Automatic);
        checks.approvals.check_order = match self {
            Self::Default => None,
            Self::BeforeGates => Some(CheckOrder::BeforeGates),
            Self::AfterGatesAlways if is_answered => Some(CheckOrder::AfterGatesAlways),
            Self::AfterSuccessfulGates | Self::AfterGatesAlways => Some(CheckOrder::AfterSuccessfulGates),
        };
    }
}

impl Server {
    fn task(&self, retries: u32) -> Task {
        let mut task = match self {
            Self::Delay(minutes) => {
                let task = Task::new("Wait", TaskRef::new(TaskRef::DELAY));
                task.with_input("minutes", minutes.to_string())
            }
            Self::Intervention { users, groups, resumes, minutes } => {
                let on_timeout = if *resumes { "resume" } else { "reject" };
                let mut task = Task::new("Look", TaskRef::new(TaskRef::MANUAL_INTERVENTION))
                    .with_input("users", *users)
                    .with_input("groups", *groups)
                    .with_input("on-timeout", on_timeout);
                task.timeout_minutes = *minutes;
                task
            }
        };
        task.retry_count = retries;
        task
    }
}

fn at(days: &[Weekday], hour: u32, minute: u32) -> Schedule {
    Schedule {
        id: ScheduleId(1),
        days: days.iter().copied().collect(),
        hour,
        minute,
        zone: String::new(),
        clock_changes: cutover::ClockChanges::FirstReached,
        only_with_changes: false,
        missed_after_minutes: 1_440,
    }
}

pub fn any_whole_plan() -> impl Strategy<Value = WholePlan> {
    let pipeline = || (1..=3_u32).prop_flat_map(|count| (1..=count).map(any_whole_stage).collect::<Vec<_>>());
    let capacities = prop::collection::vec(1..=2_u32, GROUPS.len());
    let agents = prop_oneof![1 => Just(Vec::new()), 2 => prop::collection::vec(any::<bool>(), 1..=3)];
    let machine = (prop::bool::weighted(0.8), any::<bool>())
        .prop_map(|(is_online, is_tagged)| Machine { is_online, is_tagged });
    let targets = prop::collection::vec(machine, 0..=2);
    (pipeline(), pipeline(), capacities, agents, targets).prop_map(
        |(one, two, capacities, agents, targets)| WholePlan {
            pipelines: vec![one, two],
            capacities,
            agents,
            targets,
        },
    )
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let count = |most: u32| (1..=most).prop_map(|count| NonZeroU32::MIN.saturating_add(count - 1));
    let cut = prop_oneof![
        3 => Just(Cut::Once),
        1 => (count(3), any::<bool>()).prop_map(|(count, continues)| Cut::Agents { count, continues }),
        1 => (count(2), any::<bool>())
            .prop_map(|(at_most, continues)| Cut::Configurations { at_most, continues }),
    ];
    let at_once = prop_oneof![
        2 => Just(TargetLimit::One),
        1 => count(2).prop_map(TargetLimit::Count),
        1 => Just(TargetLimit::Percent(NonZeroU32::MIN.saturating_add(49))),
    ];
    prop_oneof![
        3 => (cut, prop::bool::weighted(0.3))
            .prop_map(|(cut, needs_java)| Shape::Agent { cut, needs_java }),
        1 => (prop::bool::weighted(0.3), at_once)
            .prop_map(|(tagged, at_once)| Shape::Targets { tagged, at_once }),
    ]
}

fn any_whole_stage(id: u32) -> impl Strategy<Value = WholeStage> {
    let checks = (
        prop::option::weighted(0.35, any_gates()),
        prop::option::weighted(0.25, any_gates()),
        any_order(),
        any_order(),
        any::<(bool, bool)>(),
    );
    let waits = (
        prop::option::weighted(0.2, any_schedule()),
        prop_oneof![1 => Just(BTreeSet::new()), 1 => prop::collection::btree_set(0..GROUPS.len(), 1..=2)],
    );
    let tasks = (
        prop_oneof![2 => Just(0_u32), 2 => 1..=2_u32],
        any::<bool>(),
        prop::option::weighted(0.35, (any_server(), any::<bool>())),
    );
    let redeploy =
        prop::option::weighted(0.5, prop_oneof![Just(Redeploy::LastGood), Just(Redeploy::NewTargets)]);
    let runs = (prop::collection::vec(any_shape(), 2), redeploy);
    (any_stage(id), checks, waits, tasks, runs).prop_map(|(base, checks, waits, tasks, runs)| {
        let (before, after, order_before, order_after, (asks_before, asks_after)) = checks;
        let (schedule, locks) = waits;
        let (retries, repeatable, server) = tasks;
        let (mut shapes, redeploy) = runs;
        if let (Some(Redeploy::NewTargets), Some(first)) = (redeploy, shapes.first_mut()) {
            *first = Shape::Targets { tagged: false, at_once: TargetLimit::One };
        }
        let mut base = base;
        // So many approvals would leave nothing else to be seen.
        if !asks_before {
            base.before = Asking::nobody();
        }
        if !asks_after {
            base.after = Asking::nobody();
        }
        WholeStage {
            base,
            before,
            after,
            order_before,
            order_after,
            schedule,
            locks,
            retries,
            repeatable,
            server,
            shapes,
            redeploy,
        }
    })
}

fn any_gates() -> impl Strategy<Value = GatesPlan> {
    (
        1..=2_usize,
        0..=2_u32,
        prop_oneof![Just(30_u32), Just(60), Just(300)],
        prop_oneof![3 => Just(0_u32), 1 => Just(2), 1 => Just(5)],
        prop_oneof![Just(8_u32), Just(15), Just(30)],
    )
        .prop_map(|(count, delay_minutes, interval_seconds, minimum_minutes, timeout_minutes)| {
            GatesPlan { count, delay_minutes, interval_seconds, minimum_minutes, timeout_minutes }
        })
}

fn any_order() -> impl Strategy<Value = Order> {
    prop_oneof![
        3 => Just(Order::Default),
        1 => Just(Order::BeforeGates),
        1 => Just(Order::AfterSuccessfulGates),
        2 => Just(Order::AfterGatesAlways),
    ]
}

fn any_schedule() -> impl Strategy<Value = (Vec<Weekday>, u32, u32)> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = prop_oneof![
        2 => Just(vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday]),
        1 => Just(vec![Monday, Friday]),
    ];
    (days, prop_oneof![Just(0_u32), Just(2), Just(23)], prop_oneof![Just(0_u32), Just(30)])
}

fn any_server() -> impl Strategy<Value = Server> {
    let assigned =
        prop_oneof![Just(("", "")), Just(("ann, dee", "")), Just(("", "qa")), Just(("bob", "ops"))];
    let intervention = (assigned, any::<bool>(), prop_oneof![Just(0_u32), Just(10)]).prop_map(
        |((users, groups), resumes, minutes)| Server::Intervention { users, groups, resumes, minutes },
    );
    prop_oneof![1 => (0..=4_u32).prop_map(Server::Delay), 2 => intervention]
}

//! Two pipelines of which the stages may have anything: gates, schedules, lock groups, either slot span, retries, interventions, delays.

use std::collections::BTreeSet;

use cutover::{
    Approver, CheckOrder, Checks, Gate, Gates, Job, JobKind, PipelineDefinition, PipelineId, Schedule,
    ScheduleId, Stage, Task, TaskRef, Weekday,
};
use proptest::prelude::*;

use crate::plan::{Asking, StagePlan, any_stage};

/// The lock groups of the tests' store, which both pipelines name.
pub const GROUPS: [&str; 3] = ["database", "network", "window"];

pub const PIPELINES: [PipelineId; 2] = [PipelineId(1), PipelineId(2)];

#[derive(Clone, Debug)]
pub struct WholePlan {
    pub pipelines: Vec<Vec<WholeStage>>,
    /// How many may hold each lock group.
    pub capacities: Vec<u32>,
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
        if let Some((server, is_first)) = &self.server {
            let mut job = Job::agent("Server job");
            (job.kind, job.tasks) = (JobKind::Server, vec![server.task(self.retries)]);
            let place = if *is_first { 0 } else { stage.jobs.len() };
            stage.jobs.insert(place, job);
        }
        stage
    }
}

impl GatesPlan {
    fn definition(self) -> Gates {
        let gate = |place: usize| Gate {
            name: format!("Gate {place}"),
            task: TaskRef::new("probe"),
            inputs: std::collections::BTreeMap::new(),
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
    (pipeline(), pipeline(), capacities)
        .prop_map(|(one, two, capacities)| WholePlan { pipelines: vec![one, two], capacities })
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
    (any_stage(id), checks, waits, tasks).prop_map(|(base, checks, waits, tasks)| {
        let (before, after, order_before, order_after, (asks_before, asks_after)) = checks;
        let (schedule, locks) = waits;
        let (retries, repeatable, server) = tasks;
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

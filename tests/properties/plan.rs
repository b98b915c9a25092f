//! A pipeline as the tests generate it: small, plain, and printed on one line a stage.

use std::fmt;
use std::num::NonZeroU32;

use cutover::{
    AfterStage, ApprovalOrder, ApprovalStep, Approvals, Approver, Condition, Job, PipelineDefinition,
    QueuingPolicy, Required, SlotSpan, Stage, StageId, StageTrigger, Task, Waiting,
};
use proptest::prelude::*;

use crate::people::{GROUPS, USERS, group, user};

/// Stages have the ids 1, 2, ... in the order of the plan.
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    pub stages: Vec<StagePlan>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct StagePlan {
    pub trigger: Trigger,
    pub policy: Policy,
    /// Whether a slot is held for the jobs only (Q2).
    pub jobs_only: bool,
    pub before: Asking,
    pub after: Asking,
    pub jobs: Vec<JobPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    Manual,
    AfterRelease,
    /// After these stages, each with whether having succeeded partially is enough.
    After(Vec<(u32, bool)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Unlimited,
    InOrder(usize),
    OnlyLatest(usize),
}

#[derive(Clone, PartialEq, Eq)]
pub struct Asking {
    pub steps: Vec<(Who, u32)>,
    pub in_sequence: bool,
    /// How many must approve; 0: all.
    pub required: usize,
    /// 0: 30 days.
    pub timeout_minutes: u32,
    pub requester_may: bool,
    /// Whether a step is skipped if its approver approved the stages before (AP7); before the jobs only.
    pub skips: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    User(usize),
    Group(usize),
    Automatic,
}

#[derive(Clone, PartialEq, Eq)]
pub struct JobPlan {
    pub condition: When,
    /// 0: none.
    pub timeout_minutes: u32,
    pub cancel_minutes: u32,
    pub tasks: Vec<TaskPlan>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct TaskPlan {
    pub enabled: bool,
    pub condition: When,
    pub continue_on_error: bool,
    pub timeout_minutes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Succeeded,
    SucceededOrFailed,
    Failed,
    Always,
}

impl Plan {
    pub fn stage(&self, id: u32) -> Option<&StagePlan> {
        self.stages.get(usize::try_from(id).ok()?.checked_sub(1)?)
    }

    /// Every stage with its id.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &StagePlan)> {
        (1..).zip(&self.stages)
    }

    pub fn definition(&self) -> PipelineDefinition {
        let stages = self.numbered().map(|(id, stage)| stage.definition(id));
        PipelineDefinition { stages: stages.collect(), ..PipelineDefinition::new("Shop") }
    }
}

impl StagePlan {
    pub fn definition(&self, id: u32) -> Stage {
        let mut stage = Stage::new(StageId(id), format!("Stage {id}")).with_queuing(self.policy.definition());
        stage.trigger = match &self.trigger {
            Trigger::Manual => StageTrigger::Manual,
            Trigger::AfterRelease => StageTrigger::AfterRelease,
            Trigger::After(stages) => StageTrigger::AfterStages(
                stages
                    .iter()
                    .map(|(stage, or_partially)| AfterStage {
                        stage: StageId(*stage),
                        or_partially: *or_partially,
                    })
                    .collect(),
            ),
        };
        stage.slot_span = if self.jobs_only { SlotSpan::JobsOnly } else { SlotSpan::ApprovalsAndJobs };
        stage.before.approvals = self.before.definition();
        stage.after.approvals = self.after.definition();
        stage.jobs = self.jobs.iter().map(JobPlan::definition).collect();
        stage
    }
}

impl Policy {
    pub fn definition(self) -> QueuingPolicy {
        let at_most = |count: usize, waiting| QueuingPolicy::AtMost {
            deployments: u32::try_from(count).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
            waiting,
        };
        match self {
            Self::Unlimited => QueuingPolicy::Unlimited,
            Self::InOrder(count) => at_most(count, Waiting::InOrder),
            Self::OnlyLatest(count) => at_most(count, Waiting::OnlyLatest),
        }
    }
}

impl Asking {
    pub const fn nobody() -> Self {
        Self {
            steps: Vec::new(),
            in_sequence: false,
            required: 0,
            timeout_minutes: 0,
            requester_may: true,
            skips: false,
        }
    }

    fn definition(&self) -> Approvals {
        let step = |(who, rank): &(Who, u32)| {
            let approver = match who {
                Who::User(place) => Approver::User(user(USERS[*place])),
                Who::Group(place) => Approver::Group(group(GROUPS[*place].0)),
                Who::Automatic => Approver::Automatic,
            };
            ApprovalStep { approver, rank: *rank, notify: true }
        };
        Approvals {
            steps: self.steps.iter().map(step).collect(),
            order: if self.in_sequence { ApprovalOrder::InSequence } else { ApprovalOrder::AnyOrder },
            required: u32::try_from(self.required)
                .ok()
                .and_then(NonZeroU32::new)
                .map_or(Required::All, Required::AtLeast),
            timeout_minutes: self.timeout_minutes,
            requester_may_approve: self.requester_may,
            skip_if_approved_before: self.skips,
            ..Approvals::default()
        }
    }
}

impl JobPlan {
    fn definition(&self) -> Job {
        let mut job = Job::agent("Job");
        job.condition = self.condition.definition();
        job.timeout_minutes = Some(self.timeout_minutes);
        job.cancel_timeout_minutes = self.cancel_minutes;
        job.tasks = self.tasks.iter().map(TaskPlan::definition).collect();
        job
    }
}

impl TaskPlan {
    fn definition(&self) -> Task {
        let mut task = Task::command("true").with_condition(self.condition.definition());
        task.enabled = self.enabled;
        task.continue_on_error = self.continue_on_error;
        task.timeout_minutes = self.timeout_minutes;
        task
    }
}

impl When {
    const fn definition(self) -> Condition {
        match self {
            Self::Succeeded => Condition::Succeeded,
            Self::SucceededOrFailed => Condition::SucceededOrFailed,
            Self::Failed => Condition::Failed,
            Self::Always => Condition::Always,
        }
    }
}

/// Any plan of 1 to 5 stages: a stage comes after earlier ones only, so that there is no cycle.
pub fn any_plan() -> impl Strategy<Value = Plan> {
    (1..=5_u32).prop_flat_map(plan_of)
}

/// Any plan of so many stages.
pub fn plan_of(count: u32) -> impl Strategy<Value = Plan> {
    let stages: Vec<_> = (1..=count).map(any_stage).collect();
    stages.prop_map(|stages| Plan { stages })
}

/// A policy for each of so many stages.
pub fn policies_of(count: usize) -> impl Strategy<Value = Vec<Policy>> {
    prop::collection::vec(any_policy(), count)
}

pub fn any_stage(id: u32) -> impl Strategy<Value = StagePlan> {
    (
        any_trigger(id),
        any_policy(),
        prop::bool::weighted(0.35),
        any_asking(true),
        any_asking(false),
        prop::collection::vec(any_job(), 0..=2),
    )
        .prop_map(|(trigger, policy, jobs_only, before, after, jobs)| StagePlan {
            trigger,
            policy,
            jobs_only,
            before,
            after,
            jobs,
        })
}

fn any_trigger(id: u32) -> BoxedStrategy<Trigger> {
    if id == 1 {
        return prop_oneof![5 => Just(Trigger::AfterRelease), 1 => Just(Trigger::Manual)].boxed();
    }
    let earlier = prop::collection::btree_map(1..id, any::<bool>(), 1..=3_usize.min(id as usize - 1));
    let after = earlier.prop_map(|stages| Trigger::After(stages.into_iter().collect()));
    prop_oneof![5 => after, 2 => Just(Trigger::AfterRelease), 1 => Just(Trigger::Manual)].boxed()
}

pub fn any_policy() -> impl Strategy<Value = Policy> {
    prop_oneof![
        1 => Just(Policy::Unlimited),
        3 => (1..=3_usize).prop_map(Policy::InOrder),
        3 => (1..=3_usize).prop_map(Policy::OnlyLatest),
    ]
}

fn any_asking(before: bool) -> impl Strategy<Value = Asking> {
    let who = prop_oneof![
        4 => (0..USERS.len()).prop_map(Who::User),
        3 => (0..GROUPS.len()).prop_map(Who::Group),
        1 => Just(Who::Automatic),
    ];
    let asking = (
        prop::collection::vec((who, 1..=3_u32), 1..=3),
        any::<bool>(),
        0..=3_usize,
        prop_oneof![Just(0_u32), Just(60)],
        prop::bool::weighted(0.8),
        any::<bool>(),
    );
    let asking =
        asking.prop_map(move |(steps, in_sequence, required, timeout_minutes, requester_may, skips)| {
            let mut each: Vec<(Who, u32)> = Vec::new();
            for (who, rank) in steps {
                // Nobody is asked twice at the same time.
                if !each.iter().any(|(known, other)| *known == who && (!in_sequence || *other == rank)) {
                    each.push((who, rank));
                }
            }
            let required = required.min(each.len());
            Asking {
                steps: each,
                in_sequence,
                required,
                timeout_minutes,
                requester_may,
                skips: skips && before,
            }
        });
    prop_oneof![3 => Just(Asking::nobody()), 2 => asking]
}

fn any_job() -> impl Strategy<Value = JobPlan> {
    (
        any_condition(),
        prop_oneof![2 => Just(0_u32), 1 => Just(30)],
        1..=5_u32,
        prop::collection::vec(any_task(), 0..=3),
    )
        .prop_map(|(condition, timeout_minutes, cancel_minutes, tasks)| JobPlan {
            condition,
            timeout_minutes,
            cancel_minutes,
            tasks,
        })
}

fn any_task() -> impl Strategy<Value = TaskPlan> {
    (
        prop::bool::weighted(0.85),
        any_condition(),
        prop::bool::weighted(0.3),
        prop_oneof![2 => Just(0_u32), 1 => Just(10)],
    )
        .prop_map(|(enabled, condition, continue_on_error, timeout_minutes)| TaskPlan {
            enabled,
            condition,
            continue_on_error,
            timeout_minutes,
        })
}

fn any_condition() -> impl Strategy<Value = When> {
    prop_oneof![
        6 => Just(When::Succeeded),
        1 => Just(When::SucceededOrFailed),
        1 => Just(When::Failed),
        1 => Just(When::Always),
    ]
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, stage) in self.numbered() {
            let span = if stage.jobs_only { " for the jobs only" } else { "" };
            write!(f, "\n  stage {id}: {:?}, {:?}{span}", stage.trigger, stage.policy)?;
            write!(f, ", before: {:?}, after: {:?}, jobs: {:?}", stage.before, stage.after, stage.jobs)?;
        }
        Ok(())
    }
}

impl fmt::Debug for StagePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Plan { stages: vec![self.clone()] }.fmt(f)
    }
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("nobody");
        }
        let order = if self.in_sequence { "in sequence" } else { "any order" };
        let requester = if self.requester_may { "" } else { ", not the requester" };
        let skips = if self.skips { ", skipped if approved before" } else { "" };
        let minutes = self.timeout_minutes;
        write!(f, "{:?} {order}, {} needed, {minutes} min{requester}{skips}", self.steps, self.required)
    }
}

impl fmt::Debug for JobPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { condition, timeout_minutes, cancel_minutes, tasks } = self;
        write!(f, "job({condition:?}, {timeout_minutes}+{cancel_minutes} min, {tasks:?})")
    }
}

impl fmt::Debug for TaskPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let enabled = if self.enabled { "" } else { "disabled " };
        let continues = if self.continue_on_error { ", continues" } else { "" };
        write!(f, "{enabled}task({:?}{continues}, {} min)", self.condition, self.timeout_minutes)
    }
}

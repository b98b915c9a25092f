//! What a stage may wait for.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use chrono::TimeDelta;

use crate::deployment::{Intervention, StopReason};
use crate::freeze::Hold;
use crate::permission::Permission;
use crate::status::StageStatus;
use crate::trigger::NeverStarts;
use crate::{
    Actor, AgentId, ApprovalId, Approver, Demand, DeploymentId, GateId, GroupId, LockGroupId, Moment, PoolId,
    QueuingPolicy, SliceId, StageId, TaskId, Timestamp, UserId,
};

/// Something that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// What it is.
    pub kind: BlockerKind,
    /// Since when; `None` where no one moment is known.
    pub since: Option<Timestamp>,
    /// Who or what can clear it.
    pub cleared_by: Vec<Clearer>,
    /// The earliest moment at which it ends by itself; `None` if it doesn't.
    pub by_itself_at: Option<Timestamp>,
    /// Whether it can be cleared at all.
    pub nature: Nature,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockerKind {
    /// The release is a draft, and deploys nothing until it is started (R2).
    Draft,
    /// The release is deleted (K3).
    ReleaseDeleted,
    /// The release is abandoned (R5).
    Abandoned,
    /// The pipeline is deleted, or being deleted: nothing is started from its releases (P6).
    PipelineDeleted,
    /// The stage starts only by hand: in every release (S3), or in this one (R3).
    ManualOnly,
    /// The stage never starts in this release: it does not take one of its versions, or no releases of pull requests (S5, T3).
    NeverStarts(NeverStarts),
    /// The stage lies beyond the targets that were named (S6).
    BeyondTarget,
    /// Earlier stages have not succeeded (S2): these, each with how it shows.
    Stages(Vec<(StageId, StageStatus)>),
    /// Its moment has not come (S4, S8).
    Moment,
    /// The queue is paused (Q9).
    QueuePaused {
        /// Who paused it.
        by: Actor,
        /// What they said.
        reason: String,
    },
    /// Freezes hold its jobs back (F1): until then, as far as is known; `None`: until they are lifted.
    Frozen {
        /// The freezes.
        holds: Vec<Hold>,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// The queue has no free slot for it (Q).
    Queued {
        /// How many wait before it.
        ahead: usize,
        /// Who holds the slots.
        holders: Vec<DeploymentId>,
        /// The policy in force.
        policy: QueuingPolicy,
    },
    /// Approvers have not answered (AP).
    Approvals {
        /// Before the jobs or after them.
        moment: Moment,
        /// Those that are open.
        open: Vec<OpenApproval>,
        /// How many more must approve.
        needed: usize,
        /// How many steps are left that somebody could approve. Fewer than are needed: it passes only if one of them is handed on.
        left: usize,
    },
    /// It is approved, and an approver wants it to begin later (AP10).
    Deferred {
        /// Who gave this moment.
        by: Option<Actor>,
    },
    /// Lock groups of the stage are not free (Q8).
    Locks {
        /// Those that have no room.
        lacking: Vec<LackingGroup>,
        /// Who came before it and waits for some of its groups, in their order.
        ahead: Vec<DeploymentId>,
    },
    /// Slices of a job wait for an agent (J11).
    Agent(WantedAgent),
    /// Gates have not passed (G).
    Gates(OpenGates),
    /// The next task waits for an engine that runs it.
    TaskToBegin {
        /// The task.
        task: TaskId,
        /// How it is called, for people.
        name: TaskName,
    },
    /// A task runs.
    TaskRunning {
        /// The task.
        task: TaskId,
        /// How it is called, for people.
        name: TaskName,
        /// Why it was asked to stop, if it was.
        stop: Option<StopReason>,
    },
    /// A task failed, and is tried again after a pause (J4).
    RetryPause {
        /// The retry.
        task: TaskId,
        /// How the task is called, for people.
        name: TaskName,
        /// When the pause is over.
        until: Timestamp,
    },
    /// A manual intervention has not been answered (J8).
    Intervention {
        /// The task.
        task: TaskId,
        /// How it is called, for people.
        name: TaskName,
        /// Who may answer, until when, and what happens then.
        open: Intervention,
    },
    /// A task waits for a moment (J9).
    Delay {
        /// The task.
        task: TaskId,
        /// How it is called, for people.
        name: TaskName,
        /// The moment.
        until: Timestamp,
    },
    /// There is nothing to run; an engine is about to record that (D7).
    Settling,
}

/// How a task is called in the jobs that run, which may be others than those of the release's snapshot by now (R7). Shown as `"deploy"`, or
/// as `"deploy" of slice 2` in a job that is cut into slices, or runs on the targets of a deployment group (J2, J3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskName {
    /// Its name.
    pub name: String,
    /// How its slice is called: by its values, its number, or its target's name; `None`: the job runs once, and nobody needs to know that
    /// it has one.
    pub slice: Option<String>,
}

/// An approval that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenApproval {
    /// The approval.
    pub id: ApprovalId,
    /// Who is asked.
    pub approver: Approver,
    /// Who was asked before it was handed on, the first one first (AP9).
    pub instead_of: Vec<Approver>,
    /// Whether who answers must show anew who they are (AP8).
    pub confirms_identity: bool,
    /// Since when.
    pub since: Timestamp,
    /// When it is rejected if nobody answers (AP5).
    pub due: Timestamp,
    /// Who may not approve it, since they asked for the release or the deployment (AP6).
    pub barred: Vec<UserId>,
}

/// A lock group that has no room (Q8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LackingGroup {
    /// The group.
    pub group: LockGroupId,
    /// How many may hold it at a time; `None`: it is not defined any more, and is granted to nobody.
    pub capacity: Option<NonZeroU32>,
    /// Who holds it.
    pub holders: Vec<DeploymentId>,
}

/// Gates that wait for a sample in which all of them succeed, or for their time-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGates {
    /// Before the jobs or after them.
    pub moment: Moment,
    /// When the first sample begins: the delay is over then (G2).
    pub delay_until: Timestamp,
    /// Seconds from then to each further sample; [`OpenGates::next_sample`] says which comes next.
    pub interval_seconds: u32,
    /// When they fail, unless they pass before (G5).
    pub times_out_at: Timestamp,
    /// Which gates failed in the newest sample on record, in the definition's order.
    pub failing: Vec<FailingGate>,
    /// Since when all have succeeded, while they must go on doing so (G4).
    pub steady_since: Option<Timestamp>,
    /// Seconds for which all must go on succeeding; 0: one sample is enough.
    pub minimum_success_seconds: u32,
    /// Which gates are ignored, by their places in the definition (G6).
    pub ignored: BTreeSet<u32>,
}

/// An agent that a slice of a job waits for (J11). Of the agents, and of who came before, the first ten are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedAgent {
    /// The slice; of several that wait for the same, the first.
    pub slice: SliceId,
    /// How it is called; `None`: its job runs once.
    pub name: Option<String>,
    /// How many more slices of its job wait for the same, behind it.
    pub more: usize,
    /// The pool that it waits in.
    pub pool: PoolId,
    /// What the agent must offer.
    pub demands: Vec<Demand>,
    /// Which agents offer it; none: it waits until somebody adds one, or changes what one offers.
    pub serving: Vec<ServingAgent>,
    /// How many agents offer it.
    pub serving_count: usize,
    /// Who came before it and waits for one of these agents, too, in their order.
    pub ahead: Vec<SliceId>,
    /// How many came before it.
    pub ahead_count: usize,
}

/// An agent that could run a slice that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServingAgent {
    /// The agent.
    pub agent: AgentId,
    /// What runs on it.
    pub runs: Option<SliceId>,
    /// Why it is given nothing new, if it is disabled.
    pub disabled: Option<String>,
}

/// A gate that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingGate {
    /// The gate.
    pub id: GateId,
    /// Its name, for people.
    pub name: String,
    /// The beginning of the sample since which it fails, as far as it is on record.
    pub since: Timestamp,
}

impl OpenGates {
    /// When the first sample after `now` begins; `None` if the time-out comes before it.
    pub fn next_sample(&self, now: Timestamp) -> Option<Timestamp> {
        let interval = i64::from(self.interval_seconds.max(1));
        let begun =
            if now < self.delay_until { 0 } else { (now - self.delay_until).num_seconds() / interval + 1 };
        let next = self.delay_until.checked_add_signed(TimeDelta::try_seconds(begun * interval)?)?;
        (next < self.times_out_at).then_some(next)
    }
}

/// Who or what can clear a blocker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clearer {
    /// Whoever may start, deploy or reactivate.
    Somebody,
    /// This user.
    User(UserId),
    /// A member of this group.
    Group(GroupId),
    /// This stage of the same release, by succeeding.
    Stage(StageId),
    /// This deployment, by being over.
    Deployment(DeploymentId),
    /// Whoever has this permission there.
    Holder(Permission),
    /// An engine that runs, and the runner of the task.
    Engine,
}

/// Whether a blocker can be cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// Somebody or something can clear it.
    Clearable,
    /// It ends by itself at a moment that is known.
    Timed,
    /// Nothing clears it.
    Final,
}

//! What becomes true of a deployment. `event/names.rs` has the names under which it is stored, `event/about.rs` which deployment each is about.

mod about;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Answer, Assignment, CancelReason, Claim, End, Entry, InterventionAnswer, JobResult, SetVariable,
    SkipReason, Slice, SliceSkip, StopReason, TaskResult, Trigger,
};
use crate::approval::Capacity;
use crate::freeze::Hold;
use crate::gate::{GateTimes, Sampled};
use crate::queue::Conclusion;
use crate::snapshot::shared;
use crate::{
    Actor, AgentId, ApprovalId, Approver, Demand, DeploymentId, Digest, GroupId, IncarnationId, Job, JobId,
    Join, LockGroupId, Moment, PoolId, QueueId, SliceId, TargetGroupId, TaskId, Timestamp, UserId,
};

/// What becomes true of a deployment. The events stand in the stream of its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum DeploymentEvent {
    /// It was triggered (D1). What it waits for first follows from it: a moment, if there is one in `until`; else what must pass
    /// before its jobs, if it holds its slot for them only; else a slot, which it asks its stage's queue for (Q2).
    #[serde(rename = "deployment.triggered")]
    Triggered(Box<Trigger>),
    /// Its moment has come (S4, S8). It then waits for what comes next, as when it was triggered without one. `queue` names that in
    /// which it was scheduled, where it asks for a slot only later (Q11).
    #[serde(rename = "deployment.moment-came")]
    MomentCame {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<QueueId>,
    },
    /// A person starts at once what waits for a moment: what is scheduled, as a deployment by hand (S7), or what was deferred, as the
    /// same deployment (AP10). `queue` is as where the moment came.
    #[serde(rename = "deployment.brought-forward")]
    BroughtForward {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<QueueId>,
        by: Actor,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// It runs this revision of its release's snapshot, which changed before its jobs (R7). `runs_all_jobs`: the jobs are others than those
    /// of which it was not to repeat some, so that it runs all of them (D5).
    #[serde(rename = "deployment.snapshot-taken")]
    SnapshotTaken {
        deployment: DeploymentId,
        revision: u32,
        #[serde(default, skip_serializing_if = "is_false")]
        runs_all_jobs: bool,
    },
    /// What must pass before its jobs starts again, since they are others (R7). `withdraws` names the queue in which it waits no longer,
    /// or whose slot it frees, where it had passed all that before it asked for one (Q2). `frees_locks`: it had asked for its lock
    /// groups, and will ask anew (Q8).
    #[serde(rename = "deployment.checks-restarted")]
    ChecksRestarted {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        withdraws: Option<QueueId>,
        #[serde(default, skip_serializing_if = "is_false")]
        frees_locks: bool,
    },
    /// It goes on with the jobs that it began with, though its release's snapshot has others now (R7).
    #[serde(rename = "deployment.jobs-kept")]
    JobsKept {
        deployment: DeploymentId,
        #[serde(with = "shared")]
        jobs: Arc<Vec<Job>>,
    },
    /// Everything before its jobs has passed, and an approver wants it to begin no earlier than `until` (AP10).
    #[serde(rename = "deployment.deferred")]
    Deferred { deployment: DeploymentId, until: Timestamp },
    /// It asks its stage's queue for a slot, after it waited for something else (D1, Q2). One that `yields` supersedes nothing (D6).
    /// `by_hand`: a person asks for that now, who is told if the queue does not take it (Q10, Q12).
    #[serde(rename = "deployment.slot-asked")]
    SlotAsked {
        deployment: DeploymentId,
        queue: QueueId,
        entry: Entry,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        yields: bool,
        #[serde(default, skip_serializing_if = "is_false")]
        by_hand: bool,
    },
    /// It holds a slot of its stage (Q2).
    #[serde(rename = "deployment.slot-granted")]
    SlotGranted { deployment: DeploymentId },
    /// It asks for the lock groups of its stage, right before its jobs (Q8).
    #[serde(rename = "deployment.locks-asked")]
    LocksAsked { deployment: DeploymentId, groups: BTreeSet<LockGroupId> },
    /// It holds all of them (Q8).
    #[serde(rename = "deployment.locks-granted")]
    LocksGranted { deployment: DeploymentId },
    /// A step is open until it is answered or `due` comes (AP2, AP5).
    #[serde(rename = "approval.asked")]
    ApprovalAsked { approval: ApprovalId, approver: Approver, due: Timestamp },
    /// An automatic step approved itself (AP1).
    #[serde(rename = "approval.passed-automatically")]
    ApprovalPassedAutomatically { approval: ApprovalId },
    /// Nobody was asked for the step, since its approver is who answered these approvals of the stages before (AP7).
    #[serde(rename = "approval.approved-before")]
    ApprovalApprovedBefore { approval: ApprovalId, approver: Approver, rests_on: Vec<ApprovalId> },
    /// The open step was handed on to another user (AP9); it stays open as long as it was.
    #[serde(rename = "approval.reassigned")]
    ApprovalReassigned {
        approval: ApprovalId,
        from: Approver,
        to: UserId,
        by: Actor,
        capacity: Capacity,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// Somebody answered (AP11). `of` is the digest of what was approved: the frozen definition, the stage, the artifacts, the
    /// variables of the release and those of the deployment. `groups` are those that the definition asks anywhere and that they were
    /// a member of at that moment (AP7).
    #[serde(rename = "approval.answered")]
    ApprovalAnswered {
        approval: ApprovalId,
        answer: Answer,
        by: Actor,
        capacity: Capacity,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        groups: BTreeSet<GroupId>,
        of: Digest,
    },
    /// Who approved wants the jobs to begin no earlier than `until` (AP10).
    #[serde(rename = "approval.deferred")]
    ApprovalDeferred { approval: ApprovalId, until: Timestamp },
    /// Nobody answered in time (AP5).
    #[serde(rename = "approval.timed-out")]
    ApprovalTimedOut { approval: ApprovalId },
    /// Enough others approved (AP2).
    #[serde(rename = "approval.skipped")]
    ApprovalSkipped { approval: ApprovalId },
    /// The deployment was rejected or cancelled meanwhile (AP4).
    #[serde(rename = "approval.canceled")]
    ApprovalCanceled { approval: ApprovalId },
    /// Everything before the jobs has passed, and freezes hold it: until then, as far as is known (F1). Recorded again when that
    /// changes. `declines_locks`: they began while it waited for its lock groups, which it asks for anew afterwards (Q8).
    #[serde(rename = "deployment.frozen")]
    Frozen {
        deployment: DeploymentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        holds: Vec<Hold>,
        #[serde(default, skip_serializing_if = "is_false")]
        declines_locks: bool,
    },
    /// No freeze holds it any more (F1).
    #[serde(rename = "deployment.thawed")]
    Thawed { deployment: DeploymentId },
    /// Somebody lets it begin although freezes hold it (F2).
    #[serde(rename = "deployment.freezes-overridden")]
    FreezesOverridden { deployment: DeploymentId, by: Actor, comment: String },
    /// The gates on one side begin: these, by their places in the definition, at these times (G2).
    #[serde(rename = "gates.begun")]
    GatesBegun { deployment: DeploymentId, moment: Moment, gates: BTreeSet<u32>, times: GateTimes },
    /// A sample was taken that is worth recording (G8).
    #[serde(rename = "gates.sampled")]
    GatesSampled { deployment: DeploymentId, moment: Moment, sampled: Sampled },
    /// The gates passed, with the sample before it in the same commit (G4).
    #[serde(rename = "gates.passed")]
    GatesPassed { deployment: DeploymentId, moment: Moment },
    /// The gates did not pass in time (G5).
    #[serde(rename = "gates.timed-out")]
    GatesTimedOut { deployment: DeploymentId, moment: Moment },
    /// Somebody ignores a gate, by its place in the definition: it counts as succeeded from now on (G6).
    #[serde(rename = "gate.ignored")]
    GateIgnored { deployment: DeploymentId, moment: Moment, gate: u32, by: Actor, comment: String },
    /// Its first job may begin: everything before the jobs has passed (D1, I10).
    #[serde(rename = "deployment.begun")]
    Begun { deployment: DeploymentId, queue: QueueId },
    /// A job began (J1). `slices` is what it is cut into (J2, J3), and each of them begins by itself; none: it runs once, and its only
    /// slice began with it. `joined` is the number by which the last target had joined its deployment group then (D6).
    #[serde(rename = "job.began")]
    JobBegan {
        job: JobId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times_out_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        joined: Option<Join>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        slices: Vec<Slice>,
    },
    /// A job should have begun, and what it would be cut into can't be said: it has failed (J2).
    #[serde(rename = "job.could-not-begin")]
    JobCouldNotBegin { job: JobId, why: String },
    /// A job does not run (J6). `why` is what an expression that is its condition came to; empty: there is nothing to say.
    #[serde(rename = "job.skipped")]
    JobSkipped {
        job: JobId,
        because: SkipReason,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// A job's time is over (J7).
    #[serde(rename = "job.timed-out")]
    JobTimedOut { job: JobId },
    /// A job ended (J6).
    #[serde(rename = "job.ended")]
    JobEnded { job: JobId, result: JobResult },
    /// Slices of a job wait for an agent each, of a pool and that meets these demands (J11): while their deployment is cancelling, until
    /// then at most (D4).
    #[serde(rename = "agent.asked")]
    AgentAsked {
        job: JobId,
        slices: Vec<u32>,
        pool: PoolId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        demands: Vec<Demand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits_until: Option<Timestamp>,
    },
    /// One of them was granted this one, and begins (J11).
    #[serde(rename = "agent.granted")]
    AgentGranted { slice: SliceId, agent: AgentId },
    /// A slice of a job began (J2).
    #[serde(rename = "slice.began")]
    SliceBegan {
        slice: SliceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times_out_at: Option<Timestamp>,
    },
    /// Slices of a job do not run (J2). `frees` is the pool in which some of them waited for an agent (J11).
    #[serde(rename = "slice.skipped")]
    SliceSkipped {
        job: JobId,
        slices: Vec<u32>,
        because: SliceSkip,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frees: Option<PoolId>,
    },
    /// The time of a slice of a job is over (J7).
    #[serde(rename = "slice.timed-out")]
    SliceTimedOut { slice: SliceId },
    /// A slice of a job ended (J2). `frees` is the pool on whose agent it ran (J11).
    #[serde(rename = "slice.ended")]
    SliceEnded {
        slice: SliceId,
        result: JobResult,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frees: Option<PoolId>,
    },
    /// An engine is about to run the task (J6).
    #[serde(rename = "task.claimed")]
    TaskClaimed {
        task: TaskId,
        claim: Claim,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times_out_at: Option<Timestamp>,
    },
    /// A later incarnation of the engine found the task still running, and watches it.
    #[serde(rename = "task.reattached")]
    TaskReattached { task: TaskId, incarnation: IncarnationId },
    /// The task does not run (J4, J5). `why` is as for a job.
    #[serde(rename = "task.skipped")]
    TaskSkipped {
        task: TaskId,
        because: SkipReason,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// A manual intervention waits for an answer, until `due` (J8).
    #[serde(rename = "intervention.asked")]
    InterventionAsked {
        task: TaskId,
        #[serde(flatten)]
        asked: Assignment,
        due: Timestamp,
        on_timeout: InterventionAnswer,
    },
    /// Somebody answered a manual intervention (J8); that its task ended follows in the same commit.
    #[serde(rename = "intervention.answered")]
    InterventionAnswered {
        task: TaskId,
        answer: InterventionAnswer,
        by: Actor,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// The task waits for a moment (J9).
    #[serde(rename = "task.delayed")]
    TaskDelayed {
        task: TaskId,
        until: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times_out_at: Option<Timestamp>,
    },
    /// The task is asked to stop, and is given up at `kill_at` (D4, J7).
    #[serde(rename = "task.stop-asked")]
    TaskStopAsked { task: TaskId, because: StopReason, kill_at: Timestamp },
    /// The task ended (J6). `variables` are those that it set (J10).
    #[serde(rename = "task.ended")]
    TaskEnded {
        task: TaskId,
        result: TaskResult,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        variables: Vec<SetVariable>,
    },
    /// The task failed and is tried again at `until` (J4). `task` is the try that failed.
    #[serde(rename = "task.retry-planned")]
    TaskRetryPlanned { task: TaskId, until: Timestamp },
    /// The pause before a retry is over (J4). `task` is the retry.
    #[serde(rename = "task.retry-due")]
    TaskRetryDue { task: TaskId },
    /// The task is not tried again after all: its deployment is cancelled, or its job's time is over (D4, J7). `task` is the retry.
    #[serde(rename = "task.retry-dropped")]
    TaskRetryDropped { task: TaskId },
    /// The last job ended (D1). `frees` names the queue whose slot it held for its jobs only (Q2); `frees_locks`: it held lock groups (Q8).
    #[serde(rename = "deployment.jobs-ended")]
    JobsEnded {
        deployment: DeploymentId,
        result: JobResult,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frees: Option<QueueId>,
        #[serde(default, skip_serializing_if = "is_false")]
        frees_locks: bool,
    },
    /// Somebody cancelled it while its jobs run (D4). Slices that wait for an agent by then do so until `waits_until` at most.
    #[serde(rename = "deployment.cancel-asked")]
    CancelAsked {
        deployment: DeploymentId,
        because: CancelReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits_until: Option<Timestamp>,
    },
    /// Nothing more will happen to it (D1, I13). `rolls_back`: what was good before is to be deployed in its place (D6). `frees_locks`: it
    /// waited for lock groups, or held them (Q8).
    #[serde(rename = "deployment.over")]
    Over {
        deployment: DeploymentId,
        end: End,
        queue: QueueId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conclusion: Option<Conclusion>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        joins: BTreeMap<TargetGroupId, Join>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rolls_back: bool,
        #[serde(default, skip_serializing_if = "is_false")]
        frees_locks: bool,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(value: &bool) -> bool {
    !*value
}

//! The life of a deployment, step by step: which step comes after which, and how it goes on from one to the next (D1).

use super::approving::{self, cancel_open};
use super::deferring::still_deferred_until;
use super::gating;
use super::{
    CancelReason, Deployment, DeploymentEvent, DeploymentReason, End, First, JobResult, Phase, Rejection,
    Trigger, freezing, running,
};
use crate::flow::Impossible;
use crate::release::{Deciding, ReleaseEvent, ReleaseRefusal};
use crate::{CheckOrder, DeploymentId, Gates, LockGroupId, Moment, QueueId, SlotSpan, Stage};

/// A step in the life of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifeStep {
    /// A moment comes: of its stage's schedule, or one that was given by hand.
    Moment,
    /// A slot of its stage's queue is granted.
    Slot,
    /// Approvals before or after its jobs.
    Approvals(Moment),
    /// The moment comes that an approver gave (AP10).
    Deferral,
    /// Gates before or after its jobs.
    Gates(Moment),
    /// All lock groups of its stage are granted (Q8).
    Locks,
    /// Its jobs.
    Jobs,
}

/// The steps that a deployment to this stage goes through, in their order (D1, G7).
pub(crate) fn life_of(stage: &Stage) -> Vec<LifeStep> {
    let mut life = Vec::new();
    if stage.slot_span == SlotSpan::ApprovalsAndJobs {
        life.push(LifeStep::Slot);
    }
    life.extend(checks_of(stage, Moment::Before));
    if stage.slot_span == SlotSpan::JobsOnly {
        life.push(LifeStep::Slot);
    }
    if !stage.lock_groups.is_empty() {
        life.push(LifeStep::Locks);
    }
    life.push(LifeStep::Jobs);
    life.extend(checks_of(stage, Moment::After));
    life
}

/// What must pass on one side of the jobs, in its order (G7).
fn checks_of(stage: &Stage, moment: Moment) -> Vec<LifeStep> {
    let checks = stage.checks(moment);
    let approvals = (!checks.approvals.steps.is_empty()).then_some(LifeStep::Approvals(moment));
    let gates = checks.gates.as_ref().is_some_and(Gates::is_in_force).then_some(LifeStep::Gates(moment));
    let order = checks.approvals.check_order.unwrap_or(match moment {
        Moment::Before => CheckOrder::BeforeGates,
        Moment::After => CheckOrder::AfterSuccessfulGates,
    });
    let in_order = match order {
        CheckOrder::BeforeGates => [approvals, gates],
        CheckOrder::AfterSuccessfulGates | CheckOrder::AfterGatesAlways => [gates, approvals],
    };
    in_order.into_iter().flatten().collect()
}

/// What a revision of a release's snapshot makes of the jobs of a stage (R7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jobs {
    /// They are as they were.
    Same,
    /// They are others.
    Others,
}

/// Whether a deployment may pass a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passage {
    /// It may.
    Open,
    /// Not yet.
    Waits,
    /// It never will: the deployment is rejected.
    Closed(Rejection),
}

/// A deployment was triggered: it is recorded, and goes on as far as nothing holds it up.
pub(crate) fn trigger(deciding: &mut Deciding<'_>, trigger: Trigger) -> Result<(), ReleaseRefusal> {
    let (id, first) = (trigger.deployment, trigger.first());
    deciding.record(DeploymentEvent::Triggered(Box::new(trigger)))?;
    match first {
        First::Moment(_) | First::Slot => Ok(()),
        First::Checks => go_on(deciding, id),
    }
}

/// The deployment got its slot. It may have been cancelled in the same commit, before the queue's word reached it.
pub(crate) fn grant(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    if !matches!(deciding.deployment(id)?.phase, Phase::Queued { .. }) {
        return Ok(());
    }
    deciding.record(DeploymentEvent::SlotGranted { deployment: id })?;
    go_on(deciding, id)
}

/// The deployment got the lock groups of its stage (Q8). It may have been cancelled in the same commit, before that reached it; its being
/// over has freed them then.
pub(crate) fn grant_locks(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    if !matches!(deciding.deployment(id)?.phase, Phase::Locking { .. }) {
        return Ok(());
    }
    // A freeze that began while it waited holds it as any other (F1): it gives the groups back, and asks anew afterwards.
    if !deciding.deployment(id)?.overrides_freezes && freezing::is_held(deciding, id)? {
        return Ok(());
    }
    deciding.record(DeploymentEvent::LocksGranted { deployment: id })?;
    after_freezes(deciding, id)
}

/// Goes on as far as nothing holds it up.
pub(super) fn go_on(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    // Of a pipeline that is being deleted nothing goes on: an engine cancels it (P6).
    if !deciding.pipeline_starts_deployments() {
        return Ok(());
    }
    let deployment = deciding.deployment(id)?;
    let Phase::Checking { moment, .. } = deployment.phase else { return Ok(()) };
    let stage = deciding.stage(id.stage)?;
    if moment == Moment::Before && deployment.span == SlotSpan::ApprovalsAndJobs && !deployment.holds_slot {
        return ask_for_slot(deciding, id);
    }
    for check in checks_of(stage, moment) {
        let passage = match check {
            LifeStep::Approvals(moment) => approving::pass(deciding, id, moment)?,
            LifeStep::Gates(moment) => gating::pass(deciding, id, moment)?,
            LifeStep::Moment | LifeStep::Deferral | LifeStep::Slot | LifeStep::Locks | LifeStep::Jobs => {
                Passage::Open
            }
        };
        match passage {
            Passage::Open => {}
            Passage::Waits => return Ok(()),
            Passage::Closed(rejection) => {
                cancel_open(deciding, id)?;
                return deciding.over(id, End::Rejected(rejection));
            }
        }
    }
    match moment {
        Moment::Before => prepare(deciding, id),
        Moment::After => conclude(deciding, id),
    }
}

/// Everything that was asked before the jobs has passed: what else stands between them and the first job, in this order (D1).
fn prepare(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    if let Some(until) = still_deferred_until(deciding.deployment(id)?, deciding.now()) {
        return Ok(deciding.record(DeploymentEvent::Deferred { deployment: id, until })?);
    }
    if !deciding.deployment(id)?.holds_slot {
        return ask_for_slot(deciding, id);
    }
    if freezing::is_held(deciding, id)? {
        return Ok(());
    }
    after_freezes(deciding, id)
}

/// No freeze holds it back, or not any more. Of a pipeline that is being deleted nothing goes on (P6).
pub(super) fn after_freezes(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    if !deciding.pipeline_starts_deployments() {
        return Ok(());
    }
    if !deciding.deployment(id)?.holds_locks && !deciding.stage(id.stage)?.lock_groups.is_empty() {
        return ask_for_locks(deciding, id);
    }
    running::begin(deciding, id)
}

/// Q8: they are granted in the same commit, where there is room.
fn ask_for_locks(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let named = deciding.stage(id.stage)?.lock_groups.iter().cloned();
    let groups = named.map(LockGroupId::new).collect::<Result<_, _>>();
    let groups = groups.map_err(|_invalid| Impossible("a lock group's name that does not validate"))?;
    Ok(deciding.record(DeploymentEvent::LocksAsked { deployment: id, groups })?)
}

/// Q2: its stage's queue answers in the same commit, where a slot is free.
fn ask_for_slot(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let (queue, entry) = (deciding.queue_of(id.stage)?, deciding.entry_of(id.stage)?);
    let yields = deciding.deployment(id)?.reason == DeploymentReason::RedeployTrigger;
    let by_hand = deciding.decided().any(|event| is_started_by_hand(event, id));
    Ok(deciding.record(DeploymentEvent::SlotAsked { deployment: id, queue, entry, yields, by_hand })?)
}

/// Whether a person starts the deployment by what they ask for now.
fn is_started_by_hand(event: &ReleaseEvent, id: DeploymentId) -> bool {
    let ReleaseEvent::Deployment(event) = event else { return false };
    let is_deployed =
        matches!(event, DeploymentEvent::Triggered(it) if it.reason == DeploymentReason::Manual);
    let is_brought_forward = matches!(event, DeploymentEvent::BroughtForward { .. });
    event.deployment() == id && (is_deployed || is_brought_forward)
}

/// The last condition after the jobs has passed (D1, I10).
fn conclude(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let end = match deciding.deployment(id)?.ended {
        Some((_, JobResult::Succeeded)) => End::Succeeded,
        Some((_, JobResult::PartiallySucceeded)) => End::PartiallySucceeded,
        Some((_, JobResult::Failed | JobResult::Canceled)) | None => {
            return Err(Impossible("a success of jobs that did not succeed").into());
        }
    };
    deciding.over(id, end)
}

/// The moment that it waited for has come (S4, S8, AP10).
pub(super) fn moment_came(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let queue = scheduled_in(deciding, id)?;
    deciding.record(DeploymentEvent::MomentCame { deployment: id, queue })?;
    go_on(deciding, id)
}

/// S7, AP10: a person starts at once what waits for a moment, as the same attempt.
pub(crate) fn bring_forward(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    comment: &str,
) -> Result<(), ReleaseRefusal> {
    let (by, comment) = (deciding.context.actor.clone(), comment.to_owned());
    let queue = scheduled_in(deciding, id)?;
    deciding.record(DeploymentEvent::BroughtForward { deployment: id, queue, by, comment })?;
    go_on(deciding, id)
}

/// Q11: the queue that knows it as scheduled for an occurrence, and would not hear that it is so no longer, since it asks for its slot
/// only after what must pass before its jobs.
fn scheduled_in(deciding: &Deciding<'_>, id: DeploymentId) -> Result<Option<QueueId>, ReleaseRefusal> {
    let deployment = deciding.deployment(id)?;
    let is_scheduled = matches!(deployment.phase, Phase::Scheduled { .. }) && deployment.occurrence.is_some();
    let is_for_jobs_only = deployment.span == SlotSpan::JobsOnly;
    (is_scheduled && is_for_jobs_only).then(|| deciding.queue_of(id.stage)).transpose()
}

/// R7: its jobs have not begun, and it takes what its release says of them from now on: what was asked before them is asked again. Which of the jobs
/// need not be repeated was said of those that it had until now (D5).
pub(crate) fn take_snapshot(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    revision: u32,
    jobs: Jobs,
) -> Result<(), ReleaseRefusal> {
    let skips_some = !deciding.deployment(id)?.succeeded_before.is_empty();
    let runs_all_jobs = skips_some && jobs == Jobs::Others;
    deciding.record(DeploymentEvent::SnapshotTaken { deployment: id, revision, runs_all_jobs })?;
    let deployment = deciding.deployment(id)?;
    let is_for_jobs_only = deployment.span == SlotSpan::JobsOnly;
    let (has_asked, is_queued) = match deployment.phase {
        Phase::Queued { .. } => (is_for_jobs_only, true),
        Phase::Checking { moment: Moment::Before, .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. } => (true, false),
        Phase::Scheduled { .. }
        | Phase::Checking { moment: Moment::After, .. }
        | Phase::Running { .. }
        | Phase::Cancelling { .. }
        | Phase::Over { .. } => (false, false),
    };
    if !has_asked || checks_of(deciding.stage(id.stage)?, Moment::Before).is_empty() {
        return Ok(());
    }
    let has_entered = is_queued || deployment.holds_slot;
    let withdraws = (is_for_jobs_only && has_entered).then(|| deciding.queue_of(id.stage)).transpose()?;
    let frees_locks = !deployment.lock_groups.is_empty();
    cancel_open(deciding, id)?;
    deciding.record(DeploymentEvent::ChecksRestarted { deployment: id, withdraws, frees_locks })?;
    go_on(deciding, id)
}

/// D4: over at once where no job runs; otherwise what runs is asked to stop, and tasks that always run still do. A second
/// cancel is already so.
pub(crate) fn cancel(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    because: CancelReason,
) -> Result<(), ReleaseRefusal> {
    match deciding.deployment(id)?.phase {
        Phase::Scheduled { .. }
        | Phase::Queued { .. }
        | Phase::Checking { .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. } => {
            cancel_open(deciding, id)?;
            deciding.over(id, End::Canceled(because))
        }
        Phase::Running { .. } => running::cancel(deciding, id, because),
        Phase::Cancelling { .. } | Phase::Over { .. } => Ok(()),
    }
}

impl Deployment {
    /// The step of its life that it is at; `None` once it is over.
    pub(crate) fn life_step(&self, stage: &Stage) -> Option<LifeStep> {
        match self.phase {
            Phase::Scheduled { .. } => Some(LifeStep::Moment),
            Phase::Deferred { .. } => Some(LifeStep::Deferral),
            Phase::Queued { .. } => Some(LifeStep::Slot),
            Phase::Checking { moment, .. } => {
                let is_open = |check: &LifeStep| match check {
                    LifeStep::Approvals(_) => self.open_approvals().next().is_some(),
                    LifeStep::Gates(_) => self.sampling_gates().is_some(),
                    LifeStep::Moment
                    | LifeStep::Deferral
                    | LifeStep::Slot
                    | LifeStep::Locks
                    | LifeStep::Jobs => false,
                };
                checks_of(stage, moment).into_iter().find(is_open)
            }
            Phase::Locking { .. } => Some(LifeStep::Locks),
            Phase::Frozen { .. } | Phase::Running { .. } | Phase::Cancelling { .. } => Some(LifeStep::Jobs),
            Phase::Over { .. } => None,
        }
    }
}

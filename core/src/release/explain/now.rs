//! What must clear before a stage takes its next step.

use std::collections::BTreeSet;

use super::{
    Blocker, BlockerKind, Clearer, FailingGate, LackingGroup, Nature, OpenApproval, OpenGates, Surroundings,
    running,
};
use crate::approval::needed;
use crate::deployment::{Approval, Deployment, Phase, Standing, approvers, barred, is_asked_now};
use crate::freeze::Hold;
use crate::gate::SampleNumber;
use crate::permission::Permission;
use crate::trigger::{NeverStarts, is_met, never_starts};
use crate::variable::Resolved;
use crate::{
    ApprovalId, Approver, DeploymentId, GateId, Locks, Moment, Release, ReleaseState, Site, SliceId, Stage,
    StageQueue, StageTrigger, Timestamp, UserId,
};

pub(super) fn blockers(release: &Release, around: &Surroundings<'_>, stage: &Stage) -> Vec<Blocker> {
    let latest = release.latest(stage.id);
    if !around.pipeline.starts_deployments() && !latest.is_some_and(Deployment::is_over) {
        return vec![pipeline_deleted(latest, around.pipeline.closed_at())];
    }
    match latest {
        None => before_any_attempt(release, stage),
        Some(deployment) => {
            let variables = |slice: SliceId| release.variables(around.definition, slice);
            of_deployment(release, deployment, around, stage, &variables)
        }
    }
}

/// P6: what goes on is cancelled by an engine; what was not started waits until somebody restores the pipeline.
fn pipeline_deleted(latest: Option<&Deployment>, since: Option<Timestamp>) -> Blocker {
    match latest {
        Some(_) => deployment_of_deleted(since),
        None => by_somebody(BlockerKind::PipelineDeleted, since),
    }
}

pub(super) fn deployment_of_deleted(since: Option<Timestamp>) -> Blocker {
    by_engine(BlockerKind::PipelineDeleted, since, None)
}

/// Cleared by somebody who acts on the release.
fn by_somebody(kind: BlockerKind, since: Option<Timestamp>) -> Blocker {
    Blocker {
        kind,
        since,
        cleared_by: vec![Clearer::Somebody],
        by_itself_at: None,
        nature: Nature::Clearable,
    }
}

/// Cleared by whoever has the permission there.
fn by_holder(permission: Permission, kind: BlockerKind, since: Timestamp) -> Blocker {
    Blocker { cleared_by: vec![Clearer::Holder(permission)], ..by_somebody(kind, Some(since)) }
}

pub(super) fn by_engine(
    kind: BlockerKind,
    since: Option<Timestamp>,
    by_itself_at: Option<Timestamp>,
) -> Blocker {
    let nature = if by_itself_at.is_some() { Nature::Timed } else { Nature::Clearable };
    Blocker { kind, since, cleared_by: vec![Clearer::Engine], by_itself_at, nature }
}

/// It does not start by itself, and by hand only where filters of artifacts alone keep it from that, for whoever may override them (S5).
fn never(because: NeverStarts, since: Timestamp, is_barred: bool) -> Blocker {
    let (cleared_by, nature) = if is_barred {
        (Vec::new(), Nature::Final)
    } else {
        (vec![Clearer::Holder(Permission::OverrideArtifactFilters)], Nature::Clearable)
    };
    Blocker {
        kind: BlockerKind::NeverStarts(because),
        since: Some(since),
        cleared_by,
        by_itself_at: None,
        nature,
    }
}

/// Nothing was triggered yet: the release, the stage's own trigger, the target, earlier stages.
fn before_any_attempt(release: &Release, stage: &Stage) -> Vec<Blocker> {
    let Some(about) = release.about() else { return Vec::new() };
    if let Some(at) = release.deleted_at() {
        return vec![by_somebody(BlockerKind::ReleaseDeleted, Some(at))];
    }
    match release.state() {
        ReleaseState::Draft => return vec![by_somebody(BlockerKind::Draft, Some(about.created_at))],
        ReleaseState::Abandoned => return vec![by_somebody(BlockerKind::Abandoned, release.abandoned_at)],
        ReleaseState::Active | ReleaseState::Absent => {}
    }
    // Whatever else it waits for makes no difference.
    let reasons = never_starts(stage, about.reason, &about.artifacts);
    if !reasons.is_empty() {
        let is_barred = reasons.contains(&NeverStarts::PullRequest);
        return reasons.into_iter().map(|because| never(because, about.created_at, is_barred)).collect();
    }
    let is_asked_for = release.is_within_named_path(stage.id);
    let is_manual = matches!(stage.trigger, StageTrigger::Manual) || about.manual_stages.contains(&stage.id);
    if is_manual && !is_asked_for {
        return vec![by_somebody(BlockerKind::ManualOnly, Some(about.created_at))];
    }
    let mut blockers = Vec::new();
    if !is_asked_for && !release.reach().includes(stage.id) {
        blockers.push(by_somebody(BlockerKind::BeyondTarget, release.bounded_at));
    }
    blockers.extend(waits_for_stages(release, stage));
    if blockers.is_empty() {
        // Its own moment to start is over, so that somebody must start it.
        blockers.push(by_somebody(BlockerKind::ManualOnly, Some(about.created_at)));
    }
    blockers
}

/// The earlier stages that do not stand where the trigger wants them (S2).
fn waits_for_stages(release: &Release, stage: &Stage) -> Option<Blocker> {
    let StageTrigger::AfterStages(after) = &stage.trigger else { return None };
    let missing = after.iter().map(|condition| (*condition, release.status_as_a_whole(condition.stage)));
    let missing: Vec<_> = missing
        .filter(|(condition, status)| !is_met(*condition, *status))
        .map(|(condition, status)| (condition.stage, status))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let cleared_by = missing.iter().map(|(stage, _)| Clearer::Stage(*stage)).collect();
    let kind = BlockerKind::Stages(missing);
    let since = release.active_since;
    Some(Blocker { kind, since, cleared_by, by_itself_at: None, nature: Nature::Clearable })
}

fn of_deployment(
    release: &Release,
    deployment: &Deployment,
    around: &Surroundings<'_>,
    stage: &Stage,
    variables: &dyn Fn(SliceId) -> Resolved,
) -> Vec<Blocker> {
    match &deployment.phase {
        Phase::Scheduled { since, until } => vec![moment(*since, *until)],
        Phase::Deferred { since, until } => {
            vec![deferred(release, deployment, around, stage, (*since, *until))]
        }
        Phase::Queued { since } => {
            let ahead = around.queue.position_of(deployment.id).unwrap_or_default();
            queued(around.queue, ahead, *since)
        }
        Phase::Checking { .. } if deployment.sampling_gates().is_some() => {
            gates(deployment, stage).into_iter().collect()
        }
        Phase::Checking { moment, since } => {
            vec![approvals(release, deployment, around, stage, (*moment, *since))]
        }
        Phase::Running { since } | Phase::Cancelling { since, .. } => {
            running::blockers(deployment, stage, *since, around.pools, variables)
        }
        Phase::Frozen { since, until, holds } => vec![frozen(*since, *until, holds)],
        Phase::Locking { since } => vec![locks(deployment, around.locks, *since)],
        Phase::Over { .. } => Vec::new(),
    }
}

/// S7: whoever may deploy the stage may also start it at once.
fn moment(since: Timestamp, until: Timestamp) -> Blocker {
    Blocker {
        by_itself_at: Some(until),
        nature: Nature::Timed,
        ..by_holder(Permission::ManageDeployments, BlockerKind::Moment, since)
    }
}

/// F1, F2: it ends by itself, is lifted, or somebody overrides it who may.
fn frozen(since: Timestamp, until: Option<Timestamp>, holds: &[Hold]) -> Blocker {
    Blocker {
        kind: BlockerKind::Frozen { holds: holds.to_vec(), until },
        since: Some(since),
        cleared_by: vec![Clearer::Holder(Permission::OverrideFreezes)],
        by_itself_at: until,
        nature: if until.is_some() { Nature::Timed } else { Nature::Clearable },
    }
}

/// AP12: whoever manages the approvals of the stage, if anybody may.
fn managers(release: &Release, around: &Surroundings<'_>, stage: &Stage) -> Option<Clearer> {
    let permission = Permission::ManageReleaseApprovers;
    let site = Site::pipeline(release.about()?.pipeline, &around.definition.folder).stage(stage.id);
    around.permissions.is_given(permission, &site).then_some(Clearer::Holder(permission))
}

/// AP10: an approver of it may start it at once.
fn deferred(
    release: &Release,
    deployment: &Deployment,
    around: &Surroundings<'_>,
    stage: &Stage,
    (since, until): (Timestamp, Timestamp),
) -> Blocker {
    let policy = &stage.before.approvals;
    let barred = barred(policy, release, deployment);
    let mut asked =
        deployment.approvals.iter().filter(|(id, _)| is_asked_now(deployment, **id, Moment::Before));
    let giver = asked.find(|(_, approval)| approval.deferred_until == Some(until));
    let by = giver.and_then(|(_, approval)| match &approval.standing {
        Standing::Answered { by, .. } => Some(by.clone()),
        Standing::Open { .. }
        | Standing::ApprovedBefore { .. }
        | Standing::Automatic { .. }
        | Standing::TimedOut { .. }
        | Standing::Skipped { .. }
        | Standing::Canceled { .. } => None,
    });
    let asked = approvers(deployment, policy).filter_map(|approver| clearer(approver, &barred));
    let cleared_by: BTreeSet<Clearer> = asked.chain(managers(release, around, stage)).collect();
    Blocker {
        kind: BlockerKind::Deferred { by },
        since: Some(since),
        cleared_by: cleared_by.into_iter().collect(),
        by_itself_at: Some(until),
        nature: Nature::Timed,
    }
}

/// That it is paused, and that no slot is free for it: whichever there is of it (E2).
pub(super) fn queued(queue: &StageQueue, ahead: usize, since: Timestamp) -> Vec<Blocker> {
    let Some(pause) = queue.paused() else { return vec![no_slot(queue, ahead, since)] };
    let kind = BlockerKind::QueuePaused { by: pause.by.clone(), reason: pause.reason.clone() };
    let paused = by_holder(Permission::ManageQueues, kind, pause.since);
    if queue.free_slots().is_none_or(|free| ahead < free) {
        return vec![paused];
    }
    vec![paused, no_slot(queue, ahead, since)]
}

fn no_slot(queue: &StageQueue, ahead: usize, since: Timestamp) -> Blocker {
    let holders: Vec<DeploymentId> = queue.holders().map(|(holder, _)| holder).collect();
    // Those before it take what is free, once a paused queue goes on (Q9).
    let free = queue.free_slots().unwrap_or_default();
    let next = queue.waiting().take(ahead.min(free)).map(|(waiting, _)| waiting);
    let mut cleared_by: Vec<Clearer> = holders.iter().copied().chain(next).map(Clearer::Deployment).collect();
    if queue.has_pending_work() {
        cleared_by.push(Clearer::Engine);
    }
    let kind = BlockerKind::Queued { ahead, holders, policy: queue.policy() };
    Blocker { kind, since: Some(since), cleared_by, by_itself_at: None, nature: Nature::Clearable }
}

/// Q8: cleared by those who hold what it wants, and those who came before it; by somebody where a group is not defined any more.
fn locks(deployment: &Deployment, locks: &Locks, since: Timestamp) -> Blocker {
    let lacking = deployment.lock_groups.iter().filter_map(|group| {
        let (capacity, holders) = (locks.capacity_of(group), locks.holders_of(group).collect::<Vec<_>>());
        let has_room = capacity.is_some_and(|capacity| holders.len() < capacity.get() as usize);
        (!has_room).then(|| LackingGroup { group: group.clone(), capacity, holders })
    });
    let lacking: Vec<LackingGroup> = lacking.collect();
    let ahead = locks.ahead_of(deployment.id);
    let others = lacking.iter().flat_map(|lacking| &lacking.holders).chain(&ahead);
    let mut cleared_by: BTreeSet<Clearer> = others.copied().map(Clearer::Deployment).collect();
    if lacking.iter().any(|lacking| lacking.capacity.is_none()) {
        cleared_by.insert(Clearer::Somebody);
    }
    if locks.has_pending_work() {
        cleared_by.insert(Clearer::Engine);
    }
    Blocker {
        kind: BlockerKind::Locks { lacking, ahead },
        since: Some(since),
        cleared_by: cleared_by.into_iter().collect(),
        by_itself_at: None,
        nature: Nature::Clearable,
    }
}

fn approvals(
    release: &Release,
    deployment: &Deployment,
    around: &Surroundings<'_>,
    stage: &Stage,
    (moment, since): (Moment, Timestamp),
) -> Blocker {
    let policy = &stage.checks(moment).approvals;
    let approved = deployment.approvals.iter().filter(|(id, approval)| {
        is_asked_now(deployment, **id, moment)
            && approval.standing.vote() == Some(crate::approval::Vote::Approved)
    });
    let needed = needed(policy).saturating_sub(approved.count());
    let barred = barred(policy, release, deployment);
    let open: Vec<OpenApproval> = deployment
        .open_approvals()
        .map(|(id, approver, since, due)| OpenApproval {
            id,
            approver: approver.clone(),
            instead_of: handed_on(deployment, id),
            confirms_identity: policy.revalidate_identity,
            since,
            due,
            barred: match approver {
                Approver::User(user) => barred.get(user).into_iter().cloned().collect(),
                Approver::Group(_) => barred.iter().cloned().collect(),
                Approver::Automatic => Vec::new(),
            },
        })
        .collect();
    let managers = managers(release, around, stage);
    // Who manages approvals may approve any step, unless they asked for it themselves.
    let is_open = |asked: &Approver| managers.is_some() || is_open_to_somebody(asked, &barred);
    let left = (0_u32..).zip(&policy.steps).filter(|(step, planned)| {
        let id =
            ApprovalId { deployment: deployment.id, moment, round: deployment.round_of(moment), step: *step };
        match deployment.approvals.get(&id) {
            None => is_open(&planned.approver),
            Some(Approval { approver: Some(asked), standing: Standing::Open { .. }, .. }) => is_open(asked),
            Some(_) => false,
        }
    });
    let left = left.count();
    let asked = open.iter().filter_map(|open| clearer(&open.approver, &barred));
    let cleared_by: Vec<Clearer> = asked.chain(managers).collect();
    // Where nobody is left who may approve, only its time-out ends it.
    let nature = if cleared_by.is_empty() { Nature::Timed } else { Nature::Clearable };
    let by_itself_at = open.iter().map(|open| open.due).min();
    let kind = BlockerKind::Approvals { moment, open, needed, left };
    Blocker { kind, since: Some(since), cleared_by, by_itself_at, nature }
}

/// Whether it may be that somebody approves the step: who is in a group, only the host knows.
fn is_open_to_somebody(approver: &Approver, barred: &BTreeSet<UserId>) -> bool {
    match approver {
        Approver::User(user) => !barred.contains(user),
        Approver::Group(_) | Approver::Automatic => true,
    }
}

fn clearer(approver: &Approver, barred: &BTreeSet<UserId>) -> Option<Clearer> {
    match approver {
        Approver::User(user) => (!barred.contains(user)).then(|| Clearer::User(user.clone())),
        Approver::Group(group) => Some(Clearer::Group(group.clone())),
        Approver::Automatic => None,
    }
}

/// AP9: who was asked before, the first one first.
fn handed_on(deployment: &Deployment, id: ApprovalId) -> Vec<Approver> {
    let approval = deployment.approvals.get(&id).into_iter();
    approval.flat_map(|approval| &approval.reassigned).map(|step| step.from.clone()).collect()
}

/// G6: whoever may ignore what fails can clear it too; a gate that succeeds is cleared by the next sample.
fn gates(deployment: &Deployment, stage: &Stage) -> Option<Blocker> {
    let (moment, run) = deployment.sampling_gates()?;
    let named =
        |place: u32| Some(stage.checks(moment).gates.as_ref()?.gates.get(place as usize)?.name.clone());
    let failing = run.failing().map(|(gate, since)| FailingGate {
        id: GateId { deployment: deployment.id, moment, gate },
        name: named(gate).unwrap_or_default(),
        since: run.beginning_of(since),
    });
    let times = run.times();
    let open = OpenGates {
        moment,
        delay_until: run.beginning_of(SampleNumber(0)),
        interval_seconds: times.interval_seconds,
        times_out_at: run.times_out_at(),
        failing: failing.collect(),
        steady_since: run.steady_since(),
        minimum_success_seconds: times.minimum_success_seconds,
        ignored: run.ignored().clone(),
    };
    Some(Blocker {
        by_itself_at: Some(open.times_out_at),
        nature: Nature::Timed,
        cleared_by: vec![Clearer::Engine, Clearer::Holder(Permission::IgnoreGates)],
        since: Some(run.begun_at()),
        kind: BlockerKind::Gates(open),
    })
}

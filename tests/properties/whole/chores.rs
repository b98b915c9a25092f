//! What there is to do in a state, and by whom: what the core says, put into commands.

use std::collections::BTreeMap;

use cutover::deployment::{Answer, Claim, Deadline, Deployment};
use cutover::gate::{GateRun, SampleNumber, Taken, Unrecorded};
use cutover::transaction::{Command, World};
use cutover::{
    Actor, ApprovalId, Approver, DeploymentId, EngineId, Join, LocksCommand, Moment, PoolCommand,
    QueueCommand, QueueId, Release, ReleaseCommand, StageQueue, TargetGroupId, TaskId, Timestamp, UserId,
    Work,
};

use super::machines::{pool_id, target_group};
use crate::commands::{engine, incarnation};
use crate::invariants::Sample;
use crate::model::Told;
use crate::people::{USERS, groups_of};
use crate::seen;

/// Something that an engine does unasked.
#[derive(Clone, Debug)]
pub enum Chore {
    Claim(TaskId),
    Report(TaskId, EngineId),
    Sample(DeploymentId, Moment),
    Settle(DeploymentId),
    /// The freezes that hold it are others than it knows.
    Look(DeploymentId),
    SettleQueue(QueueId),
    SettleLocks,
    SettlePool,
    /// Targets have joined that do not have what is current (D6).
    Observe(QueueId),
}

/// Everything that an engine would do now.
pub fn chores(world: &World, now: Timestamp) -> Vec<Chore> {
    let mut all = Vec::new();
    let freezes = seen::freezes(world);
    for release in seen::releases(world) {
        let Some(definition) = seen::definition_of(world, release) else { continue };
        all.extend(release.work(definition).into_iter().map(|work| match work {
            Work::Run(task) => Chore::Claim(task),
            Work::Watch { task, claim, .. } => Chore::Report(task, claim.engine),
            Work::Sample(deployment, moment) => Chore::Sample(deployment, moment),
            Work::Settle(deployment) => Chore::Settle(deployment),
        }));
        all.extend(release.frozen_otherwise(definition, &freezes, now).into_iter().map(Chore::Look));
    }
    let pending = seen::queues(world).filter(|(_, queue)| StageQueue::has_pending_work(queue));
    all.extend(pending.map(|(id, _)| Chore::SettleQueue(id)));
    all.extend(seen::locks(world).has_pending_work().then_some(Chore::SettleLocks));
    all.extend(seen::pool(world, &pool_id()).has_pending_work().then_some(Chore::SettlePool));
    let newest = seen::targets(world, &target_group()).newest();
    let newest = |group: &TargetGroupId| if *group == target_group() { newest } else { Join::default() };
    let behind = seen::queues(world).filter(|(_, queue)| queue.group_to_observe(newest).is_some());
    all.extend(behind.map(|(id, _)| Chore::Observe(id)));
    all
}

impl Chore {
    /// Its command; for samples see [`sample`].
    pub fn command(&self, told: Told, by: u8) -> Command {
        let of = |id: &DeploymentId, command| Command::Release(id.release, command);
        match self {
            Self::Claim(task) => {
                let claim = Claim { engine: engine(by), incarnation: incarnation(by) };
                of(&task.deployment(), ReleaseCommand::ClaimTask { task: *task, claim })
            }
            Self::Report(task, engine) => {
                let (engine, report) = (engine.clone(), told.report());
                of(&task.deployment(), ReleaseCommand::ReportTask { task: *task, engine, report })
            }
            Self::Settle(id) | Self::Sample(id, _) => of(id, ReleaseCommand::Settle(*id)),
            Self::Look(id) => of(id, ReleaseCommand::LookAtFreezes(*id)),
            Self::SettleQueue(id) => Command::Queue(*id, QueueCommand::Settle),
            Self::SettleLocks => Command::Locks(LocksCommand::Settle),
            Self::SettlePool => Command::Pool(pool_id(), PoolCommand::Settle),
            Self::Observe(id) => Command::Queue(*id, QueueCommand::ObserveTargets(target_group())),
        }
    }

    /// The deployment that it is about, if it is about one.
    pub const fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Claim(task) | Self::Report(task, _) => Some(task.deployment()),
            Self::Sample(id, _) | Self::Settle(id) | Self::Look(id) => Some(*id),
            Self::SettleQueue(_) | Self::SettleLocks | Self::SettlePool | Self::Observe(_) => None,
        }
    }
}

/// A sample of gates as a command. `counted` is what was given since the newest on record: that one, how many, and the newest of them.
pub fn sample(run: &GateRun, given: &Sample, counted: Option<(u32, u32, u32)>) -> Command {
    let answer =
        |good: &bool| if *good { cutover::gate::Answer::Succeeded } else { cutover::gate::Answer::Failed };
    let unrecorded = counted.map(|(after, count, latest)| Unrecorded {
        after: SampleNumber(after),
        count,
        latest: SampleNumber(latest),
    });
    let answers: BTreeMap<_, _> = given.answers.iter().map(|(gate, good)| (*gate, answer(good))).collect();
    let taken = Taken { sample: SampleNumber(given.number), answers, unrecorded };
    let command = ReleaseCommand::SampleGates {
        deployment: given.deployment,
        moment: given.moment,
        begun_at: run.begun_at(),
        taken,
    };
    Command::Release(given.deployment.release, command)
}

/// Every deadline that is next of its release, the earliest first.
pub fn deadlines(world: &World) -> Vec<(Timestamp, Deadline)> {
    let mut all: Vec<_> = seen::releases(world).filter_map(Release::deadline).collect();
    all.sort_unstable();
    all
}

pub fn reach(deadline: Deadline) -> Command {
    Command::Release(deadline.deployment().release, ReleaseCommand::Reach(deadline))
}

/// Everything that goes on.
pub fn going_on(world: &World) -> Vec<&Deployment> {
    seen::releases(world).flat_map(Release::going_on).collect()
}

/// What is asked of approvers.
pub fn open_approvals(world: &World) -> Vec<(ApprovalId, Approver)> {
    let asked = going_on(world).into_iter().flat_map(|deployment| {
        let open = deployment.open_approvals().map(|(id, approver, ..)| (id, approver.clone()));
        open.collect::<Vec<_>>()
    });
    asked.collect()
}

/// The manual interventions that wait for an answer, each with who may answer.
pub fn interventions(world: &World) -> Vec<(TaskId, Vec<&'static str>)> {
    let open = going_on(world).into_iter().flat_map(Deployment::interventions);
    let may = |asked: &cutover::deployment::Assignment, name: &str| {
        let user = UserId::new(name).expect("a short name");
        asked.is_open_to_all() || asked.includes(&user, &groups_of(name))
    };
    open.map(|(task, _, open)| (task, USERS.into_iter().filter(|name| may(&open.asked, name)).collect()))
        .collect()
}

/// Those who are asked, and who of them may say yes (AP6).
pub fn approvers(world: &World, id: ApprovalId, asked: &Approver) -> (Vec<&'static str>, Vec<&'static str>) {
    let is_asked = |name: &&str| match asked {
        Approver::User(user) => user.as_str() == *name,
        Approver::Group(group) => groups_of(name).contains(group),
        Approver::Automatic => false,
    };
    let all: Vec<&'static str> = USERS.into_iter().filter(is_asked).collect();
    let Some((release, deployment)) = found(world, id.deployment) else { return (all, Vec::new()) };
    let stage = seen::definition_of(world, release).and_then(|it| it.stage(id.deployment.stage));
    let anybody = stage.is_some_and(|stage| stage.checks(id.moment).approvals.requester_may_approve);
    let has_asked = |name: &str| {
        let actor = Actor::User(UserId::new(name).expect("a short name"));
        let about = release.about();
        deployment.requested_by == actor
            || deployment.scheduled_by.as_ref() == Some(&actor)
            || about.is_some_and(|about| {
                let for_them = about.requested_for.as_ref().is_some_and(|user| user.as_str() == name);
                about.creator == actor || for_them
            })
    };
    let may = all.iter().copied().filter(|name| anybody || !has_asked(name)).collect();
    (all, may)
}

pub fn answer(approval: ApprovalId, yes: bool, until: Option<Timestamp>) -> Command {
    let comment = String::new();
    let command = match (yes, until) {
        (true, Some(until)) => ReleaseCommand::ApproveForLater { approval, until, comment },
        (true, None) => ReleaseCommand::Answer { approval, answer: Answer::Approve, comment },
        (false, _) => ReleaseCommand::Answer { approval, answer: Answer::Reject, comment },
    };
    Command::Release(approval.deployment.release, command)
}

/// A deployment, with its release.
pub fn found(world: &World, id: DeploymentId) -> Option<(&Release, &Deployment)> {
    let release = seen::release(world, id.release)?;
    Some((release, release.deployment(id)?))
}

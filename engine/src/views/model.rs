//! What the views hold, and how an event changes it.

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::DeploymentEvent;
use cutover::flow::{Aggregate, Impossible};
use cutover::freeze::Freezes;
use cutover::status::StageStatus;
use cutover::store::Position;
use cutover::{
    DeploymentId, Event, Locks, PipelineEvent, PipelineId, PipelineStatus, Pool, PoolId, QueueId,
    ReleaseEvent, ReleaseId, ReleaseState, StageQueue, Subject, TargetGroupId, Targets, TaskId, Timestamp,
    VariableGroupEvent, VariableGroupId,
};

use super::approvals::Approvals;
use super::deployments::{Deployments, Turn};
use super::pipelines::Pipelines;
use super::releases::Releases;
use super::triggers::TriggerModel;
use super::{PendingApproval, PendingIntervention};

/// Lines of everything, and the whole state of what is small or goes on.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// The newest commit of which everything is folded.
    pub(super) position: Position,
    /// Events of the commit after it that are folded: more than none only where the next one can't be.
    pub(super) events_beyond: usize,
    pub(super) pipelines: Pipelines,
    pub(super) statuses: BTreeMap<PipelineId, PipelineStatus>,
    pub(super) releases: Releases,
    pub(super) deployments: Deployments,
    pub(super) queues: BTreeMap<QueueId, StageQueue>,
    pub(super) locks: Locks,
    pub(super) freezes: Freezes,
    pub(super) pools: BTreeMap<PoolId, Pool>,
    pub(super) targets: BTreeMap<TargetGroupId, Targets>,
    pub(super) approvals: Approvals,
    pub(super) interventions: BTreeMap<TaskId, PendingIntervention>,
    /// Those that freezes hold (F1).
    pub(super) frozen: BTreeSet<DeploymentId>,
    pub(super) triggers: TriggerModel,
    /// By their revisions (V2).
    pub(super) groups: BTreeMap<VariableGroupId, u32>,
}

impl Model {
    pub(super) fn fold(&mut self, subject: &Subject, event: &Event, at: Timestamp) -> Result<(), Impossible> {
        match (subject, event) {
            (Subject::Pipeline(id), Event::Pipeline(event)) => {
                self.fold_pipeline(*id, event);
                self.triggers.fold_pipeline(*id, event);
            }
            (
                Subject::VariableGroup(id),
                Event::VariableGroup(VariableGroupEvent::Saved { revision, .. }),
            ) => {
                self.groups.insert(id.clone(), *revision);
            }
            (Subject::Artifact(source), Event::Artifact(event)) => self.triggers.fold_feed(source, event),
            (Subject::PipelineStatus(id), Event::PipelineStatus(event)) => {
                let status = self.statuses.entry(*id).or_default();
                status.evolve(event, at)?;
                self.triggers.end_after(*id, status.restorable_until());
                if let Some(pipeline) = self.pipelines.get_mut(*id) {
                    pipeline.activity = status.activity();
                }
            }
            (Subject::Queue(id), Event::Queue(event)) => {
                self.queues.entry(*id).or_default().evolve(event, at)?;
            }
            (Subject::Locks, Event::Locks(event)) => self.locks.evolve(event, at)?,
            (Subject::Pool(id), Event::Pool(event)) => {
                self.pools.entry(id.clone()).or_default().evolve(event, at)?;
            }
            (Subject::Targets(group), Event::Targets(event)) => {
                self.targets.entry(group.clone()).or_default().evolve(event, at)?;
            }
            (Subject::Freezes, Event::Freezes(event)) => self.freezes.evolve(event, at)?,
            (Subject::Release(id), Event::Release(event)) => self.fold_release(*id, event, at)?,
            // The views show nothing of the others, nor of what is in a stream of something else.
            (
                _,
                Event::Directory(_)
                | Event::Pipeline(_)
                | Event::PipelineStatus(_)
                | Event::Snapshot(_)
                | Event::Release(_)
                | Event::Queue(_)
                | Event::Freezes(_)
                | Event::Permissions(_)
                | Event::Artifact(_)
                | Event::VariableGroup(_)
                | Event::Locks(_)
                | Event::Pool(_)
                | Event::Targets(_)
                | Event::Cursor(_),
            ) => {}
        }
        Ok(())
    }

    pub(super) fn group_to_observe<'q>(&self, queue: &'q StageQueue) -> Option<&'q TargetGroupId> {
        queue.group_to_observe(|group| self.targets.get(group).map(Targets::newest).unwrap_or_default())
    }

    fn fold_pipeline(&mut self, id: PipelineId, event: &PipelineEvent) {
        match event {
            PipelineEvent::Created { definition, .. } => self.pipelines.define(id, 1, definition),
            PipelineEvent::Revised { revision, definition, .. } => {
                self.pipelines.define(id, *revision, definition);
            }
            PipelineEvent::Renamed { .. }
            | PipelineEvent::Observing { .. }
            | PipelineEvent::TriggerFired { .. }
            | PipelineEvent::TriggerDeclined { .. }
            | PipelineEvent::PublicationObserved { .. }
            | PipelineEvent::SchedulesArmed { .. }
            | PipelineEvent::ScheduleCame { .. }
            | PipelineEvent::ScheduleFired { .. } => {}
            PipelineEvent::ReleaseNumbered(numbered) => {
                if let Some(pipeline) = self.pipelines.get_mut(id) {
                    pipeline.releases += 1;
                    pipeline.newest_release = Some(numbered.release);
                }
            }
        }
    }

    fn fold_release(&mut self, id: ReleaseId, event: &ReleaseEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            ReleaseEvent::Created(created) => self.releases.create(created, at),
            ReleaseEvent::Started {} | ReleaseEvent::Reactivated {} => {
                self.releases.set_state(id, ReleaseState::Active);
            }
            ReleaseEvent::Abandoned { .. } => self.releases.set_state(id, ReleaseState::Abandoned),
            ReleaseEvent::Deleted { .. } => self.delete(id, Some(at)),
            ReleaseEvent::Restored {} => self.delete(id, None),
            ReleaseEvent::Edited { name, tags, description: _ } => {
                if let Some(name) = name {
                    self.releases.rename(id, name);
                }
                if let Some(tags) = tags {
                    self.releases.tag(id, tags);
                }
            }
            ReleaseEvent::DraftEdited { artifacts: Some(artifacts), .. } => self.releases.take(id, artifacts),
            ReleaseEvent::KeptForever { .. } => self.releases.keep(id, true),
            ReleaseEvent::LetGo { .. } => self.releases.keep(id, false),
            ReleaseEvent::SnapshotRevised(revised) => {
                if let Some(release) = self.releases.get_mut(id) {
                    release.snapshot = revised.revision;
                }
            }
            ReleaseEvent::Deployment(event) => self.fold_deployment(event, at)?,
            ReleaseEvent::DraftEdited { artifacts: None, .. }
            | ReleaseEvent::TargetNamed { .. }
            | ReleaseEvent::TriggerIgnored { .. } => {}
        }
        Ok(())
    }

    fn delete(&mut self, id: ReleaseId, deleted_at: Option<Timestamp>) {
        self.releases.delete(id, deleted_at);
        if let Some(release) = self.releases.get(id) {
            self.deployments.show(release);
        }
    }

    fn fold_deployment(&mut self, event: &DeploymentEvent, at: Timestamp) -> Result<(), Impossible> {
        let id = event.deployment();
        let Some(release) = self.releases.get(id.release) else { return Ok(()) };
        let pipeline = release.summary.pipeline;
        let stage = QueueId { pipeline, stage: id.stage };
        let turn = if let DeploymentEvent::Triggered(trigger) = event {
            let latest = self.deployments.latest(release).into_iter().find(|line| line.id.stage == id.stage);
            let before = latest.map_or(StageStatus::NotStarted, |line| line.status);
            let (number, now) = self.deployments.trigger(pipeline, release.snapshot, trigger, at);
            if let Some(release) = self.releases.get_mut(id.release) {
                release.deployments.push(number);
            }
            Some(Turn { before, now })
        } else {
            self.deployments.fold(event, at)?
        };
        if let Some(Turn { before, now }) = turn {
            self.releases.stage_shows(id.release, stage, before, now);
        }
        self.fold_asked(event, pipeline, at);
        Ok(())
    }

    /// What of it people are asked, and what engines look at.
    fn fold_asked(&mut self, event: &DeploymentEvent, pipeline: PipelineId, at: Timestamp) {
        let id = event.deployment();
        match event {
            DeploymentEvent::Frozen { .. } => {
                self.frozen.insert(id);
            }
            DeploymentEvent::Thawed { .. }
            | DeploymentEvent::FreezesOverridden { .. }
            | DeploymentEvent::ChecksRestarted { .. }
            | DeploymentEvent::Over { .. } => {
                self.frozen.remove(&id);
            }
            DeploymentEvent::ApprovalAsked { approval, approver, due } => {
                let approver = approver.clone();
                self.approvals.ask(PendingApproval {
                    id: *approval,
                    pipeline,
                    approver,
                    since: at,
                    due: *due,
                });
            }
            DeploymentEvent::ApprovalReassigned { approval, to, .. } => {
                self.approvals.hand_on(*approval, to);
            }
            DeploymentEvent::ApprovalAnswered { approval, .. }
            | DeploymentEvent::ApprovalTimedOut { approval }
            | DeploymentEvent::ApprovalSkipped { approval }
            | DeploymentEvent::ApprovalCanceled { approval } => {
                self.approvals.close(*approval);
            }
            DeploymentEvent::InterventionAsked { task, asked, due, .. } => {
                let pending =
                    PendingIntervention { task: *task, pipeline, asked: asked.clone(), since: at, due: *due };
                self.interventions.insert(*task, pending);
            }
            DeploymentEvent::TaskEnded { task, .. } => {
                self.interventions.remove(task);
            }
            DeploymentEvent::Triggered(_)
            | DeploymentEvent::MomentCame { .. }
            | DeploymentEvent::BroughtForward { .. }
            | DeploymentEvent::SlotAsked { .. }
            | DeploymentEvent::SlotGranted { .. }
            | DeploymentEvent::ApprovalPassedAutomatically { .. }
            | DeploymentEvent::SnapshotTaken { .. }
            | DeploymentEvent::JobsKept { .. }
            | DeploymentEvent::ApprovalApprovedBefore { .. }
            | DeploymentEvent::ApprovalDeferred { .. }
            | DeploymentEvent::Deferred { .. }
            | DeploymentEvent::LocksAsked { .. }
            | DeploymentEvent::LocksGranted { .. }
            | DeploymentEvent::Begun { .. }
            | DeploymentEvent::JobBegan { .. }
            | DeploymentEvent::JobSkipped { .. }
            | DeploymentEvent::JobTimedOut { .. }
            | DeploymentEvent::JobEnded { .. }
            | DeploymentEvent::JobCouldNotBegin { .. }
            | DeploymentEvent::SliceBegan { .. }
            | DeploymentEvent::AgentAsked { .. }
            | DeploymentEvent::AgentGranted { .. }
            | DeploymentEvent::SliceSkipped { .. }
            | DeploymentEvent::SliceTimedOut { .. }
            | DeploymentEvent::SliceEnded { .. }
            | DeploymentEvent::TaskClaimed { .. }
            | DeploymentEvent::TaskReattached { .. }
            | DeploymentEvent::TaskSkipped { .. }
            | DeploymentEvent::TaskStopAsked { .. }
            | DeploymentEvent::InterventionAnswered { .. }
            | DeploymentEvent::TaskDelayed { .. }
            | DeploymentEvent::TaskRetryPlanned { .. }
            | DeploymentEvent::TaskRetryDue { .. }
            | DeploymentEvent::TaskRetryDropped { .. }
            | DeploymentEvent::JobsEnded { .. }
            | DeploymentEvent::GatesBegun { .. }
            | DeploymentEvent::GatesSampled { .. }
            | DeploymentEvent::GatesPassed { .. }
            | DeploymentEvent::GatesTimedOut { .. }
            | DeploymentEvent::GateIgnored { .. }
            | DeploymentEvent::CancelAsked { .. } => {}
        }
    }
}

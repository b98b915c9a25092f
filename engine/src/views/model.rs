//! What the views hold, and how an event changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::deployment::{DeploymentEvent, DeploymentReason, End, First};
use cutover::flow::{Aggregate, Impossible};
use cutover::status::StageStatus;
use cutover::store::Position;
use cutover::{
    Activity, ApprovalId, Approver, CreatedRelease, DeploymentId, Event, Locks, PipelineDefinition,
    PipelineEvent, PipelineId, PipelineStatus, Pool, PoolId, QueueId, ReleaseEvent, ReleaseId, ReleaseState,
    SlotSpan, StageQueue, Subject, TargetGroupId, Targets, TaskId, Timestamp, VariableGroupEvent,
    VariableGroupId,
};

use super::triggers::TriggerModel;
use super::{DeploymentSummary, PendingApproval, PendingIntervention, PipelineSummary, ReleaseSummary};

/// Summaries of everything, and the whole state of what is small.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// The newest commit of which everything is folded.
    pub(super) position: Position,
    /// Events of the commit after it that are folded: more than none only where the next one can't be.
    pub(super) events_beyond: usize,
    pub(super) pipelines: BTreeMap<PipelineId, PipelineSummary>,
    pub(super) statuses: BTreeMap<PipelineId, PipelineStatus>,
    pub(super) releases: BTreeMap<ReleaseId, ReleaseSummary>,
    pub(super) of_pipeline: BTreeSet<(PipelineId, ReleaseId)>,
    pub(super) queues: BTreeMap<QueueId, StageQueue>,
    pub(super) locks: Locks,
    pub(super) pools: BTreeMap<PoolId, Pool>,
    pub(super) targets: BTreeMap<TargetGroupId, Targets>,
    pub(super) approvals: BTreeMap<ApprovalId, PendingApproval>,
    pub(super) interventions: BTreeMap<TaskId, PendingIntervention>,
    pub(super) going_on: BTreeSet<DeploymentId>,
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
                if let Some(pipeline) = self.pipelines.get_mut(id) {
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
            (Subject::Release(id), Event::Release(event)) => self.fold_release(*id, event, at),
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
            PipelineEvent::Created { definition, .. } => self.define(id, 1, definition),
            PipelineEvent::Revised { revision, definition, .. } => self.define(id, *revision, definition),
            PipelineEvent::Renamed { .. }
            | PipelineEvent::Observing { .. }
            | PipelineEvent::TriggerFired { .. }
            | PipelineEvent::TriggerDeclined { .. }
            | PipelineEvent::PublicationObserved { .. }
            | PipelineEvent::SchedulesArmed { .. }
            | PipelineEvent::ScheduleCame { .. }
            | PipelineEvent::ScheduleFired { .. } => {}
            PipelineEvent::ReleaseNumbered(numbered) => {
                if let Some(pipeline) = self.pipelines.get_mut(&id) {
                    pipeline.releases += 1;
                    pipeline.newest_release = Some(numbered.release);
                }
            }
        }
    }

    fn define(&mut self, id: PipelineId, revision: u32, definition: &Arc<PipelineDefinition>) {
        let before = self.pipelines.get(&id);
        let summary = PipelineSummary {
            id,
            folder: definition.folder.clone(),
            name: definition.name.clone(),
            revision,
            stages: definition.stages.iter().map(|stage| (stage.id, stage.name.clone())).collect(),
            releases: before.map_or(0, |before| before.releases),
            newest_release: before.and_then(|before| before.newest_release),
            activity: before.map_or(Activity::Active, |before| before.activity),
        };
        self.pipelines.insert(id, summary);
    }

    fn fold_release(&mut self, id: ReleaseId, event: &ReleaseEvent, at: Timestamp) {
        if let ReleaseEvent::Created(created) = event {
            return self.create(created, at);
        }
        let Some(release) = self.releases.get_mut(&id) else { return };
        match event {
            ReleaseEvent::Started {} | ReleaseEvent::Reactivated {} => release.state = ReleaseState::Active,
            ReleaseEvent::Deleted { .. } => release.deleted_at = Some(at),
            ReleaseEvent::Restored {} => release.deleted_at = None,
            ReleaseEvent::Abandoned { .. } => release.state = ReleaseState::Abandoned,
            ReleaseEvent::Deployment(event) => self.fold_deployment(event, at),
            ReleaseEvent::Edited { name: Some(name), .. } => release.name.clone_from(name),
            ReleaseEvent::Created(_)
            | ReleaseEvent::Edited { name: None, .. }
            | ReleaseEvent::SnapshotRevised(_)
            | ReleaseEvent::KeptForever { .. }
            | ReleaseEvent::LetGo { .. }
            | ReleaseEvent::DraftEdited { .. }
            | ReleaseEvent::TargetNamed { .. }
            | ReleaseEvent::TriggerIgnored { .. } => {}
        }
    }

    fn create(&mut self, created: &CreatedRelease, at: Timestamp) {
        self.of_pipeline.insert((created.pipeline, created.release));
        let summary = ReleaseSummary {
            id: created.release,
            name: created.name.clone(),
            pipeline: created.pipeline,
            revision: created.revision,
            state: if created.draft { ReleaseState::Draft } else { ReleaseState::Active },
            reason: created.reason,
            creator: created.creator.clone(),
            created_at: at,
            deleted_at: None,
            stages: Vec::new(),
        };
        self.releases.insert(created.release, summary);
    }

    #[expect(
        clippy::too_many_lines,
        reason = "half of it is the list of events that change nothing that is listed"
    )]
    fn fold_deployment(&mut self, event: &DeploymentEvent, at: Timestamp) {
        let id = event.deployment();
        let Some(release) = self.releases.get_mut(&id.release) else { return };
        let place = release.stages.binary_search_by_key(&id.stage, |deployment| deployment.id.stage);
        match event {
            DeploymentEvent::Triggered(trigger) => {
                let summary = DeploymentSummary {
                    id,
                    status: match trigger.first() {
                        First::Moment(_) => StageStatus::Scheduled,
                        First::Slot => StageStatus::Queued,
                        First::Checks => StageStatus::InProgress,
                    },
                    span: trigger.span,
                    reason: trigger.reason,
                    requested_by: trigger.by.clone(),
                    triggered_at: at,
                    over: None,
                };
                match place {
                    Ok(place) => release.stages[place] = summary,
                    Err(place) => release.stages.insert(place, summary),
                }
                self.going_on.insert(id);
            }
            DeploymentEvent::MomentCame { .. } | DeploymentEvent::BroughtForward { .. } => {
                if let Ok(place) = place
                    && release.stages[place].status == StageStatus::Scheduled
                {
                    if let DeploymentEvent::BroughtForward { by, .. } = event {
                        release.stages[place].reason = DeploymentReason::Manual;
                        release.stages[place].requested_by = by.clone();
                    }
                    release.stages[place].status = StageStatus::InProgress;
                }
            }
            DeploymentEvent::SlotAsked { .. } => {
                if let Ok(place) = place {
                    release.stages[place].status = match release.stages[place].span {
                        SlotSpan::ApprovalsAndJobs => StageStatus::Queued,
                        SlotSpan::JobsOnly => StageStatus::InProgress,
                    };
                }
            }
            DeploymentEvent::SlotGranted { .. } => {
                if let Ok(place) = place {
                    release.stages[place].status = StageStatus::InProgress;
                }
            }
            DeploymentEvent::Over { end, .. } => {
                if let Ok(place) = place {
                    release.stages[place].status = shown(end);
                    release.stages[place].over = Some((at, end.clone()));
                }
                self.going_on.remove(&id);
                self.frozen.remove(&id);
            }
            DeploymentEvent::Frozen { .. } => {
                self.frozen.insert(id);
            }
            DeploymentEvent::Thawed { .. }
            | DeploymentEvent::FreezesOverridden { .. }
            | DeploymentEvent::ChecksRestarted { .. } => {
                self.frozen.remove(&id);
            }
            DeploymentEvent::ApprovalAsked { approval, approver, due } => {
                let pending = PendingApproval {
                    id: *approval,
                    pipeline: release.pipeline,
                    approver: approver.clone(),
                    since: at,
                    due: *due,
                };
                self.approvals.insert(*approval, pending);
            }
            DeploymentEvent::ApprovalReassigned { approval, to, .. } => {
                if let Some(pending) = self.approvals.get_mut(approval) {
                    pending.approver = Approver::User(to.clone());
                }
            }
            DeploymentEvent::ApprovalAnswered { approval, .. }
            | DeploymentEvent::ApprovalTimedOut { approval }
            | DeploymentEvent::ApprovalSkipped { approval }
            | DeploymentEvent::ApprovalCanceled { approval } => {
                self.approvals.remove(approval);
            }
            DeploymentEvent::InterventionAsked { task, asked, due, .. } => {
                let pending = PendingIntervention {
                    task: *task,
                    pipeline: release.pipeline,
                    asked: asked.clone(),
                    since: at,
                    due: *due,
                };
                self.interventions.insert(*task, pending);
            }
            DeploymentEvent::TaskEnded { task, .. } => {
                self.interventions.remove(task);
            }
            DeploymentEvent::ApprovalPassedAutomatically { .. }
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

const fn shown(end: &End) -> StageStatus {
    match end {
        End::Succeeded => StageStatus::Succeeded,
        End::PartiallySucceeded => StageStatus::PartiallySucceeded,
        End::Rejected(_) => StageStatus::Rejected,
        End::Canceled(_) => StageStatus::Canceled,
    }
}

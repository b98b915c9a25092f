use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use cutover::{
    Approver, DeploymentId, GroupId, Locks, PipelineId, PipelineStatus, Pool, PoolId, QueueId, ReleaseId,
    ReleaseState, StageId, StageQueue, TargetGroupId, Targets, UserId, VariableGroupId,
};

use super::{
    DeployedAt, DeploymentSummary, PendingApproval, PendingIntervention, PipelineSummary, ReleaseSummary,
    Views,
};
use crate::limits;

/// Which releases are listed. The default: the newest of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReleaseFilter {
    pipeline: Option<PipelineId>,
    state: Option<ReleaseState>,
    is_deleted: bool,
    before: Option<ReleaseId>,
    at_most: Option<usize>,
}

impl ReleaseFilter {
    /// All releases.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those of a pipeline.
    pub fn of(pipeline: PipelineId) -> Self {
        Self { pipeline: Some(pipeline), ..Self::default() }
    }

    /// Only those in this state.
    #[must_use]
    pub const fn in_state(mut self, state: ReleaseState) -> Self {
        self.state = Some(state);
        self
    }

    /// Those that are deleted, which are hidden otherwise (K3).
    #[must_use]
    pub const fn deleted(mut self) -> Self {
        self.is_deleted = true;
        self
    }

    /// Only those with a smaller number: the next page is what comes before the last release of this one.
    #[must_use]
    pub const fn before(mut self, release: ReleaseId) -> Self {
        self.before = Some(release);
        self
    }

    /// No more than this many; never more than 1,000.
    #[must_use]
    pub const fn at_most(mut self, releases: usize) -> Self {
        self.at_most = Some(releases);
        self
    }
}

impl Views {
    /// All pipelines, by id.
    pub fn pipelines(&self) -> Vec<PipelineSummary> {
        self.model().pipelines.values().cloned().collect()
    }

    /// A pipeline.
    pub fn pipeline(&self, id: PipelineId) -> Option<PipelineSummary> {
        self.model().pipelines.get(&id).cloned()
    }

    /// All variable groups, each with its revision (V2); what one says is for [`variable_group`](crate::Engine::variable_group).
    pub fn variable_groups(&self) -> BTreeMap<VariableGroupId, u32> {
        self.model().groups.clone()
    }

    /// Releases, the newest first.
    pub fn releases(&self, filter: ReleaseFilter) -> Vec<ReleaseSummary> {
        self.releases_that(filter, |_, _| true)
    }

    /// The same, of those only that are shown, by their pipeline.
    pub(crate) fn releases_that(
        &self,
        filter: ReleaseFilter,
        is_shown: impl Fn(&ReleaseSummary, Option<&PipelineSummary>) -> bool,
    ) -> Vec<ReleaseSummary> {
        let model = self.model();
        let is_shown = |release: &&ReleaseSummary| is_shown(release, model.pipelines.get(&release.pipeline));
        let limit =
            filter.at_most.map_or(limits::RELEASES_PER_ANSWER, |most| most.min(limits::RELEASES_PER_ANSWER));
        let fits = |release: &&ReleaseSummary| {
            filter.state.is_none_or(|state| release.state == state)
                && release.deleted_at.is_some() == filter.is_deleted
        };
        let end = filter.before.map_or(Bound::Unbounded, Bound::Excluded);
        match filter.pipeline {
            None => {
                let all = model.releases.range((Bound::Unbounded, end)).rev().map(|(_, release)| release);
                all.filter(fits).filter(is_shown).take(limit).cloned().collect()
            }
            Some(pipeline) => {
                let start = Bound::Included((pipeline, ReleaseId(0)));
                let end = filter.before.map_or(Bound::Included((pipeline, ReleaseId(u64::MAX))), |before| {
                    Bound::Excluded((pipeline, before))
                });
                let ids = model.of_pipeline.range((start, end)).rev();
                let all = ids.filter_map(|(_, id)| model.releases.get(id));
                all.filter(fits).filter(is_shown).take(limit).cloned().collect()
            }
        }
    }

    /// Every release of a pipeline, also those that are deleted, the oldest first.
    pub(crate) fn all_releases_of(&self, pipeline: PipelineId) -> Vec<ReleaseId> {
        let all = (pipeline, ReleaseId(0))..=(pipeline, ReleaseId(u64::MAX));
        self.model().of_pipeline.range(all).map(|(_, release)| *release).collect()
    }

    /// A release.
    pub fn release(&self, id: ReleaseId) -> Option<ReleaseSummary> {
        self.model().releases.get(&id).cloned()
    }

    /// The deployments that are not over, by release and stage; of all pipelines, or of one.
    pub fn deployments(&self, pipeline: Option<PipelineId>) -> Vec<DeploymentSummary> {
        let model = self.model();
        let found = model.going_on.iter().filter_map(|id| {
            let release = model.releases.get(&id.release)?;
            if pipeline.is_some_and(|pipeline| release.pipeline != pipeline) {
                return None;
            }
            release.stages.iter().find(|deployment| deployment.id == *id).cloned()
        });
        found.collect()
    }

    /// The approvals that this user, who is a member of these groups, is asked for; whether a rule stands against their answer is
    /// found out when they answer.
    pub fn pending_approvals(&self, user: &UserId, groups: &BTreeSet<GroupId>) -> Vec<PendingApproval> {
        let is_asked = |pending: &&PendingApproval| match &pending.approver {
            Approver::User(asked) => asked == user,
            Approver::Group(asked) => groups.contains(asked),
            Approver::Automatic => false,
        };
        self.model().approvals.values().filter(is_asked).cloned().collect()
    }

    /// All approvals that wait for an answer.
    pub fn all_pending_approvals(&self) -> Vec<PendingApproval> {
        self.model().approvals.values().cloned().collect()
    }

    /// The manual interventions that are assigned to this user, who is a member of these groups (J8). Those that are assigned to nobody
    /// are for whoever may resume interventions there: they are not among these.
    pub fn pending_interventions(
        &self,
        user: &UserId,
        groups: &BTreeSet<GroupId>,
    ) -> Vec<PendingIntervention> {
        let is_asked = |pending: &&PendingIntervention| pending.asked.includes(user, groups);
        self.model().interventions.values().filter(is_asked).cloned().collect()
    }

    /// All manual interventions that wait for an answer (J8).
    pub fn all_pending_interventions(&self) -> Vec<PendingIntervention> {
        self.model().interventions.values().cloned().collect()
    }

    /// What is deployed where (D8): each stage of the pipeline's present revision, in the order in which they are shown.
    pub fn deployed_where(&self, pipeline: PipelineId) -> Vec<DeployedAt> {
        let model = self.model();
        let stages =
            model.pipelines.get(&pipeline).map(|pipeline| pipeline.stages.as_slice()).unwrap_or_default();
        let deployed_at = |(stage, name): &(StageId, String)| {
            let queue = model.queues.get(&QueueId { pipeline, stage: *stage });
            DeployedAt {
                stage: *stage,
                name: name.clone(),
                current: queue.and_then(StageQueue::current),
                last_good: queue.and_then(StageQueue::last_good),
            }
        };
        stages.iter().map(deployed_at).collect()
    }

    /// A stage's queue; empty before anything entered it.
    pub fn queue(&self, id: QueueId) -> StageQueue {
        self.model().queues.get(&id).cloned().unwrap_or_default()
    }

    /// The lock groups of the store: who holds them, and who waits (Q8).
    pub fn locks(&self) -> Locks {
        self.model().locks.clone()
    }

    /// All deployment groups in which a target was ever registered (J3).
    pub fn deployment_groups(&self) -> BTreeMap<TargetGroupId, Targets> {
        self.model().targets.clone()
    }

    /// A deployment group that targets joined to which what is current on the stage is to be deployed now (D6).
    pub(crate) fn group_to_observe(&self, queue: QueueId) -> Option<TargetGroupId> {
        let model = self.model();
        model.group_to_observe(model.queues.get(&queue)?).cloned()
    }

    /// The queues of which that is so: of all, or of those that know this group.
    pub(crate) fn queues_to_observe(&self, group: Option<&TargetGroupId>) -> Vec<QueueId> {
        let model = self.model();
        let knows =
            |queue: &StageQueue| group.is_none_or(|group| queue.joins().any(|(known, _)| known == group));
        let is_behind = |queue: &StageQueue| knows(queue) && model.group_to_observe(queue).is_some();
        model.queues.iter().filter(|(_, queue)| is_behind(queue)).map(|(id, _)| *id).collect()
    }

    pub(crate) fn locks_have_pending_work(&self) -> bool {
        self.model().locks.has_pending_work()
    }

    /// The pools of agents that are defined, each with its agents, who runs on them and who waits (J11).
    pub fn pools(&self) -> BTreeMap<PoolId, Pool> {
        let model = self.model();
        let defined = model.pools.iter().filter(|(_, pool)| pool.is_defined());
        defined.map(|(id, pool)| (id.clone(), pool.clone())).collect()
    }

    pub(crate) fn pool_has_pending_work(&self, pool: &PoolId) -> bool {
        self.model().pools.get(pool).is_some_and(Pool::has_pending_work)
    }

    /// The pools that have more to grant than one commit could hold.
    pub(crate) fn pools_with_pending_work(&self) -> Vec<PoolId> {
        let model = self.model();
        let pending = model.pools.iter().filter(|(_, pool)| pool.has_pending_work());
        pending.map(|(id, _)| id.clone()).collect()
    }

    /// The releases of which something is not over.
    pub(crate) fn releases_going_on(&self) -> BTreeSet<ReleaseId> {
        self.model().going_on.iter().map(|deployment| deployment.release).collect()
    }

    /// The deployments that freezes hold.
    pub(crate) fn frozen(&self) -> Vec<DeploymentId> {
        self.model().frozen.iter().copied().collect()
    }

    pub(crate) fn has_pending_work(&self, queue: QueueId) -> bool {
        self.model().queues.get(&queue).is_some_and(StageQueue::has_pending_work)
    }

    /// Whether the pipeline is being deleted.
    pub(crate) fn is_being_deleted(&self, pipeline: PipelineId) -> bool {
        self.model().statuses.get(&pipeline).is_some_and(PipelineStatus::is_deleting)
    }

    /// The pipelines that are being deleted.
    pub(crate) fn pipelines_being_deleted(&self) -> Vec<PipelineId> {
        let model = self.model();
        let deleting = model.statuses.iter().filter(|(_, status)| status.is_deleting());
        deleting.map(|(id, _)| *id).collect()
    }

    /// The queues that have more to do than one commit could hold.
    pub(crate) fn queues_with_pending_work(&self) -> Vec<QueueId> {
        let model = self.model();
        let pending = model.queues.iter().filter(|(_, queue)| queue.has_pending_work());
        pending.map(|(id, _)| *id).collect()
    }
}

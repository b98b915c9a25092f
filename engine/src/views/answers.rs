use std::collections::{BTreeMap, BTreeSet};

use cutover::{
    ApprovalId, DeploymentId, GroupId, Locks, PipelineId, PipelineStatus, Pool, PoolId, QueueId, ReleaseId,
    StageId, StageQueue, TargetGroupId, Targets, UserId, VariableGroupId,
};

use super::filters::{ApprovalFilter, DeploymentFilter, ReleaseFilter};
use super::model::Model;
use super::releases::Row;
use super::selection::Selected;
use super::{
    DeploymentSummary, Page, PendingApproval, PendingIntervention, PipelineSummary, ReleaseSummary, Views,
};

/// What somebody may see, as of when it was looked up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The pipelines of which anything may be seen.
    pub(crate) pipelines: BTreeSet<PipelineId>,
    /// The stages that may be seen, of those that the pipelines have at present, and those that were ever deployed to.
    pub(crate) stages: BTreeSet<QueueId>,
}

impl Views {
    /// All pipelines, by id.
    pub fn pipelines(&self) -> Vec<PipelineSummary> {
        self.model().pipelines.iter().cloned().collect()
    }

    /// A pipeline.
    pub fn pipeline(&self, id: PipelineId) -> Option<PipelineSummary> {
        self.model().pipelines.get(id).cloned()
    }

    /// The stages that a pipeline has at present, and those that were ever deployed to.
    pub(crate) fn all_stages_of(&self, pipeline: &PipelineSummary) -> BTreeSet<StageId> {
        let present = pipeline.stages.iter().map(|(stage, _)| *stage);
        present.chain(self.model().deployments.stages_of(pipeline.id)).collect()
    }

    /// All variable groups, each with its revision (V2); what one says is for [`variable_group`](crate::Engine::variable_group).
    pub fn variable_groups(&self) -> BTreeMap<VariableGroupId, u32> {
        self.model().groups.clone()
    }

    /// Releases, the newest first: those with the greatest numbers.
    pub fn releases(&self, filter: &ReleaseFilter) -> Page<ReleaseSummary, ReleaseId> {
        self.releases_seen(filter, None)
    }

    pub(crate) fn releases_seen(
        &self,
        filter: &ReleaseFilter,
        seen: Option<&Seen>,
    ) -> Page<ReleaseSummary, ReleaseId> {
        self.model().releases_page(filter, seen)
    }

    /// Every release of a pipeline, also those that are deleted, the oldest first.
    pub(crate) fn all_releases_of(&self, pipeline: PipelineId) -> Vec<ReleaseId> {
        self.model().releases.all_of(pipeline)
    }

    /// A release.
    pub fn release(&self, id: ReleaseId) -> Option<ReleaseSummary> {
        let model = self.model();
        model.releases.get(id).map(|row| model.release_summary(row))
    }

    /// Deployments, those that were triggered last first.
    pub fn deployments(&self, filter: &DeploymentFilter) -> Page<DeploymentSummary, DeploymentId> {
        self.deployments_seen(filter, None)
    }

    pub(crate) fn deployments_seen(
        &self,
        filter: &DeploymentFilter,
        seen: Option<&Seen>,
    ) -> Page<DeploymentSummary, DeploymentId> {
        self.model().deployments_page(filter, seen)
    }

    /// The approvals that wait for an answer, by release and stage.
    pub fn approvals(&self, filter: &ApprovalFilter) -> Page<PendingApproval, ApprovalId> {
        self.model().approvals.page(filter)
    }

    /// The first 250 approvals that this user, who is a member of these groups, is asked for; whether a rule stands against their answer is
    /// found out when they answer. [`Views::approvals`] has all of them, page by page.
    pub fn pending_approvals(&self, user: &UserId, groups: &BTreeSet<GroupId>) -> Vec<PendingApproval> {
        let filter = ApprovalFilter::of(user.clone(), groups.clone());
        self.approvals(&filter.at_most(usize::MAX)).items
    }

    /// All approvals that wait for an answer.
    pub fn all_pending_approvals(&self) -> Vec<PendingApproval> {
        self.model().approvals.all().cloned().collect()
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
        self.model().deployments.going_on().map(|deployment| deployment.release).collect()
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

impl Model {
    pub(super) fn release_summary(&self, row: &Row) -> ReleaseSummary {
        let stages = self.deployments.latest(row).into_iter().cloned().collect();
        ReleaseSummary { stages, ..row.summary.clone() }
    }

    pub(super) fn releases_page(
        &self,
        filter: &ReleaseFilter,
        seen: Option<&Seen>,
    ) -> Page<ReleaseSummary, ReleaseId> {
        // Who may not see a stage is not told how it shows either.
        if filter.at.is_some_and(|(stage, _)| seen.is_some_and(|seen| !seen.stages.contains(&stage))) {
            return Page::empty();
        }
        let Selected { numbers, total, is_more } =
            self.releases.select(filter, seen.map(|seen| &seen.pipelines));
        let rows = numbers.iter().filter_map(|number| self.releases.get(ReleaseId(*number)));
        let mut items: Vec<_> = rows.map(|row| self.release_summary(row)).collect();
        if let Some(seen) = seen {
            for release in &mut items {
                release.stages.retain(|deployment| seen.stages.contains(&deployment.queue()));
            }
        }
        Page { items, total, next: numbers.last().filter(|_| is_more).map(|last| ReleaseId(*last)) }
    }

    fn deployments_page(
        &self,
        filter: &DeploymentFilter,
        seen: Option<&Seen>,
    ) -> Page<DeploymentSummary, DeploymentId> {
        let release = filter.release.map(|release| self.releases.get(release));
        let before = filter.before.map(|before| {
            let numbers = &self.releases.get(before.release)?.deployments;
            let is_it = |number: &&u64| self.deployments.line(**number).is_some_and(|line| line.id == before);
            numbers.iter().find(is_it).copied()
        });
        // Of what does not exist there is nothing.
        if release.is_some_and(|release| release.is_none()) || before.is_some_and(|before| before.is_none()) {
            return Page::empty();
        }
        let within = seen.map(|seen| &seen.stages);
        let Selected { numbers, is_more, total } =
            self.deployments.select(filter, release.flatten(), before.flatten(), within);
        let lines = numbers.iter().filter_map(|number| self.deployments.line(*number));
        let items: Vec<_> = lines.cloned().collect();
        Page { total, next: items.last().filter(|_| is_more).map(|last| last.id), items }
    }
}

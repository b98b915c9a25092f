//! What somebody may see: the same answers as the engine's own and its views', as far as *view* allows (U2).

use std::collections::BTreeSet;
use std::sync::Arc;

use cutover::permission::{Denied, Permission, Permissions};
use cutover::transaction::{Folded, Refusal};
use cutover::{
    Actor, Approver, DeploymentId, Explanation, GroupId, Pipeline, PipelineId, QueueId, ReleaseId, Site,
    StageId, StageQueue, Subject, Timestamp, UserId,
};

use crate::views::Seen;
use crate::{
    AsOf, DeployedAt, DeploymentFilter, DeploymentSummary, Due, Engine, EngineError, Page, PendingApproval,
    PendingIntervention, PipelineSummary, QueueView, ReleaseAt, ReleaseFilter, ReleaseSummary, SearchHits,
};

/// Reads for one actor, by the grants and the groups as they were when it was asked for ([`Engine::as_seen_by`]): meant for one
/// request of that actor, not to be kept. A pipeline is where it is at present.
///
/// Lists leave out what the actor may not view; what is asked for by its id is refused. Who may view a stage but not its pipeline sees
/// the pipeline and its releases with nothing but that stage.
#[derive(Debug, Clone)]
pub struct Reader {
    engine: Engine,
    actor: Actor,
    groups: BTreeSet<GroupId>,
    permissions: Arc<Folded>,
}

impl Engine {
    /// Reads as this actor, who sees what *view* allows (U2). The engine's own questions and views are for its host: they show all.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if the permissions can't be read.
    pub async fn as_seen_by(&self, actor: &Actor) -> Result<Reader, EngineError> {
        let groups = self.0.groups_of(actor).await;
        let permissions = self.0.newest(&Subject::Permissions).await?;
        Ok(Reader { engine: self.clone(), actor: actor.clone(), groups, permissions })
    }
}

impl Reader {
    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether the actor is a user who is asked.
    pub(crate) fn is_asked(&self, asks: impl FnOnce(&UserId, &BTreeSet<GroupId>) -> bool) -> bool {
        self.actor.as_user().is_some_and(|user| asks(user, &self.groups))
    }

    fn may_view(&self, site: &Site) -> bool {
        let may =
            |permissions: &Permissions| permissions.allow(&self.actor, &self.groups, Permission::View, site);
        self.permissions.state().as_permissions().is_none_or(may)
    }

    fn expect_view(&self, site: &Site) -> Result<(), EngineError> {
        if self.may_view(site) {
            return Ok(());
        }
        let (actor, scope) = (self.actor.clone(), site.scope().clone());
        Err(Refusal::from(Denied { actor, permission: Permission::View, scope }).into())
    }

    /// Where a pipeline of the views is.
    fn site(pipeline: &PipelineSummary) -> Site {
        Site::pipeline(pipeline.id, &pipeline.folder)
    }

    /// Whether anything of the pipeline may be seen: all of it, or a stage.
    fn may_view_some(&self, pipeline: &PipelineSummary) -> bool {
        let site = Self::site(pipeline);
        self.may_view(&site)
            || pipeline.stages.iter().any(|(stage, _)| self.may_view(&site.clone().stage(*stage)))
    }

    pub(crate) fn may_view_some_of(&self, pipeline: PipelineId) -> bool {
        let pipeline = self.engine.views().pipeline(pipeline);
        pipeline.is_some_and(|pipeline| self.may_view_some(&pipeline))
    }

    pub(crate) fn may_view_stage(&self, pipeline: PipelineId, stage: StageId) -> bool {
        let pipeline = self.engine.views().pipeline(pipeline);
        pipeline.is_some_and(|pipeline| self.may_view(&Self::site(&pipeline).stage(stage)))
    }

    async fn site_of(&self, pipeline: PipelineId) -> Result<Site, EngineError> {
        let known = self.engine.pipeline(pipeline).await?;
        let current = known.current().ok_or(EngineError::NotFound(Subject::Pipeline(pipeline)))?;
        Ok(Site::pipeline(pipeline, &current.definition.folder))
    }

    async fn expect_view_of(&self, release: &ReleaseAt) -> Result<(), EngineError> {
        let about = release.release().about();
        match about {
            Some(about) => self.expect_view(&self.site_of(about.pipeline).await?),
            None => Ok(()),
        }
    }

    /// As [`Engine::release`].
    ///
    /// # Errors
    /// The same; refused to who may not view its pipeline.
    pub async fn release(&self, id: ReleaseId) -> Result<ReleaseAt, EngineError> {
        let release = self.engine.release(id).await?;
        self.expect_view_of(&release).await?;
        Ok(release)
    }

    /// As [`Engine::release_as_of`].
    ///
    /// # Errors
    /// The same; refused to who may not view its pipeline.
    pub async fn release_as_of(&self, id: ReleaseId, as_of: AsOf) -> Result<ReleaseAt, EngineError> {
        let release = self.engine.release_as_of(id, as_of).await?;
        self.expect_view_of(&release).await?;
        Ok(release)
    }

    /// As [`Engine::pipeline`].
    ///
    /// # Errors
    /// The same; refused to who may not view it.
    pub async fn pipeline(&self, id: PipelineId) -> Result<Pipeline, EngineError> {
        self.expect_view(&self.site_of(id).await?)?;
        self.engine.pipeline(id).await
    }

    /// As [`Engine::queue`].
    ///
    /// # Errors
    /// The same; [`EngineError::NotFound`] without the pipeline; refused to who may not view the stage.
    pub async fn queue(&self, id: QueueId) -> Result<StageQueue, EngineError> {
        self.expect_view(&self.site_of(id.pipeline).await?.stage(id.stage))?;
        self.engine.queue(id).await
    }

    /// As [`Engine::explain`].
    ///
    /// # Errors
    /// The same; refused to who may not view the stage.
    pub async fn explain(&self, release: ReleaseId, stage: StageId) -> Result<Explanation, EngineError> {
        let at = self.engine.release(release).await?;
        if let Some(about) = at.release().about() {
            self.expect_view(&self.site_of(about.pipeline).await?.stage(stage))?;
        }
        self.engine.explain(release, stage).await
    }

    /// All pipelines of which something may be seen, by id.
    pub fn pipelines(&self) -> Vec<PipelineSummary> {
        let mut pipelines = self.engine.views().pipelines();
        pipelines.retain(|pipeline| self.may_view_some(pipeline));
        for pipeline in &mut pipelines {
            self.leave_visible(pipeline);
        }
        pipelines
    }

    fn leave_visible(&self, pipeline: &mut PipelineSummary) {
        let site = Self::site(pipeline);
        pipeline.stages.retain(|(stage, _)| self.may_view(&site.clone().stage(*stage)));
    }

    /// What of the views may be seen.
    fn seen(&self) -> Seen {
        let mut seen = Seen::default();
        for pipeline in self.engine.views().pipelines() {
            let site = Self::site(&pipeline);
            let stages = self.engine.views().all_stages_of(&pipeline).into_iter();
            let stages = stages.filter(|stage| self.may_view(&site.clone().stage(*stage)));
            seen.stages.extend(stages.map(|stage| QueueId { pipeline: pipeline.id, stage }));
            if self.may_view_some(&pipeline) {
                seen.pipelines.insert(pipeline.id);
            }
        }
        seen
    }

    /// Releases of pipelines of which something may be seen, the newest first. Which of them are asked for by a stage that may not be seen is not
    /// told.
    pub fn releases(&self, filter: &ReleaseFilter) -> Page<ReleaseSummary, ReleaseId> {
        self.engine.views().releases_seen(filter, Some(&self.seen()))
    }

    /// Deployments to stages that may be seen, those that were triggered last first.
    pub fn deployments(&self, filter: &DeploymentFilter) -> Page<DeploymentSummary, DeploymentId> {
        self.engine.views().deployments_seen(filter, Some(&self.seen()))
    }

    /// As [`Views::search`](crate::Views::search), as far as it may be seen.
    pub fn search(&self, text: &str, at_most: usize) -> SearchHits {
        let mut found = self.engine.views().search_seen(text, at_most, Some(&self.seen()));
        for pipeline in &mut found.pipelines {
            self.leave_visible(pipeline);
        }
        found
    }

    /// As [`Views::calendar`](crate::Views::calendar), as far as it may be seen.
    pub fn calendar(&self, now: Timestamp, until: Timestamp, at_most: usize) -> Vec<Due> {
        self.engine.views().calendar_seen(now, until, at_most, Some(&self.seen()))
    }

    /// As [`Views::deployed_to`](crate::Views::deployed_to), as far as it may be seen.
    pub fn deployed_to(
        &self,
        name: &str,
        after: Option<QueueId>,
        at_most: usize,
    ) -> Page<DeployedAt, QueueId> {
        self.engine.views().deployed_to_seen(name, after, at_most, Some(&self.seen().stages))
    }

    /// As [`Views::queue`](crate::Views::queue), of a stage that may be seen.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] without the pipeline; refused to who may not view the stage.
    pub async fn queue_view(
        &self,
        id: QueueId,
        from: usize,
        at_most: usize,
    ) -> Result<QueueView, EngineError> {
        self.expect_view(&self.site_of(id.pipeline).await?.stage(id.stage))?;
        Ok(self.engine.views().queue(id, from, at_most))
    }

    /// The approvals that wait for an answer: those that the actor is asked for, and those of stages that they may view.
    pub fn pending_approvals(&self) -> Vec<PendingApproval> {
        let mut approvals = self.engine.views().all_pending_approvals();
        approvals.retain(|pending| {
            let is_asked = match &pending.approver {
                Approver::User(asked) => self.actor.as_user() == Some(asked),
                Approver::Group(asked) => self.groups.contains(asked),
                Approver::Automatic => false,
            };
            is_asked || self.may_view_stage(pending.pipeline, pending.id.deployment.stage)
        });
        approvals
    }

    /// The manual interventions that wait for an answer: those that are assigned to the actor, and those of stages that they may view (J8).
    pub fn pending_interventions(&self) -> Vec<PendingIntervention> {
        let mut interventions = self.engine.views().all_pending_interventions();
        interventions.retain(|pending| {
            let user = self.actor.as_user();
            user.is_some_and(|user| pending.asked.includes(user, &self.groups))
                || self.may_view_stage(pending.pipeline, pending.task.deployment().stage)
        });
        interventions
    }

    /// What is deployed where (D8): each stage that may be seen, in the order in which they are shown.
    pub fn deployed_where(&self, pipeline: PipelineId) -> Vec<DeployedAt> {
        let mut deployed = self.engine.views().deployed_where(pipeline);
        deployed.retain(|at| self.may_view_stage(pipeline, at.stage));
        deployed
    }
}

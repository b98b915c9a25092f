//! What a decision about a release has at hand.

use std::collections::BTreeMap;

use super::{About, Release, ReleaseEvent, ReleaseRefusal};
use crate::deployment::{Deployment, DeploymentEvent, DeploymentReason, End, Entry, JobResult};
use crate::flow::{Decision, Facts, Impossible};
use crate::queue::Conclusion;
use crate::{
    Context, DeploymentId, PipelineDefinition, PipelineStatus, QueueId, Redeploy, Site, Stage, StageId,
    Timestamp, limits,
};

/// A decision about a release in the making: the state with all that was decided so far, the frozen definition, and the context.
#[derive(Debug)]
pub(crate) struct Deciding<'a> {
    decision: Decision<Release>,
    pub(crate) definition: &'a PipelineDefinition,
    /// What was frozen before the command; another definition only where the command brings one (R2, R7).
    pub(super) replaced: &'a PipelineDefinition,
    pub(crate) context: &'a Context,
    pub(crate) facts: &'a Facts<'a>,
    /// How many steps of a deployment's jobs it takes by itself at most.
    pub(crate) job_steps: usize,
}

impl<'a> Deciding<'a> {
    pub(super) fn from(
        release: &Release,
        definition: &'a PipelineDefinition,
        context: &'a Context,
        facts: &'a Facts<'a>,
    ) -> Self {
        Self {
            decision: Decision::from(release, context.now),
            definition,
            replaced: definition,
            context,
            facts,
            job_steps: limits::JOB_STEPS,
        }
    }

    pub(super) const fn in_place_of(mut self, replaced: &'a PipelineDefinition) -> Self {
        self.replaced = replaced;
        self
    }

    pub(super) fn into_events(self) -> Vec<ReleaseEvent> {
        self.decision.into_events()
    }

    pub(crate) fn record(&mut self, event: impl Into<ReleaseEvent>) -> Result<(), Impossible> {
        self.decision.record(event)
    }

    /// What was decided so far.
    pub(crate) fn decided(&self) -> impl Iterator<Item = &ReleaseEvent> {
        self.decision.events().iter()
    }

    pub(crate) const fn release(&self) -> &Release {
        self.decision.state()
    }

    pub(crate) fn about(&self) -> Result<&About, ReleaseRefusal> {
        self.release().about().ok_or(ReleaseRefusal::NotFound)
    }

    pub(crate) const fn now(&self) -> Timestamp {
        self.decision.at()
    }

    pub(crate) fn stage(&self, stage: StageId) -> Result<&'a Stage, ReleaseRefusal> {
        self.definition.stage(stage).ok_or(ReleaseRefusal::UnknownStage { stage })
    }

    pub(crate) fn deployment(&self, id: DeploymentId) -> Result<&Deployment, ReleaseRefusal> {
        self.release().deployment(id).ok_or(ReleaseRefusal::UnknownDeployment { deployment: id })
    }

    /// Where one of its stages is. The folder is the one that the release froze: a later revision changes nothing about it (I9).
    pub(crate) fn site_of(&self, stage: StageId) -> Result<Site, ReleaseRefusal> {
        Ok(Site::pipeline(self.about()?.pipeline, &self.definition.folder).stage(stage))
    }

    /// Whether anything may be started from the releases of its pipeline (P6).
    pub(crate) fn pipeline_starts_deployments(&self) -> bool {
        let status = self.release().about().and_then(|about| self.facts.pipeline_status(about.pipeline));
        status.is_none_or(PipelineStatus::starts_deployments)
    }

    /// The queue of one of its stages.
    pub(crate) fn queue_of(&self, stage: StageId) -> Result<QueueId, ReleaseRefusal> {
        Ok(QueueId { pipeline: self.about()?.pipeline, stage })
    }

    /// What that queue is told of a deployment that enters it (Q5).
    pub(crate) fn entry_of(&self, stage: StageId) -> Result<Entry, ReleaseRefusal> {
        Ok(Entry { revision: self.about()?.revision, policy: self.stage(stage)?.queuing })
    }

    /// The deployment is over (D1): its queue hears of it, and the stages that come after it are triggered if it succeeded (S2),
    /// unless it was deployed in the place of another one, or to new targets (D6).
    pub(crate) fn over(&mut self, id: DeploymentId, end: End) -> Result<(), ReleaseRefusal> {
        let queue = self.queue_of(id.stage)?;
        let is_for_some_only = self.deployment(id)?.only.is_some();
        let conclusion = match (&end, self.deployment(id)?.ended) {
            // What is deployed on the stage as a whole is what it was (D6).
            _ if is_for_some_only => None,
            (End::Succeeded | End::PartiallySucceeded, Some((ended_at, result))) => {
                Some(Conclusion { ended_at, partially: result == JobResult::PartiallySucceeded })
            }
            (End::Succeeded | End::PartiallySucceeded | End::Rejected(_) | End::Canceled(_), _) => None,
        };
        let joins = if conclusion.is_some() { self.joins(id)? } else { BTreeMap::new() };
        let is_redeploy = self.deployment(id)?.reason == DeploymentReason::RedeployTrigger;
        let rolls_back = !is_redeploy
            && matches!(end, End::Rejected(_))
            && self.stage(id.stage)?.redeploy == Some(Redeploy::LastGood);
        let frees_locks = !self.deployment(id)?.lock_groups.is_empty();
        let deployment = id;
        let over =
            DeploymentEvent::Over { deployment, end, queue, conclusion, joins, rolls_back, frees_locks };
        self.record(over)?;
        if conclusion.is_some() && !is_redeploy { self.trigger_followers(id.stage) } else { Ok(()) }
    }
}

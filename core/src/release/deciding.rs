//! What a decision about a release has at hand.

use super::{About, Release, ReleaseEvent, ReleaseRefusal};
use crate::deployment::{Deployment, DeploymentEvent, End, JobResult};
use crate::flow::{Decision, Impossible};
use crate::queue::Conclusion;
use crate::{Context, DeploymentId, PipelineDefinition, QueueId, Stage, StageId, Timestamp};

/// A decision about a release in the making: the state with all that was decided so far, the frozen definition, and the context.
#[derive(Debug)]
pub(crate) struct Deciding<'a> {
    decision: Decision<Release>,
    pub(crate) definition: &'a PipelineDefinition,
    pub(crate) context: &'a Context,
}

impl<'a> Deciding<'a> {
    pub(super) fn from(release: &Release, definition: &'a PipelineDefinition, context: &'a Context) -> Self {
        Self { decision: Decision::from(release, context.now), definition, context }
    }

    pub(super) fn into_events(self) -> Vec<ReleaseEvent> {
        self.decision.into_events()
    }

    pub(crate) fn record(&mut self, event: impl Into<ReleaseEvent>) -> Result<(), Impossible> {
        self.decision.record(event)
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

    /// The deployment is over (D1): its queue hears of it, and the stages that come after it are triggered if it succeeded (S2).
    pub(crate) fn over(&mut self, id: DeploymentId, end: End) -> Result<(), ReleaseRefusal> {
        let queue = QueueId { pipeline: self.about()?.pipeline, stage: id.stage };
        let conclusion = match (&end, self.deployment(id)?.ended) {
            (End::Succeeded | End::PartiallySucceeded, Some((ended_at, result))) => {
                Some(Conclusion { ended_at, partially: result == JobResult::PartiallySucceeded })
            }
            (End::Succeeded | End::PartiallySucceeded | End::Rejected(_) | End::Canceled(_), _) => None,
        };
        self.record(DeploymentEvent::Over { deployment: id, end, queue, conclusion })?;
        if conclusion.is_some() { self.trigger_followers(id.stage) } else { Ok(()) }
    }
}

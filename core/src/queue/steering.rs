//! What people do with a queue: pausing it, and moving what waits (Q9).

use super::{QueueEvent, QueueRefusal, StageQueue};
use crate::flow::{Decision, Facts};
use crate::text::text_fits;
use crate::{Context, DeploymentId, Pipeline, PipelineId, Subject};

/// The pipeline of a queue.
pub(super) fn pipeline_of(this: &Subject) -> Option<PipelineId> {
    if let Subject::Queue(queue) = this { Some(queue.pipeline) } else { None }
}

/// One that is paused is already so, whatever was said.
pub(super) fn pause(
    decision: &mut Decision<StageQueue>,
    reason: &str,
    context: &Context,
    facts: &Facts<'_>,
) -> Result<(), QueueRefusal> {
    text_fits("the reason", reason)?;
    expect_stage(facts)?;
    if decision.state().paused.is_some() {
        return Ok(());
    }
    Ok(decision.record(QueueEvent::Paused { by: context.actor.clone(), reason: reason.to_owned() })?)
}

/// One that is not paused is already so.
pub(super) fn resume(
    decision: &mut Decision<StageQueue>,
    comment: &str,
    context: &Context,
) -> Result<(), QueueRefusal> {
    text_fits("the comment", comment)?;
    if decision.state().paused.is_none() {
        return Ok(());
    }
    Ok(decision.record(QueueEvent::Resumed { by: context.actor.clone(), comment: comment.to_owned() })?)
}

/// What is at the front is already so.
pub(super) fn move_to_front(
    decision: &mut Decision<StageQueue>,
    deployment: DeploymentId,
    comment: &str,
    context: &Context,
) -> Result<(), QueueRefusal> {
    text_fits("the comment", comment)?;
    match decision.state().position_of(deployment) {
        None => Err(QueueRefusal::NotWaiting { deployment }),
        Some(0) => Ok(()),
        Some(_) => {
            let (by, comment) = (context.actor.clone(), comment.to_owned());
            Ok(decision.record(QueueEvent::MovedToFront { deployment, by, comment })?)
        }
    }
}

/// Nobody pauses what is not there: a queue is known only once something entered it.
fn expect_stage(facts: &Facts<'_>) -> Result<(), QueueRefusal> {
    let Some(Subject::Queue(queue)) = facts.this() else { return Err(QueueRefusal::UnknownStage) };
    let has_stage = |pipeline: &Pipeline| pipeline.stages_ever().any(|stage| stage == queue.stage);
    if facts.pipeline(queue.pipeline).is_some_and(has_stage) {
        Ok(())
    } else {
        Err(QueueRefusal::UnknownStage)
    }
}

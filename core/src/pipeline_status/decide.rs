use std::collections::BTreeSet;

use super::{
    Activity, NotOver, PipelineStatus, PipelineStatusCommand, PipelineStatusEvent, PipelineStatusRefusal,
};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::text::text_fits;
use crate::{
    Context, Current, DeploymentId, Pipeline, PipelineDefinition, PipelineId, QueueId, StageId, StageQueue,
    Subject, Timestamp,
};

impl Aggregate for PipelineStatus {
    type Command = PipelineStatusCommand;
    type Event = PipelineStatusEvent;
    type Refusal = PipelineStatusRefusal;

    fn needs(&self, this: &Subject, command: &PipelineStatusCommand) -> Vec<Subject> {
        let Subject::PipelineStatus(pipeline) = this else { return Vec::new() };
        let itself = std::iter::once(Subject::Pipeline(*pipeline));
        match command {
            PipelineStatusCommand::Disable { .. }
            | PipelineStatusCommand::Enable
            | PipelineStatusCommand::Restore => itself.collect(),
            PipelineStatusCommand::Delete { stages, .. }
            | PipelineStatusCommand::FinishDeleting { stages } => {
                let queue = |stage: &StageId| Subject::Queue(QueueId { pipeline: *pipeline, stage: *stage });
                itself.chain(stages.iter().map(queue)).collect()
            }
        }
    }

    fn decide(
        &self,
        command: &PipelineStatusCommand,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<PipelineStatusEvent>, PipelineStatusRefusal> {
        let Some(Subject::PipelineStatus(id)) = facts.this() else {
            return Err(PipelineStatusRefusal::NotFound);
        };
        let known = facts.pipeline(*id).ok_or(PipelineStatusRefusal::NotFound)?;
        let current = known.current().ok_or(PipelineStatusRefusal::NotFound)?;
        match command {
            PipelineStatusCommand::Disable { comment } => self.disable(comment),
            PipelineStatusCommand::Enable => self.enable(),
            PipelineStatusCommand::Delete { stages, not_over, comment } => {
                text_fits("the comment", comment)?;
                self.delete(*id, going_on(*id, known, stages, facts)?, *not_over, comment)
            }
            PipelineStatusCommand::FinishDeleting { stages } => {
                self.finish_deleting(*id, going_on(*id, known, stages, facts)?)
            }
            PipelineStatusCommand::Restore => self.restore(*id, current, context.now),
        }
    }

    fn evolve(&mut self, event: &PipelineStatusEvent, at: Timestamp) -> Result<(), Impossible> {
        self.fold(event, at)
    }
}

impl PipelineStatus {
    const fn not_now(&self) -> Result<Vec<PipelineStatusEvent>, PipelineStatusRefusal> {
        Err(PipelineStatusRefusal::NotNow { activity: self.activity })
    }

    fn disable(&self, comment: &str) -> Result<Vec<PipelineStatusEvent>, PipelineStatusRefusal> {
        text_fits("the comment", comment)?;
        match self.activity {
            Activity::Active => Ok(vec![PipelineStatusEvent::Disabled { comment: comment.to_owned() }]),
            Activity::Disabled => Ok(Vec::new()),
            Activity::Deleting | Activity::Deleted { .. } => self.not_now(),
        }
    }

    fn enable(&self) -> Result<Vec<PipelineStatusEvent>, PipelineStatusRefusal> {
        match self.activity {
            Activity::Disabled => Ok(vec![PipelineStatusEvent::Enabled {}]),
            Activity::Active => Ok(Vec::new()),
            Activity::Deleting | Activity::Deleted { .. } => self.not_now(),
        }
    }

    /// P6: at once where nothing goes on; else only by force, and then once everything is over.
    fn delete(
        &self,
        pipeline: PipelineId,
        going_on: Option<DeploymentId>,
        not_over: NotOver,
        comment: &str,
    ) -> Result<Vec<PipelineStatusEvent>, PipelineStatusRefusal> {
        let comment = comment.to_owned();
        match (self.activity, going_on, not_over) {
            (Activity::Deleting | Activity::Deleted { .. }, ..) => Ok(Vec::new()),
            (Activity::Active | Activity::Disabled, None, _) => {
                Ok(vec![PipelineStatusEvent::Deleted { pipeline, comment }])
            }
            (Activity::Active | Activity::Disabled, Some(deployment), NotOver::Refuse) => {
                Err(PipelineStatusRefusal::DeploymentNotOver { deployment })
            }
            (Activity::Active | Activity::Disabled, Some(_), NotOver::Cancel) => {
                if comment.trim().is_empty() {
                    return Err(PipelineStatusRefusal::CommentMissing);
                }
                Ok(vec![PipelineStatusEvent::DeletingBegun { comment }])
            }
        }
    }

    fn finish_deleting(
        &self,
        pipeline: PipelineId,
        going_on: Option<DeploymentId>,
    ) -> Result<Vec<PipelineStatusEvent>, PipelineStatusRefusal> {
        match (self.activity, going_on) {
            (Activity::Deleting, None) => {
                Ok(vec![PipelineStatusEvent::Deleted { pipeline, comment: String::new() }])
            }
            (Activity::Deleting, Some(_)) | (Activity::Deleted { .. }, _) => Ok(Vec::new()),
            (Activity::Active | Activity::Disabled, _) => self.not_now(),
        }
    }

    /// P6: within the retention period. That its name is still free is for the directory to say.
    fn restore(
        &self,
        pipeline: PipelineId,
        current: &Current,
        now: Timestamp,
    ) -> Result<Vec<PipelineStatusEvent>, PipelineStatusRefusal> {
        match self.restorable_until() {
            Some(until) if now > until => Err(PipelineStatusRefusal::TooLate { until }),
            Some(_) => {
                let PipelineDefinition { folder, name, .. } = &*current.definition;
                let (folder, name) = (folder.clone(), name.clone());
                Ok(vec![PipelineStatusEvent::Restored { pipeline, folder, name }])
            }
            None => match self.activity {
                Activity::Active | Activity::Disabled => Ok(Vec::new()),
                Activity::Deleting | Activity::Deleted { .. } => self.not_now(),
            },
        }
    }
}

/// A deployment of the pipeline that is not over, if there is one: its stages' queues know every one from its trigger on.
fn going_on(
    id: PipelineId,
    pipeline: &Pipeline,
    stages: &BTreeSet<StageId>,
    facts: &Facts<'_>,
) -> Result<Option<DeploymentId>, PipelineStatusRefusal> {
    if let Some(stage) = pipeline.stages_ever().find(|stage| !stages.contains(stage)) {
        return Err(PipelineStatusRefusal::StageMissing { stage });
    }
    let queues = stages.iter().filter_map(|stage| facts.queue(QueueId { pipeline: id, stage: *stage }));
    Ok(queues.flat_map(StageQueue::going_on).next())
}

//! Stage triggers (S1-S4).

use crate::status::StageStatus;
use crate::{AfterStage, PipelineDefinition, Stage, StageId, StageTrigger};

/// Whether the stage starts when its release becomes active (S1).
pub const fn is_after_release(stage: &Stage) -> bool {
    matches!(stage.trigger, StageTrigger::AfterRelease)
}

/// Whether nothing but its schedule starts the stage, for which it is armed when its release becomes active (S4).
pub const fn is_armed_with_release(stage: &Stage) -> bool {
    matches!(stage.trigger, StageTrigger::Manual) && !stage.schedules.is_empty()
}

/// The stages that come after `stage` (S2), in the order of the definition.
pub fn followers_of(definition: &PipelineDefinition, stage: StageId) -> impl Iterator<Item = &Stage> {
    definition.stages.iter().filter(move |follower| match &follower.trigger {
        StageTrigger::AfterStages(after) => after.iter().any(|condition| condition.stage == stage),
        StageTrigger::Manual | StageTrigger::AfterRelease => false,
    })
}

/// Whether all the stages that it comes after stand where its trigger wants them (S2). A stage that comes after none is never ready
/// by itself.
pub fn is_ready_after(stage: &Stage, status: impl Fn(StageId) -> StageStatus) -> bool {
    match &stage.trigger {
        StageTrigger::AfterStages(after) => {
            !after.is_empty() && after.iter().all(|condition| is_met(*condition, status(condition.stage)))
        }
        StageTrigger::Manual | StageTrigger::AfterRelease => false,
    }
}

/// Whether one condition of an "after stages" trigger is met (S2).
pub(crate) const fn is_met(condition: AfterStage, status: StageStatus) -> bool {
    match status {
        StageStatus::Succeeded => true,
        StageStatus::PartiallySucceeded => condition.or_partially,
        StageStatus::NotStarted
        | StageStatus::Scheduled
        | StageStatus::Queued
        | StageStatus::InProgress
        | StageStatus::Rejected
        | StageStatus::Canceled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(or_partially: bool) -> AfterStage {
        AfterStage { stage: StageId(1), or_partially }
    }

    #[test]
    fn only_success_lets_the_next_stage_start_and_partial_success_where_it_is_allowed() {
        use StageStatus::{
            Canceled, InProgress, NotStarted, PartiallySucceeded, Queued, Rejected, Scheduled, Succeeded,
        };
        for status in [NotStarted, Scheduled, Queued, InProgress, Rejected, Canceled] {
            assert!(!is_met(after(false), status) && !is_met(after(true), status), "{status:?}");
        }
        assert!(is_met(after(false), Succeeded) && is_met(after(true), Succeeded));
        assert!(!is_met(after(false), PartiallySucceeded) && is_met(after(true), PartiallySucceeded));
    }
}

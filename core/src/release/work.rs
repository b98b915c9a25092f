use super::Release;
use crate::deployment::{Claim, Phase, Step, StopReason, TaskRun, frost_at, next_step};
use crate::freeze::Freezes;
use crate::{DeploymentId, Job, Moment, PipelineDefinition, Site, TaskId, Timestamp};

/// Something that should be going on outside, given what is recorded (idea: work is derived from state, never from messages).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// The task waits for an engine that claims and runs it.
    Run(TaskId),
    /// The task runs, or should: whoever claimed it watches it, and stops it if that was asked for.
    Watch {
        /// The task.
        task: TaskId,
        /// Who claimed it.
        claim: Claim,
        /// Why it should stop, if it should.
        stop: Option<StopReason>,
    },
    /// The gates on this side are sampled, by whichever engine: of those that take the same sample the first one counts (G2).
    Sample(DeploymentId, Moment),
    /// There is nothing to run: that the jobs have ended is to be recorded (D7).
    Settle(DeploymentId),
}

impl Release {
    /// What should be going on for this release, by stage. `definition` is the snapshot that it froze.
    pub fn work(&self, definition: &PipelineDefinition) -> Vec<Work> {
        self.going_on()
            .filter_map(|deployment| {
                if let Some((moment, _)) = deployment.sampling_gates() {
                    return Some(Work::Sample(deployment.id, moment));
                }
                let stage = definition.stage(deployment.id.stage)?;
                let variables = |job: &Job| self.variables(definition, deployment.id, job);
                match next_step(deployment, stage, &variables)? {
                    Step::Run(task) => Some(Work::Run(task)),
                    Step::Await(task) => match deployment.running_task()?.1 {
                        TaskRun::Running { claim, stop, .. } => Some(Work::Watch {
                            task,
                            claim: claim.clone(),
                            stop: stop.map(|stop| stop.because),
                        }),
                        TaskRun::Pausing { .. }
                        | TaskRun::ToRetry { .. }
                        | TaskRun::Skipped(_)
                        | TaskRun::Ended { .. } => None,
                    },
                    Step::Pause(..) => None,
                    Step::BeginJob(_)
                    | Step::SkipJob(..)
                    | Step::EndJob(..)
                    | Step::SkipTask(..)
                    | Step::PlanRetry(_)
                    | Step::DropRetry(_)
                    | Step::EndJobs(_) => Some(Work::Settle(deployment.id)),
                }
            })
            .collect()
    }

    /// Its deployments that are frozen otherwise than was recorded: freezes were lifted, or others were declared (F1). Each is to be
    /// asked to look at them again. `definition` is the snapshot that it froze.
    pub fn frozen_otherwise(
        &self,
        definition: &PipelineDefinition,
        freezes: &Freezes,
        now: Timestamp,
    ) -> Vec<DeploymentId> {
        let Some(about) = self.about() else { return Vec::new() };
        let pipeline = Site::pipeline(about.pipeline, &definition.folder);
        let is_other = |deployment: &&crate::deployment::Deployment| {
            let Phase::Frozen { until, holds, .. } = &deployment.phase else { return false };
            let frost = frost_at(freezes, &pipeline.clone().stage(deployment.id.stage), now);
            frost.is_none_or(|frost| frost.until != *until || frost.holds != *holds)
        };
        self.going_on().filter(is_other).map(|deployment| deployment.id).collect()
    }
}

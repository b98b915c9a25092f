use super::Release;
use crate::deployment::{Claim, Deployment, Phase, Step, StopReason, TaskRun, frost_at, next_steps};
use crate::freeze::Freezes;
use crate::{DeploymentId, Moment, PipelineDefinition, Site, SliceId, TaskId, Timestamp};

/// How many changes of the freezes are looked at ahead.
const CHANGES_LOOKED_AT: usize = 4;

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
    /// What should be going on for this release, by stage, and within one by slice. `definition` is the snapshot that it froze.
    pub fn work(&self, definition: &PipelineDefinition) -> Vec<Work> {
        let mut work = Vec::new();
        for deployment in self.going_on() {
            if let Some((moment, _)) = deployment.sampling_gates() {
                work.push(Work::Sample(deployment.id, moment));
                continue;
            }
            let Some(stage) = definition.stage(deployment.id.stage) else { continue };
            let variables = |slice: SliceId| self.variables(definition, slice);
            let steps = next_steps(deployment, stage, &variables);
            work.extend(steps.iter().filter_map(|step| of_step(deployment, step)));
            if steps.iter().any(Step::is_to_record) {
                work.push(Work::Settle(deployment.id));
            }
        }
        work
    }

    /// Its deployments that are frozen otherwise than was recorded: freezes were lifted, or others were declared (F1). Each is to be
    /// asked to look at them again. `definition` is the snapshot that it froze.
    pub fn frozen_otherwise(
        &self,
        definition: &PipelineDefinition,
        freezes: &Freezes,
        now: Timestamp,
    ) -> Vec<DeploymentId> {
        let frozen = self.frozen(definition).into_iter();
        let others = frozen.filter(|(deployment, site)| is_frozen_otherwise(deployment, freezes, site, now));
        others.map(|(deployment, _)| deployment.id).collect()
    }

    /// Its deployments that are frozen otherwise than was recorded, or will be before the moment until which they are frozen: each with
    /// since when, or from when on.
    pub(crate) fn frozen_otherwise_from(
        &self,
        definition: &PipelineDefinition,
        freezes: &Freezes,
        now: Timestamp,
    ) -> Vec<(DeploymentId, Timestamp)> {
        let from = |(deployment, site): (&Deployment, Site)| {
            let mut at = now;
            // The next change of any of its freezes makes them others, but for odd changes of the clocks.
            for _ in 0..CHANGES_LOOKED_AT {
                if is_frozen_otherwise(deployment, freezes, &site, at) {
                    return Some((deployment.id, at));
                }
                at = freezes.next_change(&site, at)?;
            }
            None
        };
        self.frozen(definition).into_iter().filter_map(from).collect()
    }

    fn frozen(&self, definition: &PipelineDefinition) -> Vec<(&Deployment, Site)> {
        let Some(about) = self.about() else { return Vec::new() };
        let pipeline = Site::pipeline(about.pipeline, &definition.folder);
        let frozen = self.going_on().filter(|it| matches!(it.phase, Phase::Frozen { .. }));
        frozen.map(|deployment| (deployment, pipeline.clone().stage(deployment.id.stage))).collect()
    }
}

fn is_frozen_otherwise(deployment: &Deployment, freezes: &Freezes, site: &Site, now: Timestamp) -> bool {
    let Phase::Frozen { until, holds, .. } = &deployment.phase else { return false };
    let frost = frost_at(freezes, site, now);
    frost.is_none_or(|frost| frost.until != *until || frost.holds != *holds)
}

/// What is to go on outside for a step; nothing for one that is only recorded, or waited for.
fn of_step(deployment: &Deployment, next: &Step) -> Option<Work> {
    match next {
        Step::Run(task) => Some(Work::Run(*task)),
        Step::Await(task) => match deployment.open_task(*task)? {
            TaskRun::Running { claim, stop, .. } => {
                let stop = stop.map(|stop| stop.because);
                Some(Work::Watch { task: *task, claim: claim.clone(), stop })
            }
            TaskRun::Waiting { .. }
            | TaskRun::Pausing { .. }
            | TaskRun::ToRetry { .. }
            | TaskRun::Skipped(_)
            | TaskRun::Ended { .. } => None,
        },
        Step::Pause(..)
        | Step::BeginJob(_)
        | Step::SkipJob(..)
        | Step::EndJob(..)
        | Step::BeginSlice(_)
        | Step::AwaitAgent(_)
        | Step::SkipSlices(..)
        | Step::EndSlice(..)
        | Step::SkipTask(..)
        | Step::Wait(_)
        | Step::PlanRetry(_)
        | Step::DropRetry(_)
        | Step::EndJobs(_) => None,
    }
}

//! Redeploying only what failed (D5).

use super::{Deciding, ReleaseRefusal};
use crate::StageId;
use crate::deployment::{End, JobResult, JobRun, Phase, Rejection, SkipReason, SucceededBefore};

impl Deciding<'_> {
    /// The jobs that need not be repeated, where the jobs of the stage's last attempt failed and are still the stage's jobs.
    pub(super) fn succeeded_before(&self, stage: StageId) -> Result<Vec<SucceededBefore>, ReleaseRefusal> {
        let release = self.release();
        let latest = release.latest(stage).ok_or(ReleaseRefusal::NoFailedJobs { stage })?;
        if !matches!(latest.phase, Phase::Over { end: End::Rejected(Rejection::JobsFailed), .. }) {
            return Err(ReleaseRefusal::NoFailedJobs { stage });
        }
        let later = release.snapshots().iter().filter(|revision| revision.revision > latest.snapshot);
        for revision in later {
            if revision.stage.as_ref().is_some_and(|it| it.stage == stage && it.jobs) {
                return Err(ReleaseRefusal::JobsRevised { stage, revision: revision.revision });
            }
        }
        let runs = (0_u32..).zip(&latest.jobs);
        let succeeded = runs.filter_map(|(job, run)| match run {
            JobRun::Began { result: Some(JobResult::Succeeded), .. } => {
                Some(SucceededBefore { job, attempt: latest.id.attempt })
            }
            JobRun::Skipped(SkipReason::SucceededInAttempt(attempt)) => {
                Some(SucceededBefore { job, attempt: *attempt })
            }
            JobRun::Began { .. }
            | JobRun::CouldNotBegin { .. }
            | JobRun::Skipped(
                SkipReason::Disabled
                | SkipReason::Condition
                | SkipReason::JobTimedOut
                | SkipReason::NoNewTarget,
            ) => None,
        });
        Ok(succeeded.collect())
    }
}

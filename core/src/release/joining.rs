//! How far what is deployed on a stage is deployed to those that joined its deployment groups, so that it can be said who is new (D6).

use std::collections::BTreeMap;

use super::{Deciding, ReleaseRefusal};
use crate::deployment::{JobRun, SkipReason};
use crate::{DeploymentId, JobKind, Join, Redeploy, TargetGroupId};

impl Deciding<'_> {
    /// Who had joined each deployment group when the jobs of a deployment on it began: the first of them, where there are several.
    /// Nothing unless its stage deploys to new targets.
    pub(super) fn joins(&self, id: DeploymentId) -> Result<BTreeMap<TargetGroupId, Join>, ReleaseRefusal> {
        let stage = self.stage(id.stage)?;
        let mut joins: BTreeMap<TargetGroupId, Join> = BTreeMap::new();
        if stage.redeploy != Some(Redeploy::NewTargets) {
            return Ok(joins);
        }
        for (place, job) in (0..).zip(self.deployment(id)?.planned_jobs(stage)) {
            let JobKind::DeploymentGroup { group, .. } = &job.kind else { continue };
            let (Ok(group), Some(joined)) = (TargetGroupId::new(&**group), self.joined(id, place)) else {
                continue;
            };
            let first = joins.entry(group).or_insert(joined);
            *first = joined.min(*first);
        }
        Ok(joins)
    }

    /// Who had joined when a job began; one that was not repeated began in the attempt in which it succeeded (D5).
    fn joined(&self, id: DeploymentId, place: usize) -> Option<Join> {
        match self.release().deployment(id)?.jobs.get(place)? {
            JobRun::Began { joined, .. } => *joined,
            JobRun::Skipped(SkipReason::SucceededInAttempt(attempt)) => {
                match self.release().deployment(DeploymentId { attempt: *attempt, ..id })?.jobs.get(place)? {
                    JobRun::Began { joined, .. } => *joined,
                    JobRun::CouldNotBegin { .. } | JobRun::Skipped(_) => None,
                }
            }
            JobRun::CouldNotBegin { .. } | JobRun::Skipped(_) => None,
        }
    }
}

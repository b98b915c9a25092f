//! What comes after what is waited for now.

use super::Ahead;
use crate::deployment::{Deployment, Phase};
use crate::{Moment, Stage};

/// The steps that are still to come, in their order. A deployment that is cancelling or over has none.
pub(super) fn steps(latest: Option<&Deployment>, stage: &Stage) -> Vec<Ahead> {
    let life = [Ahead::Queue, Ahead::Approvals(Moment::Before), Ahead::Jobs, Ahead::Approvals(Moment::After)];
    let passed = match latest.map(|deployment| &deployment.phase) {
        None => 0,
        Some(Phase::Queued { .. }) => 1,
        Some(Phase::Approving { moment: Moment::Before, .. }) => 2,
        Some(Phase::Running { .. }) => 3,
        Some(
            Phase::Approving { moment: Moment::After, .. } | Phase::Cancelling { .. } | Phase::Over { .. },
        ) => 4,
    };
    let is_real = |step: &Ahead| match step {
        Ahead::Approvals(moment) => !stage.checks(*moment).approvals.steps.is_empty(),
        Ahead::Queue | Ahead::Jobs => true,
    };
    life.into_iter().skip(passed).filter(is_real).collect()
}

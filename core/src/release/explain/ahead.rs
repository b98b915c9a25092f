//! What comes after what is waited for now.

use crate::deployment::{Deployment, LifeStep, Phase, life_of};
use crate::{Moment, Stage};

/// The steps that are still to come, in their order. A deployment that is cancelling or over has none.
pub(super) fn steps(latest: Option<&Deployment>, stage: &Stage) -> Vec<LifeStep> {
    let life = life_of(stage);
    let Some(deployment) = latest else { return life };
    if matches!(deployment.phase, Phase::Cancelling { .. }) {
        return Vec::new();
    }
    if matches!(deployment.phase, Phase::Frozen { .. }) {
        return life.into_iter().skip_while(|step| *step != LifeStep::Jobs).collect();
    }
    let after = |at: LifeStep| life.iter().copied().skip_while(move |step| *step != at).skip(1);
    match deployment.life_step(stage) {
        None => Vec::new(),
        // A moment is not a step of every deployment's life: it comes before what it has not passed yet.
        Some(LifeStep::Moment) => life,
        Some(LifeStep::Deferral) => {
            let next = match (deployment.holds_slot, stage.lock_groups.is_empty()) {
                (false, _) => LifeStep::Slot,
                (true, false) => LifeStep::Locks,
                (true, true) => LifeStep::Jobs,
            };
            std::iter::once(next).chain(after(next)).collect()
        }
        Some(at @ LifeStep::Approvals(Moment::Before)) if deployment.deferred_until().is_some() => {
            std::iter::once(LifeStep::Deferral).chain(after(at)).collect()
        }
        Some(at) => after(at).collect(),
    }
}

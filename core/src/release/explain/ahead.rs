//! What comes after what is waited for now.

use crate::Stage;
use crate::deployment::{Deployment, LifeStep, Phase, life_of};

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
    let at = match deployment.life_step(stage) {
        None => return Vec::new(),
        // A moment is not a step of every deployment's life: it comes before what it has not passed yet.
        Some(LifeStep::Moment) if !deployment.holds_slot => return life,
        Some(LifeStep::Moment) => LifeStep::Jobs,
        Some(step) => step,
    };
    life.into_iter().skip_while(|step| *step != at).skip(1).collect()
}

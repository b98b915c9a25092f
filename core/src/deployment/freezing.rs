//! Freezes: a deployment waits with its first job until none holds it (F1, F2).

use super::{DeploymentEvent, Phase, life};
use crate::flow::Impossible;
use crate::freeze::{Freezes, Hold};
use crate::release::{Deciding, ReleaseRefusal};
use crate::schedule::Standing;
use crate::{DeploymentId, Site, Timestamp};

/// What holds a deployment back, and until when as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frost {
    pub(crate) until: Option<Timestamp>,
    pub(crate) holds: Vec<Hold>,
}

/// What holds back, at present, what is at this site.
pub(crate) fn frost_at(freezes: &Freezes, site: &Site, now: Timestamp) -> Option<Frost> {
    match freezes.standing(site, now) {
        Standing::Open { .. } => None,
        Standing::Closed { until } => Some(Frost { until, holds: freezes.holds(site, now) }),
    }
}

fn frost_of(deciding: &Deciding<'_>, id: DeploymentId) -> Result<Option<Frost>, ReleaseRefusal> {
    // Whoever may begin jobs reads the freezes: none slips past them since nobody looked.
    let freezes = deciding.facts.freezes().ok_or(Impossible("jobs that begin without a look at freezes"))?;
    Ok(frost_at(freezes, &deciding.site_of(id.stage)?, deciding.now()))
}

/// F1: checked before a deployment's first job, and again when it had to wait for lock groups meanwhile. Records that it waits, if it
/// must.
pub(super) fn is_held(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<bool, ReleaseRefusal> {
    let Some(Frost { until, holds }) = frost_of(deciding, id)? else { return Ok(false) };
    let declines_locks = !deciding.deployment(id)?.lock_groups.is_empty();
    deciding.record(DeploymentEvent::Frozen { deployment: id, until, holds, declines_locks })?;
    Ok(true)
}

/// The freezes that hold it have ended, were lifted, or are others by now. Where all is as it was recorded, nothing follows.
pub(crate) fn look_again(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let Phase::Frozen { until, holds, .. } = &deciding.deployment(id)?.phase else { return Ok(()) };
    let recorded = Frost { until: *until, holds: holds.clone() };
    match frost_of(deciding, id)? {
        None => {
            deciding.record(DeploymentEvent::Thawed { deployment: id })?;
            life::after_freezes(deciding, id)
        }
        Some(frost) if frost == recorded => Ok(()),
        Some(Frost { until, holds }) => {
            let declines_locks = false;
            Ok(deciding.record(DeploymentEvent::Frozen { deployment: id, until, holds, declines_locks })?)
        }
    }
}

/// F2: this deployment begins although freezes hold it, whichever they are. One that they do not hold any more because of that is already
/// so.
pub(crate) fn override_freezes(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    comment: &str,
) -> Result<(), ReleaseRefusal> {
    let deployment = deciding.deployment(id)?;
    if deployment.overrides_freezes {
        return Ok(());
    }
    if !matches!(deployment.phase, Phase::Frozen { .. }) {
        return Err(ReleaseRefusal::NotFrozen { deployment: id });
    }
    if comment.trim().is_empty() {
        return Err(ReleaseRefusal::OverrideWithoutComment { deployment: id });
    }
    let (by, comment) = (deciding.context.actor.clone(), comment.to_owned());
    deciding.record(DeploymentEvent::FreezesOverridden { deployment: id, by, comment })?;
    life::after_freezes(deciding, id)
}

//! The gates on one side of a deployment's jobs: when they begin, what their samples make of them (G). Which sample is due and what it
//! comes to is policy, and stands in `gate/`.

use super::life::{Passage, go_on};
use super::{Deployment, DeploymentEvent, Phase, Rejection};
use crate::flow::Impossible;
use crate::gate::{GateRun, Recording, SampleRefusal, Standing, Taken, Unrecorded, Verdict};
use crate::release::{Deciding, ReleaseRefusal};
use crate::{CheckOrder, Checks, DeploymentId, GateId, Moment, Timestamp};

/// Begins the gates where they have not begun, and says whether they have passed (G2, G5, G7).
pub(super) fn pass(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
) -> Result<Passage, ReleaseRefusal> {
    let checks = deciding.stage(id.stage)?.checks(moment);
    let Some(run) = deciding.deployment(id)?.gates.get(&moment) else {
        return begin(deciding, id, moment, checks);
    };
    Ok(match run.standing() {
        Standing::Sampling => Passage::Waits,
        Standing::Passed => Passage::Open,
        Standing::TimedOut if approvers_decide(checks) => Passage::Open,
        Standing::TimedOut => Passage::Closed(Rejection::GatesTimedOut(moment)),
    })
}

fn begin(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
    checks: &Checks,
) -> Result<Passage, ReleaseRefusal> {
    let run = checks.gates.as_ref().and_then(|gates| GateRun::of(gates, deciding.now()));
    let Some(run) = run else { return Ok(Passage::Open) };
    let (gates, times) = (run.gates().clone(), run.times());
    deciding.record(DeploymentEvent::GatesBegun { deployment: id, moment, gates, times })?;
    Ok(Passage::Waits)
}

/// G7: under *after gates always* the approvers decide, whatever the gates said. That somebody is asked then, validation has seen to.
fn approvers_decide(checks: &Checks) -> bool {
    checks.approvals.check_order == Some(CheckOrder::AfterGatesAlways)
}

/// An engine has taken a sample (G2 to G4, G8). One that is on record already, or need not be, records nothing.
pub(crate) fn sample(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
    begun_at: Timestamp,
    taken: &Taken,
) -> Result<(), ReleaseRefusal> {
    let run = begun_run_of(deciding, id, moment, begun_at)?;
    let (sampled, has_passed) = match run.conclude(taken, deciding.now()) {
        Ok(Verdict::Passed(sampled)) => (sampled, true),
        Ok(Verdict::Waiting { sampled, recording: Recording::Needed(_) }) => (sampled, false),
        Ok(Verdict::Waiting { recording: Recording::NotNeeded, .. } | Verdict::TimedOut)
        | Err(SampleRefusal::AlreadyRecorded { .. } | SampleRefusal::Over) => return Ok(()),
        Err(
            because @ (SampleRefusal::NotBegun(_)
            | SampleRefusal::NeverBegins(_)
            | SampleRefusal::StillOpen { .. }),
        ) => return Err(ReleaseRefusal::Sample { deployment: id, moment, because }),
    };
    deciding.record(DeploymentEvent::GatesSampled { deployment: id, moment, sampled })?;
    if has_passed {
        deciding.record(DeploymentEvent::GatesPassed { deployment: id, moment })?;
        go_on(deciding, id)?;
    }
    Ok(())
}

/// An engine that stops says what it has counted and not recorded (G8). What does not fit the record is dropped.
pub(crate) fn catch_up(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
    begun_at: Timestamp,
    counted: Unrecorded,
) -> Result<(), ReleaseRefusal> {
    match begun_run_of(deciding, id, moment, begun_at)?.caught_up(counted, deciding.now()) {
        Some(sampled) => {
            Ok(deciding.record(DeploymentEvent::GatesSampled { deployment: id, moment, sampled })?)
        }
        None => Ok(()),
    }
}

/// The time of the gates is over before they passed (G5, D3).
pub(super) fn time_out(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
) -> Result<(), ReleaseRefusal> {
    deciding.record(DeploymentEvent::GatesTimedOut { deployment: id, moment })?;
    go_on(deciding, id)
}

/// G6: the gate counts as succeeded from the next sample on that is concluded; ignoring by itself passes nothing. Ignored once more, it
/// is already so.
pub(crate) fn ignore(deciding: &mut Deciding<'_>, gate: GateId, comment: &str) -> Result<(), ReleaseRefusal> {
    let GateId { deployment: id, moment, gate: place } = gate;
    if comment.trim().is_empty() {
        return Err(ReleaseRefusal::CommentMissing { what: "ignoring a gate" });
    }
    let run = run_of(deciding, id, moment)?;
    if !run.gates().contains(&place) {
        return Err(ReleaseRefusal::UnknownGate { gate });
    }
    if run.ignored().contains(&place) {
        return Ok(());
    }
    if run.standing() != Standing::Sampling {
        return Err(ReleaseRefusal::GatesNotSampled { deployment: id, moment });
    }
    let (by, comment) = (deciding.context.actor.clone(), comment.to_owned());
    Ok(deciding.record(DeploymentEvent::GateIgnored { deployment: id, moment, gate: place, by, comment })?)
}

/// The gates of a deployment that is not over.
fn run_of<'a>(
    deciding: &'a Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
) -> Result<&'a GateRun, ReleaseRefusal> {
    let deployment = deciding.deployment(id)?;
    let run = deployment.gates.get(&moment).filter(|_| !deployment.is_over());
    run.ok_or(ReleaseRefusal::GatesNotSampled { deployment: id, moment })
}

/// The same gates that began then: what was sampled of those that have started again since counts for nothing (R7).
fn begun_run_of<'a>(
    deciding: &'a Deciding<'_>,
    id: DeploymentId,
    moment: Moment,
    begun_at: Timestamp,
) -> Result<&'a GateRun, ReleaseRefusal> {
    let run = run_of(deciding, id, moment)?;
    if run.begun_at() == begun_at {
        Ok(run)
    } else {
        Err(ReleaseRefusal::GatesNotSampled { deployment: id, moment })
    }
}

impl Deployment {
    /// The gates that are sampled, if any are: they wait for a sample in which all succeed, or for their time-out.
    pub fn sampling_gates(&self) -> Option<(Moment, &GateRun)> {
        let Phase::Checking { moment, .. } = self.phase else { return None };
        let run = self.gates.get(&moment).filter(|run| run.standing() == Standing::Sampling)?;
        Some((moment, run))
    }

    /// Folds what becomes true of the gates on one side.
    pub(super) fn fold_gates(
        &mut self,
        moment: Moment,
        fold: impl FnOnce(&mut GateRun),
    ) -> Result<(), Impossible> {
        let is_here = matches!(self.phase, Phase::Checking { moment: here, .. } if here == moment);
        match self.gates.get_mut(&moment).filter(|run| is_here && run.standing() == Standing::Sampling) {
            Some(run) => {
                fold(run);
                Ok(())
            }
            None => Err(Impossible("an event of gates that are not sampled")),
        }
    }

    /// Gates begin.
    pub(super) fn begin_gates(&mut self, moment: Moment, run: GateRun) -> Result<(), Impossible> {
        let is_here = matches!(self.phase, Phase::Checking { moment: here, .. } if here == moment);
        match self.gates.insert(moment, run) {
            None if is_here => Ok(()),
            None | Some(_) => Err(Impossible("gates that begin twice, or before their time")),
        }
    }
}

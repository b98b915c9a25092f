//! What is not the same in two courses.

use std::fmt;

use chrono::TimeDelta;

use super::{Course, Milestone, Milestones};
use crate::deployment::{CancelReason, End};
use crate::{DeploymentId, Timestamp};

/// One thing that would have been otherwise. Written `release 2, Prod: would begin 2 h earlier`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The name of its stage.
    pub stage: String,
    /// What would have been otherwise.
    pub change: Change,
}

/// What would have been otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The deployment would not exist.
    WouldNotExist,
    /// There was no such deployment.
    WouldExist {
        /// How it would have gone.
        milestones: Milestones,
    },
    /// It would come so far at another time.
    Moves {
        /// How far.
        milestone: Milestone,
        /// How much later; less than zero: earlier.
        by: TimeDelta,
    },
    /// It did not come so far, and would.
    WouldReach {
        /// How far.
        milestone: Milestone,
        /// When.
        at: Timestamp,
    },
    /// It came so far, and would not by the end of the record.
    WouldNotReach {
        /// How far.
        milestone: Milestone,
    },
    /// Something else would come of it.
    EndsOtherwise {
        /// What came of it; `None`: it was not over.
        was: Option<End>,
        /// What would come of it.
        would_be: End,
    },
}

/// By deployment, in the order of their ids.
pub(super) fn between(was: &Course, would_be: &Course) -> Vec<Difference> {
    let mut ids: Vec<_> = was.deployments.keys().chain(would_be.deployments.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut differences = Vec::new();
    for deployment in ids {
        let mut changes = Vec::new();
        match (was.deployments.get(&deployment), would_be.deployments.get(&deployment)) {
            (Some(was), Some(would_be)) => compare(was, would_be, &mut changes),
            (Some(_), None) => changes.push(Change::WouldNotExist),
            (None, Some(would_be)) => changes.push(Change::WouldExist { milestones: would_be.clone() }),
            (None, None) => {}
        }
        let names = [would_be, was].map(|course| course.stages.get(&deployment.stage));
        let stage = names
            .into_iter()
            .flatten()
            .next()
            .map_or_else(|| format!("stage {}", deployment.stage), Clone::clone);
        let told = changes.into_iter().map(|change| Difference { deployment, stage: stage.clone(), change });
        differences.extend(told);
    }
    differences
}

fn compare(was: &Milestones, would_be: &Milestones, changes: &mut Vec<Change>) {
    let end = |milestones: &Milestones| milestones.over.as_ref().map(|(_, end)| end.clone());
    if let (was, Some(would_be)) = (end(was), end(would_be))
        && was.as_ref() != Some(&would_be)
    {
        changes.push(Change::EndsOtherwise { was, would_be });
    }
    for milestone in Milestone::ALL {
        match (was.at(milestone), would_be.at(milestone)) {
            (Some(was), Some(would_be)) if was != would_be => {
                changes.push(Change::Moves { milestone, by: would_be - was });
            }
            (None, Some(at)) => changes.push(Change::WouldReach { milestone, at }),
            (Some(_), None) => changes.push(Change::WouldNotReach { milestone }),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DeploymentId { release, attempt, .. } = self.deployment;
        write!(f, "release {release}, {}", self.stage)?;
        if attempt.get() > 1 {
            write!(f, " (attempt {attempt})")?;
        }
        write!(f, ": {}", self.change)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WouldNotExist => f.write_str("would not exist"),
            Self::WouldExist { milestones } => {
                write!(f, "would exist, triggered at {}", Shown(milestones.triggered))?;
                match &milestones.over {
                    Some((at, end)) => write!(f, "; over at {}: {end}", Shown(*at)),
                    None => f.write_str("; not over by the end of the record"),
                }
            }
            Self::Moves { milestone, by } => {
                let which = if *by < TimeDelta::zero() { "earlier" } else { "later" };
                write!(f, "would {milestone} {} {which}", Span(by.abs()))
            }
            Self::WouldReach { milestone, at } => write!(f, "would {milestone} at {}", Shown(*at)),
            Self::WouldNotReach { milestone } => write!(f, "would not {milestone}"),
            Self::EndsOtherwise { was, would_be } => {
                match would_be {
                    End::Canceled(CancelReason::Superseded { by }) => {
                        write!(f, "would be superseded by release {by}")?;
                    }
                    End::Succeeded => f.write_str("would succeed")?,
                    End::PartiallySucceeded => f.write_str("would succeed partially")?,
                    End::Rejected(_) | End::Canceled(_) => write!(f, "would end otherwise: {would_be}")?,
                }
                match was {
                    Some(was) => write!(f, " (was: {was})"),
                    None => f.write_str(" (was not over)"),
                }
            }
        }
    }
}

struct Shown(Timestamp);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d %H:%M:%S"))
    }
}

/// Its two greatest units: `1 d 2 h`, `30 s`, `250 ms`.
struct Span(TimeDelta);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.num_seconds();
        if seconds == 0 {
            return match self.0.num_milliseconds() {
                0 => f.write_str("less than 1 ms"),
                milliseconds => write!(f, "{milliseconds} ms"),
            };
        }
        let units = [
            (seconds / 86_400, "d"),
            (seconds / 3_600 % 24, "h"),
            (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
        ];
        let first = units.iter().position(|(count, _)| *count > 0).unwrap_or(units.len() - 1);
        let shown = units.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
        for (place, (count, unit)) in shown.enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{count} {unit}")?;
        }
        Ok(())
    }
}

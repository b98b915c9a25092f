//! Which targets a job runs on, and in which batches (J3).

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{Join, Target, Targets};
use crate::{TargetGroupId, TargetId, TargetLimit};

/// Targets that joined a deployment group, and to which alone a release is deployed again (D6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTargets {
    /// The group.
    pub group: TargetGroupId,
    /// The number by which the last of them joined.
    pub joined: Join,
    /// The targets.
    pub targets: BTreeSet<TargetId>,
}

/// What a job asks of a deployment group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice<'a> {
    /// All of these must be on a target, compared without case.
    pub(crate) tags: &'a BTreeSet<String>,
    /// Only these; `None`: all that have the tags.
    pub(crate) among: Option<&'a BTreeSet<TargetId>>,
}

/// The targets that a job is for, in the order in which they were registered.
#[derive(Debug, Default)]
pub(crate) struct Chosen<'t> {
    /// Those that it runs on.
    pub(crate) online: Vec<(&'t TargetId, &'t Target)>,
    /// Those that it leaves out.
    pub(crate) offline: Vec<(&'t TargetId, &'t Target)>,
}

impl Targets {
    /// The targets that fit.
    pub(crate) fn chosen(&self, choice: Choice<'_>) -> Chosen<'_> {
        let fits = |(id, target): &(&TargetId, &Target)| {
            choice.among.is_none_or(|among| among.contains(*id)) && target.has_all(choice.tags)
        };
        let (online, offline) = self.iter().filter(fits).partition(|(_, target)| target.is_online());
        Chosen { online, offline }
    }
}

impl TargetLimit {
    /// How many of `targets` are deployed to at once: at least one. Of what does not come out even, less.
    pub(crate) fn of(self, targets: usize) -> NonZeroU32 {
        match self {
            Self::One => NonZeroU32::MIN,
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let targets = u64::try_from(targets).unwrap_or(u64::MAX);
                let part = targets.saturating_mul(u64::from(percent.get())) / 100;
                let part = u32::try_from(part).unwrap_or(u32::MAX);
                NonZeroU32::new(part).unwrap_or(NonZeroU32::MIN)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_in_percent_is_at_least_one_and_never_more_than_was_said() {
        let percent = |percent, targets| {
            TargetLimit::Percent(NonZeroU32::new(percent).expect("not zero")).of(targets).get()
        };
        assert_eq!([percent(1, 1), percent(1, 100), percent(1, 199), percent(1, 200)], [1, 1, 1, 2]);
        assert_eq!([percent(50, 1), percent(50, 2), percent(50, 3), percent(50, 4)], [1, 1, 1, 2]);
        assert_eq!([percent(100, 0), percent(100, 7)], [1, 7]);
    }

    #[test]
    fn a_number_is_what_it_is_and_one_is_the_default() {
        assert_eq!(TargetLimit::default().of(10).get(), 1);
        assert_eq!(TargetLimit::Count(NonZeroU32::new(3).expect("not zero")).of(10).get(), 3);
    }
}

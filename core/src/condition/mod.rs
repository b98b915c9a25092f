//! Whether a task or a job runs, given what came before it (J5).
//!
//! Pure policy. The status functions stand here; the language of custom conditions (C1) will have its place beside them, and
//! until then a pipeline that uses it makes no release.

use crate::Condition;

/// What came before, in the same job for a task, in the same stage for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before {
    /// Something failed that was not allowed to.
    pub failed: bool,
    /// The deployment is being cancelled.
    pub canceled: bool,
}

/// Whether `condition` holds after what came `before` (J5).
///
/// ```
/// use cutover::Condition;
/// use cutover::condition::{Before, holds};
///
/// let canceled = Before { failed: false, canceled: true };
/// assert!(holds(&Condition::Always, canceled));
/// assert!(!holds(&Condition::SucceededOrFailed, canceled));
/// ```
pub const fn holds(condition: &Condition, before: Before) -> bool {
    match condition {
        Condition::Succeeded => !before.failed && !before.canceled,
        Condition::SucceededOrFailed => !before.canceled,
        Condition::Failed => before.failed && !before.canceled,
        Condition::Always => true,
        // No release is made with one: nothing runs on a condition that nobody evaluates.
        Condition::Expression(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_holds_exactly_after_what_it_names() {
        let table = [
            (Condition::Succeeded, [true, false, false, false]),
            (Condition::SucceededOrFailed, [true, true, false, false]),
            (Condition::Failed, [false, true, false, false]),
            (Condition::Always, [true, true, true, true]),
            (Condition::Expression("eq(1, 1)".to_owned()), [false, false, false, false]),
        ];
        let cases = [(false, false), (true, false), (false, true), (true, true)];
        for (condition, expected) in table {
            let found = cases.map(|(failed, canceled)| holds(&condition, Before { failed, canceled }));
            assert_eq!(found, expected, "{condition:?}");
        }
    }
}

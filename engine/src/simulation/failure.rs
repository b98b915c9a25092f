use std::fmt;

use cutover::Timestamp;

/// Why a simulation ended, and all that it takes to see it again: the same seed comes to the same end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What does not hold.
    pub what: String,
    /// When, by the simulation's clock.
    pub at: Timestamp,
    /// What happened last: commits, faults, what was asked and answered.
    pub diary: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, what, at, diary } = self;
        write!(f, "seed {seed}, at {}: {what}\n\nwhat happened last:", at.format("%Y-%m-%d %H:%M:%S"))?;
        diary.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Failure {}

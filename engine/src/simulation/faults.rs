use std::collections::BTreeMap;
use std::fmt;

/// What can go wrong in a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// An engine ends wherever it stands, with all that it holds in memory; a new one begins on the same store. Drawn at each poll.
    Crash,
    /// An engine is shut down in good order, and a new one begins. Drawn at each moment.
    Restart,
    /// A commit is held up until others were faster. Drawn at each commit; counted if there was a conflict.
    Conflict,
    /// A commit is recorded, and the answer is lost. Drawn at each commit.
    LostAnswer,
    /// A commit is not recorded, and nobody is told that it was not. Drawn at each commit.
    LostCommit,
    /// A call to the store fails, and nothing was done. Drawn at each call.
    StoreFails,
    /// Every call to the store fails for up to two minutes. Drawn at each moment.
    StoreDown,
    /// The clock is set forward by up to two hours. Drawn at each moment.
    ClockForward,
    /// The clock is set back by up to two hours. Drawn at each moment.
    ClockBack,
    /// A task is gone with the machine that it ran on. Drawn at each moment.
    TaskLost,
    /// A runner can't say for now what became of a task. Drawn at each question.
    RunnerSilent,
    /// What the host runs beside an engine (the runner of a task, a probe) is dropped where it stands. Drawn at each moment.
    Dropped,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Crash,
        Self::Restart,
        Self::Conflict,
        Self::LostAnswer,
        Self::LostCommit,
        Self::StoreFails,
        Self::StoreDown,
        Self::ClockForward,
        Self::ClockBack,
        Self::TaskLost,
        Self::RunnerSilent,
        Self::Dropped,
    ];

    /// Once in how many times it happens with [`Faults::often`]: so often that each recovery meets the next fault.
    const fn often(self) -> u64 {
        match self {
            Self::Crash => 500,
            Self::Restart => 150,
            Self::Conflict => 10,
            Self::LostAnswer | Self::LostCommit => 25,
            Self::StoreFails => 250,
            Self::StoreDown => 100,
            Self::ClockForward | Self::ClockBack | Self::TaskLost => 60,
            Self::RunnerSilent => 5,
            Self::Dropped => 30,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crash => "crash",
            Self::Restart => "restart",
            Self::Conflict => "conflict",
            Self::LostAnswer => "lost answer",
            Self::LostCommit => "lost commit",
            Self::StoreFails => "store fails",
            Self::StoreDown => "store down",
            Self::ClockForward => "clock forward",
            Self::ClockBack => "clock back",
            Self::TaskLost => "task lost",
            Self::RunnerSilent => "runner silent",
            Self::Dropped => "dropped",
        })
    }
}

/// Which faults happen, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<FaultKind, u64>);

impl Faults {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every kind, far more often than anybody would stand it.
    pub fn often() -> Self {
        Self(FaultKind::ALL.into_iter().map(|kind| (kind, kind.often())).collect())
    }

    /// This one, once in so many times on the average; 0: never.
    #[must_use]
    pub fn with(mut self, kind: FaultKind, one_in: u64) -> Self {
        self.0.insert(kind, one_in);
        self
    }

    /// Once in how many times it happens; 0: never.
    pub fn one_in(&self, kind: FaultKind) -> u64 {
        self.0.get(&kind).copied().unwrap_or(0)
    }
}

/// How many faults of each kind have happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<FaultKind, u64>);

impl Tally {
    /// How many of this kind.
    pub fn of(&self, kind: FaultKind) -> u64 {
        self.0.get(&kind).copied().unwrap_or(0)
    }

    /// Adds those of another simulation.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in &other.0 {
            *self.0.entry(*kind).or_default() += count;
        }
    }

    pub(super) fn count(&mut self, kind: FaultKind) {
        *self.0.entry(kind).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, kind) in FaultKind::ALL.into_iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{kind} {}", self.of(kind))?;
        }
        Ok(())
    }
}

//! What the contract leaves to a store, and what a store says of it.

use std::collections::BTreeMap;
use std::fmt;

/// Something that a store may offer or not: the contract leaves it open. The tests that need it are skipped where it is lacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Ability {
    /// It can be closed and opened again on the same data ([`StoreUnderTest::reopen`](super::StoreUnderTest::reopen)).
    Reopening,
    /// It can be ended without a chance to close, as when its process is killed or the power fails, and opened again
    /// ([`StoreUnderTest::crash`](super::StoreUnderTest::crash)).
    Crashing,
    /// It can be closed while others still hold it ([`StoreUnderTest::close`](super::StoreUnderTest::close)).
    Closing,
    /// The same data can be opened twice at once ([`StoreUnderTest::another`](super::StoreUnderTest::another)).
    SecondHandle,
    /// It keeps the last checkpoint of every stream, of some thousands at least, and forgets none of those of its own accord.
    KeptCheckpoints,
    /// Its positions have no gaps.
    DensePositions,
    /// It refuses commits beyond some size, of at most 64 MiB.
    CommitLimit,
}

impl Ability {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Reopening,
        Self::Crashing,
        Self::Closing,
        Self::SecondHandle,
        Self::KeptCheckpoints,
        Self::DensePositions,
        Self::CommitLimit,
    ];
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reopening => "reopening",
            Self::Crashing => "crashing",
            Self::Closing => "closing",
            Self::SecondHandle => "a second handle",
            Self::KeptCheckpoints => "kept checkpoints",
            Self::DensePositions => "dense positions",
            Self::CommitLimit => "a limit on commits",
        })
    }
}

/// What a store says about an [`Ability`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// It has it, and is held to it.
    Has,
    /// It lacks it, for this reason.
    Lacks(&'static str),
    /// It says nothing about it, so that it is not held to it.
    Unstated,
}

/// What a store supports of what the contract leaves open. What it does not mention is skipped, and the run says so.
///
/// ```
/// use cutover::store::conformance::{Ability, Statement, Support};
///
/// let support = Support::new()
///     .has(Ability::DensePositions)
///     .lacks(Ability::Reopening, "it keeps nothing beyond its own life");
/// assert_eq!(support.of(Ability::DensePositions), Statement::Has);
/// assert_eq!(support.of(Ability::Closing), Statement::Unstated);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Support {
    stated: BTreeMap<Ability, Option<&'static str>>,
}

impl Support {
    /// States nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The store has it.
    #[must_use]
    pub fn has(mut self, ability: Ability) -> Self {
        self.stated.insert(ability, None);
        self
    }

    /// The store lacks it, because of `why`.
    #[must_use]
    pub fn lacks(mut self, ability: Ability, why: &'static str) -> Self {
        self.stated.insert(ability, Some(why));
        self
    }

    /// What was stated last.
    pub fn of(&self, ability: Ability) -> Statement {
        match self.stated.get(&ability) {
            Some(None) => Statement::Has,
            Some(Some(why)) => Statement::Lacks(why),
            None => Statement::Unstated,
        }
    }
}

//! All that a decision may know beyond state.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Actor, CommandId, CommitId, GroupId};

/// A moment, in UTC.
pub type Timestamp = DateTime<Utc>;

/// So much later; the last moment there is, if that is beyond it.
pub(crate) fn later(from: Timestamp, by: TimeDelta) -> Timestamp {
    from.checked_add_signed(by).unwrap_or(Timestamp::MAX_UTC)
}

/// How sure the host is of who acts (AP8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Identity {
    /// As sure as of anybody who gives a command.
    #[default]
    Known,
    /// It asked them anew, at this moment, to show who they are.
    ConfirmedAnew,
}

/// What comes in with a command: the time, who acts, and fresh ids. The core has no other source of any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The time of the decision. If a stream that is read has a newer event, that event's time is taken instead, so that a clock
    /// that steps back does nothing harmful.
    pub now: Timestamp,
    /// Who gave the command.
    pub actor: Actor,
    /// The groups that the actor is a member of at this moment.
    pub groups: BTreeSet<GroupId>,
    /// Whether the host confirmed the actor's identity anew for this command (AP8).
    pub identity: Identity,
    /// Tells this command from every other: the same id a second time is the same command.
    pub command: CommandId,
    /// Tells this attempt to commit from every other.
    pub commit: CommitId,
}

impl Context {
    /// A context of an actor who is in no group, and whose identity was not confirmed anew.
    pub const fn new(now: Timestamp, actor: Actor, command: CommandId, commit: CommitId) -> Self {
        Self { now, actor, groups: BTreeSet::new(), identity: Identity::Known, command, commit }
    }
}

use cutover::store::{CommitError, StoreError};
use cutover::transaction::{FoldError, Refusal};
use cutover::{CommandId, Subject};

use crate::SecretError;

/// Why the engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The rules refuse it; nothing was recorded.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is nothing of this name in the store.
    #[error("there is no {0}")]
    NotFound(Subject),
    /// The command is a reaction: it follows from an event, and is never given by itself.
    #[error("a command of {0} that only follows from events can't be given")]
    Reaction(Subject),
    /// The id was given with a command before that did something else; nothing was recorded.
    #[error("command {0} did something else before: give each command an id of its own")]
    AnotherCommand(CommandId),
    /// Others changed the same streams each time it was decided; nothing was recorded.
    #[error("others were faster {decisions} times in a row: give the command again")]
    Contended {
        /// How often it was decided.
        decisions: u32,
    },
    /// A secret could not be kept (V4); nothing was recorded.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A variable was to keep its secret, and has none (V4); nothing was recorded.
    #[error("variable {variable:?} has no secret that it could keep: give it one")]
    NoSecretToKeep {
        /// The variable.
        variable: String,
    },
    /// The store could not be read.
    #[error("the store could not be read")]
    Store(#[from] StoreError),
    /// The store did not acknowledge the commit. Whether it was recorded is said by the source.
    #[error("the store did not acknowledge the commit")]
    Commit(#[source] CommitError),
    /// The log holds what can't be read or can't follow: it was written by a later version, or is damaged.
    #[error("the log can't be folded")]
    Fold(#[from] FoldError),
    /// The engine is driven already; a second time would start nothing more.
    #[error("the engine is driven already")]
    AlreadyDriven,
}

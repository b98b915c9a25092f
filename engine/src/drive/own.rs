//! Commands that the engine gives by itself.

use std::error::Error as _;

use cutover::store::{Cause, CommitError};
use cutover::transaction::{Command, Happening};
use cutover::{Actor, ReleaseCommand, ReleaseId, Subject};

use crate::engine::Inner;
use crate::{EngineError, limits};

/// What came of a command, or of a step towards one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Something is different now.
    Yes,
    /// It was so already.
    Idle,
    /// It was refused: somebody else was faster, and the state is another one by now.
    Refused,
}

impl Inner {
    pub(super) async fn own(
        &self,
        release: ReleaseId,
        command: ReleaseCommand,
    ) -> Result<Taken, EngineError> {
        self.own_command(Command::Release(release, command)).await
    }

    /// Gives a command of the engine's own. Where others are faster it is given again after a pause: it is the engine's to carry out. What
    /// no try can record counts as refused, so that it keeps the engine from nothing else.
    pub(super) async fn own_command(&self, command: Command) -> Result<Taken, EngineError> {
        let about = command.subject();
        for pauses in 0..=limits::OWN_PAUSES {
            match self.carry_out(&Actor::System, self.draw_command(), command.clone()).await {
                Ok(outcome) => {
                    self.troubles.clear(&about);
                    // Deadlines that came before it are not what was asked for.
                    let is_of_command = |happening: &Happening| happening.cause == Cause::Command;
                    let is_taken = outcome.events.iter().any(is_of_command);
                    return Ok(if is_taken { Taken::Yes } else { Taken::Idle });
                }
                Err(EngineError::Refused(refusal)) => {
                    tracing::debug!(%refusal, "the engine looks again");
                    return Ok(Taken::Refused);
                }
                Err(EngineError::Contended { .. })
                    if pauses < limits::OWN_PAUSES && !self.drive_state.is_shut_down() =>
                {
                    self.pause(pauses).await;
                }
                Err(error) if is_passed_over(&error) => {
                    tracing::error!(%error, %about, "a command of the engine's own is given up");
                    self.troubles.note(&about, self.now(), in_words(&error));
                    return Ok(Taken::Refused);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Taken::Refused)
    }

    /// Has the deployments that freezes hold look at them again where they are others than was recorded: one commit for each (F1).
    pub(super) async fn look_at_freezes(&self) -> Result<(), EngineError> {
        for frozen in self.views.frozen() {
            let freezes = self.newest(&Subject::Freezes).await?;
            let at = self.newest_release(frozen.release).await?;
            let Some(freezes) = freezes.state().as_freezes() else { continue };
            let otherwise = at.release().frozen_otherwise(at.definition(), freezes, self.now());
            if otherwise.contains(&frozen) {
                self.own(frozen.release, ReleaseCommand::LookAtFreezes(frozen)).await?;
            }
        }
        Ok(())
    }
}

/// What is said where nothing comes of what the engine does by itself.
pub(super) const IN_VAIN: &str = "nothing comes of the engine's commands: it looks again after a minute";

/// What is wrong, with what it comes from.
pub(super) fn in_words(error: &EngineError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Whether the store works, and only this command comes to nothing: it says more than the store takes, or others were faster all the time.
pub(super) const fn is_passed_over(error: &EngineError) -> bool {
    matches!(error, EngineError::Contended { .. } | EngineError::Commit(CommitError::TooLarge { .. }))
}

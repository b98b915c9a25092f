//! Cursors that the store keeps (E4).

use cutover::notification::Mark;
use cutover::transaction::Command;
use cutover::{Actor, Cursor, CursorCommand, CursorId, Subject};

use super::Told;
use crate::engine::Inner;
use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Opens a cursor: the first notification by it is the next one after `at` (E4). One that is open stays where it is.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn open_cursor(
        &self,
        actor: &Actor,
        cursor: &CursorId,
        at: Mark,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Cursor(cursor.clone(), CursorCommand::Open { at })).await
    }

    /// Everything up to there was delivered, and is not needed again (E4). Acknowledge many at once: each time is one event in the log.
    /// A mark that the log has not reached keeps back what is recorded up to it.
    ///
    /// With the [epoch](Told::epoch) that came with the mark, a late word undoes no move back: it is refused if the cursor was opened or moved
    /// since. `None`: in any case, as who passes over by hand what can't be delivered.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the cursor is not open, or was moved since it had this epoch.
    pub async fn acknowledge(
        &self,
        actor: &Actor,
        cursor: &CursorId,
        up_to: Mark,
        epoch: Option<u64>,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Cursor(cursor.clone(), CursorCommand::Acknowledge { up_to, epoch })).await
    }

    /// Moves a cursor, back too: what is after `to` is delivered, once more where it was before (E4). A notifier follows it.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the cursor is not open.
    pub async fn move_cursor(
        &self,
        actor: &Actor,
        cursor: &CursorId,
        to: Mark,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Cursor(cursor.clone(), CursorCommand::Move { to })).await
    }

    /// Closes a cursor. Its notifier, if an engine that is driven has one, opens it anew at present (E4).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn close_cursor(&self, actor: &Actor, cursor: &CursorId) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Cursor(cursor.clone(), CursorCommand::Close)).await
    }

    /// A cursor as it stands; one that was never opened is not open.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn cursor(&self, id: &CursorId) -> Result<Cursor, EngineError> {
        self.0.cursor(id).await
    }

    /// The next notifications by the cursor, at most so many (E4). They come again until [`Engine::acknowledge`] is given the mark and the
    /// epoch that come with them.
    ///
    /// # Errors
    /// As [`Engine::notifications_after`]; [`EngineError::NotFound`] if the cursor is not open.
    pub async fn notifications_by(&self, id: &CursorId, at_most: usize) -> Result<Told, EngineError> {
        let cursor = self.cursor(id).await?;
        let mark = cursor.mark().ok_or_else(|| EngineError::NotFound(Subject::Cursor(id.clone())))?;
        let told = self.notifications_after(mark, at_most).await?;
        Ok(Told { epoch: Some(cursor.epoch()), ..told })
    }
}

impl Inner {
    pub(crate) async fn cursor(&self, id: &CursorId) -> Result<Cursor, EngineError> {
        let folded = self.newest(&Subject::Cursor(id.clone())).await?;
        Ok(folded.state().as_cursor().cloned().unwrap_or_default())
    }
}

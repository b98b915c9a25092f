//! Ids that the engine draws or keeps in stock.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use cutover::transaction::Command;
use cutover::{
    Actor, CommandId, CommitId, DirectoryCommand, DirectoryEvent, Event, IdKind, IncarnationId, ReleaseId,
    Subject,
};
use uuid::Builder;

use crate::engine::Inner;
use crate::{EngineError, Ids, limits};

/// The id that the bits come to: a UUID of version 4.
fn in_words(bits: u128) -> String {
    Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}

const FITS: &str = "a UUID is a valid id: 36 characters, none of them a control character";

/// Which life of an engine it is.
#[expect(clippy::expect_used, reason = "a UUID is a valid id")]
pub(crate) fn draw_incarnation(ids: &dyn Ids) -> IncarnationId {
    IncarnationId::new(in_words(ids.draw())).expect(FITS)
}

/// Ids that the directory handed out for releases and that no release has yet. Those that are left when the engine ends are
/// skipped.
#[derive(Debug, Default)]
pub(crate) struct ReleaseIds(Mutex<BTreeSet<ReleaseId>>);

impl ReleaseIds {
    pub(crate) fn take(&self) -> Option<ReleaseId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_first()
    }

    /// Adds ids that the directory handed out, or one that is certainly not used after all.
    pub(crate) fn add(&self, ids: impl IntoIterator<Item = ReleaseId>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }
}

impl Inner {
    #[expect(clippy::expect_used, reason = "a UUID is a valid id")]
    pub(crate) fn draw_command(&self) -> CommandId {
        CommandId::new(in_words(self.ids.draw())).expect(FITS)
    }

    #[expect(clippy::expect_used, reason = "a UUID is a valid id")]
    pub(super) fn draw_commit(&self) -> CommitId {
        CommitId::new(in_words(self.ids.draw())).expect(FITS)
    }

    /// An id that no release ever had, from the stock.
    pub(crate) async fn next_release_id(&self) -> Result<ReleaseId, EngineError> {
        if let Some(id) = self.release_ids.take() {
            return Ok(id);
        }
        let (first, count) = self.reserve(IdKind::Release, limits::RELEASE_IDS).await?;
        self.release_ids.add((first + 1..first + u64::from(count)).map(ReleaseId));
        Ok(ReleaseId(first))
    }

    /// Takes ids that nobody ever had: the first, and how many.
    pub(crate) async fn reserve(&self, kind: IdKind, count: u32) -> Result<(u64, u32), EngineError> {
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let command = Command::Directory(DirectoryCommand::ReserveIds { kind, count });
        let outcome = self.carry_out(&Actor::System, self.draw_command(), command).await?;
        let reserved = outcome.events.iter().find_map(|happening| {
            let Event::Directory(DirectoryEvent::IdsReserved { first, count, .. }) = happening.event else {
                return None;
            };
            Some((first, count))
        });
        reserved.ok_or(EngineError::NotFound(Subject::Directory))
    }
}

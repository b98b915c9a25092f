//! Ids that the engine draws or keeps in stock.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use cutover::{CommandId, CommitId, IncarnationId, ReleaseId};
use uuid::Uuid;

const FITS: &str = "a UUID is a valid id: 36 characters, none of them a control character";

#[expect(clippy::expect_used, reason = "a UUID is a valid id")]
pub(crate) fn draw_command() -> CommandId {
    CommandId::new(Uuid::new_v4().to_string()).expect(FITS)
}

#[expect(clippy::expect_used, reason = "a UUID is a valid id")]
pub(super) fn draw_commit() -> CommitId {
    CommitId::new(Uuid::new_v4().to_string()).expect(FITS)
}

#[expect(clippy::expect_used, reason = "a UUID is a valid id")]
pub(crate) fn draw_incarnation() -> IncarnationId {
    IncarnationId::new(Uuid::new_v4().to_string()).expect(FITS)
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

//! Which streams a store need not keep when it is rewritten (K3).

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use futures::TryStreamExt;

use crate::store::{EventStore, Position, Sequence, StoreError, StoreExt, StreamId};
use crate::{DecodeError, Event, ReleaseEvent, ReleaseId, Subject, Timestamp, later, limits};

/// Why it is not known which streams may be left out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeavingOutError {
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event of a release can't be read: a later release of Cutover wrote it, perhaps.
    #[error("event {sequence} of release {release} can't be read")]
    Decode {
        /// The release.
        release: ReleaseId,
        /// The event.
        sequence: Sequence,
        /// What is wrong with it.
        #[source]
        source: DecodeError,
    },
}

/// The streams that may be left out when the store is rewritten: those of the releases that were deleted, and that nobody can restore any more at `at` (K3).
///
/// All of the store is read. What is among them stays so: a release that can't be restored comes back in no other way. Everything else is kept, also the
/// definitions that the releases froze: others may have frozen the same.
///
/// # Errors
/// [`LeavingOutError`]; then nothing should be left out.
pub async fn streams_to_leave_out<S: EventStore + ?Sized>(
    store: &S,
    at: Timestamp,
) -> Result<BTreeSet<StreamId>, LeavingOutError> {
    let mut deleted = BTreeMap::new();
    let mut commits = store.commits_after(Position::START);
    while let Some(commit) = commits.try_next().await? {
        for recorded in &commit.events {
            let Ok(subject @ Subject::Release(release)) = Subject::try_from(&recorded.stream) else {
                continue;
            };
            let sequence = recorded.sequence;
            let event = Event::decode(&subject, recorded).map_err(|source| LeavingOutError::Decode {
                release,
                sequence,
                source,
            })?;
            if let Event::Release(ReleaseEvent::Deleted { .. }) = event {
                deleted.insert(recorded.stream.clone(), recorded.header.time);
            } else if let Event::Release(ReleaseEvent::Restored {}) = event {
                deleted.remove(&recorded.stream);
            }
        }
    }
    let days = TimeDelta::days(i64::from(limits::DELETED_RELEASE_DAYS));
    deleted.retain(|_, since| at > later(*since, days));
    Ok(deleted.into_keys().collect())
}

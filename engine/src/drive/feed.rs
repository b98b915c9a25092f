use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use cutover::store::Sequence;
use cutover::{ReleaseId, Subject};
use futures::future::poll_fn;

/// What has changed since the driver looked last, while there is a driver.
#[derive(Debug, Default)]
pub(crate) struct Feed(Mutex<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_attached: bool,
    /// Each with the newest event that is known of.
    changed: BTreeMap<Subject, Sequence>,
    is_woken: bool,
    waker: Option<Waker>,
}

/// While it lives, changes are kept for the driver.
#[derive(Debug)]
pub(crate) struct Attached<'f>(&'f Feed);

impl Feed {
    /// Keeps changes from now on.
    pub(crate) fn attach(&self) -> Attached<'_> {
        *self.shared() = Shared { is_attached: true, ..Shared::default() };
        Attached(self)
    }

    /// The stream has changed, up to this event.
    pub(crate) fn note(&self, subject: &Subject, sequence: Sequence) {
        let mut shared = self.shared();
        if shared.is_attached {
            let newest = shared.changed.entry(subject.clone()).or_default();
            *newest = sequence.max(*newest);
            shared.wake();
        }
    }

    /// Something has come of one of the release's tasks.
    pub(crate) fn note_release(&self, release: ReleaseId) {
        self.note(&Subject::Release(release), Sequence::NONE);
    }

    /// The driver looks around, even if no stream has changed.
    pub(crate) fn wake(&self) {
        self.shared().wake();
    }

    /// What has changed since it was asked last; waits until there is something, or somebody wakes the driver.
    pub(crate) async fn changed(&self) -> BTreeMap<Subject, Sequence> {
        poll_fn(|context| {
            let mut shared = self.shared();
            if std::mem::take(&mut shared.is_woken) {
                return Poll::Ready(std::mem::take(&mut shared.changed));
            }
            shared.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn wake(&mut self) {
        self.is_woken = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        *self.0.shared() = Shared::default();
    }
}

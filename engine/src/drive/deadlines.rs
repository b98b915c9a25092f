use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::deployment::Deadline;
use cutover::store::Sequence;
use cutover::{ReleaseId, Timestamp};

/// The next deadline of each release that has one, in the order in which they are decided.
#[derive(Debug, Default)]
pub(crate) struct Deadlines(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    by_release: BTreeMap<ReleaseId, (Sequence, Option<(Timestamp, Deadline)>)>,
    in_order: BTreeSet<(Timestamp, ReleaseId, Deadline)>,
}

impl Deadlines {
    /// The release has this deadline as of this event. What an older state says is not taken.
    pub(crate) fn set(&self, release: ReleaseId, at: Sequence, deadline: Option<(Timestamp, Deadline)>) {
        let mut table = self.table();
        if table.by_release.get(&release).is_some_and(|(known_at, _)| *known_at > at) {
            return;
        }
        if let Some((_, Some((instant, before)))) = table.by_release.insert(release, (at, deadline)) {
            table.in_order.remove(&(instant, release, before));
        }
        if let Some((instant, deadline)) = deadline {
            table.in_order.insert((instant, release, deadline));
        }
    }

    /// Nothing of the release is going on any more.
    pub(crate) fn forget(&self, release: ReleaseId) {
        let mut table = self.table();
        if let Some((_, Some((instant, before)))) = table.by_release.remove(&release) {
            table.in_order.remove(&(instant, release, before));
        }
    }

    pub(crate) fn clear(&self) {
        *self.table() = Table::default();
    }

    pub(crate) fn next(&self) -> Option<(Timestamp, ReleaseId, Deadline)> {
        self.table().in_order.first().copied()
    }

    /// The first one, if its moment has come.
    pub(crate) fn due(&self, now: Timestamp) -> Option<(Timestamp, ReleaseId, Deadline)> {
        self.next().filter(|(at, ..)| *at <= now)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

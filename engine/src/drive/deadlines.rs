//! The deadlines of releases: which comes next, and how they are reached in the order of them all (Time).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::deployment::Deadline;
use cutover::store::Sequence;
use cutover::{ReleaseCommand, ReleaseId, Subject, Timestamp};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::engine::Inner;
use crate::{Driving, EngineError, ReleaseAt};

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

    /// The releases that have one whose moment has come.
    pub(super) fn releases_due(&self, now: Timestamp) -> BTreeSet<ReleaseId> {
        let table = self.table();
        table.in_order.iter().take_while(|(at, ..)| *at <= now).map(|(_, release, _)| *release).collect()
    }

    /// Whether any other release has one whose moment has come.
    fn is_any_due_beside(&self, release: ReleaseId, now: Timestamp) -> bool {
        let table = self.table();
        let mut due = table.in_order.iter().take_while(|(at, ..)| *at <= now);
        due.any(|(_, other, _)| *other != release)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    pub(super) fn note_deadline(&self, at: &ReleaseAt) {
        let release = at.release();
        let Some(id) = release.about().map(|about| about.id) else { return };
        if release.going_on().next().is_some() {
            self.deadlines.set(id, at.sequence(), release.deadline());
        } else {
            self.deadlines.forget(id);
        }
    }

    /// Looks up the deadlines of all releases in which something goes on.
    pub(super) async fn note_all_deadlines(&self) -> Result<(), EngineError> {
        for release in self.views.releases_going_on() {
            let at = self.newest_release(release).await?;
            self.note_deadline(&at);
        }
        Ok(())
    }

    /// Whether deadlines of other releases have come due. While nobody drives, nobody follows them, and they are looked up.
    pub(crate) async fn others_are_due(&self, release: ReleaseId) -> Result<bool, EngineError> {
        match self.drive_state.driving() {
            Driving::Driven | Driving::ShuttingDown { .. } => {}
            Driving::NotDriven | Driving::ShutDown => {
                self.views.latest().await?;
                self.note_all_deadlines().await?;
            }
        }
        Ok(self.deadlines.is_any_due_beside(release, self.now()))
    }

    /// Reaches the deadlines whose moment has come, one at a time in the order of them all (Time): what one release has due later
    /// comes after what another has due before that.
    pub(crate) fn reach_deadlines(&self) -> BoxFuture<'_, Result<(), EngineError>> {
        // In a box, since reaching one is a command, and a command may have to wait for them.
        self.reach_in_order().boxed()
    }

    async fn reach_in_order(&self) -> Result<(), EngineError> {
        while let Some((moment, release, deadline)) = self.deadlines.due(self.now()) {
            tracing::info!(%release, ?deadline, "a deadline has come");
            self.own(release, ReleaseCommand::Reach(deadline)).await?;
            let at = self.newest_release(release).await?;
            self.note_deadline(&at);
            if at.release().deadline() == Some((moment, deadline)) {
                tracing::warn!(%release, ?deadline, "nothing came of a deadline: it is looked at again after a while");
                let what = format!("nothing came of a deadline: {deadline:?}");
                self.troubles.note_in_vain(&Subject::Release(release), self.now(), &what);
                self.deadlines.forget(release);
            }
        }
        Ok(())
    }
}

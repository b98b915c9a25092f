//! What earlier lives of this engine left: the tasks that they claimed. They are its own by its name, and nobody else's.
//!
//! A claim in its name that is newer than its own beginning was made by another engine that lives, and bears the same name: it is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use cutover::deployment::{Claim, DeploymentEvent};
use cutover::store::{Position, Sequence, StoreExt};
use cutover::{Event, IncarnationId, ReleaseEvent, ReleaseId, Subject, TaskId, Work};
use futures::TryStreamExt;
use futures::future::{Either, select};

use super::Namesake;
use super::tasks::Life;
use super::watch::{Start, spawn_search};
use crate::decode::happening;
use crate::engine::Inner;
use crate::{Clock, EngineError, Found, ReleaseAt, limits};

/// The tasks that earlier lives of the engine had claimed when it began to drive, each with which life that was.
#[derive(Debug, Default)]
pub(crate) struct Inherited(Mutex<Estate>);

#[derive(Debug, Default)]
struct Estate {
    tasks: BTreeMap<TaskId, IncarnationId>,
    /// Who was seen last of those that bear the engine's name.
    namesake: Option<Namesake>,
}

impl Inherited {
    fn begin(&self, tasks: BTreeMap<TaskId, IncarnationId>) {
        self.estate().tasks = tasks;
    }

    pub(super) fn includes(&self, task: TaskId, claim: &Claim) -> bool {
        self.estate().tasks.get(&task) == Some(&claim.incarnation)
    }

    fn tasks(&self) -> Vec<TaskId> {
        self.estate().tasks.keys().copied().collect()
    }

    /// Another engine bears the same name, and has this task. It is said once for each incarnation.
    pub(super) fn note_namesake(&self, task: TaskId, claim: &Claim) {
        let namesake = Namesake { incarnation: claim.incarnation.clone(), task };
        let before = self.estate().namesake.replace(namesake);
        if before.is_none_or(|before| before.incarnation != claim.incarnation) {
            tracing::error!(%task, name = %claim.engine, incarnation = %claim.incarnation, "another engine of this name works on the store: give each a name of its own");
        }
    }

    pub(crate) fn namesake(&self) -> Option<Namesake> {
        self.estate().namesake.clone()
    }

    fn estate(&self) -> MutexGuard<'_, Estate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Looks up, in all releases in which something goes on, the deadlines, and the tasks that earlier lives of this engine claimed up to
    /// `beginning`.
    pub(super) async fn inherit(&self, beginning: Position) -> Result<(), EngineError> {
        let mut tasks = BTreeMap::new();
        for release in self.views.releases_going_on() {
            let at = self.newest_release(release).await?;
            self.note_deadline(&at);
            let claims = self.claims_of_others(&at);
            if claims.is_empty() {
                continue;
            }
            let newer = self.taken_since(release, beginning).await?;
            tasks.extend(claims.into_iter().filter(|(task, _)| !newer.contains(task)));
        }
        for task in tasks.keys() {
            self.tasks.inherit(*task);
        }
        self.inherited.begin(tasks);
        Ok(())
    }

    /// The tasks that run in this engine's name, and not by this life of it.
    fn claims_of_others(&self, at: &ReleaseAt) -> Vec<(TaskId, IncarnationId)> {
        let work = at.release().work(at.definition()).into_iter();
        let claims = work.filter_map(|work| match work {
            Work::Watch { task, claim, .. }
                if claim.engine == self.name && claim.incarnation != self.incarnation =>
            {
                Some((task, claim.incarnation))
            }
            Work::Watch { .. } | Work::Run(_) | Work::Sample(..) | Work::Settle(_) => None,
        });
        claims.collect()
    }

    /// The release's tasks that were claimed or taken up after this commit.
    async fn taken_since(
        &self,
        release: ReleaseId,
        after: Position,
    ) -> Result<BTreeSet<TaskId>, EngineError> {
        let mut taken = BTreeSet::new();
        let stream = Subject::Release(release).stream();
        let mut events = self.store.events_of(&stream, Sequence::NONE);
        while let Some(recorded) = events.try_next().await? {
            if recorded.position <= after {
                continue;
            }
            if let Event::Release(ReleaseEvent::Deployment(
                DeploymentEvent::TaskClaimed { task, .. } | DeploymentEvent::TaskReattached { task, .. },
            )) = happening(&recorded)?.event
            {
                taken.insert(task);
            }
        }
        Ok(taken)
    }

    /// Asks what became of the tasks whose time, or that of their release, came while nobody drove, before anything is decided by that: what
    /// ended in its time has not timed out (Time). Who still runs, or can't be found at once, is not waited for.
    pub(super) async fn look_first(self: &Arc<Self>) -> Result<(), EngineError> {
        let mut open = self.search_overdue().await?;
        let by = self.now() + TimeDelta::seconds(limits::LOOK_FIRST_SECONDS);
        loop {
            for task in open.clone() {
                if !self.follow_first(task).await? {
                    open.remove(&task);
                }
            }
            if open.is_empty() || self.drive_state.is_shut_down() {
                return Ok(());
            }
            let changed = std::pin::pin!(self.feed.changed());
            if let Either::Right(_) = select(changed, self.clock.wait_until(by)).await {
                tracing::warn!(
                    tasks = open.len(),
                    "what became of tasks is not known in time: deadlines are decided without that"
                );
                return Ok(());
            }
        }
    }

    async fn search_overdue(self: &Arc<Self>) -> Result<BTreeSet<TaskId>, EngineError> {
        let overdue = self.deadlines.releases_due(self.now());
        let mut asked = BTreeSet::new();
        for task in self.inherited.tasks() {
            let is_unasked =
                matches!(self.tasks.get(task), None | Some(Life::Unanswered { searches: 0, .. }));
            if !is_unasked || !overdue.contains(&task.deployment().release) {
                continue;
            }
            let at = self.newest_release(task.deployment().release).await?;
            if let Ok(order) = self.order(&at, task, Start::Resume).await? {
                spawn_search(self, order.task);
                asked.insert(task);
            }
        }
        Ok(asked)
    }

    /// Goes on with a task that is looked for first. Says whether more is to come of it.
    async fn follow_first(self: &Arc<Self>, task: TaskId) -> Result<bool, EngineError> {
        match self.tasks.get(task) {
            Some(Life::Asked { .. } | Life::Running { .. }) => Ok(true),
            // It is not taken up before: that would be decided after its deadlines.
            Some(Life::Answered(Found::Ended)) => {
                self.findings.reattached(task);
                self.begin(task, Start::Resume).await?;
                Ok(true)
            }
            Some(Life::Ended(report)) => {
                self.report(task, report).await?;
                Ok(false)
            }
            Some(Life::Claiming | Life::Unanswered { .. } | Life::Answered(_)) | None => Ok(false),
        }
    }
}

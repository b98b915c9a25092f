//! The loop: follows the log, keeps the time, and looks at what has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::store::{EventStore, Sequence};
use cutover::{ReleaseId, Subject, Timestamp};
use futures::future::{BoxFuture, Fuse, FusedFuture};
use futures::stream::{FuturesUnordered, unfold};
use futures::{FutureExt, StreamExt, select_biased};

use super::chores::Chore;
use super::notifying::notify;
use super::reconcile::Room;
use super::sweeping::spawn_sweep;
use crate::engine::Inner;
use crate::{Clock, EngineError, StopHandle, Urgency, limits};

/// Something that was looked at.
#[derive(Debug, Clone)]
enum Done {
    Release(ReleaseId, Room),
    Chore(Chore),
    Deadlines,
}

/// What is to be looked at, and what is being looked at.
struct Driver {
    engine: Arc<Inner>,
    jobs: FuturesUnordered<BoxFuture<'static, Result<Done, EngineError>>>,
    /// One for each notifier; they hear of the end by `stop`.
    notifying: FuturesUnordered<BoxFuture<'static, Result<(), EngineError>>>,
    stop: StopHandle,
    /// Each with the newest event that must have been seen.
    dirty: BTreeMap<ReleaseId, Sequence>,
    busy: BTreeSet<ReleaseId>,
    chores: BTreeSet<Chore>,
    busy_chores: BTreeSet<Chore>,
    /// Releases with a task that waits only since as many run as may.
    waiting: BTreeSet<ReleaseId>,
    is_reaching: bool,
    /// Whether gates are looked at a last time, since the engine was shut down.
    has_caught_up: bool,
    timer: Fuse<BoxFuture<'static, ()>>,
    timer_at: Option<Timestamp>,
}

impl Inner {
    /// Drives until the engine is shut down or the store fails.
    #[tracing::instrument(skip_all, fields(engine = %self.name, incarnation = %self.incarnation))]
    pub(crate) async fn drive(self: Arc<Self>) -> Result<(), EngineError> {
        let _driven = self.drive_state.begin()?;
        if self.drive_state.stop_by().is_some() {
            return Ok(());
        }
        let _attached = self.feed.attach();
        self.views.latest().await?;
        let beginning = self.views.position();
        let going_on = self.views.releases_going_on().len();
        self.findings.begin(going_on);
        self.troubles.forget_all();
        self.deadlines.clear();
        tracing::info!(releases = going_on, position = %beginning, "drives");
        self.inherit(beginning).await?;
        self.look_first().await?;
        // What came due while nobody drove is decided before all else, in its own order, so that it makes no difference that nobody did.
        self.reach_deadlines().await?;
        self.reach_schedules().await?;
        spawn_sweep(&self);
        let mut driver = Driver::new(&self);
        // Those that began meanwhile too: that they changed may have been told before there was a driver.
        let going_on = self.views.releases_going_on().into_iter();
        driver.dirty.extend(going_on.chain(self.tasks.releases()).map(|id| (id, Sequence::NONE)));
        driver.chores.extend(self.views.queues_with_pending_work().into_iter().map(Chore::Queue));
        driver.chores.extend(self.views.locks_have_pending_work().then_some(Chore::Locks));
        driver.chores.extend(self.views.pools_with_pending_work().into_iter().map(Chore::Pool));
        driver.chores.extend(self.views.queues_to_observe(None).into_iter().map(Chore::NewTargets));
        driver.chores.extend(self.views.pipelines_being_deleted().into_iter().map(Chore::Deleting));
        // They may have changed while nobody drove.
        driver.chores.insert(Chore::Freezes);
        driver.chores.extend(self.views.pipelines_to_follow(self.now()).into_iter().map(Chore::Triggers));
        for (cursor, notifier) in &self.notifiers {
            driver.notifying.push(notify(&self, cursor, notifier, driver.stop.signal()));
        }
        let result = driver.go_on().await;
        match &result {
            Ok(()) => tracing::info!("drives no more"),
            Err(error) => tracing::error!(%error, "drives no more"),
        }
        result
    }

    /// Waits for the log to grow, and folds what is new.
    async fn follow(&self) -> Result<(), EngineError> {
        self.store.wait_past(self.views.position()).await?;
        self.views.catch_up().await
    }
}

impl Driver {
    fn new(engine: &Arc<Inner>) -> Self {
        Self {
            engine: Arc::clone(engine),
            jobs: FuturesUnordered::new(),
            notifying: FuturesUnordered::new(),
            stop: StopHandle::new(),
            dirty: BTreeMap::new(),
            busy: BTreeSet::new(),
            chores: BTreeSet::new(),
            busy_chores: BTreeSet::new(),
            waiting: BTreeSet::new(),
            is_reaching: false,
            has_caught_up: false,
            timer: Fuse::terminated(),
            timer_at: None,
        }
    }

    async fn go_on(&mut self) -> Result<(), EngineError> {
        let engine = Arc::clone(&self.engine);
        let following = unfold((), |()| async { Some((engine.follow().await, ())) });
        let mut following = Box::pin(following).fuse();
        loop {
            self.start_jobs();
            if self.is_finished() {
                return Ok(());
            }
            self.set_timer();
            // Fewest first: jobs and changes come to an end by themselves, the log may always have more.
            select_biased! {
                done = self.jobs.select_next_some() => self.take(done?),
                ended = self.notifying.select_next_some() => ended?,
                changed = self.engine.feed.changed().fuse() => self.note(changed),
                () = &mut self.timer => self.timer_at = None,
                followed = following.select_next_some() => followed?,
            }
        }
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Release(release, room) => {
                self.busy.remove(&release);
                if room == Room::Wanted {
                    self.waiting.insert(release);
                }
            }
            Done::Chore(chore) => {
                self.busy_chores.remove(&chore);
            }
            Done::Deadlines => self.is_reaching = false,
        }
    }

    fn note(&mut self, changed: BTreeMap<Subject, Sequence>) {
        for (subject, sequence) in changed {
            if let Subject::Release(release) = subject {
                let newest = self.dirty.entry(release).or_default();
                *newest = sequence.max(*newest);
            } else {
                self.chores.extend(self.engine.chores_of(&subject));
            }
        }
    }

    /// Looks at the releases with a task that its runner is asked for again, at those whose gates have a sample that begins or ends now, and
    /// at whatever nothing came of a while ago; at all of these once when the engine is shut down, so that what was counted is recorded.
    fn look_at_alarms(&mut self) {
        let (samplings, now) = (&self.engine.samplings, self.engine.now());
        let mut releases = samplings.ring(now);
        releases.extend(self.engine.tasks.ring(now));
        if self.engine.drive_state.stop_by().is_some() && !std::mem::replace(&mut self.has_caught_up, true) {
            releases.extend(samplings.releases());
        }
        for release in releases {
            self.dirty.entry(release).or_default();
        }
        let again = self.engine.troubles.ring(now);
        if again.iter().any(|about| matches!(about, Subject::Release(_))) {
            // That it is frozen otherwise may be what could not be recorded.
            self.chores.insert(Chore::Freezes);
        }
        for about in &again {
            self.engine.clear_if_done(about);
        }
        self.note(again.into_iter().map(|about| (about, Sequence::NONE)).collect());
    }

    fn start_jobs(&mut self) {
        if self.engine.drive_state.is_shut_down() {
            self.stop.stop(Urgency::Gently);
        }
        self.look_at_alarms();
        let places = self.engine.tasks.places_left(self.engine.tasks_at_once);
        for _ in 0..places {
            let Some(release) = self.waiting.pop_first() else { break };
            self.dirty.entry(release).or_default();
        }
        if !self.is_reaching && self.next_deadline().is_some_and(|at| at <= self.engine.now()) {
            self.is_reaching = true;
            let engine = Arc::clone(&self.engine);
            let job = async move {
                engine.reach_deadlines().await?;
                engine.reach_schedules().await.map(|()| Done::Deadlines)
            };
            self.jobs.push(job.boxed());
        }
        let free = limits::CHORES_AT_ONCE.saturating_sub(self.busy_chores.len());
        let chores: Vec<_> = self.chores.difference(&self.busy_chores).take(free).cloned().collect();
        for chore in chores {
            self.chores.remove(&chore);
            self.busy_chores.insert(chore.clone());
            let engine = Arc::clone(&self.engine);
            let job = async move {
                engine.do_chore(&chore).await?;
                Ok(Done::Chore(chore))
            };
            self.jobs.push(job.boxed());
        }
        let free = limits::JOBS_AT_ONCE.saturating_sub(self.busy.len());
        let idle = self.dirty.iter().filter(|(release, _)| !self.busy.contains(release));
        let next: Vec<_> = idle.take(free).map(|(release, sequence)| (*release, *sequence)).collect();
        for (release, sequence) in next {
            self.dirty.remove(&release);
            self.busy.insert(release);
            let engine = Arc::clone(&self.engine);
            let job = async move {
                let room = engine.reconcile(release, sequence).await?;
                Ok(Done::Release(release, room))
            };
            self.jobs.push(job.boxed());
        }
    }

    /// When something comes due next: a deadline of a release, or a schedule of a pipeline.
    fn next_deadline(&self) -> Option<Timestamp> {
        let schedule = self.engine.views.upcoming(1).first().map(|upcoming| upcoming.at);
        self.engine.deadlines.next().map(|(at, ..)| at).into_iter().chain(schedule).min()
    }

    /// Sets the timer to whatever comes first. While deadlines are being reached the next one is not known yet.
    fn set_timer(&mut self) {
        let deadline = if self.is_reaching { None } else { self.next_deadline() };
        let alarms = self.engine.samplings.next_alarm().into_iter().chain(self.engine.tasks.next_alarm());
        let alarms = alarms.chain(self.engine.troubles.next_alarm());
        let others = self.engine.drive_state.stop_by().into_iter().chain(alarms);
        let next = deadline.into_iter().chain(others).min();
        if next == self.timer_at && (next.is_none() || !self.timer.is_terminated()) {
            return;
        }
        self.timer_at = next;
        self.timer = match next {
            Some(at) => {
                let clock = Arc::clone(&self.engine.clock);
                async move { clock.wait_until(at).await }.boxed().fuse()
            }
            None => Fuse::terminated(),
        };
    }

    /// Whether the engine was shut down, and its tasks have ended or had their time.
    fn is_finished(&self) -> bool {
        let Some(by) = self.engine.drive_state.stop_by() else { return false };
        let is_quiet = self.jobs.is_empty() && self.engine.tasks.is_quiet() && self.notifying.is_empty();
        is_quiet || self.engine.now() >= by
    }
}

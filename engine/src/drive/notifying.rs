//! Delivering: one notifier is told one notification after the other, by its cursor (E4).
//!
//! What was delivered is acknowledged in batches, so that the log does not grow by an event for each: after so many, after a while, when
//! a delivery fails, and at the end. So a crash between a delivery and its acknowledgement delivers again, and loses nothing.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::TimeDelta;
use cutover::notification::{Mark, Notification};
use cutover::store::EventStore;
use cutover::transaction::Command;
use cutover::{CursorCommand, CursorId, Timestamp};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Either, select};
use tracing::Instrument;

use super::deliveries::{Deliveries, Delivery};
use super::own::Taken;
use super::watch::words_of;
use crate::engine::Inner;
use crate::notifications::{Progress, Telling};
use crate::{Clock, EngineError, NotDelivered, Notifier, StopSignal, Urgency, limits};

/// Tells one notifier.
struct Courier {
    engine: Arc<Inner>,
    cursor: CursorId,
    notifier: Arc<dyn Notifier>,
    stop: StopSignal,
    telling: Telling,
    /// By which the cursor stood where it was taken up.
    epoch: u64,
    delivered: Mark,
    acknowledged: Mark,
    /// How many were delivered since, and by when that is to be recorded.
    unacknowledged: usize,
    acknowledge_by: Option<Timestamp>,
}

/// What came of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivered {
    Yes,
    /// Somebody moved the cursor meanwhile, or the engine was shut down.
    LeftAlone,
}

/// Delivers by the cursor until it is told to stop.
pub(super) fn notify(
    engine: &Arc<Inner>,
    cursor: &CursorId,
    notifier: &Arc<dyn Notifier>,
    stop: StopSignal,
) -> BoxFuture<'static, Result<(), EngineError>> {
    let span = tracing::info_span!("notifier", %cursor);
    let (engine, cursor, notifier) = (Arc::clone(engine), cursor.clone(), Arc::clone(notifier));
    let future = async move { Courier::begin(engine, cursor, notifier, stop).await?.go_on().await };
    future.instrument(span).boxed()
}

impl Courier {
    async fn begin(
        engine: Arc<Inner>,
        cursor: CursorId,
        notifier: Arc<dyn Notifier>,
        stop: StopSignal,
    ) -> Result<Self, EngineError> {
        let (mark, epoch) = opened(&engine, &cursor).await?;
        let telling = Telling::from(&engine, mark);
        Ok(Self {
            engine,
            cursor,
            notifier,
            stop,
            telling,
            epoch,
            delivered: mark,
            acknowledged: mark,
            unacknowledged: 0,
            acknowledge_by: None,
        })
    }

    async fn go_on(mut self) -> Result<(), EngineError> {
        loop {
            self.show(None);
            if self.stop.urgency().is_some() {
                return self.acknowledge().await;
            }
            self.follow_cursor().await?;
            match self.telling.go_on().await? {
                Progress::Told(notification) => self.take(*notification).await?,
                Progress::ReadOn => {
                    self.delivered = self.telling.mark();
                    self.acknowledge_if_due().await?;
                }
                Progress::AtTheEnd => {
                    self.delivered = self.telling.mark();
                    self.wait_for_more().await?;
                }
            }
        }
    }

    async fn take(&mut self, notification: Notification) -> Result<(), EngineError> {
        match self.deliver(&Arc::new(notification)).await? {
            Delivered::LeftAlone => {
                // It comes again, unless somebody acknowledged it.
                self.telling = Telling::from(&self.engine, self.delivered);
                return Ok(());
            }
            Delivered::Yes => {}
        }
        self.delivered = self.telling.mark();
        self.unacknowledged += 1;
        let now = self.engine.now();
        let by =
            *self.acknowledge_by.get_or_insert(now + TimeDelta::seconds(limits::ACKNOWLEDGE_AFTER_SECONDS));
        if self.unacknowledged >= limits::DELIVERIES_UNACKNOWLEDGED || by <= now {
            self.acknowledge().await?;
        }
        Ok(())
    }

    /// Tries until it is delivered. Before the first pause what was delivered before is acknowledged.
    async fn deliver(&mut self, notification: &Arc<Notification>) -> Result<Delivered, EngineError> {
        let mut delivery =
            Delivery { notification: notification.id, since: self.engine.now(), failures: 0, failed: None };
        loop {
            self.show(Some(&delivery));
            let Err(error) = self.try_once(notification).await else { return Ok(Delivered::Yes) };
            self.acknowledge().await?;
            let pause = limits::LONGEST_PAUSE_SECONDS.min(1 << delivery.failures.min(16));
            let again = self.engine.now() + TimeDelta::seconds(pause);
            delivery.failures = delivery.failures.saturating_add(1);
            tracing::warn!(notification = %notification.id, %error, failures = delivery.failures, "it is not delivered");
            delivery.failed = Some((error.0, again));
            self.show(Some(&delivery));
            let pausing = self.engine.clock.wait_until(again);
            if let Either::Right(_) = select(pausing, self.stop.stopped(Urgency::Gently).boxed()).await {
                return Ok(Delivered::LeftAlone);
            }
            if self.has_cursor_moved().await? {
                return Ok(Delivered::LeftAlone);
            }
            delivery.failed = None;
        }
    }

    /// Has the host deliver it, beside the engine.
    async fn try_once(&self, notification: &Arc<Notification>) -> Result<(), NotDelivered> {
        let (sender, receiver) = oneshot::channel();
        let (notifier, notification) = (Arc::clone(&self.notifier), Arc::clone(notification));
        let turn = self.engine.notifier_states.turn(&self.cursor).await;
        let delivering = async move {
            let _turn = turn;
            let delivering = AssertUnwindSafe(async { notifier.deliver(&notification).await }).catch_unwind();
            let answer = delivering.await.unwrap_or_else(|panic| {
                Err(NotDelivered(format!("its notifier panicked: {}", words_of(&*panic))))
            });
            // Who waits for it may be gone, since the engine was dropped.
            let _gone = sender.send(answer);
        };
        self.engine.spawn.spawn(delivering.boxed());
        receiver.await.unwrap_or_else(|_| Err(NotDelivered("the executor dropped the delivery".to_owned())))
    }

    /// Records how far it is where it is time to, or where much was recorded of which nobody needs to hear: a later life need not read
    /// that again.
    async fn acknowledge_if_due(&mut self) -> Result<(), EngineError> {
        let quiet = self.delivered.position().0.saturating_sub(self.acknowledged.position().0);
        let is_due = match self.acknowledge_by {
            Some(by) => by <= self.engine.now(),
            None => quiet >= limits::QUIET_COMMITS,
        };
        if is_due { self.acknowledge().await } else { Ok(()) }
    }

    /// Waits until something is recorded, it is time to acknowledge, or the engine is shut down.
    async fn wait_for_more(&mut self) -> Result<(), EngineError> {
        self.acknowledge_if_due().await?;
        let more = self.telling.more();
        let stopped = self.stop.stopped(Urgency::Gently);
        let due = async {
            match self.acknowledge_by {
                Some(by) => self.engine.clock.wait_until(by).await,
                None => futures::future::pending().await,
            }
        };
        let others = select(stopped.boxed(), due.boxed());
        match select(more.boxed(), others).await {
            Either::Left((more, _)) => more,
            Either::Right(_) => Ok(()),
        }
    }

    /// Records how far it is.
    async fn acknowledge(&mut self) -> Result<(), EngineError> {
        (self.unacknowledged, self.acknowledge_by) = (0, None);
        if self.delivered <= self.acknowledged {
            return Ok(());
        }
        let command = CursorCommand::Acknowledge { up_to: self.delivered, epoch: Some(self.epoch) };
        let command = Command::Cursor(self.cursor.clone(), command);
        match self.engine.own_command(command).await? {
            Taken::Yes | Taken::Idle => self.acknowledged = self.delivered,
            // Somebody moved or closed the cursor, which is found out before the next delivery; or it could not be recorded.
            Taken::Refused => {
                let after = TimeDelta::seconds(limits::ACKNOWLEDGE_AFTER_SECONDS);
                self.acknowledge_by = Some(self.engine.now() + after);
            }
        }
        Ok(())
    }

    /// Goes where the cursor was moved by others: further by an acknowledgement, or anywhere by hand.
    async fn follow_cursor(&mut self) -> Result<(), EngineError> {
        let (mark, epoch) = opened(&self.engine, &self.cursor).await?;
        if epoch != self.epoch || mark > self.delivered {
            tracing::info!(%mark, "the cursor was moved");
            (self.epoch, self.delivered, self.acknowledged) = (epoch, mark, mark);
            (self.unacknowledged, self.acknowledge_by) = (0, None);
            self.telling = Telling::from(&self.engine, mark);
        }
        Ok(())
    }

    async fn has_cursor_moved(&self) -> Result<bool, EngineError> {
        let cursor = self.engine.cursor(&self.cursor).await?;
        let is_further = cursor.mark().is_none_or(|mark| mark > self.delivered);
        Ok(is_further || cursor.epoch() != self.epoch)
    }

    fn show(&self, current: Option<&Delivery>) {
        self.engine.notifier_states.set(Deliveries {
            cursor: self.cursor.clone(),
            delivered: self.delivered,
            acknowledged: self.acknowledged,
            current: current.cloned(),
        });
    }
}

/// Where the cursor stands, with its epoch. One that is not open begins at present.
async fn opened(engine: &Inner, id: &CursorId) -> Result<(Mark, u64), EngineError> {
    loop {
        let cursor = engine.cursor(id).await?;
        if let Some(mark) = cursor.mark() {
            return Ok((mark, cursor.epoch()));
        }
        let at = Mark::Through(engine.store.head().await?);
        engine.own_command(Command::Cursor(id.clone(), CursorCommand::Open { at })).await?;
    }
}

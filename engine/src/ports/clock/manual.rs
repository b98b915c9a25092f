use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use chrono::TimeDelta;
use cutover::Timestamp;
use futures::future::poll_fn;

use super::Clock;

/// A clock that stands still until it is set: for tests of pipelines, time-outs and all that would take long. Clones are the same
/// clock.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use cutover_engine::{Clock, ManualClock};
///
/// let clock = ManualClock::at(DateTime::UNIX_EPOCH);
/// clock.advance(TimeDelta::minutes(5));
/// assert_eq!(clock.now(), DateTime::UNIX_EPOCH + TimeDelta::minutes(5));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    now: Timestamp,
    wakers: Vec<Waker>,
}

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Hands { now, wakers: Vec::new() })))
    }

    /// Shows another time from now on; it may be an earlier one.
    pub fn set(&self, now: Timestamp) {
        let wakers = {
            let mut hands = self.hands();
            hands.now = now;
            std::mem::take(&mut hands.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Shows a time that is later by so much.
    pub fn advance(&self, by: TimeDelta) {
        let now = self.hands().now;
        self.set(now + by);
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.hands().now
    }

    async fn wait_until(&self, at: Timestamp) {
        poll_fn(|context| {
            let mut hands = self.hands();
            if hands.now >= at {
                return Poll::Ready(());
            }
            if !hands.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                hands.wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

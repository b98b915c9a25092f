use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use chrono::TimeDelta;
use cutover::Timestamp;

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
    /// Who waits, by the moment, then by a number that tells those of one moment apart.
    waiting: BTreeMap<(Timestamp, u64), Waker>,
    next: u64,
}

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Hands { now, waiting: BTreeMap::new(), next: 0 })))
    }

    /// Shows another time from now on; it may be an earlier one.
    pub fn set(&self, now: Timestamp) {
        let due = {
            let mut hands = self.hands();
            hands.now = now;
            let later = hands.waiting.split_off(&(now, u64::MAX));
            std::mem::replace(&mut hands.waiting, later)
        };
        due.into_values().for_each(Waker::wake);
    }

    /// Shows a time that is later by so much.
    pub fn advance(&self, by: TimeDelta) {
        let now = self.hands().now;
        self.set(now + by);
    }

    /// The first moment that somebody waits for; `None` if nobody waits.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        self.hands().waiting.keys().next().map(|(at, _)| *at)
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
        Alarm { clock: self, at, number: None }.await;
    }
}

/// Waits for a moment. Its waker leaves with it.
struct Alarm<'c> {
    clock: &'c ManualClock,
    at: Timestamp,
    number: Option<u64>,
}

impl Future for Alarm<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut hands = self.clock.hands();
        if hands.now >= self.at {
            return Poll::Ready(());
        }
        let number = self.number.unwrap_or(hands.next);
        if self.number.is_none() {
            hands.next += 1;
        }
        hands.waiting.insert((self.at, number), context.waker().clone());
        drop(hands);
        self.number = Some(number);
        Poll::Pending
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.clock.hands().waiting.remove(&(self.at, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use futures::FutureExt;

    use super::*;

    #[test]
    fn it_says_what_is_waited_for_first_and_forgets_who_waits_no_longer() {
        let start = DateTime::UNIX_EPOCH;
        let clock = ManualClock::at(start);
        let at = |minutes| start + TimeDelta::minutes(minutes);
        let (mut first, mut second) = (clock.wait_until(at(1)), clock.wait_until(at(2)));
        assert_eq!(clock.next_alarm(), None);
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        assert_eq!(clock.next_alarm(), Some(at(1)));
        drop(first);
        assert_eq!(clock.next_alarm(), Some(at(2)));
        // It may step back, and those who wait wait on.
        clock.set(at(-5));
        assert!((&mut second).now_or_never().is_none());
        clock.set(at(2));
        assert_eq!(clock.next_alarm(), None);
        assert!(second.now_or_never().is_some());
    }
}

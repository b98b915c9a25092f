//! One thread that wakes futures at given instants.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

/// The alarms that were not given yet. Its thread ends with it.
#[derive(Debug)]
pub(super) struct Timers(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    alarms: Mutex<Alarms>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Alarms {
    /// By instant, then by a number that tells those of one instant apart.
    wakers: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    is_closed: bool,
}

impl Timers {
    pub(super) fn start() -> Arc<Self> {
        let shared = Arc::new(Shared::default());
        let its_own = Arc::clone(&shared);
        thread::spawn(move || its_own.ring());
        Arc::new(Self(shared))
    }

    /// Is ready at `instant`.
    pub(super) const fn alarm(&self, instant: Instant) -> Alarm<'_> {
        Alarm { timers: self, instant, number: None }
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.0.alarms().is_closed = true;
        self.0.changed.notify_one();
    }
}

impl Shared {
    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        let mut alarms = self.alarms();
        while !alarms.is_closed {
            let now = Instant::now();
            let later = alarms.wakers.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut alarms.wakers, later);
            if !due.is_empty() {
                drop(alarms);
                for waker in due.into_values() {
                    // Everybody else is still to be woken.
                    if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                        tracing::error!("a waker panicked");
                    }
                }
                alarms = self.alarms();
                continue;
            }
            alarms = match alarms.wakers.keys().next() {
                Some((first, _)) => {
                    let sleep = first.saturating_duration_since(now);
                    self.changed.wait_timeout(alarms, sleep).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(alarms).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// A future that is ready at its instant.
#[derive(Debug)]
pub(super) struct Alarm<'t> {
    timers: &'t Timers,
    instant: Instant,
    number: Option<u64>,
}

impl Future for Alarm<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.instant {
            return Poll::Ready(());
        }
        let shared = &self.timers.0;
        let mut alarms = shared.alarms();
        let number = self.number.unwrap_or(alarms.next);
        if self.number.is_none() {
            alarms.next += 1;
        }
        alarms.wakers.insert((self.instant, number), context.waker().clone());
        drop(alarms);
        shared.changed.notify_one();
        self.number = Some(number);
        Poll::Pending
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.timers.0.alarms().wakers.remove(&(self.instant, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::Wake;
    use std::time::Duration;

    use futures::FutureExt;
    use futures::executor::block_on;

    use super::*;

    /// Notes its name when it is woken.
    struct Notes(&'static str, mpsc::Sender<&'static str>);

    impl Wake for Notes {
        fn wake(self: Arc<Self>) {
            self.1.send(self.0).unwrap_or_default();
        }
    }

    /// Whoever is held up meanwhile finds all of them ready at once: the order is that of waking.
    #[test]
    fn alarms_are_given_in_the_order_of_their_instants() {
        let timers = Timers::start();
        let (mut after, patience) = (Duration::from_millis(40), Duration::from_mins(1));
        loop {
            let (woken, order) = mpsc::channel();
            let wait = |alarm: &mut Alarm<'_>, name| {
                let waker = Waker::from(Arc::new(Notes(name, woken.clone())));
                Pin::new(alarm).poll(&mut Context::from_waker(&waker)).is_pending()
            };
            let start = Instant::now();
            let (mut later, mut sooner) = (timers.alarm(start + after * 3), timers.alarm(start + after));
            if wait(&mut later, "later") && wait(&mut sooner, "sooner") {
                assert_eq!(order.recv_timeout(patience), Ok("sooner"));
                assert!(start.elapsed() >= after);
                assert_eq!(order.recv_timeout(patience), Ok("later"));
                assert!(start.elapsed() >= after * 3);
                break;
            }
            // This thread was held up for too long to tell.
            after *= 2;
        }
        assert!(timers.0.alarms().wakers.is_empty());
    }

    /// Story: a waker that panicked ended the thread that wakes everybody, and nothing happened in time any more.
    #[test]
    fn a_waker_that_panics_keeps_nobody_else_from_being_woken() {
        struct Panics;

        impl Wake for Panics {
            fn wake(self: Arc<Self>) {
                panic!("a waker that panics");
            }
        }

        let timers = Timers::start();
        let start = Instant::now();
        let mut first = timers.alarm(start + Duration::from_millis(2));
        let waker = Waker::from(Arc::new(Panics));
        assert!(Pin::new(&mut first).poll(&mut Context::from_waker(&waker)).is_pending());
        let (woken, is_woken) = mpsc::channel();
        let its_own = Arc::clone(&timers);
        thread::spawn(move || {
            block_on(its_own.alarm(start + Duration::from_millis(20)));
            woken.send(()).unwrap_or_default();
        });
        assert_eq!(is_woken.recv_timeout(Duration::from_mins(1)), Ok(()));
    }

    #[test]
    fn an_alarm_that_was_dropped_leaves_nothing_behind() {
        let timers = Timers::start();
        let mut alarm = timers.alarm(Instant::now() + Duration::from_hours(1));
        assert!((&mut alarm).now_or_never().is_none());
        assert_eq!(timers.0.alarms().wakers.len(), 1);
        drop(alarm);
        assert!(timers.0.alarms().wakers.is_empty());
    }
}

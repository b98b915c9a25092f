//! How a running task is told to stop.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// How a task should stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It is asked to, and given its job's cancel time-out.
    Gently,
    /// At once: it was given up.
    AtOnce,
}

#[derive(Debug, Default)]
struct Shared {
    urgency: Option<Urgency>,
    /// One for each future that waits, by a number that it was given.
    wakers: BTreeMap<u64, Waker>,
    next: u64,
}

/// The engine's end: tells the task to stop.
#[derive(Debug, Clone, Default)]
pub struct StopHandle(Arc<Mutex<Shared>>);

/// The runner's end: learns that the task should stop.
#[derive(Debug, Clone)]
pub struct StopSignal(Arc<Mutex<Shared>>);

impl StopHandle {
    /// A task that nobody asked to stop.
    pub fn new() -> Self {
        Self::default()
    }

    /// The runner's end. Any number of them hear the same.
    pub fn signal(&self) -> StopSignal {
        StopSignal(Arc::clone(&self.0))
    }

    /// Asks the task to stop. A more urgent word replaces a less urgent one, never the other way round.
    pub fn stop(&self, urgency: Urgency) {
        let wakers = {
            let mut shared = locked(&self.0);
            if shared.urgency >= Some(urgency) {
                return;
            }
            shared.urgency = Some(urgency);
            std::mem::take(&mut shared.wakers)
        };
        wakers.into_values().for_each(Waker::wake);
    }
}

impl StopSignal {
    /// How it should stop; `None` while it may go on.
    pub fn urgency(&self) -> Option<Urgency> {
        locked(&self.0).urgency
    }

    /// Returns once it should stop at least so urgently.
    pub async fn stopped(&self, at_least: Urgency) {
        Stopped { shared: &self.0, at_least, number: None }.await;
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits to hear it. Its waker leaves with it: a runner may wait anew as often as it likes.
struct Stopped<'s> {
    shared: &'s Mutex<Shared>,
    at_least: Urgency,
    number: Option<u64>,
}

impl Future for Stopped<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut shared = locked(self.shared);
        if shared.urgency >= Some(self.at_least) {
            return Poll::Ready(());
        }
        let number = self.number.unwrap_or(shared.next);
        if self.number.is_none() {
            shared.next += 1;
        }
        shared.wakers.insert(number, context.waker().clone());
        drop(shared);
        self.number = Some(number);
        Poll::Pending
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            locked(self.shared).wakers.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_more_urgent_word_replaces_a_less_urgent_one_and_never_the_other_way_round() {
        let handle = StopHandle::new();
        let signal = handle.signal();
        assert_eq!(signal.urgency(), None);
        handle.stop(Urgency::Gently);
        assert!(signal.stopped(Urgency::Gently).now_or_never().is_some());
        assert!(signal.stopped(Urgency::AtOnce).now_or_never().is_none());
        handle.stop(Urgency::AtOnce);
        handle.stop(Urgency::Gently);
        assert_eq!(signal.urgency(), Some(Urgency::AtOnce));
    }

    #[test]
    fn who_waits_no_longer_leaves_nothing_behind() {
        let handle = StopHandle::new();
        let signal = handle.signal();
        for _ in 0..3 {
            assert!(signal.stopped(Urgency::Gently).now_or_never().is_none());
        }
        assert!(locked(&handle.0).wakers.is_empty());
    }
}

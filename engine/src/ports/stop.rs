//! How a running task is told to stop.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use futures::future::poll_fn;

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
    wakers: Vec<Waker>,
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
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.urgency < Some(urgency) {
            shared.urgency = Some(urgency);
            shared.wakers.drain(..).for_each(Waker::wake);
        }
    }
}

impl StopSignal {
    /// How it should stop; `None` while it may go on.
    pub fn urgency(&self) -> Option<Urgency> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).urgency
    }

    /// Returns once it should stop at least so urgently.
    pub async fn stopped(&self, at_least: Urgency) {
        poll_fn(|context| {
            let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.urgency >= Some(at_least) {
                return Poll::Ready(());
            }
            if !shared.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                shared.wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

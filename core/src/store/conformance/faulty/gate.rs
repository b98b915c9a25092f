//! A gate that calls wait at until the test lets them through.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Holds calls, or answers, until it is told to let them through. Its clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<Mutex<State>>);

/// Whose turn it is at a [`Gate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Who came first.
    First,
    /// Who came last: so answers overtake each other.
    Last,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    arrived: u64,
    /// Those who wait, in the order in which they came, each with a number of its own.
    waiting: VecDeque<(u64, Waker)>,
    /// Those who wait for somebody to come.
    watching: Vec<Waker>,
}

impl Gate {
    /// A gate that is shut.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait at it.
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Returns once at least `count` wait at it. What is dropped meanwhile waits no more.
    pub async fn until_waiting(&self, count: usize) {
        poll_fn(|context| {
            let mut state = self.state();
            if state.waiting.len() >= count {
                return Poll::Ready(());
            }
            state.watching.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Lets one of those through who wait. False if nobody does.
    pub fn let_through(&self, turn: Turn) -> bool {
        let mut state = self.state();
        let gone = match turn {
            Turn::First => state.waiting.pop_front(),
            Turn::Last => state.waiting.pop_back(),
        };
        drop(state);
        if let Some((_, waker)) = &gone {
            waker.wake_by_ref();
        }
        gone.is_some()
    }

    /// Lets everybody through from now on.
    pub fn open(&self) {
        let mut state = self.state();
        state.is_open = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for (_, waker) in waiting {
            waker.wake();
        }
    }

    /// Holds those who come from now on.
    pub fn shut(&self) {
        self.state().is_open = false;
    }

    /// Waits until it is let through.
    pub(super) async fn pass(&self) {
        let mut place = Place { gate: self, number: None };
        poll_fn(|context| place.poll(context.waker())).await;
    }
}

/// The place of one who waits, which is given up when they go away.
struct Place<'a> {
    gate: &'a Gate,
    number: Option<u64>,
}

impl Place<'_> {
    fn poll(&mut self, waker: &Waker) -> Poll<()> {
        let mut state = self.gate.state();
        let Some(number) = self.number else {
            if state.is_open {
                return Poll::Ready(());
            }
            let number = state.arrived;
            state.arrived += 1;
            state.waiting.push_back((number, waker.clone()));
            self.number = Some(number);
            let watching = std::mem::take(&mut state.watching);
            drop(state);
            watching.into_iter().for_each(Waker::wake);
            return Poll::Pending;
        };
        match state.waiting.iter_mut().find(|(it, _)| *it == number) {
            Some((_, kept)) => {
                kept.clone_from(waker);
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.gate.state().waiting.retain(|(it, _)| *it != number);
        }
    }
}

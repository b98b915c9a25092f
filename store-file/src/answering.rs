//! Tells those who wait what became of their commits: on a thread of its own where they are many.
//!
//! To wake a thread takes longer than to take its commit into a batch. So while many are told, the writer already writes what the first of them send next.

use std::mem;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use crate::batch::Outcomes;

/// Fewer are told by the writer itself: to wake who tells them would take longer. So a small batch may be answered before a larger one that was written earlier.
pub(crate) const MANY: usize = 16;

/// Who tells outcomes.
#[derive(Default)]
pub(crate) struct Answering(Option<Teller>);

struct Teller {
    outcomes: Sender<Outcomes>,
    thread: JoinHandle<()>,
}

impl Answering {
    /// Tells outcomes, or has them told.
    pub(crate) fn tell(&mut self, outcomes: Outcomes) {
        if outcomes.len() < MANY {
            return outcomes.tell();
        }
        if self.0.is_none() {
            self.0 = Teller::begin();
        }
        match &self.0 {
            Some(teller) => teller.outcomes.send(outcomes).unwrap_or_else(|unsent| unsent.0.tell()),
            None => outcomes.tell(),
        }
    }

    /// Waits until all are told.
    pub(crate) fn finish(&mut self) {
        if let Some(Teller { outcomes, thread }) = mem::take(self).0 {
            drop(outcomes);
            let _panicked = thread.join();
        }
    }
}

impl Teller {
    /// `None` if no thread can be had.
    fn begin() -> Option<Self> {
        let (outcomes, told) = mpsc::channel::<Outcomes>();
        let thread = thread::Builder::new().name("cutover-answers".to_owned());
        let thread = thread.spawn(move || told.into_iter().for_each(Outcomes::tell)).ok()?;
        Some(Self { outcomes, thread })
    }
}

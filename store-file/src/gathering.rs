//! How long the writer waits for a batch to get fuller.

use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use crate::answering::MANY;

/// Waiting for companions takes at most this part of what the write takes that they would otherwise wait for.
const PART_OF_A_WRITE: u32 = 4;
const LONGEST: Duration = Duration::from_millis(1);

/// Those who were just answered are most likely about to send their next commit. A write that begins without most of them makes them wait for a whole
/// write more, so it is worth a short wait: until as many are there as the last time, or for a part of the time that a write takes. A lone
/// appender is not waited for any longer than it takes to send. Where many are [told beside the writer](crate::answering), those who are told first are written for
/// while the others are told, and nobody is waited for.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    /// How many commits the last batch had.
    companions: usize,
    longest: Duration,
}

impl Gathering {
    /// Notes that a batch of so many commits was written, and how long that took.
    pub(crate) fn wrote(&mut self, commits: usize, took: Duration) {
        self.companions = if commits < MANY { commits } else { 0 };
        self.longest = (took / PART_OF_A_WRITE).min(LONGEST);
    }

    /// What is asked next, if it comes soon enough for the batch, which has so many commits. The wait gives the processor away, which may be the one that
    /// the companions need, and does not sleep: to be woken by each of them would take longer than what they bring.
    pub(crate) fn next<T>(&self, requests: &Receiver<T>, commits: usize, begun: Instant) -> Option<T> {
        loop {
            let next = requests.try_recv().ok();
            if next.is_some() || commits >= self.companions || begun.elapsed() >= self.longest {
                return next;
            }
            thread::yield_now();
        }
    }
}

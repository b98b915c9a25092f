//! What everything in one simulation shares: the clock, the faults that may happen, how many did, and the diary.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Dice, FaultKind, Faults, Tally};
use crate::{Clock, ManualClock};

/// Lines that the diary keeps: enough to see how it came to the end.
const LINES: usize = 120;

/// The clock, the faults, and the diary. Clones are the same.
#[derive(Clone)]
pub(super) struct Chance {
    pub(super) clock: ManualClock,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    dice: Dice,
    faults: Faults,
    tally: Tally,
    diary: VecDeque<String>,
}

impl Chance {
    pub(super) fn new(clock: ManualClock, dice: Dice, faults: Faults) -> Self {
        let shared = Shared { dice, faults, tally: Tally::default(), diary: VecDeque::new() };
        Self { clock, shared: Arc::new(Mutex::new(shared)) }
    }

    /// Whether this fault happens now. It is not counted yet.
    pub(super) fn strikes(&self, kind: FaultKind) -> bool {
        let mut shared = self.shared();
        let times = shared.faults.one_in(kind);
        shared.dice.one_in(times)
    }

    pub(super) fn count(&self, kind: FaultKind) {
        self.shared().tally.count(kind);
    }

    /// No more faults happen.
    pub(super) fn calm(&self) {
        self.shared().faults = Faults::none();
    }

    pub(super) fn is_calm(&self) -> bool {
        self.shared().faults == Faults::none()
    }

    pub(super) fn below(&self, bound: u64) -> u64 {
        self.shared().dice.below(bound)
    }

    pub(super) fn tally(&self) -> Tally {
        self.shared().tally.clone()
    }

    pub(super) fn note(&self, what: &str) {
        let line = format!("{}  {what}", self.clock.now().format("%Y-%m-%d %H:%M:%S%.3f"));
        let diary = &mut self.shared().diary;
        if diary.len() == LINES {
            diary.pop_front();
        }
        diary.push_back(line);
    }

    pub(super) fn diary(&self) -> Vec<String> {
        self.shared().diary.iter().cloned().collect()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

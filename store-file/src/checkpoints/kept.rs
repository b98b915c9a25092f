//! Which checkpoints are kept: those that were saved last, as many as there may be.

use std::collections::{BTreeMap, HashMap};

/// How much is kept. A store may have millions of streams.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) files: usize,
    pub(super) bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 16 * 1024, bytes: 256 * 1024 * 1024 }
    }
}

#[derive(Debug)]
struct File {
    turn: u64,
    bytes: u64,
}

/// The files that are kept, in the order in which they were saved.
#[derive(Debug)]
pub(super) struct Kept {
    limits: Limits,
    files: HashMap<String, File>,
    turns: BTreeMap<u64, String>,
    bytes: u64,
    next_turn: u64,
}

impl Kept {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, files: HashMap::new(), turns: BTreeMap::new(), bytes: 0, next_turn: 0 }
    }

    /// Which file must go before this one can be kept, if any must. The file that has its name goes with it.
    pub(super) fn in_the_way_of(&self, name: &str, bytes: u64) -> Option<String> {
        let replaced = self.files.get(name);
        let files = self.files.len() + usize::from(replaced.is_none());
        let bytes = self.bytes + bytes - replaced.map_or(0, |file| file.bytes);
        if files <= self.limits.files && bytes <= self.limits.bytes {
            return None;
        }
        self.turns.values().find(|other| *other != name).cloned()
    }

    pub(super) fn keep(&mut self, name: String, bytes: u64) {
        self.forget(&name);
        self.turns.insert(self.next_turn, name.clone());
        self.files.insert(name, File { turn: self.next_turn, bytes });
        self.next_turn += 1;
        self.bytes += bytes;
    }

    pub(super) fn forget(&mut self, name: &str) {
        if let Some(File { turn, bytes }) = self.files.remove(name) {
            self.turns.remove(&turn);
            self.bytes -= bytes;
        }
    }
}

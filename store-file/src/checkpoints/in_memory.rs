//! The checkpoints of those who only read: in memory, and as many as a writer keeps in files.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover::store::{Checkpoint, StreamId};

use super::file::LONGEST_BYTES;
use super::kept::{Kept, Limits};

/// Checkpoints that nobody else finds.
pub(crate) struct InMemory(Mutex<Own>);

struct Own {
    limits: Limits,
    kept: Kept,
    by_stream: HashMap<String, Checkpoint>,
}

impl InMemory {
    pub(crate) fn new() -> Self {
        Self::limited(Limits::default())
    }

    fn limited(limits: Limits) -> Self {
        Self(Mutex::new(Own { limits, kept: Kept::new(limits), by_stream: HashMap::new() }))
    }

    pub(crate) fn load(&self, stream: &StreamId) -> Option<Checkpoint> {
        self.own().by_stream.get(stream.as_str()).cloned()
    }

    /// Keeps a checkpoint in place of the one before; those that were saved longest ago make room. One that is larger than what is kept is
    /// not kept, and the one before is no longer.
    pub(crate) fn save(&self, stream: &StreamId, checkpoint: Checkpoint) {
        let bytes = (stream.as_str().len() + checkpoint.state.as_str().len()) as u64;
        self.own().save(stream.as_str(), checkpoint, bytes);
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Own {
    fn save(&mut self, name: &str, checkpoint: Checkpoint, bytes: u64) {
        if bytes > self.limits.bytes.min(LONGEST_BYTES) {
            return self.forget(name);
        }
        while let Some(other) = self.kept.in_the_way_of(name, bytes) {
            self.forget(&other);
        }
        self.kept.keep(name.to_owned(), bytes);
        self.by_stream.insert(name.to_owned(), checkpoint);
    }

    fn forget(&mut self, name: &str) {
        self.kept.forget(name);
        self.by_stream.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use cutover::store::{Json, Sequence};

    use super::*;

    fn stream(n: u32) -> StreamId {
        StreamId::new(&format!("release/{n}")).unwrap()
    }

    fn save(own: &InMemory, n: u32, letters: usize) {
        let state = Json::of(&"x".repeat(letters)).unwrap();
        own.save(&stream(n), Checkpoint { sequence: Sequence(1), fold: 1, state });
    }

    fn kept(own: &InMemory) -> Vec<u32> {
        (0..9).filter(|n| own.load(&stream(*n)).is_some()).collect()
    }

    #[test]
    fn those_that_were_saved_longest_ago_make_room() {
        let own = InMemory::limited(Limits { files: 3, bytes: 300 });
        for n in [0, 1, 2, 0, 3] {
            save(&own, n, 1);
        }
        assert_eq!(kept(&own), [0, 2, 3]);
        save(&own, 4, 250);
        assert_eq!(kept(&own), [0, 3, 4]);
        save(&own, 5, 20);
        assert_eq!(kept(&own), [4, 5], "together they are not too large");
    }

    #[test]
    fn one_that_is_too_large_takes_the_place_of_the_one_before_and_of_no_other() {
        let own = InMemory::limited(Limits { files: 3, bytes: 100 });
        save(&own, 0, 1);
        // Its name, two quotes, and not a byte more.
        save(&own, 1, 100 - 9 - 2);
        assert_eq!(kept(&own), [1]);
        save(&own, 0, 1);
        save(&own, 1, 100 - 9 - 1);
        assert_eq!(kept(&own), [0]);
        let roomy = InMemory::new();
        save(&roomy, 0, 17 * 1024 * 1024);
        assert_eq!(kept(&roomy), [0; 0]);
    }
}

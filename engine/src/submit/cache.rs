use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover::Subject;
use cutover::transaction::Folded;

use crate::limits;

/// States that were loaded or committed lately. What it forgets is loaded again; what is old in it is noticed by a conflict, or
/// before anything is refused on the strength of it.
#[derive(Debug)]
pub(crate) struct Cache {
    entries: Mutex<Entries>,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Entries {
    states: HashMap<Subject, Kept>,
    /// By when they were used last.
    used: BTreeMap<u64, Subject>,
    uses: u64,
    /// Of all states together.
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    folded: Arc<Folded>,
    size: Size,
    used: u64,
}

/// How large a state is, as estimated by the events that it was folded from: no more than all of them say, and no less than the largest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    largest: usize,
    sum: usize,
}

impl Size {
    /// With another event of so many bytes.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.largest = self.largest.max(bytes);
        self.sum = self.sum.saturating_add(bytes);
    }

    fn with(mut self, further: Self) -> Self {
        self.largest = self.largest.max(further.largest);
        self.sum = self.sum.saturating_add(further.sum);
        self
    }

    fn bytes(self) -> usize {
        self.sum.min(self.largest.saturating_add(limits::STATE_BYTES))
    }
}

impl Cache {
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self { entries: Mutex::default(), most, most_bytes }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, subject: &Subject) -> Option<Arc<Folded>> {
        let mut entries = self.entries();
        let Kept { folded, size, .. } = entries.states.get(subject)?;
        let (folded, size) = (Arc::clone(folded), *size);
        entries.use_now(subject.clone(), Arc::clone(&folded), size);
        Some(folded)
    }

    /// Keeps the state unless a newer one of the same stream is kept. `further`: the size of the events since the one that was kept.
    pub(crate) fn put(&self, folded: Arc<Folded>, further: Size) {
        let mut entries = self.entries();
        let subject = folded.subject().clone();
        let kept = entries.states.get(&subject);
        if kept.is_some_and(|kept| kept.folded.sequence() > folded.sequence()) {
            return;
        }
        let size = kept.map(|kept| kept.size).unwrap_or_default().with(further);
        entries.use_now(subject, folded, size);
        // The newest is kept, however large it is.
        while (entries.states.len() > self.most || entries.bytes > self.most_bytes)
            && entries.states.len() > 1
            && let Some((_, oldest)) = entries.used.pop_first()
        {
            entries.remove(&oldest);
        }
    }

    pub(crate) fn evict_all(&self, states: &[Arc<Folded>]) {
        for folded in states {
            self.evict(folded.subject());
        }
    }

    pub(crate) fn evict(&self, subject: &Subject) {
        let mut entries = self.entries();
        if let Some(kept) = entries.remove(subject) {
            entries.used.remove(&kept.used);
        }
    }
}

impl Entries {
    fn use_now(&mut self, subject: Subject, folded: Arc<Folded>, size: Size) {
        self.uses += 1;
        if let Some(before) = self.remove(&subject) {
            self.used.remove(&before.used);
        }
        self.bytes += size.bytes();
        self.states.insert(subject.clone(), Kept { folded, size, used: self.uses });
        self.used.insert(self.uses, subject);
    }

    fn remove(&mut self, subject: &Subject) -> Option<Kept> {
        let kept = self.states.remove(subject)?;
        self.bytes -= kept.size.bytes();
        Some(kept)
    }
}

#[cfg(test)]
mod tests {
    use cutover::ReleaseId;

    use super::*;

    #[test]
    fn what_was_used_longest_ago_is_forgotten_first() {
        let cache = Cache::new(2, usize::MAX);
        let [one, two, three] = [1, 2, 3].map(|id| Subject::Release(ReleaseId(id)));
        cache.put(Arc::new(Folded::empty(one.clone())), Size::default());
        cache.put(Arc::new(Folded::empty(two.clone())), Size::default());
        assert!(cache.get(&one).is_some());
        cache.put(Arc::new(Folded::empty(three.clone())), Size::default());
        assert!(cache.get(&two).is_none());
        assert!(cache.get(&one).is_some() && cache.get(&three).is_some());
        cache.evict(&one);
        assert!(cache.get(&one).is_none());
        assert_eq!(cache.entries().used.len(), 1);
    }

    /// Story: ten thousand streams were kept, whatever their size, and each may be a definition of six megabytes.
    #[test]
    fn no_more_bytes_are_kept_than_may_be() {
        let cache = Cache::new(100, 1_000);
        let [one, two, three] = [1, 2, 3].map(|id| Subject::Release(ReleaseId(id)));
        let of = |bytes| {
            let mut size = Size::default();
            size.add(bytes);
            size
        };
        let put = |subject: &Subject, bytes| cache.put(Arc::new(Folded::empty(subject.clone())), of(bytes));
        let kept = || [&one, &two, &three].map(|subject| cache.entries().states.contains_key(subject));
        put(&one, 500);
        put(&two, 500);
        assert_eq!(kept(), [true, true, false]);
        put(&three, 1);
        assert_eq!(kept(), [false, true, true]);
        // It grows.
        put(&three, 500);
        assert_eq!(kept(), [false, false, true]);
        put(&two, 2_000);
        assert_eq!((kept(), cache.entries().bytes), ([false, true, false], 2_000));
        cache.evict(&two);
        assert_eq!(cache.entries().bytes, 0);
    }

    #[test]
    fn a_state_counts_for_its_largest_event_and_a_bounded_part_of_the_others() {
        let mut size = Size::default();
        size.add(100);
        size.add(200);
        assert_eq!(size.bytes(), 300);
        for _ in 0..3 {
            size.add(limits::STATE_BYTES);
        }
        assert_eq!(size.bytes(), 2 * limits::STATE_BYTES);
    }
}

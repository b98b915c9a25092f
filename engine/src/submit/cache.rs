use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover::Subject;
use cutover::transaction::Folded;

/// States that were loaded or committed lately. What it forgets is loaded again; what is old in it is noticed by a conflict, or
/// before anything is refused on the strength of it.
#[derive(Debug)]
pub(crate) struct Cache {
    entries: Mutex<Entries>,
    most: usize,
}

#[derive(Debug, Default)]
struct Entries {
    states: HashMap<Subject, (Arc<Folded>, u64)>,
    /// By when they were used last.
    used: BTreeMap<u64, Subject>,
    uses: u64,
}

impl Cache {
    pub(crate) fn new(most: usize) -> Self {
        Self { entries: Mutex::default(), most }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, subject: &Subject) -> Option<Arc<Folded>> {
        let mut entries = self.entries();
        let folded = Arc::clone(&entries.states.get(subject)?.0);
        entries.use_now(subject.clone(), Arc::clone(&folded));
        Some(folded)
    }

    /// Keeps the state unless a newer one of the same stream is kept.
    pub(crate) fn put(&self, folded: Arc<Folded>) {
        let mut entries = self.entries();
        let subject = folded.subject().clone();
        let is_newer = |kept: &(Arc<Folded>, u64)| kept.0.sequence() > folded.sequence();
        if entries.states.get(&subject).is_some_and(is_newer) {
            return;
        }
        entries.use_now(subject, folded);
        while entries.states.len() > self.most
            && let Some((_, oldest)) = entries.used.pop_first()
        {
            entries.states.remove(&oldest);
        }
    }

    pub(crate) fn put_all(&self, states: Vec<Arc<Folded>>) {
        for folded in states {
            self.put(folded);
        }
    }

    pub(crate) fn evict_all(&self, states: &[Arc<Folded>]) {
        for folded in states {
            self.evict(folded.subject());
        }
    }

    pub(crate) fn evict(&self, subject: &Subject) {
        let mut entries = self.entries();
        if let Some((_, used)) = entries.states.remove(subject) {
            entries.used.remove(&used);
        }
    }
}

impl Entries {
    fn use_now(&mut self, subject: Subject, folded: Arc<Folded>) {
        self.uses += 1;
        if let Some((_, before)) = self.states.insert(subject.clone(), (folded, self.uses)) {
            self.used.remove(&before);
        }
        self.used.insert(self.uses, subject);
    }
}

#[cfg(test)]
mod tests {
    use cutover::ReleaseId;

    use super::*;

    #[test]
    fn what_was_used_longest_ago_is_forgotten_first() {
        let cache = Cache::new(2);
        let [one, two, three] = [1, 2, 3].map(|id| Subject::Release(ReleaseId(id)));
        cache.put(Arc::new(Folded::empty(one.clone())));
        cache.put(Arc::new(Folded::empty(two.clone())));
        assert!(cache.get(&one).is_some());
        cache.put(Arc::new(Folded::empty(three.clone())));
        assert!(cache.get(&two).is_none());
        assert!(cache.get(&one).is_some() && cache.get(&three).is_some());
        cache.evict(&one);
        assert!(cache.get(&one).is_none());
        assert_eq!(cache.entries().used.len(), 1);
    }
}

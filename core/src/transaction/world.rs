use std::collections::BTreeMap;
use std::sync::Arc;

use super::Folded;
use crate::Subject;

/// What a transaction can see: the streams that were loaded. Its caller fills it, and keeps it or not.
#[derive(Debug, Clone, Default)]
pub struct World(BTreeMap<Subject, Arc<Folded>>);

impl World {
    /// Nothing is loaded.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stream, or replaces it by how it stands now.
    pub fn insert(&mut self, folded: Arc<Folded>) {
        self.0.insert(folded.subject().clone(), folded);
    }

    /// A stream as it was loaded last.
    pub fn get(&self, subject: &Subject) -> Option<&Arc<Folded>> {
        self.0.get(subject)
    }

    /// Takes a stream out, so that it is loaded again.
    pub fn remove(&mut self, subject: &Subject) -> Option<Arc<Folded>> {
        self.0.remove(subject)
    }

    /// All that is loaded.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Folded>> {
        self.0.values()
    }

    /// How many streams are loaded.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is loaded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

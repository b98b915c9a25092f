//! How often each kind of event was recorded: a simulation that does not draw something does not test it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cutover::transaction::World;
use cutover_engine::simulation::{Checker, Seen};

/// Kinds of events, by their stored names. Clones count together.
#[derive(Clone, Default)]
pub struct Kinds(Arc<Mutex<BTreeMap<String, u64>>>);

impl Kinds {
    pub fn add(&self, other: &Self) {
        let other = other.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, count) in &*other {
            *all.entry(name.clone()).or_default() += count;
        }
    }

    pub fn of(&self, name: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0)
    }
}

impl Checker for Kinds {
    fn recorded(&mut self, seen: &Seen, _: &World) -> Result<(), String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in &seen.commit.events {
            match all.get_mut(&*event.name) {
                Some(count) => *count += 1,
                None => {
                    all.insert(event.name.to_string(), 1);
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told: Vec<_> = all.iter().map(|(name, count)| format!("{name} {count}")).collect();
        f.write_str(&told.join(", "))
    }
}

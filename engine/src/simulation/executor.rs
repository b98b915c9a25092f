//! Polls futures one at a time, in an order that the dice say: on one thread, so that nothing but the seed decides what comes first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use futures::future::BoxFuture;

use super::Dice;
use crate::Spawn;

/// A life of an engine. All that was spawned in it ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Life(pub(super) u64);

/// Whether a future is the engine's own or a caller's, or runs beside it: a runner, a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Within,
    Beside,
}

/// One future: whose it is, and a number that tells it from all others.
type Key = (Life, Place, u64);

#[derive(Default)]
pub(super) struct Executor {
    shared: Arc<Mutex<Shared>>,
    futures: BTreeMap<Key, BoxFuture<'static, ()>>,
}

#[derive(Default)]
struct Shared {
    arrived: Vec<(Key, BoxFuture<'static, ()>)>,
    ready: BTreeSet<Key>,
    next: u64,
}

impl Executor {
    pub(super) fn spawn(&self, life: Life, place: Place, future: BoxFuture<'static, ()>) {
        spawn(&self.shared, life, place, future);
    }

    /// What an engine spawns with.
    pub(super) fn spawner(&self, life: Life) -> Spawner {
        Spawner { shared: Arc::clone(&self.shared), life }
    }

    /// Polls one future that was woken. False if none was.
    pub(super) fn poll_one(&mut self, dice: &mut Dice) -> bool {
        let arrived = std::mem::take(&mut locked(&self.shared).arrived);
        self.futures.extend(arrived);
        let key = {
            let mut shared = locked(&self.shared);
            let Some(place) = dice.place(shared.ready.len()) else { return false };
            let Some(key) = shared.ready.iter().nth(place).copied() else { return false };
            shared.ready.remove(&key);
            key
        };
        // One that was dropped may still be woken.
        let Some(future) = self.futures.get_mut(&key) else { return true };
        let waker = Waker::from(Arc::new(Wakes { key, shared: Arc::clone(&self.shared) }));
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.futures.remove(&key);
        }
        true
    }

    /// Drops everything of a life, where it stands.
    pub(super) fn end(&mut self, life: Life) {
        // Whoever is dropped may wake others, which takes the lock.
        let arrived = std::mem::take(&mut locked(&self.shared).arrived);
        self.futures.extend(arrived);
        let ends: Vec<_> = self.futures.keys().filter(|(of, ..)| *of == life).copied().collect();
        for key in ends {
            drop(self.futures.remove(&key));
        }
    }

    /// Drops one of the futures that run beside an engine. False if there is none.
    pub(super) fn drop_one_beside(&mut self, life: Life, dice: &mut Dice) -> bool {
        let beside = self.futures.keys().filter(|(of, place, _)| *of == life && *place == Place::Beside);
        let beside: Vec<_> = beside.copied().collect();
        dice.one_of(&beside).and_then(|key| self.futures.remove(key)).is_some()
    }
}

fn spawn(shared: &Mutex<Shared>, life: Life, place: Place, future: BoxFuture<'static, ()>) {
    let mut shared = locked(shared);
    let key = (life, place, shared.next);
    shared.next += 1;
    shared.arrived.push((key, future));
    shared.ready.insert(key);
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Spawns beside one life of an engine.
pub(super) struct Spawner {
    shared: Arc<Mutex<Shared>>,
    life: Life,
}

impl Spawn for Spawner {
    fn spawn(&self, future: BoxFuture<'static, ()>) {
        spawn(&self.shared, self.life, Place::Beside, future);
    }
}

struct Wakes {
    key: Key,
    shared: Arc<Mutex<Shared>>,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        locked(&self.shared).ready.insert(self.key);
    }
}

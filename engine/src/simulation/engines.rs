//! The engines: each lives, ends where it stands or in good order, and begins again on the same store.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use cutover::{EngineId, Timestamp};
use futures::FutureExt;

use super::Dice;
use super::chance::Chance;
use super::executor::{Executor, Life, Place};
use super::gates::Probing;
use super::ids::SeededIds;
use super::machines::Machines;
use super::people::{MadeUp, People, Staff};
use super::store::FailingStore;
use crate::{Clock, Engine, EngineError};

/// How long it takes at most until an engine that ended is there again.
const ABSENCE: TimeDelta = TimeDelta::minutes(2);

/// All that an engine is built from.
pub(super) struct Host {
    pub(super) store: FailingStore,
    pub(super) chance: Chance,
    pub(super) machines: Machines,
    pub(super) probing: Probing,
    pub(super) people: Arc<dyn People>,
    pub(super) tasks_at_once: NonZeroUsize,
    pub(super) lives: u64,
}

/// One engine, through all its lives.
pub(super) struct Slot {
    name: EngineId,
    pub(super) life: Life,
    stand: Arc<Mutex<Stand>>,
}

/// How a life of an engine stands.
enum Stand {
    /// There is none before then.
    Away {
        until: Timestamp,
    },
    Building,
    Driven(Engine),
    /// It drives no more. Without an engine: it could not be built.
    Ended(Option<Engine>, Result<(), EngineError>),
}

impl Slot {
    pub(super) fn new(name: EngineId, now: Timestamp) -> Self {
        Self { name, life: Life(0), stand: Arc::new(Mutex::new(Stand::Away { until: now })) }
    }

    /// The engine, while it is driven.
    pub(super) fn engine(&self) -> Option<Engine> {
        match &*locked(&self.stand) {
            Stand::Driven(engine) => Some(engine.clone()),
            Stand::Away { .. } | Stand::Building | Stand::Ended(..) => None,
        }
    }

    pub(super) fn is_away_until(&self) -> Option<Timestamp> {
        match &*locked(&self.stand) {
            Stand::Away { until } => Some(*until),
            Stand::Building | Stand::Driven(_) | Stand::Ended(..) => None,
        }
    }

    /// Begins a life, if it is time to. Says whether it was.
    pub(super) fn begin_if_due(&mut self, host: &mut Host, executor: &Executor, dice: &mut Dice) -> bool {
        let is_due = self.is_away_until().is_some_and(|until| until <= host.chance.clock.now());
        if !is_due {
            return false;
        }
        host.lives += 1;
        self.life = Life(host.lives);
        host.chance.note(&format!("{} begins its life {}", self.name, self.life.0));
        let builder = Engine::builder(host.store.clone())
            .name(self.name.clone())
            .clock(host.chance.clock.clone())
            .spawn(executor.spawner(self.life))
            .runner(host.machines.clone())
            .probe(host.probing.clone())
            .identities(Staff(Arc::clone(&host.people)))
            .secrets(MadeUp)
            .ids(SeededIds::of(dice.split()))
            .tasks_at_once(host.tasks_at_once);
        // A cell of its own for each life: what an earlier one says late is not heard.
        self.stand = Arc::new(Mutex::new(Stand::Building));
        let stand = Arc::clone(&self.stand);
        let living = async move {
            let engine = match builder.build().await {
                Ok(engine) => engine,
                Err(error) => {
                    *locked(&stand) = Stand::Ended(None, Err(error));
                    return;
                }
            };
            drive(engine, stand).await;
        };
        executor.spawn(self.life, Place::Within, living.boxed());
        true
    }

    /// Looks whether its life ended by itself, and goes on as a host does: with the same engine, or with a new one.
    ///
    /// # Errors
    /// If it ended by what is no fault of the store's.
    pub(super) fn look(
        &mut self,
        host: &Host,
        executor: &mut Executor,
        dice: &mut Dice,
    ) -> Result<bool, String> {
        let mut stand = locked(&self.stand);
        let Stand::Ended(..) = &*stand else { return Ok(false) };
        let Stand::Ended(engine, ended) = std::mem::replace(&mut *stand, Stand::Building) else {
            return Ok(false);
        };
        drop(stand);
        match (engine, ended) {
            (_, Err(error @ (EngineError::Fold(_) | EngineError::AlreadyDriven))) => {
                Err(format!("{} ended: {error}: {error:?}", self.name))
            }
            (Some(engine), Err(error)) if dice.one_in(2) => {
                host.chance.note(&format!("{} is driven again: {error}", self.name));
                let (clock, pause) = (host.chance.clock.clone(), absence(host, dice));
                let stand = Arc::clone(&self.stand);
                let again = async move {
                    clock.wait_until(clock.now() + pause).await;
                    drive(engine, stand).await;
                };
                executor.spawn(self.life, Place::Within, again.boxed());
                Ok(false)
            }
            (_, ended) => {
                let why =
                    ended.err().map_or_else(|| "it was shut down".to_owned(), |error| error.to_string());
                host.chance.note(&format!("{} ended: {why}", self.name));
                self.end(host, executor, dice);
                Ok(true)
            }
        }
    }

    /// Ends its life where it stands.
    pub(super) fn end(&mut self, host: &Host, executor: &mut Executor, dice: &mut Dice) {
        let until = host.chance.clock.now() + absence(host, dice);
        // The old cell goes with the life.
        self.stand = Arc::new(Mutex::new(Stand::Away { until }));
        executor.end(self.life);
    }

    /// Its life is over, and the next one begins at once.
    pub(super) fn is_due(&self, now: Timestamp) {
        let mut stand = locked(&self.stand);
        if let Stand::Away { until } = &mut *stand {
            *until = now.min(*until);
        }
    }
}

fn absence(host: &Host, dice: &mut Dice) -> TimeDelta {
    if host.chance.is_calm() { TimeDelta::zero() } else { dice.between(TimeDelta::zero(), ABSENCE) }
}

async fn drive(engine: Engine, stand: Arc<Mutex<Stand>>) {
    *locked(&stand) = Stand::Driven(engine.clone());
    let ended = engine.run().await;
    *locked(&stand) = Stand::Ended(Some(engine), ended);
}

fn locked(stand: &Mutex<Stand>) -> MutexGuard<'_, Stand> {
    stand.lock().unwrap_or_else(PoisonError::into_inner)
}

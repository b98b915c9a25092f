//! A store that fails on purpose, around any other: for tests of what stands on a store.
//!
//! A [`FaultyStore`] hands every call on to the store within, until a [`Rule`] says otherwise. A rule names the calls that it is
//! about, which of them it meets, and the [`Fault`] that they meet: they fail before or after they were carried out, wait at a
//! [`Gate`] that the test opens, or come back out of order. Nothing sleeps and no chance is involved: the same rules and the
//! same calls meet the same faults, and what looks random is drawn from a seed.
//!
//! ```
//! # use std::sync::Arc;
//! # use cutover::store::EventStore;
//! use cutover::store::conformance::faulty::{Call, Fault, FaultyStore, Rule};
//!
//! # fn faults(inner: Arc<dyn EventStore>) {
//! let store = FaultyStore::new(inner);
//! // The second commit from here is recorded, and its answer is lost.
//! store.add(Rule::on(Call::Commit).skip(1).meets(Fault::LostAnswer));
//! // One read of the log in three fails, as the seed has it.
//! store.add(Rule::on(Call::ReadAll).one_in(3, 42).meets(Fault::NotDone));
//! // Commits with this event are larger than the store takes.
//! store.add(Rule::on(Call::Commit).with_event("release.created").always().meets(Fault::TooLarge));
//! # }
//! ```
//!
//! It is itself a store that fulfils the contract, as far as the faults that it is told to make are those that the contract
//! allows; the suite is run on it, too.

mod gate;
mod rule;
mod store;

pub use gate::{Gate, Turn};
pub use rule::{Call, Fault, Rule};
pub use store::FaultyStore;

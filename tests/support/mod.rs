//! What the living specification is made from: a driver that plays the engine, and the steps in the words of the domain.
//!
//! Read `driver.rs` first; `words.rs` reads what stands in features, `view.rs` says how things stand in the same words. The steps
//! are in `given.rs` (the definition), `when*.rs` (commands, tasks, time) and `then.rs` (what is expected); `artifacts.rs` has those about
//! artifact versions, triggers and schedules, `locks.rs` those about lock groups, `pools.rs` those about pools of agents, `slices.rs` those
//! about slices of jobs, `notifications.rs` those about notifications, `targets.rs` those about deployment groups.
//! `published.rs` stands apart: models of other tests say by it which triggers want what.

mod artifacts;
mod by_itself;
mod cli;
mod definition;
mod driver;
mod given;
mod locks;
mod notifications;
mod pools;
mod rules;
mod slices;
mod spec;
mod targets;
mod then;
mod then_explained;
mod then_recorded;
mod view;
mod what_if;
mod when;
mod when_deleted;
mod when_edited;
mod when_frozen;
mod when_grouped;
mod when_intervened;
mod when_permitted;
mod when_pipeline;
mod when_queue;
mod when_secret;
mod when_set;
mod words;

pub use cli::run;

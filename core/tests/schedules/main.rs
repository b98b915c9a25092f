//! When schedules happen and windows are closed, around every change of every zone's clocks (X, F1).
//!
//! `places.rs` has tables, written by hand, for places whose clocks do unusual things. `oracle.rs` and `windows.rs` compare with `clock.rs`,
//! which knows nothing but what the clocks show at each minute: times around every change of every zone of the table from 1970 to
//! 2037, drawn from a fixed seed. `CUTOVER_LONG=1` takes every minute around each change, and many more draws:
//! `CUTOVER_LONG=1 cargo test --release -p cutover --test schedules`. `CUTOVER_SEED=number` takes another seed.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]
#![allow(
    clippy::disallowed_methods,
    reason = "the seed comes from the environment, and all processors share the work"
)]

mod clock;
mod oracle;
mod places;
mod windows;

//! Drives the Cutover release engine: clock, timers, task runners, views, subscriptions.

mod ports;
#[cfg(all(unix, feature = "process"))]
pub mod process;

pub use ports::*;

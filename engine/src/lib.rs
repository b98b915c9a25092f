//! Drives the Cutover release engine: clock, timers, task runners, views, subscriptions.

mod ports;

pub use ports::*;

//! Ports: what the engine needs from its host. Each is a small trait, and has a ready-made adapter.

mod log;
mod runner;
mod stop;

pub use log::{LogSink, NoLog};
pub use runner::{Found, TaskControl, TaskRunner};
pub use stop::{StopHandle, StopSignal, Urgency};

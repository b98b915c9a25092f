//! Ports: what the engine needs from its host. Each is a small trait, and has a ready-made adapter.

mod clock;
mod identities;
mod ids;
mod log;
mod notifier;
mod probe;
mod runner;
mod runners;
mod secret;
mod secrets;
mod spawn;
mod stop;

pub use clock::{Clock, ManualClock, SystemClock};
pub use identities::{FixedGroups, Identities, NoGroups};
pub use ids::{Ids, RandomIds};
pub use log::{LogSink, NoLog};
pub use notifier::{NotDelivered, Notifier};
pub use probe::{Evaluation, GateProbe, Probes};
pub use runner::{Found, StillRunning, TaskControl, TaskRunner};
pub use runners::Runners;
pub use secret::Secret;
pub use secrets::{MemorySecrets, NoSecrets, SecretError, Secrets};
pub use spawn::{Spawn, ThreadSpawn};
pub use stop::{StopHandle, StopSignal, Urgency};

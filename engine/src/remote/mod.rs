//! Tasks that run on other machines: a runner that keeps them until an agent takes them, each with a lease.
//!
//! The host's transport (http, a queue, a socket) speaks with its agents, and says here what they say: an agent [takes](RemoteRunner::take)
//! a task and gets a lease with a token; it sends [heartbeats](RemoteRunner::heartbeat), lines for the [log](RemoteRunner::log), and in the
//! end its [report](RemoteRunner::report). **A lease that ends without a heartbeat is a lost task**, and is reported as one; whatever
//! its agent says afterwards is refused, and it must then stop what it runs. A heartbeat's answer says whether the task should stop.
//!
//! Which agents there are and which of them runs a job, the core decides where its pool is defined (J11): such a task is given to that
//! agent alone. Where it is not, the host says which offers suit an agent.
//!
//! A runner that keeps its leases [in a folder](RemoteRunner::kept_in) outlives its host: agents go on while it is away, and have a whole
//! lease from its return on to be heard of. One that keeps them [in memory](RemoteRunner::in_memory) does not, and tasks that were taken are
//! lost with it.
//!
//! It is no transport, and checks nobody's identity: who may take tasks is the host's decision.
//!
//! Read [`RemoteRunner`] first, then `desk.rs`, which keeps what is on offer and who has what.

mod desk;
mod kept;
mod lease;
mod runner;

pub use lease::{Heartbeat, Lease, LeaseEnd, LeaseError, LeaseToken};
pub use runner::RemoteRunner;

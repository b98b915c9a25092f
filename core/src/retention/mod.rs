//! How long releases are kept: which may go, which stay, and why (K1, K2, K3).
//!
//! Pure policy over plain facts, which a caller gathers from releases and queues. It deletes nothing: deleting is a command that asks
//! [`protections`] again at its moment. Whether builds are kept is said by [`Retention::keep_build`](crate::Retention), for whoever
//! keeps builds. [`streams_to_leave_out`] says what of a store a deleted release need not occupy any more.
//! Read `facts.rs` first, then `judge.rs`.
//!
//! ```
//! use std::collections::BTreeMap;
//! use chrono::{DateTime, TimeDelta};
//! use cutover::retention::{Decision, ReleaseFacts, StageFacts, judge};
//! use cutover::{ReleaseId, Retention, StageId};
//!
//! let created_at = DateTime::UNIX_EPOCH;
//! let retention = Retention { days: 10, releases: 0, keep_build: false };
//! let stage = StageFacts { last_begun: Some(created_at), ..StageFacts::new(retention) };
//! let release = ReleaseFacts::new(ReleaseId(1), created_at).with_stage(StageId(1), stage);
//!
//! let after = |days| judge(&[release.clone()], &BTreeMap::new(), created_at + TimeDelta::days(days));
//! assert!(matches!(after(9)[&ReleaseId(1)], Decision::Stays { .. }));
//! assert!(matches!(after(10)[&ReleaseId(1)], Decision::Goes { .. }));
//! ```

mod decision;
mod facts;
mod judge;
mod leaving_out;

pub use decision::{Decision, Departure, Reason};
pub use facts::{Deployed, GoingOn, KeepForever, ReleaseFacts, ReleaseKind, StageFacts};
pub use judge::{judge, protections};
pub use leaving_out::{LeavingOutError, streams_to_leave_out};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

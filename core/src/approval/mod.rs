//! Approvals: who may answer, in which order they are asked, and when enough have (AP).
//!
//! Pure policy. The deployment that is approved keeps the answers; see `deployment/approving.rs`.

mod eligibility;
mod round;

pub use eligibility::{Capacity, Ineligible, Management, capacity_of};
pub use round::{Next, Vote, next};

pub(crate) use round::needed;

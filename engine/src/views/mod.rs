//! Views: lists for people and programs, folded from the log and answered from memory.
//!
//! They are behind the log by as much as was not folded yet; [`Views::position`] says how far they are. Who has just written
//! something reads it with [`Views::at_least`] its position. What is *decided* never rests on them.
//!
//! Read `model.rs` first: what is kept, and how an event changes it. `releases.rs`, `deployments.rs`, `approvals.rs` and `pipelines.rs` keep what
//! long lists are made of, each line under every condition that a filter may name (`filters.rs`): as sets of numbers (`numbers.rs`), which are met
//! block by block (`selection.rs`), so that what fits nothing is found out without a look at each line. Names are found by how their words
//! begin (`words.rs`), moments by the blocks that they fall into (`times.rs`). `follow.rs` reads the log; `answers.rs`, `queues.rs`, `deployed.rs`,
//! `calendar.rs` and `search.rs` answer; `summary.rs` holds what the answers are made of.

mod answers;
mod approvals;
mod calendar;
mod deployed;
mod deployments;
mod filters;
mod follow;
mod model;
mod numbers;
mod page;
mod pipelines;
mod queues;
mod releases;
mod search;
mod selection;
mod summary;
mod times;
mod triggers;
mod versions;
mod words;

pub(crate) use answers::Seen;
pub use calendar::{Coming, Due};
pub use filters::{ApprovalFilter, DeploymentFilter, ReleaseFilter};
pub use follow::Views;
pub use page::Page;
pub use queues::{QueueLine, QueuePlace, QueueView};
pub use search::{SearchHits, StageHit, VersionHit};
pub use summary::{
    DeployedAt, DeploymentSummary, PendingApproval, PendingIntervention, PipelineSummary, ReleaseSummary,
    ReleaseVersion,
};
pub use triggers::{Upcoming, Watcher};

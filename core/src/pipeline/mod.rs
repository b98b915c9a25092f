//! Release pipelines: what is deployed where, in which order and under which policies; revised over time, never edited in
//! place; and the numbering of the releases that are made from it.
//!
//! Read [`PipelineDefinition`] first, then `decide.rs`. `validate` says what is wrong with a definition, `warnings` what in it is
//! hardly meant, `name_format` how releases are named; `observing` and `scheduling` what makes releases by itself.

mod command;
mod decide;
mod decline;
mod definition;
mod event;
mod evolve;
mod groups;
mod locking;
mod name_format;
mod numbering;
mod observing;
mod place;
mod refusal;
mod scheduling;
mod size;
mod stage_ids;
mod state;
mod validate;
mod versions;
mod warnings;

pub use command::{NewRelease, PipelineCommand};
pub use decline::{Decline, Occasion};
pub use definition::*;
pub use event::{NumberedRelease, PipelineEvent, ReleaseReason};
pub(crate) use groups::with_groups;
pub use locking::validate_with_locks;
pub(crate) use locking::{locks_for, unknown_lock_groups};
pub use name_format::{NameFormat, NameValues, NameWarning, RenderedName, token_key};
pub use observing::Watch;
pub use refusal::PipelineRefusal;
pub use scheduling::Taken;
pub(crate) use size::{Unfit, digest_of};
pub use state::{Current, Pipeline};
pub(crate) use validate::is_variable_name;
pub use validate::{Problem, Problems, fold, is_system_variable, validate, zone_named};
pub(crate) use validate::{check_group, check_tags, check_target, folder_problems, validate_expanded};
pub(crate) use versions::{GivenVersions, feeds_of, given_versions};
pub use warnings::{Warning, warnings};

//! How a command becomes a commit: it waits for the others of its pipeline, is decided from what is in memory or in the store, is
//! committed, and decided again if others were faster.
//!
//! Read `carry_out.rs` first. `landing.rs` is what happens when the store's answer is lost; `lanes.rs` keeps commands of one
//! pipeline apart, and those of several that meet about what they share; `cache.rs` and `loading.rs` say where states come from.

mod cache;
mod carry_out;
mod given;
mod ids;
mod landing;
mod lanes;
mod loading;

pub use carry_out::Outcome;

pub(crate) use cache::{Cache, Size};
pub(crate) use given::is_reaction;
pub(crate) use ids::{ReleaseIds, draw_incarnation};
pub(crate) use lanes::Lanes;

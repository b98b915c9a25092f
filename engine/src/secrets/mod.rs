//! The secrets of one task: their values while it runs, and what hides them in everything that it says (V4).
//!
//! It is not where secrets are kept: that is the host's [`Secrets`](crate::Secrets). Read [`SecretsAtHand`] first, then `masks.rs`. What tasks
//! declare holds for the slice of a job that they are part of: `declared.rs`.

mod at_hand;
mod declared;
mod forms;
mod kept;
mod log;
mod masks;

pub use at_hand::SecretsAtHand;
pub(crate) use at_hand::{Keeper, pause_after, put, resolve};
pub(crate) use declared::Declarations;
#[cfg(all(unix, feature = "process"))]
pub(crate) use kept::complaining;
pub(crate) use kept::without_secrets;
pub(crate) use log::MaskedLog;
pub(crate) use masks::Masks;

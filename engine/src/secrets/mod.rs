//! The secrets of one task: their values while it runs, and what hides them in everything that it says (V4).
//!
//! It is not where secrets are kept: that is the host's [`Secrets`](crate::Secrets). Read [`SecretsAtHand`] first, then `masks.rs`.

mod at_hand;
mod kept;
mod log;
mod masks;

pub use at_hand::SecretsAtHand;
pub(crate) use at_hand::{Keeper, pause_after, put};
pub(crate) use kept::without_secrets;
pub(crate) use log::MaskedLog;
pub(crate) use masks::Masks;

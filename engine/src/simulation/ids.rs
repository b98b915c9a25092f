use std::sync::{Mutex, PoisonError};

use super::Dice;
use crate::Ids;

/// Ids of a seed.
pub(super) struct SeededIds(Mutex<Dice>);

impl SeededIds {
    pub(super) const fn of(dice: Dice) -> Self {
        Self(Mutex::new(dice))
    }
}

impl Ids for SeededIds {
    fn draw(&self) -> u128 {
        let mut dice = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        u128::from(dice.number()) << 64 | u128::from(dice.number())
    }
}

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::TimeDelta;
use cutover::GateOrder;

use super::Dice;
use crate::{Clock, Evaluation, GateProbe, ManualClock};

/// Says what gates answer, and how long they take. A closure does, too.
pub trait GateAnswers: Send + Sync + 'static {
    /// What this gate answers now, after how long.
    fn answer(&self, order: &GateOrder, dice: &mut Dice) -> (TimeDelta, Evaluation);
}

impl<F> GateAnswers for F
where
    F: Fn(&GateOrder, &mut Dice) -> (TimeDelta, Evaluation) + Send + Sync + 'static,
{
    fn answer(&self, order: &GateOrder, dice: &mut Dice) -> (TimeDelta, Evaluation) {
        self(order, dice)
    }
}

/// Gates that answer within a few seconds, and some of which fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomGates {
    failure_rate: f64,
}

impl RandomGates {
    /// Of whose answers this part fails, from 0 to 1.
    pub const fn failing(rate: f64) -> Self {
        Self { failure_rate: rate }
    }
}

impl GateAnswers for RandomGates {
    fn answer(&self, _: &GateOrder, dice: &mut Dice) -> (TimeDelta, Evaluation) {
        let after = dice.between(TimeDelta::milliseconds(1), TimeDelta::seconds(5));
        if dice.happens(self.failure_rate) {
            (after, Evaluation::Failed { message: "as simulated".to_owned() })
        } else {
            (after, Evaluation::Succeeded)
        }
    }
}

/// Evaluates gates in virtual time.
#[derive(Clone)]
pub(super) struct Probing {
    pub(super) answers: Arc<dyn GateAnswers>,
    pub(super) dice: Arc<Mutex<Dice>>,
    pub(super) clock: ManualClock,
}

#[async_trait]
impl GateProbe for Probing {
    async fn evaluate(&self, order: GateOrder) -> Evaluation {
        let (after, answer) = {
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            self.answers.answer(&order, &mut dice)
        };
        self.clock.wait_until(self.clock.now() + after).await;
        answer
    }
}

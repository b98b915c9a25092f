use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use cutover::Timestamp;

use super::Clock;
use super::timers::Timers;
use crate::limits;

/// The clock of the machine. It needs no particular executor: a thread of its own wakes those who wait.
#[derive(Debug, Clone)]
pub struct SystemClock(Arc<Timers>);

impl SystemClock {
    /// The machine's clock, with a thread that ends when the last clone is dropped.
    ///
    /// # Panics
    /// If the operating system starts no more threads.
    pub fn new() -> Self {
        Self(Timers::start())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    async fn wait_until(&self, at: Timestamp) {
        loop {
            // Nothing is left to wait for if the difference is negative.
            let Ok(left) = (at - self.now()).to_std() else { return };
            if left.is_zero() {
                return;
            }
            // At least a millisecond, so that rounding never makes this a loop without a pause.
            let sleep = left.clamp(Duration::from_millis(1), limits::LONGEST_SLEEP);
            self.0.alarm(Instant::now() + sleep).await;
        }
    }
}

//! The time, as the engine knows it.

mod manual;
mod system;
mod timers;

use std::sync::Arc;

use async_trait::async_trait;
use cutover::Timestamp;

pub use manual::ManualClock;
pub use system::SystemClock;

/// Says what time it is, and waits for a time.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The present time. The engine counts in milliseconds and cuts off what is finer.
    fn now(&self) -> Timestamp;

    /// Returns once [`Clock::now`] is at or past `at`; at once if it is already.
    ///
    /// Clocks are set and machines sleep, so it looks at [`Clock::now`] at least every minute rather than sleep for as long as
    /// it seemed at first. The future may be dropped at any time.
    async fn wait_until(&self, at: Timestamp);
}

#[async_trait]
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    async fn wait_until(&self, at: Timestamp) {
        (**self).wait_until(at).await;
    }
}

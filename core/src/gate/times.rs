//! When is which sample (G1, G2, G5).

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{Gates, Timestamp, later};

/// A sample's number, from 0: sample k begins at (beginning + delay + k × interval) (G2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleNumber(pub u32);

impl fmt::Display for SampleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl SampleNumber {
    /// The sample after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// How many samples lie between `earlier` and it, neither of them counted.
    pub(super) const fn between(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0).saturating_sub(1)
    }
}

/// The times of gates, all in seconds, as they were when the gates began (G1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GateTimes {
    /// From the beginning to the first sample; 0: the first sample is at the beginning.
    pub delay_seconds: u32,
    /// From the beginning of a sample to that of the next: at least 1, and 0 counts as 1.
    pub interval_seconds: u32,
    /// How long all gates must go on succeeding; 0: one sample is enough.
    pub minimum_success_seconds: u32,
    /// From the beginning to the time-out, the delay included.
    pub timeout_seconds: u32,
}

impl From<&Gates> for GateTimes {
    fn from(gates: &Gates) -> Self {
        Self {
            delay_seconds: gates.delay_minutes.saturating_mul(60),
            interval_seconds: gates.sampling_interval_seconds,
            minimum_success_seconds: gates.minimum_success_minutes.saturating_mul(60),
            timeout_seconds: gates.timeout_minutes.saturating_mul(60),
        }
    }
}

impl GateTimes {
    /// When sample `number` of gates that began at `begun_at` begins (G2).
    pub fn beginning_of(&self, begun_at: Timestamp, number: SampleNumber) -> Timestamp {
        later(
            begun_at,
            TimeDelta::seconds(i64::from(self.delay_seconds) + i64::from(number.0) * self.interval()),
        )
    }

    /// When gates that began at `begun_at` time out (G5).
    pub fn times_out_at(&self, begun_at: Timestamp) -> Timestamp {
        later(begun_at, TimeDelta::seconds(i64::from(self.timeout_seconds)))
    }

    /// The sample in whose time `now` lies: the newest that has begun; `None` during the delay and from the time-out on.
    pub fn sample_at(&self, begun_at: Timestamp, now: Timestamp) -> Option<SampleNumber> {
        let first = self.beginning_of(begun_at, SampleNumber(0));
        if now < first || now >= self.times_out_at(begun_at) {
            return None;
        }
        u32::try_from((now - first).num_seconds() / self.interval()).ok().map(SampleNumber)
    }

    /// Whether all have succeeded for long enough if they did in `from`, in `to` and in between (G4).
    pub(super) fn is_long_enough(&self, from: SampleNumber, to: SampleNumber) -> bool {
        i64::from(to.0.saturating_sub(from.0)) * self.interval() >= i64::from(self.minimum_success_seconds)
    }

    /// Seconds between two samples.
    pub(super) fn interval(&self) -> i64 {
        i64::from(self.interval_seconds.max(1))
    }
}

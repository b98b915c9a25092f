//! Gates: which sample is due, what it comes to, and when gates have passed or failed (G1 to G6, G8).
//!
//! Pure policy. A [`GateRun`] is what recorded events say of the gates on one side of one deployment's jobs: it decides, and whoever
//! records folds what was decided back into it. A [`Sampling`] is what an engine remembers between two records: the answers to the
//! sample that is open, and how many samples were not worth recording. It may be lost at any moment, and then nothing passes earlier
//! than it would have.
//!
//! It does not evaluate a gate, and it does not say when gates are asked relative to approvals (G7).
//! Read `times.rs` first (when is which sample?), then `run.rs`.
//!
//! ```
//! use std::collections::BTreeSet;
//! use cutover::gate::{Answer, GateRun, GateTimes, Sampling, Verdict};
//! use chrono::{DateTime, TimeDelta};
//!
//! let times = GateTimes { delay_seconds: 300, interval_seconds: 300, minimum_success_seconds: 0, timeout_seconds: 3_600 };
//! let mut run = GateRun::new(DateTime::UNIX_EPOCH, times, BTreeSet::from([0]));
//! let mut sampling = Sampling::default();
//! let at_five = DateTime::UNIX_EPOCH + TimeDelta::minutes(5);
//!
//! assert_eq!(sampling.begin(&run, DateTime::UNIX_EPOCH), None); // the delay runs first
//! let asked = sampling.begin(&run, at_five).expect("the first sample is due");
//! sampling.answer(&run, asked.sample, 0, Answer::Succeeded, at_five)?;
//! let taken = sampling.take(&run, at_five).expect("all have answered");
//! let Verdict::Passed(sampled) = run.conclude(&taken, at_five)? else { panic!("all succeeded") };
//! run.fold_sampled(sampled); // what `gates.sampled` says
//! run.fold_passed(); // what `gates.passed` says
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod refusal;
mod run;
mod sample;
mod sampling;
mod times;

pub use refusal::{AnswerRefusal, SampleRefusal};
pub use run::{GateRun, Standing, Verdict};
pub use sample::{Answer, GateResult, RecordReason, Recording, Sampled, Taken, Unrecorded};
pub use sampling::{Asked, Sampling};
pub use times::{GateTimes, SampleNumber};

#[cfg(test)]
mod tests;

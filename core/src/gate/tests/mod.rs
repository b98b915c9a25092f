//! G1 to G6 and G8: by cases, and against a naive simulation second by second.

mod cases;
mod naive;
mod properties;

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{Answer, GateRun, GateTimes, Recording, SampleNumber, Sampling, Verdict};
use crate::Timestamp;

/// A moment, in seconds since the gates began.
fn at(seconds: u32) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::seconds(i64::from(seconds))
}

/// What is recorded of a sample: its number, how many before it were not, whether the gates passed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Recorded {
    sample: u32,
    unrecorded: u32,
    passed: bool,
}

/// An engine that does what `gate/` says, with a record that outlives it.
struct Engine {
    run: GateRun,
    sampling: Sampling,
    recorded: Vec<Recorded>,
}

impl Engine {
    fn new(times: GateTimes, gates: u32) -> Self {
        let run = GateRun::new(at(0), times, (0..gates).collect::<BTreeSet<_>>());
        Self { run, sampling: Sampling::default(), recorded: Vec::new() }
    }

    /// It stops without warning, and another goes on from the record.
    fn crash(&mut self) {
        self.sampling = Sampling::default();
    }

    /// Concludes the open sample if it is complete.
    fn conclude(&mut self, now: u32) {
        let Some(taken) = self.sampling.take(&self.run, at(now)) else { return };
        match self.run.conclude(&taken, at(now)).expect("a sample that was taken can be concluded") {
            Verdict::Passed(sampled) => {
                self.record(&sampled, true);
                self.run.fold_passed();
            }
            Verdict::Waiting { sampled, recording: Recording::Needed(_) } => self.record(&sampled, false),
            Verdict::Waiting { sampled, recording: Recording::NotNeeded } => {
                self.sampling.count(&self.run, sampled.sample);
            }
            Verdict::TimedOut => self.run.fold_timed_out(),
        }
    }

    fn record(&mut self, sampled: &super::Sampled, passed: bool) {
        let (sample, unrecorded) = (sampled.sample.0, sampled.unrecorded);
        self.recorded.push(Recorded { sample, unrecorded, passed });
        // As it is read back from the log.
        let written = serde_json::to_string(sampled).expect("it can be written");
        let read: super::Sampled = serde_json::from_str(&written).expect("it can be read");
        assert_eq!(&read, sampled);
        self.run.fold_sampled(read);
    }

    /// What happens by itself at `now`: the time-out first, then the end of a sample, then the beginning of the next.
    fn tick(&mut self, now: u32) -> Option<SampleNumber> {
        if self.run.next_moment(at(now)).is_some_and(|moment| moment <= at(now)) {
            self.run.fold_timed_out();
        }
        self.conclude(now);
        let asked = self.sampling.begin(&self.run, at(now))?;
        self.conclude(now);
        Some(asked.sample)
    }

    /// All gates answer sample `sample` at once.
    fn hear(&mut self, now: u32, sample: u32, answers: &[Answer]) {
        for (gate, answer) in (0..).zip(answers) {
            let _ = self.sampling.answer(&self.run, SampleNumber(sample), gate, *answer, at(now));
        }
        self.conclude(now);
    }
}

//! Gates from their beginning to their end, as recorded events tell it (G2 to G6, G8).
//!
//! Why recorded events are enough after a crash: what is not recorded equals the newest sample on record, so a failure never goes
//! missing, and an unrecorded success is only ever counted from a success on record. What is lost is *that* samples were taken: after a
//! crash they count as skipped, so with more than two of them the minimum duration starts again (G2). That may pass later than the
//! engine that crashed would have, never earlier. An engine that stops in order records what it has counted ([`GateRun::caught_up`]).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Answer, GateResult, GateTimes, RecordReason, Recording, SampleNumber, SampleRefusal, Sampled, Taken,
    Unrecorded,
};
use crate::{Gates, Timestamp, limits};

/// The gates on one side of one deployment's jobs, as far as they are on record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GateRun {
    begun_at: Timestamp,
    times: GateTimes,
    /// The gates that are evaluated, by their places in the definition.
    gates: BTreeSet<u32>,
    ignored: BTreeSet<u32>,
    last: Option<Sampled>,
    /// The gates that fail in the newest sample on record, each with the first sample since which it fails in all on record.
    failing: BTreeMap<u32, SampleNumber>,
    standing: Standing,
}

/// Where gates stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// They are sampled, or will be after the delay.
    Sampling,
    /// They have passed (G4).
    Passed,
    /// They have failed, since their time was over (G5).
    TimedOut,
}

/// What follows from a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The gates pass with it: it is recorded, and that they passed (G4, G8).
    Passed(Sampled),
    /// Sampling goes on.
    Waiting {
        /// What is to be recorded, if it is.
        sampled: Sampled,
        /// Whether it must be (G8).
        recording: Recording,
    },
    /// The time-out came first: the sample counts for nothing (G5).
    TimedOut,
}

impl GateRun {
    /// Gates that begin now: `gates` are those that are evaluated, by their places in the definition.
    pub const fn new(begun_at: Timestamp, times: GateTimes, gates: BTreeSet<u32>) -> Self {
        Self {
            begun_at,
            times,
            gates,
            ignored: BTreeSet::new(),
            last: None,
            failing: BTreeMap::new(),
            standing: Standing::Sampling,
        }
    }

    /// Gates that begin now, by their definition; `None` where nothing is evaluated, which is as if there were none (G1).
    pub fn of(gates: &Gates, begun_at: Timestamp) -> Option<Self> {
        let places = (0_u32..).zip(&gates.gates).filter(|(_, gate)| gate.enabled).map(|(place, _)| place);
        gates.is_in_force().then(|| Self::new(begun_at, gates.into(), places.collect()))
    }

    /// When they began.
    pub const fn begun_at(&self) -> Timestamp {
        self.begun_at
    }

    /// Their times.
    pub const fn times(&self) -> GateTimes {
        self.times
    }

    /// The gates that are evaluated, by their places in the definition; those that are ignored too.
    pub const fn gates(&self) -> &BTreeSet<u32> {
        &self.gates
    }

    /// The gates that were ignored (G6).
    pub const fn ignored(&self) -> &BTreeSet<u32> {
        &self.ignored
    }

    /// The newest sample on record.
    pub const fn last(&self) -> Option<&Sampled> {
        self.last.as_ref()
    }

    /// Where they stand.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// The gates that fail, each with the sample since which it does, as far as it is on record. One that is ignored does not (G6).
    pub fn failing(&self) -> impl Iterator<Item = (u32, SampleNumber)> {
        self.failing
            .iter()
            .filter(|(gate, _)| !self.ignored.contains(gate))
            .map(|(gate, since)| (*gate, *since))
    }

    /// Since when all have succeeded, as far as it is on record (G4).
    pub fn steady_since(&self) -> Option<Timestamp> {
        self.last.as_ref()?.steady_from.map(|sample| self.beginning_of(sample))
    }

    /// When a sample begins (G2).
    pub fn beginning_of(&self, sample: SampleNumber) -> Timestamp {
        self.times.beginning_of(self.begun_at, sample)
    }

    /// When they time out (G5). It is decided before anything else of that moment: an answer at this very moment is too late.
    pub fn times_out_at(&self) -> Timestamp {
        self.times.times_out_at(self.begun_at)
    }

    /// The sample that is to be taken at `now`, as far as is on record: the newest that has begun, unless it is on record (G2).
    pub fn sample_due(&self, now: Timestamp) -> Option<SampleNumber> {
        let due = self.times.sample_at(self.begun_at, now)?;
        let is_new = self.last.as_ref().is_none_or(|last| last.sample < due);
        (self.standing == Standing::Sampling && is_new).then_some(due)
    }

    /// When something happens next after `now`: a sample begins, or the time-out comes; `None` once they are over. A time-out that
    /// has passed is given as it is.
    pub fn next_moment(&self, now: Timestamp) -> Option<Timestamp> {
        if self.standing != Standing::Sampling {
            return None;
        }
        let times_out_at = self.times_out_at();
        if now >= times_out_at {
            return Some(times_out_at);
        }
        let next = self.times.sample_at(self.begun_at, now).map_or(SampleNumber(0), SampleNumber::next);
        Some(self.beginning_of(next).min(times_out_at))
    }

    /// What follows from a sample (G3, G4, G8).
    ///
    /// Gates that are ignored by now count as succeeded in it, whatever they answered (G6).
    ///
    /// # Errors
    /// Why it is not concluded.
    pub fn conclude(&self, taken: &Taken, now: Timestamp) -> Result<Verdict, SampleRefusal> {
        let Taken { sample, answers, unrecorded } = taken;
        let sample = *sample;
        match self.standing {
            Standing::Sampling if now >= self.times_out_at() => return Ok(Verdict::TimedOut),
            Standing::Sampling => {}
            Standing::Passed | Standing::TimedOut => return Err(SampleRefusal::Over),
        }
        if let Some(recorded) = self.last.as_ref().map(|last| last.sample).filter(|last| *last >= sample) {
            return Err(SampleRefusal::AlreadyRecorded { sample, recorded });
        }
        if self.beginning_of(sample) >= self.times_out_at() {
            return Err(SampleRefusal::NeverBegins(sample));
        }
        if now < self.beginning_of(sample) {
            return Err(SampleRefusal::NotBegun(sample));
        }
        let results = self.results(answers);
        if let Some((gate, _)) = results.iter().find(|(_, result)| **result == GateResult::NoAnswer)
            && now < self.beginning_of(sample.next())
        {
            return Err(SampleRefusal::StillOpen { sample, gate: *gate });
        }
        Ok(self.judge(sample, results, unrecorded.and_then(|counted| self.as_counted(counted, sample))))
    }

    /// What each gate comes to (G3, G6).
    fn results(&self, answers: &BTreeMap<u32, Answer>) -> BTreeMap<u32, GateResult> {
        let result_of = |gate: u32| match (self.ignored.contains(&gate), answers.get(&gate)) {
            (true, _) => GateResult::Ignored,
            (false, Some(Answer::Succeeded)) => GateResult::Succeeded,
            (false, Some(Answer::Failed)) => GateResult::Failed,
            (false, None) => GateResult::NoAnswer,
        };
        self.gates.iter().map(|gate| (*gate, result_of(*gate))).collect()
    }

    /// What an engine counted, if it fits what is on record: it counts from the newest sample there, and up to one before `until`.
    fn as_counted(&self, counted: Unrecorded, until: SampleNumber) -> Option<Unrecorded> {
        let last = self.last.as_ref()?.sample;
        let fits = counted.after == last
            && last < counted.latest
            && counted.latest < until
            && (1..=counted.latest.0 - last.0).contains(&counted.count);
        fits.then_some(counted)
    }

    fn judge(
        &self,
        sample: SampleNumber,
        results: BTreeMap<u32, GateResult>,
        counted: Option<Unrecorded>,
    ) -> Verdict {
        let unrecorded = counted.map_or(0, |counted| counted.count);
        let steady_from = self.steady_from(sample, &results, counted);
        let sampled = Sampled { sample, results, unrecorded, steady_from };
        if steady_from.is_some_and(|from| self.times.is_long_enough(from, sample)) {
            return Verdict::Passed(sampled);
        }
        let recording = self.recording(&sampled);
        Verdict::Waiting { sampled, recording }
    }

    /// From which sample on all have succeeded (G4): as on record, unless more than two samples were skipped since (G2).
    fn steady_from(
        &self,
        sample: SampleNumber,
        results: &BTreeMap<u32, GateResult>,
        counted: Option<Unrecorded>,
    ) -> Option<SampleNumber> {
        if !results.values().all(|result| result.is_success()) {
            return None;
        }
        let Some(last) = &self.last else { return Some(sample) };
        let latest = counted.map_or(last.sample, |counted| counted.latest);
        let has_gap = sample.between(latest) > limits::GATE_SAMPLES_SKIPPED;
        Some(last.steady_from.filter(|_| !has_gap).unwrap_or(sample))
    }

    /// Whether a sample with which the gates don't pass must be recorded (G8).
    fn recording(&self, sampled: &Sampled) -> Recording {
        let Some(last) = &self.last else { return Recording::Needed(RecordReason::First) };
        let since_last = i64::from(sampled.sample.next().0 - last.sample.0) * self.times.interval();
        if sampled.results != last.results {
            Recording::Needed(RecordReason::Changed)
        } else if sampled.steady_from != last.steady_from {
            Recording::Needed(RecordReason::StartsAgain)
        } else if sampled.unrecorded + 1 >= limits::GATE_EQUAL_SAMPLES {
            Recording::Needed(RecordReason::Count)
        } else if since_last > i64::from(limits::GATE_RECORD_MINUTES) * 60 {
            Recording::Needed(RecordReason::Time)
        } else {
            Recording::NotNeeded
        }
    }

    /// What an engine that stops in order records of the samples that it has counted, so that the next one goes on from there: the
    /// newest of them, which equals the one on record. `None` if they do not fit what is on record.
    pub fn caught_up(&self, counted: Unrecorded, now: Timestamp) -> Option<Sampled> {
        let current = self.times.sample_at(self.begun_at, now)?;
        let counted = self.as_counted(counted, current.next())?;
        let last = self.last.as_ref().filter(|_| self.standing == Standing::Sampling)?;
        Some(Sampled { sample: counted.latest, unrecorded: counted.count - 1, ..last.clone() })
    }

    /// A gate was ignored: from now on it counts as succeeded (G6).
    pub fn fold_ignored(&mut self, gate: u32) {
        self.ignored.insert(gate);
    }

    /// A sample was recorded.
    pub fn fold_sampled(&mut self, sampled: Sampled) {
        let fails = sampled.results.iter().filter(|(_, result)| !result.is_success());
        let since = |gate: &u32| self.failing.get(gate).copied().unwrap_or(sampled.sample);
        self.failing = fails.map(|(gate, _)| (*gate, since(gate))).collect();
        self.last = Some(sampled);
    }

    /// The gates passed.
    pub const fn fold_passed(&mut self) {
        self.standing = Standing::Passed;
    }

    /// The gates timed out.
    pub const fn fold_timed_out(&mut self) {
        self.standing = Standing::TimedOut;
    }
}

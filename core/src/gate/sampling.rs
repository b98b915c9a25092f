//! What an engine remembers between two records (G2, G3, G8).

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, AnswerRefusal, GateRun, SampleNumber, Standing, Taken, Unrecorded};
use crate::Timestamp;

/// The sample that is open, and what was counted instead of recorded. Losing it is safe: see `run.rs`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sampling {
    open: Option<(SampleNumber, BTreeMap<u32, Answer>)>,
    counted: Option<Unrecorded>,
    /// The newest sample that was taken, so that none is taken twice while its record is on its way.
    taken: Option<SampleNumber>,
}

/// A sample that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its number.
    pub sample: SampleNumber,
    /// The gates to evaluate, all at once; empty if all are ignored.
    pub gates: BTreeSet<u32>,
}

impl Sampling {
    /// Opens the sample that is due, if none is open and it was not taken (G2). Samples before it that were not taken are skipped.
    pub fn begin(&mut self, run: &GateRun, now: Timestamp) -> Option<Asked> {
        let due = run.sample_due(now).filter(|due| self.taken < Some(*due))?;
        if self.open.is_some() {
            return None;
        }
        self.open = Some((due, BTreeMap::new()));
        Some(Asked { sample: due, gates: run.gates().difference(run.ignored()).copied().collect() })
    }

    /// Hears a gate's answer.
    ///
    /// # Errors
    /// Why it is ignored (G3).
    pub fn answer(
        &mut self,
        run: &GateRun,
        sample: SampleNumber,
        gate: u32,
        answer: Answer,
        now: Timestamp,
    ) -> Result<(), AnswerRefusal> {
        let answers = match &mut self.open {
            Some((open, answers)) if *open == sample => answers,
            Some(_) | None => return Err(AnswerRefusal::NotOpen(sample)),
        };
        if now >= run.beginning_of(sample.next()).min(run.times_out_at()) {
            return Err(AnswerRefusal::TooLate(sample));
        }
        if !run.gates().contains(&gate) {
            return Err(AnswerRefusal::UnknownGate(gate));
        }
        if answers.contains_key(&gate) {
            return Err(AnswerRefusal::AlreadyAnswered(gate));
        }
        answers.insert(gate, answer);
        Ok(())
    }

    /// Closes the open sample if it is complete: every gate has answered or is ignored, or the next sample has begun (G3). What it
    /// comes to, [`GateRun::conclude`] says. Once the gates are over there is nothing to take.
    pub fn take(&mut self, run: &GateRun, now: Timestamp) -> Option<Taken> {
        if run.standing() != Standing::Sampling {
            self.open = None;
        }
        let (sample, answers) = self.open.as_ref()?;
        let has_answer = |gate: &u32| answers.contains_key(gate) || run.ignored().contains(gate);
        if now < run.beginning_of(sample.next()) && !run.gates().iter().all(has_answer) {
            return None;
        }
        let (sample, answers) = self.open.take()?;
        self.taken = Some(sample);
        Some(Taken { sample, answers, unrecorded: self.unrecorded(run) })
    }

    /// Counts a sample that need not be recorded (G8). Whoever counts one that must be loses it.
    pub fn count(&mut self, run: &GateRun, sample: SampleNumber) {
        let count = self.unrecorded(run).map_or(0, |counted| counted.count);
        self.counted = run.last().map(|last| Unrecorded {
            after: last.sample,
            count: count.saturating_add(1),
            latest: sample,
        });
    }

    /// What was counted since the newest sample on record: what an engine that stops in order gives to [`GateRun::caught_up`].
    pub fn unrecorded(&self, run: &GateRun) -> Option<Unrecorded> {
        let last = run.last()?.sample;
        self.counted.filter(|counted| counted.after == last)
    }

    /// When it must be looked at next, unless an answer comes before: a sample begins, which also ends the open one, or the time-out
    /// comes; `None` once the gates are over.
    pub fn next_moment(&self, run: &GateRun, now: Timestamp) -> Option<Timestamp> {
        if run.standing() != Standing::Sampling {
            return None;
        }
        let is_due = self.open.is_none() && run.sample_due(now) > self.taken;
        if is_due { Some(now) } else { run.next_moment(now) }
    }
}

//! Gates: which sample is open here, who is asked, what was answered (G2, G3).
//!
//! Every engine that drives samples the gates of every release: whose sample is recorded first counts, and what another took as the
//! same sample records nothing. That needs no engine to be chosen, and none to be missed when it crashes. What stands here may be
//! lost at any moment: the next engine begins with the sample that is due then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use cutover::gate::{Answer, GateRun, Recording, SampleNumber, Sampling, Taken, Unrecorded, Verdict};
use cutover::{DeploymentId, GateId, Moment, ReleaseId, Timestamp};
use futures::future::AbortHandle;

use super::GateAnswer;
use crate::{Evaluation, limits};

/// The gates on one side of one deployment's jobs.
pub(super) type Side = (DeploymentId, Moment);

/// The samples that this engine takes.
#[derive(Debug, Default)]
pub(crate) struct Samplings(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    by_side: BTreeMap<Side, Open>,
    /// When each release must be looked at, since a sample begins there.
    alarms: BTreeMap<ReleaseId, Timestamp>,
}

#[derive(Debug, Default)]
struct Open {
    /// When the gates began: those that start again are others (R7).
    begun_at: Timestamp,
    sampling: Sampling,
    /// Answers that were not looked at yet, each with when it came.
    heard: Vec<(SampleNumber, u32, Answer, Timestamp)>,
    /// Evaluations of the sample that is open.
    asked: Vec<AbortHandle>,
    /// By gate, evaluations that have not come to their end.
    at_work: BTreeMap<u32, Vec<Weak<()>>>,
    /// By gate, what it answered last.
    newest: BTreeMap<u32, (Timestamp, Evaluation)>,
}

/// The sample that a gate is asked for, of gates that began then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    pub(super) begun_at: Timestamp,
    pub(super) sample: SampleNumber,
}

/// What is to be done about gates.
#[derive(Debug)]
pub(super) enum Due {
    /// The sample is to be recorded.
    Record(Taken),
    /// These gates are to be asked.
    Ask(SampleNumber, BTreeSet<u32>),
    /// Nothing before the alarm, or an answer.
    Nothing,
}

impl Samplings {
    /// Goes on with the gates as far as nothing must be recorded or asked.
    pub(super) fn go_on(&self, side: Side, run: &GateRun, now: Timestamp) -> Due {
        let mut table = self.table();
        let open = table.by_side.entry(side).or_default();
        if open.begun_at != run.begun_at() {
            open.asked.iter().for_each(AbortHandle::abort);
            *open = Open { begun_at: run.begun_at(), ..Open::default() };
        }
        loop {
            if let Some(taken) = open.take(run, now) {
                match run.conclude(&taken, now) {
                    Ok(Verdict::Waiting { recording: Recording::NotNeeded, .. }) => {
                        open.sampling.count(run, taken.sample);
                    }
                    Ok(Verdict::Passed(_) | Verdict::Waiting { recording: Recording::Needed(_), .. }) => {
                        return Due::Record(taken);
                    }
                    Ok(Verdict::TimedOut) => {}
                    Err(refusal) => tracing::debug!(deployment = %side.0, %refusal, "a sample is dropped"),
                }
            }
            match open.sampling.begin(run, now) {
                Some(asked) if asked.gates.is_empty() => {}
                Some(asked) => return Due::Ask(asked.sample, asked.gates),
                None => break,
            }
        }
        let next = open.sampling.next_moment(run, now).filter(|next| *next > now);
        if let Some(next) = next {
            let alarm = table.alarms.entry(side.0.release).or_insert(next);
            *alarm = next.min(*alarm);
        }
        Due::Nothing
    }

    /// Notes who is asked; `None` if too many earlier evaluations of the gate have not come to their end.
    pub(super) fn ask(&self, gate: GateId, handle: AbortHandle, token: Weak<()>) -> Option<()> {
        let mut table = self.table();
        let open = table.by_side.get_mut(&(gate.deployment, gate.moment))?;
        let at_work = open.at_work.entry(gate.gate).or_default();
        at_work.retain(|token| token.strong_count() > 0);
        if at_work.len() >= limits::EVALUATIONS_AT_ONCE {
            return None;
        }
        at_work.push(token);
        open.asked.push(handle);
        Some(())
    }

    /// Keeps an answer until the release is looked at.
    pub(super) fn hear(&self, gate: GateId, asked: Asking, evaluation: Evaluation, at: Timestamp) {
        let mut table = self.table();
        let open = table.by_side.get_mut(&(gate.deployment, gate.moment));
        if let Some(open) = open.filter(|open| open.begun_at == asked.begun_at) {
            let answer = match evaluation {
                Evaluation::Succeeded => Answer::Succeeded,
                Evaluation::Failed { .. } => Answer::Failed,
            };
            open.heard.push((asked.sample, gate.gate, answer, at));
            open.newest.insert(gate.gate, (at, evaluation));
        }
    }

    /// What was counted and not recorded, once: for an engine that stops.
    pub(super) fn stop(&self, side: Side, run: &GateRun, now: Timestamp) -> Option<Unrecorded> {
        let mut open = self.table().by_side.remove(&side).filter(|open| open.begun_at == run.begun_at())?;
        if let Some(taken) = open.take(run, now)
            && let Ok(Verdict::Waiting { recording: Recording::NotNeeded, .. }) = run.conclude(&taken, now)
        {
            open.sampling.count(run, taken.sample);
        }
        open.asked.iter().for_each(AbortHandle::abort);
        open.sampling.unrecorded(run)
    }

    /// Forgets the gates of a release that are not sampled any more, and looks at it only when the others say so.
    pub(super) fn keep(&self, release: ReleaseId, sampled: &BTreeSet<Side>) {
        let mut table = self.table();
        table.by_side.retain(|side, open| {
            let is_kept = side.0.release != release || sampled.contains(side);
            if !is_kept {
                open.asked.iter().for_each(AbortHandle::abort);
            }
            is_kept
        });
        if sampled.is_empty() {
            table.alarms.remove(&release);
        }
    }

    /// The releases with gates that are sampled here.
    pub(super) fn releases(&self) -> BTreeSet<ReleaseId> {
        self.table().by_side.keys().map(|(deployment, _)| deployment.release).collect()
    }

    /// When a release must be looked at next.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        self.table().alarms.values().min().copied()
    }

    /// The releases that must be looked at now. Their alarms are set anew when they are.
    pub(super) fn ring(&self, now: Timestamp) -> Vec<ReleaseId> {
        self.table().alarms.extract_if(.., |_, at| *at <= now).map(|(release, _)| release).collect()
    }

    /// What each gate answered last.
    pub(crate) fn newest(&self) -> Vec<GateAnswer> {
        let table = self.table();
        let of_side = |(side, open): (&Side, &Open)| {
            let (deployment, moment) = *side;
            let answers = open.newest.iter().map(move |(gate, (at, evaluation))| GateAnswer {
                gate: GateId { deployment, moment, gate: *gate },
                at: *at,
                evaluation: evaluation.clone(),
            });
            answers.collect::<Vec<_>>()
        };
        table.by_side.iter().flat_map(of_side).collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the open sample if it is complete: who has not answered by then need not go on (G3).
    fn take(&mut self, run: &GateRun, now: Timestamp) -> Option<Taken> {
        for (sample, gate, answer, at) in std::mem::take(&mut self.heard) {
            if let Err(refusal) = self.sampling.answer(run, sample, gate, answer, at) {
                tracing::debug!(gate, %sample, %refusal, "an answer is dropped");
            }
        }
        let taken = self.sampling.take(run, now)?;
        self.asked.drain(..).for_each(|evaluation| evaluation.abort());
        Some(taken)
    }
}

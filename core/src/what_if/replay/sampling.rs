//! Sampling gates at moments at which nobody did: each at the beginning of a sample, and answered at once.

use chrono::TimeDelta;

use super::{Order, Run};
use crate::gate::{self, GateRun, Recording, SampleNumber, Taken, Unrecorded, Verdict};
use crate::what_if::actions::Reply;
use crate::what_if::gates::{Remembered, Source};
use crate::what_if::question::{Asked, Question};
use crate::what_if::{Assumed, Assumption};
use crate::{Actor, DeploymentId, GateId, Moment, Timestamp};

/// What an engine remembers of gates between two records (G8).
#[derive(Debug, Clone, Copy)]
pub(super) struct Sampler {
    /// The gates that began then.
    begun_at: Timestamp,
    taken: SampleNumber,
    counted: Option<Unrecorded>,
}

/// What comes of a sample.
pub(super) enum Sample {
    /// It equals the one before, and nothing of it is recorded (G8).
    Counted,
    /// It is recorded.
    ToRecord(Box<Order>),
    /// There is none to be taken any more.
    Over,
}

impl Run<'_> {
    fn sampler(&self, deployment: DeploymentId, moment: Moment, run: &GateRun) -> Option<Sampler> {
        let known = self.samplers.get(&(deployment, moment)).copied();
        known.filter(|sampler| sampler.begun_at == run.begun_at())
    }

    /// When the gates are sampled next from `from` on; `None`: their time is over before.
    pub(super) fn next_sample(
        &self,
        (deployment, moment): (DeploymentId, Moment),
        run: &GateRun,
        from: Timestamp,
    ) -> Option<Timestamp> {
        let taken = self.sampler(deployment, moment, run).map(|sampler| sampler.taken);
        let from = taken.map_or(from, |taken| run.beginning_of(taken).max(from));
        if run.sample_due(from) > taken {
            return Some(from);
        }
        run.next_moment(from).filter(|next| *next < run.times_out_at())
    }

    /// Takes the sample that is due.
    pub(super) fn sample(&mut self, asked: &Asked) -> Sample {
        let Question::Sample(deployment, moment, run) = &asked.0 else { return Sample::Over };
        let Some(sample) = run.sample_due(self.now) else { return Sample::Over };
        let gates = run.gates().difference(run.ignored());
        let gates = gates.map(|gate| GateId { deployment: *deployment, moment: *moment, gate: *gate });
        let answers = gates.map(|gate| (gate.gate, self.answer_of_gate(gate))).collect();
        let counted = self.sampler(*deployment, *moment, run).and_then(|sampler| sampler.counted);
        let counted = counted.filter(|counted| Some(counted.after) == run.last().map(|last| last.sample));
        let unrecorded = counted.or_else(|| self.counted_in_silence(asked, run, sample));
        let taken = Taken { sample, answers, unrecorded };
        let verdict = run.conclude(&taken, self.now);
        let mut sampler = Sampler { begun_at: run.begun_at(), taken: sample, counted: None };
        let came_to = match verdict {
            Ok(Verdict::Waiting { recording: Recording::NotNeeded, .. }) => {
                let count = unrecorded.map_or(0, |counted| counted.count).saturating_add(1);
                let after = run.last().map(|last| last.sample);
                sampler.counted = after.map(|after| Unrecorded { after, count, latest: sample });
                Sample::Counted
            }
            Ok(Verdict::Passed(_) | Verdict::Waiting { recording: Recording::Needed(_), .. }) => {
                let order = self.order_of(&asked.0, &Reply::Sampled(taken), &Actor::System);
                order.map_or(Sample::Over, |order| Sample::ToRecord(Box::new(order)))
            }
            Ok(Verdict::TimedOut) | Err(_) => Sample::Over,
        };
        self.samplers.insert((*deployment, *moment), sampler);
        came_to
    }

    /// While nothing was recorded of these gates, they were sampled, and came to the same.
    fn counted_in_silence(&self, asked: &Asked, run: &GateRun, until: SampleNumber) -> Option<Unrecorded> {
        let silence = self.record.silences.get(asked)?;
        let (after, latest) = (run.last()?.sample, SampleNumber(until.0.checked_sub(1)?));
        let count = latest.0.checked_sub(after.0).filter(|count| *count > 0)?;
        (*silence > TimeDelta::zero()).then_some(Unrecorded { after, count, latest })
    }

    /// What the gate answers now; noted where that is not on record.
    fn answer_of_gate(&mut self, gate: GateId) -> gate::Answer {
        let is_like = |id: DeploymentId| self.is_of_same_pipeline(id.release, gate.deployment.release);
        let Remembered { answer, from } = self.record.gates.recall(gate, self.now, is_like);
        let like = match from {
            Source::Record => return answer,
            Source::Another(deployment) => Some(deployment),
            Source::Nowhere => None,
        };
        // It is asked again and again: what is told is what it says from now on.
        if self.told.insert(gate, answer) != Some(answer) {
            self.replay.assumed.push(Assumed { what: Assumption::Gate(gate, answer), like });
        }
        answer
    }
}

//! Sampling gates at moments at which nobody did: each at the beginning of a sample, and answered at once.

use super::{Order, Run};
use crate::gate::{GateRun, Recording, Taken, Unrecorded, Verdict};
use crate::what_if::actions::Reply;
use crate::what_if::gates::{Remembered, Source};
use crate::what_if::question::Question;
use crate::what_if::{Assumed, Assumption};
use crate::{Actor, GateId, Timestamp};

impl Run<'_> {
    /// When the gates are sampled next from `from` on; `None`: their time is over before.
    pub(super) fn next_sample(
        &self,
        question: &Question,
        run: &GateRun,
        from: Timestamp,
    ) -> Option<Timestamp> {
        let taken = self.counted.get(question).map(|counted| counted.latest);
        let from = taken.map_or(from, |taken| run.beginning_of(taken).max(from));
        if run.sample_due(from) > taken {
            return Some(from);
        }
        run.next_moment(from).filter(|next| *next < run.times_out_at())
    }

    /// Takes the sample that is due. `None`: nothing of it is recorded, since it equals the one before (G8). `Some(None)`: there is none.
    pub(super) fn sample(&mut self, question: &Question) -> Option<Option<Order>> {
        let Question::Sample(deployment, moment, run) = question else { return Some(None) };
        let Some(sample) = run.sample_due(self.now) else { return Some(None) };
        let gates = run.gates().difference(run.ignored());
        let gates = gates.map(|gate| GateId { deployment: *deployment, moment: *moment, gate: *gate });
        let answers = gates.map(|gate| (gate.gate, self.answer_of_gate(gate))).collect();
        let unrecorded = self.counted.get(question).copied();
        let taken = Taken { sample, answers, unrecorded };
        match run.conclude(&taken, self.now) {
            Ok(Verdict::Waiting { sampled, recording: Recording::NotNeeded }) => {
                let after = run.last().map_or(sampled.sample, |last| last.sample);
                let count = unrecorded.map_or(0, |counted| counted.count).saturating_add(1);
                self.counted.insert(question.clone(), Unrecorded { after, count, latest: sample });
                None
            }
            Ok(Verdict::Passed(_) | Verdict::Waiting { recording: Recording::Needed(_), .. }) => {
                Some(self.order_of(question, &Reply::Sampled(taken), &Actor::System))
            }
            Ok(Verdict::TimedOut) | Err(_) => Some(None),
        }
    }

    /// What the gate answers now; noted where that is not on record.
    fn answer_of_gate(&mut self, gate: GateId) -> crate::gate::Answer {
        let is_like = |id: crate::DeploymentId| self.is_of_same_pipeline(id.release, gate.deployment.release);
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

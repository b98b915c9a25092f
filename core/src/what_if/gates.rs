//! What gates answered when, as far as samples of them are on record.

use std::collections::BTreeMap;

use crate::gate::{Answer, GateResult, Sampled};
use crate::{DeploymentId, GateId, Moment, Timestamp};

/// What the gates of deployments answered.
#[derive(Debug, Clone, Default)]
pub(super) struct GateMemory(BTreeMap<GateId, Heard>);

/// What one gate of one deployment answered. A sample that is not on record equals the one before, so that it is known what it answered
/// from the first sample until it was sampled no more.
#[derive(Debug, Clone)]
struct Heard {
    answers: BTreeMap<Timestamp, Answer>,
    until: Timestamp,
}

/// What a gate answers at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) answer: Answer,
    pub(super) from: Source,
}

/// Where an answer is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// It is on record that the gate answered so at that moment.
    Record,
    /// The gate answered this deployment so at another moment.
    Another(DeploymentId),
    /// The gate never answered.
    Nowhere,
}

/// What a gate that came to this has answered. One that did not answer counts as failed (G3); one that was ignored was not asked.
const fn answer_of(result: GateResult) -> Option<Answer> {
    match result {
        GateResult::Succeeded => Some(Answer::Succeeded),
        GateResult::Failed | GateResult::NoAnswer => Some(Answer::Failed),
        GateResult::Ignored => None,
    }
}

impl Heard {
    /// The newest answer at that moment or before it, or else the first one after it.
    fn at(&self, at: Timestamp) -> Option<Answer> {
        let before = self.answers.range(..=at).next_back();
        before.or_else(|| self.answers.iter().next()).map(|(_, answer)| *answer)
    }

    fn covers(&self, at: Timestamp) -> bool {
        self.answers.keys().next().is_some_and(|first| *first <= at) && at <= self.until
    }
}

impl GateMemory {
    /// A sample was recorded.
    pub(super) fn hear(
        &mut self,
        deployment: DeploymentId,
        moment: Moment,
        sampled: &Sampled,
        at: Timestamp,
    ) {
        for (gate, result) in &sampled.results {
            let Some(answer) = answer_of(*result) else { continue };
            let id = GateId { deployment, moment, gate: *gate };
            let heard = self.0.entry(id).or_insert_with(|| Heard { answers: BTreeMap::new(), until: at });
            heard.answers.insert(at, answer);
            heard.until = at.max(heard.until);
        }
    }

    /// The gates were sampled until then, and came to the same as before.
    pub(super) fn sampled_until(&mut self, deployment: DeploymentId, moment: Moment, at: Timestamp) {
        let of_side = self.0.iter_mut().filter(|(id, _)| (id.deployment, id.moment) == (deployment, moment));
        for (_, heard) in of_side {
            heard.until = at.max(heard.until);
        }
    }

    /// What the gate answers at `at`: as is on record of it; else as it did at another moment, the newest before or else the next; else as
    /// the same gate did for another deployment for which `is_like`, in the same way; else it succeeds.
    pub(super) fn recall(
        &self,
        gate: GateId,
        at: Timestamp,
        is_like: impl Fn(DeploymentId) -> bool,
    ) -> Remembered {
        if let Some((heard, answer)) = self.0.get(&gate).and_then(|heard| Some((heard, heard.at(at)?))) {
            let from = if heard.covers(at) { Source::Record } else { Source::Another(gate.deployment) };
            return Remembered { answer, from };
        }
        let place = |id: &GateId| (id.deployment.stage, id.moment, id.gate);
        let others = self.0.iter().filter(|(id, _)| place(id) == place(&gate) && is_like(id.deployment));
        let answers = others
            .flat_map(|(id, heard)| heard.answers.iter().map(|(at, answer)| (*at, id.deployment, *answer)));
        let (before, after): (Vec<_>, Vec<_>) = answers.partition(|(heard_at, ..)| *heard_at <= at);
        let found = before.into_iter().max_by_key(|(at, id, _)| (*at, *id));
        match found.or_else(|| after.into_iter().min_by_key(|(at, id, _)| (*at, *id))) {
            Some((_, deployment, answer)) => Remembered { answer, from: Source::Another(deployment) },
            None => Remembered { answer: Answer::Succeeded, from: Source::Nowhere },
        }
    }
}

//! The queue of a stage as people see it: who holds a slot, who waits for one and why, and who is not there yet.

use cutover::status::{OperationStatus, operation_status};
use cutover::{
    Blocker, DeploymentId, Pause, PipelineStatus, QueueId, QueuingPolicy, StageQueue, Timestamp,
    explain_waiting,
};

use super::Views;
use super::filters::lines;

/// The queue of a stage (Q).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueView {
    /// The policy in force (Q5).
    pub policy: QueuingPolicy,
    /// Why nothing more is granted, if the queue is paused (Q9).
    pub paused: Option<Pause>,
    /// The revision that removed the stage, if it is gone (Q12).
    pub removed_by: Option<u32>,
    /// How many hold a slot.
    pub holding: usize,
    /// How many wait for one.
    pub waiting: usize,
    /// Those that hold a slot, then those that wait, in their order, then those that neither do yet, or no longer.
    pub lines: Vec<QueueLine>,
    /// The place of the line that comes after these; `None`: there is none.
    pub next: Option<usize>,
}

/// A deployment in the queue of its stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLine {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The name of its release.
    pub release: String,
    /// Where it stands.
    pub place: QueuePlace,
    /// What it does: of one that does not wait for a slot, what it waits for instead. [`Engine::explain`](crate::Engine::explain) tells more.
    pub doing: OperationStatus,
    /// When something happens to it next by itself.
    pub due: Option<Timestamp>,
}

/// Where a deployment stands in the queue of its stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueuePlace {
    /// It holds a slot.
    Holds {
        /// Since when.
        since: Timestamp,
    },
    /// It waits for a slot.
    Waits {
        /// How many wait before it.
        ahead: usize,
        /// Since when.
        since: Timestamp,
        /// Why, as [`explain`](cutover::explain) says it.
        because: Vec<Blocker>,
    },
    /// It is not over, and does neither: its moment has not come, something else must pass before its jobs, or its jobs have ended.
    Beside,
}

impl Views {
    /// The queue of a stage from this place on, with at most so many lines (and never more than 250); empty before anything entered it.
    pub fn queue(&self, id: QueueId, from: usize, at_most: usize) -> QueueView {
        // So that the places after it can be counted.
        let from = from.min(usize::MAX / 2);
        let model = self.model();
        let (empty, active) = (StageQueue::default(), PipelineStatus::default());
        let queue = model.queues.get(&id).unwrap_or(&empty);
        let status = model.statuses.get(&id.pipeline).unwrap_or(&active);
        let at_most = lines(Some(at_most));
        let (holding, waiting) = (queue.holders().len(), queue.waiting().len());
        let deployments: Vec<DeploymentId> = queue.going_on().skip(from).take(at_most + 1).collect();
        let held = queue.holders().skip(from).map(|(_, since)| QueuePlace::Holds { since });
        let first = from.saturating_sub(holding);
        let since = queue.waiting().skip(first).map(|(_, since)| since);
        let because = explain_waiting(queue, status, first, at_most);
        let waits = (first..).zip(because).zip(since);
        let waits = waits.map(|((ahead, (_, because)), since)| QueuePlace::Waits { ahead, since, because });
        let places = held.chain(waits).chain(std::iter::repeat(QueuePlace::Beside));
        let line = |(deployment, place): (&DeploymentId, QueuePlace)| {
            let release = model.releases.get(deployment.release)?.summary.name.clone();
            let state = model.deployments.state(*deployment)?;
            let due = state.deadlines().map(|(at, _)| at).min();
            Some(QueueLine { deployment: *deployment, release, place, doing: operation_status(state), due })
        };
        QueueView {
            policy: queue.policy(),
            paused: queue.paused().cloned(),
            removed_by: queue.removed_by(),
            holding,
            waiting,
            next: (deployments.len() > at_most).then_some(from + at_most),
            lines: deployments.iter().take(at_most).zip(places).filter_map(line).collect(),
        }
    }
}

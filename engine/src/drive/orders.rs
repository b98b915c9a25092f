//! What a task was told to do, also where its release was edited while it ran (R7).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::deployment::{DeploymentEvent, TaskRun};
use cutover::store::{Sequence, StoreExt};
use cutover::transaction::Folded;
use cutover::{Event, OrderError, ReleaseEvent, SecretRef, Subject, TaskId, TaskOrder, VariableValue, fold};
use futures::TryStreamExt;

use super::watch::Start;
use crate::decode::happening;
use crate::engine::Inner;
use crate::{EngineError, ReleaseAt};

/// What a task is told, and what else it may have been told.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) task: TaskOrder,
    /// By the definitions that its release was given while it ran: the first of them may have come before it began.
    later: Vec<TaskOrder>,
}

impl Order {
    /// The secrets that it speaks of.
    pub(super) fn needed_secrets(&self) -> BTreeSet<&SecretRef> {
        self.all().flat_map(|order| order.secrets.values()).collect()
    }

    /// The secrets that it sees.
    pub(super) fn seen_secrets(&self) -> BTreeSet<&SecretRef> {
        self.all().flat_map(by_name).map(|(_, reference)| reference).collect()
    }

    /// The secrets by the folded names of the variables under which it knows them.
    pub(super) fn secrets_by_name(&self) -> BTreeMap<String, &SecretRef> {
        by_name(&self.task).collect()
    }

    fn all(&self) -> impl Iterator<Item = &TaskOrder> {
        std::iter::once(&self.task).chain(&self.later)
    }
}

fn by_name(order: &TaskOrder) -> impl Iterator<Item = (String, &SecretRef)> {
    let seen = order.variables.iter().filter_map(|variable| match &variable.value {
        VariableValue::Secret(reference) => Some((fold(&variable.name), reference)),
        VariableValue::Plain(_) => None,
    });
    seen.chain(order.secrets.iter().map(|(name, reference)| (name.clone(), reference)))
}

impl Inner {
    /// What the task is told: one that begins, by what its release is now; one that an earlier life of the engine has begun, by what
    /// it was then. The inner error: why there is nothing that it could be told.
    pub(super) async fn order(
        &self,
        at: &ReleaseAt,
        task: TaskId,
        start: Start,
    ) -> Result<Result<Order, OrderError>, EngineError> {
        let deployment = at.release().deployment(task.deployment());
        let run = deployment.and_then(|deployment| deployment.open_task(task));
        let is_edited = match (start, run) {
            (Start::Resume, Some(TaskRun::Running { since, .. })) => {
                at.release().snapshots().iter().any(|revision| revision.at >= *since)
            }
            (Start::Run | Start::Resume, _) => false,
        };
        if !is_edited {
            let order = at.release().task_order(at.definition(), task);
            return Ok(order.map(|task| Order { task, later: Vec::new() }));
        }
        let then = self.release_at_claim(task).await?;
        let known = then.release().snapshots().len();
        let mut later = Vec::new();
        for revision in at.release().snapshots().iter().skip(known) {
            let definition = self.definition(revision.digest).await?;
            // One by which there is nothing to be told was not told.
            later.extend(at.release().task_order(&definition, task));
        }
        Ok(then.release().task_order(then.definition(), task).map(|task| Order { task, later }))
    }

    /// The task's release as it was when the task was claimed.
    async fn release_at_claim(&self, task: TaskId) -> Result<ReleaseAt, EngineError> {
        let subject = Subject::Release(task.deployment().release);
        let stream = subject.stream();
        let mut folded = Folded::empty(subject);
        let mut events = self.store.events_of(&stream, Sequence::NONE);
        while let Some(recorded) = events.try_next().await? {
            folded.apply(&recorded)?;
            if let Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskClaimed {
                task: claimed,
                ..
            })) = happening(&recorded)?.event
                && claimed == task
            {
                break;
            }
        }
        self.with_definition(Arc::new(folded)).await
    }
}

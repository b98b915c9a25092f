//! Pending work of aggregates: what more than one commit has to carry out, in an order that nobody waits for.

use cutover::transaction::Command;
use cutover::{LocksCommand, PipelineId, PoolCommand, PoolId, QueueCommand, QueueId, ScheduleId, Subject};

use crate::EngineError;
use crate::engine::Inner;

/// Work of an aggregate that more than one commit has to carry out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Chore {
    /// A queue grants or supersedes more than one commit may touch (Q5).
    Queue(QueueId),
    /// More lock groups are free than one commit may grant (Q8).
    Locks,
    /// More agents of a pool are free than one commit may grant (J11).
    Pool(PoolId),
    /// Targets joined a deployment group that what is current on a stage is to be deployed to (D6).
    NewTargets(QueueId),
    /// A pipeline is being deleted (P6).
    Deleting(PipelineId),
    /// Deployments are frozen otherwise than was recorded (F1).
    Freezes,
    /// A pipeline lags behind a feed, or has a schedule to answer (T0, T2).
    Triggers(PipelineId),
}

impl Inner {
    /// What may be there to be carried out since this aggregate has changed.
    pub(super) fn chores_of(&self, subject: &Subject) -> Vec<Chore> {
        let mut chores = Vec::new();
        if let Subject::Queue(queue) = subject
            && self.views.has_pending_work(*queue)
        {
            chores.push(Chore::Queue(*queue));
        }
        if matches!(subject, Subject::Locks) && self.views.locks_have_pending_work() {
            chores.push(Chore::Locks);
        }
        if let Subject::Pool(pool) = subject
            && self.views.pool_has_pending_work(pool)
        {
            chores.push(Chore::Pool(pool.clone()));
        }
        if let Subject::Queue(queue) = subject
            && self.views.group_to_observe(*queue).is_some()
        {
            chores.push(Chore::NewTargets(*queue));
        }
        if let Subject::Targets(group) = subject {
            chores.extend(self.views.queues_to_observe(Some(group)).into_iter().map(Chore::NewTargets));
        }
        if let Subject::Queue(QueueId { pipeline, .. }) | Subject::PipelineStatus(pipeline) = subject
            && self.views.is_being_deleted(*pipeline)
        {
            chores.push(Chore::Deleting(*pipeline));
        }
        if *subject == Subject::Freezes {
            chores.push(Chore::Freezes);
        }
        if let Subject::Pipeline(pipeline) = subject
            && self.views.is_pipeline_to_follow(*pipeline, self.now())
        {
            chores.push(Chore::Triggers(*pipeline));
        }
        if let Subject::Artifact(source) = subject {
            chores.extend(self.views.watchers_to_follow(source, self.now()).into_iter().map(Chore::Triggers));
        }
        chores
    }

    /// Clears the trouble about an aggregate of which nothing is left to be carried out: others may have done it. Of a release only a look at
    /// it tells.
    pub(super) fn clear_if_done(&self, about: &Subject) {
        let is_due = |(pipeline, _): &(PipelineId, ScheduleId)| *about == Subject::Pipeline(*pipeline);
        let is_left = matches!(about, Subject::Release(_))
            || !self.chores_of(about).is_empty()
            || self.views.schedules_due(self.now()).iter().any(is_due);
        if !is_left {
            self.troubles.clear(about);
        }
    }

    /// Goes on with it as far as that is possible now; what changes it calls for it again.
    pub(super) async fn do_chore(&self, chore: &Chore) -> Result<(), EngineError> {
        match chore {
            Chore::Queue(queue) => {
                self.own_command(Command::Queue(*queue, QueueCommand::Settle)).await.map(drop)
            }
            Chore::Locks => self.own_command(Command::Locks(LocksCommand::Settle)).await.map(drop),
            Chore::Pool(pool) => {
                self.own_command(Command::Pool(pool.clone(), PoolCommand::Settle)).await.map(drop)
            }
            Chore::NewTargets(queue) => match self.views.group_to_observe(*queue) {
                Some(group) => {
                    let command = QueueCommand::ObserveTargets(group);
                    self.own_command(Command::Queue(*queue, command)).await.map(drop)
                }
                None => Ok(()),
            },
            Chore::Deleting(pipeline) => self.go_on_deleting(*pipeline).await,
            Chore::Freezes => self.look_at_freezes().await,
            Chore::Triggers(pipeline) => self.follow_triggers(*pipeline).await,
        }
    }
}

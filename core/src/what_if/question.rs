//! What a state waits for from outside: the record and the replay are both read by it. What is open in a state stands in `asked.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::asked::{questions_of, touched};
use crate::deployment::Deadline;
use crate::gate::GateRun;
use crate::transaction::World;
use crate::{
    ApprovalId, DeploymentId, Moment, PipelineId, PoolId, QueueId, StageId, Subject, TaskId, Timestamp,
};

/// Something that is answered from outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// An approver answers.
    Approval(ApprovalId),
    /// Somebody answers a manual intervention.
    Intervention(TaskId),
    /// An engine claims the task.
    Claim(TaskId),
    /// The task ends by itself.
    Ending(TaskId),
    /// The task ends, since it was asked to stop.
    Stopping(TaskId),
    /// An engine records the next sample of gates that stand so.
    Sample(DeploymentId, Moment, Arc<GateRun>),
    /// An engine records that there is nothing to run.
    Settling(DeploymentId),
    /// An engine says that the moment has come.
    Moment(Deadline),
    /// An engine looks at freezes that are others than a deployment was told.
    Frost(DeploymentId),
    /// An engine cancels what goes on of a pipeline that is being deleted.
    CancelDeleted(DeploymentId),
    /// An engine ends the deleting of a pipeline.
    FinishDeleting(PipelineId),
    /// An engine goes on with a queue's pending work.
    Queue(QueueId),
    /// An engine deploys what is current to targets that have joined since.
    NewTargets(QueueId),
    /// An engine goes on granting lock groups.
    Locks,
    /// An engine goes on granting the agents of a pool.
    Pool(PoolId),
}

impl Question {
    /// Whether its answer depends on nothing but that somebody looks.
    pub(super) const fn is_routine(&self) -> bool {
        match self {
            Self::Settling(_)
            | Self::Moment(_)
            | Self::Frost(_)
            | Self::CancelDeleted(_)
            | Self::FinishDeleting(_)
            | Self::Queue(_)
            | Self::NewTargets(_)
            | Self::Locks
            | Self::Pool(_) => true,
            Self::Approval(_)
            | Self::Intervention(_)
            | Self::Claim(_)
            | Self::Ending(_)
            | Self::Stopping(_)
            | Self::Sample(..) => false,
        }
    }

    /// Whether it comes at a moment of its own, however often its subject changes before.
    pub(super) const fn is_moment(&self) -> bool {
        matches!(self, Self::Moment(_))
    }

    /// What it is open in.
    fn subject(&self) -> Subject {
        match self {
            Self::FinishDeleting(pipeline) => Subject::PipelineStatus(*pipeline),
            Self::Queue(queue) | Self::NewTargets(queue) => Subject::Queue(*queue),
            Self::Locks => Subject::Locks,
            Self::Pool(pool) => Subject::Pool(pool.clone()),
            Self::Approval(ApprovalId { deployment, .. })
            | Self::Sample(deployment, ..)
            | Self::Settling(deployment)
            | Self::Frost(deployment)
            | Self::CancelDeleted(deployment) => Subject::Release(deployment.release),
            Self::Intervention(task) | Self::Claim(task) | Self::Ending(task) | Self::Stopping(task) => {
                Subject::Release(task.deployment().release)
            }
            Self::Moment(deadline) => Subject::Release(deadline.deployment().release),
        }
    }

    /// The deployment of which somebody is asked something.
    pub(super) const fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Approval(approval) => Some(approval.deployment),
            Self::Intervention(task) | Self::Claim(task) | Self::Ending(task) | Self::Stopping(task) => {
                Some(task.deployment())
            }
            Self::Sample(deployment, ..)
            | Self::Settling(deployment)
            | Self::Frost(deployment)
            | Self::CancelDeleted(deployment) => Some(*deployment),
            Self::Moment(_)
            | Self::FinishDeleting(_)
            | Self::Queue(_)
            | Self::NewTargets(_)
            | Self::Locks
            | Self::Pool(_) => None,
        }
    }

    /// The step that it is asked at, if that is the same in every deployment to its stage.
    pub(super) const fn place(&self) -> Option<Place> {
        match self {
            Self::Approval(id) => Some(Place::Approval(id.deployment.stage, id.moment, id.step)),
            Self::Intervention(task) => Some(Place::Intervention(of_task(*task))),
            Self::Claim(task) => Some(Place::Claim(of_task(*task))),
            Self::Ending(task) => Some(Place::Ending(of_task(*task))),
            Self::Stopping(task) => Some(Place::Stopping(of_task(*task))),
            Self::Sample(..)
            | Self::Settling(_)
            | Self::Moment(_)
            | Self::Frost(_)
            | Self::CancelDeleted(_)
            | Self::FinishDeleting(_)
            | Self::Queue(_)
            | Self::NewTargets(_)
            | Self::Locks
            | Self::Pool(_) => None,
        }
    }
}

/// A step of a pipeline at which something is asked in each deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Approval(StageId, Moment, u32),
    Intervention(TaskPlace),
    Claim(TaskPlace),
    Ending(TaskPlace),
    Stopping(TaskPlace),
}

/// The stage, the job, the slice and the task, whichever try of it.
type TaskPlace = (StageId, u32, u32, u32);

const fn of_task(task: TaskId) -> TaskPlace {
    (task.deployment().stage, task.job.job, task.slice, task.task)
}

/// A question, and the how many-th time it is asked: what is over may be asked again, such as a sample of gates that begin anew at the time
/// at which they had begun (R7).
pub(super) type Asked = (Question, u32);

/// The questions that are open, each since when its answer takes time.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenQuestions {
    by_subject: BTreeMap<Subject, BTreeMap<Question, Timestamp>>,
    /// How often those that were open were over.
    rounds: BTreeMap<Question, u32>,
}

impl OpenQuestions {
    /// A question as it is open, with since when.
    pub(super) fn find(&self, question: &Question) -> Option<(Asked, Timestamp)> {
        let since = self.by_subject.get(&question.subject())?.get(question)?;
        Some((self.asked(question), *since))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Asked, Timestamp)> {
        let open = self.by_subject.values().flatten();
        open.map(|(question, since)| (self.asked(question), *since))
    }

    /// A question with how often it was over before.
    pub(super) fn asked(&self, question: &Question) -> Asked {
        (question.clone(), self.rounds.get(question).copied().unwrap_or(0))
    }

    /// Looks at all that may be asked otherwise since these subjects have changed `now`. Returns the questions that are open no longer,
    /// each with since when it was. A routine is a new one, although it is still there, if it was just answered or is open since another
    /// time: of a deadline that nobody reached and that has moved, the silence until then is known, too.
    pub(super) fn look_at(
        &mut self,
        world: &World,
        changed: &BTreeSet<Subject>,
        now: Timestamp,
        answered: Option<&Question>,
    ) -> Vec<(Asked, Timestamp)> {
        let touched = touched(world, changed);
        touched.iter().flat_map(|subject| self.look_at_one(world, subject, now, answered)).collect()
    }

    fn look_at_one(
        &mut self,
        world: &World,
        subject: &Subject,
        now: Timestamp,
        answered: Option<&Question>,
    ) -> Vec<(Asked, Timestamp)> {
        let before = self.by_subject.remove(subject).unwrap_or_default();
        let mut open = BTreeMap::new();
        for (question, at) in questions_of(world, subject, now) {
            let is_again = answered == Some(&question) && question.is_routine();
            // What has a moment of its own that is still to come is not asked before.
            let keeps = !is_again && !question.is_moment() && at <= now;
            let since = before.get(&question).copied().filter(|since| keeps && *since <= now).unwrap_or(at);
            open.insert(question, since);
        }
        let mut gone = Vec::new();
        for (question, since) in before {
            let is_answered = answered == Some(&question);
            let was_asked = is_answered || since <= now;
            let is_over = open
                .get(&question)
                .is_none_or(|still| question.is_routine() && was_asked && (is_answered || *still != since));
            if !is_over {
                continue;
            }
            gone.push((self.asked(&question), since));
            if was_asked {
                *self.rounds.entry(question).or_default() += 1;
            }
        }
        if !open.is_empty() {
            self.by_subject.insert(subject.clone(), open);
        }
        gone
    }
}

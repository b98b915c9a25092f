//! What a state waits for from outside: the record and the replay are both read by it.

use std::collections::BTreeMap;

use crate::deployment::{Deadline, TaskRun};
use crate::release::Work;
use crate::transaction::World;
use crate::{ApprovalId, DeploymentId, QueueId, Release, Subject, TaskId, Timestamp};

/// Something that is answered from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// An approver answers.
    Approval(ApprovalId),
    /// An engine claims the task.
    Claim(TaskId),
    /// The task ends by itself.
    Ending(TaskId),
    /// The task ends, since it was asked to stop.
    Stopping(TaskId),
    /// An engine records that there is nothing to run.
    Settling(DeploymentId),
    /// An engine goes on with a queue's pending work.
    Queue(QueueId),
    /// An engine says that the moment has come.
    Moment(Deadline),
}

impl Question {
    /// Whether the same may be asked again after it was answered: an engine's routine.
    const fn may_come_again(&self) -> bool {
        match self {
            Self::Settling(_) | Self::Queue(_) => true,
            Self::Approval(_) | Self::Claim(_) | Self::Ending(_) | Self::Stopping(_) | Self::Moment(_) => {
                false
            }
        }
    }

    /// Whether its answer depends on nothing but that somebody looks.
    pub(super) const fn is_routine(&self) -> bool {
        match self {
            Self::Settling(_) | Self::Queue(_) | Self::Moment(_) => true,
            Self::Approval(_) | Self::Claim(_) | Self::Ending(_) | Self::Stopping(_) => false,
        }
    }

    /// Whether it is the same step of the same stage, of whichever deployment.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Approval(one), Self::Approval(other)) => {
                let place = |id: &ApprovalId| (id.deployment.stage, id.moment, id.step);
                place(one) == place(other)
            }
            (Self::Claim(one), Self::Claim(other))
            | (Self::Ending(one), Self::Ending(other))
            | (Self::Stopping(one), Self::Stopping(other)) => {
                let place = |id: &TaskId| (id.deployment().stage, id.job.job, id.slice, id.task);
                place(one) == place(other)
            }
            (_, _) => false,
        }
    }
}

/// A question, and the how many-th time it is asked: an engine's routine may be called for again.
pub(super) type Asked = (Question, u32);

/// The questions that are open, each since when its answer takes time.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenQuestions {
    by_subject: BTreeMap<Subject, BTreeMap<Question, Timestamp>>,
    /// How often those that may come again were over.
    rounds: BTreeMap<Question, u32>,
}

impl OpenQuestions {
    /// A question as it is open, with since when.
    pub(super) fn find(&self, question: &Question) -> Option<(Asked, Timestamp)> {
        let since = self.by_subject.values().find_map(|open| open.get(question))?;
        Some((self.asked(*question), *since))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Asked, Timestamp)> {
        let open = self.by_subject.values().flatten();
        open.map(|(question, since)| (self.asked(*question), *since))
    }

    /// A question with how often it was over before.
    pub(super) fn asked(&self, question: Question) -> Asked {
        (question, self.rounds.get(&question).copied().unwrap_or(0))
    }

    /// Looks at a subject that has changed `now`. Returns the questions that are open no longer, each with since when it was. One that
    /// was just answered and may come again is a new one, if it is still there.
    pub(super) fn look_at(
        &mut self,
        world: &World,
        subject: &Subject,
        now: Timestamp,
        answered: Option<Question>,
    ) -> Vec<(Asked, Timestamp)> {
        let before = self.by_subject.remove(subject).unwrap_or_default();
        let mut open = BTreeMap::new();
        for (question, at) in asked(world, subject, now) {
            let is_again = answered == Some(question) && question.may_come_again();
            // A deadline has its own moment.
            let keeps = !is_again && !matches!(question, Question::Moment(_));
            let since = before.get(&question).copied().filter(|_| keeps).unwrap_or(at);
            open.insert(question, since);
        }
        let mut gone = Vec::new();
        for (question, since) in before {
            let is_again = answered == Some(question) && question.may_come_again();
            if open.contains_key(&question) && !is_again {
                continue;
            }
            gone.push((self.asked(question), since));
            if question.may_come_again() {
                *self.rounds.entry(question).or_default() += 1;
            }
        }
        if !open.is_empty() {
            self.by_subject.insert(subject.clone(), open);
        }
        gone
    }
}

fn asked(world: &World, subject: &Subject, now: Timestamp) -> Vec<(Question, Timestamp)> {
    let Some(folded) = world.get(subject) else { return Vec::new() };
    if let Subject::Queue(id) = subject {
        let is_pending = folded.state().as_queue().is_some_and(crate::StageQueue::has_pending_work);
        return is_pending.then_some((Question::Queue(*id), now)).into_iter().collect();
    }
    match folded.state().as_release() {
        Some(release) => of_release(world, release, now),
        None => Vec::new(),
    }
}

fn of_release(world: &World, release: &Release, now: Timestamp) -> Vec<(Question, Timestamp)> {
    let snapshot = release.about().map(|about| Subject::Snapshot(about.snapshot));
    let definition = snapshot.and_then(|snapshot| world.get(&snapshot)?.state().as_snapshot()?.definition());
    let Some(definition) = definition else { return Vec::new() };
    let mut questions = Vec::new();
    for deployment in release.going_on() {
        let approvals = deployment.open_approvals();
        questions.extend(approvals.map(|(id, _, since, _)| (Question::Approval(id), since)));
        for (task, run) in deployment.running_tasks() {
            let TaskRun::Running { stop, .. } = run else { continue };
            let question = if stop.is_some() { Question::Stopping(task) } else { Question::Ending(task) };
            questions.push((question, now));
        }
    }
    for work in release.work(definition) {
        match work {
            Work::Run(task) => questions.push((Question::Claim(task), now)),
            Work::Settle(deployment) => questions.push((Question::Settling(deployment), now)),
            // Whether it runs is asked above; gates are not replayed.
            Work::Watch { .. } | Work::Sample(..) => {}
        }
    }
    if let Some((due, deadline)) = release.deadline() {
        questions.push((Question::Moment(deadline), due));
    }
    questions
}

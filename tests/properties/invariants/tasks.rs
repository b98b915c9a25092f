//! Tasks: one after another, tried again as often as is said, and waiting as long as is said (J4, J6, J8, J9).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cutover::deployment::{DeploymentEvent, InterventionAnswer, TaskResult};
use cutover::{Actor, Stage, Task, TaskId, Timestamp};

use super::{Commit, Life, Verdict};
use crate::people;

/// The tasks of a deployment as its events tell.
#[derive(Default)]
pub(super) struct Work {
    /// The one that runs or waits, and what it waits for.
    open: Option<(TaskId, Open)>,
    /// How often each was tried again, by the places of job and task.
    retries: BTreeMap<(u32, u32), u32>,
    /// The end of a pause that is not over.
    pause: Option<Timestamp>,
    /// One that failed and is to be tried again.
    owes: Option<TaskId>,
    /// What ended last, and how.
    last: Option<(TaskId, TaskResult)>,
    /// Whether nothing more is tried: a cancel was asked for, or the job's time is over.
    stops: bool,
}

enum Open {
    Runs,
    /// For an answer.
    Asks(cutover::deployment::Assignment),
    /// For a moment.
    Delays(Timestamp),
    /// It was answered so.
    Answered(InterventionAnswer),
    /// It was asked to stop, and is given up at this moment.
    Ends(Timestamp),
}

fn place(task: TaskId) -> (u32, u32) {
    (task.job.job, task.task)
}

fn planned(stage: &Stage, task: TaskId) -> Result<&Task, String> {
    let (job, place) = place(task);
    let found = stage.jobs.get(job as usize).and_then(|job| job.tasks.get(place as usize));
    found.ok_or_else(|| format!("J4: there is no task {task}"))
}

impl Life {
    pub(super) fn of_task(&mut self, event: &DeploymentEvent, commit: &Commit<'_>, stage: &Stage) -> Verdict {
        let work = &mut self.tasks;
        match event {
            DeploymentEvent::TaskClaimed { task, .. } => work.begins(*task, Open::Runs)?,
            DeploymentEvent::InterventionAsked { task, asked, .. } => {
                work.begins(*task, Open::Asks(asked.clone()))?;
            }
            DeploymentEvent::TaskDelayed { task, until, .. } => {
                let minutes = planned(stage, *task)?.inputs.get("minutes").and_then(|it| it.parse().ok());
                let expected = commit.now + TimeDelta::minutes(minutes.unwrap_or_default());
                ensure!(*until == expected, "J9: {task} waits until {until}, not {expected}");
                work.begins(*task, Open::Delays(*until))?;
            }
            DeploymentEvent::InterventionAnswered { task, by, answer, .. } => {
                ensure!(by == commit.actor, "J8: {by} answered in a commit of {}", commit.actor);
                let Some((open, Open::Asks(asked))) = &work.open else {
                    return Err(format!("J8: {task} is answered, and does not ask"));
                };
                let is_assigned = match by {
                    Actor::User(user) => asked.includes(user, &people::groups_of(user.as_str())),
                    Actor::Trigger(_) | Actor::System => false,
                };
                ensure!(open == task && (asked.is_open_to_all() || is_assigned), "J8: {by} answered {task}");
                work.open = Some((*task, Open::Answered(*answer)));
            }
            DeploymentEvent::TaskStopAsked { task, kill_at, .. } => {
                ensure!(work.is_open(*task), "J7: {task} is asked to stop, and does not run");
                work.open = Some((*task, Open::Ends(*kill_at)));
            }
            DeploymentEvent::TaskEnded { task, result, .. } => {
                ensure!(work.is_open(*task), "J4: {task} ends, and does not run");
                if let (Some((_, Open::Delays(until))), TaskResult::Succeeded) = (&work.open, result) {
                    ensure!(commit.now >= *until, "J9: {task} ends before {until}");
                }
                if let Some((_, Open::Answered(answer))) = &work.open {
                    let expected = match answer {
                        InterventionAnswer::Resume => TaskResult::Succeeded,
                        InterventionAnswer::Reject => TaskResult::Failed,
                    };
                    ensure!(*result == expected, "J8: {task} is {result:?} after {answer:?}");
                }
                // What was given up may run still.
                let may_run = matches!(work.open, Some((_, Open::Ends(kill_at))) if commit.now >= kill_at);
                (work.open, work.last) = (None, Some((*task, *result)));
                let plan = planned(stage, *task)?;
                let tried = work.retries.get(&place(*task)).copied().unwrap_or_default();
                let is_again = match result {
                    TaskResult::Failed | TaskResult::TimedOut => plan.repeatable || !may_run,
                    TaskResult::Lost => plan.repeatable,
                    TaskResult::Succeeded | TaskResult::SucceededWithIssues | TaskResult::Canceled => false,
                };
                work.owes = (is_again && tried < plan.retry_count && !work.stops).then_some(*task);
            }
            DeploymentEvent::TaskRetryPlanned { task, until } => {
                ensure!(work.owes == Some(*task), "J4: {task} is tried again, after {:?}", work.last);
                let tried = work.retries.entry(place(*task)).or_default();
                *tried += 1;
                let seconds = [1, 2, 4, 8, 16, 32].get(*tried as usize - 1).copied().unwrap_or(60);
                let expected = commit.now + TimeDelta::seconds(seconds);
                ensure!(*until == expected, "J4: {task} pauses until {until}, not {expected}");
                (work.owes, work.pause) = (None, Some(*until));
            }
            DeploymentEvent::TaskRetryDue { task } => {
                let until = work.pause.take();
                ensure!(until.is_some_and(|until| until <= commit.now), "J4: {task} pauses until {until:?}");
            }
            DeploymentEvent::TaskRetryDropped { task } => {
                ensure!(work.stops, "J4: {task} is not tried again");
                (work.pause, work.owes) = (None, None);
            }
            DeploymentEvent::JobBegan { .. } => work.stops = self.is_cancelled,
            DeploymentEvent::JobTimedOut { .. } => work.stops = true,
            DeploymentEvent::CancelAsked { .. } => (work.stops, self.is_cancelled) = (true, true),
            DeploymentEvent::JobEnded { .. } | DeploymentEvent::JobsEnded { .. } => {
                ensure!(work.open.is_none(), "J1: {event:?} while a task runs");
                ensure!(work.pause.is_none() && work.owes.is_none(), "J4: {event:?} before a retry");
            }
            _ => {}
        }
        Ok(())
    }
}

impl Work {
    fn is_open(&self, task: TaskId) -> bool {
        self.open.as_ref().is_some_and(|(open, _)| *open == task)
    }

    /// J4, J6: nothing else runs, and nothing that failed is still to be tried again.
    fn begins(&mut self, task: TaskId, how: Open) -> Verdict {
        if let Some((open, _)) = &self.open {
            return Err(format!("J4: {task} begins while {open} runs"));
        }
        ensure!(self.owes.is_none(), "J4: {task} begins before {:?} is tried again", self.owes);
        ensure!(self.pause.is_none(), "J4: {task} begins before its pause is over");
        let tried = self.retries.get(&place(task)).copied().unwrap_or_default();
        ensure!(task.retry == tried, "J4: {task} begins, and was tried again {tried} times");
        self.open = Some((task, how));
        Ok(())
    }
}

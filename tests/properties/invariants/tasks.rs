//! Tasks: in each slice of a job one after another, tried again as often as is said, and waiting as long as is said (J2, J4, J6, J8, J9).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cutover::deployment::{DeploymentEvent, InterventionAnswer, TaskResult};
use cutover::{Actor, JobId, SliceId, Stage, Task, TaskId, Timestamp};

use super::{Commit, Life, Verdict};
use crate::people;

/// The tasks of a deployment as its events tell, by the places of job and slice.
#[derive(Default)]
pub(super) struct Work {
    slices: BTreeMap<(u32, u32), Tries>,
}

/// The tasks of a slice that began.
#[derive(Default)]
struct Tries {
    /// The one that runs or waits, and what it waits for.
    open: Option<(TaskId, Open)>,
    /// How often each was tried again, by its place.
    retries: BTreeMap<u32, u32>,
    /// The end of a pause that is not over.
    pause: Option<Timestamp>,
    /// One that failed and is to be tried again.
    owes: Option<TaskId>,
    /// What ended last, and how.
    last: Option<(TaskId, TaskResult)>,
    /// Whether nothing more is tried: a cancel was asked for, or the slice's time is over.
    stops: bool,
    has_ended: bool,
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

fn planned(stage: &Stage, task: TaskId) -> Result<&Task, String> {
    let job = stage.jobs.get(task.job.job as usize);
    let found = job.and_then(|job| job.tasks.get(task.task as usize));
    found.ok_or_else(|| format!("J4: there is no task {task}"))
}

impl Life {
    pub(super) fn of_task(&mut self, event: &DeploymentEvent, commit: &Commit<'_>, stage: &Stage) -> Verdict {
        let work = &mut self.tasks;
        match event {
            DeploymentEvent::JobBegan { job, slices, .. } if slices.is_empty() => {
                work.slice_begins(SliceId { job: *job, slice: 0 }, self.is_cancelled)?;
            }
            DeploymentEvent::SliceBegan { slice, .. } => work.slice_begins(*slice, self.is_cancelled)?,
            DeploymentEvent::JobTimedOut { job } => work.of(SliceId { job: *job, slice: 0 })?.stops = true,
            DeploymentEvent::SliceTimedOut { slice } => work.of(*slice)?.stops = true,
            DeploymentEvent::CancelAsked { .. } => {
                self.is_cancelled = true;
                work.slices.values_mut().for_each(|tries| tries.stops = true);
            }
            DeploymentEvent::SliceEnded { slice, .. } => work.of(*slice)?.ends(event)?,
            DeploymentEvent::JobEnded { job, .. } => work.job_ends(*job, event)?,
            DeploymentEvent::JobsEnded { .. } => {
                let all_ended = work.slices.values().all(|tries| tries.has_ended);
                ensure!(all_ended, "J1: {event:?} while a slice runs");
            }
            DeploymentEvent::TaskClaimed { task, .. }
            | DeploymentEvent::InterventionAsked { task, .. }
            | DeploymentEvent::TaskDelayed { task, .. }
            | DeploymentEvent::InterventionAnswered { task, .. }
            | DeploymentEvent::TaskStopAsked { task, .. }
            | DeploymentEvent::TaskEnded { task, .. }
            | DeploymentEvent::TaskRetryPlanned { task, .. }
            | DeploymentEvent::TaskRetryDue { task }
            | DeploymentEvent::TaskRetryDropped { task } => {
                work.of(task.slice())?.note(*task, event, commit, stage)?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Work {
    fn slice_begins(&mut self, slice: SliceId, stops: bool) -> Verdict {
        let tries = Tries { stops, ..Tries::default() };
        let is_new = self.slices.insert((slice.job.job, slice.slice), tries).is_none();
        ensure!(is_new, "J2: {slice} begins twice");
        Ok(())
    }

    fn of(&mut self, slice: SliceId) -> Result<&mut Tries, String> {
        let running = self.slices.get_mut(&(slice.job.job, slice.slice)).filter(|tries| !tries.has_ended);
        running.ok_or_else(|| format!("J2: {slice} does not run"))
    }

    /// What runs once ends with its job.
    fn job_ends(&mut self, job: JobId, event: &DeploymentEvent) -> Verdict {
        let of_job = self.slices.iter_mut().filter(|((place, _), _)| *place == job.job);
        for (_, tries) in of_job.filter(|(_, tries)| !tries.has_ended) {
            tries.ends(event)?;
        }
        Ok(())
    }
}

impl Tries {
    fn is_open(&self, task: TaskId) -> bool {
        self.open.as_ref().is_some_and(|(open, _)| *open == task)
    }

    fn ends(&mut self, event: &DeploymentEvent) -> Verdict {
        ensure!(self.open.is_none(), "J1: {event:?} while a task runs");
        ensure!(self.pause.is_none() && self.owes.is_none(), "J4: {event:?} before a retry");
        self.has_ended = true;
        Ok(())
    }

    /// J4, J6: nothing else runs, and nothing that failed is still to be tried again.
    fn begins(&mut self, task: TaskId, how: Open) -> Verdict {
        if let Some((open, _)) = &self.open {
            return Err(format!("J4: {task} begins while {open} runs"));
        }
        ensure!(self.owes.is_none(), "J4: {task} begins before {:?} is tried again", self.owes);
        ensure!(self.pause.is_none(), "J4: {task} begins before its pause is over");
        let tried = self.retries.get(&task.task).copied().unwrap_or_default();
        ensure!(task.retry == tried, "J4: {task} begins, and was tried again {tried} times");
        self.open = Some((task, how));
        Ok(())
    }

    fn note(&mut self, task: TaskId, event: &DeploymentEvent, commit: &Commit<'_>, stage: &Stage) -> Verdict {
        match event {
            DeploymentEvent::TaskClaimed { .. } => self.begins(task, Open::Runs)?,
            DeploymentEvent::InterventionAsked { asked, .. } => {
                self.begins(task, Open::Asks(asked.clone()))?;
            }
            DeploymentEvent::TaskDelayed { until, .. } => {
                let minutes = planned(stage, task)?.inputs.get("minutes").and_then(|it| it.parse().ok());
                let minutes = TimeDelta::minutes(minutes.unwrap_or_default());
                let expected = commit.now + minutes.max(TimeDelta::milliseconds(1));
                ensure!(*until == expected, "J9: {task} waits until {until}, not {expected}");
                self.begins(task, Open::Delays(*until))?;
            }
            DeploymentEvent::InterventionAnswered { by, answer, .. } => {
                ensure!(by == commit.actor, "J8: {by} answered in a commit of {}", commit.actor);
                let Some((open, Open::Asks(asked))) = &self.open else {
                    return Err(format!("J8: {task} is answered, and does not ask"));
                };
                let is_assigned = match by {
                    Actor::User(user) => asked.includes(user, &people::groups_of(user.as_str())),
                    Actor::Trigger(_) | Actor::System => false,
                };
                ensure!(*open == task && (asked.is_open_to_all() || is_assigned), "J8: {by} answered {task}");
                self.open = Some((task, Open::Answered(*answer)));
            }
            DeploymentEvent::TaskStopAsked { kill_at, .. } => {
                ensure!(self.is_open(task), "J7: {task} is asked to stop, and does not run");
                self.open = Some((task, Open::Ends(*kill_at)));
            }
            DeploymentEvent::TaskEnded { result, .. } => self.task_ended(task, *result, commit, stage)?,
            DeploymentEvent::TaskRetryPlanned { until, .. } => {
                ensure!(self.owes == Some(task), "J4: {task} is tried again, after {:?}", self.last);
                let tried = self.retries.entry(task.task).or_default();
                *tried += 1;
                let seconds = [1, 2, 4, 8, 16, 32].get(*tried as usize - 1).copied().unwrap_or(60);
                let expected = commit.now + TimeDelta::seconds(seconds);
                ensure!(*until == expected, "J4: {task} pauses until {until}, not {expected}");
                (self.owes, self.pause) = (None, Some(*until));
            }
            DeploymentEvent::TaskRetryDue { .. } => {
                let until = self.pause.take();
                ensure!(until.is_some_and(|until| until <= commit.now), "J4: {task} pauses until {until:?}");
            }
            DeploymentEvent::TaskRetryDropped { .. } => {
                ensure!(self.stops, "J4: {task} is not tried again");
                (self.pause, self.owes) = (None, None);
            }
            _ => {}
        }
        Ok(())
    }

    fn task_ended(
        &mut self,
        task: TaskId,
        result: TaskResult,
        commit: &Commit<'_>,
        stage: &Stage,
    ) -> Verdict {
        ensure!(self.is_open(task), "J4: {task} ends, and does not run");
        if let (Some((_, Open::Delays(until))), TaskResult::Succeeded) = (&self.open, result) {
            ensure!(commit.now >= *until, "J9: {task} ends before {until}");
        }
        if let Some((_, Open::Answered(answer))) = &self.open {
            let expected = match answer {
                InterventionAnswer::Resume => TaskResult::Succeeded,
                InterventionAnswer::Reject => TaskResult::Failed,
            };
            ensure!(result == expected, "J8: {task} is {result:?} after {answer:?}");
        }
        // What was given up may run still.
        let may_run = matches!(self.open, Some((_, Open::Ends(kill_at))) if commit.now >= kill_at);
        (self.open, self.last) = (None, Some((task, result)));
        let plan = planned(stage, task)?;
        let tried = self.retries.get(&task.task).copied().unwrap_or_default();
        let is_again = match result {
            TaskResult::Failed | TaskResult::TimedOut => plan.repeatable || !may_run,
            TaskResult::Lost => plan.repeatable,
            TaskResult::Succeeded | TaskResult::SucceededWithIssues | TaskResult::Canceled => false,
        };
        self.owes = (is_again && tried < plan.retry_count && !self.stops).then_some(task);
        Ok(())
    }
}

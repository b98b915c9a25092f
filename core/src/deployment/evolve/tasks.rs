//! The tasks of a job, as events make them (J4, J6, J8, J9).

use super::super::{Claim, Deployment, SetVariable, SkipReason, Stop, TaskResult, TaskRun, Try, Wait};
use super::jobs::RunningSlice;
use crate::flow::Impossible;
use crate::{IncarnationId, TaskId, Timestamp};

impl Deployment {
    pub(super) fn expect_next_task(&mut self, id: TaskId) -> Result<&mut Vec<TaskRun>, Impossible> {
        let RunningSlice { tasks, .. } = self.running_slice(id.slice())?;
        if tasks.last().is_some_and(TaskRun::is_open) || usize::try_from(id.task) != Ok(tasks.len()) {
            return Err(Impossible("a task that is not the next one"));
        }
        Ok(tasks)
    }

    pub(super) fn begin_task(
        &mut self,
        id: TaskId,
        begun: impl FnOnce(Vec<Try>) -> TaskRun,
    ) -> Result<(), Impossible> {
        if id.retry == 0 {
            self.expect_next_task(id)?.push(begun(Vec::new()));
            return Ok(());
        }
        let run = self.last_task_mut(id)?;
        let TaskRun::ToRetry { earlier } = run else {
            return Err(Impossible("a retry that is not due"));
        };
        *run = begun(std::mem::take(earlier));
        // What the try before set counts for nothing (J10).
        self.outputs.remove(&(id.job.job, id.slice, id.task));
        Ok(())
    }

    pub(super) fn claim_task(
        &mut self,
        id: TaskId,
        claim: &Claim,
        times_out_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), Impossible> {
        let claim = claim.clone();
        self.begin_task(id, |earlier| TaskRun::Running {
            since: at,
            claim,
            times_out_at,
            stop: None,
            earlier,
        })
    }

    pub(super) fn wait(&mut self, id: TaskId, wait: Wait, at: Timestamp) -> Result<(), Impossible> {
        self.begin_task(id, |earlier| TaskRun::Waiting { since: at, wait, earlier })
    }

    pub(super) fn reattach(&mut self, id: TaskId, to: &IncarnationId) -> Result<(), Impossible> {
        if let TaskRun::Running { claim, .. } = self.running_task_mut(id)? {
            claim.incarnation = to.clone();
        }
        Ok(())
    }

    pub(super) fn stop_task(&mut self, id: TaskId, asked: Stop) -> Result<(), Impossible> {
        if let TaskRun::Running { stop, .. } = self.running_task_mut(id)? {
            *stop = Some(asked);
        }
        Ok(())
    }

    pub(super) fn expect_intervention(&self, task: TaskId) -> Result<(), Impossible> {
        let open = self.intervention(task);
        open.map(|_| ()).ok_or(Impossible("an answer to an intervention that is not asked for"))
    }

    pub(super) fn skip_task(&mut self, id: TaskId, because: SkipReason) -> Result<(), Impossible> {
        self.expect_next_task(id)?.push(TaskRun::Skipped(because));
        Ok(())
    }

    pub(super) fn running_task_mut(&mut self, id: TaskId) -> Result<&mut TaskRun, Impossible> {
        match self.last_task_mut(id)? {
            run @ TaskRun::Running { .. } => Ok(run),
            TaskRun::Skipped(_)
            | TaskRun::Waiting { .. }
            | TaskRun::Pausing { .. }
            | TaskRun::ToRetry { .. }
            | TaskRun::Ended { .. } => Err(Impossible("an event of a task that does not run")),
        }
    }

    /// The last task of its slice, if the slice runs and that is this try of it.
    pub(super) fn last_task_mut(&mut self, id: TaskId) -> Result<&mut TaskRun, Impossible> {
        let RunningSlice { tasks, .. } = self.running_slice(id.slice())?;
        let is_last = usize::try_from(id.task).is_ok_and(|place| place + 1 == tasks.len());
        match tasks.last_mut() {
            Some(run) if is_last && run.retry() == id.retry => Ok(run),
            Some(_) | None => Err(Impossible("an event of a task that is not the last one")),
        }
    }

    pub(super) fn end_task(
        &mut self,
        id: TaskId,
        result: TaskResult,
        set: &[SetVariable],
        at: Timestamp,
    ) -> Result<(), Impossible> {
        let run = self.last_task_mut(id)?;
        // A moment that has come is decided before any report: what ends from it on was given up.
        let is_given_up = matches!(run, TaskRun::Running { stop: Some(stop), .. } if at >= stop.kill_at);
        let (TaskRun::Running { since, earlier, .. } | TaskRun::Waiting { since, earlier, .. }) = run else {
            return Err(Impossible("the end of a task that neither runs nor waits"));
        };
        *run = TaskRun::Ended { since: *since, at, result, is_given_up, earlier: std::mem::take(earlier) };
        if !set.is_empty() {
            self.outputs.insert((id.job.job, id.slice, id.task), set.to_vec());
        }
        Ok(())
    }
}

impl TaskRun {
    /// It failed, and is tried again after a pause (J4).
    pub(super) fn plan_retry(&mut self, until: Timestamp) -> Result<(), Impossible> {
        let TaskRun::Ended { since, at, result, is_given_up, earlier } = self else {
            return Err(Impossible("a retry of a task that has not ended"));
        };
        let ended = Try { since: *since, at: *at, result: *result, is_given_up: *is_given_up };
        earlier.push(ended);
        *self = TaskRun::Pausing { earlier: std::mem::take(earlier), until };
        Ok(())
    }

    /// Its pause is over.
    pub(super) fn end_pause(&mut self) -> Result<(), Impossible> {
        let TaskRun::Pausing { earlier, .. } = self else {
            return Err(Impossible("the end of a pause that is not made"));
        };
        *self = TaskRun::ToRetry { earlier: std::mem::take(earlier) };
        Ok(())
    }

    /// What came of its last try stands.
    pub(super) fn drop_retry(&mut self) -> Result<(), Impossible> {
        let (TaskRun::Pausing { earlier, .. } | TaskRun::ToRetry { earlier }) = self else {
            return Err(Impossible("a retry that is dropped and was not planned"));
        };
        let Some(Try { since, at, result, is_given_up }) = earlier.pop() else {
            return Err(Impossible("a retry of what was never tried"));
        };
        *self = TaskRun::Ended { since, at, result, is_given_up, earlier: std::mem::take(earlier) };
        Ok(())
    }
}

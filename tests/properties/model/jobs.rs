//! Jobs and tasks, one after another (D3, D4, D7, J).

use super::approvals::Which;
use super::{
    Came, Deployment, JobRun, Model, No, Phase, Stop, TaskCame, TaskPlace, TaskRun, Thing, Told, Why,
};
use crate::plan::{JobPlan, StagePlan, TaskPlan, When};

/// What a deployment whose jobs have begun waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    ForClaim {
        job: u32,
        task: u32,
    },
    ForReport,
    /// The last job has ended.
    ForNothing,
}

impl Model {
    pub(super) fn stage_of(&self, (number, stage, _): Which) -> StagePlan {
        let release = self.release(number).expect("it exists");
        self.frozen(release).stage(stage).expect("it deploys there").clone()
    }

    /// I10: everything before the jobs has passed. D7: that they have ended is never recorded here.
    pub(super) fn begin_jobs(&mut self, which: Which) {
        let (now, planned) = (self.now, self.stage_of(which));
        let deployment = self.deployment_mut(which);
        deployment.phase = Phase::Running;
        deployment.begun_at = Some(now);
        go_on(deployment, &planned, now);
        // D8: the queue keeps what began last.
        self.write(Thing::Queue(which.1));
        self.queue_mut(which.1).touched = Some((which.0, which.2));
    }

    /// Goes on with the jobs, and with what comes after the last of them (D3).
    fn settle(&mut self, which: Which) {
        let (now, planned) = (self.now, self.stage_of(which));
        let deployment = self.deployment_mut(which);
        let before = deployment.clone();
        let waits = go_on(deployment, &planned, now);
        if *deployment != before {
            self.write(Thing::Release(which.0));
        }
        if waits != Waits::ForNothing {
            return;
        }
        self.write(Thing::Release(which.0));
        let deployment = self.deployment_mut(which);
        if let Phase::Cancelling(why) = deployment.phase.clone() {
            deployment.ended = Some((now, Came::Canceled));
            return self.over(which, super::End::Canceled(why));
        }
        let came = j6_all_jobs(deployment);
        deployment.ended = Some((now, came));
        if planned.jobs_only {
            self.q6_leave(which.1, (which.0, which.2));
        }
        if came == Came::Failed {
            return self.over(which, super::End::JobsFailed);
        }
        self.deployment_mut(which).phase = Phase::ApprovingAfter;
        self.ap2_go_on(which);
    }

    /// D7: there is nothing to run.
    pub(super) fn d7_settle(&mut self, number: u64, stage: u32, attempt: u32) -> Result<(), No> {
        let which = (number, stage, attempt);
        if matches!(self.deployment_of(which)?.phase, Phase::Running | Phase::Cancelling(_)) {
            self.settle(which);
        }
        Ok(())
    }

    /// D4: the running task is asked to stop; where none runs, the rest follows at once.
    pub(super) fn d4_stop_jobs(&mut self, which: Which) {
        if self.deployment_mut(which).running_task().is_some() {
            self.j7_ask_to_stop(which, Stop::Canceled);
        } else {
            self.settle(which);
        }
    }

    /// J7: once; it is given up after the job's cancel time-out.
    pub(super) fn j7_ask_to_stop(&mut self, which: Which, because: Stop) {
        let (now, planned) = (self.now, self.stage_of(which));
        let deployment = self.deployment_mut(which);
        let Some((job, _)) = deployment.running_task() else { return };
        let kill_at = now + i64::from(planned.jobs[job as usize].cancel_minutes);
        if let Some(TaskRun::Running { stop: stop @ None, .. }) = last_task(deployment) {
            *stop = Some((because, kill_at));
            self.write(Thing::Release(which.0));
        }
    }

    /// J7: no more of the job begins.
    pub(super) fn j7_job_timed_out(&mut self, which: Which) {
        self.write(Thing::Release(which.0));
        let deployment = self.deployment_mut(which);
        if let Some(JobRun::Began { timed_out, .. }) = deployment.jobs.last_mut() {
            *timed_out = true;
        }
        if deployment.running_task().is_some() {
            self.j7_ask_to_stop(which, Stop::JobTimedOut);
        } else {
            self.settle(which);
        }
    }

    /// J7: it did not stop in time.
    pub(super) fn j7_given_up(&mut self, which: Which) {
        let Some(TaskRun::Running { stop: Some((because, _)), .. }) = last_task(self.deployment_mut(which))
        else {
            return;
        };
        let came = came_of_stop(*because);
        self.end_task(which, came);
    }

    fn end_task(&mut self, which: Which, came: TaskCame) {
        self.write(Thing::Release(which.0));
        if let Some(task) = last_task(self.deployment_mut(which)) {
            *task = TaskRun::Ended(came);
        }
        self.settle(which);
    }

    /// J6: only the next one.
    pub(super) fn j6_claim(&mut self, number: u64, task: TaskPlace, engine: u8) -> Result<(), No> {
        let which = (number, task.stage, task.attempt);
        self.deployment_of(which)?;
        let (now, planned) = (self.now, self.stage_of(which));
        if self.claimable(which) != Some((task.job, task.task)) {
            return Err(No("J6: not the next one"));
        }
        let is_cancelling = matches!(self.deployment_of(which)?.phase, Phase::Cancelling(_));
        let minutes = planned.jobs[task.job as usize].tasks[task.task as usize].timeout_minutes;
        let of_task = (minutes > 0).then(|| now + i64::from(minutes));
        // D4: while its deployment is cancelling, it has the job's cancel time-out at most.
        let cancel_minutes = i64::from(planned.jobs[task.job as usize].cancel_minutes);
        let of_cancel = is_cancelling.then(|| now + cancel_minutes);
        let times_out_at = of_task.into_iter().chain(of_cancel).min();
        self.write(Thing::Release(number));
        if let Some(JobRun::Began { tasks, .. }) = self.deployment_mut(which).jobs.last_mut() {
            tasks.push(TaskRun::Running { engine, life: engine, times_out_at, stop: None });
        }
        Ok(())
    }

    /// The task that waits for an engine.
    pub fn claimable(&self, which: Which) -> Option<(u32, u32)> {
        let mut deployment = self.deployment_of(which).ok()?.clone();
        if !matches!(deployment.phase, Phase::Running | Phase::Cancelling(_)) {
            return None;
        }
        match go_on(&mut deployment, &self.stage_of(which), self.now) {
            Waits::ForClaim { job, task } => Some((job, task)),
            Waits::ForReport | Waits::ForNothing => None,
        }
    }

    /// J6: only by the engine that claimed it; the first report counts.
    pub(super) fn j6_report(
        &mut self,
        number: u64,
        task: TaskPlace,
        engine: u8,
        told: Told,
    ) -> Result<(), No> {
        let which = (number, task.stage, task.attempt);
        let deployment = self.deployment_of(which)?;
        let found = match deployment.jobs.get(task.job as usize) {
            Some(JobRun::Began { tasks, .. }) => tasks.get(task.task as usize),
            Some(JobRun::Skipped) | None => None,
        };
        let came = match found {
            Some(TaskRun::Ended(_)) => return Ok(()),
            Some(TaskRun::Running { engine: claimed, .. }) if *claimed != engine => {
                return Err(No("J6: another engine has it"));
            }
            // J6: whether it stopped is not known.
            Some(TaskRun::Running { stop: Some((Stop::TimedOut, _)), .. }) if told == Told::Lost => {
                TaskCame::Lost
            }
            Some(TaskRun::Running { stop: Some((because, _)), .. }) => came_of_stop(*because),
            Some(TaskRun::Running { stop: None, .. }) => match told {
                Told::Succeeded => TaskCame::Succeeded,
                Told::WithIssues => TaskCame::WithIssues,
                Told::Failed => TaskCame::Failed,
                Told::Lost => TaskCame::Lost,
            },
            Some(TaskRun::Disabled | TaskRun::NotItsCondition | TaskRun::JobsTimeOver) | None => {
                return Err(No("J6: it does not run"));
            }
        };
        self.end_task(which, came);
        Ok(())
    }

    /// A later life of the engine watches the task from now on.
    pub(super) fn j6_reattach(
        &mut self,
        number: u64,
        task: TaskPlace,
        engine: u8,
        life: u8,
    ) -> Result<(), No> {
        let which = (number, task.stage, task.attempt);
        if self.deployment_of(which)?.running_task() != Some((task.job, task.task)) {
            return Err(No("it does not run"));
        }
        let Some(TaskRun::Running { engine: claimed, life: known, .. }) =
            last_task(self.deployment_mut(which))
        else {
            return Err(No("it does not run"));
        };
        if *claimed != engine {
            return Err(No("J6: another engine has it"));
        }
        if *known != life {
            *known = life;
            self.write(Thing::Release(number));
        }
        Ok(())
    }
}

fn last_task(deployment: &mut Deployment) -> Option<&mut TaskRun> {
    match deployment.jobs.last_mut()? {
        JobRun::Began { tasks, .. } => tasks.last_mut(),
        JobRun::Skipped => None,
    }
}

/// Goes on as far as nothing has to run (J1, J4, J5).
fn go_on(deployment: &mut Deployment, planned: &StagePlan, now: super::Minutes) -> Waits {
    let is_cancelling = matches!(
        deployment.phase,
        Phase::Cancelling(Why::Asked(_) | Why::Superseded(_) | Why::Abandoned | Why::QueueFull)
    );
    loop {
        let has_failed = j6_all_jobs(deployment) == Came::Failed;
        if let Some((job, JobRun::Began { timed_out, tasks, came: came @ None, .. })) =
            (0_u32..).zip(&mut deployment.jobs).last()
        {
            let plan = &planned.jobs[job as usize];
            match go_on_in_job(plan, tasks, *timed_out, is_cancelling) {
                Some(TaskWaits::ForClaim(task)) => return Waits::ForClaim { job, task },
                Some(TaskWaits::ForReport) => return Waits::ForReport,
                None if is_cancelling => *came = Some(Came::Canceled),
                // J7: a job whose time-out came has failed.
                None if *timed_out => *came = Some(Came::Failed),
                None => *came = Some(j6_job(plan, tasks)),
            }
            continue;
        }
        let Some(next) = planned.jobs.get(deployment.jobs.len()) else { return Waits::ForNothing };
        deployment.jobs.push(if j5_holds(next.condition, has_failed, is_cancelling) {
            let times_out_at = (next.timeout_minutes > 0).then(|| now + i64::from(next.timeout_minutes));
            JobRun::Began { times_out_at, timed_out: false, tasks: Vec::new(), came: None }
        } else {
            JobRun::Skipped
        });
    }
}

enum TaskWaits {
    ForClaim(u32),
    ForReport,
}

/// Passes over what does not run; `None` when the job has no more tasks.
fn go_on_in_job(
    plan: &JobPlan,
    tasks: &mut Vec<TaskRun>,
    timed_out: bool,
    is_cancelling: bool,
) -> Option<TaskWaits> {
    if matches!(tasks.last(), Some(TaskRun::Running { .. })) {
        return Some(TaskWaits::ForReport);
    }
    while let Some(next) = plan.tasks.get(tasks.len()) {
        let has_failed = j6_job(plan, tasks) == Came::Failed;
        if timed_out {
            tasks.push(TaskRun::JobsTimeOver);
        } else if !next.enabled {
            tasks.push(TaskRun::Disabled);
        } else if j5_holds(next.condition, has_failed, is_cancelling) {
            return Some(TaskWaits::ForClaim(u32::try_from(tasks.len()).expect("few tasks")));
        } else {
            tasks.push(TaskRun::NotItsCondition);
        }
    }
    None
}

/// J5: the table.
const fn j5_holds(condition: When, has_failed: bool, is_cancelling: bool) -> bool {
    match (condition, is_cancelling) {
        (When::Always, _) => true,
        (_, true) => false,
        (When::SucceededOrFailed, false) => true,
        (When::Succeeded, false) => !has_failed,
        (When::Failed, false) => has_failed,
    }
}

/// J6: a task that failed fails its job, unless it may; one that may, or complained, makes it a partial success.
fn j6_job(plan: &JobPlan, tasks: &[TaskRun]) -> Came {
    let each =
        |(plan, run): (&TaskPlan, &TaskRun)| match run {
            TaskRun::JobsTimeOver => Came::Failed,
            TaskRun::Disabled | TaskRun::NotItsCondition | TaskRun::Running { .. } => Came::Succeeded,
            TaskRun::Ended(TaskCame::Succeeded) => Came::Succeeded,
            TaskRun::Ended(TaskCame::WithIssues) => Came::PartiallySucceeded,
            TaskRun::Ended(TaskCame::Canceled) => Came::Canceled,
            TaskRun::Ended(TaskCame::Failed | TaskCame::TimedOut | TaskCame::Lost) => {
                if plan.continue_on_error { Came::PartiallySucceeded } else { Came::Failed }
            }
        };
    plan.tasks.iter().zip(tasks).map(each).max().unwrap_or(Came::Succeeded)
}

/// J6: the worst of the jobs; one that was skipped does not count.
fn j6_all_jobs(deployment: &Deployment) -> Came {
    let each = deployment.jobs.iter().filter_map(|job| match job {
        JobRun::Began { came, .. } => *came,
        JobRun::Skipped => None,
    });
    each.max().unwrap_or(Came::Succeeded)
}

/// D4, J7: what it reports does not matter any more.
const fn came_of_stop(because: Stop) -> TaskCame {
    match because {
        Stop::Canceled => TaskCame::Canceled,
        Stop::TimedOut | Stop::JobTimedOut => TaskCame::TimedOut,
    }
}

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Approval, CancelReason, Claim, Deployment, DeploymentEvent, DeploymentReason, First, Intervention,
    JobResult, JobRun, Phase, Reassignment, SetVariable, SkipReason, Standing, Stop, TaskResult, TaskRun,
    Trigger, Try, Wait,
};
use crate::flow::Impossible;
use crate::freeze::Hold;
use crate::gate::GateRun;
use crate::{
    Actor, ApprovalId, Approver, IncarnationId, Job, JobId, Join, LockGroupId, Moment, SlotSpan, TaskId, Timestamp,
};

impl Deployment {
    /// The deployment that a trigger makes.
    pub(crate) fn triggered(trigger: &Trigger, at: Timestamp) -> Self {
        let trigger = trigger.clone();
        Self {
            id: trigger.deployment,
            reason: trigger.reason,
            phase: match trigger.first() {
                First::Moment(until) => Phase::Scheduled { since: at, until },
                First::Slot => Phase::Queued { since: at },
                First::Checks => Phase::Checking { moment: Moment::Before, since: at },
            },
            requested_by: trigger.by,
            comment: trigger.comment,
            triggered_at: at,
            span: trigger.span,
            occurrence: trigger.occurrence,
            variables: trigger.variables,
            snapshot: 1,
            round: 1,
            kept_jobs: None,
            outputs: std::collections::BTreeMap::new(),
            succeeded_before: trigger.succeeded_before.iter().map(|it| (it.job, it.attempt)).collect(),
            only: trigger.only.clone(),
            holds_slot: false,
            lock_groups: BTreeSet::new(),
            holds_locks: false,
            overrides_freezes: false,
            approvals: std::collections::BTreeMap::new(),
            brought_forward_at: None,
            gates: std::collections::BTreeMap::new(),
            jobs: Vec::new(),
            begun_at: None,
            ended: None,
        }
    }

    /// Folds every other event.
    #[expect(clippy::too_many_lines, reason = "it is the list of what can happen, an arm each")]
    pub(crate) fn fold(&mut self, event: &DeploymentEvent, at: Timestamp) -> Result<(), Impossible> {
        if self.is_over() {
            return Err(Impossible("an event of a deployment that is over"));
        }
        match event {
            DeploymentEvent::Triggered(_) => {
                return Err(Impossible("a deployment that is triggered twice"));
            }
            DeploymentEvent::MomentCame { .. } => self.stop_waiting_for_a_moment(at)?,
            DeploymentEvent::SnapshotTaken { revision, .. } => self.take_snapshot(*revision)?,
            DeploymentEvent::ChecksRestarted { withdraws, frees_locks, .. } => {
                self.free_locks(*frees_locks)?;
                self.restart_checks(withdraws.is_some(), at)?;
            }
            DeploymentEvent::JobsKept { jobs, .. } => self.keep_jobs(jobs)?,
            DeploymentEvent::BroughtForward { by, .. } => self.bring_forward(by, at)?,
            DeploymentEvent::Deferred { until, .. } => self.wait_until(*until, at)?,
            DeploymentEvent::SlotAsked { .. } => self.wait_for_slot(at)?,
            DeploymentEvent::SlotGranted { .. } => self.take_slot(at)?,
            DeploymentEvent::LocksAsked { groups, .. } => self.wait_for_locks(groups, at)?,
            DeploymentEvent::LocksGranted { .. } => self.take_locks(at)?,
            DeploymentEvent::ApprovalAsked { approval, approver, due } => {
                let standing = Standing::Open { since: at, due: *due };
                self.add_approval(*approval, Some(approver), standing)?;
            }
            DeploymentEvent::ApprovalPassedAutomatically { approval } => {
                self.add_approval(*approval, None, Standing::Automatic { at })?;
            }
            DeploymentEvent::ApprovalApprovedBefore { approval, approver, rests_on } => {
                let standing = Standing::ApprovedBefore { at, rests_on: rests_on.clone() };
                self.add_approval(*approval, Some(approver), standing)?;
            }
            DeploymentEvent::ApprovalReassigned { approval, from, to, by, capacity, comment } => {
                let (from, to, by, comment) = (from.clone(), to.clone(), by.clone(), comment.clone());
                let capacity = capacity.clone();
                self.hand_on(*approval, Reassignment { from, to, by, capacity, at, comment })?;
            }
            DeploymentEvent::ApprovalAnswered { approval, answer, by, capacity, comment, groups, .. } => {
                let answer = *answer;
                let (by, capacity, comment) = (by.clone(), capacity.clone(), comment.clone());
                let groups = groups.clone();
                self.close(*approval, Standing::Answered { answer, by, capacity, at, comment, groups })?;
            }
            DeploymentEvent::ApprovalDeferred { approval, until } => self.defer(*approval, *until)?,
            DeploymentEvent::ApprovalTimedOut { approval } => {
                self.close(*approval, Standing::TimedOut { at })?;
            }
            DeploymentEvent::ApprovalSkipped { approval } => self.skip(*approval, at)?,
            DeploymentEvent::ApprovalCanceled { approval } => {
                self.close(*approval, Standing::Canceled { at })?;
            }
            DeploymentEvent::Frozen { until, holds, declines_locks, .. } => {
                self.free_locks(*declines_locks)?;
                self.freeze(*until, holds, at)?;
            }
            DeploymentEvent::Thawed { .. } => self.thaw(at)?,
            DeploymentEvent::FreezesOverridden { .. } => {
                self.thaw(at)?;
                self.overrides_freezes = true;
            }
            DeploymentEvent::GatesBegun { moment, gates, times, .. } => {
                self.begin_gates(*moment, GateRun::new(at, *times, gates.clone()))?;
            }
            DeploymentEvent::GatesSampled { moment, sampled, .. } => {
                self.fold_gates(*moment, |run| run.fold_sampled(sampled.clone()))?;
            }
            DeploymentEvent::GatesPassed { moment, .. } => {
                self.fold_gates(*moment, GateRun::fold_passed)?;
            }
            DeploymentEvent::GatesTimedOut { moment, .. } => {
                self.fold_gates(*moment, GateRun::fold_timed_out)?;
            }
            DeploymentEvent::GateIgnored { moment, gate, .. } => {
                self.fold_gates(*moment, |run| run.fold_ignored(*gate))?;
            }
            DeploymentEvent::Begun { .. } => self.begin(at)?,
            DeploymentEvent::JobBegan { job, times_out_at, joined } => self.begin_job(*job, *times_out_at, *joined, at)?,
            DeploymentEvent::JobSkipped { job, because, .. } => self.skip_job(*job, *because)?,
            DeploymentEvent::JobTimedOut { job } => *self.running(*job)?.timed_out = true,
            DeploymentEvent::JobEnded { job, result } => *self.running(*job)?.result = Some(*result),
            DeploymentEvent::TaskClaimed { task, claim, times_out_at } => {
                self.claim_task(*task, claim, *times_out_at, at)?;
            }
            DeploymentEvent::InterventionAsked { task, asked, due, on_timeout } => {
                let asked = Intervention { asked: asked.clone(), due: *due, on_timeout: *on_timeout };
                self.wait(*task, Wait::Intervention(Box::new(asked)), at)?;
            }
            DeploymentEvent::InterventionAnswered { task, .. } => self.expect_intervention(*task)?,
            DeploymentEvent::TaskDelayed { task, until, times_out_at } => {
                self.wait(*task, Wait::Delay { until: *until, times_out_at: *times_out_at }, at)?;
            }
            DeploymentEvent::TaskReattached { task, incarnation } => self.reattach(*task, incarnation)?,
            DeploymentEvent::TaskSkipped { task, because, .. } => self.skip_task(*task, *because)?,
            DeploymentEvent::TaskStopAsked { task, because, kill_at } => {
                self.stop_task(*task, Stop { because: *because, kill_at: *kill_at })?;
            }
            DeploymentEvent::TaskEnded { task, result, variables, .. } => {
                self.end_task(*task, *result, variables, at)?;
            }
            DeploymentEvent::TaskRetryPlanned { task, until } => {
                plan_retry(self.last_task_mut(*task)?, *until)?;
            }
            DeploymentEvent::TaskRetryDue { task } => end_pause(self.last_task_mut(*task)?)?,
            DeploymentEvent::TaskRetryDropped { task } => drop_retry(self.last_task_mut(*task)?)?,
            DeploymentEvent::JobsEnded { result, frees_locks, .. } => {
                self.end_jobs(*result, at)?;
                self.free_locks(*frees_locks)?;
            }
            DeploymentEvent::CancelAsked { because, .. } => self.stop_jobs(because, at)?,
            DeploymentEvent::Over { end, frees_locks, .. } => {
                self.free_locks(*frees_locks)?;
                self.holds_slot = false;
                self.phase = Phase::Over { at, end: end.clone() };
            }
        }
        Ok(())
    }

    /// R7: its jobs have not begun, and it runs others.
    fn take_snapshot(&mut self, revision: u32) -> Result<(), Impossible> {
        if !self.phase.is_before_jobs() {
            return Err(Impossible("other jobs for a deployment whose jobs have begun"));
        }
        self.snapshot = revision;
        Ok(())
    }

    /// R7: where it stands and what it holds is as before anything was asked.
    fn restart_checks(&mut self, steps_back: bool, at: Timestamp) -> Result<(), Impossible> {
        if !self.phase.is_before_jobs() || self.open_approvals().next().is_some() {
            return Err(Impossible("checks that start again too late, or while they go on"));
        }
        self.round += 1;
        self.gates.remove(&Moment::Before);
        self.brought_forward_at = None;
        self.overrides_freezes = false;
        self.holds_slot &= !steps_back;
        self.phase = Phase::Checking { moment: Moment::Before, since: at };
        Ok(())
    }

    /// What was scheduled then goes on as a deployment by hand (S7); what was deferred, as what it was (AP10).
    fn bring_forward(&mut self, by: &Actor, at: Timestamp) -> Result<(), Impossible> {
        if matches!(self.phase, Phase::Deferred { .. }) {
            self.brought_forward_at = Some(at);
        } else {
            self.reason = DeploymentReason::Manual;
            self.requested_by = by.clone();
        }
        self.stop_waiting_for_a_moment(at)
    }

    fn wait_until(&mut self, until: Timestamp, at: Timestamp) -> Result<(), Impossible> {
        if !matches!(self.phase, Phase::Checking { moment: Moment::Before, .. }) {
            return Err(Impossible("a deployment that is deferred at another time than before its jobs"));
        }
        self.phase = Phase::Deferred { since: at, until };
        Ok(())
    }

    fn wait_for_slot(&mut self, at: Timestamp) -> Result<(), Impossible> {
        if self.holds_slot || !self.phase.is_before_jobs() {
            return Err(Impossible("a slot that is asked for where none is needed"));
        }
        self.phase = Phase::Queued { since: at };
        Ok(())
    }

    fn take_slot(&mut self, at: Timestamp) -> Result<(), Impossible> {
        if !matches!(self.phase, Phase::Queued { .. }) {
            return Err(Impossible("a slot for a deployment that does not wait for one"));
        }
        self.holds_slot = true;
        self.phase = Phase::Checking { moment: Moment::Before, since: at };
        Ok(())
    }

    fn wait_for_locks(&mut self, groups: &BTreeSet<LockGroupId>, at: Timestamp) -> Result<(), Impossible> {
        let is_ready = matches!(self.phase, Phase::Checking { moment: Moment::Before, .. });
        if !is_ready || !self.holds_slot || !self.lock_groups.is_empty() {
            return Err(Impossible(
                "lock groups that are asked for at another time than right before the jobs",
            ));
        }
        self.lock_groups.clone_from(groups);
        self.phase = Phase::Locking { since: at };
        Ok(())
    }

    fn take_locks(&mut self, at: Timestamp) -> Result<(), Impossible> {
        if !matches!(self.phase, Phase::Locking { .. }) {
            return Err(Impossible("lock groups for a deployment that does not wait for any"));
        }
        self.holds_locks = true;
        self.phase = Phase::Checking { moment: Moment::Before, since: at };
        Ok(())
    }

    /// Q8: what it asked for it gives back, with the event that says so.
    fn free_locks(&mut self, frees: bool) -> Result<(), Impossible> {
        if frees == self.lock_groups.is_empty() {
            return Err(Impossible(
                "lock groups that are given back and were not asked for, or kept for ever",
            ));
        }
        self.lock_groups.clear();
        self.holds_locks = false;
        Ok(())
    }

    fn keep_jobs(&mut self, jobs: &Arc<Vec<Job>>) -> Result<(), Impossible> {
        if !self.has_jobs_running() {
            return Err(Impossible("jobs that are kept and do not run"));
        }
        self.kept_jobs = Some(Arc::clone(jobs));
        Ok(())
    }

    fn begin(&mut self, at: Timestamp) -> Result<(), Impossible> {
        if !self.holds_slot || !self.phase.is_before_jobs() {
            return Err(Impossible("jobs that begin before their time"));
        }
        self.phase = Phase::Running { since: at };
        self.begun_at = Some(at);
        Ok(())
    }

    /// What comes after its moment is told by what it has: without a slot it is asked for next, or what comes before one is.
    fn stop_waiting_for_a_moment(&mut self, at: Timestamp) -> Result<(), Impossible> {
        match self.phase {
            Phase::Scheduled { .. } | Phase::Deferred { .. } => {
                self.phase = Phase::Checking { moment: Moment::Before, since: at };
                Ok(())
            }
            Phase::Queued { .. }
            | Phase::Checking { .. }
            | Phase::Frozen { .. }
            | Phase::Locking { .. }
            | Phase::Running { .. }
            | Phase::Cancelling { .. }
            | Phase::Over { .. } => Err(Impossible("a moment that is not waited for")),
        }
    }

    /// One that is frozen already waits since then.
    fn freeze(&mut self, until: Option<Timestamp>, holds: &[Hold], at: Timestamp) -> Result<(), Impossible> {
        let since = match self.phase {
            Phase::Frozen { since, .. } => since,
            Phase::Scheduled { .. }
            | Phase::Queued { .. }
            | Phase::Checking { moment: Moment::Before, .. }
            | Phase::Deferred { .. }
            | Phase::Locking { .. } => at,
            Phase::Checking { moment: Moment::After, .. }
            | Phase::Running { .. }
            | Phase::Cancelling { .. }
            | Phase::Over { .. } => return Err(Impossible("a freeze of jobs that have begun")),
        };
        self.phase = Phase::Frozen { since, until, holds: holds.to_vec() };
        Ok(())
    }

    fn thaw(&mut self, at: Timestamp) -> Result<(), Impossible> {
        if !matches!(self.phase, Phase::Frozen { .. }) {
            return Err(Impossible("the end of a freeze that holds nothing"));
        }
        self.phase = Phase::Checking { moment: Moment::Before, since: at };
        Ok(())
    }

    fn add_approval(
        &mut self,
        id: ApprovalId,
        approver: Option<&Approver>,
        standing: Standing,
    ) -> Result<(), Impossible> {
        let approver = approver.cloned();
        let approval = Approval { approver, reassigned: Vec::new(), deferred_until: None, standing };
        match self.approvals.insert(id, approval) {
            None => Ok(()),
            Some(_) => Err(Impossible("an approval that is asked twice")),
        }
    }

    fn close(&mut self, id: ApprovalId, standing: Standing) -> Result<(), Impossible> {
        match self.approvals.get_mut(&id) {
            Some(approval) if matches!(approval.standing, Standing::Open { .. }) => {
                approval.standing = standing;
                Ok(())
            }
            Some(_) | None => Err(Impossible("an answer to an approval that is not open")),
        }
    }

    fn hand_on(&mut self, id: ApprovalId, reassignment: Reassignment) -> Result<(), Impossible> {
        match self.approvals.get_mut(&id) {
            Some(approval) if matches!(approval.standing, Standing::Open { .. }) => {
                approval.approver = Some(Approver::User(reassignment.to.clone()));
                approval.reassigned.push(reassignment);
                Ok(())
            }
            Some(_) | None => Err(Impossible("an approval that is handed on and not open")),
        }
    }

    fn defer(&mut self, id: ApprovalId, until: Timestamp) -> Result<(), Impossible> {
        match self.approvals.get_mut(&id) {
            Some(approval) if matches!(approval.standing, Standing::Answered { .. }) => {
                approval.deferred_until = Some(until);
                Ok(())
            }
            Some(_) | None => Err(Impossible("a moment given with an approval that nobody gave")),
        }
    }

    fn skip(&mut self, id: ApprovalId, at: Timestamp) -> Result<(), Impossible> {
        if self.approvals.contains_key(&id) {
            return self.close(id, Standing::Skipped { at });
        }
        self.add_approval(id, None, Standing::Skipped { at })
    }

    fn begin_job(
        &mut self,
        job: JobId,
        times_out_at: Option<Timestamp>,
        joined: Option<Join>, at: Timestamp,
    ) -> Result<(), Impossible> {
        self.expect_next_job(job)?;
        self.jobs.push(JobRun::Began { at, times_out_at, timed_out: false, tasks: Vec::new(), joined, result: None });
        Ok(())
    }

    fn skip_job(&mut self, job: JobId, because: SkipReason) -> Result<(), Impossible> {
        self.expect_next_job(job)?;
        self.jobs.push(JobRun::Skipped(because));
        Ok(())
    }

    fn stop_jobs(&mut self, because: &CancelReason, at: Timestamp) -> Result<(), Impossible> {
        if !matches!(self.phase, Phase::Running { .. }) {
            return Err(Impossible("jobs that are cancelled and do not run"));
        }
        self.phase = Phase::Cancelling { since: at, because: because.clone() };
        Ok(())
    }

    fn expect_next_job(&self, job: JobId) -> Result<(), Impossible> {
        let is_next = self.running_job().is_none() && usize::try_from(job.job) == Ok(self.jobs.len());
        if is_next && self.has_jobs_running() {
            Ok(())
        } else {
            Err(Impossible("a job that is not the next one"))
        }
    }

    fn has_jobs_running(&self) -> bool {
        self.ended.is_none() && self.phase.has_jobs()
    }

    fn running(&mut self, id: JobId) -> Result<RunningJob<'_>, Impossible> {
        const NOT_RUNNING: Impossible = Impossible("an event of a job that does not run");
        let place = usize::try_from(id.job).map_err(|_| NOT_RUNNING)?;
        if place + 1 != self.jobs.len() {
            return Err(NOT_RUNNING);
        }
        match self.jobs.get_mut(place) {
            Some(JobRun::Began { timed_out, tasks, result, .. }) if result.is_none() => {
                Ok(RunningJob { timed_out, tasks, result })
            }
            Some(JobRun::Began { .. } | JobRun::Skipped(_)) | None => Err(NOT_RUNNING),
        }
    }

    fn expect_next_task(&mut self, id: TaskId) -> Result<&mut Vec<TaskRun>, Impossible> {
        let RunningJob { tasks, .. } = self.running(id.job)?;
        let is_running = match tasks.last() {
            Some(
                TaskRun::Running { .. }
                | TaskRun::Waiting { .. }
                | TaskRun::Pausing { .. }
                | TaskRun::ToRetry { .. },
            ) => true,
            Some(TaskRun::Skipped(_) | TaskRun::Ended { .. }) | None => false,
        };
        if is_running || usize::try_from(id.task) != Ok(tasks.len()) {
            return Err(Impossible("a task that is not the next one"));
        }
        Ok(tasks)
    }

    fn begin_task(&mut self, id: TaskId, begun: impl FnOnce(Vec<Try>) -> TaskRun) -> Result<(), Impossible> {
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
        self.outputs.remove(&(id.job.job, id.task));
        Ok(())
    }

    fn claim_task(
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

    fn wait(&mut self, id: TaskId, wait: Wait, at: Timestamp) -> Result<(), Impossible> {
        self.begin_task(id, |earlier| TaskRun::Waiting { since: at, wait, earlier })
    }

    fn reattach(&mut self, id: TaskId, to: &IncarnationId) -> Result<(), Impossible> {
        if let TaskRun::Running { claim, .. } = self.running_task_mut(id)? {
            claim.incarnation = to.clone();
        }
        Ok(())
    }

    fn stop_task(&mut self, id: TaskId, asked: Stop) -> Result<(), Impossible> {
        if let TaskRun::Running { stop, .. } = self.running_task_mut(id)? {
            *stop = Some(asked);
        }
        Ok(())
    }

    fn expect_intervention(&self, task: TaskId) -> Result<(), Impossible> {
        match self.intervention() {
            Some((open, _, _)) if open == task => Ok(()),
            Some(_) | None => Err(Impossible("an answer to an intervention that is not asked for")),
        }
    }

    fn skip_task(&mut self, id: TaskId, because: SkipReason) -> Result<(), Impossible> {
        self.expect_next_task(id)?.push(TaskRun::Skipped(because));
        Ok(())
    }

    fn running_task_mut(&mut self, id: TaskId) -> Result<&mut TaskRun, Impossible> {
        match self.last_task_mut(id)? {
            run @ TaskRun::Running { .. } => Ok(run),
            TaskRun::Skipped(_)
            | TaskRun::Waiting { .. }
            | TaskRun::Pausing { .. }
            | TaskRun::ToRetry { .. }
            | TaskRun::Ended { .. } => Err(Impossible("an event of a task that does not run")),
        }
    }

    /// The last task of the job that runs, if that is this try of it.
    fn last_task_mut(&mut self, id: TaskId) -> Result<&mut TaskRun, Impossible> {
        let RunningJob { tasks, .. } = self.running(id.job)?;
        let is_last = usize::try_from(id.task).is_ok_and(|place| place + 1 == tasks.len());
        match tasks.last_mut() {
            Some(run) if is_last && run.retry() == id.retry => Ok(run),
            Some(_) | None => Err(Impossible("an event of a task that is not the last one")),
        }
    }

    fn end_task(
        &mut self,
        id: TaskId,
        result: TaskResult,
        set: &[SetVariable],
        at: Timestamp,
    ) -> Result<(), Impossible> {
        let run = self.last_task_mut(id)?;
        let (TaskRun::Running { since, earlier, .. } | TaskRun::Waiting { since, earlier, .. }) = run else {
            return Err(Impossible("the end of a task that neither runs nor waits"));
        };
        *run = TaskRun::Ended { since: *since, at, result, earlier: std::mem::take(earlier) };
        if !set.is_empty() {
            self.outputs.insert((id.job.job, id.task), set.to_vec());
        }
        Ok(())
    }

    fn end_jobs(&mut self, result: JobResult, at: Timestamp) -> Result<(), Impossible> {
        if self.running_job().is_some() || !self.has_jobs_running() {
            return Err(Impossible("jobs that end while one of them runs"));
        }
        self.ended = Some((at, result));
        if self.span == SlotSpan::JobsOnly {
            self.holds_slot = false;
        }
        if matches!(self.phase, Phase::Running { .. }) {
            self.phase = Phase::Checking { moment: Moment::After, since: at };
        }
        Ok(())
    }
}

fn plan_retry(run: &mut TaskRun, until: Timestamp) -> Result<(), Impossible> {
    let TaskRun::Ended { since, at, result, earlier } = run else {
        return Err(Impossible("a retry of a task that has not ended"));
    };
    earlier.push(Try { since: *since, at: *at, result: *result });
    *run = TaskRun::Pausing { earlier: std::mem::take(earlier), until };
    Ok(())
}

fn end_pause(run: &mut TaskRun) -> Result<(), Impossible> {
    let TaskRun::Pausing { earlier, .. } = run else {
        return Err(Impossible("the end of a pause that is not made"));
    };
    *run = TaskRun::ToRetry { earlier: std::mem::take(earlier) };
    Ok(())
}

/// What came of its last try stands.
fn drop_retry(run: &mut TaskRun) -> Result<(), Impossible> {
    let (TaskRun::Pausing { earlier, .. } | TaskRun::ToRetry { earlier }) = run else {
        return Err(Impossible("a retry that is dropped and was not planned"));
    };
    let Some(Try { since, at, result }) = earlier.pop() else {
        return Err(Impossible("a retry of what was never tried"));
    };
    *run = TaskRun::Ended { since, at, result, earlier: std::mem::take(earlier) };
    Ok(())
}

/// The parts of a job that began and has not ended.
struct RunningJob<'a> {
    timed_out: &'a mut bool,
    tasks: &'a mut Vec<TaskRun>,
    result: &'a mut Option<JobResult>,
}

//! What each event makes of a deployment. Here is the list of them all, and its way from its trigger to its end; `evolve/` has its
//! approvals, its jobs and their tasks.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    CancelReason, Deployment, DeploymentEvent, DeploymentReason, First, Intervention, Phase, Reassignment,
    SliceState, Standing, Stop, Trigger, Wait,
};
use crate::flow::Impossible;
use crate::freeze::Hold;
use crate::gate::GateRun;
use crate::{Actor, ArtifactFilters, Job, LockGroupId, Moment, Timestamp};

mod approvals;
mod jobs;
mod tasks;

impl Deployment {
    /// The deployment that a trigger makes. It runs the first revision of its release's snapshot, unless its release says another (R7).
    pub fn triggered(trigger: &Trigger, at: Timestamp) -> Self {
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
            scheduled_by: None,
            comment: trigger.comment,
            triggered_at: at,
            span: trigger.span,
            occurrence: trigger.occurrence,
            filters: ArtifactFilters::overridden_if(trigger.overrides_filters),
            variables: trigger.variables,
            snapshot: 1,
            round: 1,
            kept_jobs: None,
            answered: std::collections::BTreeMap::new(),
            outputs: std::collections::BTreeMap::new(),
            succeeded_before: trigger.succeeded_before.iter().map(|it| (it.job, it.attempt)).collect(),
            only: trigger.only,
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
    ///
    /// # Errors
    /// If it can't follow from those before it.
    #[expect(clippy::too_many_lines, reason = "it is the list of what can happen, an arm each")]
    pub fn fold(&mut self, event: &DeploymentEvent, at: Timestamp) -> Result<(), Impossible> {
        if self.is_over() {
            return Err(Impossible("an event of a deployment that is over"));
        }
        match event {
            DeploymentEvent::Triggered(_) => {
                return Err(Impossible("a deployment that is triggered twice"));
            }
            DeploymentEvent::MomentCame { .. } => self.stop_waiting_for_a_moment(at)?,
            DeploymentEvent::SnapshotTaken { revision, runs_all_jobs, .. } => {
                self.take_snapshot(*revision, *runs_all_jobs)?;
            }
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
            DeploymentEvent::JobBegan { job, times_out_at, joined, slices } => {
                self.begin_job(*job, *times_out_at, *joined, slices, at)?;
            }
            DeploymentEvent::JobCouldNotBegin { job, why } => self.fail_job(*job, why, at)?,
            DeploymentEvent::JobSkipped { job, because, .. } => self.skip_job(*job, *because)?,
            DeploymentEvent::JobTimedOut { job } => self.time_out_job(*job)?,
            DeploymentEvent::JobEnded { job, result } => self.end_job(*job, *result)?,
            DeploymentEvent::AgentAsked { job, slices, pool, demands, waits_until } => {
                let (pool, demands) = (pool.clone(), demands.as_slice().into());
                let queued = SliceState::Queued { since: at, pool, demands, until: *waits_until };
                self.wait_for_agents(*job, slices, &queued)?;
            }
            DeploymentEvent::AgentGranted { slice, agent } => self.take_agent(*slice, agent)?,
            DeploymentEvent::SliceBegan { slice, times_out_at } => {
                self.begin_slice(*slice, *times_out_at, at)?;
            }
            DeploymentEvent::SliceSkipped { job, slices, because, frees } => {
                self.skip_slices(*job, slices, *because, frees.as_ref())?;
            }
            DeploymentEvent::SliceTimedOut { slice } => *self.running_slice(*slice)?.timed_out = true,
            DeploymentEvent::SliceEnded { slice, result, frees } => {
                self.expect_freed(*slice, frees.as_ref())?;
                *self.running_slice(*slice)?.result = Some(*result);
            }
            DeploymentEvent::TaskClaimed { task, claim, times_out_at } => {
                self.claim_task(*task, claim, *times_out_at, at)?;
            }
            DeploymentEvent::InterventionAsked { task, asked, due, on_timeout } => {
                let asked = Intervention { asked: asked.clone(), due: *due, on_timeout: *on_timeout };
                self.wait(*task, Wait::Intervention(Box::new(asked)), at)?;
            }
            DeploymentEvent::InterventionAnswered { task, answer, by, .. } => {
                self.expect_intervention(*task)?;
                self.answered.insert(*task, (*answer, by.clone()));
            }
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
                self.last_task_mut(*task)?.plan_retry(*until)?;
            }
            DeploymentEvent::TaskRetryDue { task } => self.last_task_mut(*task)?.end_pause()?,
            DeploymentEvent::TaskRetryDropped { task } => self.last_task_mut(*task)?.drop_retry()?,
            DeploymentEvent::JobsEnded { result, frees_locks, .. } => {
                self.end_jobs(*result, at)?;
                self.free_locks(*frees_locks)?;
            }
            DeploymentEvent::CancelAsked { because, waits_until, .. } => {
                self.stop_jobs(because, at)?;
                self.wait_for_agents_until(*waits_until);
            }
            DeploymentEvent::Over { end, frees_locks, .. } => {
                self.free_locks(*frees_locks)?;
                self.holds_slot = false;
                self.phase = Phase::Over { at, end: end.clone() };
            }
        }
        Ok(())
    }

    /// R7: its jobs have not begun, and it runs others.
    fn take_snapshot(&mut self, revision: u32, runs_all_jobs: bool) -> Result<(), Impossible> {
        if !self.phase.is_before_jobs() {
            return Err(Impossible("other jobs for a deployment whose jobs have begun"));
        }
        if runs_all_jobs {
            self.succeeded_before.clear();
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
            self.scheduled_by = Some(std::mem::replace(&mut self.requested_by, by.clone()));
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

    fn stop_jobs(&mut self, because: &CancelReason, at: Timestamp) -> Result<(), Impossible> {
        if !matches!(self.phase, Phase::Running { .. }) {
            return Err(Impossible("jobs that are cancelled and do not run"));
        }
        self.phase = Phase::Cancelling { since: at, because: because.clone() };
        Ok(())
    }
}

//! The jobs of a deployment and their slices, as events make them (J1, J2).

use super::super::{
    Deployment, JobResult, JobRun, Phase, SkipReason, Slice, SliceAgent, SliceRun, SliceSkip, SliceState,
    TaskRun,
};
use crate::flow::Impossible;
use crate::{AgentId, JobId, Join, Moment, PoolId, SliceId, SlotSpan, Timestamp};

/// The parts of a slice that began and has not ended.
pub(super) struct RunningSlice<'a> {
    pub(super) timed_out: &'a mut bool,
    pub(super) tasks: &'a mut Vec<TaskRun>,
    pub(super) result: &'a mut Option<JobResult>,
}

impl Deployment {
    pub(super) fn begin_job(
        &mut self,
        job: JobId,
        times_out_at: Option<Timestamp>,
        joined: Option<Join>,
        slices: &[Slice],
        at: Timestamp,
    ) -> Result<(), Impossible> {
        self.expect_next_job(job)?;
        let slices = if slices.is_empty() {
            vec![SliceRun { slice: None, agent: None, state: SliceState::begun(at, times_out_at) }]
        } else {
            slices.iter().cloned().map(SliceRun::to_begin).collect()
        };
        self.jobs.push(JobRun::Began { at, slices, joined, result: None });
        Ok(())
    }

    pub(super) fn fail_job(&mut self, job: JobId, why: &str, at: Timestamp) -> Result<(), Impossible> {
        self.expect_next_job(job)?;
        self.jobs.push(JobRun::CouldNotBegin { at, why: why.to_owned() });
        Ok(())
    }

    pub(super) fn skip_job(&mut self, job: JobId, because: SkipReason) -> Result<(), Impossible> {
        self.expect_next_job(job)?;
        self.jobs.push(JobRun::Skipped(because));
        Ok(())
    }

    /// Of a job that runs once: its slice's time is that of the job.
    pub(super) fn time_out_job(&mut self, job: JobId) -> Result<(), Impossible> {
        *self.whole(job)?.timed_out = true;
        Ok(())
    }

    pub(super) fn end_job(&mut self, job: JobId, came: JobResult) -> Result<(), Impossible> {
        if let Ok(whole) = self.whole(job) {
            *whole.result = Some(came);
        }
        let (slices, result) = self.running(job)?;
        if !slices.iter().all(SliceRun::is_over) {
            return Err(Impossible("a job that ends before its slices"));
        }
        *result = Some(came);
        Ok(())
    }

    pub(super) fn begin_slice(
        &mut self,
        id: SliceId,
        times_out_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), Impossible> {
        let slice = self.slice_mut(id)?;
        if slice.is_queued() && slice.agent.is_none() {
            return Err(Impossible("a slice that begins while it waits for an agent"));
        }
        *self.slice_to_begin(id)? = SliceState::begun(at, times_out_at);
        Ok(())
    }

    /// Each of them `queued`.
    pub(super) fn wait_for_agents(
        &mut self,
        job: JobId,
        slices: &[u32],
        queued: &SliceState,
    ) -> Result<(), Impossible> {
        for slice in slices {
            let slice = self.slice_mut(SliceId { job, slice: *slice })?;
            if slice.state != SliceState::ToBegin {
                return Err(Impossible(
                    "an agent that is asked for at another time than before a slice begins",
                ));
            }
            slice.state = queued.clone();
        }
        Ok(())
    }

    /// D4: those that wait for an agent while their deployment is cancelled don't do so for ever.
    pub(super) fn wait_for_agents_until(&mut self, at: Option<Timestamp>) {
        let Some(JobRun::Began { slices, .. }) = self.jobs.last_mut() else { return };
        for slice in slices {
            if let SliceState::Queued { until, .. } = &mut slice.state {
                *until = at;
            }
        }
    }

    pub(super) fn take_agent(&mut self, id: SliceId, agent: &AgentId) -> Result<(), Impossible> {
        let slice = self.slice_mut(id)?;
        let pool = slice.pool().filter(|_| slice.is_queued() && slice.agent.is_none()).cloned();
        let pool = pool.ok_or(Impossible("an agent for a slice that does not wait for one"))?;
        slice.agent = Some(SliceAgent { pool, agent: agent.clone() });
        Ok(())
    }

    /// J11: what it asked for it gives back, with the event that says so.
    pub(super) fn expect_freed(&mut self, id: SliceId, frees: Option<&PoolId>) -> Result<(), Impossible> {
        if self.slice_mut(id)?.pool() != frees {
            return Err(Impossible("an agent that is given back and was not asked for, or kept for ever"));
        }
        Ok(())
    }

    /// Those of them that waited for an agent gave back what they asked for, with the event that says so.
    pub(super) fn skip_slices(
        &mut self,
        job: JobId,
        slices: &[u32],
        because: SliceSkip,
        frees: Option<&PoolId>,
    ) -> Result<(), Impossible> {
        let mut is_freed = false;
        for slice in slices {
            let id = SliceId { job, slice: *slice };
            if self.slice_mut(id)?.is_queued() {
                self.expect_freed(id, frees)?;
                is_freed = true;
            }
            *self.slice_to_begin(id)? = SliceState::Skipped(because);
        }
        if is_freed == frees.is_some() {
            Ok(())
        } else {
            Err(Impossible("agents that are given back and were not asked for"))
        }
    }

    fn expect_next_job(&self, job: JobId) -> Result<(), Impossible> {
        let is_next = self.running_job().is_none() && usize::try_from(job.job) == Ok(self.jobs.len());
        if is_next && self.has_jobs_running() {
            Ok(())
        } else {
            Err(Impossible("a job that is not the next one"))
        }
    }

    pub(super) fn has_jobs_running(&self) -> bool {
        self.ended.is_none() && self.phase.has_jobs()
    }

    /// The slices of a job that runs, and where its result goes.
    fn running(&mut self, id: JobId) -> Result<(&mut Vec<SliceRun>, &mut Option<JobResult>), Impossible> {
        const NOT_RUNNING: Impossible = Impossible("an event of a job that does not run");
        let place = usize::try_from(id.job).map_err(|_| NOT_RUNNING)?;
        if place + 1 != self.jobs.len() {
            return Err(NOT_RUNNING);
        }
        match self.jobs.get_mut(place) {
            Some(JobRun::Began { slices, result, .. }) if result.is_none() => Ok((slices, result)),
            Some(JobRun::Began { .. } | JobRun::CouldNotBegin { .. } | JobRun::Skipped(_)) | None => {
                Err(NOT_RUNNING)
            }
        }
    }

    /// The one slice of a job that runs once.
    fn whole(&mut self, id: JobId) -> Result<RunningSlice<'_>, Impossible> {
        if self.running_job().is_some_and(|(_, run)| run.is_cut()) {
            return Err(Impossible("an event of a job that is one of its slices'"));
        }
        self.running_slice(SliceId { job: id, slice: 0 })
    }

    fn slice_mut(&mut self, id: SliceId) -> Result<&mut SliceRun, Impossible> {
        let (slices, _) = self.running(id.job)?;
        let slice = usize::try_from(id.slice).ok().and_then(|place| slices.get_mut(place));
        slice.ok_or(Impossible("a slice that its job does not have"))
    }

    fn slice_to_begin(&mut self, id: SliceId) -> Result<&mut SliceState, Impossible> {
        match &mut self.slice_mut(id)?.state {
            state @ (SliceState::ToBegin | SliceState::Queued { .. }) => Ok(state),
            SliceState::Began { .. } | SliceState::Skipped(_) => {
                Err(Impossible("a slice that begins, or is skipped, twice"))
            }
        }
    }

    pub(super) fn running_slice(&mut self, id: SliceId) -> Result<RunningSlice<'_>, Impossible> {
        match &mut self.slice_mut(id)?.state {
            SliceState::Began { timed_out, tasks, result, .. } if result.is_none() => {
                Ok(RunningSlice { timed_out, tasks, result })
            }
            SliceState::Began { .. }
            | SliceState::ToBegin
            | SliceState::Queued { .. }
            | SliceState::Skipped(_) => Err(Impossible("an event of a slice that does not run")),
        }
    }

    pub(super) fn end_jobs(&mut self, result: JobResult, at: Timestamp) -> Result<(), Impossible> {
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

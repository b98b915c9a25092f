//! Agents: before a slice of a job begins, it waits for one where its job's pool is defined (J11).
//!
//! The slices ask (`agent.asked`), the pool grants, and each begins (`agent.granted`, `slice.began`); when one ends, or is passed over
//! while it waits, the event that says so names the pool to which the agent goes back. Who is granted which agent stands in `pool/`.

use std::collections::BTreeSet;

use super::running::{begin_slice, end_of_cancelling, job_of, never_begins, pass_over, settle};
use super::{Deployment, DeploymentEvent, SliceRun, SliceSkip, SliceState};
use crate::flow::Impossible;
use crate::release::{Deciding, ReleaseRefusal};
use crate::{AgentId, Demand, Job, JobId, JobKind, PoolId, SliceId, Stage, Timestamp};

/// The pool in which slices of the job wait for an agent; `None`: they need none, or nobody has defined it.
pub(super) fn pool_for(deciding: &Deciding<'_>, job: &Job) -> Result<Option<PoolId>, ReleaseRefusal> {
    let Some(id) = job.pool() else { return Ok(None) };
    // Whoever may begin jobs reads their pools: none slips past them since nobody looked.
    let pool =
        deciding.facts.pool(&id).ok_or(Impossible("a slice that begins without a look at its pool"))?;
    Ok(pool.is_defined().then_some(id))
}

/// Each is granted one in the same commit, where so many are free and one commit may grant them.
pub(super) fn ask(
    deciding: &mut Deciding<'_>,
    job: JobId,
    slices: Vec<u32>,
    pool: PoolId,
) -> Result<(), ReleaseRefusal> {
    let demands = demands_of(job_of(deciding, job)?)?;
    let waits_until = end_of_cancelling(deciding, job)?;
    Ok(deciding.record(DeploymentEvent::AgentAsked { job, slices, pool, demands, waits_until })?)
}

fn demands_of(job: &Job) -> Result<Vec<Demand>, Impossible> {
    match &job.kind {
        JobKind::Agent { demands, .. } => {
            let read = demands.iter().map(|demand| demand.parse());
            read.collect::<Result<_, _>>().map_err(|_invalid| Impossible("a demand that does not validate"))
        }
        JobKind::Server | JobKind::DeploymentGroup { .. } => Ok(Vec::new()),
    }
}

/// The slice got an agent. It may have been passed over in the same commit, before that reached it; that has freed the agent then. Or it
/// never begins, and that was not recorded yet, since the variables of its job's condition were edited (R7), say: it is passed over now.
///
/// It never ends here, even where there is nothing to run: what follows its beginning has a commit of its own, so that an agent does not
/// go through many hands in one (as D7 has it for slots).
pub(crate) fn grant_agent(
    deciding: &mut Deciding<'_>,
    slice: SliceId,
    agent: &AgentId,
) -> Result<(), ReleaseRefusal> {
    let run = deciding.deployment(slice.deployment())?.slice(slice);
    if !run.is_some_and(SliceRun::is_queued) {
        return Ok(());
    }
    if never_begins(deciding, slice)? {
        return pass_over(deciding, slice.deployment());
    }
    deciding.record(DeploymentEvent::AgentGranted { slice, agent: agent.clone() })?;
    begin_slice(deciding, slice)
}

/// D4: no agent became free in time for what is cancelled.
pub(super) fn give_up_waiting(deciding: &mut Deciding<'_>, job: JobId) -> Result<(), ReleaseRefusal> {
    let now = deciding.now();
    let deployment = deciding.deployment(job.deployment)?;
    // Nor will one for those whose turn has not come.
    let is_due =
        |run: &SliceRun| run.state == SliceState::ToBegin || run.waits_until().is_some_and(|at| at <= now);
    let due: Vec<_> = deployment.current_slices().filter(|(_, run)| is_due(run)).collect();
    let frees = due.iter().find_map(|(_, run)| run.pool()).cloned();
    let slices = due.iter().map(|(id, _)| id.slice).collect();
    let because = SliceSkip::NoAgent;
    deciding.record(DeploymentEvent::SliceSkipped { job, slices, because, frees })?;
    settle(deciding, job.deployment)
}

/// The pools of jobs that may begin next, or go on beginning, in the latest deployment to a stage.
pub(crate) fn pools_to_see(latest: Option<&Deployment>, stage: &Stage) -> BTreeSet<PoolId> {
    let Some(latest) = latest.filter(|latest| !latest.is_over()) else { return BTreeSet::new() };
    let is_to_go_on = latest.current_slices().any(|(_, run)| run.state == SliceState::ToBegin);
    let begun = latest.jobs.len().saturating_sub(usize::from(is_to_go_on));
    latest.planned_jobs(stage).iter().skip(begun).filter_map(Job::pool).collect()
}

impl Deployment {
    /// The slices that wait for an agent: since when, in which pool, and what the agent must offer (J11).
    pub fn waiting_for_agents(&self) -> impl Iterator<Item = (SliceId, Timestamp, &PoolId, &[Demand])> {
        self.current_slices().filter_map(|(id, run)| match &run.state {
            SliceState::Queued { since, pool, demands, .. } => Some((id, *since, pool, &**demands)),
            SliceState::ToBegin | SliceState::Skipped(_) | SliceState::Began { .. } => None,
        })
    }

    /// The pool in which a slice waits for an agent, or of whose agents it runs on one.
    pub(super) fn pool_of(&self, slice: SliceId) -> Option<&PoolId> {
        self.slice(slice)?.pool()
    }
}

//! The jobs of a deployment, from the first that begins to the last that ends (D1, D4, D7, J).

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::approving::after_minutes;
use super::cutting::cut;
use super::life::go_on;
use super::next::{Step, next_steps, why_never};
use super::outputs::keep;
use super::{
    CancelReason, Claim, DeploymentEvent, End, JobResult, Phase, Rejection, Report, Slice, Stop, StopReason,
    TaskResult, TaskRun, agents, targeting, waiting,
};
use crate::flow::Impossible;
use crate::limits::{FAN_OUT, RETRY_PAUSE_SECONDS};
use crate::release::{Deciding, ReleaseRefusal};
use crate::{
    DeploymentId, EngineId, IncarnationId, Job, JobId, JobKind, Parallelism, SliceId, SlotSpan, TaskId,
    Timestamp, later,
};

/// Everything before the jobs has passed: the first job may begin (I10).
///
/// That the jobs have ended is never recorded here, even where there is nothing to run: it has a commit of its own (D7), so that a
/// chain of empty stages is not one endless commit.
pub(super) fn begin(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let queue = deciding.queue_of(id.stage)?;
    deciding.record(DeploymentEvent::Begun { deployment: id, queue })?;
    walk(deciding, id)?;
    Ok(())
}

/// Goes on with the jobs as far as nothing must run for it, or as far as one commit goes: the rest is work for an engine, as where there is
/// nothing to run (D7). Returns the result of the jobs if all of them have ended.
fn walk(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<Option<JobResult>, ReleaseRefusal> {
    let mut room = Room { agents_to_free: FAN_OUT, jobs_to_cut: 1 };
    for _ in 0..deciding.job_steps {
        let mut steps = next(deciding, id)?;
        let Some(place) = steps.iter().position(Step::is_to_record) else { return Ok(None) };
        let step = steps.swap_remove(place);
        if let Step::EndJobs(result) = step {
            return Ok(Some(result));
        }
        if !room.take(deciding, &step)? {
            return Ok(None);
        }
        take(deciding, step, &steps)?;
    }
    pass_over(deciding, id)?;
    Ok(None)
}

/// What else one commit has room for.
struct Room {
    /// Each agent that is freed is granted to another release in the same commit.
    agents_to_free: usize,
    /// The event of a job that begins names all its slices.
    jobs_to_cut: usize,
}

impl Room {
    /// Whether there is room for the step; then there is less for others.
    fn take(&mut self, deciding: &Deciding<'_>, step: &Step) -> Result<bool, ReleaseRefusal> {
        let left = if let Step::EndSlice(slice, _) = step
            && deciding.deployment(slice.deployment())?.pool_of(*slice).is_some()
        {
            &mut self.agents_to_free
        } else if let Step::BeginJob(job) = step
            && is_cut_into_many(deciding, *job)?
        {
            if targeting::waits_for_group(deciding, *job)? {
                return Ok(false);
            }
            &mut self.jobs_to_cut
        } else {
            return Ok(true);
        };
        let has_room = *left > 0;
        *left = left.saturating_sub(1);
        Ok(has_room)
    }
}

/// The slice begins; if it waits for an agent first, then together with all whose turn it is, too.
fn begin_slices(deciding: &mut Deciding<'_>, slice: SliceId, others: &[Step]) -> Result<(), ReleaseRefusal> {
    let Some(pool) = agents::pool_for(deciding, job_of(deciding, slice.job)?)? else {
        return begin_slice(deciding, slice);
    };
    let begins = |step: &Step| if let Step::BeginSlice(slice) = step { Some(slice.slice) } else { None };
    let slices: BTreeSet<u32> = others.iter().filter_map(begins).chain([slice.slice]).collect();
    agents::ask(deciding, slice.job, slices.into_iter().collect(), pool)
}

/// What never begins, of the slices of the job that runs, is passed over in this commit, however full it is: so nobody gives it an agent
/// (J11).
pub(super) fn pass_over(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    for step in next(deciding, id)? {
        if let Step::SkipSlices(..) = step {
            take(deciding, step, &[])?;
        }
    }
    Ok(())
}

/// The step is taken; slices that begin ask for their agents together with those of the `others` that do.
fn take(deciding: &mut Deciding<'_>, step: Step, others: &[Step]) -> Result<(), ReleaseRefusal> {
    match step {
        Step::BeginJob(job) => begin_job(deciding, job)?,
        Step::SkipJob(job, because, why) => {
            deciding.record(DeploymentEvent::JobSkipped { job, because, why: shortened(why) })?;
        }
        Step::EndJob(job, result) => deciding.record(DeploymentEvent::JobEnded { job, result })?,
        Step::BeginSlice(slice) => begin_slices(deciding, slice, others)?,
        Step::SkipSlices(job, because, slices) => {
            let deployment = deciding.deployment(job.deployment)?;
            let pool_of = |slice: &u32| deployment.pool_of(SliceId { job, slice: *slice });
            let frees = slices.iter().find_map(pool_of).cloned();
            deciding.record(DeploymentEvent::SliceSkipped { job, slices, because, frees })?;
        }
        Step::EndSlice(slice, result) => {
            let frees = deciding.deployment(slice.deployment())?.pool_of(slice).cloned();
            deciding.record(DeploymentEvent::SliceEnded { slice, result, frees })?;
        }
        Step::SkipTask(task, because, why) => {
            deciding.record(DeploymentEvent::TaskSkipped { task, because, why: shortened(why) })?;
        }
        Step::PlanRetry(task) => {
            let until = after_pause(deciding.now(), task.retry + 1);
            deciding.record(DeploymentEvent::TaskRetryPlanned { task, until })?;
        }
        Step::DropRetry(task) => deciding.record(DeploymentEvent::TaskRetryDropped { task })?,
        Step::Wait(task) => waiting::begin(deciding, task)?,
        Step::Run(_) | Step::Await(_) | Step::Pause(..) | Step::AwaitAgent(_) | Step::EndJobs(_) => {}
    }
    Ok(())
}

/// J2: what it is cut into is decided now, and recorded. The time of a job that is cut is that of each of its slices.
fn begin_job(deciding: &mut Deciding<'_>, job: JobId) -> Result<(), ReleaseRefusal> {
    if let Some(events) = targeting::begin(deciding, job)? {
        for event in events {
            deciding.record(event)?;
        }
        return Ok(());
    }
    let planned = job_of(deciding, job)?;
    let of_job = SliceId { job, slice: 0 };
    let event = match cut(planned, &|| deciding.release().variables(deciding.definition, of_job)) {
        Ok(mut slices) => {
            // What waits for an agent begins after its job: also where the job runs once, its slice has an event of its own (J11).
            if slices.is_empty() && agents::pool_for(deciding, planned)?.is_some() {
                slices.push(Slice::default());
            }
            let times_out_at = end_of_time(deciding, planned).filter(|_| slices.is_empty());
            DeploymentEvent::JobBegan { job, times_out_at, joined: None, slices }
        }
        Err(why) => DeploymentEvent::JobCouldNotBegin { job, why: shortened(why.to_string()) },
    };
    Ok(deciding.record(event)?)
}

/// A slice begins, and so does its time (J7).
pub(super) fn begin_slice(deciding: &mut Deciding<'_>, slice: SliceId) -> Result<(), ReleaseRefusal> {
    let times_out_at = end_of_time(deciding, job_of(deciding, slice.job)?);
    Ok(deciding.record(DeploymentEvent::SliceBegan { slice, times_out_at })?)
}

/// When the time is over of a job, or of a slice of it, that begins now (J7).
fn end_of_time(deciding: &Deciding<'_>, job: &Job) -> Option<Timestamp> {
    let minutes = job.effective_timeout_minutes();
    minutes.map(|minutes| after_minutes(deciding.now(), minutes.get()))
}

fn next(deciding: &Deciding<'_>, id: DeploymentId) -> Result<Vec<Step>, ReleaseRefusal> {
    let variables = |slice: SliceId| deciding.release().variables(deciding.definition, slice);
    Ok(next_steps(deciding.deployment(id)?, deciding.stage(id.stage)?, &variables))
}

/// Whether a slice that has not begun never will.
pub(super) fn never_begins(deciding: &Deciding<'_>, id: SliceId) -> Result<bool, ReleaseRefusal> {
    let variables = |slice: SliceId| deciding.release().variables(deciding.definition, slice);
    let of = id.deployment();
    Ok(why_never(deciding.deployment(of)?, deciding.stage(of.stage)?, &variables, id).is_some())
}

fn is_cut_into_many(deciding: &Deciding<'_>, job: JobId) -> Result<bool, ReleaseRefusal> {
    let job = job_of(deciding, job)?;
    Ok(job.parallelism != Parallelism::None || matches!(job.kind, JobKind::DeploymentGroup { .. }))
}

/// Goes on with the jobs, and with what comes after them if they have ended (D1, D3).
pub(crate) fn settle(deciding: &mut Deciding<'_>, id: DeploymentId) -> Result<(), ReleaseRefusal> {
    let Some(result) = walk(deciding, id)? else { return Ok(()) };
    let deployment = deciding.deployment(id)?;
    let because = deployment.phase.cancelling().map(|(_, because)| because.clone());
    let frees = match deployment.span {
        SlotSpan::JobsOnly => Some(deciding.queue_of(id.stage)?),
        SlotSpan::ApprovalsAndJobs => None,
    };
    let frees_locks = deployment.holds_locks;
    deciding.record(DeploymentEvent::JobsEnded { deployment: id, result, frees, frees_locks })?;
    match (because, result) {
        (Some(because), _) => deciding.over(id, End::Canceled(because)),
        (None, JobResult::Succeeded | JobResult::PartiallySucceeded) => go_on(deciding, id),
        // A runner can't cancel by itself, so that cancelled jobs without a recorded cancel don't occur.
        (None, JobResult::Failed | JobResult::Canceled) => {
            deciding.over(id, End::Rejected(Rejection::JobsFailed))
        }
    }
}

/// An engine is about to run the task (J6). Refused if the task is not the next one of its slice, or another engine has it.
pub(crate) fn claim(deciding: &mut Deciding<'_>, task: TaskId, claim: &Claim) -> Result<(), ReleaseRefusal> {
    if !next(deciding, task.deployment())?.contains(&Step::Run(task)) {
        return Err(ReleaseRefusal::TaskNotNext { task });
    }
    let planned = job_of(deciding, task.job)?.tasks.get(task.task as usize);
    let minutes = planned.map_or(0, |task| task.timeout_minutes);
    let of_task = (minutes > 0).then(|| after_minutes(deciding.now(), minutes));
    let times_out_at = of_task.into_iter().chain(end_of_cancelling(deciding, task.job)?).min();
    Ok(deciding.record(DeploymentEvent::TaskClaimed { task, claim: claim.clone(), times_out_at })?)
}

/// D4: a task that begins while its deployment is cancelling has no more time than one that is asked to stop, and who waits for an agent
/// waits no longer: nobody could cancel it once more.
pub(super) fn end_of_cancelling(
    deciding: &Deciding<'_>,
    job: JobId,
) -> Result<Option<Timestamp>, ReleaseRefusal> {
    let is_cancelling = matches!(deciding.deployment(job.deployment)?.phase, Phase::Cancelling { .. });
    let minutes = job_of(deciding, job)?.cancel_timeout_minutes;
    Ok(is_cancelling.then(|| after_minutes(deciding.now(), minutes)))
}

/// A later incarnation of the engine takes the task up. Of two that looked at it while an earlier one had it, only the first does.
pub(crate) fn reattach(
    deciding: &mut Deciding<'_>,
    task: TaskId,
    engine: &EngineId,
    incarnation: &IncarnationId,
    from: Option<&IncarnationId>,
) -> Result<(), ReleaseRefusal> {
    let (claim, _) = running_task(deciding, task)?.ok_or(ReleaseRefusal::TaskNotRunning { task })?;
    if claim.engine != *engine {
        return Err(ReleaseRefusal::ClaimedByAnother { task, engine: claim.engine });
    }
    if claim.incarnation == *incarnation {
        return Ok(());
    }
    if from.is_some_and(|from| claim.incarnation != *from) {
        return Err(ReleaseRefusal::TakenUpByAnother { task, incarnation: claim.incarnation });
    }
    Ok(deciding.record(DeploymentEvent::TaskReattached { task, incarnation: incarnation.clone() })?)
}

/// What came of a task. The first report counts, a later one is already so.
pub(crate) fn report(
    deciding: &mut Deciding<'_>,
    task: TaskId,
    engine: &EngineId,
    report: &Report,
) -> Result<(), ReleaseRefusal> {
    let Some((claim, stop)) = running_task(deciding, task)? else {
        return if has_ended(deciding, task)? {
            Ok(())
        } else {
            Err(ReleaseRefusal::TaskNotRunning { task })
        };
    };
    if claim.engine != *engine {
        return Err(ReleaseRefusal::ClaimedByAnother { task, engine: claim.engine });
    }
    let (result, message) = match stop.map(|stop| stop.because) {
        Some(StopReason::TimedOut) if report.is_lost() => report.result(),
        Some(because) => (result_of_stop(because), String::new()),
        None => report.result(),
    };
    // Also of a task that failed or was stopped: a later one may have to clean up what these tell of.
    let room = deciding.deployment(task.deployment())?.room_for_outputs(task);
    let (variables, warning) = keep(&report.variables(), job_of(deciding, task.job)?, task.task, room);
    let message = warned(message, &warning);
    deciding.record(DeploymentEvent::TaskEnded { task, result, message, variables })?;
    settle(deciding, task.deployment())
}

/// D4, J7: once it was asked to stop, what it reports doesn't matter any more; only whether it has stopped, for that decides whether it may be
/// tried again.
pub(super) const fn result_of_stop(because: StopReason) -> TaskResult {
    match because {
        StopReason::Canceled => TaskResult::Canceled,
        StopReason::TimedOut | StopReason::JobTimedOut => TaskResult::TimedOut,
    }
}

/// Asks the running task to stop, unless it was asked before; it is given up after its job's cancel time-out (J1, J7).
pub(super) fn stop_task(
    deciding: &mut Deciding<'_>,
    task: TaskId,
    because: StopReason,
) -> Result<(), ReleaseRefusal> {
    if let Some((_, None)) = running_task(deciding, task)? {
        let minutes = job_of(deciding, task.job)?.cancel_timeout_minutes;
        let kill_at = after_minutes(deciding.now(), minutes);
        deciding.record(DeploymentEvent::TaskStopAsked { task, because, kill_at })?;
    }
    Ok(())
}

/// D4: what runs is asked to stop, and tasks that always run still do.
pub(super) fn cancel(
    deciding: &mut Deciding<'_>,
    id: DeploymentId,
    because: CancelReason,
) -> Result<(), ReleaseRefusal> {
    let waiting = deciding.deployment(id)?.waiting_for_agents().next().map(|(slice, ..)| slice.job);
    let minutes = waiting.map(|job| job_of(deciding, job)).transpose()?.map(|job| job.cancel_timeout_minutes);
    let waits_until = minutes.map(|minutes| after_minutes(deciding.now(), minutes));
    deciding.record(DeploymentEvent::CancelAsked { deployment: id, because, waits_until })?;
    let open: Vec<TaskId> = deciding.deployment(id)?.open_tasks().map(|(task, _)| task).collect();
    for task in open {
        waiting::stop(deciding, task, StopReason::Canceled)?;
    }
    settle(deciding, id)
}

/// J4: before retry n there is a pause of 2^(n-1) seconds, at most a minute.
fn after_pause(from: Timestamp, retry: u32) -> Timestamp {
    let doubled = 1_u32.checked_shl(retry.saturating_sub(1)).unwrap_or(u32::MAX);
    later(from, TimeDelta::seconds(i64::from(doubled.min(RETRY_PAUSE_SECONDS))))
}

/// Who runs the task, and whether it is asked to stop; `None` if it does not run.
fn running_task(
    deciding: &Deciding<'_>,
    task: TaskId,
) -> Result<Option<(Claim, Option<Stop>)>, ReleaseRefusal> {
    Ok(match deciding.deployment(task.deployment())?.open_task(task) {
        Some(TaskRun::Running { claim, stop, .. }) => Some((claim.clone(), *stop)),
        Some(_) | None => None,
    })
}

fn has_ended(deciding: &Deciding<'_>, task: TaskId) -> Result<bool, ReleaseRefusal> {
    let slice = deciding.deployment(task.deployment())?.slice(task.slice());
    let run = slice.and_then(|slice| slice.tasks().get(task.task as usize));
    Ok(run.is_some_and(|run| match run {
        TaskRun::Ended { .. } => task.retry <= run.retry(),
        TaskRun::Skipped(_)
        | TaskRun::Running { .. }
        | TaskRun::Waiting { .. }
        | TaskRun::Pausing { .. }
        | TaskRun::ToRetry { .. } => task.retry < run.retry(),
    }))
}

pub(super) fn job_of<'d>(deciding: &'d Deciding<'_>, id: JobId) -> Result<&'d Job, ReleaseRefusal> {
    let stage = deciding.stage(id.deployment.stage)?;
    let jobs = deciding.deployment(id.deployment)?.planned_jobs(stage);
    jobs.get(id.job as usize).ok_or_else(|| Impossible("a job that its stage does not have").into())
}

/// A runner's words with a warning behind them, which is never cut off.
fn warned(message: String, warning: &str) -> String {
    if warning.is_empty() {
        return shortened(message);
    }
    let room = crate::limits::TEXT_CHARACTERS.saturating_sub(warning.chars().count() + 2);
    let message: String = message.chars().take(room).collect();
    if message.is_empty() { warning.to_owned() } else { format!("{message}; {warning}") }
}

/// A runner's words are kept short: its log has the rest. So are those of a condition.
pub(super) fn shortened(message: String) -> String {
    match message.char_indices().nth(crate::limits::TEXT_CHARACTERS) {
        Some((end, _)) => message[..end].to_owned(),
        None => message,
    }
}

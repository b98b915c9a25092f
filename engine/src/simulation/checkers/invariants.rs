use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{Deployment, DeploymentEvent, End, Phase, SliceRun, TaskRun};
use cutover::store::{RecordedCommit, RecordedEvent};
use cutover::transaction::World;
use cutover::{
    DeploymentId, Event, Locks, Moment, PipelineStatus, Pool, PoolId, QueueId, QueuingPolicy, Release,
    ReleaseEvent, SliceId, StageQueue, Subject, Waiting, Work, limits,
};

use super::{Checker, Seen};

type Verdict = Result<(), String>;

/// What holds after every commit, whatever was asked and whatever the pipelines are: I1, I3, I4, I5, I12, I13, I14, J11, Q8, and that no
/// commit is earlier than what it follows (Time).
///
/// They are those invariants of RULES.md that can be told from the log of any store. It keeps of the past only which deployments are over.
#[derive(Debug, Clone, Default)]
pub struct Invariants {
    over: BTreeMap<DeploymentId, End>,
}

impl Invariants {
    /// Before anything is recorded.
    pub fn new() -> Self {
        Self::default()
    }

    /// I13: a deployment that is over never changes again.
    fn i13_what_is_over_stays(&mut self, seen: &Seen) -> Verdict {
        for happening in &seen.events {
            let Event::Release(ReleaseEvent::Deployment(event)) = &happening.event else { continue };
            let id = event.deployment();
            let before = self.over.get(&id);
            ensure!(before.is_none(), "I13: {event:?} after {id} was over: {before:?}");
            if let DeploymentEvent::Over { end, .. } = event {
                self.over.insert(id, end.clone());
            }
        }
        Ok(())
    }
}

impl Checker for Invariants {
    fn recorded(&mut self, seen: &Seen, world: &World) -> Verdict {
        let time = seen.commit.header.time;
        let newest = seen.newest_before;
        ensure!(newest.is_none_or(|newest| newest <= time), "Time: a commit at {time} follows {newest:?}");
        self.i13_what_is_over_stays(seen)?;
        check(world, touched(seen, world).iter(), &seen.commit)
    }
}

/// Whether the invariants of the state hold in all of `world`, just after `last` was recorded.
///
/// # Errors
/// What does not hold, with its number.
pub fn invariants_hold(world: &World, last: &RecordedCommit) -> Verdict {
    check(world, world.iter().map(|folded| folded.subject()), last)
}

/// Whatever the commit wrote to, and what stands in it: the queues of its releases, and the releases in its queues.
fn touched(seen: &Seen, world: &World) -> BTreeSet<Subject> {
    let mut touched: BTreeSet<_> = seen.events.iter().map(|happening| happening.subject.clone()).collect();
    let mut related = vec![Subject::Locks];
    for happening in &seen.events {
        let Some(state) = world.get(&happening.subject).map(|folded| folded.state()) else { continue };
        if let (Event::Release(ReleaseEvent::Deployment(event)), Some(release)) =
            (&happening.event, state.as_release())
        {
            let id = event.deployment();
            let queue = release.about().map(|about| QueueId { pipeline: about.pipeline, stage: id.stage });
            related.extend(queue.map(Subject::Queue));
            let waiting = release.going_on().flat_map(Deployment::waiting_for_agents);
            related.extend(waiting.map(|(_, _, pool, _)| Subject::Pool(pool.clone())));
        }
        if let Some(queue) = state.as_queue() {
            let known = queue.holders().chain(queue.waiting());
            related.extend(known.map(|(deployment, _)| Subject::Release(deployment.release)));
        }
    }
    touched.extend(related);
    touched
}

fn check<'s>(
    world: &'s World,
    subjects: impl Iterator<Item = &'s Subject>,
    last: &RecordedCommit,
) -> Verdict {
    of_gates(last)?;
    for folded in subjects.filter_map(|subject| world.get(subject)) {
        let state = folded.state();
        if let (Subject::Queue(id), Some(queue)) = (folded.subject(), state.as_queue()) {
            of_queue(world, *id, queue, last)?;
        }
        if let Some(locks) = state.as_locks() {
            of_locks(world, locks)?;
        }
        if let (Subject::Pool(id), Some(pool)) = (folded.subject(), state.as_pool()) {
            of_pool(world, id, pool, last)?;
        }
        if let Some(release) = state.as_release() {
            of_release(world, release)?;
        }
    }
    Ok(())
}

/// I12: gates pass only in the commit of a sample in which all of them succeed.
fn of_gates(last: &RecordedCommit) -> Verdict {
    for (place, event) in last.events.iter().enumerate().filter(|(_, event)| event.name == "gates.passed") {
        let before = place.checked_sub(1).and_then(|before| last.events.get(before));
        let before = before.filter(|it| it.stream == event.stream && it.name == "gates.sampled");
        let sample = before.ok_or("I12: gates pass without a sample")?.payload.to_string();
        let fails = sample.contains("failed") || sample.contains("no-answer");
        ensure!(!fails && sample.contains("steady_from"), "I12: gates pass with {sample}");
    }
    Ok(())
}

fn of_queue(world: &World, id: QueueId, queue: &StageQueue, last: &RecordedCommit) -> Verdict {
    let stream = Subject::Queue(id).stream();
    let recorded =
        |name: &str| last.events.iter().filter(|event| event.stream == stream && event.name == name).count();
    let granted = recorded("queue.slot-granted");
    let fanned_out = granted + recorded("queue.superseded");
    if let QueuingPolicy::AtMost { deployments, waiting } = queue.policy() {
        let is_within =
            u64::try_from(queue.holders().len()).is_ok_and(|held| held <= deployments.get().into());
        ensure!(granted == 0 || is_within, "I1: more than {deployments} hold a slot of {id:?}");
        if waiting == Waiting::OnlyLatest && !queue.has_pending_work() {
            ensure!(queue.waiting().len() <= 1, "I3: more than one waits for {id:?}");
        }
    }
    // Q5: what one commit can't hold is pending; until then nothing that could be granted is left waiting.
    let is_removed = queue.removed_by().is_some();
    ensure!(
        !queue.has_pending_work() || is_removed || fanned_out >= limits::FAN_OUT,
        "I5: {id:?} has a free slot and somebody who waits"
    );
    let deployment = |id: DeploymentId| -> Option<&Deployment> {
        let folded = world.get(&Subject::Release(id.release))?;
        folded.state().as_release()?.deployment(id)
    };
    for (holder, _) in queue.holders() {
        let is_over_or_waits = deployment(holder)
            .is_some_and(|it| matches!(it.phase, Phase::Over { .. } | Phase::Queued { .. }));
        ensure!(!is_over_or_waits, "I4: {holder} holds a slot and should not");
    }
    for (waiting, _) in queue.waiting() {
        let does_not_wait = deployment(waiting).is_some_and(|it| !matches!(it.phase, Phase::Queued { .. }));
        ensure!(!does_not_wait, "I4: {waiting} is in the queue and does not wait");
    }
    Ok(())
}

/// Q8: groups are held by deployments whose jobs run, and waited for by those that wait for them.
fn of_locks(world: &World, locks: &Locks) -> Verdict {
    let deployment = |id: DeploymentId| {
        let release = world.get(&Subject::Release(id.release))?.state().as_release()?;
        release.deployment(id)
    };
    for (holder, held) in locks.holders() {
        let is_to_begin =
            |it: &Deployment| matches!(it.phase, Phase::Checking { moment: Moment::Before, .. });
        // Of a pipeline that is being deleted nothing begins, also not what was just granted its groups (P6).
        let may_hold = |it: &Deployment| it.holds_locks && (it.phase.has_jobs() || is_to_begin(it));
        let may_hold = deployment(holder).is_some_and(|it| may_hold(it) && it.lock_groups == held.groups);
        ensure!(may_hold, "Q8: {holder} holds lock groups and should not: {held:?}");
    }
    for wanted in locks.waiting() {
        let waits = deployment(wanted.deployment).is_some_and(|it| matches!(it.phase, Phase::Locking { .. }));
        ensure!(waits, "Q8: {} does not wait: {wanted:?}", wanted.deployment);
    }
    Ok(())
}

/// J11: each agent runs one slice, which goes on and says the same, and who waits does wait. No agent is free for whom somebody waits,
/// but for what one commit can't grant.
fn of_pool(world: &World, id: &PoolId, pool: &Pool, last: &RecordedCommit) -> Verdict {
    let slice = |id: SliceId| {
        let release = world.get(&Subject::Release(id.deployment().release))?.state().as_release()?;
        release.deployment(id.deployment())?.slice(id)
    };
    for (agent, known) in pool.agents() {
        let runs = known.runs.map(|runs| runs.slice);
        let expected = pool.running().find(|(_, on)| *on == agent).map(|(slice, _)| slice);
        ensure!(runs == expected, "J11: agent {agent} runs {runs:?}, not {expected:?}");
    }
    for (running, agent) in pool.running() {
        let is_so = |run: &SliceRun| {
            let granted = run.agent.as_ref();
            run.is_running() && granted.is_some_and(|it| it.pool == *id && it.agent == *agent)
        };
        ensure!(slice(running).is_some_and(is_so), "J11: {running} has agent {agent} and should not");
    }
    for wanted in pool.waiting() {
        let waits = slice(wanted.slice).is_some_and(SliceRun::is_queued);
        ensure!(waits, "J11: {} is in pool {id} and does not wait", wanted.slice);
    }
    let stream = Subject::Pool(id.clone()).stream();
    let is_grant = |event: &&RecordedEvent| event.stream == stream && event.name == "pool.granted";
    let in_pool = last.events.iter().filter(|event| event.stream == stream);
    let granted = in_pool.clone().filter(is_grant).count();
    // Whoever asks, or gives one back, is answered at once.
    let causes = (in_pool.count() - granted).max(1);
    ensure!(granted <= causes * limits::FAN_OUT, "J11: {granted} agents are granted for {causes} reasons");
    let is_more = pool.has_pending_work();
    ensure!(
        !is_more || granted >= limits::FAN_OUT || granted == 0,
        "J11: an agent of {id} is free for somebody who waits"
    );
    Ok(())
}

fn waits_in_pool(world: &World, waiting: SliceId, id: &PoolId) -> bool {
    let pool = world.get(&Subject::Pool(id.clone())).and_then(|folded| folded.state().as_pool());
    pool.is_some_and(|pool| pool.wanted_by(waiting).is_some())
}

fn locks(world: &World) -> Option<&Locks> {
    world.get(&Subject::Locks)?.state().as_locks()
}

/// J4: its task is to be tried again, later.
fn pauses(deployment: &Deployment) -> bool {
    deployment.open_tasks().any(|(_, task)| matches!(task, TaskRun::Pausing { .. }))
}

/// I14: whatever is not over waits for a slot, for a person, for a task, for the engine, or for the end of a pause or a delay.
fn of_release(world: &World, release: &Release) -> Verdict {
    let Some(about) = release.about() else { return Ok(()) };
    let snapshot = world.get(&Subject::Snapshot(about.snapshot));
    let definition = snapshot.and_then(|it| it.state().as_snapshot()?.definition());
    let definition = definition.ok_or_else(|| format!("I9: release {} without a snapshot", about.id))?;
    let working: BTreeSet<_> = release
        .work(definition)
        .into_iter()
        .map(|work| match work {
            Work::Run(task) | Work::Watch { task, .. } => task.deployment(),
            Work::Settle(deployment) | Work::Sample(deployment, _) => deployment,
        })
        .collect();
    // What goes on of a pipeline that is being deleted waits for an engine to cancel it (P6).
    let status = world.get(&Subject::PipelineStatus(about.pipeline));
    if status.and_then(|it| it.state().as_pipeline_status()).is_some_and(PipelineStatus::is_deleting) {
        return Ok(());
    }
    for deployment in release.going_on() {
        let id = deployment.id;
        let goes_on = match deployment.phase {
            Phase::Queued { .. } => {
                let queue = Subject::Queue(QueueId { pipeline: about.pipeline, stage: id.stage });
                let queue = world.get(&queue).and_then(|folded| folded.state().as_queue());
                queue.is_some_and(|queue| queue.position_of(id).is_some())
            }
            Phase::Checking { .. } => {
                deployment.open_approvals().next().is_some() || deployment.sampling_gates().is_some()
            }
            Phase::Scheduled { .. } | Phase::Deferred { .. } => release.deadline().is_some(),
            Phase::Running { .. } | Phase::Cancelling { .. } => {
                let waits = pauses(deployment) || deployment.waiting_tasks().next().is_some();
                let mut for_agents = deployment.waiting_for_agents().peekable();
                let for_agent = for_agents.peek().is_some()
                    && for_agents.all(|(slice, _, pool, _)| waits_in_pool(world, slice, pool));
                working.contains(&id) || for_agent || waits && release.deadline().is_some()
            }
            Phase::Frozen { ref holds, .. } => !holds.is_empty(),
            Phase::Locking { .. } => locks(world).is_some_and(|locks| locks.wanted_by(id).is_some()),
            Phase::Over { .. } => true,
        };
        ensure!(goes_on, "I14: {id} waits for nothing: {:?}", deployment.phase);
    }
    Ok(())
}

//! One release: what should be going on for it, against what is going on here.

use std::collections::BTreeSet;
use std::sync::Arc;

use cutover::deployment::{Claim, Deployment, Report, TaskRun};
use cutover::gate::{Taken as SampleTaken, Unrecorded};
use cutover::store::Sequence;
use cutover::{
    DeploymentId, IncarnationId, Moment, PipelineDefinition, Release, ReleaseCommand, ReleaseId, Subject,
    TaskId, Timestamp, Work,
};

use super::own::{IN_VAIN, Taken};
use super::sweeping::spawn_kill;
use super::tasks::Life;
use super::watch::{Start, spawn_search, spawn_task};
use crate::engine::Inner;
use crate::{EngineError, Found, ReleaseAt, Urgency, limits};

/// Whether a task waits only since as many run as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    Wanted,
}

/// What is to be done so that what goes on is what should.
#[derive(Debug)]
enum Step {
    Claim(TaskId),
    /// It was claimed by this life of the engine, and certainly never began.
    Begin(TaskId),
    Search(TaskId),
    /// An earlier life of the engine claimed it: it is this one's from now on.
    TakeUp(TaskId, IncarnationId, Start),
    Report(TaskId, Report),
    /// Its runner could not say in time what became of it.
    GiveUp(TaskId, String),
    Settle(DeploymentId),
    Sample(DeploymentId, Moment, Timestamp, SampleTaken),
    CatchUp(DeploymentId, Moment, Timestamp, Unrecorded),
}

impl Inner {
    /// Makes what goes on for a release what should. One at a time for each release.
    pub(super) async fn reconcile(
        self: &Arc<Self>,
        id: ReleaseId,
        at_least: Sequence,
    ) -> Result<Room, EngineError> {
        let mut in_vain = 0;
        while in_vain < limits::IN_VAIN {
            let mut at = self.release_at_least(id, at_least).await?;
            // What is in memory may be older than a claim of this engine's: nothing that runs is ended on the strength of that.
            if self.tasks.of(id).iter().any(|(task, _)| !self.is_claimed(at.release(), *task)) {
                at = self.newest_release(id).await?;
            }
            self.note_deadline(&at);
            let (steps, room) = self.compare(at.release(), at.definition());
            if steps.is_empty() {
                self.clear_trouble(id, at.release());
                return Ok(room);
            }
            for step in steps {
                match self.take_step(&at, step).await? {
                    Taken::Yes => in_vain = 0,
                    Taken::Idle | Taken::Refused => in_vain += 1,
                }
            }
        }
        tracing::warn!(release = %id, "nothing comes of the engine's commands: it looks again after a while");
        self.troubles.note_in_vain(&Subject::Release(id), self.now(), IN_VAIN);
        Ok(Room::Enough)
    }

    /// Nothing is left to be done here. Of a deadline that is due, and of freezes that are others, nothing may have come all the same.
    fn clear_trouble(&self, id: ReleaseId, release: &Release) {
        let about = Subject::Release(id);
        if !self.troubles.includes(&about) {
            return;
        }
        let is_due = release.deadline().is_some_and(|(due, _)| due <= self.now());
        if !is_due && self.views.frozen().iter().all(|frozen| frozen.release != id) {
            self.troubles.clear(&about);
        }
    }

    /// What is to be done. Tells tasks to stop that should, and forgets those that are no longer wanted.
    fn compare(self: &Arc<Self>, release: &Release, definition: &PipelineDefinition) -> (Vec<Step>, Room) {
        let is_stopping = self.drive_state.stop_by().is_some();
        let mut steps = Vec::new();
        let (mut watched, mut sampled) = (BTreeSet::new(), BTreeSet::new());
        let mut room = Room::Enough;
        for work in release.work(definition) {
            match work {
                Work::Run(_) if is_stopping => {}
                Work::Run(task) if self.tasks.places_left(self.tasks_at_once) > 0 => {
                    steps.push(Step::Claim(task));
                }
                Work::Run(_) => room = Room::Wanted,
                Work::Watch { task, claim, stop } if claim.engine == self.name => {
                    watched.insert(task);
                    let step = self.watch(task, &claim, stop.is_some());
                    let begins = matches!(step, Some(Step::Begin(_) | Step::Search(_) | Step::TakeUp(..)));
                    steps.extend(step.filter(|_| !(begins && is_stopping)));
                }
                Work::Watch { .. } => {}
                Work::Settle(deployment) => steps.push(Step::Settle(deployment)),
                Work::Sample(id, moment) => {
                    sampled.insert((id, moment));
                    steps.extend(self.gates(release, definition, id, moment, is_stopping));
                }
            }
        }
        if let Some(about) = release.about() {
            self.forget_others(about.id, &watched);
            self.samplings.keep(about.id, &sampled);
            let is_over = |id| release.deployment(id).is_some_and(Deployment::is_over);
            self.declarations.forget(about.id, is_over);
        }
        (steps, room)
    }

    /// What is to be done about gates. An engine that stops says what it has counted, and takes no more samples (G8).
    fn gates(
        self: &Arc<Self>,
        release: &Release,
        definition: &PipelineDefinition,
        id: DeploymentId,
        moment: Moment,
        is_stopping: bool,
    ) -> Option<Step> {
        let (_, run) = release.deployment(id)?.sampling_gates()?;
        if is_stopping {
            let counted = self.samplings.stop((id, moment), run, self.now())?;
            return Some(Step::CatchUp(id, moment, run.begun_at(), counted));
        }
        let taken = self.sample(release, definition, (id, moment), run)?;
        Some(Step::Sample(id, moment, run.begun_at(), taken))
    }

    /// What is to be done about a task that was claimed in this engine's name.
    fn watch(&self, task: TaskId, claim: &Claim, is_to_stop: bool) -> Option<Step> {
        let life = self.tasks.get(task);
        let is_ours = claim.incarnation == self.incarnation;
        if !is_ours && !self.inherited.includes(task, claim) {
            self.inherited.note_namesake(task, claim);
            // What runs here goes on, and whoever reports first counts.
            if !matches!(life, Some(Life::Running { .. } | Life::Ended(_))) {
                self.tasks.remove(task);
                return None;
            }
        }
        let never_began = |step| {
            if is_to_stop {
                let message = "it was stopped before it began".to_owned();
                Step::Report(task, Report::Failed { message })
            } else {
                step
            }
        };
        let take_up = |start| Step::TakeUp(task, claim.incarnation.clone(), start);
        match life {
            // Within one incarnation what was begun is known, so that this never was.
            None if is_ours => Some(never_began(Step::Begin(task))),
            None | Some(Life::Unanswered { again_at: None, searches: ..limits::SEARCHES, .. }) => {
                Some(Step::Search(task))
            }
            Some(Life::Claiming | Life::Asked { .. } | Life::Unanswered { again_at: Some(_), .. }) => None,
            Some(
                Life::Unanswered { again_at: None, message, .. } | Life::Answered(Found::NotNow { message }),
            ) => Some(Step::GiveUp(task, message)),
            Some(Life::Answered(Found::Begun | Found::Ended)) => Some(take_up(Start::Resume)),
            Some(Life::Answered(Found::NeverBegan)) => Some(never_began(take_up(Start::Run))),
            Some(Life::Answered(Found::Lost { message })) => {
                Some(Step::Report(task, Report::Lost { message }))
            }
            Some(Life::Running { stop, .. }) => {
                if is_to_stop {
                    stop.stop(Urgency::Gently);
                }
                None
            }
            Some(Life::Ended(report)) => Some(Step::Report(task, report)),
        }
    }

    /// Whether the task runs in this engine's name.
    fn is_claimed(&self, release: &Release, task: TaskId) -> bool {
        let run = release.deployment(task.deployment()).and_then(|deployment| deployment.open_task(task));
        matches!(run, Some(TaskRun::Running { claim, .. }) if claim.engine == self.name)
    }

    /// Tasks that run here and should not: they were given up, or are over.
    fn forget_others(self: &Arc<Self>, release: ReleaseId, watched: &BTreeSet<TaskId>) {
        for (task, life) in self.tasks.of(release) {
            if watched.contains(&task) {
                continue;
            }
            self.tasks.remove(task);
            match life {
                Life::Running { stop, .. } => {
                    tracing::warn!(%task, "the task is not wanted any more: it is told to stop at once");
                    stop.stop(Urgency::AtOnce);
                }
                // It may run, and nobody watches it yet.
                Life::Asked { .. } | Life::Unanswered { .. } | Life::Answered(Found::Begun) => {
                    spawn_kill(self, task);
                }
                Life::Claiming | Life::Answered(_) | Life::Ended(_) => {}
            }
        }
    }

    async fn take_step(self: &Arc<Self>, at: &ReleaseAt, step: Step) -> Result<Taken, EngineError> {
        match step {
            Step::Claim(task) => {
                let Some(_place) = self.tasks.take_place(task, self.tasks_at_once) else {
                    return Ok(Taken::Yes);
                };
                let claim = Claim { engine: self.name.clone(), incarnation: self.incarnation.clone() };
                let taken =
                    self.own(task.deployment().release, ReleaseCommand::ClaimTask { task, claim }).await?;
                // If this is dropped from here on, the claim is one that never began: the next look begins it.
                if taken == Taken::Yes {
                    self.begin(task, Start::Run).await?;
                }
                Ok(taken)
            }
            Step::Begin(task) => self.begin(task, Start::Run).await,
            Step::Search(task) => match self.order(at, task, Start::Resume).await? {
                Ok(order) => {
                    spawn_search(self, order.task);
                    Ok(Taken::Yes)
                }
                Err(error) => {
                    self.findings.lost(task);
                    self.report(task, Report::Lost { message: error.to_string() }).await
                }
            },
            Step::TakeUp(task, from, start) => self.take_up(task, from, start).await,
            Step::GiveUp(task, message) => {
                // Whoever tries it again must not run it twice at once.
                spawn_kill(self, task);
                self.findings.lost(task);
                self.report(task, Report::Lost { message }).await
            }
            Step::Report(task, report) => {
                if matches!(self.tasks.get(task), Some(Life::Answered(_))) {
                    self.findings.lost(task);
                }
                self.report(task, report).await
            }
            Step::Sample(deployment, moment, begun_at, taken) => {
                let command = ReleaseCommand::SampleGates { deployment, moment, begun_at, taken };
                self.own(deployment.release, command).await
            }
            Step::CatchUp(deployment, moment, begun_at, counted) => {
                let command = ReleaseCommand::CatchUpGates { deployment, moment, begun_at, counted };
                self.own(deployment.release, command).await
            }
            Step::Settle(deployment) => {
                self.own(deployment.release, ReleaseCommand::Settle(deployment)).await
            }
        }
    }

    /// Hands the task to its runner, by what its release is after the claim: what was edited before that counts (R7). Reports it as failed
    /// if there is nothing that it could be told.
    pub(super) async fn begin(self: &Arc<Self>, task: TaskId, start: Start) -> Result<Taken, EngineError> {
        let at = self.newest_release(task.deployment().release).await?;
        if !self.is_to_begin(at.release(), task, start) {
            return Ok(Taken::Idle);
        }
        match self.order(&at, task, start).await? {
            Ok(order) => {
                spawn_task(self, order, start);
                Ok(Taken::Yes)
            }
            Err(error) => self.report(task, Report::Failed { message: error.to_string() }).await,
        }
    }

    /// Whether it is still this engine's task; it may have been given up since, or asked to stop before it began.
    fn is_to_begin(&self, release: &Release, task: TaskId, start: Start) -> bool {
        let run = release.deployment(task.deployment()).and_then(|deployment| deployment.open_task(task));
        match (run, start) {
            (Some(TaskRun::Running { claim, stop, .. }), Start::Run) => {
                claim.engine == self.name && claim.incarnation == self.incarnation && stop.is_none()
            }
            (Some(TaskRun::Running { claim, .. }), Start::Resume) => claim.engine == self.name,
            (Some(_) | None, Start::Run | Start::Resume) => false,
        }
    }

    /// Makes it this life's, before anything of it is begun here: of several engines that asked what became of it, only one goes on.
    async fn take_up(
        self: &Arc<Self>,
        task: TaskId,
        from: IncarnationId,
        start: Start,
    ) -> Result<Taken, EngineError> {
        let command = ReleaseCommand::ReattachTask {
            task,
            engine: self.name.clone(),
            incarnation: self.incarnation.clone(),
            from: Some(from),
        };
        let taken = self.own(task.deployment().release, command).await?;
        if taken != Taken::Refused {
            match start {
                Start::Run => self.findings.begun(task),
                Start::Resume => self.findings.reattached(task),
            }
            self.begin(task, start).await?;
        }
        Ok(taken)
    }

    pub(super) async fn report(&self, task: TaskId, report: Report) -> Result<Taken, EngineError> {
        // What did not run here has a log that nobody has ended.
        if !matches!(self.tasks.get(task), Some(Life::Ended(_))) {
            self.end_log(task);
        }
        let command = ReleaseCommand::ReportTask { task, engine: self.name.clone(), report };
        let taken = self.own(task.deployment().release, command).await?;
        // Kept until it is recorded, so that the report is given again if this is dropped on its way.
        if taken != Taken::Refused {
            self.tasks.remove(task);
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use cutover::{Actor, NewRelease, Stage, StageId, Task};
    use cutover_store_memory::MemoryStore;
    use futures::executor::block_on;

    use super::*;
    use crate::submit::Size;
    use crate::{Engine, StopHandle};

    /// Story: what was in memory of a release was older than a claim of this engine's, after a read that took its time. What ran was told to
    /// stop at once, forgotten, and given to its runner a second time.
    #[test]
    fn nothing_that_runs_is_ended_on_the_strength_of_an_older_state() {
        block_on(async {
            let engine = Engine::builder(MemoryStore::new()).build().await.unwrap();
            let ann = Actor::user("ann").unwrap();
            let stage = Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("ok"));
            let pipeline = PipelineDefinition::new("Shop").with_stage(stage);
            let pipeline = engine.create_pipeline(&ann, pipeline).await.unwrap();
            let id = engine.create_release(&ann, pipeline, NewRelease::default()).await.unwrap();
            let (inner, subject) = (&engine.0, Subject::Release(id));
            let old = inner.newest(&subject).await.unwrap();

            let task: TaskId = format!("{id}/1#1.0.0").parse().unwrap();
            let claim = Claim { engine: inner.name.clone(), incarnation: inner.incarnation.clone() };
            let taken = inner.own(id, ReleaseCommand::ClaimTask { task, claim }).await.unwrap();
            assert_eq!(taken, Taken::Yes);
            let stop = StopHandle::new();
            inner.tasks.set(task, Life::Running { since: inner.now(), stop: stop.clone() });
            inner.cache.evict(&subject);
            inner.cache.put(old, Size::default());

            inner.reconcile(id, Sequence::NONE).await.unwrap();
            assert_eq!(stop.signal().urgency(), None);
            assert!(matches!(inner.tasks.get(task), Some(Life::Running { .. })));
        });
    }
}

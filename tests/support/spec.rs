//! What a scenario has at hand: a driver of its own store, the pipelines that it edits, and what its names stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover::deployment::{Deployment, JobRun, SliceRun};
use cutover::transaction::{Command, Refusal};
use cutover::{
    Actor, Event, JobId, NewRelease, PipelineCommand, PipelineDefinition, PipelineEvent, PipelineId, QueueId,
    Release, ReleaseCommand, ReleaseId, SliceId, Stage, StageId, Subject, TaskId,
};

use cutover_engine::MemorySecrets;

use super::driver::{Driver, Open, Outcome};
use super::{notifications, what_if, words};

/// A pipeline as an editor has it before him.
#[derive(Debug)]
pub struct Editor {
    pub id: PipelineId,
    /// Not saved before `saves`.
    pub definition: PipelineDefinition,
    /// How often it was saved.
    pub saves: u32,
}

/// A scenario under way.
#[derive(Debug, Default, cucumber::World)]
pub struct Spec {
    driver: Option<Driver>,
    pub pipelines: BTreeMap<String, Editor>,
    /// The pipeline that steps speak of: the one that was named last.
    pub current: String,
    /// The releases by what the scenario calls them.
    pub releases: BTreeMap<String, ReleaseId>,
    /// What came of the last command.
    pub outcome: Option<Result<Outcome, Refusal>>,
    /// Whether a refusal was expected.
    pub refusal_was_expected: bool,
    /// Where the host keeps secrets (V4).
    pub secrets: MemorySecrets,
}

impl Spec {
    /// Gives the scenario its store.
    pub fn begin(&mut self, open: Open) {
        self.driver = Some(Driver::new(open));
    }

    /// At the end: nothing was refused unnoticed, all that was recorded can be read again (I15), and told (E4), and replayed under the
    /// same policies it is the same.
    pub async fn finish(&mut self) {
        self.expect_no_refusal();
        self.driver().is_down = true;
        self.driver().restart().await;
        notifications::check(self.seen());
        what_if::check(self.seen());
    }

    pub fn driver(&mut self) -> &mut Driver {
        self.driver.as_mut().expect("the scenario has begun")
    }

    pub fn seen(&self) -> &Driver {
        self.driver.as_ref().expect("the scenario has begun")
    }

    pub fn editor(&mut self) -> &mut Editor {
        let name = self.current.clone();
        self.pipelines.get_mut(&name).expect("a pipeline was named")
    }

    /// A stage of the pipeline that is edited.
    pub fn edited_stage(&mut self, name: &str) -> &mut Stage {
        let stages = &mut self.editor().definition.stages;
        stages.iter_mut().find(|stage| stage.name == name).unwrap_or_else(|| panic!("no stage {name}"))
    }

    /// The pipeline is saved once before anything is asked of it.
    pub async fn save_if_new(&mut self) {
        if self.editor().saves == 0 {
            self.save("eve", None).await;
            self.expect_no_refusal();
        }
    }

    /// Creates the pipeline, or revises it against the revision that is named, or else the present one.
    pub async fn save(&mut self, who: &str, against: Option<u32>) {
        let id = self.editor().id;
        let definition = Arc::new(self.editor().definition.clone());
        let revision = self.seen().pipeline(id).and_then(|it| it.current()).map(|it| it.revision);
        let command = match revision {
            None => PipelineCommand::Create { definition },
            Some(revision) => PipelineCommand::Revise {
                against: against.unwrap_or(revision),
                definition,
                comment: String::new(),
            },
        };
        self.give(&words::actor(who), Command::Pipeline(id, command)).await;
        if matches!(self.outcome, Some(Ok(_))) {
            self.editor().saves += 1;
        }
    }

    pub fn newest_revision(&mut self) -> u32 {
        let id = self.editor().id;
        self.seen().pipeline(id).and_then(|it| it.current()).map_or(0, |it| it.revision)
    }

    /// A revision's definition as the log has it (P1).
    pub fn definition_at(&mut self, revision: u32) -> Option<Arc<PipelineDefinition>> {
        let subject = Subject::Pipeline(self.editor().id);
        let events = self.seen().log().iter().flat_map(|commit| &commit.events);
        let mut of_pipeline = events.filter(|event| event.stream == subject.stream());
        of_pipeline.find_map(|event| match Event::decode(&subject, event).expect("it was recorded") {
            Event::Pipeline(PipelineEvent::Created { definition, .. }) if revision == 1 => Some(definition),
            Event::Pipeline(PipelineEvent::Revised { revision: found, definition, .. }) => {
                (found == revision).then_some(definition)
            }
            _ => None,
        })
    }

    pub async fn restore(
        &mut self,
        who: &str,
        against: u32,
        revision: u32,
        definition: Arc<PipelineDefinition>,
        comment: String,
    ) {
        let id = self.editor().id;
        let command = PipelineCommand::Restore { against, revision, definition, comment };
        self.give(&words::actor(who), Command::Pipeline(id, command)).await;
    }

    pub async fn give(&mut self, actor: &Actor, command: Command) {
        self.expect_no_refusal();
        let outcome = self.driver().give(actor, command).await;
        self.outcome = Some(outcome);
        self.refusal_was_expected = false;
    }

    pub async fn give_release(&mut self, who: &str, release: &str, command: ReleaseCommand) {
        let id = self.release_id(release);
        self.give(&words::actor(who), Command::Release(id, command)).await;
    }

    pub async fn create_release(&mut self, who: &str, name: &str, request: NewRelease) {
        self.save_if_new().await;
        let release = self.driver().release_id().await;
        let pipeline = self.editor().id;
        self.releases.insert(name.to_owned(), release);
        let command = PipelineCommand::CreateRelease { release, request };
        self.give(&words::actor(who), Command::Pipeline(pipeline, command)).await;
    }

    /// A refusal that no step expected fails the scenario.
    pub fn expect_no_refusal(&self) {
        if let (Some(Err(refusal)), false) = (&self.outcome, self.refusal_was_expected) {
            panic!("it was refused: {refusal}");
        }
    }

    pub fn release_id(&self, name: &str) -> ReleaseId {
        *self.names().get(name).unwrap_or_else(|| panic!("no release {name} was created"))
    }

    /// The releases by their names. Those that a trigger or a schedule made, and that no step named, have the names that are free, in
    /// the order in which they were made.
    pub fn names(&self) -> BTreeMap<String, ReleaseId> {
        let mut names = self.releases.clone();
        let mut free = (1..).map(|number: u32| format!("R{number}"));
        for (id, _) in self.seen().releases() {
            if !self.releases.values().any(|named| *named == id)
                && let Some(name) = free.find(|name| !self.releases.contains_key(name))
            {
                names.insert(name, id);
            }
        }
        names
    }

    pub fn release_name(&self, id: ReleaseId) -> String {
        let name = self.names().into_iter().find(|(_, known)| *known == id);
        name.map_or_else(|| format!("release {id}"), |(name, _)| name)
    }

    pub fn release(&self, name: &str) -> &Release {
        let id = self.release_id(name);
        self.seen().release(id).unwrap_or_else(|| panic!("{name} does not exist"))
    }

    /// A stage of the definition that a release froze.
    pub fn stage_of(&self, release: &Release, name: &str) -> Stage {
        let stage = self.seen().definition_of(release).stage_named(name);
        stage.unwrap_or_else(|| panic!("the release has no stage {name}")).clone()
    }

    /// A stage by name, in the release if it exists, else in the pipeline as it is edited; 99 if nobody knows it.
    pub fn stage_id(&mut self, release: Option<&str>, name: &str) -> StageId {
        let known = release.and_then(|release| self.seen().release(*self.names().get(release)?));
        let frozen = known.and_then(|release| self.seen().definition_of(release).stage_named(name));
        if let Some(stage) = frozen {
            return stage.id;
        }
        self.editor().definition.stage_named(name).map_or(StageId(99), |stage| stage.id)
    }

    pub fn queue_id(&mut self, stage: &str) -> QueueId {
        QueueId { pipeline: self.editor().id, stage: self.stage_id(None, stage) }
    }

    /// The task that runs in a stage of a release, and its name.
    pub fn running_task(&self, release: &str, stage: &str) -> Option<(TaskId, String)> {
        let release = self.release(release);
        let stage = self.stage_of(release, stage);
        let deployment = release.latest(stage.id)?;
        let (id, _) = deployment.running_tasks().next()?;
        let job = deployment.planned_jobs(&stage).get(id.job.job as usize)?;
        Some((id, job.tasks.get(id.task as usize)?.name.clone()))
    }

    /// A task by its name, in the latest attempt at a stage of a release.
    pub fn task_id(&self, release: &str, stage: &str, name: &str) -> TaskId {
        let state = self.release(release);
        let stage = self.stage_of(state, stage);
        let latest = state.latest(stage.id).unwrap_or_else(|| panic!("{} was never deployed", stage.name));
        for (job, tasks) in (0..).zip(latest.planned_jobs(&stage).iter().map(|job| &job.tasks)) {
            if let Some((task, _)) = (0..).zip(tasks).find(|(_, task)| task.name == name) {
                let slice = SliceId { job: JobId { deployment: latest.id, job }, slice: 0 };
                return latest_try(latest, slice.task(task));
            }
        }
        panic!("{} has no task {name}", stage.name)
    }

    /// A task by its name and that of its slice, in the latest attempt at a stage of a release (J2).
    pub fn task_of_slice(&self, release: &str, stage: &str, slice: &str, name: &str) -> TaskId {
        let first = self.task_id(release, stage, name);
        let latest = self.release(release).deployment(first.deployment()).expect("it was deployed");
        let slices = latest.jobs.get(first.job.job as usize).map_or(&[][..], JobRun::slices);
        let named = |run: &SliceRun| run.slice.as_ref().is_some_and(|it| it.name == slice);
        let place = slices.iter().position(named).unwrap_or_else(|| panic!("there is no slice {slice}"));
        let slice = SliceId { slice: u32::try_from(place).expect("few slices"), ..first.slice() };
        latest_try(latest, slice.task(first.task))
    }
}

fn latest_try(deployment: &Deployment, task: TaskId) -> TaskId {
    let slice = deployment.slice(task.slice());
    let tried = slice.and_then(|slice| slice.tasks().get(task.task as usize));
    let retry = tried.map_or(0, |run| u32::try_from(run.earlier().len()).expect("few tries"));
    TaskId { retry, ..task }
}

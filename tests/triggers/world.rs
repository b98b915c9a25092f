//! Lets the core do it: transactions on a memory store, by a driver that keeps nothing but what it has read.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::DateTime;
use cutover::store::{EventStore, Position, RecordedCommit, Sequence, StoreExt};
use cutover::transaction::{self, Command, Folded, Progress, Refusal, Transaction};
use cutover::{
    Actor, ArtifactCommand, ArtifactKind, ArtifactSource, ArtifactVersion, CommandId, CommitId, Context,
    DefaultVersion, Event, PipelineCommand, PipelineDefinition, PipelineEvent, PipelineId, ReleaseId,
    ReleaseTrigger, SourceId, Stage, StageId, Subject,
};
use cutover_store_memory::MemoryStore;
use futures::TryStreamExt;
use futures::executor::block_on;

use super::Trigger;
use super::model::Made;

const PIPELINE: PipelineId = PipelineId(1);

/// Whether the driver found something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Something,
    Nothing,
}

pub struct World {
    store: MemoryStore,
    /// What the driver has in memory.
    known: transaction::World,
    numbers: u64,
    releases: u64,
    last: Option<Command>,
}

fn source(alias: &str) -> ArtifactSource {
    ArtifactSource {
        alias: alias.to_owned(),
        kind: ArtifactKind::Build,
        reference: [("definition".to_owned(), alias.to_owned())].into(),
        primary: alias == "app",
        default_version: DefaultVersion::Latest,
    }
}

fn definition(triggers: &[Trigger]) -> Arc<PipelineDefinition> {
    let mut definition =
        PipelineDefinition::new("Shop").with_stage(Stage::new(StageId(1), "Dev").after_release());
    definition.artifacts = vec![source("app"), source("lib")];
    let triggers =
        triggers.iter().map(|trigger| ReleaseTrigger { enabled: trigger.enabled, kind: trigger.kind() });
    definition.triggers = triggers.collect();
    Arc::new(definition)
}

impl World {
    pub fn new(triggers: &[Trigger]) -> Self {
        let mut world = Self {
            store: MemoryStore::new(),
            known: transaction::World::new(),
            numbers: 0,
            releases: 0,
            last: None,
        };
        let create = PipelineCommand::Create { definition: definition(triggers) };
        world.give(Command::Pipeline(PIPELINE, create)).expect("it is valid");
        world
    }

    pub fn publish(&mut self, alias: &str, version: ArtifactVersion) {
        let command = ArtifactCommand::Publish(version);
        self.give(Command::Artifact(source(alias).source(), command)).expect("it is new or the same");
    }

    pub fn tag(&mut self, version: &str, tag: &str) {
        let tags = BTreeSet::from([tag.to_owned()]);
        let command = ArtifactCommand::Tag { version: version.to_owned(), tags };
        self.give(Command::Artifact(source("app").source(), command)).expect("it was published");
    }

    pub fn revise(&mut self, triggers: &[Trigger]) {
        let against = self.pipeline().current().expect("it exists").revision;
        let definition = definition(triggers);
        let command = PipelineCommand::Revise { against, definition, comment: String::new() };
        self.give(Command::Pipeline(PIPELINE, command)).expect("it is valid");
    }

    /// One commit of whoever drives the pipeline, from what it reads.
    pub fn drive(&mut self) -> Taken {
        let app: SourceId = source("app").source();
        let feed = self.folded(&Subject::Artifact(app.clone()));
        let feed = feed.state().as_artifact_feed().expect("a feed");
        let pipeline = self.pipeline();
        let Some((publication, wanted_by)) = pipeline.next_publication(&app, feed) else {
            return Taken::Nothing;
        };
        let wants_release = wanted_by.is_some();
        let release = wants_release.then(|| {
            self.releases += 1;
            ReleaseId(self.releases)
        });
        let observe = PipelineCommand::Observe { source: app, publication, release };
        let command = Command::Pipeline(PIPELINE, observe);
        self.last = Some(command.clone());
        assert!(self.give(command).expect("it is the next one"), "an observation is recorded");
        Taken::Something
    }

    /// What is in memory is lost. The driver may not know whether its last command was carried out, and give it once more.
    pub fn crash(&mut self, repeats: bool) -> Taken {
        self.known = transaction::World::new();
        let Some(last) = self.last.clone().filter(|_| repeats) else { return Taken::Nothing };
        let before = self.releases();
        // Observed already, refused since another one is next, or since its release exists: never a second release.
        let is_recorded = self.give(last).unwrap_or(false);
        assert_eq!(self.releases(), before, "I8: a repeated observation");
        if is_recorded { Taken::Something } else { Taken::Nothing }
    }

    /// The releases that were made, in order, from what is recorded.
    pub fn releases(&self) -> Vec<Made> {
        let mut made = Vec::new();
        for event in self.pipeline_events() {
            if let PipelineEvent::ReleaseNumbered(numbered) = event {
                assert_eq!(numbered.artifacts["lib"].id, "1", "A4: the other source's default version");
                assert_eq!(numbered.triggered_by.as_deref(), Some("app"));
                made.push((numbered.reason, numbered.artifacts["app"].id.clone()));
            }
        }
        made
    }

    /// How often a trigger declined.
    pub fn declined(&self) -> usize {
        let declines = self.pipeline_events().into_iter();
        declines.filter(|event| matches!(event, PipelineEvent::TriggerDeclined { .. })).count()
    }

    /// A commit observes one publication at most, and makes one release at most.
    pub fn expect_bounded_commits(&self) {
        for commit in self.commits() {
            for name in ["pipeline.publication-observed", "pipeline.release-numbered"] {
                let count = commit.events.iter().filter(|event| event.name == name).count();
                assert!(count <= 1, "{count} times {name} in commit {}", commit.position);
            }
        }
    }

    fn commits(&self) -> Vec<RecordedCommit> {
        block_on(self.store.read_all(Position::START, usize::MAX)).expect("a memory")
    }

    fn pipeline_events(&self) -> Vec<PipelineEvent> {
        let subject = Subject::Pipeline(PIPELINE);
        let events =
            block_on(self.store.events_of(&subject.stream(), Sequence::NONE).try_collect::<Vec<_>>());
        let events = events.expect("a memory");
        let decoded = events.iter().map(|event| match Event::decode(&subject, event).expect("it is known") {
            Event::Pipeline(event) => event,
            other => panic!("{other:?} in the stream of a pipeline"),
        });
        decoded.collect()
    }

    fn pipeline(&self) -> cutover::Pipeline {
        self.folded(&Subject::Pipeline(PIPELINE)).state().as_pipeline().expect("a pipeline").clone()
    }

    /// As it is in memory, or else in the store.
    fn folded(&self, subject: &Subject) -> Arc<Folded> {
        if let Some(known) = self.known.get(subject) {
            return Arc::clone(known);
        }
        let mut folded = Folded::empty(subject.clone());
        let events =
            block_on(self.store.events_of(&subject.stream(), Sequence::NONE).try_collect::<Vec<_>>());
        for event in events.expect("a memory") {
            folded.apply(&event).expect("what was recorded folds (I15)");
        }
        Arc::new(folded)
    }

    /// Whether something was recorded.
    fn give(&mut self, command: Command) -> Result<bool, Refusal> {
        self.numbers += 1;
        let command_id = CommandId::new(format!("c{}", self.numbers)).expect("a short text");
        let commit_id = CommitId::new(format!("k{}", self.numbers)).expect("a short text");
        let context = Context::new(DateTime::UNIX_EPOCH, Actor::System, command_id, commit_id);
        let transaction = Transaction::new(command, context);
        loop {
            match transaction.advance(&self.known)? {
                Progress::Needs(subjects) => {
                    for subject in subjects {
                        let folded = self.folded(&subject);
                        self.known.insert(folded);
                    }
                }
                Progress::Ready(proposal) => {
                    block_on(self.store.commit(proposal.commit)).expect("nobody else writes");
                    proposal.states.into_iter().for_each(|state| self.known.insert(state));
                    return Ok(true);
                }
                Progress::AlreadySo | Progress::Repeated { .. } => return Ok(false),
            }
        }
    }
}

//! The whole architecture as signatures: what is decided, what is recorded, what it may be decided from.

use std::sync::Arc;

use crate::freeze::Freezes;
use crate::permission::Permissions;
use crate::transaction::State;
use crate::{
    ArtifactFeed, Context, Digest, Locks, Pipeline, PipelineDefinition, PipelineId, PipelineStatus, Pool,
    PoolId, QueueId, SourceId, StageQueue, Subject, TargetGroupId, Targets, Timestamp, VariableGroup,
    VariableGroupId,
};

/// Something that must be consistent in itself: a state machine with one stream of events.
///
/// `decide` judges and `evolve` records; what follows elsewhere stands in `transaction/react.rs`. All of it is pure: the same
/// inputs give the same events, on any machine, at any time.
pub trait Aggregate: Default + Clone {
    /// What can be asked of it.
    type Command;
    /// What can become true of it.
    type Event;
    /// Why what is asked cannot be done.
    type Refusal: std::error::Error + Send + Sync + 'static;

    /// The other subjects that deciding `command` reads; `this` is its own. The commit holds only if they still stand where they were
    /// read.
    fn needs(&self, this: &Subject, command: &Self::Command) -> Vec<Subject>;

    /// The other subjects that deciding it reads, which it knows only from what was read of the first ones: `facts` holds those.
    fn needs_further(&self, command: &Self::Command, facts: &Facts<'_>) -> Vec<Subject> {
        let _ = (command, facts);
        Vec::new()
    }

    /// What follows from `command`. An empty list means "already so". Never panics.
    ///
    /// # Errors
    /// Why it is refused; nothing is recorded then.
    fn decide(
        &self,
        command: &Self::Command,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Folds an event that was recorded `at` that time. Judges nothing, and reads nothing that the event does not carry.
    ///
    /// # Errors
    /// [`Impossible`] for an event that no decision could have made from this state: the stream is damaged.
    fn evolve(&mut self, event: &Self::Event, at: Timestamp) -> Result<(), Impossible>;

    /// Whether what was decided by it, and recorded nothing in it, holds only while it stands where it was read. What was asked of itself, and
    /// found nothing to record, always does.
    fn is_guarded(&self) -> bool {
        true
    }

    /// The command by which the earliest deadline that has passed at `now` is decided, if there is one. It is decided before
    /// any other command.
    fn due(&self, now: Timestamp) -> Option<Self::Command> {
        let _ = now;
        None
    }
}

/// An event that cannot follow from the state that it was folded into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an impossible event: {0}")]
pub struct Impossible(pub &'static str);

/// What a decision reads of other aggregates without writing to them.
#[derive(Debug, Default)]
pub struct Facts<'a> {
    this: Option<&'a Subject>,
    /// Mostly a few: looking through them is faster than a map.
    states: Vec<(&'a Subject, &'a State)>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(this: &'a Subject, states: impl IntoIterator<Item = (&'a Subject, &'a State)>) -> Self {
        Self { this: Some(this), states: states.into_iter().collect() }
    }

    /// The aggregate that decides.
    pub const fn this(&self) -> Option<&'a Subject> {
        self.this
    }

    fn get(&self, subject: &Subject) -> Option<&'a State> {
        self.states.iter().find(|(known, _)| *known == subject).map(|(_, state)| *state)
    }

    /// The definition that was frozen under this digest, if it was.
    pub fn snapshot(&self, digest: Digest) -> Option<&'a Arc<PipelineDefinition>> {
        self.get(&Subject::Snapshot(digest))?.as_snapshot()?.definition()
    }

    /// The freezes of the store.
    pub fn freezes(&self) -> Option<&'a Freezes> {
        self.get(&Subject::Freezes)?.as_freezes()
    }

    /// The permissions of the store.
    pub fn permissions(&self) -> Option<&'a Permissions> {
        self.get(&Subject::Permissions)?.as_permissions()
    }

    /// A pipeline.
    pub fn pipeline(&self, id: PipelineId) -> Option<&'a Pipeline> {
        self.get(&Subject::Pipeline(id))?.as_pipeline()
    }

    /// The versions of an artifact source.
    pub fn artifact_feed(&self, source: &SourceId) -> Option<&'a ArtifactFeed> {
        self.get(&Subject::Artifact(source.clone()))?.as_artifact_feed()
    }

    /// A variable group.
    pub fn variable_group(&self, id: &VariableGroupId) -> Option<&'a VariableGroup> {
        self.get(&Subject::VariableGroup(id.clone()))?.as_variable_group()
    }

    /// Whether the pipeline is active that decides.
    pub fn this_pipelines_status(&self) -> Option<&'a PipelineStatus> {
        match self.this() {
            Some(Subject::Pipeline(id) | Subject::PipelineStatus(id)) => self.pipeline_status(*id),
            _ => None,
        }
    }

    /// Whether a pipeline is active.
    pub fn pipeline_status(&self, id: PipelineId) -> Option<&'a PipelineStatus> {
        self.get(&Subject::PipelineStatus(id))?.as_pipeline_status()
    }

    /// The lock groups of the store.
    pub fn locks(&self) -> Option<&'a Locks> {
        self.get(&Subject::Locks)?.as_locks()
    }

    /// A pool of agents.
    pub fn pool(&self, id: &PoolId) -> Option<&'a Pool> {
        self.get(&Subject::Pool(id.clone()))?.as_pool()
    }

    /// A deployment group.
    pub fn targets(&self, id: &TargetGroupId) -> Option<&'a Targets> {
        self.get(&Subject::Targets(id.clone()))?.as_targets()
    }

    /// A stage's queue.
    pub fn queue(&self, id: QueueId) -> Option<&'a StageQueue> {
        self.get(&Subject::Queue(id))?.as_queue()
    }
}

/// A decision in the making: what was recorded so far is already folded, so that the next rule judges the state as it then is.
#[derive(Debug)]
pub(crate) struct Decision<A: Aggregate> {
    state: A,
    events: Vec<A::Event>,
    at: Timestamp,
}

impl<A: Aggregate> Decision<A> {
    pub(crate) fn from(state: &A, at: Timestamp) -> Self {
        Self { state: state.clone(), events: Vec::new(), at }
    }

    /// Adds what was decided.
    pub(crate) fn record(&mut self, event: impl Into<A::Event>) -> Result<(), Impossible> {
        let event = event.into();
        self.state.evolve(&event, self.at)?;
        self.events.push(event);
        Ok(())
    }

    /// The state with everything that was decided so far.
    pub(crate) const fn state(&self) -> &A {
        &self.state
    }

    /// What was decided so far.
    pub(crate) fn events(&self) -> &[A::Event] {
        &self.events
    }

    pub(crate) const fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn into_events(self) -> Vec<A::Event> {
        self.events
    }
}

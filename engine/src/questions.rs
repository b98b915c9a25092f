//! What is so, and what was.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use cutover::deployment::Deployment;
use cutover::store::{CommitHeader, EventStore, Position, RecordedCommit, RecordedEvent, Sequence, StoreExt};
use cutover::transaction::{Folded, Happening};
use cutover::{
    ArtifactFeed, Digest, Explanation, Locks, Pipeline, PipelineDefinition, PipelineId, PipelineStatus, Pool,
    PoolId, QueueId, Release, ReleaseId, ReleaseRefusal, SourceId, StageId, StageQueue, Subject,
    Surroundings, TargetGroupId, Targets, Timestamp, VariableGroup, VariableGroupId, Warning, explain,
    warnings,
};
use futures::TryStreamExt;
use futures::stream::{BoxStream, StreamExt, unfold};

use crate::decode::happening;
use crate::engine::Inner;
use crate::{Engine, EngineError};

/// A release as it stood after one of its events, with the definition that it froze.
#[derive(Debug, Clone)]
pub struct ReleaseAt {
    folded: Arc<Folded>,
    definition: Arc<PipelineDefinition>,
}

/// Up to where history is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// Up to this commit of the log.
    Position(Position),
    /// Up to this event of its own stream.
    Sequence(Sequence),
    /// Up to the newest event that was recorded at this time or before.
    Time(Timestamp),
}

/// A commit with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedCommit {
    /// Its number within the log.
    pub position: Position,
    /// Who caused it, and when.
    pub header: Arc<CommitHeader>,
    /// What became true, in the order in which it was decided.
    pub events: Vec<Happening>,
}

impl ReleaseAt {
    /// The release.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "it is only ever made of a release")]
    pub fn release(&self) -> &Release {
        self.folded.state().as_release().expect("it is only ever made of a release")
    }

    /// The definition that it deployed by then: what it froze, or was given since (R7).
    pub const fn definition(&self) -> &Arc<PipelineDefinition> {
        &self.definition
    }

    /// The newest event that it includes.
    pub fn sequence(&self) -> Sequence {
        self.folded.sequence()
    }
}

impl AsOf {
    fn includes(self, event: &RecordedEvent) -> bool {
        match self {
            Self::Position(position) => event.position <= position,
            Self::Sequence(sequence) => event.sequence <= sequence,
            Self::Time(time) => event.header.time <= time,
        }
    }
}

impl Inner {
    /// The release with at least the events up to `sequence`, and its definition.
    pub(crate) async fn release_at_least(
        &self,
        id: ReleaseId,
        sequence: Sequence,
    ) -> Result<ReleaseAt, EngineError> {
        let folded = self.loaded_at_least(&Subject::Release(id), sequence).await?;
        self.with_definition(folded).await
    }

    /// The release as the store has it now, and its definition.
    pub(crate) async fn newest_release(&self, id: ReleaseId) -> Result<ReleaseAt, EngineError> {
        let folded = self.newest(&Subject::Release(id)).await?;
        self.with_definition(folded).await
    }

    async fn folded_as_of(&self, subject: Subject, as_of: AsOf) -> Result<Folded, EngineError> {
        let stream = subject.stream();
        let mut folded = Folded::empty(subject);
        let mut events = self.store.events_of(&stream, Sequence::NONE);
        // The times of a stream's events never go back, so that none is left out behind the first that is too late.
        while let Some(event) = events.try_next().await?.filter(|event| as_of.includes(event)) {
            folded.apply(&event)?;
        }
        Ok(folded)
    }

    pub(crate) async fn with_definition(&self, folded: Arc<Folded>) -> Result<ReleaseAt, EngineError> {
        let about = folded.state().as_release().and_then(Release::about);
        let digest = about.ok_or(EngineError::NotFound(folded.subject().clone()))?.snapshot;
        Ok(ReleaseAt { folded, definition: self.definition(digest).await? })
    }

    /// The definition that is kept under this digest.
    pub(crate) async fn definition(&self, digest: Digest) -> Result<Arc<PipelineDefinition>, EngineError> {
        let snapshot = self.loaded(&Subject::Snapshot(digest)).await?;
        let definition = snapshot.state().as_snapshot().and_then(|snapshot| snapshot.definition()).cloned();
        definition.ok_or_else(|| EngineError::Refused(ReleaseRefusal::SnapshotMissing { digest }.into()))
    }
}

impl Engine {
    /// A release as it stands.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn release(&self, id: ReleaseId) -> Result<ReleaseAt, EngineError> {
        self.0.newest_release(id).await
    }

    /// A release as it stood earlier: folded from its history up to there.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] if it did not exist yet; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn release_as_of(&self, id: ReleaseId, as_of: AsOf) -> Result<ReleaseAt, EngineError> {
        let folded = self.0.folded_as_of(Subject::Release(id), as_of).await?;
        self.0.with_definition(Arc::new(folded)).await
    }

    /// A pipeline as it stood earlier: folded from its history up to there.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] if it did not exist yet; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn pipeline_as_of(&self, id: PipelineId, as_of: AsOf) -> Result<Pipeline, EngineError> {
        let folded = self.0.folded_as_of(Subject::Pipeline(id), as_of).await?;
        let pipeline = folded.state().as_pipeline().filter(|pipeline| pipeline.current().is_some());
        pipeline.cloned().ok_or(EngineError::NotFound(Subject::Pipeline(id)))
    }

    /// A stage's queue as it stood earlier; empty before anything entered it.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn queue_as_of(&self, id: QueueId, as_of: AsOf) -> Result<StageQueue, EngineError> {
        let folded = self.0.folded_as_of(Subject::Queue(id), as_of).await?;
        Ok(folded.state().as_queue().cloned().unwrap_or_default())
    }

    /// A pipeline as it stands.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn pipeline(&self, id: PipelineId) -> Result<Pipeline, EngineError> {
        let folded = self.0.newest(&Subject::Pipeline(id)).await?;
        let pipeline = folded.state().as_pipeline().filter(|pipeline| pipeline.current().is_some());
        pipeline.cloned().ok_or(EngineError::NotFound(Subject::Pipeline(id)))
    }

    /// A stage's queue as it stands; empty before anything entered it.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn queue(&self, id: QueueId) -> Result<StageQueue, EngineError> {
        let folded = self.0.newest(&Subject::Queue(id)).await?;
        Ok(folded.state().as_queue().cloned().unwrap_or_default())
    }

    /// The versions of an artifact source, those that the feed keeps (A4); none before one was published.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn artifact_feed(&self, source: &SourceId) -> Result<ArtifactFeed, EngineError> {
        let folded = self.0.newest(&Subject::Artifact(source.clone())).await?;
        Ok(folded.state().as_artifact_feed().cloned().unwrap_or_default())
    }

    /// A variable group as it stands (V2).
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn variable_group(&self, id: &VariableGroupId) -> Result<VariableGroup, EngineError> {
        let subject = Subject::VariableGroup(id.clone());
        let folded = self.0.newest(&subject).await?;
        let group = folded.state().as_variable_group().filter(|group| group.exists());
        group.cloned().ok_or(EngineError::NotFound(subject))
    }

    /// Whether a pipeline is active, disabled or deleted (P6); active before anything was said of it.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn pipeline_status(&self, id: PipelineId) -> Result<PipelineStatus, EngineError> {
        let folded = self.0.newest(&Subject::PipelineStatus(id)).await?;
        Ok(folded.state().as_pipeline_status().cloned().unwrap_or_default())
    }

    /// What of a pipeline's present definition is allowed and probably not meant: to be shown to whoever has created or revised it (P7,
    /// Q8). See [`cutover::warnings`].
    ///
    /// # Errors
    /// [`EngineError::NotFound`] if there is no such pipeline; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn warnings_of(&self, id: PipelineId) -> Result<Vec<Warning>, EngineError> {
        let pipeline = self.pipeline(id).await?;
        let current = pipeline.current().ok_or(EngineError::NotFound(Subject::Pipeline(id)))?;
        Ok(warnings(&current.definition))
    }

    /// The lock groups of the store: their capacities, who holds them, and who waits (Q8).
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if they can't be read.
    pub async fn locks(&self) -> Result<Locks, EngineError> {
        let folded = self.0.newest(&Subject::Locks).await?;
        Ok(folded.state().as_locks().cloned().unwrap_or_default())
    }

    /// A pool of agents: what they have to offer, what runs on them, and who waits for one (J11).
    ///
    /// # Errors
    /// [`EngineError::NotFound`] if nobody defined it; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn pool(&self, id: &PoolId) -> Result<Pool, EngineError> {
        let subject = Subject::Pool(id.clone());
        let folded = self.0.newest(&subject).await?;
        let pool = folded.state().as_pool().filter(|pool| pool.is_defined());
        pool.cloned().ok_or(EngineError::NotFound(subject))
    }

    /// A deployment group as it stands (J3): its targets. One that nobody has registered a target in has none.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn targets(&self, group: &TargetGroupId) -> Result<Targets, EngineError> {
        let folded = self.0.newest(&Subject::Targets(group.clone())).await?;
        Ok(folded.state().as_targets().cloned().unwrap_or_default())
    }

    /// What a stage of a release waits for.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; refused if the release has no such stage; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be
    /// read.
    pub async fn explain(&self, release: ReleaseId, stage: StageId) -> Result<Explanation, EngineError> {
        let at = self.release(release).await?;
        let about = at.release().about().ok_or(EngineError::NotFound(Subject::Release(release)))?;
        let queue = self.queue(QueueId { pipeline: about.pipeline, stage }).await?;
        let unknown = || EngineError::Refused(ReleaseRefusal::UnknownStage { stage }.into());
        let status = self.pipeline_status(about.pipeline).await?;
        let locks = self.locks().await?;
        let pools = self.pools_waited_in(at.release(), stage).await?;
        let permissions = self.permissions().await?;
        let around = Surroundings {
            definition: at.definition(),
            queue: &queue,
            pipeline: &status,
            locks: &locks,
            pools: &pools,
            permissions: &permissions,
        };
        explain(at.release(), &around, stage).ok_or_else(unknown)
    }

    async fn pools_waited_in(
        &self,
        release: &Release,
        stage: StageId,
    ) -> Result<BTreeMap<PoolId, Pool>, EngineError> {
        let waiting = release.latest(stage).into_iter().flat_map(Deployment::waiting_for_agents);
        let ids: BTreeSet<PoolId> = waiting.map(|(_, _, pool, _)| pool.clone()).collect();
        let mut pools = BTreeMap::new();
        for id in ids {
            match self.pool(&id).await {
                Ok(pool) => {
                    pools.insert(id, pool);
                }
                // It was removed since the release was read.
                Err(EngineError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(pools)
    }

    /// Every commit after `after`, and then each further one as it is recorded. It never ends by itself.
    ///
    /// An error ends it: the store could not be read, or holds what this version does not know.
    pub fn subscribe(&self, after: Position) -> BoxStream<'static, Result<DecodedCommit, EngineError>> {
        let state = Some((Arc::clone(&self.0.store), after, VecDeque::new()));
        let commits = unfold(state, |going_on| async move {
            let (store, after, mut page) = going_on?;
            match next_commit(&store, after, &mut page).await {
                Ok(commit) => {
                    let after = commit.position;
                    Some((Ok(commit), Some((store, after, page))))
                }
                Err(error) => Some((Err(error), None)),
            }
        });
        commits.boxed()
    }
}

/// The commit that comes next, once there is one. What can be read before what can't be is not lost by it.
async fn next_commit(
    store: &Arc<dyn EventStore>,
    after: Position,
    page: &mut VecDeque<RecordedCommit>,
) -> Result<DecodedCommit, EngineError> {
    loop {
        if let Some(RecordedCommit { position, header, events }) = page.pop_front() {
            let events = events.iter().map(happening).collect::<Result<_, _>>()?;
            return Ok(DecodedCommit { position, header, events });
        }
        store.wait_past(after).await?;
        *page = store.read_all(after, cutover::limits::PAGE_EVENTS).await?.into();
    }
}

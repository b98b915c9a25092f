//! What pipelines and releases were and are, side by side; and what was, brought back (P1, E3).

use std::sync::Arc;

use cutover::difference::{Contents, Difference, between_definitions, between_releases};
use cutover::store::{CommitHeader, Sequence, StoreExt};
use cutover::transaction::Command;
use cutover::{
    Actor, Event, PipelineCommand, PipelineDefinition, PipelineEvent, PipelineId, PipelineRefusal, QueueId,
    Release, ReleaseId, Subject,
};
use futures::TryStreamExt;

use crate::decode::happening;
use crate::{Engine, EngineError, Outcome};

/// A revision of a pipeline (P1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineRevision {
    /// Its number, from 1.
    pub revision: u32,
    /// What the pipeline was.
    pub definition: Arc<PipelineDefinition>,
    /// What was said of the change.
    pub comment: String,
    /// The earlier revision that it brought back, if it did.
    pub restores: Option<u32>,
    /// Who made it, and when.
    pub header: Arc<CommitHeader>,
}

impl Engine {
    /// Every revision of a pipeline, from the first on (P1).
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn revisions(&self, pipeline: PipelineId) -> Result<Vec<PipelineRevision>, EngineError> {
        let subject = Subject::Pipeline(pipeline);
        let mut found = Vec::new();
        let stream = subject.stream();
        let mut events = self.0.store.events_of(&stream, Sequence::NONE);
        while let Some(event) = events.try_next().await? {
            let Event::Pipeline(pipeline) = happening(&event)?.event else { continue };
            let (revision, definition, comment, restores) = match pipeline {
                PipelineEvent::Created { definition, .. } => (1, definition, String::new(), None),
                PipelineEvent::Revised { revision, definition, comment, restores, .. } => {
                    (revision, definition, comment, restores)
                }
                PipelineEvent::Renamed { .. }
                | PipelineEvent::ReleaseNumbered(_)
                | PipelineEvent::Observing { .. }
                | PipelineEvent::TriggerFired { .. }
                | PipelineEvent::TriggerDeclined { .. }
                | PipelineEvent::PublicationObserved { .. }
                | PipelineEvent::SchedulesArmed { .. }
                | PipelineEvent::ScheduleCame { .. }
                | PipelineEvent::ScheduleFired { .. } => continue,
            };
            let header = Arc::clone(&event.header);
            found.push(PipelineRevision { revision, definition, comment, restores, header });
        }
        if found.is_empty() { Err(EngineError::NotFound(subject)) } else { Ok(found) }
    }

    /// One revision of a pipeline (P1).
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; refused if there is no such revision; [`EngineError::Store`] and [`EngineError::Fold`] if it can't be
    /// read.
    pub async fn revision(
        &self,
        pipeline: PipelineId,
        revision: u32,
    ) -> Result<PipelineRevision, EngineError> {
        let all = self.revisions(pipeline).await?;
        let current = all.last().map_or(0, |newest| newest.revision);
        let unknown = || EngineError::Refused(PipelineRefusal::UnknownRevision { revision, current }.into());
        all.into_iter().find(|found| found.revision == revision).ok_or_else(unknown)
    }

    /// The command that restores a revision, with the definition that it had: to be given, or to be tried with
    /// [`Engine::preview`].
    ///
    /// # Errors
    /// As [`Engine::revision`].
    pub async fn restoration(
        &self,
        pipeline: PipelineId,
        against: u32,
        revision: u32,
        comment: &str,
    ) -> Result<Command, EngineError> {
        let definition = self.revision(pipeline, revision).await?.definition;
        let comment = comment.to_owned();
        Ok(Command::Pipeline(pipeline, PipelineCommand::Restore { against, revision, definition, comment }))
    }

    /// Gives a pipeline the definition of an earlier revision again, as a new revision (P1); `against` is the present one (P2).
    ///
    /// # Errors
    /// As [`Engine::submit`] and [`Engine::revision`].
    pub async fn restore_revision(
        &self,
        actor: &Actor,
        pipeline: PipelineId,
        against: u32,
        revision: u32,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let command = self.restoration(pipeline, against, revision, comment).await?;
        self.submit(actor, command).await
    }

    /// What changes from one revision of a pipeline to another (P1, E3).
    ///
    /// # Errors
    /// As [`Engine::revision`].
    pub async fn compare_revisions(
        &self,
        pipeline: PipelineId,
        was: u32,
        is: u32,
    ) -> Result<Difference, EngineError> {
        let (was, is) = (self.revision(pipeline, was).await?, self.revision(pipeline, is).await?);
        Ok(between_definitions(&was.definition, &is.definition))
    }

    /// What changes from one release to another: versions, values, and everything in their snapshots (E3).
    ///
    /// # Errors
    /// As [`Engine::release`].
    pub async fn compare_releases(&self, was: ReleaseId, is: ReleaseId) -> Result<Difference, EngineError> {
        let (was, is) = (self.release(was).await?, self.release(is).await?);
        Ok(compared(was.release(), was.definition(), is.release(), is.definition()))
    }

    /// What changes from what is deployed on one stage to what is deployed on another (D8, E3): each with the snapshot that its
    /// deployment ran. `None` if nothing is deployed on one of them.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if it can't be read.
    pub async fn compare_deployed(
        &self,
        was: QueueId,
        is: QueueId,
    ) -> Result<Option<Difference>, EngineError> {
        let (Some(was), Some(is)) = (self.deployed(was).await?, self.deployed(is).await?) else {
            return Ok(None);
        };
        Ok(Some(compared(&was.0, &was.1, &is.0, &is.1)))
    }

    /// The release that is deployed on a stage, and the snapshot that its deployment there ran.
    async fn deployed(
        &self,
        stage: QueueId,
    ) -> Result<Option<(Release, Arc<PipelineDefinition>)>, EngineError> {
        let Some(current) = self.queue(stage).await?.current() else { return Ok(None) };
        let at = self.release(current.release).await?;
        let release = at.release();
        let ran = release.deployment(current).and_then(|deployment| release.snapshot_of(deployment));
        let digest = ran.ok_or(EngineError::NotFound(Subject::Release(current.release)))?;
        Ok(Some((release.clone(), self.0.definition(digest).await?)))
    }
}

/// Releases that exist always have contents.
fn compared(
    was: &Release,
    was_by: &PipelineDefinition,
    is: &Release,
    is_by: &PipelineDefinition,
) -> Difference {
    match (Contents::of(was, was_by), Contents::of(is, is_by)) {
        (Some(was), Some(is)) => between_releases(was, is),
        (_, _) => Difference::default(),
    }
}

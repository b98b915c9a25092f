//! The commands that people give, each as a method. What answers a deployment that waits for somebody is in `answers.rs`, what is about
//! whether a pipeline is active in `pipelines.rs`, about queues in `queues.rs`, about freezes in `freezes.rs`, about lock groups in `locks.rs`, about pools of agents in
//! `pools.rs`.

mod answers;
mod freezes;
mod locks;
mod pipelines;
mod pools;
mod queues;
mod retention;
mod secrets;
mod targets;
mod variable_groups;

use std::collections::BTreeSet;
use std::sync::Arc;

use cutover::transaction::{Command, Refusal};
use cutover::{
    Actor, ArtifactCommand, ArtifactVersion, CommandId, DeployRequest, DirectoryRefusal, DraftEdit, Event,
    IdKind, NewRelease, PipelineCommand, PipelineDefinition, PipelineEvent, PipelineId, PipelineRefusal,
    ReleaseCommand, ReleaseEdit, ReleaseId, ReleaseRefusal, SourceId, StageEdit, StageId,
    validate_with_locks,
};

pub use secrets::GivenValue;

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Creates a release pipeline (P1). What of it is allowed and probably not meant is told by [`Engine::warnings_of`].
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the definition is not valid, or its name is taken in its folder.
    pub async fn create_pipeline(
        &self,
        actor: &Actor,
        definition: PipelineDefinition,
    ) -> Result<PipelineId, EngineError> {
        self.create_pipeline_as(actor, self.0.draw_command(), definition).await
    }

    /// The same for a command that has an id: given again, it answers with the pipeline that it created the first time.
    ///
    /// # Errors
    /// As [`Engine::create_pipeline`].
    pub async fn create_pipeline_as(
        &self,
        actor: &Actor,
        id: CommandId,
        definition: PipelineDefinition,
    ) -> Result<PipelineId, EngineError> {
        // Judged before an id is taken for it.
        validate_with_locks(&definition, &self.locks().await?)
            .map_err(|problems| Refusal::from(PipelineRefusal::Invalid(problems)))?;
        let pipeline = PipelineId(self.0.reserve(IdKind::Pipeline, 1).await?.0);
        let command = PipelineCommand::Create { definition: Arc::new(definition) };
        match self.submit_as(actor, id, Command::Pipeline(pipeline, command)).await {
            Ok(_) => Ok(pipeline),
            Err(EngineError::Refused(Refusal::Directory(DirectoryRefusal::CreatedBefore { pipeline }))) => {
                Ok(pipeline)
            }
            Err(error) => Err(error),
        }
    }

    /// Gives a pipeline another definition (P2); releases that exist keep theirs.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if it was made against another revision than the present one.
    pub async fn revise_pipeline(
        &self,
        actor: &Actor,
        pipeline: PipelineId,
        against: u32,
        definition: PipelineDefinition,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let definition = Arc::new(definition);
        let command = PipelineCommand::Revise { against, definition, comment: comment.to_owned() };
        self.submit(actor, Command::Pipeline(pipeline, command)).await
    }

    /// Creates a release of a pipeline (R1).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn create_release(
        &self,
        actor: &Actor,
        pipeline: PipelineId,
        request: NewRelease,
    ) -> Result<ReleaseId, EngineError> {
        self.create_release_as(actor, self.0.draw_command(), pipeline, request).await
    }

    /// The same for a command that has an id: given again, it answers with the release that it created the first time.
    ///
    /// # Errors
    /// As [`Engine::submit`]; [`EngineError::AnotherCommand`] if the id was given with another kind of command before.
    pub async fn create_release_as(
        &self,
        actor: &Actor,
        id: CommandId,
        pipeline: PipelineId,
        request: NewRelease,
    ) -> Result<ReleaseId, EngineError> {
        let release = self.0.next_release_id().await?;
        let command = PipelineCommand::CreateRelease { release, request };
        let outcome = self.submit_as(actor, id.clone(), Command::Pipeline(pipeline, command)).await;
        // An id that somebody else used without asking for it is never tried again.
        let is_free = match &outcome {
            Err(EngineError::Refused(
                Refusal::Pipeline(PipelineRefusal::ReleaseExists { .. })
                | Refusal::Release(ReleaseRefusal::Exists),
            )) => false,
            Err(EngineError::Refused(_) | EngineError::Contended { .. })
            | Ok(Outcome { repeated: true, .. }) => true,
            Err(_) | Ok(_) => false,
        };
        if is_free {
            self.0.release_ids.add([release]);
        }
        let numbered = outcome?.events.into_iter().find_map(|happening| {
            let Event::Pipeline(PipelineEvent::ReleaseNumbered(numbered)) = happening.event else {
                return None;
            };
            Some(numbered.release)
        });
        numbered.ok_or(EngineError::AnotherCommand(id))
    }

    /// Changes a draft (R2).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn edit_draft(
        &self,
        actor: &Actor,
        release: ReleaseId,
        edit: DraftEdit,
    ) -> Result<Outcome, EngineError> {
        self.of_release(actor, release, ReleaseCommand::EditDraft(edit)).await
    }

    /// Changes a release's name, description or tags (R6).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn edit(
        &self,
        actor: &Actor,
        release: ReleaseId,
        edit: ReleaseEdit,
    ) -> Result<Outcome, EngineError> {
        self.of_release(actor, release, ReleaseCommand::Edit(edit)).await
    }

    /// Excludes a release from retention (R6).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn keep_forever(
        &self,
        actor: &Actor,
        release: ReleaseId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        self.of_release(actor, release, ReleaseCommand::KeepForever { comment }).await
    }

    /// Leaves a release to retention again; its days count from now on (R6, K1).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn let_go(
        &self,
        actor: &Actor,
        release: ReleaseId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        self.of_release(actor, release, ReleaseCommand::LetGo { comment }).await
    }

    /// Changes the variables or the jobs of one stage of an active release (R7).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn revise_stage(
        &self,
        actor: &Actor,
        release: ReleaseId,
        edit: StageEdit,
    ) -> Result<Outcome, EngineError> {
        self.of_release(actor, release, ReleaseCommand::ReviseStage(edit)).await
    }

    /// Makes a draft active (R2).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn start(&self, actor: &Actor, release: ReleaseId) -> Result<Outcome, EngineError> {
        self.of_release(actor, release, ReleaseCommand::Start).await
    }

    /// Deploys one stage by hand, at once or at a later moment (S7, S8).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn deploy(
        &self,
        actor: &Actor,
        release: ReleaseId,
        request: DeployRequest,
    ) -> Result<Outcome, EngineError> {
        self.of_release(actor, release, ReleaseCommand::Deploy(request)).await
    }

    /// Deploys by hand as far as this stage, and no further (S6).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn deploy_up_to(
        &self,
        actor: &Actor,
        release: ReleaseId,
        target: StageId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        self.of_release(actor, release, ReleaseCommand::DeployUpTo { target, comment }).await
    }

    /// Cancels what goes on in one stage (D4).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn cancel(
        &self,
        actor: &Actor,
        release: ReleaseId,
        stage: StageId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        self.of_release(actor, release, ReleaseCommand::Cancel { stage, comment }).await
    }

    /// Publishes a version of an artifact source (A2): every pipeline that has a trigger on it observes that. The source of a
    /// definition is [`ArtifactSource::source`](cutover::ArtifactSource::source).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the version was published before and said something else.
    pub async fn publish(
        &self,
        actor: &Actor,
        source: &SourceId,
        version: ArtifactVersion,
    ) -> Result<Outcome, EngineError> {
        let command = ArtifactCommand::Publish(version);
        self.submit(actor, Command::Artifact(source.clone(), command)).await
    }

    /// Adds tags to a version that was published (A2).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the feed does not know the version.
    pub async fn tag(
        &self,
        actor: &Actor,
        source: &SourceId,
        version: &str,
        tags: BTreeSet<String>,
    ) -> Result<Outcome, EngineError> {
        let command = ArtifactCommand::Tag { version: version.to_owned(), tags };
        self.submit(actor, Command::Artifact(source.clone(), command)).await
    }

    /// Ends a release: nothing is deployed from it any more (R5).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn abandon(
        &self,
        actor: &Actor,
        release: ReleaseId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        self.of_release(actor, release, ReleaseCommand::Abandon { comment }).await
    }

    /// Brings an abandoned release back, and starts nothing (R5).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn reactivate(&self, actor: &Actor, release: ReleaseId) -> Result<Outcome, EngineError> {
        self.of_release(actor, release, ReleaseCommand::Reactivate).await
    }

    async fn of_release(
        &self,
        actor: &Actor,
        release: ReleaseId,
        command: ReleaseCommand,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Release(release, command)).await
    }
}

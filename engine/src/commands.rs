//! The commands that people give, each as a method. Those on whether a pipeline is active are in `pipelines.rs`, those
//! on queues in `queues.rs`.

mod pipelines;
mod queues;

use std::num::NonZeroU32;
use std::sync::Arc;

use cutover::deployment::Answer;
use cutover::transaction::{Command, Refusal};
use cutover::{
    Actor, ApprovalId, CommandId, DeployRequest, DeploymentId, DirectoryCommand, DirectoryEvent,
    DirectoryRefusal, DraftEdit, Event, IdKind, NewRelease, PipelineCommand, PipelineDefinition,
    PipelineEvent, PipelineId, PipelineRefusal, ReleaseCommand, ReleaseEdit, ReleaseId, ReleaseRefusal,
    StageEdit, StageId, Timestamp, UserId, validate,
};

use crate::submit::draw_command;
use crate::{Engine, EngineError, Outcome, limits};

impl Engine {
    /// Creates a release pipeline (P1).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the definition is not valid, or its name is taken in its folder.
    pub async fn create_pipeline(
        &self,
        actor: &Actor,
        definition: PipelineDefinition,
    ) -> Result<PipelineId, EngineError> {
        self.create_pipeline_as(actor, draw_command(), definition).await
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
        validate(&definition).map_err(|problems| Refusal::from(PipelineRefusal::Invalid(problems)))?;
        let pipeline = PipelineId(self.reserve(IdKind::Pipeline, 1).await?.0);
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
        self.create_release_as(actor, draw_command(), pipeline, request).await
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
        let release = self.next_release_id().await?;
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

    /// Says yes to an approval (AP).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn approve(
        &self,
        actor: &Actor,
        approval: ApprovalId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        self.answer(actor, approval, Answer::Approve, comment).await
    }

    /// Says yes to an approval before the jobs, and that they are not to begin before a moment (AP10).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the moment has passed.
    pub async fn approve_for_later(
        &self,
        actor: &Actor,
        approval: ApprovalId,
        until: Timestamp,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = ReleaseCommand::ApproveForLater { approval, until, comment };
        self.of_release(actor, approval.deployment.release, command).await
    }

    /// Hands an open approval on to another user (AP9).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn reassign(
        &self,
        actor: &Actor,
        approval: ApprovalId,
        to: UserId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = ReleaseCommand::Reassign { approval, to, comment };
        self.of_release(actor, approval.deployment.release, command).await
    }

    /// Starts at once a deployment that was approved for later (AP10).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused to whoever is not one of its approvers.
    pub async fn start_deferred(
        &self,
        actor: &Actor,
        deployment: DeploymentId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = ReleaseCommand::StartDeferred { deployment, comment };
        self.of_release(actor, deployment.release, command).await
    }

    /// Says no to an approval; one no is enough (AP4).
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn reject(
        &self,
        actor: &Actor,
        approval: ApprovalId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        self.answer(actor, approval, Answer::Reject, comment).await
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

    async fn answer(
        &self,
        actor: &Actor,
        approval: ApprovalId,
        answer: Answer,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = ReleaseCommand::Answer { approval, answer, comment };
        self.of_release(actor, approval.deployment.release, command).await
    }

    async fn of_release(
        &self,
        actor: &Actor,
        release: ReleaseId,
        command: ReleaseCommand,
    ) -> Result<Outcome, EngineError> {
        self.submit(actor, Command::Release(release, command)).await
    }

    async fn next_release_id(&self) -> Result<ReleaseId, EngineError> {
        if let Some(id) = self.0.release_ids.take() {
            return Ok(id);
        }
        let (first, count) = self.reserve(IdKind::Release, limits::RELEASE_IDS).await?;
        self.0.release_ids.add((first + 1..first + u64::from(count)).map(ReleaseId));
        Ok(ReleaseId(first))
    }

    /// Takes ids that nobody ever had: the first, and how many.
    async fn reserve(&self, kind: IdKind, count: u32) -> Result<(u64, u32), EngineError> {
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let command = Command::Directory(DirectoryCommand::ReserveIds { kind, count });
        let outcome = self.submit(&Actor::System, command).await?;
        let reserved = outcome.events.iter().find_map(|happening| {
            let Event::Directory(DirectoryEvent::IdsReserved { first, count, .. }) = happening.event else {
                return None;
            };
            Some((first, count))
        });
        reserved.ok_or(EngineError::NotFound(cutover::Subject::Directory))
    }
}

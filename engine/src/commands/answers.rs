//! What people answer to a deployment that waits for them: approvals, gates, manual interventions (AP, G6, J8).

use cutover::deployment::{Answer, InterventionAnswer};
use cutover::{Actor, ApprovalId, DeploymentId, GateId, ReleaseCommand, TaskId, Timestamp, UserId};

use crate::{Engine, EngineError, Outcome};

impl Engine {
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

    /// Ignores a gate: from now on it counts as succeeded in its deployment (G6). The comment must say something.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn ignore_gate(
        &self,
        actor: &Actor,
        gate: GateId,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = ReleaseCommand::IgnoreGate { gate, comment };
        self.of_release(actor, gate.deployment.release, command).await
    }

    /// Resumes or rejects a manual intervention (J8).
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if the task does not wait for an answer, or to whoever it is not assigned to.
    pub async fn answer_intervention(
        &self,
        actor: &Actor,
        task: TaskId,
        answer: InterventionAnswer,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let comment = comment.to_owned();
        let command = ReleaseCommand::AnswerIntervention { task, answer, comment };
        self.of_release(actor, task.deployment().release, command).await
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
}

use super::reads::{Follows, is_for_approvers};
use super::revising::brought_by;
use super::{Deciding, Release, ReleaseCommand, ReleaseEvent, ReleaseRefusal, ReleaseState};
use crate::deployment::{self, Answer, CancelReason, Given, Phase};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::pipeline::{feeds_of, locks_for};
use crate::text::text_fits;
use crate::{
    Context, Declined, DeploymentId, Digest, Moment, PipelineId, StageId, Subject, Timestamp, limits,
};

impl Aggregate for Release {
    type Command = ReleaseCommand;
    type Event = ReleaseEvent;
    type Refusal = ReleaseRefusal;

    fn needs(&self, _: &Subject, command: &ReleaseCommand) -> Vec<Subject> {
        let snapshot = self.snapshot_for(command).map(Subject::Snapshot);
        let follows = Follows::from(command);
        let pipeline = self.pipeline_for(command).filter(|_| follows.may_start_something());
        let is_to_go = matches!(command, ReleaseCommand::Delete { .. });
        let queues = if is_to_go { self.queues_deployed_to() } else { Vec::new() };
        let freezes = follows.may_begin_jobs().then_some(Subject::Freezes);
        let permissions = is_for_approvers(command).then_some(Subject::Permissions);
        let targets = if let ReleaseCommand::RedeployTo { only, .. } = command {
            Some(Subject::Targets(only.group.clone()))
        } else {
            None
        };
        let others = freezes.into_iter().chain(permissions).chain(targets).chain(locks_for_draft(command));
        let others = others.chain(queues.into_iter().map(Subject::Queue));
        snapshot.into_iter().chain(pipeline.map(Subject::PipelineStatus)).chain(others).collect()
    }

    /// J11: the pools of jobs that may begin; J3: who is there, where a job on a deployment group may; A4: the feeds of the sources whose
    /// versions a draft is given. Which they are is said by the snapshot.
    fn needs_further(&self, command: &ReleaseCommand, facts: &Facts<'_>) -> Vec<Subject> {
        let frozen = self.snapshot_for(command).and_then(|digest| facts.snapshot(digest));
        if let ReleaseCommand::EditDraft(edit) = command
            && edit.artifacts.is_some()
        {
            let definition = edit.snapshot.as_ref().or(frozen);
            return definition.into_iter().flat_map(|definition| feeds_of(definition)).collect();
        }
        let stage = Follows::from(command).stage_that_may_go_on();
        let (Some(stage), Some(frozen)) = (stage, frozen) else { return Vec::new() };
        let brought = brought_by(command, frozen);
        let Some(planned) = brought.as_ref().unwrap_or(frozen).stage(stage) else { return Vec::new() };
        let groups = if let ReleaseCommand::Settle(id) = command {
            self.deployment(*id).map(|deployment| deployment.groups_to_read(planned))
        } else {
            None
        };
        let pools = deployment::pools_to_see(self.latest(stage), planned).into_iter().map(Subject::Pool);
        pools.chain(groups.into_iter().flatten()).collect()
    }

    fn decide(
        &self,
        command: &ReleaseCommand,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<ReleaseEvent>, ReleaseRefusal> {
        let digest = self.snapshot_for(command).ok_or(ReleaseRefusal::NotFound)?;
        let snapshot = facts.snapshot(digest).ok_or(ReleaseRefusal::SnapshotMissing { digest })?;
        // What follows from a command that brings another snapshot is decided by that one.
        let brought = brought_by(command, snapshot);
        let definition = brought.as_ref().unwrap_or(snapshot);
        let mut deciding = Deciding::from(self, definition, context, facts).in_place_of(snapshot);
        deciding.route(command)?;
        Ok(deciding.into_events())
    }

    fn evolve(&mut self, event: &ReleaseEvent, at: Timestamp) -> Result<(), Impossible> {
        self.fold(event, at)
    }

    fn due(&self, now: Timestamp) -> Option<ReleaseCommand> {
        self.deadline().filter(|(at, _)| *at <= now).map(|(_, deadline)| ReleaseCommand::Reach(deadline))
    }
}

impl Release {
    fn snapshot_for(&self, command: &ReleaseCommand) -> Option<Digest> {
        match (self.about(), command) {
            (Some(about), _) => Some(about.snapshot),
            (None, ReleaseCommand::Create { numbered, .. }) => Some(numbered.digest),
            (None, _) => None,
        }
    }

    fn pipeline_for(&self, command: &ReleaseCommand) -> Option<PipelineId> {
        match (self.about(), command) {
            (Some(about), _) => Some(about.pipeline),
            (None, ReleaseCommand::Create { pipeline, .. }) => Some(*pipeline),
            (None, _) => None,
        }
    }
}

/// Q8: where it stands whether the lock groups are defined that a draft's snapshot names.
fn locks_for_draft(command: &ReleaseCommand) -> Option<Subject> {
    let ReleaseCommand::EditDraft(edit) = command else { return None };
    edit.snapshot.as_deref().and_then(locks_for)
}

impl Deciding<'_> {
    #[expect(clippy::too_many_lines, reason = "it is the list of what can be asked, an arm each")]
    fn route(&mut self, command: &ReleaseCommand) -> Result<(), ReleaseRefusal> {
        // What follows from a rejection elsewhere, or from targets that joined, is never refused (D6).
        if !matches!(
            command,
            ReleaseCommand::Delete { .. }
                | ReleaseCommand::Restore
                | ReleaseCommand::Redeploy(_)
                | ReleaseCommand::RedeployTo { .. }
        ) {
            self.expect_not_deleted()?;
        }
        match command {
            ReleaseCommand::Delete { comment } => {
                text_fits("the comment", comment)?;
                self.delete(comment)
            }
            ReleaseCommand::Restore => self.restore(),
            ReleaseCommand::Create { pipeline, numbered } => self.create(*pipeline, numbered),
            ReleaseCommand::EditDraft(edit) => {
                text_fits("the description", edit.description.as_deref().unwrap_or_default())?;
                text_fits("the comment", &edit.comment)?;
                self.edit_draft(edit)
            }
            ReleaseCommand::Edit(edit) => {
                text_fits("the description", edit.description.as_deref().unwrap_or_default())?;
                self.edit(edit)
            }
            ReleaseCommand::Start => {
                self.expect_pipeline()?;
                self.start()
            }
            ReleaseCommand::KeepForever { comment } => {
                text_fits("the comment", comment)?;
                self.keep_forever(comment)
            }
            ReleaseCommand::LetGo { comment } => {
                text_fits("the comment", comment)?;
                self.let_go(comment)
            }
            ReleaseCommand::ReviseStage(edit) => {
                self.expect_active()?;
                text_fits("the comment", &edit.comment)?;
                self.revise_stage(edit)
            }
            ReleaseCommand::Deploy(request) => {
                self.expect_active()?;
                self.expect_pipeline()?;
                text_fits("the comment", &request.comment)?;
                self.deploy(request)
            }
            ReleaseCommand::DeployUpTo { target, comment } => {
                self.expect_active()?;
                self.expect_pipeline()?;
                text_fits("the comment", comment)?;
                self.deploy_up_to(*target, comment)
            }
            ReleaseCommand::Cancel { stage, comment } => {
                text_fits("the comment", comment)?;
                self.cancel(*stage, comment)
            }
            ReleaseCommand::Answer { approval, answer, comment } => {
                text_fits("the comment", comment)?;
                let given = Given { answer: *answer, until: None, comment };
                deployment::answer(self, *approval, given)
            }
            ReleaseCommand::ApproveForLater { approval, until, comment } => {
                text_fits("the comment", comment)?;
                let given = Given { answer: Answer::Approve, until: Some(*until), comment };
                deployment::answer(self, *approval, given)
            }
            ReleaseCommand::Reassign { approval, to, comment } => {
                text_fits("the comment", comment)?;
                deployment::reassign(self, *approval, to, comment)
            }
            ReleaseCommand::StartDeferred { deployment, comment } => {
                text_fits("the comment", comment)?;
                deployment::start_deferred(self, *deployment, comment)
            }
            ReleaseCommand::IgnoreGate { gate, comment } => {
                text_fits("the comment", comment)?;
                deployment::ignore(self, *gate, comment)
            }
            ReleaseCommand::SampleGates { deployment, moment, begun_at, taken } => {
                deployment::sample(self, *deployment, *moment, *begun_at, taken)
            }
            ReleaseCommand::CatchUpGates { deployment, moment, begun_at, counted } => {
                deployment::catch_up(self, *deployment, *moment, *begun_at, *counted)
            }
            ReleaseCommand::Abandon { comment } => {
                text_fits("the comment", comment)?;
                self.abandon(comment)
            }
            ReleaseCommand::Reactivate => self.reactivate(),
            ReleaseCommand::ClaimTask { task, claim } => deployment::claim(self, *task, claim),
            ReleaseCommand::ReattachTask { task, engine, incarnation, from } => {
                deployment::reattach(self, *task, engine, incarnation, from.as_ref())
            }
            ReleaseCommand::ReportTask { task, engine, report } => {
                deployment::report(self, *task, engine, report)
            }
            ReleaseCommand::AnswerIntervention { task, answer, comment } => {
                text_fits("the comment", comment)?;
                deployment::answer_intervention(self, *task, *answer, comment)
            }
            ReleaseCommand::Settle(deployment) => deployment::settle(self, *deployment),
            ReleaseCommand::Reach(deadline) => self.reach(*deadline),
            ReleaseCommand::OverrideFreezes { deployment, comment } => {
                self.expect_pipeline()?;
                text_fits("the comment", comment)?;
                deployment::override_freezes(self, *deployment, comment)
            }
            ReleaseCommand::LookAtFreezes(deployment) => deployment::look_again(self, *deployment),
            ReleaseCommand::GrantSlot(deployment) => deployment::grant(self, *deployment),
            ReleaseCommand::GrantLocks(deployment) => deployment::grant_locks(self, *deployment),
            ReleaseCommand::GrantAgent { slice, agent } => deployment::grant_agent(self, *slice, agent),
            ReleaseCommand::Supersede { deployment, by } => {
                self.withdraw(*deployment, CancelReason::Superseded { by: by.release })
            }
            ReleaseCommand::Redeploy(stage) => self.redeploy(*stage, None),
            ReleaseCommand::RedeployTo { stage, only } => self.redeploy(*stage, Some(only)),
            ReleaseCommand::CancelSinceDeleted(deployment) => self.cancel_since_deleted(*deployment),
            ReleaseCommand::TurnAway { deployment, because } => {
                let because = match because {
                    Declined::Full => CancelReason::QueueFull,
                    Declined::StageRemoved => CancelReason::StageRemoved,
                };
                self.turn_away(*deployment, because)
            }
        }
    }

    fn expect_active(&self) -> Result<(), ReleaseRefusal> {
        match self.release().state() {
            ReleaseState::Active => Ok(()),
            ReleaseState::Absent => Err(ReleaseRefusal::NotFound),
            state @ (ReleaseState::Draft | ReleaseState::Abandoned) => {
                Err(ReleaseRefusal::NotActive { state })
            }
        }
    }

    /// P6: nothing is started from the releases of a deleted pipeline.
    fn expect_pipeline(&self) -> Result<(), ReleaseRefusal> {
        if self.pipeline_starts_deployments() { Ok(()) } else { Err(ReleaseRefusal::PipelineDeleted) }
    }

    /// P6: what is not over when its pipeline is deleted by force.
    fn cancel_since_deleted(&mut self, id: DeploymentId) -> Result<(), ReleaseRefusal> {
        if self.pipeline_starts_deployments() {
            return Err(ReleaseRefusal::PipelineNotDeleted);
        }
        deployment::cancel(self, id, CancelReason::PipelineDeleted)
    }

    /// D4: a stage in which nothing goes on has nothing to cancel; one that is cancelling is already so.
    fn cancel(&mut self, stage: StageId, comment: &str) -> Result<(), ReleaseRefusal> {
        self.stage(stage)?;
        let latest = self.release().latest(stage).filter(|latest| !latest.is_over()).map(|latest| latest.id);
        let id = latest.ok_or(ReleaseRefusal::NothingToCancel { stage })?;
        let because = CancelReason::Asked { by: self.context.actor.clone(), comment: comment.to_owned() };
        deployment::cancel(self, id, because)
    }

    /// Q4, Q10-Q12: the queue has let go of a waiting deployment. One that is over already needs nothing.
    fn withdraw(&mut self, id: DeploymentId, because: CancelReason) -> Result<(), ReleaseRefusal> {
        if matches!(self.deployment(id)?.phase, Phase::Queued { .. } | Phase::Scheduled { .. }) {
            return deployment::cancel(self, id, because);
        }
        Ok(())
    }

    /// Q10: it was not even known to the queue, and what must pass before its jobs may have been asked for already.
    fn turn_away(&mut self, id: DeploymentId, because: CancelReason) -> Result<(), ReleaseRefusal> {
        if matches!(self.deployment(id)?.phase, Phase::Checking { moment: Moment::Before, .. }) {
            return deployment::cancel(self, id, because);
        }
        self.withdraw(id, because)
    }

    /// R5: refused while jobs run; everything else that is not over is cancelled in the same commit.
    fn abandon(&mut self, comment: &str) -> Result<(), ReleaseRefusal> {
        if self.release().state() == ReleaseState::Abandoned {
            return Ok(());
        }
        self.expect_active()?;
        let mut waiting = Vec::new();
        for deployment in self.release().going_on() {
            if deployment.phase.has_jobs() {
                return Err(ReleaseRefusal::JobsRunning { stage: deployment.id.stage });
            }
            waiting.push(deployment.id);
        }
        for id in waiting {
            deployment::cancel(self, id, CancelReason::Abandoned)?;
        }
        Ok(self.record(ReleaseEvent::Abandoned { comment: comment.to_owned() })?)
    }

    fn reactivate(&mut self) -> Result<(), ReleaseRefusal> {
        match self.release().state() {
            ReleaseState::Abandoned => Ok(self.record(ReleaseEvent::Reactivated {})?),
            ReleaseState::Active => Ok(()),
            ReleaseState::Absent => Err(ReleaseRefusal::NotFound),
            state @ ReleaseState::Draft => Err(ReleaseRefusal::NotAbandoned { state }),
        }
    }

    /// Only if it is the next one and its moment has come: a timer that rings early, late or twice does nothing wrong.
    fn reach(&mut self, deadline: deployment::Deadline) -> Result<(), ReleaseRefusal> {
        self.job_steps = limits::DEADLINE_STEPS;
        match self.release().deadline() {
            Some((at, next)) if next == deadline && at <= self.now() => deployment::reach(self, deadline),
            Some(_) | None => Ok(()),
        }
    }
}

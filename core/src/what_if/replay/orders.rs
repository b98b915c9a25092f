//! The command in which an answer is given.

use super::{Order, Run, release_in};
use crate::deployment::{Report, SetVariable, TaskResult, TaskRun};
use crate::locks::LocksCommand;
use crate::pool::PoolCommand;
use crate::queue::QueueCommand;
use crate::release::ReleaseCommand;
use crate::transaction::Command;
use crate::what_if::actions::{Reply, Who};
use crate::what_if::asked::group_to_observe;
use crate::what_if::question::Question;
use crate::{
    Actor, EngineId, Pipeline, PipelineId, PipelineStatusCommand, QueueId, Subject, TaskId, Timestamp,
};

impl Run<'_> {
    /// `by`: who gives what is nobody's in particular. `None`: there is nothing to be said any more.
    pub(super) fn order_of(&self, question: &Question, reply: &Reply, by: &Actor) -> Option<Order> {
        let (command, who) = match (question, reply) {
            (Question::Approval(approval), Reply::Answer { answer, until, who, comment }) => {
                let (approval, answer, comment) = (*approval, *answer, comment.clone());
                let command = match until {
                    Some(until) => ReleaseCommand::ApproveForLater { approval, until: *until, comment },
                    None => ReleaseCommand::Answer { approval, answer, comment },
                };
                (Command::Release(approval.deployment.release, command), who.clone())
            }
            (Question::Approval(approval), Reply::HandOn { to, who, comment }) => {
                let (approval, to, comment) = (*approval, to.clone(), comment.clone());
                let command = ReleaseCommand::Reassign { approval, to, comment };
                (Command::Release(approval.deployment.release, command), who.clone())
            }
            (Question::Intervention(task), Reply::Intervene { answer, who, comment }) => {
                let (task, answer, comment) = (*task, *answer, comment.clone());
                (about(task, ReleaseCommand::AnswerIntervention { task, answer, comment }), who.clone())
            }
            _ => (self.command_of_engine(question, reply)?, Who::plain(by.clone())),
        };
        Some(Order { command, who })
    }

    fn command_of_engine(&self, question: &Question, reply: &Reply) -> Option<Command> {
        let in_release = |id: &crate::DeploymentId, command| Some(Command::Release(id.release, command));
        match (question, reply) {
            (Question::Claim(task), Reply::Claim(claim)) => {
                Some(about(*task, ReleaseCommand::ClaimTask { task: *task, claim: claim.clone() }))
            }
            (
                Question::Ending(task) | Question::Stopping(task),
                Reply::Ended { result, message, variables, within },
            ) => {
                let (task, (engine, since)) = (*task, self.claim_of(*task)?);
                let mut report = report_of(*result, message, variables);
                if let Some(within) = within {
                    report = report.ended_at(crate::later(since, *within));
                }
                Some(about(task, ReleaseCommand::ReportTask { task, engine, report }))
            }
            (Question::Sample(id, moment, run), Reply::Sampled(taken)) => {
                let (deployment, moment, begun_at) = (*id, *moment, run.begun_at());
                let taken = taken.clone();
                in_release(id, ReleaseCommand::SampleGates { deployment, moment, begun_at, taken })
            }
            (Question::Sample(id, moment, run), Reply::CaughtUp(counted)) => {
                let (deployment, moment, begun_at) = (*id, *moment, run.begun_at());
                let counted = *counted;
                in_release(id, ReleaseCommand::CatchUpGates { deployment, moment, begun_at, counted })
            }
            (Question::Settling(id), _) => in_release(id, ReleaseCommand::Settle(*id)),
            (Question::Moment(deadline), _) => {
                in_release(&deadline.deployment(), ReleaseCommand::Reach(*deadline))
            }
            (Question::Frost(id), _) => in_release(id, ReleaseCommand::LookAtFreezes(*id)),
            (Question::CancelDeleted(id), _) => in_release(id, ReleaseCommand::CancelSinceDeleted(*id)),
            (Question::FinishDeleting(pipeline), _) => Some(self.finish_deleting(*pipeline)),
            (Question::Queue(queue), _) => Some(Command::Queue(*queue, QueueCommand::Settle)),
            (Question::NewTargets(queue), _) => self.observe_targets(*queue),
            (Question::Locks, _) => Some(Command::Locks(LocksCommand::Settle)),
            (Question::Pool(pool), _) => Some(Command::Pool(pool.clone(), PoolCommand::Settle)),
            (
                Question::Approval(_)
                | Question::Intervention(_)
                | Question::Claim(_)
                | Question::Ending(_)
                | Question::Stopping(_)
                | Question::Sample(..),
                _,
            ) => None,
        }
    }

    fn finish_deleting(&self, pipeline: PipelineId) -> Command {
        let stages = self.known(pipeline).into_iter().flat_map(Pipeline::stages_ever).collect();
        Command::PipelineStatus(pipeline, PipelineStatusCommand::FinishDeleting { stages })
    }

    fn observe_targets(&self, queue: QueueId) -> Option<Command> {
        let state = self.world.get(&Subject::Queue(queue))?.state().as_queue()?;
        let group = group_to_observe(&self.world, state)?.clone();
        Some(Command::Queue(queue, QueueCommand::ObserveTargets(group)))
    }

    /// The engine that runs the task, and since when.
    fn claim_of(&self, task: TaskId) -> Option<(EngineId, Timestamp)> {
        let id = task.deployment();
        match release_in(&self.world, id.release)?.deployment(id)?.open_task(task) {
            Some(TaskRun::Running { claim, since, .. }) => Some((claim.engine.clone(), *since)),
            Some(_) | None => None,
        }
    }
}

const fn about(task: TaskId, command: ReleaseCommand) -> Command {
    Command::Release(task.deployment().release, command)
}

fn report_of(result: TaskResult, message: &str, variables: &[SetVariable]) -> Report {
    let message = message.to_owned();
    let report = match result {
        // What a task that was asked to stop says doesn't matter.
        TaskResult::Succeeded | TaskResult::Canceled | TaskResult::TimedOut => Report::Succeeded,
        TaskResult::SucceededWithIssues => Report::SucceededWithIssues { message },
        TaskResult::Failed => Report::Failed { message },
        TaskResult::Lost => Report::Lost { message },
    };
    report.setting(variables.to_vec())
}

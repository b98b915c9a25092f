//! What the model calls an ask, as the core's command.

use std::sync::Arc;

use cutover::deployment::{Answer, Claim, Deadline, Report};
use cutover::transaction::Command;
use cutover::{
    ApprovalId, DraftEdit, EngineId, IncarnationId, JobId, Moment, NewRelease, PipelineCommand, QueueCommand,
    QueueId, Release, ReleaseCommand, ReleaseId, SliceId, StageId, TaskId,
};

use crate::model::{Ask, TaskPlace, Told};
use crate::people;
use crate::world::{PIPELINE, World, deployment_id, timestamp};

fn task_id(release: u64, place: TaskPlace) -> TaskId {
    let deployment = deployment_id(release, place.stage, place.attempt);
    TaskId { job: JobId { deployment, job: place.job }, slice: 0, task: place.task, retry: 0 }
}

pub fn engine(number: u8) -> EngineId {
    EngineId::new(format!("e{number}")).expect("a short name")
}

pub fn incarnation(number: u8) -> IncarnationId {
    IncarnationId::new(format!("i{number}")).expect("a short name")
}

impl Told {
    /// What an engine reports in this case.
    pub fn report(self) -> Report {
        let message = "so it said".to_owned();
        match self {
            Self::Succeeded => Report::Succeeded,
            Self::WithIssues => Report::SucceededWithIssues { message },
            Self::Failed => Report::Failed { message },
            Self::Lost => Report::Lost { message },
        }
    }
}

impl World {
    pub(crate) fn command(&self, ask: &Ask) -> Command {
        let comment = String::new();
        let of_pipeline = |command| Command::Pipeline(PIPELINE, command);
        let (number, command) = match ask {
            Ask::Create { release, draft, manual, target, requested_for } => {
                let request = NewRelease {
                    draft: *draft,
                    manual_stages: manual.iter().copied().map(StageId).collect(),
                    target: target.map(StageId),
                    requested_for: requested_for.map(people::user),
                    ..NewRelease::default()
                };
                return of_pipeline(PipelineCommand::CreateRelease { release: ReleaseId(*release), request });
            }
            Ask::Revise { against, plan } => {
                let definition = Arc::new(plan.definition());
                return of_pipeline(PipelineCommand::Revise { against: *against, definition, comment });
            }
            Ask::SettleQueue { stage } => {
                let id = QueueId { pipeline: PIPELINE, stage: StageId(*stage) };
                return Command::Queue(id, QueueCommand::Settle);
            }
            Ask::EditDraft { release, manual, description } => {
                let edit = DraftEdit {
                    description: description.clone(),
                    variables: None,
                    manual_stages: manual
                        .as_ref()
                        .map(|stages| stages.iter().copied().map(StageId).collect()),
                    ..DraftEdit::default()
                };
                (release, ReleaseCommand::EditDraft(edit))
            }
            Ask::Start { release } => (release, ReleaseCommand::Start),
            Ask::Deploy { release, stage } => (
                release,
                ReleaseCommand::Deploy(cutover::DeployRequest::new(StageId(*stage)).saying(comment)),
            ),
            Ask::DeployUpTo { release, stage } => {
                (release, ReleaseCommand::DeployUpTo { target: StageId(*stage), comment })
            }
            Ask::Cancel { release, stage } => {
                (release, ReleaseCommand::Cancel { stage: StageId(*stage), comment })
            }
            Ask::Answer { release, stage, attempt, after, step, yes, until } => {
                let approval = ApprovalId {
                    deployment: deployment_id(*release, *stage, *attempt),
                    moment: if *after { Moment::After } else { Moment::Before },
                    round: 1,
                    step: *step,
                };
                let answer = if *yes { Answer::Approve } else { Answer::Reject };
                let command = match until {
                    None => ReleaseCommand::Answer { approval, answer, comment },
                    Some(until) => {
                        ReleaseCommand::ApproveForLater { approval, until: timestamp(*until), comment }
                    }
                };
                (release, command)
            }
            Ask::Reassign { release, stage, attempt, after, step, to } => {
                let approval = ApprovalId {
                    deployment: deployment_id(*release, *stage, *attempt),
                    moment: if *after { Moment::After } else { Moment::Before },
                    round: 1,
                    step: *step,
                };
                (release, ReleaseCommand::Reassign { approval, to: people::user(to), comment })
            }
            Ask::StartDeferred { release, stage, attempt } => {
                let deployment = deployment_id(*release, *stage, *attempt);
                (release, ReleaseCommand::StartDeferred { deployment, comment })
            }
            Ask::Abandon { release } => (release, ReleaseCommand::Abandon { comment }),
            Ask::Reactivate { release } => (release, ReleaseCommand::Reactivate),
            Ask::Claim { release, task, engine: number } => {
                let claim = Claim { engine: engine(*number), incarnation: incarnation(*number) };
                (release, ReleaseCommand::ClaimTask { task: task_id(*release, *task), claim })
            }
            Ask::Reattach { release, task, engine: number, life } => {
                let (task, engine, incarnation) =
                    (task_id(*release, *task), engine(*number), incarnation(*life));
                (release, ReleaseCommand::ReattachTask { task, engine, incarnation, from: None })
            }
            Ask::Report { release, task, engine: number, told } => {
                let report = told.report();
                let (task, engine) = (task_id(*release, *task), engine(*number));
                (release, ReleaseCommand::ReportTask { task, engine, report })
            }
            Ask::Settle { release, stage, attempt } => {
                (release, ReleaseCommand::Settle(deployment_id(*release, *stage, *attempt)))
            }
            Ask::Ring { release } => {
                let next = self.release(*release).and_then(Release::deadline).map(|(_, deadline)| deadline);
                let job = JobId { deployment: deployment_id(*release, 1, 1), job: 0 };
                let slice = SliceId { job, slice: 0 };
                (release, ReleaseCommand::Reach(next.unwrap_or(Deadline::JobTimesOut(slice))))
            }
        };
        Command::Release(ReleaseId(*number), command)
    }
}

//! Tells the news of one release, from one of its events after the other.

use std::collections::BTreeMap;

use super::{
    Completion, DeploymentNews, FailedTask, Failure, HandedOn, News, Outcome, ToldRelease, UnbegunJob,
};
use crate::deployment::{Answer, Deployment, DeploymentEvent, End, Rejection, Standing, TaskResult};
use crate::flow::{Aggregate, Impossible};
use crate::status::{StageStatus, stage_status};
use crate::{
    ApprovalId, Approver, DeploymentId, Digest, Moment, PipelineDefinition, Release, ReleaseEvent,
    ReleaseState, SlotSpan, Stage, TaskId, Timestamp, limits,
};

/// Folds the events of one release, from its first one on, and tells the news that there is in each.
#[derive(Debug, Clone, Default)]
pub struct Narrator {
    release: Release,
    /// Of the deployments that are not over, what failed so far.
    failed: BTreeMap<DeploymentId, Failed>,
}

/// What failed of a deployment so far.
#[derive(Debug, Clone, Default)]
struct Failed {
    unbegun: Vec<UnbegunJob>,
    tasks: Vec<FailedTask>,
}

/// How something stood before an event of its deployment.
struct Before {
    status: StageStatus,
    /// Who was asked, if the event's approval was open.
    asked: Option<Approver>,
}

impl Narrator {
    /// A release of which nothing was told yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The release as it stands after the events so far.
    pub const fn release(&self) -> &Release {
        &self.release
    }

    /// Under which digest the definition is kept that telling the event takes; `None` if no release has the event.
    pub fn snapshot_for(&self, event: &ReleaseEvent) -> Option<Digest> {
        match event {
            ReleaseEvent::Created(created) => Some(created.snapshot),
            ReleaseEvent::SnapshotRevised(revised) => Some(revised.digest),
            ReleaseEvent::DraftEdited { .. }
            | ReleaseEvent::Edited { .. }
            | ReleaseEvent::KeptForever { .. }
            | ReleaseEvent::LetGo { .. }
            | ReleaseEvent::Started {}
            | ReleaseEvent::Abandoned { .. }
            | ReleaseEvent::Deleted { .. }
            | ReleaseEvent::Restored {}
            | ReleaseEvent::Reactivated {}
            | ReleaseEvent::TargetNamed { .. }
            | ReleaseEvent::TriggerIgnored { .. }
            | ReleaseEvent::Deployment(_) => self.release.about().map(|about| about.snapshot),
        }
    }

    /// The release by its names, once it exists.
    pub fn told(&self, definition: &PipelineDefinition) -> Option<ToldRelease> {
        let about = self.release.about()?;
        Some(ToldRelease {
            id: about.id,
            name: about.name.clone(),
            pipeline: about.pipeline,
            folder: definition.folder.clone(),
            pipeline_name: definition.name.clone(),
        })
    }

    /// Folds the next event of the release, which was recorded `at` that time, and tells what is new in it, if anything is that
    /// somebody may want to hear of (E4). `definition` is what [`Narrator::snapshot_for`] the event names.
    ///
    /// # Errors
    /// [`Impossible`] for an event that can't follow from those before it.
    pub fn tell(
        &mut self,
        event: &ReleaseEvent,
        at: Timestamp,
        definition: &PipelineDefinition,
    ) -> Result<Option<News>, Impossible> {
        let before = self.before(event);
        self.release.evolve(event, at)?;
        Ok(match event {
            ReleaseEvent::Created(created) => Some(News::ReleaseCreated {
                state: if created.draft { ReleaseState::Draft } else { ReleaseState::Active },
                reason: created.reason,
                description: created.description.clone(),
                requested_for: created.requested_for.clone(),
            }),
            ReleaseEvent::Started {} => Some(News::ReleaseStarted),
            ReleaseEvent::Abandoned { comment } => Some(News::ReleaseAbandoned { comment: comment.clone() }),
            ReleaseEvent::Deployment(event) => {
                let id = event.deployment();
                let stage = definition.stage(id.stage);
                let news = self.of_deployment(event, &before, stage)?;
                let name = stage.map_or_else(|| format!("stage {}", id.stage), |stage| stage.name.clone());
                news.map(|news| News::Deployment { id, stage: name, news })
            }
            ReleaseEvent::DraftEdited { .. }
            | ReleaseEvent::SnapshotRevised(_)
            | ReleaseEvent::Edited { .. }
            | ReleaseEvent::KeptForever { .. }
            | ReleaseEvent::LetGo { .. }
            | ReleaseEvent::Deleted { .. }
            | ReleaseEvent::Restored {}
            | ReleaseEvent::Reactivated {}
            | ReleaseEvent::TargetNamed { .. }
            | ReleaseEvent::TriggerIgnored { .. } => None,
        })
    }

    fn before(&self, event: &ReleaseEvent) -> Before {
        let ReleaseEvent::Deployment(event) = event else {
            return Before { status: StageStatus::NotStarted, asked: None };
        };
        let deployment = self.release.deployment(event.deployment());
        let asked = if let DeploymentEvent::ApprovalAnswered { approval, .. }
        | DeploymentEvent::ApprovalTimedOut { approval }
        | DeploymentEvent::ApprovalSkipped { approval }
        | DeploymentEvent::ApprovalCanceled { approval } = event
        {
            let mut open = deployment.into_iter().flat_map(Deployment::open_approvals);
            open.find(|(open, ..)| open == approval).map(|(_, approver, ..)| approver.clone())
        } else {
            None
        };
        Before { status: stage_status(deployment), asked }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "half of it is the list of events that nobody needs to hear of"
    )]
    fn of_deployment(
        &mut self,
        event: &DeploymentEvent,
        before: &Before,
        stage: Option<&Stage>,
    ) -> Result<Option<DeploymentNews>, Impossible> {
        let id = event.deployment();
        let deployment = self.release.deployment(id).ok_or(Impossible("an event of no deployment"))?;
        let news = match event {
            DeploymentEvent::ApprovalAsked { approval, approver, due } => {
                is_told(stage, *approval).then(|| DeploymentNews::ApprovalAsked {
                    approval: *approval,
                    approver: approver.clone(),
                    due: *due,
                    handed_on: None,
                })
            }
            DeploymentEvent::ApprovalReassigned { approval, from, to, by, comment, .. } => {
                let due = deployment.open_approvals().find(|(open, ..)| open == approval);
                due.filter(|_| is_told(stage, *approval)).map(|(_, _, _, due)| {
                    DeploymentNews::ApprovalAsked {
                        approval: *approval,
                        approver: Approver::User(to.clone()),
                        due,
                        handed_on: Some(HandedOn {
                            from: from.clone(),
                            by: by.clone(),
                            comment: comment.clone(),
                        }),
                    }
                })
            }
            DeploymentEvent::ApprovalAnswered { approval, answer, by, capacity, comment, .. } => {
                let (by, capacity, comment) = (by.clone(), capacity.clone(), comment.clone());
                let outcome = match answer {
                    Answer::Approve => Outcome::Approved { by, capacity, comment },
                    Answer::Reject => Outcome::Rejected { by, capacity, comment },
                };
                answered(*approval, before, outcome)
            }
            DeploymentEvent::ApprovalTimedOut { approval } => answered(*approval, before, Outcome::TimedOut),
            // Who was not told that they are asked need not be told that they are not.
            DeploymentEvent::ApprovalSkipped { approval } => {
                answered(*approval, before, Outcome::NotNeeded).filter(|_| is_told(stage, *approval))
            }
            DeploymentEvent::ApprovalCanceled { approval } => {
                answered(*approval, before, Outcome::Withdrawn).filter(|_| is_told(stage, *approval))
            }
            DeploymentEvent::InterventionAsked { task, asked, due, on_timeout } => {
                Some(DeploymentNews::InterventionAsked {
                    task: *task,
                    name: name_of(deployment, stage, *task),
                    asked: asked.clone(),
                    due: *due,
                    on_timeout: *on_timeout,
                })
            }
            DeploymentEvent::Over { end, .. } => Some(match end {
                End::Succeeded => DeploymentNews::Completed(Completion::Succeeded),
                End::PartiallySucceeded => DeploymentNews::Completed(Completion::PartiallySucceeded),
                End::Canceled(because) => DeploymentNews::Completed(Completion::Canceled(because.clone())),
                End::Rejected(because) => {
                    let failed = self.failed.get(&id).cloned().unwrap_or_default();
                    DeploymentNews::Failed(failure(because, deployment, stage, failed)?)
                }
            }),
            DeploymentEvent::Triggered(_) | DeploymentEvent::SlotGranted { .. } => {
                started(before, deployment)
            }
            // One that holds its slot for all of it asks for that next, and has not started before it has it.
            DeploymentEvent::MomentCame { .. } | DeploymentEvent::BroughtForward { .. } => {
                started(before, deployment).filter(|_| deployment.span == SlotSpan::JobsOnly)
            }
            DeploymentEvent::SnapshotTaken { .. }
            | DeploymentEvent::ChecksRestarted { .. }
            | DeploymentEvent::JobsKept { .. }
            | DeploymentEvent::Deferred { .. }
            | DeploymentEvent::SlotAsked { .. }
            | DeploymentEvent::LocksAsked { .. }
            | DeploymentEvent::LocksGranted { .. }
            | DeploymentEvent::ApprovalPassedAutomatically { .. }
            | DeploymentEvent::ApprovalApprovedBefore { .. }
            | DeploymentEvent::ApprovalDeferred { .. }
            | DeploymentEvent::Frozen { .. }
            | DeploymentEvent::Thawed { .. }
            | DeploymentEvent::FreezesOverridden { .. }
            | DeploymentEvent::GatesBegun { .. }
            | DeploymentEvent::GatesSampled { .. }
            | DeploymentEvent::GatesPassed { .. }
            | DeploymentEvent::GatesTimedOut { .. }
            | DeploymentEvent::GateIgnored { .. }
            | DeploymentEvent::Begun { .. }
            | DeploymentEvent::JobBegan { .. }
            | DeploymentEvent::JobCouldNotBegin { .. }
            | DeploymentEvent::SliceBegan { .. }
            | DeploymentEvent::SliceSkipped { .. }
            | DeploymentEvent::SliceTimedOut { .. }
            | DeploymentEvent::SliceEnded { .. }
            | DeploymentEvent::JobSkipped { .. }
            | DeploymentEvent::JobTimedOut { .. }
            | DeploymentEvent::JobEnded { .. }
            | DeploymentEvent::TaskClaimed { .. }
            | DeploymentEvent::TaskReattached { .. }
            | DeploymentEvent::TaskSkipped { .. }
            | DeploymentEvent::InterventionAnswered { .. }
            | DeploymentEvent::TaskDelayed { .. }
            | DeploymentEvent::TaskStopAsked { .. }
            | DeploymentEvent::TaskEnded { .. }
            | DeploymentEvent::TaskRetryPlanned { .. }
            | DeploymentEvent::TaskRetryDue { .. }
            | DeploymentEvent::TaskRetryDropped { .. }
            | DeploymentEvent::JobsEnded { .. }
            | DeploymentEvent::CancelAsked { .. } => None,
        };
        let failed = failed_by(event, deployment, stage);
        let unbegun = unbegun_by(event, deployment, stage);
        self.note_failed(event, failed, unbegun);
        Ok(news)
    }

    /// Keeps what failed until its deployment is over; of a task that was tried again, only the last try (J4).
    fn note_failed(
        &mut self,
        event: &DeploymentEvent,
        failed: Option<FailedTask>,
        unbegun: Option<UnbegunJob>,
    ) {
        let id = event.deployment();
        if let DeploymentEvent::TaskEnded { task: ended, .. } = event {
            let tasks = &mut self.failed.entry(id).or_default().tasks;
            let first = |task: TaskId| TaskId { retry: 0, ..task };
            tasks.retain(|before| first(before.task) != first(*ended));
            tasks.extend(failed.filter(|_| tasks.len() < limits::FAILED_TASKS_TOLD));
        } else if let Some(unbegun) = unbegun {
            self.failed.entry(id).or_default().unbegun.push(unbegun);
        } else if matches!(event, DeploymentEvent::Over { .. }) {
            self.failed.remove(&id);
        }
    }
}

/// D1: it is in progress now, and was not before.
fn started(before: &Before, deployment: &Deployment) -> Option<DeploymentNews> {
    let is_in_progress = stage_status(Some(deployment)) == StageStatus::InProgress;
    (is_in_progress && before.status != StageStatus::InProgress).then(|| DeploymentNews::Started {
        reason: deployment.reason,
        requested_by: deployment.requested_by.clone(),
        comment: deployment.comment.clone(),
    })
}

/// AP1: whether who is asked in this step is to hear of it.
fn is_told(stage: Option<&Stage>, approval: ApprovalId) -> bool {
    let steps = stage.map(|stage| &stage.checks(approval.moment).approvals.steps);
    let step = steps.and_then(|steps| steps.get(usize::try_from(approval.step).ok()?));
    step.is_none_or(|step| step.notify)
}

/// An approval that was open has an outcome; one that was not asked before tells nothing.
fn answered(approval: ApprovalId, before: &Before, outcome: Outcome) -> Option<DeploymentNews> {
    let approver = before.asked.clone()?;
    Some(DeploymentNews::ApprovalAnswered { approval, approver, outcome })
}

fn failed_by(event: &DeploymentEvent, deployment: &Deployment, stage: Option<&Stage>) -> Option<FailedTask> {
    let DeploymentEvent::TaskEnded { task, result, message, .. } = event else { return None };
    let has_failed = match result {
        TaskResult::Failed | TaskResult::TimedOut | TaskResult::Lost => true,
        TaskResult::Succeeded | TaskResult::SucceededWithIssues | TaskResult::Canceled => false,
    };
    let may_fail = task_of(deployment, stage, *task).is_some_and(|task| task.continue_on_error);
    (has_failed && !may_fail).then(|| FailedTask {
        task: *task,
        name: name_of(deployment, stage, *task),
        result: *result,
        message: message.clone(),
    })
}

fn unbegun_by(event: &DeploymentEvent, deployment: &Deployment, stage: Option<&Stage>) -> Option<UnbegunJob> {
    let DeploymentEvent::JobCouldNotBegin { job, why } = event else { return None };
    let planned = stage.and_then(|stage| deployment.planned_jobs(stage).get(usize::try_from(job.job).ok()?));
    let name = planned.map_or_else(|| format!("job {job}"), |planned| planned.name.clone());
    Some(UnbegunJob { job: *job, name, why: why.clone() })
}

fn task_of<'a>(deployment: &'a Deployment, stage: Option<&'a Stage>, id: TaskId) -> Option<&'a crate::Task> {
    let job = deployment.planned_jobs(stage?).get(usize::try_from(id.job.job).ok()?)?;
    job.tasks.get(usize::try_from(id.task).ok()?)
}

fn name_of(deployment: &Deployment, stage: Option<&Stage>, id: TaskId) -> String {
    task_of(deployment, stage, id).map_or_else(|| format!("task {id}"), |task| task.name.clone())
}

/// What failed, and why (D3).
fn failure(
    because: &Rejection,
    deployment: &Deployment,
    stage: Option<&Stage>,
    failed: Failed,
) -> Result<Failure, Impossible> {
    Ok(match because {
        Rejection::JobsFailed => Failure::JobsFailed { unbegun: failed.unbegun, tasks: failed.tasks },
        Rejection::ApprovalRejected(approval) => {
            let standing = deployment.approvals.get(approval).map(|approval| &approval.standing);
            let Some(Standing::Answered { by, comment, .. }) = standing else {
                return Err(Impossible("a rejection that nobody gave"));
            };
            Failure::ApprovalRejected { approval: *approval, by: by.clone(), comment: comment.clone() }
        }
        Rejection::ApprovalTimedOut(approval) => {
            let approver = deployment.approvals.get(approval).and_then(|it| it.approver.clone());
            let approver = approver.ok_or(Impossible("an approval that nobody was asked for"))?;
            Failure::ApprovalTimedOut { approval: *approval, approver }
        }
        Rejection::GatesTimedOut(moment) => {
            Failure::GatesTimedOut { moment: *moment, failing: failing_gates(deployment, stage, *moment) }
        }
    })
}

fn failing_gates(deployment: &Deployment, stage: Option<&Stage>, moment: Moment) -> Vec<String> {
    let gates = stage.and_then(|stage| stage.checks(moment).gates.as_ref());
    let failing = deployment.gates.get(&moment).into_iter().flat_map(crate::gate::GateRun::failing);
    let named = failing.filter_map(|(gate, _)| gates?.gates.get(usize::try_from(gate).ok()?));
    named.map(|gate| gate.name.clone()).collect()
}

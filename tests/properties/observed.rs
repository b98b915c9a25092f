//! The core's state in the model's words, so that the two can be compared. It decides nothing.

use cutover::deployment::{
    Answer, CancelReason, Deployment, End, JobResult, JobRun, Phase, Rejection, SkipReason, SliceRun,
    SliceState, Standing, StopReason, TaskResult, TaskRun,
};
use cutover::trigger::Reach;
use cutover::{
    Actor, ApprovalId, Approver, DeploymentId, Moment, QueuingPolicy, Release, ReleaseState, StageId,
    StageQueue, Timestamp, Waiting,
};

use crate::model::{self, Came, Minutes};
use crate::plan::Policy;
use crate::world::minutes;

pub fn release(release: &Release, stages: u32) -> Option<model::Release> {
    let about = release.about()?;
    let ids = 1..=stages;
    Some(model::Release {
        number: about.id.0,
        state: match release.state() {
            ReleaseState::Draft => model::State::Draft,
            ReleaseState::Active => model::State::Active,
            ReleaseState::Abandoned => model::State::Abandoned,
            ReleaseState::Absent => return None,
        },
        revision: about.revision,
        creator: name(&about.creator),
        requested_for: about.requested_for.as_ref().map(ToString::to_string),
        description: about.description.clone(),
        manual: about.manual_stages.iter().map(|stage| stage.0).collect(),
        reach: match release.reach() {
            Reach::Everything => None,
            Reach::Stages(stages) => Some(stages.iter().map(|stage| stage.0).collect()),
        },
        asked_for: ids.clone().filter(|id| release.is_within_named_path(StageId(*id))).collect(),
        deployments: ids
            .flat_map(|id| release.attempts(StageId(id)).iter().map(|it| deployment(it)))
            .collect(),
    })
}

pub fn queue(stage: StageId, queue: &StageQueue) -> Option<model::Queue> {
    if queue.revision() == 0 {
        return None;
    }
    Some(model::Queue {
        stage: stage.0,
        revision: queue.revision(),
        policy: policy(queue.policy()),
        holders: queue.holders().map(|(id, _)| (id.release.0, id.attempt.get())).collect(),
        waiting: queue.waiting().map(|(id, _)| (id.release.0, id.attempt.get())).collect(),
        touched: queue.last_touched().map(|id| (id.release.0, id.attempt.get())),
    })
}

fn policy(policy: QueuingPolicy) -> Policy {
    let count = |count: std::num::NonZeroU32| count.get() as usize;
    match policy {
        QueuingPolicy::Unlimited => Policy::Unlimited,
        QueuingPolicy::AtMost { deployments, waiting: Waiting::InOrder } => {
            Policy::InOrder(count(deployments))
        }
        QueuingPolicy::AtMost { deployments, waiting: Waiting::OnlyLatest } => {
            Policy::OnlyLatest(count(deployments))
        }
    }
}

fn name(actor: &Actor) -> String {
    match actor {
        Actor::User(user) => user.to_string(),
        other => other.to_string(),
    }
}

fn at(time: Timestamp) -> Minutes {
    minutes(time)
}

fn deployment(deployment: &Deployment) -> model::Deployment {
    let mut approvals: Vec<model::Approval> = deployment.approvals.iter().map(approval).collect();
    approvals.sort_by_key(|known| (known.after, known.step));
    model::Deployment {
        stage: deployment.id.stage.0,
        attempt: deployment.id.attempt.get(),
        by_hand: deployment.reason == cutover::deployment::DeploymentReason::Manual,
        by: name(&deployment.requested_by),
        phase: match &deployment.phase {
            Phase::Queued { .. } => model::Phase::Queued,
            Phase::Checking { moment: Moment::Before, .. } => model::Phase::ApprovingBefore,
            Phase::Checking { moment: Moment::After, .. } => model::Phase::ApprovingAfter,
            Phase::Deferred { until, .. } => model::Phase::Deferred { until: at(*until) },
            Phase::Scheduled { .. } | Phase::Frozen { .. } | Phase::Locking { .. } => {
                panic!("{} is {:?}", deployment.id, deployment.phase)
            }
            Phase::Running { .. } => model::Phase::Running,
            Phase::Cancelling { because, .. } => model::Phase::Cancelling(why(because)),
            Phase::Over { end, .. } => model::Phase::Over(ending(end)),
        },
        approvals,
        brought_forward: deployment.brought_forward_at.is_some(),
        jobs: deployment.jobs.iter().map(job).collect(),
        begun_at: deployment.begun_at.map(at),
        ended: deployment.ended.map(|(time, result)| (at(time), came(result))),
    }
}

fn approval((id, approval): (&ApprovalId, &cutover::deployment::Approval)) -> model::Approval {
    let standing = match &approval.standing {
        Standing::Open { since, due } => model::Standing::Open { since: at(*since), due: at(*due) },
        Standing::Answered { answer: Answer::Approve, by, .. } => model::Standing::Approved(name(by)),
        Standing::Answered { answer: Answer::Reject, by, .. } => model::Standing::Rejected(name(by)),
        Standing::ApprovedBefore { rests_on, .. } => {
            let place = |id: &ApprovalId| {
                let DeploymentId { stage, attempt, .. } = id.deployment;
                (stage.0, attempt.get(), id.moment == Moment::After, id.step)
            };
            model::Standing::ApprovedBefore(rests_on.iter().map(place).collect())
        }
        Standing::Automatic { .. } => model::Standing::Automatic,
        Standing::TimedOut { .. } => model::Standing::TimedOut,
        Standing::Skipped { .. } => model::Standing::Skipped,
        Standing::Canceled { .. } => model::Standing::Canceled,
    };
    model::Approval {
        after: id.moment == Moment::After,
        step: id.step,
        asked: approval.approver.as_ref().map(asked),
        handed_on_by: approval.reassigned.iter().map(|step| asked(&step.from)).collect(),
        until: approval.deferred_until.map(at),
        standing,
    }
}

fn asked(approver: &Approver) -> model::Asked {
    match approver {
        Approver::User(user) => model::Asked::User(user.to_string()),
        Approver::Group(group) => model::Asked::Group(group.to_string()),
        Approver::Automatic => panic!("nobody is asked for a step that approves itself"),
    }
}

fn why(because: &CancelReason) -> model::Why {
    match because {
        CancelReason::Asked { by, .. } => model::Why::Asked(name(by)),
        CancelReason::Superseded { by } => model::Why::Superseded(by.0),
        CancelReason::Abandoned => model::Why::Abandoned,
        CancelReason::QueueFull => model::Why::QueueFull,
        CancelReason::PipelineDeleted => panic!("no pipeline is deleted here"),
        CancelReason::StageRemoved => panic!("no stage is removed here"),
    }
}

fn ending(end: &End) -> model::End {
    let place = |id: &ApprovalId| (id.moment == Moment::After, id.step);
    match end {
        End::Succeeded => model::End::Succeeded,
        End::PartiallySucceeded => model::End::PartiallySucceeded,
        End::Rejected(Rejection::JobsFailed) => model::End::JobsFailed,
        End::Rejected(Rejection::ApprovalRejected(id)) => {
            let (after, step) = place(id);
            model::End::ApprovalRejected(after, step)
        }
        End::Rejected(Rejection::ApprovalTimedOut(id)) => {
            let (after, step) = place(id);
            model::End::ApprovalTimedOut(after, step)
        }
        End::Rejected(Rejection::GatesTimedOut(_)) => unreachable!("no plan has gates"),
        End::Canceled(because) => model::End::Canceled(why(because)),
    }
}

const fn came(result: JobResult) -> Came {
    match result {
        JobResult::Succeeded => Came::Succeeded,
        JobResult::PartiallySucceeded => Came::PartiallySucceeded,
        JobResult::Failed => Came::Failed,
        JobResult::Canceled => Came::Canceled,
    }
}

fn job(run: &JobRun) -> model::JobRun {
    match run {
        JobRun::Skipped(_) => model::JobRun::Skipped,
        JobRun::CouldNotBegin { .. } => unreachable!("no job of the model is cut into slices"),
        JobRun::Began { slices, result, .. } => match &slices[..] {
            [
                SliceRun {
                    slice: None, state: SliceState::Began { times_out_at, timed_out, tasks, .. }, ..
                },
            ] => model::JobRun::Began {
                times_out_at: times_out_at.map(at),
                timed_out: *timed_out,
                tasks: tasks.iter().map(task).collect(),
                came: result.map(came),
            },
            other => unreachable!("no job of the model is cut into slices: {other:?}"),
        },
    }
}

fn task(run: &TaskRun) -> model::TaskRun {
    // The tests' engines are named `e1`, their lives `i1`.
    let number = |id: &str| id[1..].parse().expect("a number");
    match run {
        TaskRun::Skipped(SkipReason::Disabled) => model::TaskRun::Disabled,
        TaskRun::Skipped(SkipReason::Condition) => model::TaskRun::NotItsCondition,
        TaskRun::Skipped(SkipReason::JobTimedOut) => model::TaskRun::JobsTimeOver,
        TaskRun::Skipped(SkipReason::SucceededInAttempt(_) | SkipReason::NoNewTarget) => {
            unreachable!("only jobs are skipped so")
        }
        TaskRun::Running { claim, times_out_at, stop, .. } => model::TaskRun::Running {
            engine: number(claim.engine.as_str()),
            life: number(claim.incarnation.as_str()),
            times_out_at: times_out_at.map(at),
            stop: stop.map(|stop| {
                let because = match stop.because {
                    StopReason::Canceled => model::Stop::Canceled,
                    StopReason::TimedOut => model::Stop::TimedOut,
                    StopReason::JobTimedOut => model::Stop::JobTimedOut,
                };
                (because, at(stop.kill_at))
            }),
        },
        TaskRun::Waiting { .. } => unreachable!("these pipelines have no server jobs"),
        TaskRun::Pausing { .. } | TaskRun::ToRetry { .. } => {
            unreachable!("no task of the model is tried again")
        }
        TaskRun::Ended { result, .. } => model::TaskRun::Ended(match result {
            TaskResult::Succeeded => model::TaskCame::Succeeded,
            TaskResult::SucceededWithIssues => model::TaskCame::WithIssues,
            TaskResult::Failed => model::TaskCame::Failed,
            TaskResult::Canceled => model::TaskCame::Canceled,
            TaskResult::TimedOut => model::TaskCame::TimedOut,
            TaskResult::Lost => model::TaskCame::Lost,
        }),
    }
}

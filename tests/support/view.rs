//! How things stand, in the words of features.

use cutover::approval::Capacity;
use cutover::deployment::{
    Answer, Approval, CancelReason, Deployment, End, JobResult, JobRun, Phase, Rejection, SkipReason,
    Standing, TaskResult, TaskRun,
};
use cutover::retention::KeepForever;
use cutover::status::stage_status;
use cutover::{Actor, ApprovalId, Approver, Moment};

use super::spec::Spec;

/// The state of a stage in one word, and after a comma what more there is to say.
pub fn stage(spec: &Spec, deployment: Option<&Deployment>) -> String {
    let word = stage_status(deployment).to_string();
    let detail = deployment.and_then(|deployment| match &deployment.phase {
        Phase::Over { end, .. } => of_end(spec, end),
        Phase::Cancelling { .. } => Some("cancelling".to_owned()),
        Phase::Scheduled { .. }
        | Phase::Queued { .. }
        | Phase::Checking { .. }
        | Phase::Deferred { .. }
        | Phase::Frozen { .. }
        | Phase::Locking { .. }
        | Phase::Running { .. } => None,
    });
    detail.map_or_else(|| word.clone(), |detail| format!("{word}, {detail}"))
}

fn of_end(spec: &Spec, end: &End) -> Option<String> {
    Some(match end {
        End::Succeeded | End::PartiallySucceeded => return None,
        End::Rejected(Rejection::JobsFailed) => "jobs failed".to_owned(),
        End::Rejected(Rejection::ApprovalRejected(_)) => "an approver said no".to_owned(),
        End::Rejected(Rejection::ApprovalTimedOut(_)) => "an approval timed out".to_owned(),
        End::Rejected(Rejection::GatesTimedOut(_)) => "gates timed out".to_owned(),
        End::Canceled(CancelReason::Asked { by, .. }) => format!("by {}", actor(by)),
        End::Canceled(CancelReason::Superseded { by }) => format!("superseded by {}", spec.release_name(*by)),
        End::Canceled(CancelReason::Abandoned) => "the release was abandoned".to_owned(),
        End::Canceled(CancelReason::QueueFull) => "the queue was full".to_owned(),
        End::Canceled(CancelReason::StageRemoved) => "the stage was removed".to_owned(),
        End::Canceled(CancelReason::PipelineDeleted) => "the pipeline was deleted".to_owned(),
    })
}

/// Whether what was found is what is expected: without a comma, only the state itself is.
pub fn is_stage(expected: &str, found: &str) -> bool {
    let found_word = found.split(", ").next().unwrap_or_default();
    expected == found || expected == found_word
}

pub fn actor(actor: &Actor) -> String {
    match actor {
        Actor::User(user) => user.to_string(),
        Actor::Trigger(name) => format!("trigger {name}"),
        Actor::System => "the system".to_owned(),
    }
}

pub fn keep_forever(keep: KeepForever) -> String {
    match keep {
        KeepForever::Never => "never".to_owned(),
        KeepForever::Since(at) => format!("since {}", at.format("%Y-%m-%d %H:%M")),
        KeepForever::Until(at) => format!("until {}", at.format("%Y-%m-%d %H:%M")),
    }
}

pub fn approver(approver: &Approver) -> String {
    match approver {
        Approver::User(user) => user.to_string(),
        Approver::Group(group) => format!("group {group}"),
        Approver::Automatic => "automatic".to_owned(),
    }
}

/// An approval as a line of a table: when, who is asked, where it stands.
pub fn approval(id: ApprovalId, approval: &Approval) -> [String; 3] {
    let moment = match id.moment {
        Moment::Before => "before",
        Moment::After => "after",
    };
    let mut asked = approval.approver.as_ref().map_or_else(|| "-".to_owned(), approver);
    if !approval.reassigned.is_empty() {
        let before: Vec<String> = approval.reassigned.iter().map(|step| approver(&step.from)).collect();
        asked.push_str(&format!(" instead of {}", before.join(", ")));
    }
    let standing = match &approval.standing {
        Standing::Open { .. } => "pending".to_owned(),
        Standing::Answered { answer, by, capacity, comment, .. } => {
            let word = match answer {
                Answer::Approve => "approved",
                Answer::Reject => "rejected",
            };
            let mut text = format!("{word} by {}", actor(by));
            if let Capacity::MemberOf(group) = capacity {
                text.push_str(&format!(" as a member of {group}"));
            }
            if let Some(until) = approval.deferred_until {
                text.push_str(&format!(" until {}", until.format("%Y-%m-%d %H:%M")));
            }
            if !comment.is_empty() {
                text.push_str(&format!(", saying {comment:?}"));
            }
            text
        }
        Standing::ApprovedBefore { rests_on, .. } => {
            let rests_on: Vec<String> = rests_on.iter().map(ToString::to_string).collect();
            format!("approved before by {}", rests_on.join(", "))
        }
        Standing::Automatic { .. } => "approved itself".to_owned(),
        Standing::TimedOut { .. } => "timed out".to_owned(),
        Standing::Skipped { .. } => "skipped".to_owned(),
        Standing::Canceled { .. } => "canceled".to_owned(),
    };
    [moment.to_owned(), asked, standing]
}

pub fn job(run: Option<&JobRun>) -> String {
    match run {
        None => "not begun".to_owned(),
        Some(JobRun::Skipped(because)) => skipped(*because),
        Some(JobRun::CouldNotBegin { why, .. }) => format!("failed, {why}"),
        Some(JobRun::Began { result: None, .. }) => "running".to_owned(),
        Some(JobRun::Began { result: Some(result), .. }) => job_result(*result).to_owned(),
    }
}

pub const fn job_result(result: JobResult) -> &'static str {
    match result {
        JobResult::Succeeded => "succeeded",
        JobResult::PartiallySucceeded => "partially succeeded",
        JobResult::Failed => "failed",
        JobResult::Canceled => "canceled",
    }
}

pub fn task(run: Option<&TaskRun>) -> String {
    let word = match run {
        None => "not begun",
        Some(TaskRun::Skipped(because)) => return skipped(*because),
        Some(TaskRun::Running { stop: None, .. }) => "running",
        Some(TaskRun::Running { stop: Some(_), .. }) => "asked to stop",
        Some(TaskRun::Waiting { .. }) => "waiting",
        Some(TaskRun::Pausing { .. }) => "pausing",
        Some(TaskRun::ToRetry { .. }) => "to be tried again",
        Some(TaskRun::Ended { result, .. }) => match result {
            TaskResult::Succeeded => "succeeded",
            TaskResult::SucceededWithIssues => "succeeded with issues",
            TaskResult::Failed => "failed",
            TaskResult::Canceled => "canceled",
            TaskResult::TimedOut => "timed out",
            TaskResult::Lost => "lost",
        },
    };
    word.to_owned()
}

fn skipped(because: SkipReason) -> String {
    match because {
        SkipReason::Disabled => "skipped, disabled".to_owned(),
        SkipReason::Condition => "skipped".to_owned(),
        SkipReason::JobTimedOut => "skipped, the job timed out".to_owned(),
        SkipReason::NoNewTarget => "skipped, no new target".to_owned(),
        SkipReason::SucceededInAttempt(attempt) => format!("skipped, succeeded in attempt {attempt}"),
    }
}

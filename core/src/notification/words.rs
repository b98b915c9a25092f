//! Notifications in one line, for people.

use std::fmt;

use super::{
    Completion, DeploymentNews, FailedTask, Failure, HandedOn, News, Notification, Outcome, ToldRelease,
};
use crate::deployment::{Assignment, End, InterventionAnswer, TaskResult};
use crate::{Actor, Approver, DeploymentId, Moment, ReleaseState, Timestamp};

/// `ann is asked to approve QA of Release-1 before its jobs, until 2024-01-31 00:00 UTC`
impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ToldRelease { name: release, pipeline_name, .. } = &self.release;
        match &self.news {
            News::ReleaseCreated { state: ReleaseState::Draft, .. } => {
                write!(f, "{release} of {pipeline_name} was created as a draft")
            }
            News::ReleaseCreated { .. } => write!(f, "{release} of {pipeline_name} was created"),
            News::ReleaseStarted => write!(f, "{release} was started"),
            News::ReleaseAbandoned { comment } => write!(f, "{release} was abandoned{}", said(comment)),
            News::Deployment { id, stage, news } => news.tell(&place(stage, release, *id)).fmt(f),
        }
    }
}

fn place(stage: &str, release: &str, id: DeploymentId) -> String {
    match id.attempt.get() {
        1 => format!("{stage} of {release}"),
        attempt => format!("{stage} of {release} (attempt {attempt})"),
    }
}

impl DeploymentNews {
    fn tell(&self, place: &str) -> String {
        match self {
            Self::Started { comment, .. } => format!("{place} started{}", said(comment)),
            Self::Completed(Completion::Succeeded) => format!("{place} succeeded"),
            Self::Completed(Completion::PartiallySucceeded) => format!("{place} succeeded partially"),
            Self::Completed(Completion::Canceled(because)) => {
                format!("{place} was canceled: {}", End::Canceled(because.clone()))
            }
            Self::Failed(failure) => format!("{place} failed: {}", tell_failure(failure)),
            Self::ApprovalAsked { approval, approver, due, handed_on } => {
                let instead = handed_on.as_ref().map(tell_handed_on).unwrap_or_default();
                let (who, side) = (name_of(approver), side(approval.moment));
                format!("{who} is asked{instead} to approve {place} {side}, until {}", at(*due))
            }
            Self::ApprovalAnswered { approval, approver, outcome } => {
                let (who, what) = (name_of(approver), format!("{place} {}", side(approval.moment)));
                match outcome {
                    Outcome::Approved { by, comment, .. } => {
                        format!("{} approved {what}{}", who_is(by), said(comment))
                    }
                    Outcome::Rejected { by, comment, .. } => {
                        format!("{} rejected {what}{}", who_is(by), said(comment))
                    }
                    Outcome::TimedOut => format!("{who} did not answer in time to {what}"),
                    Outcome::NotNeeded => format!("{who} need not approve {what}: enough others have"),
                    Outcome::Withdrawn => format!("{who} need not approve {what} any more"),
                }
            }
            Self::InterventionAsked { name, asked, due, on_timeout, .. } => {
                let then = match on_timeout {
                    InterventionAnswer::Resume => "resumed",
                    InterventionAnswer::Reject => "rejected",
                };
                let (who, due) = (tell_assigned(asked), at(*due));
                let told = if asked.instructions.is_empty() {
                    String::new()
                } else {
                    format!(": {:?}", asked.instructions)
                };
                format!("{who} may resume or reject {place}, which waits in {name:?}{told}; {then} at {due}")
            }
        }
    }
}

fn tell_failure(failure: &Failure) -> String {
    match failure {
        Failure::JobsFailed { unbegun, tasks } if unbegun.is_empty() && tasks.is_empty() => {
            "its jobs failed".to_owned()
        }
        Failure::JobsFailed { unbegun, tasks } => {
            let unbegun = unbegun.iter().map(|job| format!("{:?} could not begin: {}", job.name, job.why));
            unbegun.chain(tasks.iter().map(tell_task)).collect::<Vec<_>>().join("; ")
        }
        Failure::ApprovalRejected { by, comment, .. } => format!("{} said no{}", who_is(by), said(comment)),
        Failure::ApprovalTimedOut { approver, .. } => format!("{} did not answer in time", name_of(approver)),
        Failure::GatesTimedOut { moment, failing } => {
            let failing =
                if failing.is_empty() { String::new() } else { format!(": {}", failing.join(", ")) };
            format!("the gates {} did not pass in time{failing}", side(*moment))
        }
    }
}

fn tell_task(task: &FailedTask) -> String {
    let result = match task.result {
        TaskResult::TimedOut => "timed out",
        TaskResult::Lost => "was lost",
        TaskResult::Succeeded
        | TaskResult::SucceededWithIssues
        | TaskResult::Failed
        | TaskResult::Canceled => "failed",
    };
    format!("{:?} {result}{}", task.name, said(&task.message))
}

fn tell_handed_on(handed_on: &HandedOn) -> String {
    format!(" by {} instead of {}", who_is(&handed_on.by), name_of(&handed_on.from))
}

fn tell_assigned(asked: &Assignment) -> String {
    let users = asked.users.iter().map(ToString::to_string);
    let groups = asked.groups.iter().map(|group| format!("the group {group}"));
    let who = users.chain(groups).collect::<Vec<_>>().join(" or ");
    if who.is_empty() { "whoever may resume interventions".to_owned() } else { who }
}

/// What was said, after what it was said of.
fn said(comment: &str) -> String {
    if comment.is_empty() { String::new() } else { format!(", saying {comment:?}") }
}

fn at(moment: Timestamp) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn who_is(actor: &Actor) -> String {
    match actor {
        Actor::User(user) => user.to_string(),
        Actor::Trigger(name) => format!("trigger {name}"),
        Actor::System => "the system".to_owned(),
    }
}

fn name_of(approver: &Approver) -> String {
    match approver {
        Approver::User(user) => user.to_string(),
        Approver::Group(group) => format!("the group {group}"),
        Approver::Automatic => "nobody".to_owned(),
    }
}

const fn side(moment: Moment) -> &'static str {
    match moment {
        Moment::Before => "before its jobs",
        Moment::After => "after its jobs",
    }
}

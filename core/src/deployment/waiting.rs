//! Tasks that no runner carries out: they wait for a person, or for a moment (J8, J9).

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::approving::after_minutes;
use super::running::{end_of_cancelling, job_of, result_of_stop, settle, shortened, stop_task};
use super::{DeploymentEvent, StopReason, TaskResult, TaskRun};
use crate::flow::Impossible;
use crate::release::{Deciding, ReleaseRefusal};
use crate::variable::{Resolved, expand};
use crate::{Context, GroupId, OwnTask, Task, TaskId, Timestamp, UserId, later, limits};

/// What a task waits for that no runner carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// For somebody's word (J8).
    Intervention(Box<Intervention>),
    /// For a moment (J9).
    Delay {
        /// When it is over.
        until: Timestamp,
        /// When the task's time is over (J7).
        times_out_at: Option<Timestamp>,
    },
}

/// A manual intervention that waits for an answer (J8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// Who may answer, and what they are told.
    pub asked: Assignment,
    /// When it counts as answered if nobody answers.
    pub due: Timestamp,
    /// How it counts then.
    pub on_timeout: InterventionAnswer,
}

/// Who may answer a manual intervention, and what they are told (J8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// These users.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub users: BTreeSet<UserId>,
    /// The members of these groups.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupId>,
    /// What they are told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instructions: String,
}

/// What is said to a manual intervention (J8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterventionAnswer {
    /// The deployment goes on.
    Resume,
    /// The task fails.
    Reject,
}

impl Assignment {
    /// Whether nobody is assigned: whoever may resume interventions there answers.
    pub fn is_open_to_all(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }

    /// Whether it is assigned to this user, who is a member of these groups.
    pub fn includes(&self, user: &UserId, groups: &BTreeSet<GroupId>) -> bool {
        self.users.contains(user) || !self.groups.is_disjoint(groups)
    }
}

/// What the inputs of a task that no runner carries out come to.
#[derive(Debug)]
enum Plan {
    Intervention { asked: Assignment, on_timeout: InterventionAnswer },
    Delay { minutes: u32 },
}

/// What is wrong with its inputs, as far as they can be read before their variables have values.
pub(crate) fn problem_of(own: OwnTask, task: &Task) -> Option<String> {
    let is_open = |name: &str| task.inputs.get(name).is_some_and(|value| value.contains("$("));
    if own.inputs().iter().any(|name| is_open(name)) {
        return None;
    }
    plan(own, task, &task.inputs).err()
}

/// What the inputs come to. One that is written to assign an intervention to somebody, and comes to nobody, leaves it to nobody, and not
/// to all (J8).
fn plan(own: OwnTask, task: &Task, inputs: &BTreeMap<String, String>) -> Result<Plan, String> {
    let input = |name: &str| inputs.get(name).map_or("", |value| value.trim());
    match own {
        OwnTask::ManualIntervention => {
            let users = ids(input(OwnTask::USERS), UserId::new)?;
            let groups = ids(input(OwnTask::GROUPS), GroupId::new)?;
            let on_timeout = match input(OwnTask::ON_TIMEOUT) {
                "" | "reject" => InterventionAnswer::Reject,
                "resume" => InterventionAnswer::Resume,
                other => return Err(format!("{} is resume or reject, not {other:?}", OwnTask::ON_TIMEOUT)),
            };
            let instructions = shortened(input(OwnTask::INSTRUCTIONS).to_owned());
            let asked = Assignment { users, groups, instructions };
            let written =
                [OwnTask::USERS, OwnTask::GROUPS].into_iter().filter_map(|name| task.inputs.get(name));
            let written: Vec<&str> =
                written.map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
            if asked.is_open_to_all() && !written.is_empty() {
                return Err(format!("it is assigned to nobody: {}", written.join(", ")));
            }
            Ok(Plan::Intervention { asked, on_timeout })
        }
        OwnTask::Delay => {
            let text = input(OwnTask::MINUTES);
            let minutes = text.parse().ok().filter(|minutes| *minutes <= limits::DELAY_MINUTES);
            let refused = || {
                let most = limits::DELAY_MINUTES;
                format!("{} is a whole number from 0 to {most}, not {text:?}", OwnTask::MINUTES)
            };
            minutes.map(|minutes| Plan::Delay { minutes }).ok_or_else(refused)
        }
    }
}

fn ids<Id: Ord, Bad: std::fmt::Display>(
    text: &str,
    read: impl Fn(String) -> Result<Id, Bad>,
) -> Result<BTreeSet<Id>, String> {
    let names = text.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty());
    let read = names.map(|name| read(name.to_owned()).map_err(|bad| format!("{name:?}: {bad}")));
    let found: BTreeSet<Id> = read.collect::<Result<_, _>>()?;
    match found.len() {
        many if many > limits::ASSIGNEES => {
            Err(format!("at most {} are assigned, not {many}", limits::ASSIGNEES))
        }
        _ => Ok(found),
    }
}

/// What a delay of no minutes takes.
const SHORTEST_DELAY: TimeDelta = TimeDelta::milliseconds(1);

/// The task comes next: it begins to wait. One whose inputs come to nothing has failed.
pub(super) fn begin(deciding: &mut Deciding<'_>, id: TaskId) -> Result<(), ReleaseRefusal> {
    let job = job_of(deciding, id.job)?;
    let task = job.tasks.get(id.task as usize).ok_or(Impossible("a task that its job does not have"))?;
    let own = task.task.own().ok_or(Impossible("a wait of a task that a runner carries out"))?;
    let minutes = task.timeout_minutes;
    let variables = deciding.release().variables(deciding.definition, id.slice());
    let inputs = expanded(own, task, &variables);
    let now = deciding.now();
    let stops_at = end_of_cancelling(deciding, id.job)?;
    match inputs.and_then(|inputs| plan(own, task, &inputs)) {
        Ok(Plan::Intervention { asked, on_timeout }) => {
            let minutes = if minutes == 0 { limits::TASK_TIMEOUT_MINUTES } else { minutes };
            let due = after_minutes(now, minutes);
            let due = stops_at.map_or(due, |at| at.min(due));
            deciding.record(DeploymentEvent::InterventionAsked { task: id, asked, due, on_timeout })?;
        }
        Ok(Plan::Delay { minutes: delay }) => {
            // Never over in the commit in which it begins, which may be that of the grant (D7): deadlines that are due are decided in one.
            let until = later(now, TimeDelta::minutes(i64::from(delay)).max(SHORTEST_DELAY));
            let of_task = (minutes > 0).then(|| after_minutes(now, minutes));
            let times_out_at = of_task.into_iter().chain(stops_at).min();
            deciding.record(DeploymentEvent::TaskDelayed { task: id, until, times_out_at })?;
        }
        Err(message) => {
            deciding.record(DeploymentEvent::TaskDelayed { task: id, until: now, times_out_at: None })?;
            record_end(deciding, id, TaskResult::Failed, message)?;
        }
    }
    Ok(())
}

fn expanded(own: OwnTask, task: &Task, variables: &Resolved) -> Result<BTreeMap<String, String>, String> {
    let given = task.inputs.iter().filter(|(name, _)| own.inputs().contains(&name.as_str()));
    let value = |(name, text): (&String, &String)| match expand(text, variables) {
        Ok(expanded) => Ok((name.clone(), expanded.text)),
        Err(error) => Err(format!("{name}: {error}")),
    };
    given.map(value).collect()
}

/// Somebody resumes or rejects (J8). The same answer of the same person once more is already so.
pub(crate) fn answer_intervention(
    deciding: &mut Deciding<'_>,
    task: TaskId,
    answer: InterventionAnswer,
    comment: &str,
) -> Result<(), ReleaseRefusal> {
    let deployment = deciding.deployment(task.deployment())?;
    let Context { actor, groups, .. } = deciding.context;
    let Some(open) = deployment.intervention(task) else {
        let is_already_so =
            deployment.answered.get(&task).is_some_and(|(given, by)| (given, by) == (&answer, actor));
        return if is_already_so { Ok(()) } else { Err(ReleaseRefusal::InterventionNotOpen { task }) };
    };
    let asked = &open.asked;
    let is_assigned = actor.as_user().is_some_and(|user| asked.includes(user, groups));
    if !asked.is_open_to_all() && !is_assigned {
        let actor = deciding.context.actor.clone();
        return Err(ReleaseRefusal::NotAssigned { actor, task });
    }
    let (by, comment) = (deciding.context.actor.clone(), comment.to_owned());
    let (result, message) = match answer {
        InterventionAnswer::Resume => (TaskResult::Succeeded, String::new()),
        InterventionAnswer::Reject => (TaskResult::Failed, format!("{by} rejected it")),
    };
    deciding.record(DeploymentEvent::InterventionAnswered { task, answer, by, comment })?;
    end(deciding, task, result, message)
}

/// Nobody answered in time: it counts as answered as was configured (J8).
pub(super) fn time_out(deciding: &mut Deciding<'_>, task: TaskId) -> Result<(), ReleaseRefusal> {
    let deployment = deciding.deployment(task.deployment())?;
    let Some(intervention) = deployment.intervention(task) else { return Ok(()) };
    let (result, then) = match intervention.on_timeout {
        InterventionAnswer::Resume => (TaskResult::Succeeded, "resumed"),
        InterventionAnswer::Reject => (TaskResult::Failed, "rejected"),
    };
    end(deciding, task, result, format!("nobody answered in time: {then}, as configured"))
}

/// The delay is over (J9).
pub(super) fn end_delay(deciding: &mut Deciding<'_>, task: TaskId) -> Result<(), ReleaseRefusal> {
    end(deciding, task, TaskResult::Succeeded, String::new())
}

/// D4, J7: a task that runs is asked to stop; one that waits has stopped at once. The jobs are to go on then.
pub(super) fn stop(
    deciding: &mut Deciding<'_>,
    task: TaskId,
    because: StopReason,
) -> Result<(), ReleaseRefusal> {
    match deciding.deployment(task.deployment())?.open_task(task) {
        Some(TaskRun::Running { .. }) => stop_task(deciding, task, because),
        Some(TaskRun::Waiting { .. }) => record_end(deciding, task, result_of_stop(because), String::new()),
        Some(
            TaskRun::Pausing { .. } | TaskRun::ToRetry { .. } | TaskRun::Skipped(_) | TaskRun::Ended { .. },
        )
        | None => Ok(()),
    }
}

fn end(
    deciding: &mut Deciding<'_>,
    task: TaskId,
    result: TaskResult,
    message: String,
) -> Result<(), ReleaseRefusal> {
    record_end(deciding, task, result, message)?;
    settle(deciding, task.deployment())
}

fn record_end(
    deciding: &mut Deciding<'_>,
    task: TaskId,
    result: TaskResult,
    message: String,
) -> Result<(), ReleaseRefusal> {
    let (message, variables) = (shortened(message), Vec::new());
    Ok(deciding.record(DeploymentEvent::TaskEnded { task, result, message, variables })?)
}

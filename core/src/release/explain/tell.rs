//! Blockers in words, for people who know the pipeline.

use std::collections::BTreeSet;
use std::fmt;

use super::{
    Blocker, BlockerKind, LackingGroup, OpenApproval, OpenGates, ServingAgent, TaskName, WantedAgent,
};
use crate::deployment::{Intervention, InterventionAnswer, LifeStep, StopReason};
use crate::freeze::Hold;
use crate::{Approver, DeploymentId, Moment, PipelineDefinition, QueuingPolicy, StageId, Timestamp, Waiting};

impl Blocker {
    /// What is waited for, in one line: `waits for approval by ann (before its jobs)`. Stages are named as in `definition`.
    pub fn tell(&self, definition: &PipelineDefinition) -> String {
        match &self.kind {
            BlockerKind::Draft => "the release is a draft: start it".to_owned(),
            BlockerKind::ReleaseDeleted => {
                "the release is deleted: only restoring it brings it back".to_owned()
            }
            BlockerKind::Abandoned => {
                "the release is abandoned: only reactivating it brings it back".to_owned()
            }
            BlockerKind::PipelineDeleted => {
                "the pipeline is deleted: nothing is started from its releases".to_owned()
            }
            BlockerKind::ManualOnly => "starts only by hand".to_owned(),
            BlockerKind::NeverStarts(because) => because.to_string(),
            BlockerKind::BeyondTarget => "lies beyond the target stage".to_owned(),
            BlockerKind::Stages(missing) => {
                let missing = missing
                    .iter()
                    .map(|(stage, status)| format!("{} ({status})", name_of(definition, *stage)));
                format!("waits for {}", missing.collect::<Vec<_>>().join(", "))
            }
            BlockerKind::Moment => match self.by_itself_at {
                Some(at) => format!("waits until {}", moment_told(at)),
                None => "waits for its moment".to_owned(),
            },
            BlockerKind::QueuePaused { by, reason } if reason.is_empty() => {
                format!("the queue was paused by {by}")
            }
            BlockerKind::QueuePaused { by, reason } => format!("the queue was paused by {by}: {reason}"),
            BlockerKind::Frozen { holds, until } => tell_frozen(holds, *until),
            BlockerKind::Queued { ahead, holders, policy } => {
                let holders: Vec<_> =
                    holders.iter().map(|holder| format!("release {}", holder.release)).collect();
                let slots = if holders.is_empty() { "nobody".to_owned() } else { holders.join(", ") };
                let place = if *ahead == 0 {
                    "is next in the queue".to_owned()
                } else {
                    format!("is queued behind {ahead} others")
                };
                format!("{place}: {}, held by {slots}", tell_policy(*policy))
            }
            BlockerKind::Approvals { moment, open, needed, left } => {
                tell_approvals(*moment, open, *needed, *left)
            }
            BlockerKind::Deferred { by } => {
                let until = self.by_itself_at.map_or_else(|| "later".to_owned(), moment_told);
                let by = by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
                format!("is approved, and deferred until {until}{by}")
            }
            BlockerKind::Locks { lacking, ahead } => tell_locks(lacking, ahead),
            BlockerKind::Agent(wanted) => tell_agent(wanted),
            BlockerKind::Gates(open) => tell_gates(open),
            BlockerKind::TaskToBegin { name, .. } => format!("waits for an engine to begin {name}"),
            BlockerKind::TaskRunning { name, stop: None, .. } => format!("runs {name}"),
            BlockerKind::TaskRunning { name, stop: Some(because), .. } => {
                let because = match because {
                    StopReason::Canceled => "it was canceled",
                    StopReason::TimedOut | StopReason::JobTimedOut => "its time is over",
                };
                format!("waits for {name} to stop, since {because}")
            }
            BlockerKind::RetryPause { name, until, .. } => format!("tries {name} again at {until}"),
            BlockerKind::Intervention { name, open, .. } => tell_intervention(name, open),
            BlockerKind::Delay { name, until, .. } => {
                format!("waits in {name} until {}", moment_told(*until))
            }
            BlockerKind::Settling => "has nothing to run: an engine is about to record that".to_owned(),
        }
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.slice {
            None => write!(f, "{:?}", self.name),
            Some(slice) => write!(f, "{:?} of slice {slice}", self.name),
        }
    }
}

impl fmt::Display for LifeStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Moment => "its moment",
            Self::Deferral => "the moment that an approver gave",
            Self::Slot => "a slot of its queue",
            Self::Approvals(Moment::Before) => "approvals before its jobs",
            Self::Gates(Moment::Before) => "gates before its jobs",
            Self::Gates(Moment::After) => "gates after its jobs",
            Self::Locks => "the lock groups of its stage",
            Self::Jobs => "its jobs",
            Self::Approvals(Moment::After) => "approvals after its jobs",
        })
    }
}

fn name_of(definition: &PipelineDefinition, stage: StageId) -> String {
    definition.stage(stage).map_or_else(|| format!("stage {stage}"), |stage| stage.name.clone())
}

fn tell_policy(policy: QueuingPolicy) -> String {
    match policy {
        QueuingPolicy::Unlimited => "as many at once as there are".to_owned(),
        QueuingPolicy::AtMost { deployments, waiting: Waiting::InOrder } => {
            format!("{deployments} at once, in order")
        }
        QueuingPolicy::AtMost { deployments, waiting: Waiting::OnlyLatest } => {
            format!("{deployments} at once, only the latest")
        }
    }
}

fn tell_frozen(holds: &[Hold], until: Option<Timestamp>) -> String {
    let freezes: Vec<String> =
        holds.iter().map(|hold| format!("{} ({})", hold.freeze, hold.reason)).collect();
    let end = match until {
        Some(at) => at.format("until %Y-%m-%d %H:%M:%S UTC").to_string(),
        None => "until that is lifted".to_owned(),
    };
    format!("is frozen by {} {end}", freezes.join(", "))
}

fn moment_told(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `waits for gates: health fails since 2024-01-01 00:05:00 UTC (before its jobs)`
fn tell_gates(open: &OpenGates) -> String {
    let at = |moment: Timestamp| moment.format("%Y-%m-%d %H:%M:%S UTC");
    let failing: Vec<String> =
        open.failing.iter().map(|gate| format!("{} fails since {}", gate.name, at(gate.since))).collect();
    let how = match (&*failing, open.steady_since) {
        ([], Some(since)) => format!("all succeed since {}, and must go on", at(since)),
        ([], None) => format!("sampled every {} s from {} on", open.interval_seconds, at(open.delay_until)),
        ([..], _) => failing.join(", "),
    };
    format!("waits for gates: {how} ({})", side(open.moment))
}

/// `waits in "Look" for ann or the group ops to resume or reject; rejected at 2024-01-01 00:05:00 UTC`
fn tell_intervention(name: &TaskName, open: &Intervention) -> String {
    let users = open.asked.users.iter().map(ToString::to_string);
    let groups = open.asked.groups.iter().map(|group| format!("the group {group}"));
    let mut who = users.chain(groups).collect::<Vec<_>>().join(" or ");
    if who.is_empty() {
        "whoever may resume interventions".clone_into(&mut who);
    }
    let then = match open.on_timeout {
        InterventionAnswer::Resume => "resumed",
        InterventionAnswer::Reject => "rejected",
    };
    let due = moment_told(open.due);
    format!("waits in {name} for {who} to resume or reject; {then} at {due}")
}

/// `waits for lock group database (1 at once), held by release 3; behind release 4`
fn tell_locks(lacking: &[LackingGroup], ahead: &[DeploymentId]) -> String {
    let releases = |deployments: &[DeploymentId]| {
        let told: Vec<_> = deployments.iter().map(|it| format!("release {}", it.release)).collect();
        told.join(", ")
    };
    let mut parts: Vec<String> = lacking
        .iter()
        .map(|LackingGroup { group, capacity, holders }| match capacity {
            None => format!("lock group {group}, which is not defined any more"),
            Some(capacity) => {
                format!("lock group {group} ({capacity} at once), held by {}", releases(holders))
            }
        })
        .collect();
    if parts.is_empty() {
        parts.push("its lock groups".to_owned());
    }
    let behind = if ahead.is_empty() { String::new() } else { format!("; behind {}", releases(ahead)) };
    format!("waits for {}{behind}", parts.join(", and "))
}

fn tell_agent(wanted: &WantedAgent) -> String {
    let WantedAgent { name, more, pool, demands, serving, serving_count, ahead, ahead_count, .. } = wanted;
    let slice = name.as_ref().map_or_else(String::new, |name| format!("slice {name} "));
    let waits = if *more > 0 { format!("and {more} more wait") } else { "waits".to_owned() };
    let demands: Vec<_> = demands.iter().map(ToString::to_string).collect();
    let demands =
        if demands.is_empty() { String::new() } else { format!(" that meets {}", demands.join(", ")) };
    let agent = |ServingAgent { agent, runs, disabled }: &ServingAgent| {
        let runs = runs.map(|slice| format!("runs release {}", slice.deployment().release));
        let disabled = disabled.as_ref().map(|reason| match reason.as_str() {
            "" => "is disabled".to_owned(),
            reason => format!("is disabled ({reason})"),
        });
        let told: Vec<_> = runs.into_iter().chain(disabled).collect();
        let told = if told.is_empty() { "is free".to_owned() } else { told.join(" and ") };
        format!("{agent} {told}")
    };
    let agents = if serving.is_empty() {
        "there is none".to_owned()
    } else {
        let more = and_more(*serving_count, serving.len());
        serving.iter().map(agent).collect::<Vec<_>>().join(", ") + &more
    };
    let releases: BTreeSet<_> = ahead.iter().map(|slice| slice.deployment().release).collect();
    let releases: Vec<_> = releases.into_iter().map(|release| format!("release {release}")).collect();
    let behind =
        if releases.is_empty() { String::new() } else { format!("; behind {}", releases.join(", ")) };
    let behind = behind + &and_more(*ahead_count, ahead.len());
    format!("{slice}{waits} for an agent of pool {pool}{demands}: {agents}{behind}")
}

fn and_more(count: usize, told: usize) -> String {
    if count > told { format!(" and {} more", count - told) } else { String::new() }
}

const fn side(moment: Moment) -> &'static str {
    match moment {
        Moment::Before => "before its jobs",
        Moment::After => "after its jobs",
    }
}

fn tell_approvals(moment: Moment, open: &[OpenApproval], needed: usize, left: usize) -> String {
    let side = side(moment);
    let approvers: Vec<String> = open.iter().map(tell_approver).collect();
    let which = if open.len() > needed { format!("{needed} of ") } else { String::new() };
    let hint = match left {
        0 => ": nobody is left who could approve it, unless it is handed on",
        left if left < needed => ": too few are left who could approve it, unless it is handed on",
        _ => "",
    };
    format!("waits for approval by {which}{} ({side}){hint}", approvers.join(", "))
}

fn tell_approver(open: &OpenApproval) -> String {
    let mut notes = Vec::new();
    if let Some(first) = open.instead_of.first() {
        notes.push(format!("instead of {}", name_of_approver(first)));
    }
    let barred: Vec<String> = open.barred.iter().map(ToString::to_string).collect();
    match &open.approver {
        Approver::User(_) if !barred.is_empty() => {
            notes.push("who asked for it and may not approve".to_owned());
        }
        Approver::Group(_) if !barred.is_empty() => {
            notes.push(format!("but not {}, who asked for it", barred.join(" or ")));
        }
        Approver::User(_) | Approver::Group(_) | Approver::Automatic => {}
    }
    if open.confirms_identity {
        notes.push("whose identity is to be confirmed anew".to_owned());
    }
    let name = name_of_approver(&open.approver);
    if notes.is_empty() { name } else { format!("{name} ({})", notes.join("; ")) }
}

fn name_of_approver(approver: &Approver) -> String {
    match approver {
        Approver::User(user) => user.to_string(),
        Approver::Group(group) => format!("the group {group}"),
        Approver::Automatic => "nobody".to_owned(),
    }
}

//! Tasks: the single things that a job does (J4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A task of a job (J4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// For people.
    pub name: String,
    /// What runs it: the host maps it to a runner.
    pub task: TaskRef,
    /// The name by which its output variables are read (J10); empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference_name: String,
    /// What it is told; `$(name)` in a value stands for a variable (V3).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// A task that is not enabled is skipped, and recorded as skipped.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
    /// Whether it runs, given what came before it in the job (J5).
    #[serde(default)]
    pub condition: Condition,
    /// Whether its failure lets the job go on, as partially succeeded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continue_on_error: bool,
    /// Minutes after which it is cancelled; 0: none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub timeout_minutes: u32,
    /// How often it is tried again after a failure: 0 to 10.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retry_count: u32,
    /// Environment variables of its process, beside the variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Whether doing it twice is as good as doing it once, so that it may be tried again after it was lost (J6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeatable: bool,
}

/// What runs a task: an id that the host maps to a runner, with a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskRef {
    /// A name such as `command`, or the id that another system gave it (a GUID).
    pub id: String,
    /// `2.*`, `*`, or exact; empty: any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// A task that no runner carries out: it only waits, in a server job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnTask {
    /// It waits until somebody resumes or rejects it (J8).
    ManualIntervention,
    /// It waits for some minutes (J9).
    Delay,
}

/// Whether a task or a job runs, given what came before it (J5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// `succeeded()`: nothing before it failed.
    #[default]
    Succeeded,
    /// `succeededOrFailed()`: whatever came before, unless it was cancelled.
    SucceededOrFailed,
    /// `always()`: whatever came before.
    Always,
    /// `failed()`: something before it failed.
    Failed,
    /// An expression (C1).
    Expression(String),
}

impl TaskRef {
    /// The id of the ready-made command-line task: input `script`, run by the platform's shell.
    pub const COMMAND: &'static str = "command";
    /// The id of the task that waits for somebody's word, in server jobs: [`OwnTask::ManualIntervention`] (J8).
    pub const MANUAL_INTERVENTION: &'static str = "manual-intervention";
    /// The id of the task that waits for some minutes, in server jobs: [`OwnTask::Delay`] (J9).
    pub const DELAY: &'static str = "delay";

    /// A task by its id, of any version.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), version: String::new() }
    }

    /// Which task it is that no runner carries out, if it is one.
    pub fn own(&self) -> Option<OwnTask> {
        match self.id.as_str() {
            Self::MANUAL_INTERVENTION => Some(OwnTask::ManualIntervention),
            Self::DELAY => Some(OwnTask::Delay),
            _ => None,
        }
    }
}

impl OwnTask {
    /// The input that says what those who are asked are told.
    pub const INSTRUCTIONS: &'static str = "instructions";
    /// The input that says which users may answer: their ids, between commas or on lines of their own.
    pub const USERS: &'static str = "users";
    /// The input that says of which groups the members may answer, written as the users. Where neither says anybody, whoever may resume
    /// interventions there answers.
    pub const GROUPS: &'static str = "groups";
    /// The input that says what happens if nobody answers within the task's time-out (0: 60 days): `reject`, or `resume`.
    pub const ON_TIMEOUT: &'static str = "on-timeout";
    /// The input that says how many minutes are waited: 0 to 86,400.
    pub const MINUTES: &'static str = "minutes";

    /// The inputs that it takes; what variables stand for in them is put in when it begins.
    pub const fn inputs(self) -> &'static [&'static str] {
        match self {
            Self::ManualIntervention => &[Self::INSTRUCTIONS, Self::USERS, Self::GROUPS, Self::ON_TIMEOUT],
            Self::Delay => &[Self::MINUTES],
        }
    }
}

impl Task {
    /// A task that does what `task` stands for, with nothing said beside it.
    pub fn new(name: impl Into<String>, task: TaskRef) -> Self {
        Self {
            name: name.into(),
            task,
            reference_name: String::new(),
            inputs: BTreeMap::new(),
            enabled: true,
            condition: Condition::Succeeded,
            continue_on_error: false,
            timeout_minutes: 0,
            retry_count: 0,
            environment: BTreeMap::new(),
            repeatable: false,
        }
    }

    /// A script for the platform's shell, named after its first line.
    pub fn command(script: impl Into<String>) -> Self {
        let script = script.into();
        let name = script.lines().next().unwrap_or_default().trim().to_owned();
        Self::new(name, TaskRef::new(TaskRef::COMMAND)).with_input("script", script)
    }

    /// Tells it something.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.inputs.insert(name.into(), value.into());
        self
    }

    /// Runs only if `condition` holds.
    #[must_use]
    pub fn with_condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

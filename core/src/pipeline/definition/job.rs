//! Jobs: what runs in one place, one after another (J1).

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{Condition, Task, Variables};
use crate::{PoolId, fold};

/// A job of a stage (J1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// For people.
    pub name: String,
    /// The name by which output variables of the job are read (J10); empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference_name: String,
    /// Where it runs.
    #[serde(default)]
    pub kind: JobKind,
    /// Whether it runs, given what came before it in the stage.
    #[serde(default)]
    pub condition: Condition,
    /// Minutes after which it is cancelled; 0: none; `None`: 60 for an agent job, none for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_minutes: Option<u32>,
    /// Minutes that its tasks are given to stop before they are killed: 1 to 60.
    #[serde(default = "five", skip_serializing_if = "is_five")]
    pub cancel_timeout_minutes: u32,
    /// Whether it runs once or in slices (J2).
    #[serde(default)]
    pub parallelism: Parallelism,
    /// Variables of the job (V1).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: Variables,
    /// What it does, one after another.
    #[serde(default)]
    pub tasks: Vec<Task>,
}

/// Where a job runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobKind {
    /// On an agent.
    Agent {
        /// The name of the pool that the agent is taken from, compared without case; empty: `default`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pool: String,
        /// What the agent must offer: `java`, `Agent.OS -equals Linux`, `Agent.Version -gtVersion 2.163.1` (J11).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        demands: Vec<String>,
    },
    /// In the engine itself: interventions, delays, calls of other services.
    Server,
    /// On each matching machine of a deployment group (J3).
    DeploymentGroup {
        /// The group, by its id.
        group: String,
        /// All of these must be on a machine for it to be taken.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        tags: BTreeSet<String>,
        /// How many machines at once.
        #[serde(default)]
        at_once: TargetLimit,
    },
}

/// How many machines of a deployment group are deployed to at once (J3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetLimit {
    /// One after another.
    #[default]
    One,
    /// This many.
    Count(NonZeroU32),
    /// This part of them, in percent, at least one.
    Percent(NonZeroU32),
}

/// Whether a job runs once or in slices (J2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parallelism {
    /// Once.
    #[default]
    None,
    /// Once for each combination of the comma-separated values of these variables.
    MultiConfiguration {
        /// The variables' names.
        multipliers: Vec<String>,
        /// How many slices at once.
        at_most: NonZeroU32,
        /// Whether the other slices go on when one fails.
        continue_on_error: bool,
    },
    /// The same, this many times.
    MultiAgent {
        /// How many.
        agents: NonZeroU32,
        /// Whether the other slices go on when one fails.
        continue_on_error: bool,
    },
}

impl Default for JobKind {
    fn default() -> Self {
        Self::Agent { pool: String::new(), demands: Vec::new() }
    }
}

impl Job {
    /// Whether a condition means this job by `name`: its reference name if it has one, or else its name, compared without case (C1).
    pub fn goes_by(&self, name: &str) -> bool {
        let own = if self.reference_name.is_empty() { &self.name } else { &self.reference_name };
        fold(own) == fold(name)
    }

    /// An agent job without tasks.
    pub fn agent(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            reference_name: String::new(),
            kind: JobKind::default(),
            condition: Condition::Succeeded,
            timeout_minutes: None,
            cancel_timeout_minutes: five(),
            parallelism: Parallelism::None,
            variables: Variables::new(),
            tasks: Vec::new(),
        }
    }

    /// Adds a task behind the others.
    #[must_use]
    pub fn with_task(mut self, task: Task) -> Self {
        self.tasks.push(task);
        self
    }

    /// The pool that its agent is taken from; `None`: it needs none, or the name can't be a pool's (J11).
    pub fn pool(&self) -> Option<PoolId> {
        match &self.kind {
            JobKind::Agent { pool, .. } if pool.is_empty() => PoolId::new(DEFAULT_POOL).ok(),
            JobKind::Agent { pool, .. } => PoolId::new(pool).ok(),
            JobKind::Server | JobKind::DeploymentGroup { .. } => None,
        }
    }

    /// Minutes after which it is cancelled, with the default of its kind; `None`: never.
    pub fn effective_timeout_minutes(&self) -> Option<NonZeroU32> {
        let default = match self.kind {
            JobKind::Agent { .. } => 60,
            JobKind::Server | JobKind::DeploymentGroup { .. } => 0,
        };
        NonZeroU32::new(self.timeout_minutes.unwrap_or(default))
    }
}

/// The pool of a job that names none (J11).
const DEFAULT_POOL: &str = "default";

const fn five() -> u32 {
    5
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_five(minutes: &u32) -> bool {
    *minutes == 5
}

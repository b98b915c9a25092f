//! Stages: where a release is deployed to, and what must hold for it (P3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ApprovalStep, Approvals, Gates, Job, QueuingPolicy, Retention, Schedule, SlotSpan, Task, Variables,
    VersionFilter,
};
use crate::{Moment, StageId, UserId};

/// A stage: a place that releases are deployed to, with its jobs and all that must hold before and after them (P3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Stable over revisions, never given to another stage of the pipeline.
    pub id: StageId,
    /// Unique in the pipeline without case.
    pub name: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// What starts it by itself (S1-S3).
    #[serde(default)]
    pub trigger: StageTrigger,
    /// When a triggered stage may start (S4); any one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// Which artifact versions it takes (S5); all of them must pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifact_filters: Vec<StageArtifactFilter>,
    /// What must pass before its jobs.
    #[serde(default)]
    pub before: Checks,
    /// What must pass after its jobs.
    #[serde(default)]
    pub after: Checks,
    /// What is done, one job after another (J1).
    #[serde(default)]
    pub jobs: Vec<Job>,
    /// Variables of this stage (V1).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: Variables,
    /// Groups of variables that this stage sees, by name; later ones win (V1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variable_groups: Vec<String>,
    /// What its groups said when a release froze them (V2). Only in snapshots: a pipeline can not be saved with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub group_variables: Variables,
    /// How many releases it takes at once, and which go first (Q1).
    #[serde(default)]
    pub queuing: QueuingPolicy,
    /// From when until when a deployment holds its slot (Q2).
    #[serde(default)]
    pub slot_span: SlotSpan,
    /// Groups of stages, of any pipelines, that exclude each other (Q8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lock_groups: Vec<String>,
    /// How long its releases are kept (K1).
    #[serde(default)]
    pub retention: Retention,
    /// Whether releases made for pull requests may be deployed to it (T3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pull_requests: bool,
    /// What is deployed again by itself, and when (D6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeploy: Option<Redeploy>,
    /// Whether its state is published as a badge.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub badge: bool,
}

/// What starts a stage by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageTrigger {
    /// Nothing: only a person does (S3).
    #[default]
    Manual,
    /// The release becoming active (S1).
    AfterRelease,
    /// All of these stages having succeeded in the same release (S2). Never empty.
    AfterStages(Vec<AfterStage>),
}

/// A stage that another one comes after (S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterStage {
    /// The earlier stage.
    pub stage: StageId,
    /// Whether having succeeded partially is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_partially: bool,
}

/// Approvals and gates on one side of a stage's jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Who must agree (AP).
    #[serde(default, skip_serializing_if = "Approvals::is_empty")]
    pub approvals: Approvals,
    /// What must be healthy (G).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gates: Option<Gates>,
}

/// Which versions of one source a stage takes (S5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageArtifactFilter {
    /// The source's alias.
    pub alias: String,
    /// Alternatives: one that matches is enough.
    pub filters: Vec<VersionFilter>,
}

/// What a stage deploys again by itself (D6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redeploy {
    /// After a failure, the last release that succeeded.
    LastGood,
    /// When targets join its deployment group, the current release to them.
    NewTargets,
}

impl Stage {
    /// A manual stage without jobs.
    pub fn new(id: StageId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            owner: None,
            trigger: StageTrigger::Manual,
            schedules: Vec::new(),
            artifact_filters: Vec::new(),
            before: Checks::default(),
            after: Checks::default(),
            jobs: Vec::new(),
            variables: Variables::new(),
            variable_groups: Vec::new(),
            group_variables: Variables::new(),
            queuing: QueuingPolicy::Unlimited,
            slot_span: SlotSpan::ApprovalsAndJobs,
            lock_groups: Vec::new(),
            retention: Retention::default(),
            pull_requests: false,
            redeploy: None,
            badge: false,
        }
    }

    /// Starts when its release becomes active (S1).
    #[must_use]
    pub fn after_release(mut self) -> Self {
        self.trigger = StageTrigger::AfterRelease;
        self
    }

    /// Starts when all of these stages have succeeded (S2).
    #[must_use]
    pub fn after(mut self, stages: &[StageId]) -> Self {
        let stages = stages.iter().map(|&stage| AfterStage { stage, or_partially: false });
        self.trigger = StageTrigger::AfterStages(stages.collect());
        self
    }

    /// Adds a job behind the others.
    #[must_use]
    pub fn with_job(mut self, job: Job) -> Self {
        self.jobs.push(job);
        self
    }

    /// Adds a task to the last job, or to a new agent job if there is none.
    #[must_use]
    pub fn with_task(mut self, task: Task) -> Self {
        if self.jobs.is_empty() {
            self.jobs.push(Job::agent("Agent job"));
        }
        if let Some(job) = self.jobs.last_mut() {
            job.tasks.push(task);
        }
        self
    }

    /// Takes deployments as `queuing` says (Q1).
    #[must_use]
    pub fn with_queuing(mut self, queuing: QueuingPolicy) -> Self {
        self.queuing = queuing;
        self
    }

    /// Adds a step before or after the jobs that somebody must approve (AP1).
    #[must_use]
    pub fn with_approval(mut self, moment: Moment, step: ApprovalStep) -> Self {
        match moment {
            Moment::Before => self.before.approvals.steps.push(step),
            Moment::After => self.after.approvals.steps.push(step),
        }
        self
    }

    /// The checks on one side of the jobs.
    pub const fn checks(&self, moment: Moment) -> &Checks {
        match moment {
            Moment::Before => &self.before,
            Moment::After => &self.after,
        }
    }
}

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Approval, InterventionAnswer, JobResult, JobRun, SetVariable, Standing};
use crate::freeze::Hold;
use crate::gate::GateRun;
use crate::schedule::OccurrenceId;
use crate::{
    Actor, ApprovalId, Approver, ArtifactFilters, DeploymentId, Job, LockGroupId, Moment, NewTargets,
    ReleaseId, SlotSpan, Stage, TaskId, Timestamp,
};

/// One attempt at one stage of one release (D).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Release, stage and attempt.
    pub id: DeploymentId,
    /// Why it was triggered (S7).
    pub reason: DeploymentReason,
    /// Who triggered it; where it was scheduled and somebody brought it forward, who did that (S7).
    pub requested_by: Actor,
    /// Who triggered it, where it was scheduled and somebody brought it forward (S7).
    pub scheduled_by: Option<Actor>,
    /// What they said.
    pub comment: String,
    /// When it was triggered.
    pub triggered_at: Timestamp,
    /// From when until when it holds its slot (Q2).
    pub span: SlotSpan,
    /// The occurrence of its stage's schedule that it was armed for (S4).
    pub occurrence: Option<OccurrenceId>,
    /// Values that were given for variables when it was started by hand (S8).
    pub variables: BTreeMap<String, String>,
    /// The revision of its release's snapshot whose jobs it runs, from 1 (R7).
    pub snapshot: u32,
    /// How often what must pass before its jobs was begun, from 1: it starts again where the snapshot changes before its jobs (R7).
    pub round: u32,
    /// The jobs that it began with, where its release's snapshot has others since (R7).
    pub kept_jobs: Option<Arc<Vec<Job>>>,
    /// The jobs, by their place, that it does not repeat, each with the attempt in which it succeeded (D5).
    pub succeeded_before: BTreeMap<u32, NonZeroU32>,
    /// The new targets that its jobs on deployment groups run on, and on no others (D6); `None`: on all that there are.
    pub only: Option<NewTargets>,
    /// Whether it holds a slot of its stage.
    pub holds_slot: bool,
    /// The lock groups that it asked for and has not given back (Q8).
    pub lock_groups: BTreeSet<LockGroupId>,
    /// Whether it holds those lock groups.
    pub holds_locks: bool,
    /// Whether its stage's artifact filters held for it, or it was started by hand in spite of them (S5).
    pub filters: ArtifactFilters,
    /// Whether somebody let it begin although freezes hold it (F2).
    pub overrides_freezes: bool,
    /// Where it stands.
    pub phase: Phase,
    /// The approvals that were asked so far, in the order of their ids.
    pub approvals: BTreeMap<ApprovalId, Approval>,
    /// When an approver started it, although it was deferred (AP10).
    pub brought_forward_at: Option<Timestamp>,
    /// The gates that have begun so far, by side.
    pub gates: BTreeMap<Moment, GateRun>,
    /// The jobs so far, in order: the last one may be running.
    pub jobs: Vec<JobRun>,
    /// What was said to manual interventions, and by whom (J8).
    pub answered: BTreeMap<TaskId, (InterventionAnswer, Actor)>,
    /// The variables that the last try of each task set, by the places of job, slice and task; none for a task that set none (J10).
    pub outputs: BTreeMap<(u32, u32, u32), Vec<SetVariable>>,
    /// When its first job began, if any did.
    pub begun_at: Option<Timestamp>,
    /// When its last job ended, and with which result.
    pub ended: Option<(Timestamp, JobResult)>,
}

/// Where a deployment stands. Each variant holds only what is true of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It waits for a moment: of its stage's schedule (S4), or one that was given by hand (S8).
    Scheduled {
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// It waits for a slot of its stage.
    Queued {
        /// Since when.
        since: Timestamp,
    },
    /// It waits for what must pass on one side of its jobs: approvals and gates.
    Checking {
        /// Before its jobs or after them.
        moment: Moment,
        /// Since when.
        since: Timestamp,
    },
    /// Everything before its jobs has passed, and an approver wants it to begin later (AP10).
    Deferred {
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// No jobs may begin there at present (F1).
    Frozen {
        /// Since when.
        since: Timestamp,
        /// Until when, as far as is known; `None`: until somebody lifts it.
        until: Option<Timestamp>,
        /// The freezes that hold it.
        holds: Vec<Hold>,
    },
    /// It waits for its stage's lock groups (Q8).
    Locking {
        /// Since when.
        since: Timestamp,
    },
    /// Its jobs run.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// Its jobs are being stopped; it will be cancelled (D4).
    Cancelling {
        /// Since when.
        since: Timestamp,
        /// Why.
        because: CancelReason,
    },
    /// Nothing more will happen to it.
    Over {
        /// Since when.
        at: Timestamp,
        /// What came of it.
        end: End,
    },
}

/// Why a deployment was triggered (S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentReason {
    /// By hand.
    Manual,
    /// By the release becoming active or earlier stages having succeeded (S1, S2).
    Automated,
    /// By itself, for an occurrence of its stage's schedule (S4).
    Scheduled,
    /// By itself, in the place of a deployment to its stage that was rejected, or to targets that joined its deployment group (D6).
    RedeployTrigger,
}

/// What came of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// All of it succeeded.
    Succeeded,
    /// Something failed that was allowed to.
    PartiallySucceeded,
    /// It failed, or somebody said no (D3).
    Rejected(Rejection),
    /// It was cancelled (D4).
    Canceled(CancelReason),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("succeeded"),
            Self::PartiallySucceeded => f.write_str("succeeded partially"),
            Self::Rejected(Rejection::JobsFailed) => f.write_str("its jobs failed"),
            Self::Rejected(Rejection::ApprovalRejected(_)) => f.write_str("an approver said no"),
            Self::Rejected(Rejection::ApprovalTimedOut(_)) => {
                f.write_str("an approval was not answered in time")
            }
            Self::Rejected(Rejection::GatesTimedOut(_)) => f.write_str("its gates did not pass in time"),
            Self::Canceled(because) => because.fmt(f),
        }
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked { by, .. } => write!(f, "canceled by {by}"),
            Self::Superseded { by } => write!(f, "superseded by release {by}"),
            Self::Abandoned => f.write_str("its release was abandoned"),
            Self::QueueFull => f.write_str("the queue was full"),
            Self::StageRemoved => f.write_str("its stage was removed"),
            Self::PipelineDeleted => f.write_str("its pipeline was deleted"),
        }
    }
}

/// Why a deployment was rejected (D3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rejection {
    /// A job failed.
    JobsFailed,
    /// An approver said no.
    ApprovalRejected(ApprovalId),
    /// An approver did not answer in time.
    ApprovalTimedOut(ApprovalId),
    /// The gates on this side did not pass in time (G5).
    GatesTimedOut(Moment),
}

/// Why a deployment was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelReason {
    /// Somebody asked for it (D4).
    Asked {
        /// Who.
        by: Actor,
        /// What they said.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        comment: String,
    },
    /// A newer deployment to the stage waits in its place (Q4).
    Superseded {
        /// The release of the newer one.
        by: ReleaseId,
    },
    /// Its release was abandoned (R5).
    Abandoned,
    /// Its stage's queue was full (Q10).
    QueueFull,
    /// A revision of its pipeline removed its stage (Q12).
    StageRemoved,
    /// Its pipeline was deleted (P6).
    PipelineDeleted,
}

impl Phase {
    /// Since when its jobs are being stopped, and why; `None` while nobody stops them (D4).
    pub const fn cancelling(&self) -> Option<(Timestamp, &CancelReason)> {
        match self {
            Self::Cancelling { since, because } => Some((*since, because)),
            Self::Scheduled { .. }
            | Self::Queued { .. }
            | Self::Checking { .. }
            | Self::Deferred { .. }
            | Self::Frozen { .. }
            | Self::Locking { .. }
            | Self::Running { .. }
            | Self::Over { .. } => None,
        }
    }

    /// Whether its jobs have not begun.
    pub const fn is_before_jobs(&self) -> bool {
        match self {
            Self::Scheduled { .. }
            | Self::Queued { .. }
            | Self::Checking { moment: Moment::Before, .. }
            | Self::Deferred { .. }
            | Self::Frozen { .. }
            | Self::Locking { .. } => true,
            Self::Running { .. }
            | Self::Cancelling { .. }
            | Self::Checking { moment: Moment::After, .. }
            | Self::Over { .. } => false,
        }
    }

    /// Whether its jobs run or are being stopped.
    pub const fn has_jobs(&self) -> bool {
        match self {
            Self::Running { .. } | Self::Cancelling { .. } => true,
            Self::Scheduled { .. }
            | Self::Queued { .. }
            | Self::Checking { .. }
            | Self::Deferred { .. }
            | Self::Frozen { .. }
            | Self::Locking { .. }
            | Self::Over { .. } => false,
        }
    }
}

impl Deployment {
    /// Whether nothing more will happen to it.
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    /// Its jobs: those of its stage, or those that it began with where its release's snapshot has others since (R7).
    pub fn planned_jobs<'a>(&'a self, stage: &'a Stage) -> &'a [Job] {
        self.kept_jobs.as_deref().unwrap_or(&stage.jobs)
    }

    /// Which time the approvals of this side are asked (R7).
    pub const fn round_of(&self, moment: Moment) -> u32 {
        match moment {
            Moment::Before => self.round,
            Moment::After => 1,
        }
    }

    /// The latest moment that was given with an approval: the jobs begin no earlier, unless an approver starts them (AP10).
    pub fn deferred_until(&self) -> Option<Timestamp> {
        let given = self.approvals.iter().filter(|(id, _)| id.round == self.round_of(id.moment));
        given.filter_map(|(_, approval)| approval.deferred_until).max()
    }

    /// The approvals of one side that are open, each with since when and until when.
    pub fn open_approvals(&self) -> impl Iterator<Item = (ApprovalId, &Approver, Timestamp, Timestamp)> {
        self.approvals.iter().filter_map(|(id, approval)| match (&approval.approver, &approval.standing) {
            (Some(approver), Standing::Open { since, due }) => Some((*id, approver, *since, *due)),
            (_, _) => None,
        })
    }
}

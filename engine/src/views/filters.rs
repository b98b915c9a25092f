//! What lists are asked for by.

use std::collections::BTreeSet;

use cutover::status::StageStatus;
use cutover::{
    Actor, ApprovalId, DeploymentId, GroupId, PipelineId, QueueId, ReleaseId, ReleaseState, Timestamp, UserId,
};

use super::times::Span;
use crate::limits;

/// Which releases are listed: those that fit everything that is said. The default: the newest of all that are not deleted.
///
/// ```
/// # use cutover::{Actor, PipelineId};
/// # use cutover_engine::ReleaseFilter;
/// let by_ann = ReleaseFilter::of(PipelineId(1)).created_by(Actor::user("ann")?).matching("hotfix").at_most(20);
/// # Ok::<(), cutover::InvalidId>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseFilter {
    pub(super) pipeline: Option<PipelineId>,
    pub(super) state: Option<ReleaseState>,
    pub(super) at: Option<(QueueId, StageStatus)>,
    pub(super) creator: Option<Actor>,
    pub(super) created: Span,
    pub(super) version: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) is_kept: Option<bool>,
    pub(super) text: String,
    pub(super) is_deleted: bool,
    pub(super) before: Option<ReleaseId>,
    pub(super) at_most: Option<usize>,
}

impl ReleaseFilter {
    /// All releases that are not deleted.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those of a pipeline.
    pub fn of(pipeline: PipelineId) -> Self {
        Self { pipeline: Some(pipeline), ..Self::default() }
    }

    /// Only those in this state.
    #[must_use]
    pub const fn in_state(mut self, state: ReleaseState) -> Self {
        self.state = Some(state);
        self
    }

    /// Only those of which this stage of their pipeline shows so: as its latest attempt does. [`StageStatus::NotStarted`] are also those that have
    /// no such stage.
    #[must_use]
    pub const fn at(mut self, stage: QueueId, status: StageStatus) -> Self {
        self.at = Some((stage, status));
        self
    }

    /// Only those that this actor created.
    #[must_use]
    pub fn created_by(mut self, creator: Actor) -> Self {
        self.creator = Some(creator);
        self
    }

    /// Only those that were created at this moment or later.
    #[must_use]
    pub const fn created_since(mut self, from: Timestamp) -> Self {
        self.created.from = Some(from);
        self
    }

    /// Only those that were created before this moment.
    #[must_use]
    pub const fn created_before(mut self, until: Timestamp) -> Self {
        self.created.until = Some(until);
        self
    }

    /// Only those that take a version with this id or name, compared without case, of any of their artifact sources.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Only those that take a version of this branch, named with or without `refs/heads/`.
    #[must_use]
    pub fn of_branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    /// Only those that have this tag, compared without case (R6).
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Only those that are kept forever (R6).
    #[must_use]
    pub const fn kept_forever(mut self) -> Self {
        self.is_kept = Some(true);
        self
    }

    /// Only those that are not kept forever (R6).
    #[must_use]
    pub const fn not_kept_forever(mut self) -> Self {
        self.is_kept = Some(false);
        self
    }

    /// Only those of whose name, or whose versions' ids and names, a word begins with each part of this text, compared without case. `rel 42` finds
    /// `Release-42`, `2.4` finds what takes version `2.4.1`; an empty text finds all. The first 16 parts count, and 40 characters of each.
    #[must_use]
    pub fn matching(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Those that are deleted, which are hidden otherwise (K3).
    #[must_use]
    pub const fn deleted(mut self) -> Self {
        self.is_deleted = true;
        self
    }

    /// Only those with a smaller number: the next page is what comes before the last release of this one.
    #[must_use]
    pub const fn before(mut self, release: ReleaseId) -> Self {
        self.before = Some(release);
        self
    }

    /// No more than this many on the page: 100 if nothing is said, never more than 250.
    #[must_use]
    pub const fn at_most(mut self, releases: usize) -> Self {
        self.at_most = Some(releases);
        self
    }
}

/// Which deployments are listed: those that fit everything that is said. The default: the newest of all, without those of releases that are deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentFilter {
    pub(super) pipeline: Option<PipelineId>,
    pub(super) release: Option<ReleaseId>,
    pub(super) stage: Option<QueueId>,
    pub(super) status: Option<StageStatus>,
    pub(super) is_going_on: bool,
    pub(super) requested_by: Option<Actor>,
    pub(super) triggered: Span,
    pub(super) before: Option<DeploymentId>,
    pub(super) at_most: Option<usize>,
}

impl DeploymentFilter {
    /// All deployments: each attempt is one.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those that are not over.
    pub fn going_on() -> Self {
        Self { is_going_on: true, ..Self::default() }
    }

    /// Only those of a pipeline.
    #[must_use]
    pub const fn of(mut self, pipeline: PipelineId) -> Self {
        self.pipeline = Some(pipeline);
        self
    }

    /// Only those of a release.
    #[must_use]
    pub const fn of_release(mut self, release: ReleaseId) -> Self {
        self.release = Some(release);
        self
    }

    /// Only those to this stage of a pipeline.
    #[must_use]
    pub const fn to(mut self, stage: QueueId) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Only those that show so, as their stage does or did then.
    #[must_use]
    pub const fn in_status(mut self, status: StageStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Only those that this actor asked for.
    #[must_use]
    pub fn requested_by(mut self, actor: Actor) -> Self {
        self.requested_by = Some(actor);
        self
    }

    /// Only those that were triggered at this moment or later.
    #[must_use]
    pub const fn triggered_since(mut self, from: Timestamp) -> Self {
        self.triggered.from = Some(from);
        self
    }

    /// Only those that were triggered before this moment.
    #[must_use]
    pub const fn triggered_before(mut self, until: Timestamp) -> Self {
        self.triggered.until = Some(until);
        self
    }

    /// Only those that were triggered before this one: the next page is what comes before the last deployment of this one. None if there is no such
    /// deployment.
    #[must_use]
    pub const fn before(mut self, deployment: DeploymentId) -> Self {
        self.before = Some(deployment);
        self
    }

    /// No more than this many on the page: 100 if nothing is said, never more than 250.
    #[must_use]
    pub const fn at_most(mut self, deployments: usize) -> Self {
        self.at_most = Some(deployments);
        self
    }
}

/// Which of the approvals are listed that wait for an answer. The default: all of them, by release and stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalFilter {
    pub(super) asked: Option<(UserId, BTreeSet<GroupId>)>,
    pub(super) after: Option<ApprovalId>,
    pub(super) at_most: Option<usize>,
}

impl ApprovalFilter {
    /// All that wait.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those that this user, who is a member of these groups, is asked for; whether a rule stands against their answer is found out when they
    /// answer.
    pub fn of(user: UserId, groups: BTreeSet<GroupId>) -> Self {
        Self { asked: Some((user, groups)), ..Self::default() }
    }

    /// Only those that come after this one: the next page is what comes after the last approval of this one.
    #[must_use]
    pub const fn after(mut self, approval: ApprovalId) -> Self {
        self.after = Some(approval);
        self
    }

    /// No more than this many on the page: 100 if nothing is said, never more than 250.
    #[must_use]
    pub const fn at_most(mut self, approvals: usize) -> Self {
        self.at_most = Some(approvals);
        self
    }
}

/// How many lines a page has.
pub(super) fn lines(asked: Option<usize>) -> usize {
    asked.unwrap_or(limits::LINES_OF_A_PAGE).min(limits::LINES_OF_ANY_PAGE)
}

//! What a person starts: one stage, or all that leads to a target (S5-S8).

use std::collections::BTreeSet;

use super::triggering::Ask;
use super::{ArtifactFilters, Deciding, DeployRequest, JobsToRun, ReleaseEvent, ReleaseRefusal};
use crate::deployment::{self, Phase};
use crate::status::StageStatus;
use crate::trigger::{NeverStarts, followers_of, path_to};
use crate::variable::expect_given;
use crate::{Stage, StageId, StageTrigger, VariableValue, fold};

impl Deciding<'_> {
    /// S5, T3: by hand neither, unless somebody who may says that the artifact filters don't hold.
    fn expect_startable(&self, stage: &Stage, filters: ArtifactFilters) -> Result<(), ReleaseRefusal> {
        match (self.never_starts(stage)?, filters) {
            (None, _) | (Some(NeverStarts::ArtifactFilter { .. }), ArtifactFilters::Overridden) => Ok(()),
            (Some(because), _) => Err(ReleaseRefusal::NeverStarts { stage: stage.id, because }),
        }
    }

    /// Whether there is a filter that is overridden: recorded only where it made a difference.
    fn overrides_filters(&self, stage: &Stage, filters: ArtifactFilters) -> Result<bool, ReleaseRefusal> {
        Ok(filters == ArtifactFilters::Overridden && self.never_starts(stage)?.is_some())
    }

    /// S7, S8: a person deploys one stage, whatever became of the stages before it; what is scheduled proceeds at once.
    pub(super) fn deploy(&mut self, request: &DeployRequest) -> Result<(), ReleaseRefusal> {
        let stage = self.stage(request.stage)?;
        if request.filters == ArtifactFilters::Overridden && request.comment.trim().is_empty() {
            return Err(ReleaseRefusal::CommentMissing { what: "overriding artifact filters" });
        }
        expect_given(&request.variables)?;
        expect_settable(stage, request)?;
        let until = request.at.filter(|at| *at > self.now());
        match self.release().latest(stage.id).filter(|latest| !latest.is_over()) {
            None => {
                self.expect_startable(stage, request.filters)?;
                let variables = request.variables.clone();
                let (succeeded_before, only) = match request.jobs {
                    JobsToRun::All => (Vec::new(), None),
                    // What failed on new targets failed there.
                    JobsToRun::Failed => {
                        let latest = self.release().latest(stage.id);
                        let only = latest.and_then(|latest| latest.only.clone());
                        (self.succeeded_before(stage.id)?, only)
                    }
                };
                let ask = Ask {
                    until,
                    variables,
                    succeeded_before,
                    only,
                    overrides_filters: self.overrides_filters(stage, request.filters)?,
                    ..Ask::by_hand(&self.context.actor, &request.comment)
                };
                self.trigger(stage, ask)
            }
            Some(latest) => {
                let id = latest.id;
                let is_early = matches!(latest.phase, Phase::Scheduled { .. }) && until.is_none();
                if is_early && request.variables.is_empty() && request.jobs == JobsToRun::All {
                    deployment::bring_forward(self, id, &request.comment)
                } else {
                    Err(ReleaseRefusal::DeploymentNotOver { deployment: id })
                }
            }
        }
    }

    /// S6: a person deploys as far as `target`. Of the stages on the paths to it, those start now that have not succeeded and come
    /// after none that hasn't; the others follow by themselves, even manual ones, and nothing beyond does.
    pub(super) fn deploy_up_to(&mut self, target: StageId, comment: &str) -> Result<(), ReleaseRefusal> {
        self.stage(target)?;
        let path = path_to(self.definition, target);
        for stage in &path {
            if self.progress_on(&path, *stage) == Progress::Missing {
                self.expect_startable(self.stage(*stage)?, ArtifactFilters::Hold)?;
            }
        }
        let release = self.release();
        let by_hand: BTreeSet<StageId> = release.by_hand.union(&path).copied().collect();
        let reach = release.reach.with_path(&path);
        if reach != release.reach || by_hand != release.by_hand {
            self.record(ReleaseEvent::TargetNamed { target, reach, by_hand })?;
        }
        for stage in &self.definition.stages {
            if path.contains(&stage.id) && self.is_first_on(&path, stage.id) {
                self.expect_none_going_on(stage.id)?;
                self.trigger(stage, Ask::by_hand(&self.context.actor, comment))?;
            }
        }
        Ok(())
    }

    /// Whether it is still to be deployed, and nothing that it comes after, directly or not, is still to be or going on.
    fn is_first_on(&self, path: &BTreeSet<StageId>, stage: StageId) -> bool {
        let before = path_to(self.definition, stage);
        self.progress_on(path, stage) == Progress::Missing
            && before.iter().all(|id| *id == stage || self.progress_on(path, *id) == Progress::Done)
    }

    /// S7: where an automatic redeploy goes on of a stage that does not stand at succeeded as a whole (D6).
    fn expect_none_going_on(&self, stage: StageId) -> Result<(), ReleaseRefusal> {
        match self.release().latest(stage).filter(|latest| !latest.is_over()) {
            Some(latest) => Err(ReleaseRefusal::DeploymentNotOver { deployment: latest.id }),
            None => Ok(()),
        }
    }

    /// How far a stage on the path is, as it stands for those that come after it. One that succeeded partially is done if that is enough for
    /// all that come after it there.
    fn progress_on(&self, path: &BTreeSet<StageId>, stage: StageId) -> Progress {
        match self.release().status_as_a_whole(stage) {
            StageStatus::NotStarted | StageStatus::Rejected | StageStatus::Canceled => Progress::Missing,
            StageStatus::Scheduled | StageStatus::Queued | StageStatus::InProgress => Progress::GoingOn,
            StageStatus::Succeeded => Progress::Done,
            StageStatus::PartiallySucceeded => {
                let followers =
                    followers_of(self.definition, stage).filter(|follower| path.contains(&follower.id));
                if followers.into_iter().all(|follower| accepts_partial_success(follower, stage)) {
                    Progress::Done
                } else {
                    Progress::Missing
                }
            }
        }
    }
}

/// S8, V4: a value is given only for a variable of the stage that is settable, and never for a secret.
fn expect_settable(stage: &Stage, request: &DeployRequest) -> Result<(), ReleaseRefusal> {
    for name in request.variables.keys() {
        let folded = fold(name);
        let known = stage.variables.iter().find(|(known, _)| fold(known) == folded).map(|(_, it)| it);
        let known = known.ok_or_else(|| ReleaseRefusal::UnknownVariable { name: name.clone() })?;
        if matches!(known.value, VariableValue::Secret(_)) {
            return Err(ReleaseRefusal::SecretVariable { name: name.clone() });
        }
        if !known.settable {
            return Err(ReleaseRefusal::VariableNotSettable { name: name.clone() });
        }
    }
    Ok(())
}

/// How far a stage is, for somebody who deploys up to a target (S6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Missing,
    GoingOn,
    Done,
}

/// Whether the stage comes after `earlier` also where that succeeded only partially (S2).
fn accepts_partial_success(stage: &Stage, earlier: StageId) -> bool {
    match &stage.trigger {
        StageTrigger::AfterStages(after) => {
            after.iter().all(|condition| condition.stage != earlier || condition.or_partially)
        }
        StageTrigger::Manual | StageTrigger::AfterRelease => true,
    }
}

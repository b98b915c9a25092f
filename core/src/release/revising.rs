//! What changes in a release after it was created: its snapshot (R2, R7), what is said of it, whether it is kept (R6).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Deciding, ReleaseCommand, ReleaseEdit, ReleaseEvent, ReleaseRefusal, RevisedSnapshot, RevisedStage,
    RevisionRefusal, StageEdit,
};
use crate::deployment::{self, DeploymentEvent, Jobs};
use crate::flow::Impossible;
use crate::pipeline::{Unfit, digest_of, unknown_lock_groups, validate_expanded};
use crate::retention::KeepForever;
use crate::trigger::Reach;
use crate::{PipelineDefinition, Problem, Problems, Stage, fold, limits};

/// The snapshot that a command puts in the place of `snapshot`, if it brings one.
pub(super) fn brought_by(
    command: &ReleaseCommand,
    snapshot: &PipelineDefinition,
) -> Option<PipelineDefinition> {
    if let ReleaseCommand::EditDraft(edit) = command {
        return edit.snapshot.as_deref().cloned();
    }
    let ReleaseCommand::ReviseStage(edit) = command else { return None };
    let mut brought = snapshot.clone();
    let stage = brought.stages.iter_mut().find(|stage| stage.id == edit.stage)?;
    if let Some(variables) = &edit.variables {
        stage.variables.clone_from(variables);
    }
    if let Some(jobs) = &edit.jobs {
        stage.jobs.clone_from(jobs);
    }
    Some(brought)
}

impl Deciding<'_> {
    /// R7: a revision of the snapshot, for every deployment to the stage whose jobs have not begun. One whose jobs have begun keeps
    /// them, and sees the variables.
    pub(super) fn revise_stage(&mut self, edit: &StageEdit) -> Result<(), ReleaseRefusal> {
        let stage = self.stage(edit.stage)?;
        let was =
            self.replaced.stage(edit.stage).ok_or(ReleaseRefusal::UnknownStage { stage: edit.stage })?;
        if stage == was {
            return Ok(());
        }
        let revised = RevisedStage {
            stage: stage.id,
            variables: changed_variables(was, stage),
            jobs: was.jobs != stage.jobs,
        };
        let has_other_jobs = revised.jobs;
        self.record_snapshot(Some(revised), None, &edit.comment, Vec::new())?;
        let Some(latest) = self.release().latest(stage.id).filter(|latest| !latest.is_over()) else {
            return Ok(());
        };
        let id = latest.id;
        if latest.phase.is_before_jobs() {
            let jobs = if has_other_jobs { Jobs::Others } else { Jobs::Same };
            return deployment::take_snapshot(self, id, self.release().snapshot_revision(), jobs);
        }
        if has_other_jobs && latest.ended.is_none() && latest.kept_jobs.is_none() {
            let jobs = Arc::new(was.jobs.clone());
            self.record(DeploymentEvent::JobsKept { deployment: id, jobs })?;
        }
        Ok(())
    }

    /// R2: a whole snapshot. A stage's id and its queue are the pipeline's, so that none can be added, and no queuing policy changes.
    pub(super) fn revise_draft(&mut self, comment: &str) -> Result<(), ReleaseRefusal> {
        if self.definition == self.replaced {
            return Ok(());
        }
        // Freezes and permissions ask where it is (F1, U3).
        if self.definition.folder != self.replaced.folder {
            return Err(RevisionRefusal::FolderChanged.into());
        }
        self.expect_groups_as_frozen()?;
        for stage in &self.definition.stages {
            let was = self.replaced.stage(stage.id).ok_or(RevisionRefusal::StageAdded { stage: stage.id })?;
            if was.queuing != stage.queuing {
                return Err(RevisionRefusal::QueuingChanged { stage: stage.id }.into());
            }
        }
        let reach = self.release().reach();
        let carried_over = reach.carried_over(self.replaced, self.definition);
        let carried_over = carried_over.ok_or_else(|| left_out(reach, self.definition))?;
        let reach = (carried_over != *reach).then_some(carried_over);
        self.record_snapshot(None, reach, comment, unknown_lock_groups(self.definition, self.facts))
    }

    /// V2: what groups said is frozen with the release, and so is which groups it names.
    fn expect_groups_as_frozen(&self) -> Result<(), ReleaseRefusal> {
        let (is, was) = (self.definition, self.replaced);
        if (&is.variable_groups, &is.group_variables) != (&was.variable_groups, &was.group_variables) {
            return Err(RevisionRefusal::GroupsChanged { path: "the pipeline".to_owned() }.into());
        }
        for stage in &is.stages {
            let same = |was: &Stage| {
                (&stage.variable_groups, &stage.group_variables)
                    == (&was.variable_groups, &was.group_variables)
            };
            if !was.stage(stage.id).is_none_or(same) {
                return Err(RevisionRefusal::GroupsChanged { path: format!("stage {}", stage.id) }.into());
            }
        }
        Ok(())
    }

    /// P5: nothing is taken that does not validate as a whole, or needs what this version does not carry out; `more` is what is wrong
    /// with it beside that.
    fn record_snapshot(
        &mut self,
        stage: Option<RevisedStage>,
        reach: Option<Reach>,
        comment: &str,
        more: Vec<Problem>,
    ) -> Result<(), ReleaseRefusal> {
        let (newest, limit) = (self.release().snapshot_revision(), limits::SNAPSHOT_REVISIONS);
        if newest >= limit {
            return Err(RevisionRefusal::TooManyRevisions { limit }.into());
        }
        let mut problems =
            validate_expanded(self.definition).err().map_or_else(Vec::new, |problems| problems.0);
        problems.extend(more);
        if !problems.is_empty() {
            return Err(RevisionRefusal::Invalid(Problems(problems)).into());
        }
        let digest = digest_of(self.definition)?;
        Ok(self.record(ReleaseEvent::SnapshotRevised(Box::new(RevisedSnapshot {
            revision: newest + 1,
            stage,
            comment: comment.to_owned(),
            reach,
            digest,
            definition: Arc::new(self.definition.clone()),
        })))?)
    }

    /// R6: in any state. What is so already is not recorded again.
    pub(super) fn edit(&mut self, edit: &ReleaseEdit) -> Result<(), ReleaseRefusal> {
        let about = self.about()?;
        let ReleaseEdit { name, description, tags } = edit.clone();
        let name = name.filter(|name| *name != about.name);
        let description = description.filter(|description| *description != about.description);
        let tags = tags.filter(|tags| *tags != about.tags);
        if let Some(name) = &name {
            let (characters, limit) = (name.chars().count(), limits::NAME_CHARACTERS);
            if characters == 0 || characters > limit {
                return Err(ReleaseRefusal::NameLength { characters, limit });
            }
        }
        tags.as_ref().map_or(Ok(()), tags_fit)?;
        if name.is_none() && description.is_none() && tags.is_none() {
            return Ok(());
        }
        Ok(self.record(ReleaseEvent::Edited { name, description, tags })?)
    }

    pub(super) fn keep_forever(&mut self, comment: &str) -> Result<(), ReleaseRefusal> {
        match self.about()?.keep_forever {
            KeepForever::Since(_) => Ok(()),
            KeepForever::Never | KeepForever::Until(_) => {
                Ok(self.record(ReleaseEvent::KeptForever { comment: comment.to_owned() })?)
            }
        }
    }

    /// K1: its days count from this change.
    pub(super) fn let_go(&mut self, comment: &str) -> Result<(), ReleaseRefusal> {
        match self.about()?.keep_forever {
            KeepForever::Never | KeepForever::Until(_) => Ok(()),
            KeepForever::Since(_) => Ok(self.record(ReleaseEvent::LetGo { comment: comment.to_owned() })?),
        }
    }
}

impl From<Unfit> for ReleaseRefusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::TooLarge { bytes } => RevisionRefusal::TooLarge { bytes }.into(),
            Unfit::NotWritable { .. } => Impossible("a definition that can't be written as JSON").into(),
        }
    }
}

/// The variables of the stage that have another value, or that it did not have, by their folded names.
fn changed_variables(was: &Stage, is: &Stage) -> BTreeSet<String> {
    let changed = is.variables.iter().filter(|(name, variable)| was.variables.get(*name) != Some(*variable));
    changed.map(|(name, _)| fold(name)).collect()
}

/// A stage that the release shall deploy up to and that the snapshot leaves out (S6).
fn left_out(reach: &Reach, definition: &PipelineDefinition) -> ReleaseRefusal {
    let missing = match reach {
        Reach::Everything => None,
        Reach::Stages(stages) => stages.iter().find(|stage| definition.stage(**stage).is_none()),
    };
    match missing {
        Some(stage) => ReleaseRefusal::UnknownStage { stage: *stage },
        None => Impossible("a reach without a target").into(),
    }
}

fn tags_fit(tags: &BTreeSet<String>) -> Result<(), ReleaseRefusal> {
    let (limit, characters) = (limits::TAGS, limits::NAME_CHARACTERS);
    let fits = |tag: &String| !tag.is_empty() && tag.chars().count() <= characters;
    if tags.len() <= limit && tags.iter().all(fits) {
        Ok(())
    } else {
        Err(ReleaseRefusal::Tags { limit, characters })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::flow::{Aggregate, Facts};
    use crate::release::CreatedRelease;
    use crate::{
        Actor, CommandId, CommitId, Context, Digest, PipelineId, Release, ReleaseId, ReleaseReason, StageId,
        Task, Timestamp,
    };

    fn pipeline() -> PipelineDefinition {
        PipelineDefinition::new("Shop").with_stage(Stage::new(StageId(1), "Dev"))
    }

    /// A release whose snapshot has so many revisions.
    fn release_with(revisions: u32) -> Release {
        let digest = Digest::of(b"any");
        let created = CreatedRelease {
            release: ReleaseId(1),
            name: "Release-1".to_owned(),
            pipeline: PipelineId(1),
            revision: 1,
            snapshot: digest,
            reason: ReleaseReason::Manual,
            description: String::new(),
            creator: Actor::System,
            requested_for: None,
            artifacts: BTreeMap::new(),
            variables: BTreeMap::new(),
            manual_stages: BTreeSet::new(),
            reach: Reach::Everything,
            triggered_by: None,
            draft: false,
        };
        let definition = Arc::new(pipeline());
        let revised = (2..=revisions).map(|revision| {
            ReleaseEvent::SnapshotRevised(Box::new(RevisedSnapshot {
                revision,
                stage: None,
                comment: String::new(),
                reach: None,
                digest,
                definition: Arc::clone(&definition),
            }))
        });
        let mut release = Release::default();
        for event in std::iter::once(ReleaseEvent::Created(Box::new(created))).chain(revised) {
            release.evolve(&event, Timestamp::UNIX_EPOCH).expect("it can have happened");
        }
        release
    }

    fn revise(release: &Release) -> Result<(), ReleaseRefusal> {
        revise_to(release, &pipeline_with([Task::command("deploy")]))
    }

    fn pipeline_with(tasks: impl IntoIterator<Item = Task>) -> PipelineDefinition {
        let stage = tasks.into_iter().fold(Stage::new(StageId(1), "Dev"), Stage::with_task);
        PipelineDefinition::new("Shop").with_stage(stage)
    }

    fn revise_to(release: &Release, is: &PipelineDefinition) -> Result<(), ReleaseRefusal> {
        let was = pipeline();
        let id = CommandId::new("c").expect("a short text");
        let commit = CommitId::new("k").expect("a short text");
        let context = Context::new(Timestamp::UNIX_EPOCH, Actor::System, id, commit);
        let facts = Facts::default();
        let mut deciding = Deciding::from(release, is, &context, &facts).in_place_of(&was);
        deciding.revise_stage(&StageEdit::of(StageId(1)))
    }

    /// Story: pipelines had a limit, and what a release was edited to had none: a store that takes no more refused the commit without a
    /// reason that anybody could act on.
    #[test]
    fn a_snapshot_is_no_larger_than_a_pipeline_may_be() {
        let script = "x".repeat(limits::INPUT_BYTES - 1_000);
        let many = limits::DEFINITION_BYTES / limits::INPUT_BYTES;
        let task = Task { name: "long".to_owned(), ..Task::command(script) };
        let of = |tasks| pipeline_with(std::iter::repeat_n(task.clone(), tasks));
        assert_eq!(revise_to(&release_with(1), &of(many - 1)), Ok(()));
        let refused = revise_to(&release_with(1), &of(many + 1));
        assert!(
            matches!(refused, Err(ReleaseRefusal::Revision(RevisionRefusal::TooLarge { .. }))),
            "{refused:?}"
        );
    }

    #[test]
    fn a_snapshot_has_as_many_revisions_as_may_be_and_no_more() {
        let limit = limits::SNAPSHOT_REVISIONS;
        assert_eq!(revise(&release_with(limit - 1)), Ok(()));
        assert_eq!(revise(&release_with(limit)), Err(RevisionRefusal::TooManyRevisions { limit }.into()));
    }
}

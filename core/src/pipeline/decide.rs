use std::sync::Arc;

use super::groups::groups_of;
use super::locking::{locks_for, unknown_lock_groups};
use super::observing::watched_by;
use super::size::digest_of;
use super::versions::feeds_of;
use super::{
    Current, Pipeline, PipelineCommand, PipelineDefinition, PipelineEvent, PipelineRefusal, Problem,
    Problems, validate,
};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::text::text_fits;
use crate::{Context, Digest, Subject, Timestamp, limits};

impl Aggregate for Pipeline {
    type Command = PipelineCommand;
    type Event = PipelineEvent;
    type Refusal = PipelineRefusal;

    fn needs(&self, this: &Subject, command: &PipelineCommand) -> Vec<Subject> {
        // What every release is judged by, whatever makes it.
        let for_release = || {
            let feeds = self.current.iter().flat_map(|current| feeds_of(&current.definition));
            let groups = self.current.iter().flat_map(|current| groups_of(&current.definition));
            status_of(this).into_iter().chain(feeds).chain(groups)
        };
        match command {
            PipelineCommand::Create { definition }
            | PipelineCommand::Revise { definition, .. }
            | PipelineCommand::Restore { definition, .. } => {
                watched_by(definition).chain(locks_for(definition)).collect()
            }
            PipelineCommand::CreateRelease { .. } | PipelineCommand::ReleaseOnSchedule { .. } => {
                for_release().collect()
            }
            PipelineCommand::Observe { source, .. } => {
                std::iter::once(Subject::Artifact(source.clone())).chain(for_release()).collect()
            }
            PipelineCommand::ReachSchedule(_) => Vec::new(),
        }
    }

    fn decide(
        &self,
        command: &PipelineCommand,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        match command {
            PipelineCommand::Create { definition } => Ok(self.with_triggers(
                self.create(definition, unknown_lock_groups(definition, facts))?,
                definition,
                context,
                facts,
            )),
            PipelineCommand::Revise { against, definition, comment } => {
                let unknown = unknown_lock_groups(definition, facts);
                let events = self.revise(*against, definition, comment, unknown)?;
                Ok(self.with_triggers(events, definition, context, facts))
            }
            PipelineCommand::Restore { against, revision, definition, comment } => {
                let unknown = unknown_lock_groups(definition, facts);
                let events = self.restore(*against, *revision, definition, comment, unknown)?;
                Ok(self.with_triggers(events, definition, context, facts))
            }
            PipelineCommand::CreateRelease { release, request } => {
                let numbered = self.number_release(*release, request, context, facts)?;
                Ok(vec![PipelineEvent::ReleaseNumbered(numbered)])
            }
            PipelineCommand::Observe { source, publication, release } => {
                self.observe(source, *publication, *release, context, facts)
            }
            PipelineCommand::ReachSchedule(schedule) => Ok(self.reach_schedule(*schedule, context.now)),
            PipelineCommand::ReleaseOnSchedule { schedule, release } => {
                self.release_on_schedule(*schedule, *release, context, facts)
            }
        }
    }

    fn evolve(&mut self, event: &PipelineEvent, _: Timestamp) -> Result<(), Impossible> {
        self.fold(event)
    }

    fn due(&self, now: Timestamp) -> Option<PipelineCommand> {
        self.due_schedule(now)
    }
}

impl Pipeline {
    /// What else follows from another definition: what is observed and waited for from now on (T0, X4).
    fn with_triggers(
        &self,
        mut events: Vec<PipelineEvent>,
        definition: &PipelineDefinition,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Vec<PipelineEvent> {
        if !events.is_empty() {
            events.extend(self.observe_from_now(definition, facts));
            events.extend(self.arm_from_now(definition, context.now));
        }
        events
    }

    fn create(
        &self,
        definition: &Arc<PipelineDefinition>,
        unknown: Vec<Problem>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        if self.current.is_some() {
            return Err(PipelineRefusal::Exists);
        }
        let digest = checked(definition, unknown)?;
        Ok(vec![PipelineEvent::Created { digest, definition: Arc::clone(definition) }])
    }

    /// P2: a change names the revision that it was made against. One that changes nothing is already so.
    fn revise(
        &self,
        against: u32,
        definition: &Arc<PipelineDefinition>,
        comment: &str,
        unknown: Vec<Problem>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        let current = self.expect_at(against)?;
        let mut more = unknown;
        more.extend(self.stage_ids.problems(&current.definition, definition));
        self.change(current, definition, comment, None, more)
    }

    /// P1: a revision is restored by its definition's becoming the newest one. The pipeline knows the digests of all its revisions, so
    /// that nothing else can be passed off as one of them.
    fn restore(
        &self,
        against: u32,
        revision: u32,
        definition: &Arc<PipelineDefinition>,
        comment: &str,
        unknown_groups: Vec<Problem>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        let current = self.expect_at(against)?;
        let unknown = PipelineRefusal::UnknownRevision { revision, current: current.revision };
        if self.digest_of(revision).ok_or(unknown)? != digest_of(definition)? {
            return Err(PipelineRefusal::NotThatRevision { revision });
        }
        // Its stages are revived with their ids (P3).
        self.change(current, definition, comment, Some(revision), unknown_groups)
    }

    fn expect_at(&self, against: u32) -> Result<&Current, PipelineRefusal> {
        let current = self.current.as_ref().ok_or(PipelineRefusal::NotFound)?;
        if against != current.revision {
            return Err(PipelineRefusal::StaleRevision { against, current: current.revision });
        }
        Ok(current)
    }

    fn change(
        &self,
        current: &Current,
        definition: &Arc<PipelineDefinition>,
        comment: &str,
        restores: Option<u32>,
        more: Vec<Problem>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        text_fits("the comment", comment)?;
        let digest = checked(definition, more)?;
        if digest == current.digest {
            return Ok(Vec::new());
        }
        if current.revision >= limits::REVISIONS {
            return Err(PipelineRefusal::TooManyRevisions { limit: limits::REVISIONS });
        }
        let before = &current.definition.stages;
        let removed = before.iter().filter(|stage| definition.stage(stage.id).is_none());
        let added = definition.stages.iter().filter(|stage| current.definition.stage(stage.id).is_none());
        let brought_back = added.filter(|stage| self.stages_ever().any(|known| known == stage.id));
        let mut events = vec![PipelineEvent::Revised {
            revision: current.revision + 1,
            comment: comment.to_owned(),
            restores,
            removed: removed.map(|stage| stage.id).collect(),
            brought_back: brought_back.map(|stage| stage.id).collect(),
            digest,
            definition: Arc::clone(definition),
        }];
        if (&definition.folder, &definition.name) != (&current.definition.folder, &current.definition.name) {
            events.push(PipelineEvent::Renamed {
                folder: definition.folder.clone(),
                name: definition.name.clone(),
            });
        }
        Ok(events)
    }
}

/// Where it stands whether the pipeline is active.
fn status_of(this: &Subject) -> Option<Subject> {
    if let Subject::Pipeline(id) = this { Some(Subject::PipelineStatus(*id)) } else { None }
}

/// P6: a pipeline that is disabled or deleted makes no releases.
pub(super) fn expect_active(facts: &Facts<'_>) -> Result<(), PipelineRefusal> {
    match facts.this_pipelines_status() {
        Some(status) if !status.makes_releases() => {
            Err(PipelineRefusal::NotActive { activity: status.activity() })
        }
        Some(_) | None => Ok(()),
    }
}

/// P5: nothing is taken that does not validate as a whole; `more` is what is wrong with it beside that: after the
/// revisions before (P3), or with the lock groups of the store (Q8).
fn checked(definition: &PipelineDefinition, more: Vec<Problem>) -> Result<Digest, PipelineRefusal> {
    let mut problems = validate(definition).err().map_or_else(Vec::new, |problems| problems.0);
    problems.extend(more);
    if !problems.is_empty() {
        return Err(PipelineRefusal::Invalid(Problems(problems)));
    }
    Ok(digest_of(definition)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Stage, StageId};

    /// A pipeline that was changed until it had so many revisions.
    fn at_revision(revision: u32) -> Pipeline {
        let definition = Arc::new(PipelineDefinition::new("Shop").with_stage(Stage::new(StageId(1), "Dev")));
        let digest = digest_of(&definition).expect("it can be written");
        Pipeline { current: Some(Current { revision, definition, digest }), ..Pipeline::default() }
    }

    #[test]
    fn a_pipeline_has_as_many_revisions_as_may_be_and_no_more() {
        let limit = limits::REVISIONS;
        let changed = Arc::new(PipelineDefinition::new("Shop").with_stage(Stage::new(StageId(1), "QA")));
        let revise = |revision| at_revision(revision).revise(revision, &changed, "", Vec::new());
        assert!(revise(limit - 1).is_ok_and(|events| events.len() == 1));
        assert_eq!(revise(limit), Err(PipelineRefusal::TooManyRevisions { limit }));
    }
}

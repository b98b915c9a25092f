use std::sync::Arc;

use super::observing::watched_by;
use super::versions::feeds_of;
use super::{
    Pipeline, PipelineCommand, PipelineDefinition, PipelineEvent, PipelineRefusal, Problem, Problems,
    validate,
};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::{Context, Digest, Subject, Timestamp, limits};

impl Aggregate for Pipeline {
    type Command = PipelineCommand;
    type Event = PipelineEvent;
    type Refusal = PipelineRefusal;

    fn needs(&self, this: &Subject, command: &PipelineCommand) -> Vec<Subject> {
        // What every release is judged by, whatever makes it.
        let for_release = || {
            let feeds = self.current.iter().flat_map(|current| feeds_of(&current.definition));
            status_of(this).into_iter().chain(feeds)
        };
        match command {
            PipelineCommand::Create { definition } | PipelineCommand::Revise { definition, .. } => {
                watched_by(definition).collect()
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
            PipelineCommand::Create { definition } => self.create(definition, context, facts),
            PipelineCommand::Revise { against, definition, comment } => {
                self.revise(*against, definition, comment, context, facts)
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
    fn create(
        &self,
        definition: &Arc<PipelineDefinition>,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        if self.current.is_some() {
            return Err(PipelineRefusal::Exists);
        }
        let digest = checked(definition, Vec::new())?;
        let mut events = vec![PipelineEvent::Created { digest, definition: Arc::clone(definition) }];
        events.extend(self.observe_from_now(definition, facts));
        events.extend(self.arm_from_now(definition, context.now));
        Ok(events)
    }

    /// P2: a change names the revision that it was made against. One that changes nothing is already so.
    fn revise(
        &self,
        against: u32,
        definition: &Arc<PipelineDefinition>,
        comment: &str,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        let current = self.current.as_ref().ok_or(PipelineRefusal::NotFound)?;
        if against != current.revision {
            return Err(PipelineRefusal::StaleRevision { against, current: current.revision });
        }
        text_fits("the comment", comment)?;
        let digest = checked(definition, self.stage_ids.problems(&current.definition, definition))?;
        if digest == current.digest {
            return Ok(Vec::new());
        }
        let mut events = vec![PipelineEvent::Revised {
            revision: current.revision + 1,
            comment: comment.to_owned(),
            digest,
            definition: Arc::clone(definition),
        }];
        if (&definition.folder, &definition.name) != (&current.definition.folder, &current.definition.name) {
            events.push(PipelineEvent::Renamed {
                folder: definition.folder.clone(),
                name: definition.name.clone(),
            });
        }
        events.extend(self.observe_from_now(definition, facts));
        events.extend(self.arm_from_now(definition, context.now));
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

/// P5: nothing is taken that does not validate as a whole; `of_revision` is what is wrong with it after the revisions before.
fn checked(definition: &PipelineDefinition, of_revision: Vec<Problem>) -> Result<Digest, PipelineRefusal> {
    let mut problems = validate(definition).err().map_or_else(Vec::new, |problems| problems.0);
    problems.extend(of_revision);
    if !problems.is_empty() {
        return Err(PipelineRefusal::Invalid(Problems(problems)));
    }
    Digest::of_json(definition).map_err(|error| PipelineRefusal::NotWritable { what: error.to_string() })
}

pub(super) fn text_fits(what: &'static str, text: &str) -> Result<(), PipelineRefusal> {
    let characters = text.chars().count();
    if characters > limits::TEXT_CHARACTERS {
        return Err(PipelineRefusal::TextTooLong { what, characters, limit: limits::TEXT_CHARACTERS });
    }
    Ok(())
}

//! What was: the script of what people did, what the world answered and how long that took.
//!
//! A commit is read in the parts that the replay has commits for: each deadline that it decided, then its command. Read `commands.rs`
//! next, which says what a command was from what it recorded.

mod answers;
mod commands;
mod deadlines;
mod order;
mod ties;
mod whole_release;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::actions::{Action, Given, Reply, Who};
use super::gates::GateMemory;
use super::question::{Asked, OpenQuestions, Place, Question};
use super::{Course, Recorded, WhatIfError};
use crate::deployment::{Deadline, DeploymentEvent};
use crate::freeze::FreezesEvent;
use crate::locks::LocksEvent;
use crate::pool::PoolEvent;
use crate::queue::QueueEvent;
use crate::release::ReleaseEvent;
use crate::store::Cause;
use crate::transaction::{Folded, Happening, World};
use crate::{
    DeploymentId, Event, FreezeId, PipelineDefinition, PipelineEvent, PipelineId, ReleaseId, Subject,
    Timestamp,
};
use order::in_order_of_time;
use ties::{Ties, ties_of};

/// What a recorded history says.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The pipeline of every release.
    pub(super) releases: BTreeMap<ReleaseId, PipelineId>,
    /// What people did, in order.
    pub(super) script: Vec<Step>,
    /// What each question was answered.
    pub(super) replies: BTreeMap<Asked, Vec<Replied>>,
    /// How long each question was open without its last answer.
    pub(super) silences: BTreeMap<Asked, TimeDelta>,
    /// The answers that somebody gave at each step, in order, for those that have none.
    pub(super) examples: BTreeMap<(PipelineId, Place), Vec<(DeploymentId, Replied)>>,
    pub(super) gates: GateMemory,
    /// Of the pipeline that is asked about, and of those that it is tied to.
    pub(super) courses: BTreeMap<PipelineId, Course>,
    pub(super) until: Option<Timestamp>,
}

/// What somebody did, and when.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    /// Its place in the history: the order of what came at one time.
    pub(super) position: usize,
    pub(super) who: Who,
    pub(super) given: Given,
}

/// What was answered, and when.
#[derive(Debug, Clone)]
pub(super) struct Replied {
    pub(super) at: Timestamp,
    /// How long after the question was asked.
    pub(super) after: TimeDelta,
    pub(super) position: usize,
    pub(super) by: crate::Actor,
    pub(super) reply: Reply,
}

pub(super) fn read(
    pipeline: PipelineId,
    history: &[Recorded],
    change: &dyn Fn(PipelineDefinition) -> PipelineDefinition,
) -> Result<Record, WhatIfError> {
    let Ties { releases, pipelines } = ties_of(pipeline, history, change);
    let record = Record { releases, ..Record::default() };
    let mut reader = Reader {
        pipelines,
        world: World::new(),
        frozen_elsewhere: BTreeSet::new(),
        open: OpenQuestions::default(),
        part: Part::default(),
        record,
    };
    reader.record.courses.insert(pipeline, Course::default());
    for (position, commit) in in_order_of_time(history)?.into_iter().enumerate() {
        let mut events = Vec::new();
        for happening in &commit.events {
            if reader.concerns(happening)? && !reader.is_frozen_elsewhere(happening) {
                events.push(happening);
            }
        }
        // Kept snapshots alone are those of another pipeline.
        if events.iter().all(|it| matches!(it.subject, Subject::Snapshot(_))) {
            for happening in events {
                reader.fold(happening, commit.header.time)?;
            }
        } else {
            reader.read(position, commit, &events)?;
        }
    }
    reader.close();
    Ok(reader.record)
}

struct Reader {
    pipelines: BTreeSet<PipelineId>,
    /// How everything stood.
    world: World,
    /// The freezes of other pipelines.
    frozen_elsewhere: BTreeSet<FreezeId>,
    open: OpenQuestions,
    part: Part,
    record: Record,
}

/// What was decided together: one deadline with all that follows, or a command.
#[derive(Debug, Default)]
struct Part {
    changed: BTreeSet<Subject>,
    answered: Option<Question>,
}

impl Reader {
    /// Whether it changes how the deployments of the pipelines go that are replayed.
    fn concerns(&self, happening: &Happening) -> Result<bool, WhatIfError> {
        let of_release = |id: ReleaseId| self.record.releases.get(&id).map(|it| self.pipelines.contains(it));
        if let Some(release) = waits_for_others(&happening.event) {
            let what = || format!("release {release}, which waits with others, was never made");
            return of_release(release).ok_or_else(|| WhatIfError::NotWhole { what: what() });
        }
        Ok(match &happening.subject {
            Subject::Pipeline(id) | Subject::PipelineStatus(id) => self.pipelines.contains(id),
            Subject::Queue(queue) => self.pipelines.contains(&queue.pipeline),
            Subject::Release(release) => of_release(*release) == Some(true),
            Subject::Snapshot(_)
            | Subject::Freezes
            | Subject::VariableGroup(_)
            | Subject::Locks
            | Subject::Pool(_)
            | Subject::Targets(_) => true,
            // Whatever was done, those who did it were permitted to; and releases come with their versions.
            Subject::Directory | Subject::Artifact(_) | Subject::Permissions | Subject::Cursor(_) => false,
        })
    }

    /// Whether it is about a freeze of a pipeline that is not replayed.
    fn is_frozen_elsewhere(&mut self, happening: &Happening) -> bool {
        let Event::Freezes(event) = &happening.event else { return false };
        match event {
            FreezesEvent::Declared { freeze, scope, .. } => {
                let is_here = scope.in_pipeline().is_none_or(|id| self.pipelines.contains(&id));
                if is_here {
                    self.frozen_elsewhere.remove(freeze);
                } else {
                    self.frozen_elsewhere.insert(freeze.clone());
                }
                !is_here
            }
            FreezesEvent::Lifted { freeze, .. } => self.frozen_elsewhere.contains(freeze),
        }
    }

    fn read(&mut self, position: usize, commit: &Recorded, events: &[&Happening]) -> Result<(), WhatIfError> {
        let at = commit.header.time;
        self.record.until = Some(at);
        let is_commanded = |it: &&&Happening| it.cause == Cause::Command;
        let commanded: Vec<_> = events.iter().filter(is_commanded).copied().collect();
        let mut is_command_read = false;
        for happening in events {
            if let Some(deadline) = self.deadline_of(happening, at) {
                self.end_part(at);
                self.note(Action::Reply(Question::Moment(deadline), Reply::Routine), position, commit);
            } else if happening.cause == Cause::Command && !is_command_read {
                is_command_read = true;
                self.end_part(at);
                let by = &commit.header.actor;
                for action in commands::actions_of(&commanded, by, at, &self.world)? {
                    self.note(action, position, commit);
                }
            }
            self.remember(happening, at);
            self.fold(happening, at)?;
            self.part.changed.insert(happening.subject.clone());
        }
        self.end_part(at);
        Ok(())
    }

    /// The deadline of its release that came with it.
    fn deadline_of(&self, happening: &Happening, at: Timestamp) -> Option<Deadline> {
        let (Cause::Deadline, Event::Release(ReleaseEvent::Deployment(event))) =
            (happening.cause, &happening.event)
        else {
            return None;
        };
        let deadline = deadlines::deadline_of(event, &self.world)?;
        let release = self.world.get(&happening.subject)?.state().as_release()?;
        release.deadline().filter(|(due, next)| *next == deadline && *due <= at).map(|_| deadline)
    }

    fn note(&mut self, action: Action, position: usize, commit: &Recorded) {
        let (at, by) = (commit.header.time, commit.header.actor.clone());
        match action {
            Action::Given(given, who) => self.record.script.push(Step { at, position, who, given }),
            Action::Reply(question, reply) => {
                // What was asked by nobody before was answered at once.
                let (asked, since) =
                    self.open.find(&question).unwrap_or_else(|| (self.open.asked(&question), at));
                let after = (at - since).max(TimeDelta::zero());
                let replied = Replied { at, after, position, by, reply };
                self.note_example(&question, &replied);
                self.part.answered = Some(question);
                self.record.replies.entry(asked).or_default().push(replied);
            }
        }
    }

    fn note_example(&mut self, question: &Question, replied: &Replied) {
        let (Some(deployment), Some(place)) = (question.deployment(), question.place()) else { return };
        let pipeline = self.record.releases.get(&deployment.release).copied();
        // Whoever hands a step on has not answered.
        let pipeline = pipeline.filter(|_| !matches!(replied.reply, Reply::HandOn { .. }));
        if let Some(pipeline) = pipeline {
            let examples = self.record.examples.entry((pipeline, place)).or_default();
            examples.push((deployment, replied.clone()));
        }
    }

    /// What was asked by then is asked no more, or for the first time.
    fn end_part(&mut self, at: Timestamp) {
        let Part { changed, answered } = std::mem::take(&mut self.part);
        for (asked, since) in self.open.look_at(&self.world, &changed, at, answered.as_ref()) {
            self.note_silence(asked, since, at);
        }
    }

    fn note_silence(&mut self, asked: Asked, since: Timestamp, at: Timestamp) {
        if let Question::Sample(deployment, moment, _) = &asked.0 {
            self.record.gates.sampled_until(*deployment, *moment, at);
        }
        let silence = (at - since).max(TimeDelta::zero());
        self.record.silences.entry(asked).and_modify(|known| *known = silence.max(*known)).or_insert(silence);
    }

    /// What is told of it later, in the differences and for what has no answer.
    fn remember(&mut self, happening: &Happening, at: Timestamp) {
        if let Event::Pipeline(
            PipelineEvent::Created { definition, .. } | PipelineEvent::Revised { definition, .. },
        ) = &happening.event
            && let Subject::Pipeline(id) = happening.subject
        {
            self.record.courses.entry(id).or_default().name_stages(definition);
        }
        let Event::Release(ReleaseEvent::Deployment(event)) = &happening.event else { return };
        let pipeline = self.record.releases.get(&event.deployment().release);
        if let Some(course) = pipeline.and_then(|id| self.record.courses.get_mut(id)) {
            course.note(event, at);
        }
        if let DeploymentEvent::GatesSampled { deployment, moment, sampled } = event {
            self.record.gates.hear(*deployment, *moment, sampled, at);
        }
    }

    fn fold(&mut self, happening: &Happening, at: Timestamp) -> Result<(), WhatIfError> {
        let Happening { subject, event, .. } = happening;
        let folded = self.world.remove(subject).unwrap_or_else(|| Arc::new(Folded::empty(subject.clone())));
        let mut folded = Arc::unwrap_or_clone(folded);
        let not_whole = |error| WhatIfError::NotWhole { what: format!("{subject}: {error}") };
        folded.take(event, at, None).map_err(not_whole)?;
        self.world.insert(Arc::new(folded));
        Ok(())
    }

    /// What is still open was not answered until the end.
    fn close(&mut self) {
        let Some(until) = self.record.until else { return };
        let open: Vec<_> = self.open.iter().collect();
        for (asked, since) in open {
            self.note_silence(asked, since, until);
        }
    }
}

/// The release that waits somewhere, or has waited, among those of others.
const fn waits_for_others(event: &Event) -> Option<ReleaseId> {
    if let Event::Queue(QueueEvent::Announced { deployment, .. } | QueueEvent::Entered { deployment, .. })
    | Event::Locks(
        LocksEvent::Asked { deployment, .. }
        | LocksEvent::Granted { deployment }
        | LocksEvent::Freed { deployment },
    ) = event
    {
        return Some(deployment.release);
    }
    if let Event::Pool(PoolEvent::Asked { job, .. } | PoolEvent::Freed { job, .. }) = event {
        return Some(job.deployment.release);
    }
    if let Event::Pool(PoolEvent::Granted { slice, .. }) = event {
        return Some(slice.deployment().release);
    }
    None
}

//! What was: the script of what people did, what the world answered and how long that took.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::actions::{Action, Given, Reply, actions_of};
use super::question::{Asked, OpenQuestions, Question};
use super::{Course, Recorded, WhatIfError};
use crate::transaction::{Folded, Happening, World};
use crate::{Actor, Event, PipelineEvent, PipelineId, ReleaseId, Subject, Timestamp};

/// What a recorded history says.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// What people did, in order.
    pub(super) script: Vec<Step>,
    /// What each question was answered.
    pub(super) replies: BTreeMap<Asked, Vec<Replied>>,
    /// How long each question was open without its last answer.
    pub(super) silences: BTreeMap<Asked, TimeDelta>,
    /// Every answer that is not a routine, in order, for those that have none.
    pub(super) examples: Vec<(Question, Replied)>,
    pub(super) course: Course,
    pub(super) until: Option<Timestamp>,
}

/// What somebody did, and when.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    /// Its place in the history: the order of what came at one time.
    pub(super) position: usize,
    pub(super) by: Actor,
    pub(super) given: Given,
}

/// What was answered, and when.
#[derive(Debug, Clone)]
pub(super) struct Replied {
    pub(super) at: Timestamp,
    /// How long after the question was asked.
    pub(super) after: TimeDelta,
    pub(super) position: usize,
    pub(super) by: Actor,
    pub(super) reply: Reply,
}

pub(super) fn read(pipeline: PipelineId, history: &[Recorded]) -> Result<Record, WhatIfError> {
    let mut reader = Reader {
        pipeline,
        releases: BTreeSet::new(),
        world: World::new(),
        open: OpenQuestions::default(),
        record: Record::default(),
    };
    for (position, commit) in history.iter().enumerate() {
        let events: Vec<_> = commit.events.iter().filter(|happening| reader.concerns(happening)).collect();
        // Kept snapshots alone are those of another pipeline.
        let is_elsewhere = events.iter().all(|it| matches!(it.subject, Subject::Snapshot(_)));
        if is_elsewhere {
            reader.fold(&events, commit.header.time)?;
        } else {
            reader.read(position, commit, &events)?;
        }
    }
    reader.close();
    Ok(reader.record)
}

struct Reader {
    pipeline: PipelineId,
    releases: BTreeSet<ReleaseId>,
    /// How everything stood.
    world: World,
    open: OpenQuestions,
    record: Record,
}

impl Reader {
    /// Whether it is about the pipeline. A release is numbered by its pipeline before anything is said of it.
    fn concerns(&mut self, happening: &Happening) -> bool {
        if let (Subject::Pipeline(id), Event::Pipeline(PipelineEvent::ReleaseNumbered(numbered))) =
            (&happening.subject, &happening.event)
            && *id == self.pipeline
        {
            self.releases.insert(numbered.release);
        }
        match &happening.subject {
            Subject::Pipeline(id) | Subject::PipelineStatus(id) => *id == self.pipeline,
            Subject::Queue(queue) => queue.pipeline == self.pipeline,
            Subject::Release(release) => self.releases.contains(release),
            Subject::Snapshot(_) | Subject::Freezes | Subject::VariableGroup(_) | Subject::Locks => true,
            Subject::Directory | Subject::Artifact(_) | Subject::Permissions | Subject::Cursor(_) => false,
        }
    }

    fn read(&mut self, position: usize, commit: &Recorded, events: &[&Happening]) -> Result<(), WhatIfError> {
        let at = commit.header.time;
        if self.record.until.is_some_and(|before| before > at) {
            return Err(WhatIfError::not_replayable("a clock that stepped back"));
        }
        self.record.until = Some(at);
        let mut answered = None;
        for action in actions_of(events, &self.world)? {
            let by = commit.header.actor.clone();
            match action {
                Action::Given(given) => self.record.script.push(Step { at, position, by, given }),
                Action::Reply(question, reply) => {
                    // What was asked by a deadline in the same commit was answered at once.
                    let (asked, since) = self.open.find(&question).unwrap_or((self.open.asked(question), at));
                    answered = Some(question);
                    let replied = Replied { at, after: at - since, position, by, reply };
                    if !question.is_routine() {
                        self.record.examples.push((question, replied.clone()));
                    }
                    self.record.replies.entry(asked).or_default().push(replied);
                }
            }
        }
        self.fold(events, at)?;
        for happening in events {
            self.record.course.note(happening, at);
            self.name_stages(&happening.event);
        }
        let changed: BTreeSet<_> = events.iter().map(|happening| &happening.subject).collect();
        for subject in changed {
            for (asked, since) in self.open.look_at(&self.world, subject, at, answered) {
                self.note_silence(asked, at - since);
            }
        }
        Ok(())
    }

    fn note_silence(&mut self, asked: Asked, silence: TimeDelta) {
        let silence = silence.max(TimeDelta::zero());
        self.record.silences.entry(asked).and_modify(|known| *known = silence.max(*known)).or_insert(silence);
    }

    fn name_stages(&mut self, event: &Event) {
        if let Event::Pipeline(
            PipelineEvent::Created { definition, .. } | PipelineEvent::Revised { definition, .. },
        ) = event
        {
            self.record.course.name_stages(definition);
        }
    }

    fn fold(&mut self, events: &[&Happening], at: Timestamp) -> Result<(), WhatIfError> {
        for Happening { subject, event, .. } in events {
            let folded =
                self.world.remove(subject).unwrap_or_else(|| Arc::new(Folded::empty(subject.clone())));
            let mut folded = Arc::unwrap_or_clone(folded);
            let not_whole = |error| WhatIfError::NotWhole { what: format!("{subject}: {error}") };
            folded.take(event, at, None).map_err(not_whole)?;
            self.world.insert(Arc::new(folded));
        }
        Ok(())
    }

    /// What is still open was not answered until the end.
    fn close(&mut self) {
        let Some(until) = self.record.until else { return };
        let open: Vec<_> = self.open.iter().collect();
        for (asked, since) in open {
            self.note_silence(asked, until - since);
        }
    }
}

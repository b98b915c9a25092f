//! What would have been: a loop over virtual time, in which the next thing is what comes first of the script, the answers to open
//! questions and the deadlines. What comes at one time comes in the order of the record.
//!
//! This file has the loop; `steps.rs` repeats what people did, `orders.rs` gives recorded answers, `assuming.rs` those that are not on
//! record, `sampling.rs` samples gates where nobody did.

mod assuming;
mod orders;
mod permitting;
mod sampling;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::actions::{Reply, Who};
use super::question::{Asked, OpenQuestions, Question};
use super::record::{Record, Replied, Step};
use super::{Assumed, Course, Refused, WhatIfError};
use crate::gate;
use crate::release::ReleaseEvent;
use crate::transaction::{Command, Folded, Progress, Proposal, Refusal, Transaction, World};
use crate::{
    CommandId, CommitId, Context, DeploymentId, Event, GateId, Identity, Moment, PipelineDefinition,
    PipelineId, ReleaseId, Subject, Timestamp,
};
use permitting::Permitting;
use sampling::{Sample, Sampler};

/// What a replay finds.
#[derive(Debug, Default)]
pub(super) struct Replay {
    pub(super) courses: BTreeMap<PipelineId, Course>,
    pub(super) assumed: Vec<Assumed>,
    pub(super) refused: Vec<Refused>,
}

pub(super) fn replay(
    pipeline: PipelineId,
    record: &Record,
    change: &dyn Fn(PipelineDefinition) -> PipelineDefinition,
) -> Result<Replay, WhatIfError> {
    let permitting = Permitting::new()?;
    let mut world = World::new();
    world.insert(Arc::new(permitting.granted()?));
    let mut run = Run {
        pipeline,
        record,
        change,
        permitting,
        world,
        open: OpenQuestions::default(),
        script: record.script.iter(),
        step: None,
        given: BTreeMap::new(),
        spent: BTreeSet::new(),
        samplers: BTreeMap::new(),
        told: BTreeMap::new(),
        revisions: BTreeMap::new(),
        now: Timestamp::MIN_UTC,
        commands: 0,
        replay: Replay::default(),
    };
    run.replay.courses.extend(record.courses.keys().map(|pipeline| (*pipeline, Course::default())));
    run.step = run.script.next();
    while let Some(next) = run.next() {
        run.carry_out(next)?;
    }
    Ok(run.replay)
}

struct Run<'a> {
    pipeline: PipelineId,
    record: &'a Record,
    change: &'a dyn Fn(PipelineDefinition) -> PipelineDefinition,
    permitting: Permitting,
    world: World,
    open: OpenQuestions,
    script: std::slice::Iter<'a, Step>,
    /// The next of the script.
    step: Option<&'a Step>,
    /// How many recorded answers each question was given.
    given: BTreeMap<Asked, usize>,
    /// Those that are answered no more, whatever came of it, each with since when it was open.
    spent: BTreeSet<(Asked, Timestamp)>,
    /// How far gates were sampled that nobody sampled then.
    samplers: BTreeMap<(DeploymentId, Moment), Sampler>,
    /// What gates were assumed to answer last.
    told: BTreeMap<GateId, gate::Answer>,
    /// What has become of each recorded revision.
    revisions: BTreeMap<(PipelineId, u32), u32>,
    now: Timestamp,
    commands: u64,
    replay: Replay,
}

/// What comes next.
struct Next<'a> {
    at: Timestamp,
    what: What<'a>,
}

enum What<'a> {
    Step(&'a Step),
    Recorded(Asked, Timestamp, &'a Replied),
    /// No answer is recorded: like this one, if there is one.
    Assumed(Asked, Timestamp, Option<(DeploymentId, &'a Replied)>),
}

/// A command, and who gives it.
struct Order {
    command: Command,
    who: Who,
}

impl<'a> Run<'a> {
    fn next(&self) -> Option<Next<'a>> {
        let until = self.record.until?;
        let step = self.step.map(|step| ((step.at.max(self.now), step.position, 1), What::Step(step)));
        let replies = self.open.iter().filter_map(|(asked, since)| {
            let (at, position, what) = self.reply_to(asked, since)?;
            // A deadline comes before the command in whose commit it was decided.
            let is_moment = match &what {
                What::Recorded((question, _), ..) | What::Assumed((question, _), ..) => question.is_moment(),
                What::Step(_) => false,
            };
            Some(((at.max(self.now), position, u8::from(!is_moment)), what))
        });
        let is_within = |at: Timestamp, what: &What<'_>| match what {
            What::Step(_) | What::Recorded(..) => at <= until,
            // At its very end the record says all that happened.
            What::Assumed(..) => at < until,
        };
        let all = step.into_iter().chain(replies).filter(|((at, ..), what)| is_within(*at, what));
        all.min_by_key(|(order, _)| *order).map(|((at, ..), what)| Next { at, what })
    }

    /// When the question is answered, and how; `None`: not any more.
    fn reply_to(&self, asked: Asked, since: Timestamp) -> Option<(Timestamp, usize, What<'a>)> {
        let spent = (asked, since);
        if self.spent.contains(&spent) {
            return None;
        }
        let (asked, since) = spent;
        let given = self.given.get(&asked).copied().unwrap_or(0);
        if let Some(replied) = self.record.replies.get(&asked).and_then(|replies| replies.get(given)) {
            let at = crate::later(since, replied.after);
            return Some((at, replied.position, What::Recorded(asked, since, replied)));
        }
        // Nobody answered it for so long: that much is known.
        let silence = self.record.silences.get(&asked).copied().unwrap_or_default();
        if let Question::Sample(deployment, moment, run) = &asked.0 {
            let at = self.next_sample((*deployment, *moment), run, crate::later(since, silence))?;
            return Some((at, usize::MAX, What::Assumed(asked, since, None)));
        }
        let example = if asked.0.is_routine() { None } else { self.example_of(&asked.0, since) };
        let after = example.map_or(silence, |(_, replied)| replied.after.max(silence));
        Some((crate::later(since, after), usize::MAX, What::Assumed(asked, since, example)))
    }

    fn carry_out(&mut self, next: Next<'a>) -> Result<(), WhatIfError> {
        let Next { at, what } = next;
        self.now = at;
        match what {
            What::Step(step) => {
                self.step = self.script.next();
                self.repeat(step)
            }
            What::Recorded(asked, since, replied) => {
                *self.given.entry(asked.clone()).or_default() += 1;
                let is_last = !matches!(replied.reply, Reply::HandOn { .. } | Reply::Routine);
                let order = self.order_of(&asked.0, &replied.reply, &replied.by);
                self.answer(asked, since, order, is_last)
            }
            What::Assumed(asked, since, _) if matches!(asked.0, Question::Sample(..)) => {
                match self.sample(&asked) {
                    Sample::Counted => Ok(()),
                    Sample::ToRecord(order) => self.answer(asked, since, Some(*order), true),
                    Sample::Over => self.answer(asked, since, None, true),
                }
            }
            What::Assumed(asked, since, example) => {
                let order = self.assume(&asked.0, example);
                self.answer(asked, since, order, true)
            }
        }
    }

    fn answer(
        &mut self,
        asked: Asked,
        since: Timestamp,
        order: Option<Order>,
        is_last: bool,
    ) -> Result<(), WhatIfError> {
        let Some(order) = order else {
            self.spent.insert((asked, since));
            return Ok(());
        };
        let is_routine = asked.0.is_routine();
        let comes_to_something = matches!(self.give(order, Some(&asked.0))?, Ok(true));
        // What changes nothing would be tried for ever.
        if if is_routine { !comes_to_something } else { is_last } {
            self.spent.insert((asked, since));
        }
        Ok(())
    }

    /// Carries a command out. Says whether something was recorded, or why it is refused, which is noted.
    fn give(
        &mut self,
        order: Order,
        answered: Option<&Question>,
    ) -> Result<Result<bool, Refusal>, WhatIfError> {
        let Order { command, who } = order;
        let subject = command.subject();
        let context = self.context(&who)?;
        match decide(&mut self.world, command, context) {
            Ok(Some(proposal)) => {
                self.take(*proposal, answered);
                Ok(Ok(true))
            }
            Ok(None) => Ok(Ok(false)),
            Err(because) => {
                // An engine would not have tried.
                let is_persons =
                    matches!(answered, None | Some(Question::Approval(_) | Question::Intervention(_)));
                if is_persons {
                    let because = because.clone();
                    self.replay.refused.push(Refused { at: self.now, by: who.by, subject, because });
                }
                Ok(Err(because))
            }
        }
    }

    fn context(&mut self, who: &Who) -> Result<Context, WhatIfError> {
        self.commands += 1;
        let id = format!("what-if-{}", self.commands);
        let (command, commit) = (CommandId::new(&id)?, CommitId::new(&id)?);
        let (actor, groups) = (who.by.clone(), self.permitting.groups_of(who));
        // Whoever answered then was known well enough to.
        let identity = Identity::ConfirmedAnew;
        Ok(Context { now: self.now, actor, groups, identity, command, commit })
    }

    fn take(&mut self, proposal: Proposal, answered: Option<&Question>) {
        let mut changed = BTreeSet::new();
        for happening in proposal.events {
            if let Event::Release(ReleaseEvent::Deployment(event)) = &happening.event {
                let pipeline = self.record.releases.get(&event.deployment().release);
                if let Some(course) = pipeline.and_then(|id| self.replay.courses.get_mut(id)) {
                    course.note(event, self.now);
                }
            }
            changed.insert(happening.subject);
        }
        for folded in proposal.states {
            self.world.insert(folded);
        }
        self.open.look_at(&self.world, &changed, self.now, answered);
    }

    /// Whether two releases are of one pipeline.
    fn is_of_same_pipeline(&self, one: ReleaseId, other: ReleaseId) -> bool {
        self.record.releases.get(&one) == self.record.releases.get(&other)
    }
}

fn decide(world: &mut World, command: Command, context: Context) -> Result<Option<Box<Proposal>>, Refusal> {
    let transaction = Transaction::new(command, context);
    loop {
        match transaction.advance(world)? {
            Progress::Needs(subjects) => {
                for subject in subjects {
                    world.insert(Arc::new(Folded::empty(subject)));
                }
            }
            Progress::Ready(proposal) => return Ok(Some(proposal)),
            Progress::AlreadySo | Progress::Repeated { .. } => return Ok(None),
        }
    }
}

fn release_in(world: &World, id: ReleaseId) -> Option<&crate::Release> {
    world.get(&Subject::Release(id))?.state().as_release()
}

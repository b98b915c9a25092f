//! What would have been: a loop over virtual time, in which the next thing is what comes first of the script, the answers to open
//! questions and the deadlines. What comes at one time comes in the order of the record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::actions::{Given, Reply, approver_of};
use super::question::{Asked, OpenQuestions, Question};
use super::record::{Record, Replied, Step};
use super::replayable::expect_replayable;
use super::{Assumed, Assumption, Course, Refused, WhatIfError};
use crate::deployment::{Answer, Report, TaskResult, TaskRun};
use crate::queue::QueueCommand;
use crate::release::{ReleaseCommand, StageEdit};
use crate::transaction::{Command, Folded, Progress, Proposal, Refusal, Transaction, World};
use crate::{
    Actor, ApprovalId, Approver, CommandId, CommitId, Context, DeploymentId, GroupId, Identity,
    PipelineCommand, PipelineDefinition, PipelineId, Subject, TaskId, Timestamp, UserId,
};

/// Who answers for a group, where nobody did.
const SOMEBODY: &str = "somebody";

/// What a replay finds.
#[derive(Debug, Default)]
pub(super) struct Replay {
    pub(super) course: Course,
    pub(super) assumed: Vec<Assumed>,
    pub(super) refused: Vec<Refused>,
}

pub(super) fn replay(
    pipeline: PipelineId,
    record: &Record,
    change: &dyn Fn(PipelineDefinition) -> PipelineDefinition,
) -> Result<Replay, WhatIfError> {
    let mut run = Run {
        pipeline,
        record,
        change,
        world: World::new(),
        open: OpenQuestions::default(),
        script: record.script.iter(),
        step: None,
        given: BTreeMap::new(),
        spent: BTreeSet::new(),
        revisions: BTreeMap::new(),
        now: Timestamp::MIN_UTC,
        commands: 0,
        replay: Replay::default(),
    };
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
    world: World,
    open: OpenQuestions,
    script: std::slice::Iter<'a, Step>,
    /// The next of the script.
    step: Option<&'a Step>,
    /// How many recorded answers each question was given.
    given: BTreeMap<Asked, usize>,
    /// Those that are answered no more, whatever came of it.
    spent: BTreeSet<Asked>,
    /// What has become of each recorded revision.
    revisions: BTreeMap<u32, u32>,
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
    Recorded(Asked, &'a Replied),
    /// No answer is recorded: like this one, if there is one.
    Assumed(Asked, Option<(DeploymentId, &'a Replied)>),
}

/// A command, who gives it, and as a member of which groups.
struct Order {
    command: Command,
    by: Actor,
    groups: BTreeSet<GroupId>,
}

impl<'a> Run<'a> {
    fn next(&self) -> Option<Next<'a>> {
        let until = self.record.until?;
        let step = self.step.map(|step| ((step.at.max(self.now), step.position, 1), What::Step(step)));
        let replies =
            self.open.iter().filter(|(asked, _)| !self.spent.contains(asked)).map(|(asked, since)| {
                let (at, position, what) = self.reply_to(asked, since);
                // A deadline comes before the command in whose commit it was decided.
                let rank = u8::from(!matches!(asked.0, Question::Moment(_)));
                ((at.max(self.now), position, rank), what)
            });
        let is_within = |at: Timestamp, what: &What<'_>| match what {
            What::Step(_) | What::Recorded(..) => at <= until,
            // At its very end the record says all that happened.
            What::Assumed(..) => at < until,
        };
        let all = step.into_iter().chain(replies).filter(|((at, ..), what)| is_within(*at, what));
        all.min_by_key(|(order, _)| *order).map(|((at, ..), what)| Next { at, what })
    }

    fn reply_to(&self, asked: Asked, since: Timestamp) -> (Timestamp, usize, What<'a>) {
        let later = |after: TimeDelta| since.checked_add_signed(after).unwrap_or(Timestamp::MAX_UTC);
        let given = self.given.get(&asked).copied().unwrap_or(0);
        if let Some(replied) = self.record.replies.get(&asked).and_then(|replies| replies.get(given)) {
            return (later(replied.after), replied.position, What::Recorded(asked, replied));
        }
        // Nobody answered it for so long: that much is known.
        let silence = self.record.silences.get(&asked).copied().unwrap_or_default();
        let example = if asked.0.is_routine() { None } else { self.example_of(&asked.0, since) };
        let after = example.map_or(silence, |(_, replied)| replied.after.max(silence));
        (later(after), usize::MAX, What::Assumed(asked, example))
    }

    /// The newest answer to the same step that was recorded before.
    fn example_of(&self, question: &Question, before: Timestamp) -> Option<(DeploymentId, &'a Replied)> {
        let is_example = |(other, replied): &&(Question, Replied)| {
            let is_answer = !matches!(replied.reply, Reply::HandOn { .. });
            is_answer && replied.at <= before && question.is_like(other)
        };
        let (other, replied) = self.record.examples.iter().rev().find(is_example)?;
        Some((deployment_of(other)?, replied))
    }

    fn carry_out(&mut self, next: Next<'a>) -> Result<(), WhatIfError> {
        let Next { at, what } = next;
        self.now = at;
        match what {
            What::Step(step) => {
                self.step = self.script.next();
                self.carry_out_step(step)
            }
            What::Recorded(asked, replied) => {
                *self.given.entry(asked).or_default() += 1;
                let is_last = !matches!(replied.reply, Reply::HandOn { .. } | Reply::Routine);
                let order = self.order_of(asked.0, &replied.reply, &replied.by);
                self.answer(asked, order, is_last)
            }
            What::Assumed(asked, example) => {
                let order = self.assume(asked.0, example);
                self.answer(asked, order, true)
            }
        }
    }

    fn carry_out_step(&mut self, step: &Step) -> Result<(), WhatIfError> {
        let command = match &step.given {
            Given::Create { definition } => {
                let definition = self.changed(definition)?;
                self.replay.course.name_stages(&definition);
                Command::Pipeline(self.pipeline, PipelineCommand::Create { definition })
            }
            Given::Revise { restores, definition, comment, .. } => {
                let definition = self.changed(definition)?;
                self.replay.course.name_stages(&definition);
                let (against, comment) = (self.revision(), comment.clone());
                let restored = restores.and_then(|revision| self.revisions.get(&revision).copied());
                let command = match restored {
                    Some(revision) => PipelineCommand::Restore { against, revision, definition, comment },
                    None => PipelineCommand::Revise { against, definition, comment },
                };
                Command::Pipeline(self.pipeline, command)
            }
            Given::CreateRelease { release, request } => {
                let request = request.as_ref().clone();
                Command::Pipeline(
                    self.pipeline,
                    PipelineCommand::CreateRelease { release: *release, request },
                )
            }
            Given::ReviseStage { release, stage, jobs, definition, comment } => {
                let definition = self.changed(definition)?;
                let revised = definition.stage(*stage);
                let edit = StageEdit {
                    stage: *stage,
                    variables: revised.map(|stage| stage.variables.clone()),
                    jobs: revised.filter(|_| *jobs).map(|stage| stage.jobs.clone()),
                    comment: comment.clone(),
                };
                Command::Release(*release, ReleaseCommand::ReviseStage(edit))
            }
            Given::Release(release, command) => {
                let mut command = command.as_ref().clone();
                if let ReleaseCommand::EditDraft(edit) = &mut command
                    && let Some(snapshot) = &edit.snapshot
                {
                    edit.snapshot = Some(self.changed(snapshot)?);
                }
                Command::Release(*release, command)
            }
        };
        let order = Order { command, by: step.by.clone(), groups: BTreeSet::new() };
        let refused = self.give(order, None)?.err();
        let revision = match &step.given {
            Given::Create { .. } => 1,
            Given::Revise { revision, .. } => *revision,
            Given::CreateRelease { .. } | Given::ReviseStage { .. } | Given::Release(..) => return Ok(()),
        };
        if let Some(because) = refused {
            return Err(WhatIfError::DefinitionRefused { revision, because });
        }
        self.revisions.insert(revision, self.revision());
        Ok(())
    }

    /// The present revision, in the replay.
    fn revision(&self) -> u32 {
        let pipeline = self.world.get(&Subject::Pipeline(self.pipeline));
        let current = pipeline.and_then(|it| it.state().as_pipeline()?.current());
        current.map_or(0, |current| current.revision)
    }

    /// The changed definition. Releases come from the script, so that it needs no triggers.
    fn changed(&self, definition: &Arc<PipelineDefinition>) -> Result<Arc<PipelineDefinition>, WhatIfError> {
        let mut changed = (self.change)(definition.as_ref().clone());
        if changed.triggers != definition.triggers {
            return Err(WhatIfError::not_replayable("another release trigger"));
        }
        if changed.artifacts != definition.artifacts {
            return Err(WhatIfError::not_replayable("another artifact source"));
        }
        changed.triggers.clear();
        Ok(Arc::new(changed))
    }

    fn answer(&mut self, asked: Asked, order: Option<Order>, is_last: bool) -> Result<(), WhatIfError> {
        let Some(order) = order else {
            self.spent.insert(asked);
            return Ok(());
        };
        if is_last && !asked.0.is_routine() {
            self.spent.insert(asked);
        }
        // What changes nothing would be tried for ever.
        if !matches!(self.give(order, Some(asked.0))?, Ok(true)) && asked.0.is_routine() {
            self.spent.insert(asked);
        }
        Ok(())
    }

    fn order_of(&self, question: Question, reply: &Reply, by: &Actor) -> Option<Order> {
        let of_approval = |approval: ApprovalId, command, by: &Actor, groups: &BTreeSet<GroupId>| Order {
            command: Command::Release(approval.deployment.release, command),
            by: by.clone(),
            groups: groups.clone(),
        };
        Some(match (question, reply) {
            (Question::Approval(approval), Reply::Answer { answer, until, by, groups, comment }) => {
                let (answer, comment) = (*answer, comment.clone());
                let command = match until {
                    Some(until) => ReleaseCommand::ApproveForLater { approval, until: *until, comment },
                    None => ReleaseCommand::Answer { approval, answer, comment },
                };
                of_approval(approval, command, by, groups)
            }
            (Question::Approval(approval), Reply::HandOn { to, by, groups, comment }) => {
                let (to, comment) = (to.clone(), comment.clone());
                of_approval(approval, ReleaseCommand::Reassign { approval, to, comment }, by, groups)
            }
            (Question::Claim(task), Reply::Claim(claim)) => {
                by_engine(task, ReleaseCommand::ClaimTask { task, claim: claim.clone() }, by)
            }
            (Question::Ending(task) | Question::Stopping(task), Reply::Ended { result, message }) => {
                let (engine, report) = (self.claim_of(task)?, report_of(*result, message));
                by_engine(task, ReleaseCommand::ReportTask { task, engine, report }, by)
            }
            (Question::Settling(id), _) => Order {
                command: Command::Release(id.release, ReleaseCommand::Settle(id)),
                by: by.clone(),
                groups: BTreeSet::new(),
            },
            (Question::Queue(queue), _) => Order {
                command: Command::Queue(queue, QueueCommand::Settle),
                by: by.clone(),
                groups: BTreeSet::new(),
            },
            (Question::Moment(deadline), _) => {
                let command =
                    Command::Release(deadline.deployment().release, ReleaseCommand::Reach(deadline));
                Order { command, by: Actor::System, groups: BTreeSet::new() }
            }
            (Question::Approval(_) | Question::Claim(_) | Question::Ending(_) | Question::Stopping(_), _) => {
                return None;
            }
        })
    }

    /// The engine that runs the task.
    fn claim_of(&self, task: TaskId) -> Option<crate::EngineId> {
        let id = task.deployment();
        let release = self.world.get(&Subject::Release(id.release))?.state().as_release()?;
        match release.deployment(id)?.open_task(task) {
            Some(TaskRun::Running { claim, .. }) => Some(claim.engine.clone()),
            Some(_) | None => None,
        }
    }

    /// What is done where nothing is recorded; noted, unless it is a routine.
    fn assume(&mut self, question: Question, example: Option<(DeploymentId, &Replied)>) -> Option<Order> {
        let like = example.map(|(deployment, _)| deployment);
        let example = example.map(|(_, replied)| replied);
        let reply = match (question, example.map(|replied| &replied.reply)) {
            (Question::Approval(approval), reply) => {
                let reply = self.assumed_answer(approval, reply)?;
                if let Reply::Answer { answer, .. } = &reply {
                    self.replay.assumed.push(Assumed { what: Assumption::Approval(approval, *answer), like });
                }
                reply
            }
            (Question::Claim(_), reply) => reply.cloned().or_else(somebodys_claim)?,
            (Question::Ending(task) | Question::Stopping(task), reply) => {
                let well = Reply::Ended { result: TaskResult::Succeeded, message: String::new() };
                let reply = reply.cloned().unwrap_or(well);
                if let Reply::Ended { result, .. } = &reply {
                    let is_stop = matches!(question, Question::Stopping(_));
                    let what = if is_stop { Assumption::Stop(task) } else { Assumption::Task(task, *result) };
                    self.replay.assumed.push(Assumed { what, like });
                }
                reply
            }
            (Question::Settling(_) | Question::Queue(_) | Question::Moment(_), _) => Reply::Routine,
        };
        self.order_of(question, &reply, &Actor::System)
    }

    /// By whoever is asked now.
    fn assumed_answer(&self, approval: ApprovalId, example: Option<&Reply>) -> Option<Reply> {
        let approver = approver_of(&self.world, approval)?;
        let (answer, mut by, mut groups) = match example {
            Some(Reply::Answer { answer, by, groups, .. }) => (*answer, by.clone(), groups.clone()),
            Some(Reply::HandOn { .. } | Reply::Claim(_) | Reply::Ended { .. } | Reply::Routine) | None => {
                (Answer::Approve, Actor::User(UserId::new(SOMEBODY).ok()?), BTreeSet::new())
            }
        };
        match approver {
            Approver::User(user) => by = Actor::User(user),
            Approver::Group(group) => {
                groups.insert(group);
            }
            Approver::Automatic => {}
        }
        Some(Reply::Answer { answer, until: None, by, groups, comment: String::new() })
    }

    /// Carries a command out. Says whether something was recorded, or why it is refused, which is noted.
    fn give(
        &mut self,
        order: Order,
        answered: Option<Question>,
    ) -> Result<Result<bool, Refusal>, WhatIfError> {
        let Order { command, by, groups } = order;
        let subject = command.subject();
        let context = self.context(by.clone(), groups)?;
        match decide(&mut self.world, command, context) {
            Ok(Some(proposal)) => self.take(*proposal, answered).map(|()| Ok(true)),
            Ok(None) => Ok(Ok(false)),
            Err(because) => {
                // An engine would not have tried.
                if matches!(answered, None | Some(Question::Approval(_))) {
                    let because = because.clone();
                    self.replay.refused.push(Refused { at: self.now, by, subject, because });
                }
                Ok(Err(because))
            }
        }
    }

    fn context(&mut self, by: Actor, groups: BTreeSet<GroupId>) -> Result<Context, WhatIfError> {
        self.commands += 1;
        let id = format!("what-if-{}", self.commands);
        let invalid = |error: crate::InvalidId| WhatIfError::not_replayable(error.to_string());
        let (command, commit) = (CommandId::new(&id).map_err(invalid)?, CommitId::new(&id).map_err(invalid)?);
        // Whoever answered then was known well enough to.
        let identity = Identity::ConfirmedAnew;
        Ok(Context { now: self.now, actor: by, groups, identity, command, commit })
    }

    fn take(&mut self, proposal: Proposal, answered: Option<Question>) -> Result<(), WhatIfError> {
        let mut changed = BTreeSet::new();
        for happening in &proposal.events {
            expect_replayable(&happening.event)?;
            self.replay.course.note(happening, self.now);
            changed.insert(&happening.subject);
        }
        for folded in proposal.states {
            self.world.insert(folded);
        }
        for subject in changed {
            self.open.look_at(&self.world, subject, self.now, answered);
        }
        Ok(())
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

fn by_engine(task: TaskId, command: ReleaseCommand, by: &Actor) -> Order {
    let command = Command::Release(task.deployment().release, command);
    Order { command, by: by.clone(), groups: BTreeSet::new() }
}

fn report_of(result: TaskResult, message: &str) -> Report {
    let message = message.to_owned();
    match result {
        // What a task that was asked to stop says doesn't matter.
        TaskResult::Succeeded | TaskResult::Canceled | TaskResult::TimedOut => Report::Succeeded,
        TaskResult::SucceededWithIssues => Report::SucceededWithIssues { message },
        TaskResult::Failed => Report::Failed { message },
        TaskResult::Lost => Report::Lost { message },
    }
}

fn somebodys_claim() -> Option<Reply> {
    let (engine, incarnation) =
        (crate::EngineId::new(SOMEBODY).ok()?, crate::IncarnationId::new(SOMEBODY).ok()?);
    Some(Reply::Claim(crate::deployment::Claim { engine, incarnation }))
}

const fn deployment_of(question: &Question) -> Option<DeploymentId> {
    match question {
        Question::Approval(approval) => Some(approval.deployment),
        Question::Claim(task) | Question::Ending(task) | Question::Stopping(task) => Some(task.deployment()),
        Question::Settling(deployment) => Some(*deployment),
        Question::Queue(_) | Question::Moment(_) => None,
    }
}

//! Each step, done in a world.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{Datelike, TimeDelta, Timelike};
use cutover::deployment::InterventionAnswer;
use cutover::freeze::FreezesCommand;
use cutover::gate::GateRun;
use cutover::schedule::{WeekTime, Window};
use cutover::transaction::Command;
use cutover::{
    DeployRequest, DeploymentId, FreezeId, GateId, LocksCommand, Moment, NewRelease, PipelineCommand,
    QueueCommand, QueueId, Release, ReleaseCommand, ReleaseId, ReleaseState, Scope, StageEdit, StageId,
    Timestamp, Weekday,
};

use super::chores::{self, Chore};
use super::plan::{GROUPS, PIPELINES, variables};
use super::step::{Pick, Step};
use super::{Whole, explained, lock_group};
use crate::invariants::Sample;
use crate::model::{Outcome, Told};
use crate::people::USERS;

pub(super) type Done = Result<(), String>;

pub(super) fn choose<T: Clone>(all: &[T], pick: Pick) -> Option<T> {
    if all.is_empty() { None } else { Some(all[all.len() - 1 - usize::from(pick) % all.len()].clone()) }
}

fn somebody(pick: Pick) -> &'static str {
    USERS[usize::from(pick) % USERS.len()]
}

impl Whole {
    pub fn perform(&mut self, step: &Step) -> Done {
        match step {
            Step::Create { .. } | Step::RevisePolicies { .. } => self.in_pipeline(step),
            Step::Start(_)
            | Step::Deploy { .. }
            | Step::DeployUpTo { .. }
            | Step::ReviseStage { .. }
            | Step::Cancel { .. }
            | Step::Abandon(_)
            | Step::Reactivate(_) => self.in_release(step),
            Step::GoOn { .. } | Step::SampleAnyway { .. } | Step::IgnoreGate { .. } => self.at_work(step),
            Step::Answer { .. } | Step::StartDeferred { .. } | Step::Intervene { .. } => self.asked(step),
            Step::Freeze { .. } | Step::FreezeWeekly { .. } | Step::Lift(_) | Step::Override { .. } => {
                self.frozen(step)
            }
            Step::Define { .. }
            | Step::Remove(_)
            | Step::Pause(_)
            | Step::Resume(_)
            | Step::MoveToFront { .. } => self.steered(step),
            Step::SaveAgent { .. }
            | Step::RemoveAgent(_)
            | Step::Serve { .. }
            | Step::Register { .. }
            | Step::Presence { .. }
            | Step::Unregister(_) => self.machines(step),
            Step::Next => self.next(),
            Step::Ring(pick) => match choose(&chores::deadlines(&self.world.live), *pick) {
                Some((_, deadline)) => self.ask("system", chores::reach(deadline)).map(|_| ()),
                None => Ok(()),
            },
            Step::Pass(seconds) => {
                self.now += TimeDelta::seconds(*seconds);
                Ok(())
            }
            Step::Repeat(pick) => self.repeat(*pick),
        }
    }

    /// E2: what one of all stages that are not over waits for is what it waits for.
    pub(super) fn look_at(&self, pick: u8) -> Done {
        let mut places = Vec::new();
        for release in self.world.releases() {
            let Some(definition) = self.world.definition_of(release) else { continue };
            let Some(about) = release.about() else { continue };
            let is_over = |stage| release.latest(stage).is_some_and(cutover::deployment::Deployment::is_over);
            let stages = definition.stages.iter().map(|stage| stage.id).filter(|stage| !is_over(*stage));
            places.extend(stages.map(|stage| (about.id, stage)));
        }
        match choose(&places, pick) {
            Some(place) => explained::is_true(&self.world.live, self.time(), place),
            None => Ok(()),
        }
    }

    fn in_pipeline(&mut self, step: &Step) -> Done {
        match step {
            Step::Create { second, by, draft, target } => {
                let pipeline = PIPELINES[usize::from(*second)];
                let stages = self.pipelines[usize::from(*second)].0.stages.len();
                let target = target.map(|pick| StageId(u32::from(pick) % stages as u32 + 1));
                let request = NewRelease { draft: *draft, target, ..NewRelease::default() };
                let release = ReleaseId(self.releases + 1);
                let command = PipelineCommand::CreateRelease { release, request };
                if self.ask(somebody(*by), Command::Pipeline(pipeline, command))? == Outcome::Recorded {
                    self.releases += 1;
                }
            }
            Step::RevisePolicies { second, policy } => {
                let place = usize::from(*second);
                let (mut definition, against) = self.pipelines[place].clone();
                definition.stages.iter_mut().for_each(|stage| stage.queuing = policy.definition());
                let revised = Arc::new(definition.clone());
                let command =
                    PipelineCommand::Revise { against, definition: revised, comment: String::new() };
                if self.ask("ann", Command::Pipeline(PIPELINES[place], command))? == Outcome::Recorded {
                    self.pipelines[place] = (definition, against + 1);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn in_release(&mut self, step: &Step) -> Done {
        let of = |state: Option<ReleaseState>| {
            let is_meant = |release: &&Release| state.is_none_or(|state| release.state() == state);
            let all = self.world.releases().filter(is_meant).filter_map(Release::about);
            all.map(|about| about.id).collect::<Vec<_>>()
        };
        let stage = |pick: Pick| StageId(u32::from(pick) % 3 + 1);
        let comment = String::new();
        let (release, by, command) = match step {
            Step::Start(pick) => (choose(&of(Some(ReleaseState::Draft)), *pick), 0, ReleaseCommand::Start),
            Step::Deploy { release, stage: place, by, minutes, failed_only } => {
                let mut request = DeployRequest::new(stage(*place));
                request.at = minutes.map(|minutes| self.now + TimeDelta::minutes(minutes));
                let request = if *failed_only { request.failed_jobs_only() } else { request };
                (choose(&of(None), *release), *by, ReleaseCommand::Deploy(request))
            }
            Step::DeployUpTo { release, stage: place, by } => {
                let command = ReleaseCommand::DeployUpTo { target: stage(*place), comment };
                (choose(&of(None), *release), *by, command)
            }
            Step::ReviseStage { deployment, value } => {
                let Some(id) = self.one_that(*deployment, |it| it.phase.is_before_jobs()) else {
                    return Ok(());
                };
                let variables = Some(variables(usize::from(*value)));
                let edit = StageEdit { variables, ..StageEdit::of(id.stage) };
                (Some(id.release), 0, ReleaseCommand::ReviseStage(edit))
            }
            Step::Cancel { deployment, by } => {
                let Some(id) = self.one_that(*deployment, |_| true) else { return Ok(()) };
                (Some(id.release), *by, ReleaseCommand::Cancel { stage: id.stage, comment })
            }
            Step::Abandon(pick) => (choose(&of(None), *pick), 0, ReleaseCommand::Abandon { comment }),
            Step::Reactivate(pick) => {
                (choose(&of(Some(ReleaseState::Abandoned)), *pick), 0, ReleaseCommand::Reactivate)
            }
            _ => return Ok(()),
        };
        let Some(release) = release else { return Ok(()) };
        self.ask(somebody(by), Command::Release(release, command)).map(|_| ())
    }

    fn at_work(&mut self, step: &Step) -> Done {
        match step {
            Step::GoOn { which, told, gates, engine } => {
                let Some(chore) = choose(&chores::chores(&self.world.live, self.time()), *which) else {
                    return self.next();
                };
                self.go_on(&chore, *told, *gates, *engine)
            }
            Step::SampleAnyway { which, number, gates } => match self.sampled(*which) {
                Some((id, moment, run)) => {
                    let (given, recorded) = self.ledger.newest(id, moment).unwrap_or_default();
                    let number = given.unwrap_or_default().saturating_sub(1) + u32::from(*number);
                    // An engine counts what it does not record: it gives nothing again that it has counted.
                    if recorded < Some(number) && Some(number) <= given {
                        return Ok(());
                    }
                    self.sample(&run, (id, moment), number, *gates).map(|_| ())
                }
                None => Ok(()),
            },
            Step::IgnoreGate { which, gate, by, says_why } => match self.sampled(*which) {
                Some((deployment, moment, _)) => {
                    let gate = GateId { deployment, moment, gate: u32::from(*gate) };
                    let comment = if *says_why { "it lies" } else { " " }.to_owned();
                    let command = ReleaseCommand::IgnoreGate { gate, comment };
                    self.ask(somebody(*by), Command::Release(deployment.release, command)).map(|_| ())
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// An engine does one thing; what has come due of that release goes first, as its timers do.
    pub(super) fn go_on(&mut self, chore: &Chore, told: Told, gates: u8, engine: u8) -> Done {
        self.now = self.time();
        if let Some(id) = chore.deployment() {
            let next = self.world.release(id.release.0).and_then(Release::deadline);
            if let Some((_, deadline)) = next.filter(|(at, _)| *at <= self.now) {
                return self.ring(deadline);
            }
        }
        let Chore::Sample(id, moment) = chore else { return self.chore(chore.command(told, engine)) };
        let run = chores::found(&self.world.live, *id).and_then(|(_, it)| it.sampling_gates());
        let Some((_, run)) = run else { return Err(format!("G2: {id} has no gates to sample")) };
        let run = run.clone();
        // Nothing is given twice, whether it was recorded or only counted.
        let given = self.ledger.newest(*id, *moment).and_then(|(given, _)| given);
        let due = |now| run.sample_due(now).filter(|due| Some(due.0) > given);
        if due(self.now).is_none() {
            self.now = run.next_moment(self.now).unwrap_or(self.now);
        }
        match due(self.now) {
            Some(due) => match self.sample(&run, (*id, *moment), due.0, gates)? {
                // Who has not answered yet may still do so, until the next sample begins.
                Outcome::Refused if gates & 0b0101 == 0b0101 => {
                    Err("G2: a sample that is due is refused".to_owned())
                }
                _ => Ok(()),
            },
            None => Ok(()),
        }
    }

    fn sample(
        &mut self,
        run: &GateRun,
        (deployment, moment): (DeploymentId, Moment),
        number: u32,
        gates: u8,
    ) -> Result<Outcome, String> {
        // Two bits a gate: the first one succeeds, the second one fails.
        let answer = |gate: &u32| match (gates >> (2 * gate)) & 0b11 {
            0b00 => None,
            0b01 => Some((*gate, true)),
            _ => Some((*gate, false)),
        };
        let answers = run.gates().iter().filter_map(answer).collect();
        let given = Sample { deployment, moment, number, answers };
        let command = chores::sample(run, &given, self.ledger.counted(deployment, moment));
        self.commands += 1;
        self.give(self.commands, "system", command, Some(&given))
    }

    fn asked(&mut self, step: &Step) -> Done {
        let comment = String::new();
        match step {
            Step::Answer { open, by, anybody, yes, minutes } => {
                let all = chores::open_approvals(&self.world.live);
                let Some((id, asked)) = choose(&all, *open) else { return Ok(()) };
                let (people, _) = chores::approvers(&self.world.live, id, &asked);
                let by = choose(&people, *by).filter(|_| !anybody).unwrap_or_else(|| somebody(*by));
                let until = minutes.map(|minutes| self.now + TimeDelta::minutes(minutes));
                self.ask(by, chores::answer(id, *yes, until)).map(|_| ())
            }
            Step::StartDeferred { deployment, by } => {
                let is_deferred = |it: &cutover::deployment::Deployment| {
                    matches!(it.phase, cutover::deployment::Phase::Deferred { .. })
                };
                let Some(id) = self.one_that(*deployment, is_deferred) else { return Ok(()) };
                let command = ReleaseCommand::StartDeferred { deployment: id, comment };
                self.ask(somebody(*by), Command::Release(id.release, command)).map(|_| ())
            }
            Step::Intervene { which, by, resume } => {
                let all = chores::interventions(&self.world.live);
                let Some((task, people)) = choose(&all, *which) else { return Ok(()) };
                // Now and then by somebody who is not asked.
                let by = if *by == 0 { "cy" } else { choose(&people, *by).unwrap_or("ann") };
                let answer = if *resume { InterventionAnswer::Resume } else { InterventionAnswer::Reject };
                let command = ReleaseCommand::AnswerIntervention { task, answer, comment };
                self.ask(by, Command::Release(task.deployment().release, command)).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    fn frozen(&mut self, step: &Step) -> Done {
        match step {
            Step::Freeze { site, after, minutes } => {
                let from = self.now + TimeDelta::minutes(*after);
                let until = minutes.map(|minutes| from + TimeDelta::minutes(minutes));
                self.declare(*site, Window::Once { from, until })
            }
            Step::FreezeWeekly { site, after, minutes } => {
                let from = self.now + TimeDelta::minutes(*after);
                let until = from + TimeDelta::minutes(*minutes);
                let (from, until) = (week_time(from), week_time(until));
                self.declare(*site, Window::Weekly { from, until, zone: String::new() })
            }
            Step::Lift(pick) => {
                let known: Vec<_> = self.world.freezes().iter().map(|(id, _)| id.clone()).collect();
                let Some(freeze) = choose(&known, *pick) else { return Ok(()) };
                let command = FreezesCommand::Lift { freeze, comment: String::new() };
                self.ask("ann", Command::Freezes(command)).map(|_| ())
            }
            Step::Override { deployment, by, says_why } => {
                let is_frozen = |it: &cutover::deployment::Deployment| {
                    matches!(it.phase, cutover::deployment::Phase::Frozen { .. })
                };
                let Some(id) = self.one_that(*deployment, is_frozen) else { return Ok(()) };
                let comment = if *says_why { "it burns" } else { "" }.to_owned();
                let command = ReleaseCommand::OverrideFreezes { deployment: id, comment };
                self.ask(somebody(*by), Command::Release(id.release, command)).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// A few ids, which come again once they are free.
    fn declare(&mut self, site: Pick, window: Window) -> Done {
        let mut scopes = vec![Scope::Store, Scope::Folder("\\".to_owned())];
        for (pipeline, (definition, _)) in PIPELINES.into_iter().zip(&self.pipelines) {
            scopes.push(Scope::Pipeline(pipeline));
            let stages = definition.stages.iter();
            scopes.extend(stages.map(|stage| Scope::Stage { pipeline, stage: stage.id }));
        }
        let scope = choose(&scopes, site).unwrap_or(Scope::Store);
        let freeze = FreezeId::new(format!("f{}", site % 5)).expect("a short name");
        let reason = "stocktaking".to_owned();
        let command = FreezesCommand::Declare { freeze, scope, window, reason };
        self.ask("bob", Command::Freezes(command)).map(|_| ())
    }

    fn steered(&mut self, step: &Step) -> Done {
        let comment = String::new();
        let group = |pick: &Pick| lock_group(GROUPS[usize::from(*pick) % GROUPS.len()]);
        let paused: Vec<QueueId> =
            self.world.queues().filter(|(_, queue)| queue.paused().is_some()).map(|(id, _)| id).collect();
        let queues: Vec<QueueId> = self.world.queues().map(|(id, _)| id).collect();
        let (by, command) = match step {
            Step::Define { group: pick, capacity } => {
                let capacity = NonZeroU32::new(*capacity).unwrap_or(NonZeroU32::MIN);
                (0, Command::Locks(LocksCommand::Define { group: group(pick), capacity }))
            }
            Step::Remove(pick) => (0, Command::Locks(LocksCommand::Remove { group: group(pick) })),
            Step::Pause(pick) => match choose(&queues, *pick) {
                Some(id) => (1, Command::Queue(id, QueueCommand::Pause { reason: "a fire".to_owned() })),
                None => return Ok(()),
            },
            Step::Resume(pick) => match choose(&paused, *pick) {
                Some(id) => (1, Command::Queue(id, QueueCommand::Resume { comment })),
                None => return Ok(()),
            },
            Step::MoveToFront { deployment, by } => {
                let is_queued = |it: &cutover::deployment::Deployment| {
                    matches!(it.phase, cutover::deployment::Phase::Queued { .. })
                };
                let Some(id) = self.one_that(*deployment, is_queued) else { return Ok(()) };
                let about = self.world.release(id.release.0).and_then(Release::about);
                let Some(about) = about else { return Ok(()) };
                let queue = QueueId { pipeline: about.pipeline, stage: id.stage };
                (*by, Command::Queue(queue, QueueCommand::MoveToFront { deployment: id, comment }))
            }
            _ => return Ok(()),
        };
        self.ask(somebody(by), command).map(|_| ())
    }

    /// Time goes on to what happens next by itself: gates are sampled, or a deadline comes.
    fn next(&mut self) -> Done {
        let now = self.time();
        let next_deadline = chores::deadlines(&self.world.live).into_iter().next();
        let samples = chores::going_on(&self.world.live).into_iter().filter_map(|deployment| {
            let (_, run) = deployment.sampling_gates()?;
            run.next_moment(now)
        });
        let next_sample = samples.min();
        match (next_deadline, next_sample) {
            (Some((at, deadline)), sample) if sample.is_none_or(|sample| at <= sample) => {
                self.now = now.max(at);
                self.ring(deadline)
            }
            (_, Some(sample)) => {
                self.now = now.max(sample);
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// I16: what recorded something is answered from that, unless it is long ago.
    fn repeat(&mut self, pick: Pick) -> Done {
        let recent = self.given.len().saturating_sub(40);
        let Some((id, by, command)) = choose(&self.given[recent..], pick) else { return Ok(()) };
        match self.give(id, by, command, None)? {
            Outcome::Repeated => Ok(()),
            outcome => Err(format!("I16: what recorded something is {outcome:?} when it is repeated")),
        }
    }

    fn one_that(
        &self,
        pick: Pick,
        is_meant: impl Fn(&cutover::deployment::Deployment) -> bool,
    ) -> Option<DeploymentId> {
        let all = chores::going_on(&self.world.live).into_iter().filter(|it| is_meant(it));
        choose(&all.map(|deployment| deployment.id).collect::<Vec<_>>(), pick)
    }

    fn sampled(&self, pick: Pick) -> Option<(DeploymentId, Moment, GateRun)> {
        let all = chores::going_on(&self.world.live).into_iter().filter_map(|deployment| {
            let (moment, run) = deployment.sampling_gates()?;
            Some((deployment.id, moment, run.clone()))
        });
        choose(&all.collect::<Vec<_>>(), pick)
    }
}

fn week_time(at: Timestamp) -> WeekTime {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
    let day = days[at.weekday().num_days_from_monday() as usize];
    WeekTime { day, hour: at.hour(), minute: at.minute() }
}

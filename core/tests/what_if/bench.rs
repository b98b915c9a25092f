//! An engine, its people and its clock in one.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use cutover::deployment::{Claim, Report};
use cutover::gate::{self, GateRun, Recording, Sampling, Verdict};
use cutover::transaction::{Command, Refusal, World};
use cutover::what_if::{Recorded, WhatIf, what_if};
use cutover::*;

use crate::PIPELINE;
use crate::common::carry_out;

/// An engine, its people and its clock in one, which keeps what it records.
pub struct Bench {
    pub world: World,
    pub now: Timestamp,
    pub history: Vec<Recorded>,
    pub releases: u64,
    /// From when on the gates succeed; `None`: always.
    pub healthy_from: Option<Timestamp>,
    samplings: BTreeMap<(DeploymentId, Moment), Sampling>,
}

impl Bench {
    pub fn empty() -> Self {
        Self {
            world: World::new(),
            now: DateTime::UNIX_EPOCH + TimeDelta::days(20_000),
            history: Vec::new(),
            releases: 0,
            healthy_from: None,
            samplings: BTreeMap::new(),
        }
    }

    pub fn new(definition: PipelineDefinition) -> Self {
        let mut bench = Self::empty();
        bench.create(PIPELINE, definition);
        bench
    }

    pub fn give(&mut self, actor: &str, command: Command) -> Result<(), Refusal> {
        let id = format!("c{}", self.history.len());
        let (command_id, commit) = (CommandId::new(&id)?, CommitId::new(&id)?);
        let mut context = Context::new(self.now, actor.parse()?, command_id, commit);
        context.groups.insert(GroupId::new("ops")?);
        if let Some(proposal) = carry_out(&mut self.world, command, context)? {
            let header = Arc::new(proposal.commit.header().clone());
            self.history.push(Recorded { header, events: proposal.events });
        }
        Ok(())
    }

    pub fn release(&mut self) {
        self.releases += 1;
        let (release, request) = (ReleaseId(self.releases), NewRelease::default());
        let create = PipelineCommand::CreateRelease { release, request };
        self.give("user:eve", Command::Pipeline(PIPELINE, create)).expect("a release can be created");
    }

    pub fn tell(&mut self, actor: &str, release: ReleaseId, command: ReleaseCommand) -> Result<(), Refusal> {
        self.give(actor, Command::Release(release, command))
    }

    pub fn wait(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }

    /// The releases, each with the snapshot that it froze.
    pub fn releases(&self) -> Vec<(Release, Arc<PipelineDefinition>)> {
        let all = self.world.iter().filter_map(|folded| folded.state().as_release());
        all.filter_map(|release| {
            let snapshot = self.world.get(&Subject::Snapshot(release.about()?.snapshot))?;
            Some((release.clone(), Arc::clone(snapshot.state().as_snapshot()?.definition()?)))
        })
        .collect()
    }

    pub fn work(&self) -> Vec<(ReleaseId, Work)> {
        let releases = self.releases();
        let of = |(release, definition): &(Release, Arc<PipelineDefinition>)| {
            let id = release.about().expect("it exists").id;
            release.work(definition).into_iter().map(|work| (id, work)).collect::<Vec<_>>()
        };
        releases.iter().flat_map(of).collect()
    }

    pub fn open_approvals(&self) -> Vec<ApprovalId> {
        let releases = self.releases();
        let deployments = releases.iter().flat_map(|(release, _)| release.going_on());
        deployments.flat_map(|deployment| deployment.open_approvals().map(|(id, ..)| id)).collect()
    }

    pub fn create(&mut self, pipeline: PipelineId, definition: PipelineDefinition) {
        let create = PipelineCommand::Create { definition: Arc::new(definition) };
        self.must("user:eve", Command::Pipeline(pipeline, create));
    }

    pub fn must(&mut self, actor: &str, command: Command) {
        self.give(actor, command).expect("it is not refused");
        self.drive();
    }

    pub fn must_tell(&mut self, actor: &str, release: u64, command: ReleaseCommand) {
        self.must(actor, Command::Release(ReleaseId(release), command));
    }

    /// A release, with all that an engine does then.
    pub fn release_of(&mut self, pipeline: PipelineId) {
        self.releases += 1;
        let (release, request) = (ReleaseId(self.releases), NewRelease::default());
        let create = PipelineCommand::CreateRelease { release, request };
        self.must("user:eve", Command::Pipeline(pipeline, create));
    }

    /// Time goes on, and with it all that comes by itself.
    pub fn go(&mut self, minutes: i64) {
        let until = self.now + TimeDelta::minutes(minutes);
        self.drive();
        loop {
            let next = self.next_moment().filter(|next| *next <= until);
            self.now = next.unwrap_or(until).max(self.now);
            self.drive();
            if next.is_none() {
                return;
            }
        }
    }

    fn next_moment(&self) -> Option<Timestamp> {
        let releases = self.releases();
        let deadlines = releases.iter().filter_map(|(release, _)| Some(release.deadline()?.0));
        let samples = releases.iter().flat_map(|(release, _)| release.going_on()).filter_map(|deployment| {
            let (moment, run) = deployment.sampling_gates()?;
            let fresh = Sampling::default();
            let sampling = self.samplings.get(&(deployment.id, moment)).unwrap_or(&fresh);
            sampling.next_moment(run, self.now)
        });
        deadlines.chain(samples).filter(|at| *at > self.now).min()
    }

    /// All that an engine does unasked, but for the ends of tasks.
    pub fn drive(&mut self) {
        self.keep_time();
        while let Some(command) = self.chore() {
            self.give("system", command).expect("what an engine has to do is not refused");
        }
    }

    fn chore(&mut self) -> Option<Command> {
        for (release, work) in self.work() {
            let command = match work {
                Work::Run(task) => ReleaseCommand::ClaimTask { task, claim: claim() },
                Work::Settle(deployment) => ReleaseCommand::Settle(deployment),
                Work::Sample(deployment, moment) => match self.sample(deployment, moment) {
                    Some(command) => command,
                    None => continue,
                },
                Work::Watch { .. } => continue,
            };
            return Some(Command::Release(release, command));
        }
        let releases = self.releases();
        let freezes = self.world.get(&Subject::Freezes).and_then(|it| it.state().as_freezes());
        let frozen = releases.iter().filter_map(|(release, definition)| {
            release.frozen_otherwise(definition, freezes?, self.now).into_iter().next()
        });
        let look = |id: DeploymentId| Command::Release(id.release, ReleaseCommand::LookAtFreezes(id));
        frozen.map(look).next().or_else(|| self.new_targets()).or_else(|| self.deleting())
    }

    fn sample(&mut self, id: DeploymentId, moment: Moment) -> Option<ReleaseCommand> {
        let (now, is_healthy) = (self.now, self.healthy_from.is_none_or(|from| self.now >= from));
        let run: GateRun = self.deployment(id)?.sampling_gates()?.1.clone();
        let sampling = self.samplings.entry((id, moment)).or_default();
        let asked = sampling.begin(&run, now)?;
        let answer = if is_healthy { gate::Answer::Succeeded } else { gate::Answer::Failed };
        for gate in asked.gates {
            sampling.answer(&run, asked.sample, gate, answer, now).expect("it was just asked");
        }
        let taken = sampling.take(&run, now)?;
        if let Ok(Verdict::Waiting { recording: Recording::NotNeeded, .. }) = run.conclude(&taken, now) {
            sampling.count(&run, taken.sample);
            return None;
        }
        Some(ReleaseCommand::SampleGates { deployment: id, moment, begun_at: run.begun_at(), taken })
    }

    fn queues(&self) -> impl Iterator<Item = (QueueId, &StageQueue)> {
        self.world.iter().filter_map(|folded| {
            let Subject::Queue(id) = folded.subject() else { return None };
            Some((*id, folded.state().as_queue()?))
        })
    }

    fn new_targets(&self) -> Option<Command> {
        let newest = |group: &TargetGroupId| {
            let targets = self.world.get(&Subject::Targets(group.clone()));
            targets.and_then(|it| it.state().as_targets()).map_or(Join(0), Targets::newest)
        };
        let mut behind =
            self.queues().filter_map(|(id, queue)| Some((id, queue.group_to_observe(newest)?.clone())));
        behind.next().map(|(id, group)| Command::Queue(id, QueueCommand::ObserveTargets(group)))
    }

    fn deleting(&self) -> Option<Command> {
        let status = self.world.get(&Subject::PipelineStatus(PIPELINE))?.state().as_pipeline_status()?;
        if !status.is_deleting() {
            return None;
        }
        let queues: Vec<_> = self.queues().filter(|(id, _)| id.pipeline == PIPELINE).collect();
        let find = |id: DeploymentId| self.world.get(&Subject::Release(id.release))?.state().as_release();
        match work_of_deleting(&queues.iter().map(|(_, queue)| *queue).collect::<Vec<_>>(), find) {
            DeletingWork::Cancel(id) => {
                Some(Command::Release(id.release, ReleaseCommand::CancelSinceDeleted(id)))
            }
            DeletingWork::Wait => None,
            DeletingWork::Finish => {
                let stages: BTreeSet<_> = queues.iter().map(|(id, _)| id.stage).collect();
                let finish = PipelineStatusCommand::FinishDeleting { stages };
                Some(Command::PipelineStatus(PIPELINE, finish))
            }
        }
    }

    pub fn deployment(&self, id: DeploymentId) -> Option<&deployment::Deployment> {
        self.world.get(&Subject::Release(id.release))?.state().as_release()?.deployment(id)
    }

    /// What runs in the deployment ends so.
    pub fn end(&mut self, id: DeploymentId, report: Report) {
        let running = self.deployment(id).and_then(|it| it.running_tasks().next().map(|(task, _)| task));
        let (task, engine) = (running.expect("a task runs"), claim().engine);
        self.must_tell("system", id.release.0, ReleaseCommand::ReportTask { task, engine, report });
    }

    /// The record goes on until now, with something that changes nothing.
    pub fn recorded_until_now(&mut self) {
        let group = LockGroupId::new(format!("group {}", self.history.len())).expect("an id");
        let define = LocksCommand::Define { group, capacity: NonZeroU32::MIN };
        self.must("user:eve", Command::Locks(define));
    }

    /// Under the same policies all is as it was.
    #[track_caller]
    pub fn expect_nothing_to_change(&self) {
        let answer = self.ask(&|definition| definition);
        assert_eq!(answer.was, answer.would_be);
        assert_eq!((answer.differences, answer.assumed, answer.refused), (vec![], vec![], vec![]));
        assert!(answer.elsewhere.is_empty());
    }

    /// What would be otherwise, as it is told.
    pub fn told(&self, change: &dyn Fn(PipelineDefinition) -> PipelineDefinition) -> Vec<String> {
        self.ask(change).differences.iter().map(ToString::to_string).collect()
    }

    /// Claims what can run, or reports what runs: one thing.
    pub fn work_on(&mut self, choice: usize, report: Report) {
        let work = self.work();
        if work.is_empty() {
            return;
        }
        let claim = claim();
        let (release, work) = work[choice % work.len()].clone();
        let command = match work {
            Work::Run(task) => ReleaseCommand::ClaimTask { task, claim },
            Work::Watch { task, claim, .. } => {
                ReleaseCommand::ReportTask { task, engine: claim.engine, report }
            }
            Work::Settle(deployment) => ReleaseCommand::Settle(deployment),
            Work::Sample(..) => unreachable!("there are no gates"),
        };
        // A deadline that has passed comes first, and may leave nothing to do.
        let _ = self.tell("system", release, command);
    }

    /// Decides the deadlines that have come.
    pub fn keep_time(&mut self) {
        loop {
            let releases = self.releases();
            let due =
                releases.iter().filter_map(|(release, _)| Some((release.deadline()?, release.about()?.id)));
            let Some(((at, deadline), release)) = due.min() else { return };
            if at > self.now {
                return;
            }
            self.tell("system", release, ReleaseCommand::Reach(deadline)).expect("it has come");
        }
    }

    pub fn ask(&self, change: &dyn Fn(PipelineDefinition) -> PipelineDefinition) -> WhatIf {
        what_if(PIPELINE, &self.history, change).expect("it can be replayed")
    }
}

pub fn claim() -> Claim {
    let (engine, incarnation) = (EngineId::new("e"), IncarnationId::new("i"));
    Claim { engine: engine.expect("an id"), incarnation: incarnation.expect("an id") }
}

pub fn at_most(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("at least one")
}

pub fn queued(policy: QueuingPolicy) -> impl Fn(PipelineDefinition) -> PipelineDefinition {
    move |mut definition| {
        for stage in &mut definition.stages {
            stage.queuing = policy;
        }
        definition
    }
}

/// The definition with another second stage.
pub fn with_prod(change: impl Fn(Stage) -> Stage) -> impl Fn(PipelineDefinition) -> PipelineDefinition {
    move |mut definition| {
        definition.stages = definition
            .stages
            .into_iter()
            .map(|stage| if stage.id == crate::PROD { change(stage) } else { stage })
            .collect();
        definition
    }
}

/// A pipeline of one stage, which ships by itself.
pub fn shop() -> Stage {
    Stage::new(crate::PROD, "Prod").after_release().with_task(Task::command("ship"))
}

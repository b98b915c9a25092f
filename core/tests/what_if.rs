//! Histories that are replayed under another policy, and under the same one.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use cutover::deployment::{Answer, CancelReason, Claim, End, Report};
use cutover::store::CommitHeader;
use cutover::transaction::{Command, Folded, Progress, Refusal, Transaction, World};
use cutover::what_if::{Change, Milestone, Recorded, WhatIf, WhatIfError, what_if};
use cutover::*;
use proptest::prelude::*;

const PIPELINE: PipelineId = PipelineId(1);
const DEV: StageId = StageId(1);
const PROD: StageId = StageId(2);

/// An engine, its people and its clock in one, which keeps what it records.
struct Bench {
    world: World,
    now: Timestamp,
    history: Vec<Recorded>,
    releases: u64,
}

impl Bench {
    fn new(definition: PipelineDefinition) -> Self {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let mut bench = Self { world: World::new(), now, history: Vec::new(), releases: 0 };
        let create = PipelineCommand::Create { definition: Arc::new(definition) };
        bench.give("user:eve", Command::Pipeline(PIPELINE, create)).expect("the pipeline is valid");
        bench
    }

    fn give(&mut self, actor: &str, command: Command) -> Result<(), Refusal> {
        let id = format!("c{}", self.history.len());
        let (command_id, commit) = (CommandId::new(&id)?, CommitId::new(&id)?);
        let mut context = Context::new(self.now, actor.parse()?, command_id, commit);
        context.groups.insert(GroupId::new("ops")?);
        let transaction = Transaction::new(command, context.clone());
        loop {
            match transaction.advance(&self.world)? {
                Progress::Needs(subjects) => {
                    for subject in subjects {
                        self.world.insert(Arc::new(Folded::empty(subject)));
                    }
                }
                Progress::Ready(proposal) => {
                    proposal.states.into_iter().for_each(|state| self.world.insert(state));
                    let Context { now: time, actor, command, commit: id, .. } = context;
                    let header = Arc::new(CommitHeader { id, command, actor, time });
                    self.history.push(Recorded { header, events: proposal.events });
                    return Ok(());
                }
                Progress::AlreadySo | Progress::Repeated { .. } => return Ok(()),
            }
        }
    }

    fn release(&mut self) {
        self.releases += 1;
        let (release, request) = (ReleaseId(self.releases), NewRelease::default());
        let create = PipelineCommand::CreateRelease { release, request };
        self.give("user:eve", Command::Pipeline(PIPELINE, create)).expect("a release can be created");
    }

    fn tell(&mut self, actor: &str, release: ReleaseId, command: ReleaseCommand) -> Result<(), Refusal> {
        self.give(actor, Command::Release(release, command))
    }

    fn wait(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }

    /// The releases, each with the snapshot that it froze.
    fn releases(&self) -> Vec<(Release, Arc<PipelineDefinition>)> {
        let all = self.world.iter().filter_map(|folded| folded.state().as_release());
        all.filter_map(|release| {
            let snapshot = self.world.get(&Subject::Snapshot(release.about()?.snapshot))?;
            Some((release.clone(), Arc::clone(snapshot.state().as_snapshot()?.definition()?)))
        })
        .collect()
    }

    fn work(&self) -> Vec<(ReleaseId, Work)> {
        let releases = self.releases();
        let of = |(release, definition): &(Release, Arc<PipelineDefinition>)| {
            let id = release.about().expect("it exists").id;
            release.work(definition).into_iter().map(|work| (id, work)).collect::<Vec<_>>()
        };
        releases.iter().flat_map(of).collect()
    }

    fn open_approvals(&self) -> Vec<ApprovalId> {
        let releases = self.releases();
        let deployments = releases.iter().flat_map(|(release, _)| release.going_on());
        deployments.flat_map(|deployment| deployment.open_approvals().map(|(id, ..)| id)).collect()
    }

    /// Claims what can run, or reports what runs: one thing.
    fn work_on(&mut self, choice: usize, report: Report) {
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
    fn keep_time(&mut self) {
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

    fn ask(&self, change: &dyn Fn(PipelineDefinition) -> PipelineDefinition) -> WhatIf {
        what_if(PIPELINE, &self.history, change).expect("it can be replayed")
    }
}

fn claim() -> Claim {
    let (engine, incarnation) = (EngineId::new("e"), IncarnationId::new("i"));
    Claim { engine: engine.expect("an id"), incarnation: incarnation.expect("an id") }
}

fn at_most(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("at least one")
}

fn queued(policy: QueuingPolicy) -> impl Fn(PipelineDefinition) -> PipelineDefinition {
    move |mut definition| {
        for stage in &mut definition.stages {
            stage.queuing = policy;
        }
        definition
    }
}

fn shop(policy: QueuingPolicy) -> PipelineDefinition {
    let prod = Stage::new(PROD, "Prod").after_release().with_queuing(policy).with_task(Task::command("ship"));
    PipelineDefinition::new("Shop").with_stage(prod)
}

/// A release every ten minutes, each of which takes 50 minutes, one after another.
fn five_releases() -> Bench {
    let mut bench = Bench::new(shop(QueuingPolicy::in_order(at_most(1))));
    let begin = bench.now;
    for _ in 0..5 {
        bench.release();
        if bench.releases == 1 {
            bench.work_on(0, Report::Succeeded);
        }
        bench.wait(10);
    }
    for release in 1..=5_i64 {
        bench.now = begin + TimeDelta::minutes(50 * release);
        bench.work_on(0, Report::Succeeded);
        bench.work_on(0, Report::Succeeded);
    }
    bench
}

fn deployment(release: u64) -> DeploymentId {
    DeploymentId { release: ReleaseId(release), stage: PROD, attempt: NonZeroU32::MIN }
}

#[test]
fn five_releases_of_which_only_the_latest_would_wait() {
    let bench = five_releases();
    let answer = bench.ask(&queued(QueuingPolicy::only_latest(at_most(1))));
    for release in [2, 3, 4] {
        let by = ReleaseId(release + 1);
        let (_, end) = answer.would_be.deployments[&deployment(release)].over.clone().expect("it is over");
        assert_eq!(end, End::Canceled(CancelReason::Superseded { by }));
    }
    let told: Vec<_> = answer.differences.iter().map(ToString::to_string).collect();
    assert!(
        told.contains(&"release 2, Prod: would be superseded by release 3 (was: succeeded)".to_owned()),
        "{told:#?}"
    );
    assert!(told.contains(&"release 5, Prod: would begin 2 h 30 min earlier".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|told| told.starts_with("release 1,")), "{told:#?}");
    assert_eq!((answer.assumed, answer.refused), (Vec::new(), Vec::new()));
}

#[test]
fn two_at_a_time_begin_earlier_and_take_as_long() {
    let bench = five_releases();
    let answer = bench.ask(&queued(QueuingPolicy::in_order(at_most(2))));
    let second = &answer.would_be.deployments[&deployment(2)];
    assert_eq!(second.begun, Some(second.triggered));
    let lasted = |course: &what_if::Course| {
        let milestones = &course.deployments[&deployment(2)];
        milestones.ended.expect("it ended") - milestones.begun.expect("it began")
    };
    assert_eq!(lasted(&answer.was), lasted(&answer.would_be));
    let moves = answer.differences.iter().find(|it| {
        it.deployment == deployment(2)
            && matches!(it.change, Change::Moves { milestone: Milestone::Begun, .. })
    });
    assert_eq!(moves.expect("it moves").to_string(), "release 2, Prod: would begin 40 min earlier");
    assert_eq!(answer.assumed, []);
}

/// Story of the other way round: what was superseded runs, and nobody knows how long it would have taken.
#[test]
fn what_was_superseded_runs_as_the_newest_before_it_did() {
    let mut bench = Bench::new(shop(QueuingPolicy::only_latest(at_most(1))));
    bench.release();
    bench.work_on(0, Report::Succeeded);
    bench.wait(10);
    bench.release();
    bench.wait(10);
    bench.release();
    bench.wait(10);
    bench.work_on(0, Report::Failed { message: "no".to_owned() });
    bench.work_on(0, Report::Succeeded);
    bench.wait(50);
    bench.work_on(0, Report::Succeeded);
    let answer = bench.ask(&queued(QueuingPolicy::in_order(at_most(1))));
    let second = &answer.would_be.deployments[&deployment(2)];
    assert_eq!(second.ended.expect("it ends") - second.begun.expect("it begins"), TimeDelta::minutes(30));
    let (_, end) = second.over.clone().expect("it is over");
    assert_eq!(end.to_string(), "its jobs failed");
    let [assumed] = &answer.assumed[..] else { panic!("{:?}", answer.assumed) };
    assert_eq!(assumed.like, Some(deployment(1)));
}

#[test]
fn what_has_no_example_succeeds_at_once_and_is_told() {
    let mut bench = Bench::new(shop(QueuingPolicy::in_order(at_most(1))));
    bench.release();
    bench.wait(10);
    bench.work_on(0, Report::Succeeded);
    bench.wait(10);
    bench.work_on(0, Report::Succeeded);
    let ann = UserId::new("ann").expect("an id");
    let with_approval = |mut definition: PipelineDefinition| {
        let stage = definition.stages.remove(0);
        definition.with_stage(stage.with_approval(Moment::Before, ApprovalStep::user(ann.clone())))
    };
    let answer = bench.ask(&with_approval);
    assert_eq!(answer.differences, []);
    let [assumed] = &answer.assumed[..] else { panic!("{:?}", answer.assumed) };
    assert_eq!(assumed.like, None);
}

#[test]
fn what_would_be_refused_is_noted() {
    let mut bench = Bench::new(shop(QueuingPolicy::in_order(at_most(1))));
    bench.release();
    bench.wait(30);
    let cancel = ReleaseCommand::Cancel { stage: PROD, comment: String::new() };
    bench.tell("user:eve", ReleaseId(1), cancel).expect("it goes on");
    let by_hand = |mut definition: PipelineDefinition| {
        definition.stages[0].trigger = StageTrigger::Manual;
        definition
    };
    let answer = bench.ask(&by_hand);
    assert_eq!(answer.differences.len(), 1);
    assert_eq!(answer.differences[0].to_string(), "release 1, Prod: would not exist");
    assert_eq!(answer.refused.len(), 1);
}

#[test]
fn what_can_not_be_replayed_is_an_error() {
    let bench = five_releases();
    let gated = |mut definition: PipelineDefinition| {
        definition.stages[0].name = String::new();
        definition
    };
    let refused = what_if(PIPELINE, &bench.history, &gated);
    assert!(matches!(refused, Err(WhatIfError::DefinitionRefused { revision: 1, .. })), "{refused:?}");
    let mut torn = bench.history.clone();
    torn.remove(2);
    let torn = what_if(PIPELINE, &torn, &|definition| definition);
    assert!(matches!(torn, Err(WhatIfError::NotWhole { .. })), "{torn:?}");
    let mut reversed = bench.history.clone();
    let last = Arc::make_mut(&mut reversed.last_mut().expect("there are commits").header);
    last.time -= TimeDelta::days(1);
    let reversed = what_if(PIPELINE, &reversed, &|definition| definition);
    assert!(matches!(reversed, Err(WhatIfError::NotReplayable { .. })), "{reversed:?}");
}

/// One thing that happens in a random history.
#[derive(Debug, Clone)]
enum Happens {
    Time(i64),
    Deadlines,
    Release,
    Work(usize, bool),
    Answer(usize, bool),
    HandOn(usize),
    Cancel(u64, bool),
    Deploy(u64, bool, Option<i64>),
    Abandon(u64),
    Revise(QueuingPolicy),
}

fn policy() -> impl Strategy<Value = QueuingPolicy> {
    prop_oneof![
        Just(QueuingPolicy::Unlimited),
        (1..3_u32).prop_map(|count| QueuingPolicy::in_order(at_most(count))),
        (1..3_u32).prop_map(|count| QueuingPolicy::only_latest(at_most(count))),
    ]
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..90_i64).prop_map(Happens::Time),
        2 => Just(Happens::Deadlines),
        2 => Just(Happens::Release),
        8 => (any::<usize>(), any::<bool>()).prop_map(|(choice, fails)| Happens::Work(choice, fails)),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(choice, yes)| Happens::Answer(choice, yes)),
        1 => any::<usize>().prop_map(Happens::HandOn),
        1 => (1..6_u64, any::<bool>()).prop_map(|(release, prod)| Happens::Cancel(release, prod)),
        2 => (1..6_u64, any::<bool>(), prop::option::of(1..60_i64))
            .prop_map(|(release, prod, at)| Happens::Deploy(release, prod, at)),
        1 => (1..6_u64).prop_map(Happens::Abandon),
        1 => policy().prop_map(Happens::Revise),
    ]
}

prop_compose! {
    fn pipeline()(
        policies in (policy(), policy()),
        jobs_only in any::<bool>(),
        (before, after, of_group) in any::<(bool, bool, bool)>(),
        (empty, minutes, retries) in (any::<bool>(), 0..60_u32, 0..2_u32),
        (slices, goes_on) in (0..4_u32, any::<bool>()),
    ) -> PipelineDefinition {
        let mut ship = Task::command("ship");
        (ship.timeout_minutes, ship.retry_count) = (minutes, retries);
        let step = if of_group {
            ApprovalStep::group(GroupId::new("ops").expect("an id"))
        } else {
            ApprovalStep::user(UserId::new("ann").expect("an id"))
        };
        let dev = Stage::new(DEV, "Dev").after_release().with_queuing(policies.0);
        let dev = if empty { dev } else { dev.with_task(Task::command("try")) };
        let mut prod = Stage::new(PROD, "Prod").after(&[DEV]).with_queuing(policies.1).with_task(ship);
        if let Some(agents) = NonZeroU32::new(slices) {
            // On one agent there is one slice; with more, two of three run at once.
            prod.jobs[0].parallelism = if slices == 1 {
                Parallelism::MultiAgent { agents, continue_on_error: goes_on }
            } else {
                prod.variables.insert("Browser".to_owned(), Variable::plain("A,B,C"));
                let multipliers = vec!["Browser".to_owned()];
                Parallelism::MultiConfiguration { multipliers, at_most: at_most(2), continue_on_error: goes_on }
            };
        }
        prod = if before { prod.with_approval(Moment::Before, step.clone()) } else { prod };
        prod.before.approvals.timeout_minutes = if before { 90 } else { 0 };
        prod = if after { prod.with_approval(Moment::After, step) } else { prod };
        prod.slot_span = if jobs_only { SlotSpan::JobsOnly } else { SlotSpan::ApprovalsAndJobs };
        PipelineDefinition::new("Shop").with_stage(dev).with_stage(prod)
    }
}

fn history_of(definition: PipelineDefinition, happens: Vec<Happens>) -> Bench {
    let mut bench = Bench::new(definition.clone());
    let (mut present, mut revision) = (definition, 1);
    for happens in happens {
        // What can't be done is refused, and nothing is recorded of it.
        let _ = match happens {
            Happens::Time(minutes) => {
                bench.wait(minutes);
                Ok(())
            }
            Happens::Deadlines => {
                bench.keep_time();
                Ok(())
            }
            Happens::Release => {
                bench.release();
                Ok(())
            }
            Happens::Work(choice, fails) => {
                let failed = Report::Failed { message: "no".to_owned() };
                bench.work_on(choice, if fails { failed } else { Report::Succeeded });
                Ok(())
            }
            Happens::Answer(choice, yes) => {
                let open = bench.open_approvals();
                open.get(choice % open.len().max(1)).map_or(Ok(()), |approval| {
                    let answer = if yes { Answer::Approve } else { Answer::Reject };
                    let command =
                        ReleaseCommand::Answer { approval: *approval, answer, comment: String::new() };
                    let told = bench.tell("user:ann", approval.deployment.release, command.clone());
                    told.or_else(|_| bench.tell("user:bob", approval.deployment.release, command))
                })
            }
            Happens::HandOn(choice) => {
                let open = bench.open_approvals();
                open.get(choice % open.len().max(1)).map_or(Ok(()), |approval| {
                    let to = UserId::new("bob").expect("an id");
                    let command =
                        ReleaseCommand::Reassign { approval: *approval, to, comment: String::new() };
                    bench.tell("user:ann", approval.deployment.release, command)
                })
            }
            Happens::Cancel(release, prod) => {
                let stage = if prod { PROD } else { DEV };
                let command = ReleaseCommand::Cancel { stage, comment: String::new() };
                bench.tell("user:eve", ReleaseId(release), command)
            }
            Happens::Deploy(release, prod, at) => {
                let mut request = DeployRequest::new(if prod { PROD } else { DEV });
                request.at = at.map(|minutes| bench.now + TimeDelta::minutes(minutes));
                bench.tell("user:eve", ReleaseId(release), ReleaseCommand::Deploy(request))
            }
            Happens::Abandon(release) => {
                bench.tell("user:eve", ReleaseId(release), ReleaseCommand::Abandon { comment: String::new() })
            }
            Happens::Revise(policy) => {
                present.stages[1].queuing = policy;
                let (definition, comment) = (Arc::new(present.clone()), String::new());
                let command = PipelineCommand::Revise { against: revision, definition, comment };
                let told = bench.give("user:eve", Command::Pipeline(PIPELINE, command));
                let pipeline = bench.world.get(&Subject::Pipeline(PIPELINE)).expect("it exists");
                revision =
                    pipeline.state().as_pipeline().and_then(Pipeline::current).expect("it exists").revision;
                told
            }
        };
    }
    bench
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_unchanged_policy_changes_nothing(
        definition in pipeline(),
        happens in prop::collection::vec(happens(), 1..80),
    ) {
        let bench = history_of(definition, happens);
        let answer = bench.ask(&|definition| definition);
        prop_assert_eq!(&answer.was, &answer.would_be);
        prop_assert_eq!(answer.differences, vec![]);
        prop_assert_eq!(answer.assumed, vec![]);
        prop_assert_eq!(answer.refused, vec![]);
    }

    #[test]
    fn any_other_policy_has_an_answer(
        definition in pipeline(),
        happens in prop::collection::vec(happens(), 1..80),
        policy in policy(),
    ) {
        let bench = history_of(definition, happens);
        let answer = bench.ask(&queued(policy));
        let until = answer.until.expect("something was recorded");
        for milestones in answer.would_be.deployments.values() {
            let reached = Milestone::ALL.iter().filter_map(|milestone| milestones.at(*milestone));
            prop_assert!(reached.clone().all(|at| at <= until));
        }
        // People created these releases, whatever the policy.
        for release in 1..=bench.releases {
            let first = DeploymentId { release: ReleaseId(release), stage: DEV, attempt: NonZeroU32::MIN };
            prop_assert_eq!(answer.was.deployments[&first].triggered, answer.would_be.deployments[&first].triggered);
        }
    }
}

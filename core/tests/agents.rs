//! Slices that wait for agents, through transactions alone: what their decisions rest on, and how much one commit holds (J11).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use common::carry_out;
use cutover::deployment::{Claim, Deadline, Report, SliceState};
use cutover::store::Commit;
use cutover::transaction::{Command, World};
use cutover::*;

const PROD: StageId = StageId(1);

struct Bench {
    world: World,
    commands: u64,
    now: Timestamp,
}

impl Bench {
    /// A pool with so many agents, and a release whose jobs are these.
    fn new(agents: Option<usize>, jobs: impl IntoIterator<Item = Job>) -> Self {
        let mut bench = Self { world: World::new(), commands: 0, now: DateTime::UNIX_EPOCH };
        if let Some(agents) = agents {
            bench.give(Command::Pool(farm(), PoolCommand::Define));
            bench.add_agents(agents);
        }
        let mut stage = Stage::new(PROD, "Prod").after_release();
        stage.variables.insert("tidies".to_owned(), Variable::plain("yes"));
        let stage = jobs.into_iter().fold(stage, Stage::with_job);
        let definition = Arc::new(PipelineDefinition::new("Shop").with_stage(stage));
        bench.give(Command::Pipeline(PipelineId(1), PipelineCommand::Create { definition }));
        let (release, request) = (ReleaseId(1), NewRelease::default());
        bench.give(Command::Pipeline(PipelineId(1), PipelineCommand::CreateRelease { release, request }));
        bench
    }

    fn add_agents(&mut self, count: usize) -> Option<Commit> {
        let agent = |number| AgentId::new(format!("a{number}")).expect("an id");
        let agents = (0..count).map(|number| (agent(number), Capabilities::default())).collect();
        self.give(Command::Pool(farm(), PoolCommand::SaveAgents { agents }))
    }

    fn give(&mut self, command: Command) -> Option<Commit> {
        self.commands += 1;
        let id = self.commands.to_string();
        let (command_id, commit) =
            (CommandId::new(id.clone()).expect("an id"), CommitId::new(id).expect("an id"));
        let context = Context::new(self.now, Actor::System, command_id, commit);
        let proposal = carry_out(&mut self.world, command, context).expect("it is not refused");
        proposal.map(|proposal| proposal.commit)
    }

    fn of_release(&mut self, command: ReleaseCommand) -> Commit {
        self.give(Command::Release(ReleaseId(1), command)).expect("it leads on")
    }

    /// The task of the first slice is run.
    fn run(&mut self, task: &str) -> Commit {
        let (task, claim): (TaskId, _) = (task.parse().expect("an id"), claim());
        self.of_release(ReleaseCommand::ClaimTask { task, claim: claim.clone() });
        self.of_release(ReleaseCommand::ReportTask { task, engine: claim.engine, report: Report::Succeeded })
    }

    fn states(&self) -> Vec<SliceState> {
        let folded = self.world.get(&Subject::Release(ReleaseId(1))).expect("it was created");
        let latest = folded.state().as_release().and_then(|release| release.latest(PROD));
        let slices = latest.expect("it was triggered").current_slices();
        slices.map(|(_, slice)| slice.state.clone()).collect()
    }
}

fn claim() -> Claim {
    Claim { engine: EngineId::new("e").expect("an id"), incarnation: IncarnationId::new("i").expect("an id") }
}

fn farm() -> PoolId {
    PoolId::new("farm").expect("an id")
}

fn job(pool: &str) -> Job {
    let mut job = Job::agent("Load").with_task(Task::command("load"));
    job.kind = JobKind::Agent { pool: pool.to_owned(), demands: Vec::new() };
    job
}

fn names_of(commit: &Commit) -> BTreeMap<&str, usize> {
    let mut names = BTreeMap::new();
    for (_, event) in commit.events() {
        *names.entry(&*event.name).or_default() += 1;
    }
    names
}

fn guards(commit: &Commit, pool: &PoolId) -> bool {
    let stream = Subject::Pool(pool.clone()).stream();
    commit.guards().iter().any(|guard| guard.stream == stream)
}

/// Story: every report and every approval of a pipeline with jobs on agents conflicted with whatever began or ended on an agent of the
/// same pool, anywhere in the store.
#[test]
fn only_that_nobody_has_defined_a_pool_is_relied_on() {
    let jobs = || [job("elsewhere").with_task(Task::command("more")), job("farm")];
    let mut defined = Bench::new(Some(1), jobs());
    assert!(!guards(&defined.run("1/1#1.0.0"), &farm()), "nothing rests on who runs on its agents");
    let asked = defined.run("1/1#1.0.1");
    assert_eq!(names_of(&asked).get("pool.asked"), Some(&1), "{:?}", names_of(&asked));
    let mut undefined = Bench::new(None, jobs());
    assert!(guards(&undefined.run("1/1#1.0.0"), &farm()));
    assert!(guards(&undefined.run("1/1#1.0.1"), &farm()), "the job began without an agent");
}

#[test]
fn as_many_slices_as_may_be_ask_for_their_agents_together() {
    let mut many = job("farm");
    let agents = NonZeroU32::new(limits::SLICES).expect("not zero");
    many.parallelism = Parallelism::MultiAgent { agents, continue_on_error: false };
    let mut bench = Bench::new(Some(0), [many]);
    assert!(bench.states().iter().all(|state| matches!(state, SliceState::Queued { .. })));
    let granted = bench.add_agents(limits::FAN_OUT + 1).expect("there are more agents");
    let saved = limits::FAN_OUT + 1;
    let expected = [
        ("agent.granted", limits::FAN_OUT),
        ("pool.agent-saved", saved),
        ("pool.granted", limits::FAN_OUT),
        ("slice.began", limits::FAN_OUT),
    ];
    assert_eq!(names_of(&granted), BTreeMap::from(expected));
    // What fails keeps all that wait from beginning, in one event.
    let (task, claim): (TaskId, _) = ("1/1#1.0.0".parse().expect("an id"), claim());
    bench.of_release(ReleaseCommand::ClaimTask { task, claim: claim.clone() });
    let report = Report::Failed { message: String::new() };
    let failed = bench.of_release(ReleaseCommand::ReportTask { task, engine: claim.engine, report });
    assert_eq!(names_of(&failed).get("slice.skipped"), Some(&1), "{:?}", names_of(&failed));
    assert_eq!(names_of(&failed).get("slice.began"), None, "{:?}", names_of(&failed));
    assert!(failed.events().len() < 10, "{:?}", names_of(&failed));
    assert!(!bench.states().iter().any(|state| matches!(state, SliceState::Queued { .. })));
}

/// A slice waits although its deployment is cancelled; its variables are edited, so that its job does not run after a cancel; and before
/// that is recorded an agent becomes free.
#[test]
fn a_slice_that_must_not_begin_any_more_is_passed_over_when_it_is_granted_an_agent() {
    let mut tidy = job("farm");
    tidy.condition = Condition::Expression("and(always(), eq(variables['tidies'], 'yes'))".to_owned());
    let mut bench = Bench::new(Some(0), [tidy]);
    bench.of_release(ReleaseCommand::Cancel { stage: PROD, comment: String::new() });
    assert!(matches!(bench.states()[..], [SliceState::Queued { until: Some(_), .. }]));
    let variables = BTreeMap::from([("tidies".to_owned(), Variable::plain("no"))]);
    let edit = StageEdit { variables: Some(variables), ..StageEdit::of(PROD) };
    bench.of_release(ReleaseCommand::ReviseStage(edit));
    assert!(matches!(bench.states()[..], [SliceState::Queued { .. }]));
    let granted = bench.add_agents(1).expect("there is an agent");
    let names = names_of(&granted);
    assert_eq!((names.get("slice.began"), names.get("slice.skipped")), (None, Some(&1)), "{names:?}");
    let pool = bench.world.get(&Subject::Pool(farm())).and_then(|folded| folded.state().as_pool());
    let pool = pool.expect("it is defined");
    assert_eq!((pool.running().count(), pool.waiting().len()), (0, 0));
}

/// Story: a thousand tasks were given up at one moment, and behind each stood a hundred that were skipped. All of it was decided before
/// whatever was asked next, which was refused, since one commit does not hold so much.
#[test]
fn a_deadline_takes_few_steps_and_leaves_the_others_to_an_engine() {
    let mut long = job("elsewhere");
    long.tasks = vec![Task { timeout_minutes: 1, ..Task::command("load") }; limits::TASKS_PER_JOB];
    let mut bench = Bench::new(None, [long]);
    let (task, claim): (TaskId, _) = ("1/1#1.0.0".parse().expect("an id"), claim());
    bench.of_release(ReleaseCommand::ClaimTask { task, claim });
    bench.now += TimeDelta::minutes(1);
    bench.of_release(ReleaseCommand::Reach(Deadline::TaskTimesOut(task)));
    bench.now += TimeDelta::minutes(5);
    let given_up = bench.of_release(ReleaseCommand::Reach(Deadline::TaskIsGivenUp(task)));
    let expected = [("task.ended", 1), ("task.skipped", limits::DEADLINE_STEPS)];
    assert_eq!(names_of(&given_up), BTreeMap::from(expected));
    let settled = bench.of_release(ReleaseCommand::Settle(task.deployment()));
    assert_eq!(names_of(&settled), BTreeMap::from([("task.skipped", limits::JOB_STEPS)]));
}

/// Story: an engine that knew a pool from before another engine was granted an agent of it reported the end of what ran there, found
/// nothing to free, and recorded that: the agent was taken for ever.
#[test]
fn that_a_slice_has_no_agent_to_free_holds_only_while_its_pool_stands_where_it_was_read() {
    let mut bench = Bench::new(Some(1), [job("farm")]);
    let before = Bench::new(Some(1), []).world.get(&Subject::Pool(farm())).cloned().expect("it was defined");
    bench.world.remove(&Subject::Pool(farm()));
    bench.world.insert(before);
    let ended = bench.run("1/1#1.0.0");
    assert!(!names_of(&ended).contains_key("pool.freed"), "{:?}", names_of(&ended));
    assert!(guards(&ended, &farm()), "{:?}", ended.guards());
}

//! What is asked in a history: pipelines with everything in them, releases of them, and people who steer.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use chrono::TimeDelta;
use cutover::freeze::FreezesCommand;
use cutover::transaction::Command;
use cutover::*;
use cutover_engine::simulation::*;

use crate::checks;
use crate::invariants::Ledger;
use crate::kinds::Kinds;
use crate::people::{GROUPS as TEAMS, USERS, group, user};
use crate::pipelines::{Plan, without_schedules};
use crate::whole_plan::{GROUPS, JAVA, PIPELINES, TAG, TARGETS, WholePlan};
use crate::world::AllInvariants;
use crate::{Told, seen, staff, steering};

/// For how long things go wrong.
const TROUBLE: TimeDelta = TimeDelta::hours(2);

/// Longer than the days that a release is kept.
const A_DAY_LATER: TimeDelta = TimeDelta::hours(25);

/// Longer than any time-out: approvals wait for thirty days at most.
const PATIENCE: TimeDelta = TimeDelta::days(400);

fn ann() -> Actor {
    Actor::User(user("ann"))
}

fn simulation(seed: u64, kinds: &Kinds, dice: &mut Dice) -> Simulation {
    let mut people = RandomPeople::answering_after(TimeDelta::minutes(6)).rejecting(0.1);
    for (team, members) in TEAMS {
        for member in members {
            people = people.with_member(group(team), user(member));
        }
    }
    let engines = if dice.one_in(2) { 2 } else { 1 };
    let simulation = Simulation::of(seed)
        .engines(NonZeroUsize::new(engines).expect("one or two"))
        .tasks_at_once(NonZeroUsize::new(1 + dice.place(3).unwrap_or(0)).expect("one at least"))
        .faults(Faults::often())
        .tasks(RandomTasks::lasting(TimeDelta::minutes(3)).failing(0.15).deaf(0.1))
        .people(people)
        .gates(RandomGates::failing(0.2))
        .check(AllInvariants(Ledger::of_a_log()));
    checks::all(simulation).check(kinds.clone()).begin()
}

/// The whole history of a seed, and all that was recorded in it.
pub fn history(seed: u64) -> Result<(Told, String), Failure> {
    let mut dice = Dice::of(seed ^ 0x5eed);
    let kinds = Kinds::default();
    let mut simulation = simulation(seed, &kinds, &mut dice);
    let plan = Plan::of(&mut dice);
    set_up(&mut simulation, &plan.first)?;
    let mut turn = 0;
    if !dice.one_in(4) {
        for alias in crate::pipelines::ALIASES {
            let command = ArtifactCommand::Publish(ArtifactVersion::new("0").on_branch("main"));
            let source = crate::pipelines::source(alias).source();
            simulation.ask(&ann(), Ask::Command(Command::Artifact(source, command)))?;
        }
    }
    let count = if dice.one_in(3) { 2 } else { 1 };
    for place in 0..count {
        let pipeline = simulation.create_pipeline(&ann(), plan.definition(place, &mut dice))?;
        for _ in 0..2 + dice.below(3) {
            let at = simulation.now() + dice.between(TimeDelta::zero(), TROUBLE);
            let by = Actor::User(user(dice.one_of(&USERS).expect("four of them")));
            let request = NewRelease { draft: dice.one_in(8), ..NewRelease::default() };
            simulation.ask_at(at, &by, Ask::Release(pipeline, request));
        }
    }
    if dice.one_in(3) {
        for grant in staff::first_grants(&mut dice) {
            simulation.ask(&ann(), grant)?;
        }
    }
    trouble(&mut simulation, &plan, TROUBLE, &mut turn, &mut dice)?;
    if dice.one_in(4) {
        simulation.run_for(A_DAY_LATER)?;
        for _ in 0..3 {
            let ask = steering::deletes(&simulation, &mut dice);
            ask.map(|ask| simulation.ask_at(simulation.now(), &ann(), ask));
        }
        trouble(&mut simulation, &plan, TROUBLE / 4, &mut turn, &mut dice)?;
    }
    // In the thick of it, and at the end; not in every history, since it takes as long as everything else.
    let recovers = dice.below(6);
    if recovers == 0 {
        simulation.recover_twice()?;
    }
    // What was asked last is done before anybody looks at what is in the way.
    simulation.calm();
    simulation.run_for(TimeDelta::minutes(1))?;
    checks::in_the_calm(&simulation)?;
    make_way(&mut simulation);
    simulation.settle(PATIENCE)?;
    if recovers == 1 {
        simulation.recover_twice()?;
    }
    checks::in_the_end(&simulation)?;
    let log = simulation.export()?;
    let commits = u64::try_from(log.lines().count()).unwrap_or(u64::MAX).saturating_sub(2);
    let (tally, acknowledged) = (simulation.tally(), simulation.acknowledged());
    Ok((Told { tally, kinds, commits, acknowledged }, log))
}

/// Things go wrong for a while, and people do what they do.
fn trouble(
    simulation: &mut Simulation,
    plan: &Plan,
    mut left: TimeDelta,
    turn: &mut usize,
    dice: &mut Dice,
) -> Result<(), Failure> {
    while left > TimeDelta::zero() {
        let time = dice.between(TimeDelta::minutes(3), TimeDelta::minutes(25));
        simulation.run_for(time)?;
        for _ in 0..1 + dice.below(2) {
            *turn += 1;
            steering::steer(simulation, plan, *turn, dice);
        }
        left -= time;
    }
    Ok(())
}

fn give(simulation: &mut Simulation, command: Command) {
    simulation.ask_at(simulation.now(), &ann(), Ask::Command(command));
}

/// The machines and lock groups that the pipelines speak of.
fn set_up(simulation: &mut Simulation, plan: &WholePlan) -> Result<(), Failure> {
    let mut commands = Vec::new();
    for (name, capacity) in GROUPS.into_iter().zip(&plan.capacities) {
        let capacity = NonZeroU32::new(*capacity).unwrap_or(NonZeroU32::MIN);
        commands.push(Command::Locks(LocksCommand::Define { group: lock_group(name), capacity }));
    }
    if !plan.agents.is_empty() {
        commands.push(Command::Pool(pool(), PoolCommand::Define));
    }
    commands.extend(plan.agents.iter().enumerate().map(|(place, has_java)| save_agent(place, *has_java)));
    for (place, machine) in plan.targets.iter().enumerate() {
        let target = TargetId::new(format!("m{place}")).expect("a short name");
        let name = target.to_string();
        let tags = machine.is_tagged.then(|| TAG.to_owned()).into_iter().collect();
        let presence = if machine.is_online { Presence::Online } else { Presence::Offline };
        let command = TargetsCommand::Register { target, name, tags, presence };
        commands.push(Command::Targets(target_group(), command));
    }
    commands.into_iter().try_for_each(|command| simulation.ask(&ann(), Ask::Command(command)).map(drop))
}

/// Nobody keeps anything from going on, and nothing makes releases for ever.
fn make_way(simulation: &mut Simulation) {
    let now = simulation.now();
    let world = simulation.world();
    let comment = String::new();
    let freezes = seen::freezes(world);
    let lasting = freezes.iter().filter(|(_, freeze)| !freeze.is_over(now));
    let mut commands: Vec<_> = lasting
        .map(|(id, _)| FreezesCommand::Lift { freeze: id.clone(), comment: comment.clone() })
        .map(Command::Freezes)
        .collect();
    let paused = seen::queues(world).filter(|(_, queue)| queue.paused().is_some());
    commands
        .extend(paused.map(|(id, _)| Command::Queue(id, QueueCommand::Resume { comment: comment.clone() })));
    if seen::pool(world, &pool()).is_defined() {
        commands.push(save_agent(0, true));
        let agents = BTreeSet::from([agent(0)]);
        commands.push(Command::Pool(pool(), PoolCommand::Enable { agents }));
    }
    for pipeline in PIPELINES {
        if let Some(current) = steering::current(simulation, pipeline) {
            let definition = Arc::new(without_schedules((*current.definition).clone()));
            let (against, comment) = (current.revision, comment.clone());
            let command = PipelineCommand::Revise { against, definition, comment };
            commands.push(Command::Pipeline(pipeline, command));
        }
    }
    for command in commands {
        give(simulation, command);
    }
}

fn lock_group(name: &str) -> LockGroupId {
    LockGroupId::new(name).expect("a short name")
}

fn pool() -> PoolId {
    PoolId::new("default").expect("a short name")
}

fn agent(place: usize) -> AgentId {
    AgentId::new(format!("agent{place}")).expect("a short name")
}

fn save_agent(place: usize, has_java: bool) -> Command {
    let entries = has_java.then_some((JAVA, "17"));
    let capabilities = Capabilities::new(entries).expect("few and short");
    let agents = [(agent(place), capabilities)].into();
    Command::Pool(pool(), PoolCommand::SaveAgents { agents })
}

pub fn target_group() -> TargetGroupId {
    TargetGroupId::new(TARGETS).expect("a short name")
}

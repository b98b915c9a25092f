//! What is asked in a history: pipelines with everything in them, releases of them, and people who steer.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};

use chrono::TimeDelta;
use cutover::freeze::FreezesCommand;
use cutover::schedule::Window;
use cutover::transaction::Command;
use cutover::*;
use cutover_engine::simulation::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::invariants::Ledger;
use crate::people::{GROUPS as TEAMS, USERS, group, user};
use crate::whole_plan::{GROUPS, JAVA, PIPELINES, TAG, TARGETS, WholePlan, any_whole_plan};
use crate::world::AllInvariants;
use crate::{Told, seen};

/// For how long things go wrong.
const TROUBLE: TimeDelta = TimeDelta::hours(2);

/// Longer than any time-out: approvals wait for thirty days at most.
const PATIENCE: TimeDelta = TimeDelta::days(400);

fn ann() -> Actor {
    Actor::User(user("ann"))
}

/// The plan of the seed.
fn plan(dice: &mut Dice) -> WholePlan {
    let mut seed = [0; 32];
    for bytes in seed.chunks_mut(8) {
        bytes.copy_from_slice(&dice.number().to_le_bytes());
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    any_whole_plan().new_tree(&mut runner).expect("nothing is filtered").current()
}

fn simulation(seed: u64, dice: &mut Dice) -> Simulation {
    let mut people = RandomPeople::answering_after(TimeDelta::minutes(6)).rejecting(0.1);
    for (team, members) in TEAMS {
        for member in members {
            people = people.with_member(group(team), user(member));
        }
    }
    let engines = if dice.one_in(2) { 2 } else { 1 };
    Simulation::of(seed)
        .engines(NonZeroUsize::new(engines).expect("one or two"))
        .tasks_at_once(NonZeroUsize::new(1 + dice.place(3).unwrap_or(0)).expect("one at least"))
        .faults(Faults::often())
        .tasks(RandomTasks::lasting(TimeDelta::minutes(3)).failing(0.15).deaf(0.1))
        .people(people)
        .gates(RandomGates::failing(0.2))
        .check(AllInvariants(Ledger::of_a_log()))
        .begin()
}

/// The whole history of a seed, and all that was recorded in it.
pub fn history(seed: u64) -> Result<(Told, String), Failure> {
    let mut dice = Dice::of(seed ^ 0x5eed);
    let mut simulation = simulation(seed, &mut dice);
    let plan = plan(&mut dice);
    set_up(&mut simulation, &plan)?;
    let count = if dice.one_in(3) { 2 } else { 1 };
    for place in 0..count {
        let pipeline = simulation.create_pipeline(&ann(), plan.definition(place))?;
        for _ in 0..1 + dice.below(3) {
            let at = simulation.now() + dice.between(TimeDelta::zero(), TROUBLE);
            let by = Actor::User(user(dice.one_of(&USERS).expect("four of them")));
            simulation.ask_at(at, &by, Ask::Release(pipeline, NewRelease::default()));
        }
    }
    let mut left = TROUBLE;
    while left > TimeDelta::zero() {
        let time = dice.between(TimeDelta::minutes(5), TimeDelta::minutes(40));
        simulation.run_for(time)?;
        steer(&mut simulation, &mut dice);
        left -= time;
    }
    // In the thick of it, and at the end; not in every history, since it takes as long as everything else.
    let recovers = dice.below(6);
    if recovers == 0 {
        simulation.recover_twice()?;
    }
    // What was asked last is done before anybody looks at what is in the way.
    simulation.calm();
    simulation.run_for(TimeDelta::minutes(1))?;
    make_way(&mut simulation);
    simulation.settle(PATIENCE)?;
    if recovers == 1 {
        simulation.recover_twice()?;
    }
    let log = simulation.export()?;
    let commits = u64::try_from(log.lines().count()).unwrap_or(u64::MAX).saturating_sub(2);
    Ok((Told { tally: simulation.tally(), commits, acknowledged: simulation.acknowledged() }, log))
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

/// Somebody does something, or nobody anything.
fn steer(simulation: &mut Simulation, dice: &mut Dice) {
    let world = simulation.world();
    let queues: Vec<_> = seen::queues(world).map(|(id, _)| id).collect();
    let going_on: Vec<_> = simulation.going_on().into_iter().map(|it| it.deployment).collect();
    let releases: Vec<_> = seen::releases(world).filter_map(Release::about).cloned().collect();
    let comment = String::new();
    let now = simulation.now();
    let command = match dice.below(9) {
        0 => dice
            .one_of(&queues)
            .map(|id| Command::Queue(*id, QueueCommand::Pause { reason: "a fire".to_owned() })),
        1 => dice.one_of(&queues).map(|id| Command::Queue(*id, QueueCommand::Resume { comment })),
        2 => dice
            .one_of(&going_on)
            .map(|id| Command::Release(id.release, ReleaseCommand::Cancel { stage: id.stage, comment })),
        3 => dice
            .one_of(&releases)
            .map(|about| Command::Release(about.id, ReleaseCommand::Deploy(DeployRequest::new(StageId(1))))),
        4 => {
            let until = Some(now + dice.between(TimeDelta::minutes(1), TimeDelta::hours(1)));
            let freeze = FreezeId::new(format!("f{}", dice.below(3))).expect("a short name");
            let (scope, reason) = (Scope::Store, "stocktaking".to_owned());
            let window = Window::Once { from: now, until };
            Some(Command::Freezes(FreezesCommand::Declare { freeze, scope, window, reason }))
        }
        5 => dice
            .one_of(&releases)
            .map(|about| Command::Release(about.id, ReleaseCommand::Abandon { comment })),
        6 => dice.one_of(&PIPELINES).map(|pipeline| {
            let targets = TargetId::new("m0").expect("a short name");
            let presence = if pipeline.0 == 1 { Presence::Online } else { Presence::Offline };
            let command = TargetsCommand::SetPresence { target: targets, presence };
            Command::Targets(target_group(), command)
        }),
        _ => None,
    };
    if let Some(command) = command {
        give(simulation, command);
    }
}

/// Nobody keeps anything from going on.
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

fn target_group() -> TargetGroupId {
    TargetGroupId::new(TARGETS).expect("a short name")
}

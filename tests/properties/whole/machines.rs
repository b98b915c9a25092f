//! The machines that jobs run on: the agents of the pool (J11), and the targets of the deployment group (J3).

use std::collections::{BTreeMap, BTreeSet};

use cutover::transaction::{Command, World};
use cutover::{
    AgentId, Capabilities, PoolCommand, PoolId, Presence, TargetGroupId, TargetId, TargetsCommand,
};

use super::Whole;
use super::doing::{Done, choose};
use super::plan::{JAVA, TAG, TARGETS, WholePlan};
use super::step::{Pick, Step};
use crate::seen;

/// As many agents as there are at most, and as many targets.
const AGENTS: u8 = 3;
const MOST_TARGETS: u8 = 4;

/// The pool of jobs that name none.
pub fn pool_id() -> PoolId {
    PoolId::new("default").expect("a short name")
}

pub fn target_group() -> TargetGroupId {
    TargetGroupId::new(TARGETS).expect("a short name")
}

fn agent(place: Pick) -> AgentId {
    AgentId::new(format!("agent{}", place % AGENTS)).expect("a short name")
}

fn target(place: Pick) -> TargetId {
    TargetId::new(format!("m{place}")).expect("a short name")
}

fn of_pool(command: PoolCommand) -> Command {
    Command::Pool(pool_id(), command)
}

fn of_targets(command: TargetsCommand) -> Command {
    Command::Targets(target_group(), command)
}

fn save(agent: AgentId, java: bool) -> Command {
    // Whoever has Java has more to offer than whoever has not.
    let entries = java.then_some((JAVA, "17"));
    let capabilities = Capabilities::new(entries).expect("few and short");
    of_pool(PoolCommand::SaveAgents { agents: BTreeMap::from([(agent, capabilities)]) })
}

fn register(place: Pick, online: bool, tagged: bool) -> Command {
    let target = target(place);
    let name = target.to_string();
    let tags = tagged.then(|| TAG.to_owned()).into_iter().collect();
    let presence = if online { Presence::Online } else { Presence::Offline };
    of_targets(TargetsCommand::Register { target, name, tags, presence })
}

/// What keeps agents away from those that wait for one: each takes slices again, and one has Java.
pub fn what_is_missing(world: &World) -> Option<Command> {
    let pool = seen::pool(world, &pool_id());
    let disabled: BTreeSet<AgentId> =
        pool.agents().filter(|(_, agent)| agent.disabled.is_some()).map(|(id, _)| id.clone()).collect();
    if !disabled.is_empty() {
        return Some(of_pool(PoolCommand::Enable { agents: disabled }));
    }
    let has_java = pool.agents().any(|(_, agent)| agent.capabilities.get(JAVA).is_some());
    (pool.is_defined() && !has_java).then(|| save(agent(0), true))
}

impl Whole {
    pub(super) fn place_machines(&mut self, plan: &WholePlan) {
        if !plan.agents.is_empty() {
            self.must("ann", of_pool(PoolCommand::Define));
        }
        for (place, java) in (0..).zip(&plan.agents) {
            self.must("ann", save(agent(place), *java));
        }
        for (place, machine) in (0..).zip(&plan.targets) {
            self.must("ann", register(place, machine.is_online, machine.is_tagged));
        }
    }

    pub(super) fn machines(&mut self, step: &Step) -> Done {
        let known = seen::targets(&self.world.live, &target_group());
        let all: Vec<TargetId> = known.iter().map(|(id, _)| id.clone()).collect();
        let command = match step {
            Step::SaveAgent { agent: place, java } => save(agent(*place), *java),
            Step::RemoveAgent(place) => of_pool(PoolCommand::RemoveAgent { agent: agent(*place) }),
            Step::Serve { agent: place, takes } => {
                let agents = BTreeSet::from([agent(*place)]);
                of_pool(match takes {
                    true => PoolCommand::Enable { agents },
                    false => PoolCommand::Disable { agents, reason: "a new disk".to_owned() },
                })
            }
            Step::Register { online, tagged } => {
                let free = (0..MOST_TARGETS).find(|place| known.get(&target(*place)).is_none());
                let Some(place) = free else { return Ok(()) };
                register(place, *online, *tagged)
            }
            Step::Presence { target, online } => {
                let Some(target) = choose(&all, *target) else { return Ok(()) };
                let presence = if *online { Presence::Online } else { Presence::Offline };
                of_targets(TargetsCommand::SetPresence { target, presence })
            }
            Step::Unregister(target) => match choose(&all, *target) {
                Some(target) => of_targets(TargetsCommand::Remove { target }),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        self.ask("ann", command).map(|_| ())
    }
}

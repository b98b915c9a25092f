//! Slices of jobs on fewer agents than there are slices, every way: who runs where, and that nobody waits for a free agent (J11).

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cutover::{
    Condition, Job, Parallelism, PipelineDefinition, Pool, QueuingPolicy, SliceId, Stage, StageId, Task,
};

use crate::world::{Bounds, World};

/// A job in two slices, and one that always runs.
fn definition() -> PipelineDefinition {
    let mut tests = Job::agent("Test").with_task(Task::command("test"));
    let agents = NonZeroU32::new(2).expect("not zero");
    tests.parallelism = Parallelism::MultiAgent { agents, continue_on_error: false };
    let mut tidy = Job::agent("Tidy").with_task(Task::command("tidy"));
    tidy.condition = Condition::Always;
    let stage = Stage::new(StageId(1), "QA").after_release().with_queuing(QueuingPolicy::Unlimited);
    PipelineDefinition::new("Shop").with_stage(stage.with_job(tests).with_job(tidy))
}

fn check(world: &World, pool: &Pool) {
    let mut running: BTreeSet<(SliceId, String)> = BTreeSet::new();
    let mut waiting: BTreeSet<SliceId> = BTreeSet::new();
    for deployment in world.releases().filter_map(|release| release.latest(StageId(1))) {
        for (id, run) in deployment.current_slices() {
            if run.is_running() {
                let agent = run.agent.as_ref().expect("it waited for one").agent.to_string();
                running.insert((id, agent));
            }
            waiting.extend(run.is_queued().then_some(id));
        }
    }
    let known: BTreeSet<_> = pool.running().map(|(slice, agent)| (slice, agent.to_string())).collect();
    assert_eq!(known, running, "who runs where");
    assert_eq!(pool.waiting().map(|wanted| wanted.slice).collect::<BTreeSet<_>>(), waiting, "who waits");
    let agents: BTreeSet<_> = running.iter().map(|(_, agent)| agent).collect();
    assert_eq!(agents.len(), running.len(), "an agent runs one slice at a time");
    let free = pool.agents().filter(|(_, agent)| agent.is_free()).count();
    assert!(free == 0 || waiting.is_empty(), "an agent is free, and somebody waits");
}

#[test]
fn slices_on_few_agents_go_every_way_and_end() {
    let most = if crate::is_long() { 2 } else { 1 };
    for agents in 1..=most {
        let bounds = Bounds { releases: 2, attempts: 1, abandons: false, freezes: 0 };
        let start = World::new(definition(), bounds).with_agents(agents);
        let states = crate::explore_from(start, |world| {
            check(world, world.pool().expect("it is defined"));
            crate::explained::is_sound(world);
        });
        println!("two releases in slices, {agents} agents: {states} states");
        assert!(states > 100, "so few states are not every way: {states}");
    }
}

//! Targets that join a deployment group at any moment: each has what is current there, by one deployment (D6).

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cutover::deployment::{Deployment, JobRun};
use cutover::{
    Job, JobKind, PipelineDefinition, QueuingPolicy, Redeploy, Stage, StageId, TargetId, TargetLimit, Task,
};

use crate::world::{Bounds, World};

const PROD: StageId = StageId(1);

fn definition(queuing: QueuingPolicy) -> PipelineDefinition {
    let mut install = Job::agent("Install").with_task(Task::command("copy"));
    let at_once = TargetLimit::Percent(NonZeroU32::new(100).expect("not zero"));
    install.kind = JobKind::DeploymentGroup { group: "web".to_owned(), tags: BTreeSet::new(), at_once };
    let mut stage = Stage::new(PROD, "Prod").after_release().with_queuing(queuing).with_job(install);
    stage.redeploy = Some(Redeploy::NewTargets);
    PipelineDefinition::new("Shop").with_stage(stage)
}

/// The targets that a deployment was for; none if its job never began.
fn targets_of(deployment: &Deployment) -> BTreeSet<TargetId> {
    let slices = deployment.jobs.first().map_or(&[][..], JobRun::slices).iter();
    slices.filter_map(|run| run.slice.as_ref()?.target.clone()).collect()
}

/// Where nothing goes on any more: whoever joined has what is current by that deployment itself, or by one of the same release that was
/// for them only, and by no second one.
fn check(world: &World) {
    if world.releases().any(|release| release.going_on().next().is_some()) {
        return;
    }
    let Some(current) = world.queue(PROD).and_then(|queue| queue.current()) else { return };
    let mut releases = world.releases();
    let release = releases.find(|release| release.deployment(current).is_some()).expect("it was deployed");
    let whole = targets_of(release.deployment(current).expect("it was deployed"));
    let later = release.attempts(PROD).iter().filter(|attempt| attempt.id.attempt > current.attempt);
    let redeploys: Vec<_> = later.filter_map(|attempt| attempt.only.as_ref()).collect();
    for (target, _) in world.targets().expect("some have joined").iter() {
        let meant = redeploys.iter().filter(|only| only.targets.contains(target)).count();
        let times = meant + usize::from(whole.contains(target));
        assert_eq!(times, 1, "{target} has what is current {times} times: {release:?}");
    }
}

#[test]
fn whoever_joins_at_any_moment_has_what_is_current_once() {
    let one = NonZeroU32::MIN;
    let joins = if crate::is_long() { 2 } else { 1 };
    for queuing in [QueuingPolicy::Unlimited, QueuingPolicy::in_order(one), QueuingPolicy::only_latest(one)] {
        let bounds = Bounds { releases: 2, attempts: 1, abandons: false, freezes: 0 };
        let states = crate::explore_from(World::new(definition(queuing), bounds).with_targets(joins), check);
        println!("two releases, one target and {joins} more, {queuing:?}: {states} states");
        assert!(states > 400, "so few states are not every way: {states}");
    }
}

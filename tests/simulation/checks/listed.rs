//! What an engine that reads the whole log lists: every pipeline and every release that was recorded, and what is deleted only as that.

use std::collections::BTreeSet;

use cutover_engine::simulation::Simulation;
use cutover_engine::{Engine, ReleaseFilter};
use futures::executor::block_on;

use super::Verdict;
use crate::seen;

pub fn lists_say_what_is_recorded(simulation: &Simulation) -> Verdict {
    let world = simulation.world();
    let engine = block_on(Engine::builder(simulation.store()).build()).map_err(|error| error.to_string())?;
    let views = engine.views();
    let listed = views.releases(&ReleaseFilter::all().at_most(usize::MAX)).items;
    let listed: BTreeSet<_> = listed.into_iter().map(|release| release.id).collect();
    let there = seen::releases(world).filter(|release| release.deleted_at().is_none());
    let there: BTreeSet<_> = there.filter_map(|release| release.about()).map(|about| about.id).collect();
    ensure!(listed == there, "K3: {listed:?} are listed, {there:?} are there");
    for (id, pipeline) in super::pipelines(world).filter(|(_, pipeline)| pipeline.current().is_some()) {
        let summary = views.pipeline(id).ok_or_else(|| format!("P6: pipeline {id} is not listed"))?;
        let activity = seen::status(world, id).activity();
        ensure!(
            summary.activity == activity,
            "P6: {id} is {activity:?}, and listed as {:?}",
            summary.activity
        );
        let revision = pipeline.current().map(|current| current.revision);
        ensure!(Some(summary.revision) == revision, "P1: {id} is at {revision:?}, and listed at another");
    }
    Ok(())
}

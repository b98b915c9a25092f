//! Commands of different pipelines that meet about what they share.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::num::NonZeroU32;

use common::*;
use cutover::*;
use futures::executor::block_on;
use futures::future::join_all;

/// Story: commands waited for each other only within a pipeline. Where many pipelines shared a lock group, each commit made all others
/// decide again, and whoever had that happen 64 times was refused.
#[test]
fn many_pipelines_that_share_a_lock_group_do_not_keep_each_other_from_coming_to_an_end() -> Fallible {
    const MANY: usize = 150;
    let bench = Bench::new();
    let store = bench.faulty_store();
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    let group = LockGroupId::new("database")?;
    block_on(engine.define_lock_group(&ann(), group, NonZeroU32::MIN))?;
    let mut releases = Vec::new();
    for number in 0..MANY {
        let mut shared = Stage::new(DEV, "Dev").with_task(Task::command("ok"));
        shared.lock_groups = vec!["database".to_owned()];
        let name = format!("Shop {number}");
        let definition = PipelineDefinition { name, ..PipelineDefinition::new("").with_stage(shared) };
        releases.push(release_of(&engine, definition).1);
    }
    // All of them decide before any of them commits.
    store.add(Rule::on(Call::Commit).always().meets(Fault::Overtaken(1)));
    let asker = ann();
    let deployed = releases.iter().map(|id| engine.deploy(&asker, *id, DeployRequest::new(DEV)));
    for outcome in block_on(join_all(deployed)) {
        outcome?;
    }
    assert_eq!(block_on(engine.locks())?.waiting().count(), MANY - 1);
    Ok(())
}

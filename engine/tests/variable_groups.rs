//! V2: variable groups are saved, asked for and listed, and a release takes what they say.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;

use common::*;
use cutover::transaction::Refusal;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn color(value: &str) -> Variables {
    Variables::from([("color".to_owned(), Variable::plain(value))])
}

#[test]
fn groups_are_saved_and_asked_for_and_a_release_keeps_what_they_said() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let group = VariableGroupId::new("shop")?;
    let unknown = block_on(engine.variable_group(&group));
    assert!(matches!(unknown, Err(EngineError::NotFound(Subject::VariableGroup(id))) if id == group));

    block_on(engine.save_variable_group(&ann(), &group, 0, color("blue"), "new"))?;
    let mut definition = PipelineDefinition::new("Shop").with_stage(stage(DEV, "Dev", &["ok"]));
    definition.variable_groups = vec!["shop".to_owned()];
    let (pipeline, release) = release_of(&engine, definition.clone());
    block_on(engine.save_variable_group(&ann(), &group, 1, color("green"), "nicer"))?;
    let stale = block_on(engine.save_variable_group(&ann(), &group, 1, color("red"), ""));
    let refused = VariableGroupRefusal::StaleRevision { against: 1, current: 2 };
    assert!(matches!(stale, Err(EngineError::Refused(Refusal::VariableGroup(it))) if it == refused));

    let found = block_on(engine.variable_group(&group))?;
    assert_eq!((found.revision(), found.variables()), (2, &color("green")));
    let views = block_on(engine.views().latest())?;
    assert_eq!(views.variable_groups(), BTreeMap::from([(group, 2)]));
    let frozen = block_on(engine.release(release))?;
    assert_eq!(frozen.definition().group_variables, color("blue"));
    let saved = block_on(engine.pipeline(pipeline))?;
    assert_eq!(saved.current().map(|current| &*current.definition), Some(&definition));
    Ok(())
}

//! What the engine does can be followed by `tracing`, and shows no secret.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeMap;

use common::*;
use cutover::deployment::Report;
use cutover::status::StageStatus;
use cutover::store::{EventStore, Position};
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

/// Says its secret wherever it can.
fn talkative() -> impl TaskRunner {
    doing(|order, control| {
        let text = control.secrets.expand(&order.inputs["script"]);
        control.log.line(order.id, Timestamp::default(), text.reveal());
        match &*order.name {
            "fails" => Report::Failed { message: format!("{} was refused", text.reveal()) },
            "panics" => panic!("in the middle of {}", text.reveal()),
            _ => Report::SucceededWithIssues { message: text.reveal().to_owned() },
        }
    })
}

/// The only test here: the collector is that of the whole process.
#[test]
fn commands_commits_and_tasks_can_be_followed_and_show_no_secret() -> Fallible {
    let collector = Collector::of_the_process();
    let bench = Bench::new();
    let builder =
        bench.builder().runner(Runners::new().with("command", talkative())).secrets(MemorySecrets::new());
    let engine = block_on(builder.build())?;
    block_on(engine.keep_secret("shop/password", Secret::new(VALUE)))?;
    let driven = drive(&engine);
    let mut definition = shop(&["$(Password) one", "$(Password) two", "$(Password) three"]);
    for (task, name) in definition.stages[0].jobs[0].tasks.iter_mut().zip(["succeeds", "fails", "panics"]) {
        name.clone_into(&mut task.name);
        task.condition = Condition::Always;
    }
    let (pipeline, release) = release_of(&engine, definition);
    until_status(&engine, release, DEV, StageStatus::Rejected);
    assert!(block_on(engine.cancel(&ann(), release, DEV, "too late")).is_err());
    driven.stop()?;

    let field = |span: &BTreeMap<String, String>, name: &str| span.get(name).cloned().unwrap_or_default();
    let commands = collector.spans("command");
    let by = |actor: &str, subject: &str| {
        commands.iter().any(|span| {
            field(span, "actor").contains(actor)
                && field(span, "subject") == subject
                && !field(span, "command").is_empty()
        })
    };
    assert!(by("ann", &Subject::Pipeline(pipeline).to_string()), "{commands:?}");
    assert!(by("system", &Subject::Release(release).to_string()), "{commands:?}");

    let stored = block_on(bench.store.read_all(Position::START, usize::MAX))?;
    let positions: Vec<_> = stored.iter().map(|commit| commit.position.to_string()).collect();
    let commits = collector.spans("commit");
    let mut told: Vec<_> = commits
        .iter()
        .filter(|span| span.contains_key("commit") && span.contains_key("events"))
        .map(|span| field(span, "position"))
        .filter(|position| !position.is_empty())
        .collect();
    told.sort_by_key(|position| position.parse::<u64>().expect("a number"));
    assert_eq!(told, positions, "each commit is told of with its position");

    let tasks = collector.spans("task");
    let ids: Vec<_> = tasks.iter().map(|span| field(span, "task")).collect();
    assert_eq!(ids, [0, 1, 2].map(|task| format!("{release}/1#1.0.{task}")));
    assert!(tasks.iter().all(|span| field(span, "runner") == "command" && field(span, "stage") == "Dev"));

    let everything = collector.everything();
    assert!(everything.contains("*** two was refused") && everything.contains("not carried out"));
    assert!(!everything.contains(VALUE), "a secret is told");
    Ok(())
}

//! Steps about deployment groups and their targets (J3, D6).

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use cutover::transaction::Command;
use cutover::{DeploymentId, Presence, TargetGroupId, TargetId, Targets, TargetsCommand};

use super::spec::Spec;
use super::words::{self, lines, rows};

fn group(name: &str) -> TargetGroupId {
    TargetGroupId::new(name).expect("a group's name")
}

fn target(name: &str) -> TargetId {
    TargetId::new(name).expect("a target's name")
}

/// `web, EU`; empty: none.
fn tags(text: &str) -> BTreeSet<String> {
    if text.is_empty() { BTreeSet::new() } else { words::list(text).into_iter().collect() }
}

fn presence(word: &str) -> Presence {
    match word {
        "offline" => Presence::Offline,
        _ => Presence::Online,
    }
}

async fn give(spec: &mut Spec, who: &str, name: &str, command: TargetsCommand) {
    spec.give(&words::actor(who), Command::Targets(group(name), command)).await;
}

/// Columns: `target`, its id and its name; `tags`; `presence`.
#[given(regex = r"^deployment group (\S+) has these targets:$")]
async fn has_targets(spec: &mut Spec, name: String, step: &Step) {
    for row in rows(step, &["target", "tags", "presence"]) {
        let called = row.cell("target").to_owned();
        let command = TargetsCommand::Register {
            target: target(&called),
            name: called,
            tags: tags(row.cell("tags")),
            presence: presence(row.cell("presence")),
        };
        give(spec, "eve", &name, command).await;
        spec.expect_no_refusal();
    }
}

#[when(
    regex = r"^(\S+) registers target (\S+) in deployment group (\S+?)(?:, tagged (.+?))?(?:, (offline))?$"
)]
async fn registers(spec: &mut Spec, who: String, called: String, name: String, own: String, how: String) {
    let (target, tags, presence) = (target(&called), tags(&own), presence(&how));
    give(spec, &who, &name, TargetsCommand::Register { target, name: called, tags, presence }).await;
}

#[when(regex = r"^(\S+) tags target (\S+) of deployment group (\S+) (.+)$")]
async fn retags(spec: &mut Spec, who: String, called: String, name: String, own: String) {
    let command = TargetsCommand::Retag { target: target(&called), tags: tags(&own) };
    give(spec, &who, &name, command).await;
}

#[when(regex = r"^(\S+) says that target (\S+) of deployment group (\S+) is (online|offline)$")]
async fn is_there(spec: &mut Spec, who: String, called: String, name: String, how: String) {
    let command = TargetsCommand::SetPresence { target: target(&called), presence: presence(&how) };
    give(spec, &who, &name, command).await;
}

#[when(regex = r"^(\S+) removes target (\S+) of deployment group (\S+)$")]
async fn removes(spec: &mut Spec, who: String, called: String, name: String) {
    give(spec, &who, &name, TargetsCommand::Remove { target: target(&called) }).await;
}

/// Each line: the target, its tags, whether it is online, and by which number it joined.
#[then(regex = r"^the targets of deployment group (\S+) are:$")]
fn are(spec: &mut Spec, name: String, step: &Step) {
    let known = spec.seen().targets(&group(&name)).cloned().unwrap_or_default();
    let found: Vec<Vec<String>> = known
        .iter()
        .map(|(id, it)| {
            let tags: Vec<&str> = it.tags.iter().map(String::as_str).collect();
            let presence = if it.is_online() { "online" } else { "offline" };
            let joined = it.joined.map_or_else(|| "never".to_owned(), |joined| joined.to_string());
            vec![id.to_string(), tags.join(", "), presence.to_owned(), joined]
        })
        .collect();
    assert_eq!(found, lines(step), "target, tags, presence, joined");
}

#[then(regex = r"^deployment group (\S+) has no targets$")]
fn is_empty(spec: &mut Spec, name: String) {
    assert!(spec.seen().targets(&group(&name)).is_none_or(Targets::is_empty));
}

#[then(
    regex = r#"^task (\S+) in slice "(.+)" of (\S+) of (R\d+) is for target (\S+) of deployment group (\S+)$"#
)]
fn is_for(
    spec: &mut Spec,
    task: String,
    slice: String,
    stage: String,
    release: String,
    at: String,
    name: String,
) {
    let task = spec.task_of_slice(&release, &stage, &slice, &task);
    let order = spec.seen().order(task).expect("it can be told");
    let found = order.target.expect("it is for a target");
    assert_eq!((found.target, found.group), (target(&at), group(&name)));
}

/// Targets, or `all`.
#[then(regex = r"^attempt (\d+) at (\S+) of (R\d+) is for (.+)$")]
fn is_for_some(spec: &mut Spec, attempt: NonZeroU32, stage: String, release: String, expected: String) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage).id;
    let release = state.about().expect("it exists").id;
    let deployment = state.deployment(DeploymentId { release, stage, attempt }).expect("it was deployed");
    let found = deployment.only.as_ref().map(|only| only.targets.iter().map(ToString::to_string).collect());
    let expected = (expected != "all").then(|| words::list(&expected));
    assert_eq!(found, expected);
}

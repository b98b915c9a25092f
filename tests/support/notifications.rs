//! Steps about notifications, and about the cursors by which they are delivered (E4).

use std::collections::{BTreeMap, BTreeSet};

use cucumber::gherkin::Step;
use cucumber::{then, when};
use cutover::notification::{DeploymentNews, Mark, News, Notification};
use cutover::status::{StageStatus, stage_status};
use cutover::transaction::Command;
use cutover::{CursorCommand, CursorId};

use super::driver::Driver;
use super::spec::Spec;
use super::view;
use super::words::{self, rows};

/// Compares in order: in a text that is expected, `...` stands for anything.
fn are(found: &[Notification], step: &Step) {
    let rows = rows(step, &["what", "by", "at"]);
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    let expected: Vec<&str> = rows.iter().map(|row| row.cell("what")).collect();
    let is_same = told.len() == expected.len()
        && told.iter().zip(&expected).all(|(told, expected)| words::is_as(expected, told));
    assert!(is_same, "told was {told:#?}");
    for (notification, row) in found.iter().zip(&rows) {
        if let Some(by) = row.has("by") {
            assert_eq!(view::actor(&notification.by), by, "who caused {notification}");
        }
        if let Some(at) = row.has("at") {
            assert_eq!(notification.at.format("%Y-%m-%d %H:%M").to_string(), at, "when: {notification}");
        }
    }
}

#[then("these notifications were given:")]
fn given(spec: &mut Spec, step: &Step) {
    are(&spec.seen().notifications(), step);
}

#[then(regex = r"^the last (\d+) notifications? (?:was|were):$")]
fn last(spec: &mut Spec, count: usize, step: &Step) {
    let all = spec.seen().notifications();
    are(&all[all.len().saturating_sub(count)..], step);
}

#[then("no notification was given")]
fn none(spec: &mut Spec) {
    assert_eq!(spec.seen().notifications(), []);
}

/// What holds of the notifications of any scenario: each deployment starts once at most and before it is over, of which is told once;
/// and who was told that they are asked is told once what came of it.
pub fn check(driver: &Driver) {
    let told = driver.notifications();
    assert!(told.is_sorted_by(|one, next| one.id < next.id), "each has an id of its own, in order");
    let mut started = BTreeSet::new();
    let mut over = BTreeSet::new();
    let mut asked = BTreeMap::new();
    for notification in &told {
        let News::Deployment { id, news, .. } = &notification.news else { continue };
        assert!(!over.contains(id), "it is over: {notification}");
        match news {
            DeploymentNews::Started { .. } => assert!(started.insert(*id), "twice: {notification}"),
            DeploymentNews::Completed(_) => assert!(over.insert(*id)),
            DeploymentNews::Failed(_) => assert!(over.insert(*id) && started.contains(id), "{notification}"),
            DeploymentNews::ApprovalAsked { approval, handed_on, .. } => {
                let before = asked.insert(*approval, true);
                assert_eq!(before, handed_on.is_some().then_some(true), "{notification}");
            }
            DeploymentNews::ApprovalAnswered { approval, .. } => {
                assert_ne!(asked.insert(*approval, false), Some(false), "twice: {notification}");
            }
            DeploymentNews::InterventionAsked { .. } => assert!(started.contains(id), "{notification}"),
        }
    }
    for (_, release) in driver.releases() {
        let stages = driver.definition_of(release).stages.iter();
        for deployment in stages.flat_map(|stage| release.attempts(stage.id)) {
            let id = deployment.id;
            assert_eq!(over.contains(&id), deployment.is_over(), "that {id} is over");
            let is_in_progress = stage_status(Some(deployment)) == StageStatus::InProgress;
            assert!(started.contains(&id) || !is_in_progress, "that {id} started");
            let open: Vec<_> = deployment.open_approvals().map(|(approval, ..)| approval).collect();
            let of_it = asked.iter().filter(|(approval, _)| approval.deployment == id);
            for (approval, is_open) in of_it {
                assert_eq!(*is_open, open.contains(approval), "whether {approval} is open");
            }
        }
    }
}

fn cursor(name: &str) -> CursorId {
    CursorId::new(name).expect("a cursor's name")
}

/// What it gives next.
fn next(spec: &Spec, name: &str) -> Vec<Notification> {
    let mark = spec.seen().cursor(&cursor(name)).expect("the cursor is open");
    spec.seen().notifications().into_iter().filter(|it| !mark.includes(it.id)).collect()
}

async fn give(spec: &mut Spec, who: &str, name: &str, command: CursorCommand) {
    spec.give(&words::actor(who), Command::Cursor(cursor(name), command)).await;
}

fn present(spec: &Spec) -> Mark {
    spec.seen().log().last().map_or(Mark::START, |commit| Mark::Through(commit.position))
}

#[when(regex = r"^(\S+) (opens|moves) cursor (\S+)( at| to)?( the beginning)?$")]
async fn opens(spec: &mut Spec, who: String, verb: String, name: String, _at: String, beginning: String) {
    let mark = if beginning.is_empty() { present(spec) } else { Mark::START };
    let command = match &*verb {
        "opens" => CursorCommand::Open { at: mark },
        _ => CursorCommand::Move { to: mark },
    };
    give(spec, &who, &name, command).await;
}

#[when(regex = r"^(\S+) closes cursor (\S+)$")]
async fn closes(spec: &mut Spec, who: String, name: String) {
    give(spec, &who, &name, CursorCommand::Close).await;
}

#[when(regex = r"^(\S+) acknowledges (\d+) notifications? by cursor (\S+)$")]
async fn acknowledges(spec: &mut Spec, who: String, count: usize, name: String) {
    let last = next(spec, &name)[count - 1].id;
    give(spec, &who, &name, CursorCommand::Acknowledge { up_to: Mark::Within(last), epoch: None }).await;
}

#[when(regex = r"^(\S+) acknowledges everything by cursor (\S+)$")]
async fn acknowledges_all(spec: &mut Spec, who: String, name: String) {
    let up_to = present(spec);
    give(spec, &who, &name, CursorCommand::Acknowledge { up_to, epoch: None }).await;
}

#[then(regex = r"^cursor (\S+) gives next:$")]
fn gives(spec: &mut Spec, name: String, step: &Step) {
    are(&next(spec, &name), step);
}

#[then(regex = r"^cursor (\S+) gives nothing more$")]
fn gives_nothing(spec: &mut Spec, name: String) {
    assert_eq!(next(spec, &name), []);
}

//! Steps about notifications, and about the cursors by which they are delivered (E4).

use std::collections::BTreeMap;

use cucumber::gherkin::Step;
use cucumber::{then, when};
use cutover::notification::{DeploymentNews, Mark, News, Notification};
use cutover::transaction::Command;
use cutover::{ApprovalId, CursorCommand, CursorId};

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

/// Who was told that they are asked is told once what came of it.
#[then("everyone who was asked was told once what came of it")]
fn asked_and_told(spec: &mut Spec) {
    let mut open: BTreeMap<ApprovalId, bool> = BTreeMap::new();
    for notification in spec.seen().notifications() {
        let News::Deployment { news, .. } = &notification.news else { continue };
        match news {
            DeploymentNews::ApprovalAsked { approval, handed_on, .. } => {
                let before = open.insert(*approval, true);
                assert_eq!(before.is_some(), handed_on.is_some(), "{notification}");
            }
            DeploymentNews::ApprovalAnswered { approval, .. } => {
                assert_eq!(open.insert(*approval, false), Some(true), "{notification}");
            }
            _ => {}
        }
    }
    assert!(!open.is_empty() && open.values().all(|is_open| !is_open), "{open:?}");
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

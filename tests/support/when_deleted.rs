//! Steps in which releases are deleted and brought back (K2, K3), and what retention says of them (K1).

use cucumber::gherkin::Step;
use cucumber::{then, when};
use cutover::retention::{Decision, judge};
use cutover::{QueueId, ReleaseCommand, deployed};

use super::spec::Spec;
use super::when::text;
use super::words::{self, rows};

#[when(regex = r#"^(\S+) deletes (R\d+)(?:, saying "(.*)")?$"#)]
async fn deletes(spec: &mut Spec, who: String, release: String, comment: String) {
    let comment = text(&comment);
    spec.give_release(&who, &release, ReleaseCommand::Delete { comment }).await;
}

#[when(regex = r"^(\S+) restores (R\d+)$")]
async fn restores(spec: &mut Spec, who: String, release: String) {
    spec.give_release(&who, &release, ReleaseCommand::Restore).await;
}

#[then(regex = r"^(R\d+) is deleted$")]
fn is_deleted(spec: &mut Spec, release: String) {
    assert!(spec.release(&release).deleted_at().is_some(), "{release} is not deleted");
}

/// `goes`, or the reasons why a release stays.
#[then("retention says:")]
fn says(spec: &mut Spec, step: &Step) {
    let pipeline = spec.editor().id;
    let seen = spec.seen();
    let known = seen.pipeline(pipeline).expect("it is saved");
    let stages = known.stages_ever().map(|stage| {
        let queue = seen.queue(QueueId { pipeline, stage });
        (stage, queue.map(deployed).unwrap_or_default())
    });
    let stages = stages.collect();
    let facts: Vec<_> = seen
        .releases()
        .filter_map(|(_, release)| release.retention_facts(seen.definition_of(release)))
        .collect();
    let decisions = judge(&facts, &stages, seen.now());
    for row in rows(step, &["release", "decision", "until"]) {
        let decision = &decisions[&spec.release_id(row.cell("release"))];
        let (found, until) = match decision {
            Decision::Goes { .. } => ("goes".to_owned(), None),
            Decision::Stays { because, until } => {
                (because.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "), *until)
            }
        };
        let name = row.cell("release");
        assert!(words::is_as(row.cell("decision"), &found), "{name}: {found}");
        if let Some(expected) = row.has("until") {
            let until = until.map(|at| at.format("%Y-%m-%d %H:%M").to_string());
            assert_eq!(until.unwrap_or_default(), expected, "{name}: until when");
        }
    }
}

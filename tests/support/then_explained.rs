//! Steps about what a stage waits for, as `explain` has it (E1, E2).

use cucumber::gherkin::Step;
use cucumber::then;
use cutover::{Clearer, Explanation, Nature, QueueId, StageQueue, Surroundings, explain};

use super::spec::Spec;
use super::words::{self, rows};

fn explained(spec: &Spec, release: &str, stage: &str) -> Explanation {
    let state = spec.release(release);
    let stage = spec.stage_of(state, stage).id;
    let pipeline = state.about().expect("it exists").pipeline;
    let empty = StageQueue::default();
    let queue = spec.seen().queue(QueueId { pipeline, stage }).unwrap_or(&empty);
    let status = spec.seen().pipeline_status(pipeline);
    let locks = spec.seen().locks();
    let definition = spec.seen().definition_of(state);
    let pools = spec.seen().pools().map(|(id, pool)| (id.clone(), pool.clone())).collect();
    let permissions = spec.seen().permissions();
    let (pipeline, locks) = (&status, &locks);
    let around =
        Surroundings { definition, queue, pipeline, locks, pools: &pools, permissions: &permissions };
    explain(state, &around, stage).expect("the release has the stage")
}

#[then(regex = r"^(\S+) of (R\d+) waits for nothing$")]
fn for_nothing(spec: &mut Spec, stage: String, release: String) {
    assert_eq!(explained(spec, &release, &stage).now, []);
}

#[then(regex = r"^(\S+) of (R\d+) tells of no cancel$")]
fn not_being_canceled(spec: &mut Spec, stage: String, release: String) {
    assert_eq!(explained(spec, &release, &stage).cancelling, None);
}

#[then(regex = r#"^(\S+) of (R\d+) tells of a cancel since (\d+-\d+-\d+ \d+:\d+): "(.+)"$"#)]
fn being_canceled(spec: &mut Spec, stage: String, release: String, since: String, expected: String) {
    let found = explained(spec, &release, &stage).cancelling.expect("it is being canceled");
    assert_eq!((found.since, found.to_string()), (words::moment(&since), expected));
}

#[then(regex = r"^(\S+) of (R\d+) waits for:$")]
fn waits_for(spec: &mut Spec, stage: String, release: String, step: &Step) {
    let found = explained(spec, &release, &stage).now;
    let definition = spec.seen().definition_of(spec.release(&release));
    let rows = rows(step, &["what", "cleared by", "nature", "since", "by itself at"]);
    let told: Vec<String> = found.iter().map(|blocker| blocker.tell(definition)).collect();
    let expected: Vec<&str> = rows.iter().map(|row| row.cell("what")).collect();
    assert_eq!(told, expected);
    for (blocker, row) in found.iter().zip(&rows) {
        let minute = |at: cutover::Timestamp| at.format("%Y-%m-%d %H:%M").to_string();
        if let Some(expected) = row.has("cleared by") {
            let clearers = blocker.cleared_by.iter().map(|clearer| match clearer {
                Clearer::Somebody => "somebody".to_owned(),
                Clearer::User(user) => user.to_string(),
                Clearer::Group(group) => format!("group {group}"),
                Clearer::Stage(stage) => definition.stage(*stage).expect("a stage").name.clone(),
                Clearer::Deployment(id) => spec.release_name(id.release),
                Clearer::Holder(permission) => format!("whoever may {permission}"),
                Clearer::Engine => "an engine".to_owned(),
            });
            assert_eq!(clearers.collect::<Vec<_>>(), words::list(expected), "who can clear it");
        }
        if let Some(expected) = row.has("nature") {
            let nature = match blocker.nature {
                Nature::Clearable => "clearable",
                Nature::Timed => "timed",
                Nature::Final => "final",
            };
            assert_eq!(nature, expected, "{}", row.cell("what"));
        }
        if let Some(expected) = row.has("since") {
            assert_eq!(blocker.since.map(minute).unwrap_or_default(), expected, "since when");
        }
        if let Some(expected) = row.has("by itself at") {
            assert_eq!(blocker.by_itself_at.map(minute).unwrap_or_default(), expected, "by itself");
        }
    }
}

#[then(regex = r"^(\S+) of (R\d+) has ahead: (.+)$")]
fn has_ahead(spec: &mut Spec, stage: String, release: String, expected: String) {
    let ahead = explained(spec, &release, &stage).ahead;
    let found: Vec<String> = ahead.iter().map(ToString::to_string).collect();
    let expected = if expected == "nothing" { Vec::new() } else { words::list(&expected) };
    assert_eq!(found, expected);
}

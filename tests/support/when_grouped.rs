//! Steps in which variable groups are saved and named (V2).

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use cutover::transaction::Command;
use cutover::{Subject, Variable, VariableGroup, VariableGroupCommand, VariableGroupId, Variables};

use super::spec::Spec;
use super::words::{self, rows};

fn group_id(name: &str) -> VariableGroupId {
    VariableGroupId::new(name).expect("a short name")
}

fn revision_of(spec: &Spec, group: &str) -> u32 {
    spec.seen().variable_group(&group_id(group)).map_or(0, VariableGroup::revision)
}

fn variables(step: &Step) -> Variables {
    let rows = rows(step, &["name", "value", "settable"]);
    let read = rows.iter().map(|row| {
        let mut variable = match row.cell("value").strip_prefix("secret ") {
            Some(secret) => Variable::secret(secret),
            None => Variable::plain(row.cell("value")),
        };
        variable.settable = row.cell("settable") == "yes";
        (row.cell("name").to_owned(), variable)
    });
    read.collect()
}

async fn save(spec: &mut Spec, who: &str, group: &str, against: u32, variables: Variables) {
    let command = VariableGroupCommand::Save { against, variables, comment: String::new() };
    spec.give(&words::actor(who), Command::VariableGroup(group_id(group), command)).await;
}

#[given(regex = r#"^a variable group "(.*)":$"#)]
async fn a_group(spec: &mut Spec, group: String, step: &Step) {
    save(spec, "eve", &group, revision_of(spec, &group), variables(step)).await;
    spec.expect_no_refusal();
}

#[when(regex = r#"^(\S+) saves the variable group "(.*?)"(?: against revision (\d+))?:$"#)]
async fn saves(spec: &mut Spec, who: String, group: String, against: String, step: &Step) {
    let against = against.parse().unwrap_or_else(|_| revision_of(spec, &group));
    save(spec, &who, &group, against, variables(step)).await;
}

/// Names in the order of the definition, the later ones win: `Dev has the variable groups eu, shop`
#[given(regex = r"^(\S+|the pipeline) has the variable groups (.+)$")]
fn has_groups(spec: &mut Spec, part: String, groups: String) {
    let groups = if groups == "none" { Vec::new() } else { words::list(&groups) };
    if part == "the pipeline" {
        spec.editor().definition.variable_groups = groups;
    } else {
        spec.edited_stage(&part).variable_groups = groups;
    }
}

#[then(regex = r#"^the variable group "(.*)" is at revision (\d+)$"#)]
fn is_at_revision(spec: &mut Spec, group: String, revision: u32) {
    assert_eq!(revision_of(spec, &group), revision);
}

#[then(regex = r"^(R\d+) and (R\d+) (share one snapshot|have snapshots of their own)$")]
fn snapshots(spec: &mut Spec, one: String, other: String, how: String) {
    let [one, other] = [one, other].map(|name| {
        let release = spec.seen().release(spec.releases[&name]).expect("it exists");
        release.about().expect("it exists").snapshot
    });
    assert_eq!(one == other, how == "share one snapshot");
    for digest in [one, other] {
        let stream = Subject::Snapshot(digest).stream();
        let events = spec.seen().log().iter().flat_map(|commit| &commit.events);
        assert_eq!(events.filter(|event| event.stream == stream).count(), 1, "kept once");
    }
}

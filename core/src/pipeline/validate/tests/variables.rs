//! V: variables and their groups.

use super::{NOTHING, problems_after, problems_of_job, problems_of_stage};
use crate::{Variable, is_system_variable, limits};

fn problems_of_name(name: &str) -> Vec<String> {
    problems_after(|pipeline| {
        pipeline.variables.insert(name.to_owned(), Variable::plain("x"));
    })
}

#[test]
fn names_have_letters_digits_dots_and_underscores() {
    assert_eq!(problems_of_name("Web.Port_2"), NOTHING);
    for name in ["a b", "a-b", "a$b", "ä"] {
        let found = problems_of_name(name);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
    }
    assert_eq!(problems_of_name(""), ["variables[\"\"]: must not be empty"]);
    assert_eq!(problems_of_name(&"x".repeat(256)), NOTHING);
    assert_eq!(problems_of_name(&"x".repeat(257)).len(), 1);
}

#[test]
fn two_names_of_a_scope_do_not_differ_only_by_case() {
    let found = problems_after(|pipeline| {
        pipeline.variables.insert("Color".to_owned(), Variable::plain("blue"));
        pipeline.variables.insert("color".to_owned(), Variable::plain("green"));
    });
    assert_eq!(found, ["variables[\"color\"]: differs from \"Color\" only by case"]);
}

#[test]
fn another_scope_may_spell_a_name_differently() {
    let found = problems_after(|pipeline| {
        pipeline.variables.insert("Color".to_owned(), Variable::plain("blue"));
        pipeline.stages[0].variables.insert("color".to_owned(), Variable::plain("green"));
    });
    assert_eq!(found, NOTHING);
}

#[test]
fn what_only_the_system_sets_can_not_be_set_in_any_scope() {
    for name in ["Release.Name", "build.Id", "SYSTEM.Debug", "Agent.Name", "Artifacts.app.BuildId"] {
        assert!(is_system_variable(name));
        let expected = format!("variables[{name:?}]: {name} is a name that only the system sets");
        assert_eq!(problems_of_name(name), [expected]);
    }
    let variables = || [("Release.Name".to_owned(), Variable::plain("x"))].into();
    assert_eq!(problems_of_stage(|stage| stage.variables = variables()).len(), 1);
    assert_eq!(problems_of_job(|job| job.variables = variables()).len(), 1);
    for name in ["Release", "ReleaseName", "My.Build.Id"] {
        assert!(!is_system_variable(name));
        assert_eq!(problems_of_name(name), NOTHING);
    }
}

#[test]
fn a_secret_names_what_it_refers_to() {
    let found = problems_after(|pipeline| {
        pipeline.variables.insert("token".to_owned(), Variable::secret(""));
    });
    assert_eq!(found, ["variables[\"token\"].value.secret: must not be empty"]);
}

#[test]
fn variables_and_their_values_have_limits() {
    let value = |bytes| {
        problems_after(|pipeline| {
            pipeline.variables.insert("a".to_owned(), Variable::plain("x".repeat(bytes)));
        })
    };
    assert_eq!(value(limits::VARIABLE_BYTES), NOTHING);
    assert_eq!(
        value(limits::VARIABLE_BYTES + 1),
        ["variables[\"a\"].value.plain: must have at most 65536 bytes, has 65537"]
    );
    let count = |count: usize| {
        problems_after(|pipeline| {
            pipeline.variables = (0..count).map(|name| (format!("v{name}"), Variable::plain(""))).collect();
        })
    };
    assert_eq!(count(limits::VARIABLES_PER_SCOPE), NOTHING);
    let expected = ["variables: must have at most 1000 entries, has 1001"];
    assert_eq!(count(limits::VARIABLES_PER_SCOPE + 1), expected);
}

#[test]
fn a_group_is_named_once() {
    let of = |groups: &[&str]| {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        problems_of_stage(|stage| stage.variable_groups = groups)
    };
    assert_eq!(of(&["common", "web"]), NOTHING);
    let expected = [
        "stages[0].variable_groups[1]: \"Common\" is already that of variable_groups[0], spelled \"common\"",
    ];
    assert_eq!(of(&["common", "Common"]), expected);
    assert_eq!(of(&[""]), ["stages[0].variable_groups[0]: must have 1 to 256 characters, has 0"]);
}

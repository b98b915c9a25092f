//! V1, V3: which value wins, and texts in which names stand for values.

use super::{ExpandError, Expanded, Resolved, Scope, Scopes, environment_name, expand};
use crate::{SecretRef, Variable, VariableValue, Variables, limits};

fn plain(values: &[(&str, &str)]) -> Resolved {
    Scopes::new().with_plain(Scope::Stage, values.iter().copied()).resolve()
}

/// The variables `v1`, `v2`, ... to `v{count}`: each stands for the next one so many times, and the last one for `end`.
fn chain(count: usize, times: usize, end: &str) -> Resolved {
    let value = |index: usize| {
        if index == count { end.to_owned() } else { format!("$(v{})", index + 1).repeat(times) }
    };
    let values = (1..=count).map(|index| (format!("v{index}"), value(index)));
    Scopes::new().with_plain(Scope::Stage, values).resolve()
}

fn text(text: &str, resolved: &Resolved) -> Result<String, ExpandError> {
    expand(text, resolved).map(|expanded| expanded.text)
}

const SCOPES: [Scope; 11] = [
    Scope::PipelineGroups,
    Scope::Pipeline,
    Scope::Release,
    Scope::StageGroups,
    Scope::Stage,
    Scope::Deployment,
    Scope::Job,
    Scope::Outputs,
    Scope::Slice,
    Scope::Tasks,
    Scope::System,
];

#[test]
fn the_later_scope_wins_whatever_the_order_in_which_they_are_given() {
    for (place, &later) in SCOPES.iter().enumerate() {
        for &earlier in &SCOPES[..place] {
            for order in [[earlier, later], [later, earlier]] {
                let mut scopes = Scopes::new();
                for scope in order {
                    scopes.set(scope, "name", VariableValue::Plain(format!("{scope:?}")));
                }
                assert_eq!(scopes.resolve().plain("name"), Some(format!("{later:?}").as_str()));
            }
        }
    }
}

#[test]
fn names_are_compared_without_case_and_spelled_as_in_the_scope_that_won() {
    let resolved = Scopes::new()
        .with_plain(Scope::Pipeline, [("color", "blue")])
        .with_plain(Scope::Stage, [("COLOR", "green")])
        .resolve();
    assert_eq!(resolved.len(), 1);
    assert_eq!(resolved.get("Color").map(|variable| variable.name.as_str()), Some("COLOR"));
    assert_eq!(resolved.plain("cOlOr"), Some("green"));
}

#[test]
fn in_one_scope_the_last_value_counts() {
    let groups = [("a", "first group"), ("A", "second group")];
    let resolved = Scopes::new().with_plain(Scope::StageGroups, groups).resolve();
    assert_eq!(resolved.plain("a"), Some("second group"));
}

#[test]
fn only_the_system_sets_system_variables() {
    let resolved = Scopes::new()
        .with_plain(Scope::Outputs, [("Release.Name", "forged"), ("Agent.Name", "forged")])
        .with_plain(Scope::System, [("Release.Name", "Release-1")])
        .resolve();
    assert_eq!(resolved.plain("release.name"), Some("Release-1"));
    assert_eq!(resolved.get("Agent.Name"), None);
}

#[test]
fn a_plain_value_may_hide_a_secret_and_a_secret_a_plain_value() {
    let secret = Variables::from([("a".to_owned(), Variable::secret("vault/a"))]);
    let plain = Variables::from([("A".to_owned(), Variable::plain("open"))]);
    let hidden = Scopes::new().with(Scope::Pipeline, &secret).with(Scope::Stage, &plain).resolve();
    assert_eq!(hidden.plain("a"), Some("open"));
    let secret = Scopes::new().with(Scope::Pipeline, &plain).with(Scope::Stage, &secret).resolve();
    assert_eq!(secret.plain("a"), None);
    assert!(secret.get("a").is_some());
}

#[test]
fn names_are_replaced_without_case_and_in_each_other() {
    let resolved = plain(&[("host", "$(Color).shop"), ("color", "blue"), ("a.b_1", "x")]);
    assert_eq!(text("to $(HOST), $(a.b_1)!", &resolved), Ok("to blue.shop, x!".to_owned()));
}

#[test]
fn a_name_that_nobody_knows_stays_as_it_is_written() {
    let resolved = plain(&[("a", "x")]);
    for unknown in ["$(Nobody)", "$()", "$(a", "$a", "(a)", "$$", "$(Get-Date -Format o)", "$[a]", "${a}"] {
        assert_eq!(text(unknown, &resolved), Ok(unknown.to_owned()));
    }
    assert_eq!(text("$(date +%s) $(a)", &resolved), Ok("$(date +%s) x".to_owned()));
}

#[test]
fn an_alias_in_a_system_variable_may_have_any_characters() {
    let name = "Artifacts._octo/shop web.BuildNumber";
    let resolved = Scopes::new().with_plain(Scope::System, [(name, "7")]).resolve();
    assert_eq!(text("$(artifacts._octo/shop web.buildnumber)", &resolved), Ok("7".to_owned()));
}

#[test]
fn a_name_is_never_put_together_from_parts() {
    let resolved = plain(&[("a", "b"), ("b", "x"), ("open", "$("), ("ab", "y")]);
    assert_eq!(text("$($(a))", &resolved), Ok("$(b)".to_owned()));
    assert_eq!(text("$(a$(a))", &resolved), Ok("$(ab)".to_owned()));
    assert_eq!(text("$(open)a)", &resolved), Ok("$(a)".to_owned()));
}

#[test]
fn a_secret_stays_as_it_is_written_and_is_reported() {
    let variables = Variables::from([
        ("Token".to_owned(), Variable::secret("vault/token")),
        ("Unused".to_owned(), Variable::secret("vault/unused")),
        ("header".to_owned(), Variable::plain("Bearer $(TOKEN)")),
    ]);
    let resolved = Scopes::new().with(Scope::Stage, &variables).resolve();
    let expected = Expanded {
        text: "curl -H 'Bearer $(TOKEN)' $(token)".to_owned(),
        secrets: [("token".to_owned(), SecretRef::newest("vault/token"))].into(),
    };
    assert_eq!(expand("curl -H '$(header)' $(token)", &resolved), Ok(expected));
}

#[test]
fn what_is_left_is_replaced_once_and_not_read_again() {
    let known = |name: &str| (name == "a").then_some("x$(a)");
    assert_eq!(super::replace("$(a)-$(b $(a)-$(b)-$(", known), "x$(a)-$(b x$(a)-$(b)-$(");
}

#[test]
fn a_circle_is_refused_with_its_variables_in_order() {
    let resolved = plain(&[("in", "$(a)"), ("a", "$(B)"), ("b", "x$(C)"), ("c", "$(A)")]);
    let chain = ["a", "b", "c", "a"].map(str::to_owned).to_vec();
    let error = ExpandError::Cycle { chain };
    assert_eq!(error.to_string(), "variables refer to each other in a circle: a -> b -> c -> a");
    assert_eq!(expand("$(in)", &resolved), Err(error));
}

#[test]
fn a_variable_that_stands_for_itself_is_refused_only_where_it_is_used() {
    let resolved = plain(&[("a", "$(a)"), ("b", "x")]);
    let chain = vec!["a".to_owned(), "a".to_owned()];
    assert_eq!(expand("$(a)", &resolved), Err(ExpandError::Cycle { chain }));
    assert_eq!(text("$(b)", &resolved), Ok("x".to_owned()));
}

#[test]
fn the_same_variable_twice_is_no_circle() {
    let resolved = plain(&[("a", "$(c)"), ("b", "$(c)"), ("c", "x")]);
    assert_eq!(text("$(a)$(b)$(c)$(a)", &resolved), Ok("xxxx".to_owned()));
}

#[test]
fn variables_stand_in_each_other_up_to_50_deep() {
    assert_eq!(text("$(v1)", &chain(limits::EXPANSION_DEPTH, 1, "end")), Ok("end".to_owned()));
    let error = expand("$(v1)", &chain(limits::EXPANSION_DEPTH + 1, 1, "end"));
    assert_eq!(error, Err(ExpandError::TooDeep { name: "v1".to_owned() }));
}

#[test]
fn how_deep_variables_stand_does_not_depend_on_what_was_expanded_before() {
    let resolved = chain(limits::EXPANSION_DEPTH + 1, 1, "end");
    assert_eq!(text("$(v2)", &resolved), Ok("end".to_owned()));
    let error = expand("$(v2)$(v1)", &resolved);
    assert_eq!(error, Err(ExpandError::TooDeep { name: "v1".to_owned() }));
}

#[test]
fn a_text_may_grow_to_its_limit_and_no_further() {
    let resolved = chain(11, 2, &"x".repeat(limits::EXPANDED_BYTES >> 10));
    assert_eq!(text("$(v1)", &resolved).map(|text| text.len()), Ok(limits::EXPANDED_BYTES));
    assert_eq!(expand("$(v1)x", &resolved), Err(ExpandError::TooLong));
    assert_eq!(expand("x$(v1)", &resolved), Err(ExpandError::TooLong));
}

#[test]
fn variables_that_double_each_other_end_soon() {
    // Without limits these would be 2^49 bytes, and 2^49 steps to nothing.
    assert_eq!(expand("$(v1)", &chain(50, 2, "x")), Err(ExpandError::TooLong));
    assert_eq!(text("$(v1)", &chain(50, 2, "")), Ok(String::new()));
}

#[test]
fn a_text_in_which_nothing_is_known_stays_whatever_it_is() {
    // Every text of up to five of these parts.
    let resolved = plain(&[("known", "x")]);
    let parts = ["$(", ")", "$", "(", "a", "é", "known "];
    let mut texts = vec![String::new()];
    for _ in 0..5 {
        texts = texts.iter().flat_map(|text| parts.map(|part| format!("{text}{part}"))).collect();
        for each in &texts {
            assert_eq!(text(each, &resolved).as_ref(), Ok(each));
        }
    }
}

#[test]
fn a_process_finds_variables_in_upper_case_with_underscores() {
    assert_eq!(environment_name("Release.ReleaseName"), "RELEASE_RELEASENAME");
    assert_eq!(environment_name("my var.x_1"), "MY_VAR_X_1");
}

//! Every rule that is implemented has a scenario, and every scenario names a rule that there is.

use std::collections::{BTreeMap, BTreeSet};

/// Rules that no scenario can show, each with where it is tested instead.
const ELSEWHERE: &[(&str, &str)] = &[];

/// What is wrong: rules without a scenario, worked scenarios without one, tags of rules that there are not.
pub fn check(tags: &BTreeSet<String>) -> Vec<String> {
    let text = include_str!("../../RULES.md");
    let rules = rules(text);
    let scenarios = scenarios(text, &rules);
    let mut problems = Vec::new();
    for (rule, mark) in &rules {
        let is_elsewhere = ELSEWHERE.iter().any(|(known, _)| known == rule);
        match (*mark, tags.contains(*rule)) {
            ('✅' | '◐', false) if !is_elsewhere => {
                problems
                    .push(format!("rule {rule} is implemented and has no scenario: tag one with @{rule}"));
            }
            (_, true) if is_elsewhere => {
                problems.push(format!("rule {rule} has a scenario: take it off the list in rules.rs"));
            }
            _ => {}
        }
    }
    for (number, is_due) in &scenarios {
        if *is_due && !tags.contains(&format!("scenario-{number}")) {
            problems
                .push(format!("worked scenario {number} can run and is in no feature: @scenario-{number}"));
        }
    }
    for tag in tags {
        let is_known = match tag.strip_prefix("scenario-") {
            Some(number) => scenarios.contains_key(number),
            None => rules.contains_key(tag.as_str()) || tag == "five-releases",
        };
        if !is_known {
            problems.push(format!("@{tag} is neither a rule nor a worked scenario of RULES.md"));
        }
    }
    problems
}

/// The rules by number, each with its mark: lines such as `- **Q4** ◐ ...`.
fn rules(text: &str) -> BTreeMap<&str, char> {
    text.lines()
        .filter_map(|line| {
            let (rule, rest) = line.strip_prefix("- **")?.split_once("** ")?;
            let mark = rest.chars().next().filter(|mark| matches!(mark, '✅' | '◐' | '○'))?;
            Some((rule, mark))
        })
        .collect()
}

/// The worked scenarios by number, each with whether all the rules are implemented that it shows: they end in `[R1, I9]`.
fn scenarios<'t>(text: &'t str, rules: &BTreeMap<&str, char>) -> BTreeMap<&'t str, bool> {
    let mut scenarios = BTreeMap::new();
    for part in text.split("- **Scenario ").skip(1) {
        let Some((number, rest)) = part.split_once("**") else { continue };
        let shown = rest.split(']').next().and_then(|text| text.rsplit_once('[')).map_or("", |it| it.1);
        let is_due = shown.split(',').all(|rule| matches!(rules.get(rule.trim()), Some('✅' | '◐')));
        scenarios.insert(number, is_due);
    }
    scenarios
}

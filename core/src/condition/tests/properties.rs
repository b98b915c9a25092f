//! C1, C2: for any expression and any text.

use proptest::prelude::*;

use super::{ask, ask_after};
use crate::condition::expression::{Function, Kind, Literal, Node};
use crate::condition::number::{Number, Version};
use crate::condition::{Before, Expression, Outcome};
use crate::limits;

fn literal() -> impl Strategy<Value = Literal> {
    let number = "-?[0-9]{1,12}(\\.[0-9]{1,12})?".prop_map(|text| Number::parse(&text).expect("a number"));
    let version = "[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}(\\.[0-9]{1,9})?"
        .prop_map(|text| Version::parse(&text).expect("a version"));
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        number.prop_map(Literal::Number),
        version.prop_map(Literal::Version),
        "[ -~ä'\n]{0,8}".prop_map(Literal::Text),
    ]
}

/// Any expression that can be written, without its columns.
fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![literal().prop_map(Kind::Literal), Just(Kind::Variables)];
    let node = |kind| Node { column: 0, kind };
    leaf.prop_map(node).prop_recursive(6, 60, 4, move |inner| {
        let index = (inner.clone(), inner.clone())
            .prop_map(|(of, index)| Kind::Index { of: Box::new(of), index: Box::new(index) });
        let call =
            (0..Function::ALL.len(), prop::collection::vec(inner, 4)).prop_map(|(place, mut arguments)| {
                let function = Function::ALL[place];
                arguments.truncate(function.arity().1.unwrap_or(4));
                Kind::Call { function, arguments }
            });
        prop_oneof![index, call].prop_map(node)
    })
}

fn without_columns(node: &mut Node) {
    node.column = 0;
    match &mut node.kind {
        Kind::Literal(_) | Kind::Variables => {}
        Kind::Index { of, index } => [of, index].into_iter().for_each(|part| without_columns(part)),
        Kind::Call { arguments, .. } => arguments.iter_mut().for_each(without_columns),
    }
}

/// Words of the language in any order: nearer to an expression than random characters are.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "eq",
        "and",
        "not",
        "format",
        "split",
        "join",
        "replace",
        "lt",
        "succeeded",
        "containsValue",
        "variables",
        "null",
        "true",
        "(",
        ")",
        "(",
        ")",
        "[",
        "]",
        ",",
        ",",
        ".",
        "letters",
        "'a'",
        "'{0}'",
        "'",
        "1",
        ".5",
        "1.2.3",
        "0x1F",
        "-",
        "ä",
        " ",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn what_is_shown_parses_to_the_same(node in node()) {
        let shown = node.to_string();
        prop_assume!(shown.chars().count() <= limits::CONDITION_CHARACTERS);
        let mut parsed = Expression::parse(&shown).map_err(|error| TestCaseError::fail(format!("{shown}: {error}")))?;
        prop_assert_eq!(parsed.to_string(), shown);
        without_columns(&mut parsed.0);
        prop_assert_eq!(parsed.0, node);
    }

    #[test]
    fn any_expression_has_a_verdict(node in node(), failed: bool, canceled: bool) {
        let verdict = ask_after(&node.to_string(), Before { failed, canceled, with_issues: false });
        prop_assert!(verdict.findings.len() <= limits::CONDITION_FINDINGS);
        prop_assert!(!verdict.to_string().contains("vault"));
    }

    #[test]
    fn any_text_has_a_verdict_and_an_error_has_a_column_in_it(text in prop_oneof![any::<String>(), words()]) {
        let _ = ask(&text).to_string();
        if let Err(error) = Expression::parse(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error);
        }
    }

    #[test]
    fn equality_is_that_of_the_order(left in literal(), right in literal()) {
        let both = format!("and(eq({left}, {right}), ne({left}, {right}))");
        prop_assert_eq!(ask(&both).outcome, Outcome::DoesNotHold);
        let order = ask(&format!("xor(lt({left}, {right}), ge({left}, {right}))")).outcome;
        prop_assert!(order != Outcome::DoesNotHold);
    }
}

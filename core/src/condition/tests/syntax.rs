//! C3: texts that are no expressions.

use super::ask;
use crate::condition::{Expression, Outcome, SyntaxProblem};
use crate::limits;

#[test]
fn a_syntax_error_says_where_and_what_was_expected() {
    let table = [
        ("", "column 1: expected a value, found the end"),
        ("eq(1, 2", "column 8: expected , or ), found the end"),
        ("eq(1 2)", "column 6: expected , or ), found 2"),
        ("eq(1,)", "column 6: expected a value, found )"),
        ("'ä' 'b'", "column 5: expected the end, found the text \"b\""),
        ("'ä' %", "column 5: expected a value, found '%'"),
        ("eq('a", "column 4: expected a ' at the end of the text, found the end"),
        ("variables['a'", "column 14: expected ], found the end"),
        ("variables.", "column 11: expected a name, found the end"),
        ("variables.*", "column 11: expected a value, found '*'"),
        ("variables.1a", "column 11: expected a number or a version, found 1a"),
        ("eq(1.2.3.4.5, 1)", "column 4: expected a number or a version, found 1.2.3.4.5"),
        ("-", "column 1: expected a number or a version, found -"),
        ("succeeded", "column 10: expected (, found the end"),
        ("parameters.a", "column 1: expected a function, `variables`, true, false or null, found parameters"),
        ("convertToJson(variables)", "column 1: there is no function convertToJson"),
        (
            "  Counter('a', 1)",
            "column 3: counter can't be used in a condition: it is not pure, each call counts on",
        ),
        ("eq(1)", "column 1: eq takes 2 arguments, found 1"),
        ("always(1)", "column 1: always takes no arguments, found 1"),
        ("and(true)", "column 1: and takes at least 2 arguments, found 1"),
        ("in()", "column 1: in takes at least 1 argument, found 0"),
        ("eq(1, 2))", "column 9: expected the end, found )"),
    ];
    for (text, error) in table {
        assert_eq!(
            Expression::parse(text).map_err(|error| error.to_string()),
            Err(error.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn parts_stand_at_most_50_deep_in_each_other() {
    let calls = |depth: usize| format!("{}true{}", "not(".repeat(depth - 1), ")".repeat(depth - 1));
    let steps = |depth: usize| format!("variables{}", ".a".repeat(depth - 1));
    for nested in [&calls as &dyn Fn(usize) -> String, &steps] {
        assert!(Expression::parse(&nested(limits::CONDITION_DEPTH)).is_ok());
        assert!(!matches!(ask(&nested(limits::CONDITION_DEPTH)).outcome, Outcome::Failed(_)));
        let error = Expression::parse(&nested(limits::CONDITION_DEPTH + 1)).map_err(|error| error.problem);
        assert_eq!(error, Err(SyntaxProblem::TooDeep));
    }
    for opening in ["not(", "variables[", "eq(1,"] {
        let text = opening.repeat(limits::CONDITION_CHARACTERS / opening.len());
        assert_eq!(Expression::parse(&text).map_err(|error| error.problem), Err(SyntaxProblem::TooDeep));
    }
}

#[test]
fn an_expression_has_at_most_500_parts() {
    let of = |parts: usize| format!("or({})", vec!["0"; parts - 1].join(","));
    assert!(Expression::parse(&of(limits::CONDITION_PARTS)).is_ok());
    let error = Expression::parse(&of(limits::CONDITION_PARTS + 1)).map_err(|error| error.problem);
    assert_eq!(error, Err(SyntaxProblem::TooManyParts));
}

//! C1: what functions and variables come to, the examples of the public documentation first.

use super::{are_false, are_true, ask, fail, job, variables};
use crate::condition::expression::{Function, Status};
use crate::condition::{Before, EvaluationError, Expression, Facts, Outcome, holds};
use crate::variable::{Scope, Scopes};
use crate::{Condition, VariableValue, limits};

#[test]
fn the_documented_examples_come_to_what_is_documented() {
    are_true(&[
        "and(eq(variables.letters, 'ABC'), eq(variables.numbers, 123))",
        "eq(coalesce(variables.couldBeNull, variables.empty, 'literal so it always works'), 'literal so it always works')",
        "contains('ABCDE', 'BCD')",
        "endsWith('ABCDE', 'DE')",
        "eq(variables.letters, 'ABC')",
        "eq(format('Hello {0} {1}', 'John', 'Doe'), 'Hello John Doe')",
        "eq(format('literal left brace {{ and literal right brace }}'), 'literal left brace { and literal right brace }')",
        "ge(5, 5)",
        "gt(5, 2)",
        "in('B', 'A', 'B', 'C')",
        "le(2, 2)",
        "eq(length('fabrikam'), 8)",
        "lt(2, 5)",
        "ne(1, 2)",
        "not(eq(1, 2))",
        "notIn('D', 'A', 'B', 'C')",
        "or(eq(1, 1), eq(2, 3))",
        "eq(replace('https://example.com/saml/consume', 'https://example.com', 'http://server'), 'http://server/saml/consume')",
        "startsWith('ABCDE', 'AB')",
        "xor(True, False)",
        "eq('It''s OK if they''re using contractions.', 'it''s ok IF THEY''RE using contractions.')",
        "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))",
    ]);
}

#[test]
fn what_decides_already_ends_the_search() {
    are_true(&["or(true, gt(1, 'x'))", "in(true, true, gt(1, 'x'))", "eq(coalesce('a', gt(1, 'x')), 'a')"]);
    are_true(&["iif(true, 1, gt(1, 'x'))", "not(and(false, gt(1, 'x')))"]);
    are_false(&["and(false, gt(1, 'x'))", "notIn('a', 'A', gt(1, 'x'))", "iif(0, gt(1, 'x'), '')"]);
}

#[test]
fn texts_are_put_together_and_taken_apart() {
    are_true(&[
        "eq(lower('ÄBc'), 'äbc')",
        "contains(upper('straße'), 'STRASSE')",
        "eq(length(trim('  a b\t')), 3)",
        "eq(length('äöü'), 3)",
        "eq(length(split('a,b;c,', ',;')), 4)",
        "eq(split(variables.list, ',;')[2], 'c')",
        "eq(split('a', ',')['0'], 'a')",
        "eq(split('a', ',')[1], null)",
        "eq(split('a', ',')[-1], null)",
        "eq(split('a', ',')[0.5], null)",
        "eq(split('a', ',').name, null)",
        "eq(join('-', split('a,b', ',')), 'a-b')",
        "eq(join('-', 'alone'), 'alone')",
        "eq(replace('aAa', 'a', 'b'), 'bAb')",
        "eq(length(replace('aAa', 'a', 'b')), 3)",
        "eq(replace('a', '', 'b'), 'a')",
        "eq(format('{1}{0}{1}', 1, true), 'True1True')",
        "containsValue(split('a,B', ','), 'b')",
        "containsValue(split('1,2.0', ','), 2)",
        "containsValue(variables, 'refs/heads/MAIN')",
        "containsValue(variables, 'abc-123')",
        "contains(123456789, 456)",
        "startsWith(true, 'tr')",
        "endsWith(1.2.3.4, 3.4)",
        "contains('a', null)",
    ]);
    are_false(&["containsValue(split('a', ','), 'c')", "containsValue('a', 'a')", "contains(1.2.3.4, 3.2)"]);
    are_false(&["containsValue(split('a', ','), 1)", "endsWith(true, 'u')"]);
    let format = |text: &str| {
        format!("{text:?} is no format: {{0}} stands for the first value after it, {{{{ for a brace")
    };
    for text in ["{", "}", "{0", "{1}", "{}", "{-1}", "{+0}", "{0:d}", "{{0}"] {
        fail(&[(&format!("format('{text}', 1)"), &format(text))]);
    }
    fail(&[("contains(variables, 'a')", "all variables is all variables, and does not convert to a text")]);
}

#[test]
fn variables_are_read_in_both_ways_without_case_nested_and_with_what_they_refer_to() {
    are_true(&[
        "eq(variables['letters'], 'abc')",
        "eq(VARIABLES.LETTERS, 'abc')",
        "eq(Variables[ 'build.sourcebranch' ], 'refs/heads/main')",
        "eq(variables[variables.which], 'abc')",
        "eq(variables[format('{0}ters', 'let')], 'abc')",
        "eq(variables.indirect, 'ABC-123')",
        "eq(variables.Build.SourceBranch, null)",
        "eq(variables.letters.more['of it'], null)",
        "eq('text'.name, null)",
    ]);
}

#[test]
fn a_secret_can_not_be_read_in_any_way() {
    let error = |name: &str| format!("the variable {name} is a secret, or refers to one");
    fail(&[
        ("eq(variables.PASSWORD, 'x')", &error("password")),
        ("variables[lower('PASSWORD')]", &error("password")),
        ("ne(variables.veiled, '')", &error("veiled")),
        (
            "variables.circle",
            "the variable circle: variables refer to each other in a circle: circle -> circle",
        ),
    ]);
    are_false(&["containsValue(variables, 'vault')", "containsValue(variables, 'x$(password)')"]);
    let secret = VariableValue::Secret(crate::SecretRef::newest("vault"));
    assert_eq!(variables().get("password").map(|variable| &variable.value), Some(&secret));
}

#[test]
fn a_verdict_says_what_its_parts_came_to() {
    let table = [
        ("false", "false is false"),
        (
            "eq(variables.letters, 'b')",
            "eq(variables['letters'], 'b') is false: variables['letters'] is 'ABC'",
        ),
        ("coalesce(variables.no, '')", "coalesce(variables['no'], '') is false: variables['no'] is null"),
        (
            "and(succeeded(), lt(variables.letters, variables.numbers), failed())",
            "and(succeeded(), lt(variables['letters'], variables['numbers']), failed()) is false: succeeded() is \
             true, variables['letters'] is 'ABC', variables['numbers'] is '123', lt(variables['letters'], \
             variables['numbers']) is false",
        ),
        (
            "or(failed(), gt(1, variables.letters))",
            "'ABC' is a text, and does not convert to a number: failed() is false, variables['letters'] is 'ABC'",
        ),
        ("eq(1", "column 5: expected , or ), found the end"),
    ];
    for (text, shown) in table {
        assert_eq!(ask(text).to_string(), shown);
    }
    let long = format!("or({})", vec!["failed()"; 50].join(", "));
    let verdict = ask(&long);
    assert_eq!(verdict.findings.len(), limits::CONDITION_FINDINGS);
    assert!(verdict.to_string().starts_with("or(failed(), "), "{verdict}");
}

#[test]
fn every_function_is_called_by_its_name_and_comes_to_something() {
    for function in Function::ALL {
        assert_eq!(Function::named(&function.name().to_uppercase()), Some(function));
        let (least, most) = function.arity();
        let with = |count: usize| format!("{}({})", function.name(), vec!["'a'"; count].join(", "));
        assert!(Expression::parse(&with(least)).is_ok(), "{function:?}");
        if let Some(fewer) = least.checked_sub(1) {
            assert!(Expression::parse(&with(fewer)).is_err(), "{function:?}");
        }
        if let Some(most) = most {
            assert!(Expression::parse(&with(most + 1)).is_err(), "{function:?}");
        }
        let text = format!("ne(null, {})", with(least));
        assert_eq!(ask(&text).outcome, Outcome::Holds, "{text}");
    }
}

/// The status functions are the last of the list, so that no other is taken for one.
#[test]
fn all_functions_are_listed_once() {
    let mut names: Vec<_> = Function::ALL.iter().map(|function| function.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 31);
    assert_eq!(Function::ALL.last(), Some(&Function::Status(Status::SucceededOrFailed)));
}

#[test]
fn texts_that_grow_are_an_error_before_they_fill_the_memory() {
    // Each makes its text 100 times as long.
    let mut doubled = "'aaaaaaaaaa'".to_owned();
    for _ in 0..6 {
        doubled = format!("replace({doubled}, 'a', 'aaaaaaaaaa')");
    }
    assert_eq!(ask(&doubled).outcome, Outcome::Failed(EvaluationError::TooLong));
    let joined = "join(join('aaaaaaaaaaaaaaaaaaaa', split(format('{0}{0}{0}{0}{0}{0}{0}{0}', variables.long), ',')), split(format('{0}{0}{0}{0}', variables.long), ','))";
    let long = ",".repeat(limits::VARIABLE_BYTES / 2);
    let variables = || Scopes::new().with_plain(Scope::Stage, [("long", long.clone())]).resolve();
    let asked = |text: &str| {
        let facts = Facts { before: Before::default(), variables: &variables, jobs: &job };
        holds(&Condition::Expression(text.to_owned()), &facts).outcome
    };
    assert_eq!(asked(joined), Outcome::Failed(EvaluationError::TooLong));
    let often = |count: usize| format!("not(or({}))", vec!["eq(variables.long,1)"; count].join(","));
    assert_eq!(asked(&often(90)), Outcome::Holds);
    let more = format!("or({})", vec!["contains(0,format('{0}{0}{0}{0}',variables.long))"; 70].join(","));
    assert_eq!(asked(&more), Outcome::Failed(EvaluationError::TooMuch));
    // Neither many delimiters nor many items take longer than the text is long.
    for text in [
        "length(split(variables.long, variables.long))",
        "not(containsValue(split(variables.long, ','), variables.long))",
    ] {
        assert_eq!(asked(text), Outcome::Holds, "{text}");
    }
}

//! C1, C2: the examples of Azure's public documentation of expressions, and what its tables of conversions say.

use proptest::prelude::*;

use super::expression::{Function, Kind, Literal, Node, Status};
use super::number::{Number, Version};
use super::{Before, EvaluationError, Expression, Facts, Outcome, SyntaxProblem, Verdict, holds};
use crate::deployment::JobResult;
use crate::variable::{Resolved, Scope, Scopes};
use crate::{Condition, Variable, VariableValue, limits};

fn variables() -> Resolved {
    let plain = [
        ("letters", "ABC"),
        ("numbers", "123"),
        ("empty", ""),
        ("which", "letters"),
        ("list", "a,b;c"),
        ("indirect", "$(letters)-$(numbers)"),
        ("circle", "$(circle)"),
    ];
    let secrets = [("password".to_owned(), Variable::secret("vault"))];
    Scopes::new()
        .with_plain(Scope::Stage, plain)
        .with(Scope::Pipeline, &secrets.into())
        .with_plain(Scope::Job, [("veiled", "x$(password)")])
        .with_plain(Scope::System, [("Build.SourceBranch", "refs/heads/main")])
        .resolve()
}

fn job(name: &str) -> Option<JobResult> {
    match name {
        "good" => Some(JobResult::Succeeded),
        "fair" => Some(JobResult::PartiallySucceeded),
        "bad" => Some(JobResult::Failed),
        _ => None,
    }
}

fn ask_after(text: &str, before: Before) -> Verdict {
    holds(&Condition::Expression(text.to_owned()), &Facts { before, variables: &variables, jobs: &job })
}

fn ask(text: &str) -> Verdict {
    ask_after(text, Before::default())
}

#[track_caller]
fn are_true(texts: &[&str]) {
    for text in texts {
        assert_eq!(ask(text).outcome, Outcome::Holds, "{text}: {}", ask(text));
    }
}

#[track_caller]
fn are_false(texts: &[&str]) {
    for text in texts {
        assert_eq!(ask(text).outcome, Outcome::DoesNotHold, "{text}: {}", ask(text));
    }
}

#[track_caller]
fn fail(texts: &[(&str, &str)]) {
    for (text, error) in texts {
        let verdict = ask(text);
        assert!(!verdict.holds());
        let Outcome::Failed(found) = verdict.outcome else { panic!("{text} did not fail") };
        assert_eq!(found.to_string(), *error, "{text}");
    }
}

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
fn everything_is_true_but_false_null_0_and_the_empty_text() {
    are_true(&[
        "TRUE",
        "1",
        ".5",
        "-.5",
        "0xFF",
        "'a'",
        "'false'",
        "'0'",
        "' '",
        "1.2.3",
        "0.0.0",
        "variables",
    ]);
    are_true(&["split('', ',')"]);
    are_false(&["False", "0", "0.0", "-0", "''", "null", "variables.unknown", "0x0"]);
}

#[test]
fn the_right_side_becomes_a_boolean_if_the_left_is_one() {
    are_true(&[
        "eq(true, 2)",
        "eq(false, 0)",
        "eq(true, 'a')",
        "eq(true, ' ')",
        "eq(false, '')",
        "eq(true, 0.0.0)",
    ]);
    are_true(&[
        "eq(false, null)",
        "gt(true, 0)",
        "gt(true, '')",
        "lt(false, 1.2.3)",
        "eq(true, split('', ','))",
    ]);
    are_false(&["gt(true, 1)", "gt(true, ' ')", "lt(false, 0)", "eq(true, null)"]);
}

#[test]
fn the_right_side_becomes_a_text_if_the_left_is_one_and_texts_have_no_case() {
    are_true(&["eq('TRue', true)", "eq('123456.789', 123456.7890)", "eq('1.2.3', 1.2.3)", "eq('', null)"]);
    are_true(&[
        "eq('-0.5', -.5)",
        "eq('0', -0.0)",
        "gt('UUU', true)",
        "gt('1.2.3', 1.2.2)",
        "lt('SSS', true)",
    ]);
    are_true(&["gt('DEF', 'abc')", "gt('def', 'ABC')", "lt('abc', 'DEF')", "eq('ÄÖ', 'äö')", "gt('_', 'A')"]);
    are_false(&[
        "eq('123456.000', 123456.000)",
        "gt('a', 'A')",
        "eq('a', split('a', ','))",
        "gt('SSS', true)",
    ]);
    are_false(&["lt('_', 'a')", "eq('', variables)"]);
}

#[test]
fn the_right_side_becomes_a_number_if_the_left_is_one() {
    are_true(&[
        "eq(1, true)",
        "eq(0, false)",
        "eq(0, '')",
        "eq(0, null)",
        "eq(123456.789, ' +123,456.7890 ')",
    ]);
    are_true(&["gt(-123456.789, ' -123,456.7899 ')", "lt(0, true)", "eq(255, 0xff)", "gt(10, '9')"]);
    are_true(&["lt(12345678901234567890, '12345678901234567891')"]);
    are_false(&["eq(2, true)", "eq(1, 'not a number')", "eq(0, 'not a number')", "eq(1.2, 1.2.0.0)"]);
    are_false(&["eq(0, variables)", "gt(123456.789, ' +123,456.789 ')"]);
}

#[test]
fn the_right_side_becomes_a_version_if_the_left_is_one() {
    are_true(&[
        "eq(1.2.3, '1.2.3')",
        "eq(1.2.0, ' 1.2.0 ')",
        "gt(1.2.0, 1.1)",
        "lt(1.1.0, 1.20)",
        "gt(1.10.0, 1.9.0)",
    ]);
    are_false(&[
        "eq(1.2.3, 1.2.3.0)",
        "eq(1.2.3, false)",
        "eq(1.2.0, 1.2)",
        "eq(1.2.0, '1.2')",
        "eq(1.2.3, null)",
    ]);
    are_false(&["gt(1.2.1, ' 1.2.1 ')", "gt(1.2.0, 1.3)", "eq(1.2.3, 'one')"]);
}

#[test]
fn null_is_equal_to_itself_and_to_the_empty_text_and_counts_as_0_in_order() {
    are_true(&[
        "eq(null, null)",
        "eq(variables.unknown, '')",
        "ne(null, 0)",
        "ne(null, false)",
        "lt(null, 1)",
    ]);
    are_true(&["eq(variables.unknown, variables.other)", "ge(null, null)"]);
    are_false(&["eq(null, 'a')", "eq(null, 0.0.0)", "eq(variables, variables)"]);
}

/// C2: what does not convert is not equal, and in order it is an error: the condition is false, also under `not`.
#[test]
fn what_does_not_convert_can_not_be_ordered() {
    fail(&[
        ("gt(1, 'not a number')", "'not a number' is a text, and does not convert to a number"),
        ("not(gt(1, 'not a number'))", "'not a number' is a text, and does not convert to a number"),
        ("lt(1.2, 1.2.0.0)", "1.2.0.0 is a version, and does not convert to a number"),
        ("gt(1.2.3, false)", "false is a boolean, and does not convert to a version"),
        ("le(1.2.0, 2147483648.1)", "2147483648.1 is a number, and does not convert to a version"),
        ("ge(1.2.1, 'not a version')", "'not a version' is a text, and does not convert to a version"),
        ("gt(1.2.3, 1.0)", "1 is a number, and does not convert to a version"),
        ("lt(null, 'a')", "'a' is a text, and does not convert to a number"),
        ("lt('a', variables)", "all variables is all variables, and does not convert to a text"),
        ("lt(split('a', ','), 1)", "a list of 1 is a list, and does not convert to a number"),
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
    let secret = VariableValue::Secret(crate::SecretRef("vault".to_owned()));
    assert_eq!(variables().get("password").map(|variable| &variable.value), Some(&secret));
}

#[test]
fn status_functions_say_what_came_before() {
    let befores = [(false, false), (true, false), (false, true), (true, true)]
        .map(|(failed, canceled)| Before { failed, canceled, with_issues: false });
    let table = [
        (Condition::Succeeded, "Succeeded()", [true, false, false, false]),
        (Condition::SucceededOrFailed, "succeededOrFailed( )", [true, true, false, false]),
        (Condition::Failed, "FAILED()", [false, true, false, false]),
        (Condition::Always, "always()", [true, true, true, true]),
        (Condition::Expression("canceled()".to_owned()), "canceled()", [false, false, true, true]),
    ];
    for (condition, text, expected) in table {
        assert_eq!(Condition::parse(text), Ok(condition.clone()));
        let facts = |before| Facts { before, variables: &variables, jobs: &job };
        assert_eq!(
            befores.map(|before| holds(&condition, &facts(before)).holds()),
            expected,
            "{condition:?}"
        );
        assert_eq!(befores.map(|before| ask_after(text, before).holds()), expected, "{text}");
    }
}

/// The status functions are documented as short forms of this variable.
#[test]
fn agent_job_status_says_the_same_as_the_status_functions() {
    let table = [
        (Before::default(), "Succeeded"),
        (Before { with_issues: true, ..Before::default() }, "SucceededWithIssues"),
        (Before { failed: true, with_issues: true, canceled: false }, "Failed"),
        (Before { failed: true, with_issues: true, canceled: true }, "Canceled"),
    ];
    for (before, status) in table {
        for text in [
            &format!("eq(variables['Agent.JobStatus'], '{status}')"),
            "not(xor(failed(), eq(variables['Agent.JobStatus'], 'Failed')))",
            "not(xor(succeeded(), in(variables['Agent.JobStatus'], 'Succeeded', 'SucceededWithIssues')))",
            "not(xor(succeededOrFailed(), ne(variables['agent.jobstatus'], 'Canceled')))",
        ] {
            assert!(ask_after(text, before).holds(), "{text}: {}", ask_after(text, before));
        }
    }
}

#[test]
fn status_functions_ask_for_jobs_by_name() {
    are_true(&["succeeded('good', 'fair')", "failed('good', 'bad')", "succeededOrFailed('none', 'bad')"]);
    are_false(&["succeeded('good', 'bad')", "failed('good')", "succeeded('none')", "failed('none')"]);
    are_false(&["succeededOrFailed('none')"]);
    let canceled = Before { canceled: true, ..Before::default() };
    for text in ["succeeded('good')", "failed('bad')", "succeededOrFailed('good')"] {
        assert!(!ask_after(text, canceled).holds(), "{text}");
    }
}

#[test]
fn a_blank_text_is_succeeded_and_status_with_names_stays_an_expression() {
    assert_eq!(Condition::parse(" \n"), Ok(Condition::Succeeded));
    for text in ["succeeded('good')", "not(failed())", "canceled()"] {
        assert_eq!(Condition::parse(&format!(" {text} ")), Ok(Condition::Expression(text.to_owned())));
    }
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

#[test]
fn parts_stand_at_most_50_deep_in_each_other() {
    let calls = |depth: usize| format!("{}true{}", "not(".repeat(depth - 1), ")".repeat(depth - 1));
    let steps = |depth: usize| format!("variables{}", ".a".repeat(depth - 1));
    for nested in [&calls as &dyn Fn(usize) -> String, &steps] {
        assert!(Expression::parse(&nested(limits::CONDITION_DEPTH)).is_ok());
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

/// The status functions are the last of the list, so that no other is taken for one.
#[test]
fn all_functions_are_listed_once() {
    let mut names: Vec<_> = Function::ALL.iter().map(|function| function.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 31);
    assert_eq!(Function::ALL.last(), Some(&Function::Status(Status::SucceededOrFailed)));
}

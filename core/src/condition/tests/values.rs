//! C2: conversions, equality and order, as the public documentation's tables have them.

use super::{are_false, are_true, fail};

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

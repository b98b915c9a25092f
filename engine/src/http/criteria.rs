//! Success criteria as exported definitions write them: `and(eq(root['status'], 'ok'), ge(count(root['items']), 1))`.
//!
//! They are the expressions of conditions (C1) that may speak of the answer, too: `root['a'][0].b` stands for a value in it, and
//! `count(root['items'])` for how many there are. Each is replaced by its value before the expression is asked.

use cutover::Condition;
use cutover::condition::{Before, Facts, holds as holds_condition};
use cutover::variable::Scopes;
use serde_json::Value;

use super::expect::shown;

/// Why the answer does not meet the criteria.
pub(super) fn holds(criteria: &str, root: &Value) -> Result<(), String> {
    let expression = with_values(criteria, root)?;
    let facts = Facts { before: Before::default(), variables: &|| Scopes::new().resolve(), jobs: &|_| None };
    let verdict = holds_condition(&Condition::Expression(expression), &facts);
    if verdict.holds() { Ok(()) } else { Err(format!("its answer does not meet the criteria: {verdict}")) }
}

/// The expression with values in place of what it says of the answer.
fn with_values(text: &str, root: &Value) -> Result<String, String> {
    let mut put_in = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if first == '\'' {
            // A quote that stands for itself is two: they end one text and begin the next.
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else if is_of_name(first) {
            let end = rest.find(|other| !is_of_name(other)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.eq_ignore_ascii_case("root") {
                let (value, after) = walk(after, root)?;
                put_in.push_str(&literal(value)?);
                rest = after;
                continue;
            }
            if name.eq_ignore_ascii_case("count")
                && let Some((counted, after)) = counted(after, root)?
            {
                put_in.push_str(&counted.to_string());
                rest = after;
                continue;
            }
            end
        } else {
            first.len_utf8()
        };
        let (as_it_is, after) = rest.split_at(end);
        put_in.push_str(as_it_is);
        rest = after;
    }
    Ok(put_in)
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// `(root...)`: how many there are, and what follows.
fn counted<'t>(text: &'t str, root: &Value) -> Result<Option<(usize, &'t str)>, String> {
    let of_root = text.trim_start().strip_prefix('(').map(str::trim_start);
    let Some(path) =
        of_root.filter(|text| text.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("root")))
    else {
        return Ok(None);
    };
    let (value, after) = walk(&path[4..], root)?;
    let after = after.trim_start().strip_prefix(')').ok_or("count(...) takes one part of the answer")?;
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(format!("what is counted is no list: {}", shown(&value.to_string())));
        }
    };
    Ok(Some((count, after)))
}

/// Goes down by `['name']`, `[0]` and `.name`, as far as they go; returns what follows, too.
fn walk<'t, 'v>(mut text: &'t str, root: &'v Value) -> Result<(&'v Value, &'t str), String> {
    let mut value = root;
    let mut path = "root".to_owned();
    loop {
        let (index, after) = if let Some(inside) = text.strip_prefix('[') {
            let (index, after) = index(inside.trim_start()).ok_or("root[...] takes 'name' or a number")?;
            let after = after.trim_start().strip_prefix(']').ok_or("root[...] is not closed")?;
            (index, after)
        } else if let Some(name) = text.strip_prefix('.') {
            let end = name.find(|other| !is_of_name(other)).unwrap_or(name.len());
            (Index::Name(name[..end].to_owned()), &name[end..])
        } else {
            return Ok((value, text));
        };
        let found = match &index {
            Index::Name(name) => value.get(name),
            Index::Place(place) => value.get(place),
        };
        path = match &index {
            Index::Name(name) => format!("{path}['{name}']"),
            Index::Place(place) => format!("{path}[{place}]"),
        };
        value = found.ok_or_else(|| format!("there is no {} in its answer", shown(&path)))?;
        text = after;
    }
}

enum Index {
    Name(String),
    Place(usize),
}

fn index(text: &str) -> Option<(Index, &str)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let mut name = String::new();
        let mut rest = quoted;
        loop {
            let (part, after) = rest.split_once('\'')?;
            name.push_str(part);
            match after.strip_prefix('\'') {
                Some(after) => {
                    name.push('\'');
                    rest = after;
                }
                None => return Some((Index::Name(name), after)),
            }
        }
    }
    let end = text.find(|other: char| !other.is_ascii_digit()).unwrap_or(text.len());
    Some((Index::Place(text[..end].parse().ok()?), &text[end..]))
}

/// A value as an expression writes it.
fn literal(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok("null".to_owned()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::String(text) => Ok(format!("'{}'", text.replace('\'', "''"))),
        Value::Number(number) => {
            let text = number.to_string();
            // An exponent is none of an expression's: compared as a text, it is what it is.
            Ok(if text.contains(['e', 'E']) { format!("'{text}'") } else { text })
        }
        Value::Array(_) | Value::Object(_) => {
            Err(format!("a list or an object can't be compared: {}", shown(&value.to_string())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(criteria: &str) -> Result<(), String> {
        let root = serde_json::json!({
            "status": "it's ok", "count": 1, "done": true, "none": null, "small": -1.5,
            "items": [{"name": "a"}, {"name": "b"}], "root": "x",
        });
        holds(criteria, &root)
    }

    #[test]
    fn criteria_speak_of_the_answer() {
        for criteria in [
            "eq(root['status'], 'it''s ok')",
            "and(eq(root.count, 1), root['done'])",
            "eq(root['items'][1].name, 'B')",
            "and(eq(count(root['items']), 2), ge( COUNT( root ), 7))",
            "eq(root['none'], null)",
            "lt(root['small'], 0)",
            "eq(root['root'], 'x')",
            "eq('root[''none'']', 'root[''none'']')",
            "in(root['count'], 3, 2, 1)",
            "contains(root['status'], 'ok')",
        ] {
            assert_eq!(ask(criteria), Ok(()), "{criteria}");
        }
    }

    #[test]
    fn what_is_not_met_says_why() {
        for (criteria, part) in [
            ("eq(root['status'], 'bad')", "eq('it''s ok', 'bad') is false"),
            ("eq(root['gone'], 1)", "there is no root['gone'] in its answer"),
            ("eq(root['items'][7].name, 1)", "there is no root['items'][7] in its answer"),
            ("eq(root['items'], 1)", "can't be compared"),
            ("eq(count(root['status']), 1)", "is no list"),
            ("eq(root['status', 1)", "is not closed"),
            ("eq(root[x], 1)", "takes 'name' or a number"),
            ("eq(1, ", "column"),
            ("splendid(root['count'])", "splendid"),
        ] {
            let error = ask(criteria).unwrap_err();
            assert!(error.contains(part), "{criteria}: {error}");
        }
    }

    /// Story: what a server answers is put into an expression; it must stay a value there.
    #[test]
    fn no_answer_becomes_part_of_the_expression() {
        let root = serde_json::json!({"status": "x'), eq('1', '1"});
        assert!(holds("and(eq(root['status'], 'ok'))", &root).is_err());
    }
}

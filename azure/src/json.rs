//! From text to JSON, with errors that say where and what to do.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::ImportError;
use crate::text::child_path;
use crate::warning::Report;

/// Lists and objects within each other. Ours: real exports have about 10, and `serde_json` stops at 128.
const DEPTH: usize = 100;

/// Values in a document, those within others too. Ours: two hundred times as many as in the largest real export that we have seen.
const VALUES: usize = 1_000_000;

/// Reads a JSON document. Of a key that an object has twice the last value counts, as everywhere; the report says so.
pub(crate) fn parse(text: &str, report: &Report) -> Result<Value, ImportError> {
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    if depth_of(text) > DEPTH {
        return Err(ImportError::TooDeep { limit: DEPTH });
    }
    let mut left = VALUES;
    let mut reader = serde_json::Deserializer::from_str(text);
    let place = Place { path: String::new(), left: &mut left, report };
    let read = place.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Data => ImportError::TooManyValues { limit: VALUES },
            Category::Eof => ImportError::Truncated { line, column },
            Category::Io | Category::Syntax => {
                ImportError::NotJson { line, column, what: in_our_words(&error) }
            }
        }
    })
}

/// Where a value is read, and how many more there may be.
struct Place<'a> {
    path: String,
    left: &'a mut usize,
    report: &'a Report,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.left.checked_sub(1) {
            Some(left) => *self.left = left,
            // The only error of this category.
            None => return Err(D::Error::custom("too many values")),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, items.len());
            match list.next_element_seed(Place { path, left: self.left, report: self.report })? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            let path = child_path(&self.path, &key);
            if map.contains_key(&key) {
                self.report.warn(&path, "the key stands here more than once: the last one counts");
            }
            let value = object.next_value_seed(Place { path, left: self.left, report: self.report })?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// How deep brackets go, without those within texts.
fn depth_of(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The parser's words, without the place, which is given beside them, and with a hint where one is known.
fn in_our_words(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said.split(" at line ").next().unwrap_or_default();
    match what {
        "trailing comma" => "a comma before a closing bracket".to_owned(),
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "a raw line break or tab within a text: was the file wrapped at a fixed width?".to_owned()
        }
        "key must be a string" => "a key that is no text: are there comments in the file?".to_owned(),
        "expected value" => "no value where one belongs: are there comments in the file?".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Value, ImportError> {
        super::parse(text, &Report::default())
    }

    fn message(text: &str) -> String {
        parse(text).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn what_is_not_json_is_refused_with_line_and_column() {
        assert_eq!(
            message("{\n  \"a\": [1, 2,]\n}"),
            "not JSON at line 2, column 14: a comma before a closing bracket"
        );
        assert_eq!(
            message("{\n  // \"a\": 1\n}"),
            "not JSON at line 2, column 3: a key that is no text: are there comments in the file?"
        );
        assert_eq!(
            message("[\n  // 1\n]"),
            "not JSON at line 2, column 3: no value where one belongs: are there comments in the file?"
        );
        assert!(message("{\"a\": \"first\nsecond\"}").contains("raw line break"));
    }

    #[test]
    fn a_file_that_ends_early_is_told_apart() {
        assert_eq!(parse("{\"a\": [1,\n 2"), Err(ImportError::Truncated { line: 2, column: 2 }));
        assert_eq!(parse(" \n\t"), Err(ImportError::Empty));
    }

    #[test]
    fn nesting_has_a_limit_and_brackets_in_texts_do_not_count() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(DEPTH)).is_ok());
        assert_eq!(parse(&nested(DEPTH + 1)), Err(ImportError::TooDeep { limit: DEPTH }));
        assert!(parse(&format!("\"\\\"{}\"", "[".repeat(DEPTH + 1))).is_ok());
    }

    #[test]
    fn the_number_of_values_has_a_limit() {
        let list = |items: usize| format!("[{}0]", "0,".repeat(items - 1));
        assert!(parse(&list(VALUES - 1)).is_ok(), "the list is one, too");
        assert_eq!(parse(&list(VALUES)), Err(ImportError::TooManyValues { limit: VALUES }));
    }

    #[test]
    fn a_key_that_stands_twice_is_reported_and_the_last_one_counts() {
        let report = Report::default();
        let read = super::parse(r#"{"a": [{"b c": 1, "d": 2, "b c": 3}]}"#, &report);
        assert_eq!(read, Ok(serde_json::json!({ "a": [{ "b c": 3, "d": 2 }] })));
        let said: Vec<_> = report.finish().warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["a[0][\"b c\"]: the key stands here more than once: the last one counts"]);
    }

    #[test]
    fn numbers_and_texts_of_every_kind_are_read_as_they_are() {
        let text = r#"[0, -1, 18446744073709551615, 1.5, true, null, "\u0041"]"#;
        assert_eq!(parse(text).ok(), serde_json::from_str(text).ok());
        assert!(matches!(parse("[] []"), Err(ImportError::NotJson { .. })), "nothing may follow");
    }

    #[test]
    fn errors_show_nothing_of_the_file() {
        assert!(!message("{\"password\": \"hunter2\" oops}").contains("hunter2"));
    }
}

//! From text to JSON, with errors that say where and what to do.

use serde_json::Value;
use serde_json::error::Category;

use crate::ImportError;

/// Lists and objects within each other. Ours: real exports have about 10, and `serde_json` stops at 128.
const DEPTH: usize = 100;

/// Reads a JSON document.
pub(crate) fn parse(text: &str) -> Result<Value, ImportError> {
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    if depth_of(text) > DEPTH {
        return Err(ImportError::TooDeep { limit: DEPTH });
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Eof => ImportError::Truncated { line, column },
            Category::Io | Category::Syntax | Category::Data => {
                ImportError::NotJson { line, column, what: in_our_words(&error) }
            }
        }
    })
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
    fn errors_show_nothing_of_the_file() {
        assert!(!message("{\"password\": \"hunter2\" oops}").contains("hunter2"));
    }
}

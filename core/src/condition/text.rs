//! The functions that put texts together and take them apart (C1). No result is longer than [`limits::CONDITION_TEXT_BYTES`].

use std::collections::BTreeSet;

use super::verdict::{EvaluationError, shortened};
use crate::limits;

/// A text on its way.
#[derive(Default)]
struct Output(String);

impl Output {
    fn push(&mut self, text: &str) -> Result<(), EvaluationError> {
        if self.0.len() + text.len() > limits::CONDITION_TEXT_BYTES {
            return Err(EvaluationError::TooLong);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// Each `old` becomes `new`; with case. The empty text stands nowhere.
pub(super) fn replace(whole: &str, old: &str, new: &str) -> Result<String, EvaluationError> {
    if old.is_empty() {
        return Ok(whole.to_owned());
    }
    let mut output = Output::default();
    for (place, piece) in whole.split(old).enumerate() {
        if place > 0 {
            output.push(new)?;
        }
        output.push(piece)?;
    }
    Ok(output.0)
}

/// The items with the separator between them.
pub(super) fn join(separator: &str, items: &[String]) -> Result<String, EvaluationError> {
    let mut output = Output::default();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            output.push(separator)?;
        }
        output.push(item)?;
    }
    Ok(output.0)
}

/// The pieces between any of the delimiters, which are single characters. Empty pieces count.
pub(super) fn split(whole: &str, delimiters: &str) -> Vec<String> {
    // A set, so that many delimiters of a long text take no longer than few.
    let delimiters: BTreeSet<char> = delimiters.chars().collect();
    whole.split(|character| delimiters.contains(&character)).map(str::to_owned).collect()
}

/// `{0}` becomes the first value, `{{` and `}}` become a brace.
pub(super) fn format(format: &str, values: &[String]) -> Result<String, EvaluationError> {
    let wrong = || EvaluationError::Format { text: shortened(format) };
    let mut output = Output::default();
    let mut rest = format;
    while let Some(brace) = rest.find(['{', '}']) {
        output.push(&rest[..brace])?;
        let from_brace = &rest[brace..];
        rest = if let Some(after) = from_brace.strip_prefix("{{") {
            output.push("{")?;
            after
        } else if let Some(after) = from_brace.strip_prefix("}}") {
            output.push("}")?;
            after
        } else {
            let (place, after) =
                from_brace.strip_prefix('{').and_then(|inner| inner.split_once('}')).ok_or_else(wrong)?;
            let is_plain = place.bytes().all(|byte| byte.is_ascii_digit());
            let place = place.parse::<usize>().ok().filter(|_| is_plain).ok_or_else(wrong)?;
            output.push(values.get(place).ok_or_else(wrong)?)?;
            after
        };
    }
    output.push(rest)?;
    Ok(output.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_long_as_it_may_be_and_no_longer() {
        let half = "x".repeat(limits::CONDITION_TEXT_BYTES / 2);
        let too_long = Err(EvaluationError::TooLong);
        let twice = format!("{half}{half}");
        assert_eq!(join("", &[half.clone(), half.clone()]), Ok(twice.clone()));
        assert_eq!(join("-", &[half.clone(), half.clone()]), too_long);
        assert_eq!(format("{0}{0}", std::slice::from_ref(&half)), Ok(twice.clone()));
        assert_eq!(format("{0}{0}-", std::slice::from_ref(&half)), too_long);
        assert_eq!(replace("aa", "a", &half), Ok(twice));
        assert_eq!(replace("aab", "a", &half), too_long);
    }
}

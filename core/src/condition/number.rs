//! Numbers of conditions: decimal and exact, so that no rounding decides what is equal (C2).

use std::cmp::Ordering;
use std::fmt;

use crate::limits;

/// A decimal number of at most [`limits::CONDITION_DIGITS`] digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// Zero is never negative.
    is_negative: bool,
    /// Digits without zeros before them; empty: zero.
    whole: String,
    /// Digits without zeros after them.
    fraction: String,
}

impl Number {
    pub(super) fn of(count: usize) -> Self {
        let whole = if count == 0 { String::new() } else { count.to_string() };
        Self { is_negative: false, whole, fraction: String::new() }
    }

    /// A number as it stands in an expression: `-1.5`, `.5`, `0xFF`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            let is_plain = digits.chars().all(|digit| digit.is_ascii_hexdigit());
            let value = u64::from_str_radix(digits, 16).ok().filter(|_| is_plain)?;
            return Self::parse(&value.to_string());
        }
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.len() + fraction.len() > limits::CONDITION_DIGITS {
            return None;
        }
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            is_negative: is_negative && !is_zero,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    /// The number that a text stands for: also with spaces around it, a `+`, and commas between thousands. The empty text is 0.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::of(0));
        }
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix(['+', '-']) {
            Some(digits) => (if text.starts_with('-') { "-" } else { "" }, digits),
            None => ("", text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        // Commas stand between digits, and nothing else than digits may be left: no second sign, no `0x`.
        if whole.starts_with(',') || fraction.is_some_and(|fraction| fraction.contains(',')) {
            return None;
        }
        let whole: String = whole.chars().filter(|character| *character != ',').collect();
        let is_plain = whole.bytes().all(|byte| byte.is_ascii_digit());
        let number = format!("{sign}{whole}.{}", fraction.unwrap_or_default());
        if is_plain { Self::parse(&number) } else { None }
    }

    pub(super) const fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// The place in a list that it names.
    pub(super) fn as_place(&self) -> Option<usize> {
        match (self.is_negative, self.whole.as_str(), self.fraction.as_str()) {
            (false, "", "") => Some(0),
            (false, whole, "") => whole.parse().ok(),
            (true | false, _, _) => None,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let whole = if self.whole.is_empty() { "0" } else { &self.whole };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{}", self.fraction)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        // Of two whole parts the longer is the larger; fractions have no zeros at their ends, so that the order of texts is theirs.
        let size = |number: &Self| (number.whole.len(), number.whole.clone(), number.fraction.clone());
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A version: two to four numbers, such as `1.2.3`. `1.2` comes before `1.2.0`, and is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(Vec<u32>);

impl Version {
    /// The version that a text stands for; spaces around it do not count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let most = i32::MAX.unsigned_abs();
        let part = |part: &str| {
            let is_plain = part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|part: &u32| is_plain && *part <= most)
        };
        let parts = text.trim().split('.').map(part).collect::<Option<Vec<_>>>()?;
        (2..=4).contains(&parts.len()).then_some(Self(parts))
    }

    /// 1.2 is a version too, as a number that is positive and has a fraction.
    pub(super) fn of_number(number: &Number) -> Option<Self> {
        if number.is_negative || number.fraction.is_empty() { None } else { Self::parse(&number.to_string()) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.0.iter().enumerate() {
            let between = if place == 0 { "" } else { "." };
            write!(f, "{between}{part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).expect(text)
    }

    #[test]
    fn numbers_are_exact_and_written_one_way() {
        let written = [".5", "-.5", "00.50", "-0.0", "12.", "0xFF", "0Xff", "12345678901234567890.12345678"];
        let shown = written.map(|text| number(text).to_string());
        assert_eq!(shown, ["0.5", "-0.5", "0.5", "0", "12", "255", "255", "12345678901234567890.12345678"]);
        for text in ["", "-", ".", "1e3", "--1", "+1", "0x", "0x+1", "-0x1", "1,0", &"9".repeat(29)] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert!(Number::parse(&"9".repeat(28)).is_some());
    }

    #[test]
    fn texts_are_numbers_with_spaces_signs_and_thousands() {
        let texts = ["", " 123,456.7890 ", " +1 ", "-1,000", "1,2,3", "5."];
        let shown = texts.map(|text| Number::of_text(text).expect(text).to_string());
        assert_eq!(shown, ["0", "123456.789", "1", "-1000", "123", "5"]);
        for text in [" ", "one", "0x1", "+-1", "- 1", ",1", "1.0,0", "1.2.3", "-"] {
            assert_eq!(Number::of_text(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_in_their_order() {
        let order =
            ["-10", "-9.5", "-9.05", "-0.1", "0", "0.09", "0.1", "1", "1.05", "1.5", "9", "10", "100.5"];
        for pair in order.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn versions_have_two_to_four_parts_and_are_in_their_order() {
        let order = ["1.2", "1.2.0", "1.2.0.0", "1.2.9", "1.2.10", "2.0"];
        let versions = order.map(|text| Version::parse(text).expect(text));
        assert!(versions.is_sorted());
        assert_eq!(versions.map(|version| version.to_string()), order);
        for text in ["1", "1.2.3.4.5", "1..2", "1.-2", "1.+2", "1. 2", "1.2147483648", "a.b"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert!(Version::parse(" 1.2147483647 ").is_some());
    }
}

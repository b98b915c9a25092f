//! How releases are named (P7).
//!
//! A format is text with tokens in `$( )`. It is parsed once and never wrong: what is no token, or one that nobody knows, stays as
//! it is written, and [`NameFormat::warnings`] says so. Rendering takes two steps, because the counter belongs to the name: first
//! everything but the counter ([`NameFormat::render`]), which says under which key to count, then the number
//! ([`RenderedName::with_number`]).

use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::limits;

/// The format of releases whose pipeline says none.
const DEFAULT: &str = "Release-$(rev:r)";

/// The format of a date whose token says none.
const DEFAULT_DATE: &str = "yyyyMMdd";

/// A format of releases' names, parsed (P7).
///
/// ```
/// use cutover::{NameFormat, NameValues};
///
/// let format = NameFormat::parse("Rel-$(Date:yyyyMMdd)-$(rev:rr)");
/// let now = "2024-05-03T12:00:00Z".parse().expect("a time");
/// let name = format.render(&NameValues { now, zone: chrono_tz::UTC, lookup: &|_| None });
/// assert_eq!(name.counter_key(), Some("Rel-20240503-"));
/// assert_eq!(name.with_number(1), "Rel-20240503-01");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameFormat {
    pieces: Vec<Piece>,
}

/// What a name is made from, beside its counter.
#[derive(Clone, Copy)]
pub struct NameValues<'a> {
    /// When the release is created.
    pub now: DateTime<Utc>,
    /// The pipeline's zone, in which `$(Date)` is written.
    pub zone: Tz,
    /// The value of a token, asked for by its [`token_key`]; `None` where there is none, and for secrets: then the token stays as
    /// it is written.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
}

/// A name that lacks only its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedName {
    parts: Vec<Part>,
    counter_key: Option<String>,
}

/// Something in a format that stays as it is written, and perhaps should not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameWarning {
    /// Nobody knows the token.
    UnknownToken {
        /// As it is written, with its brackets.
        token: String,
    },
    /// A letter in a date's format stands for nothing.
    UnknownDateLetter {
        /// As the token is written, with its brackets.
        token: String,
        /// The letter.
        letter: char,
    },
}

impl fmt::Display for NameWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownToken { token } => write!(f, "{token} is not known and stays as it is written"),
            Self::UnknownDateLetter { token, letter } => {
                write!(f, "{letter} in {token} is no part of a date and stays as it is written")
            }
        }
    }
}

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `$(Date:...)`.
    Date {
        written: String,
        format: String,
    },
    /// `$(rev:...)`: what stands before the number, and to how many digits it is padded.
    Counter(Counter),
    /// Anything else in `$( )`.
    Token {
        written: String,
        key: String,
    },
}

/// A part of a rendered name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Counter(Counter),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Counter {
    before: String,
    digits: usize,
}

/// The form of a token's name in which it is looked up: without case, without spaces. `Build. BuildNumber` is `build.buildnumber`.
pub fn token_key(name: &str) -> String {
    let name: String = name.chars().filter(|character| *character != ' ').collect();
    super::fold(&name)
}

impl NameFormat {
    /// Takes any text; an empty or blank one is `Release-$(rev:r)`.
    pub fn parse(text: &str) -> Self {
        let mut rest = if text.trim().is_empty() { DEFAULT } else { text };
        let mut pieces = Vec::new();
        while let Some((before, token, after)) = next_token(rest) {
            push_text(&mut pieces, before);
            pieces.push(Piece::of_token(token));
            rest = after;
        }
        push_text(&mut pieces, rest);
        Self { pieces }
    }

    /// Whether names of this format are numbered; if not, two releases may get the same name.
    pub fn has_counter(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Counter(_)))
    }

    /// What stays as it is written, given which tokens are known by their [`token_key`].
    pub fn warnings(&self, is_known: &dyn Fn(&str) -> bool) -> Vec<NameWarning> {
        let mut warnings = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Token { written, key } if !is_known(key) => {
                    let token = written.clone();
                    warnings.push(NameWarning::UnknownToken { token });
                }
                Piece::Date { written, format } => {
                    let unknown = runs(format).find(|(letter, _)| is_unknown_date_letter(*letter));
                    warnings.extend(unknown.map(|(letter, _)| NameWarning::UnknownDateLetter {
                        token: written.clone(),
                        letter,
                    }));
                }
                Piece::Text(_) | Piece::Counter(_) | Piece::Token { .. } => {}
            }
        }
        warnings
    }

    /// Everything of the name but its number.
    ///
    /// Control characters become spaces, and spaces at the ends go. What is longer than [`limits::RELEASE_NAME_CHARACTERS`] is cut
    /// at its end, the number excepted. A name of which nothing is left is `Release-` and a number.
    pub fn render(&self, values: &NameValues<'_>) -> RenderedName {
        let mut parts: Vec<Part> = Vec::new();
        for piece in &self.pieces {
            match (piece.render(values), parts.last_mut()) {
                (Part::Text(text), Some(Part::Text(last))) => last.push_str(&text),
                (part, _) => parts.push(part),
            }
        }
        tidy(&mut parts);
        let is_blank = |part: &Part| matches!(part, Part::Text(text) if text.trim().is_empty());
        if parts.iter().all(is_blank) {
            parts = vec![
                Part::Text("Release-".to_owned()),
                Part::Counter(Counter { before: String::new(), digits: 1 }),
            ];
        }
        let counter_key = parts.iter().any(|part| matches!(part, Part::Counter(_))).then(|| {
            let texts = parts.iter().map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Counter(_) => "",
            });
            texts.collect()
        });
        RenderedName { parts, counter_key }
    }
}

impl RenderedName {
    /// The key under which its numbers are counted, from 1: the name without the counter. `None`: it has no number.
    pub fn counter_key(&self) -> Option<&str> {
        self.counter_key.as_deref()
    }

    /// The name with this number, of at most [`limits::RELEASE_NAME_CHARACTERS`] characters. Without a counter the number means
    /// nothing.
    pub fn with_number(&self, number: u64) -> String {
        let mut name = String::new();
        for part in &self.parts {
            // Writing into a string does not fail.
            let _ = match part {
                Part::Text(text) => write!(name, "{text}"),
                Part::Counter(Counter { before, digits }) => write!(name, "{before}{number:0digits$}"),
            };
        }
        let name: String = name.chars().take(limits::RELEASE_NAME_CHARACTERS).collect();
        name.trim_end().to_owned()
    }
}

impl Piece {
    /// What stands between `$(` and `)`.
    fn of_token(token: &str) -> Self {
        let written = format!("$({token})");
        let (name, argument) =
            token.split_once(':').map_or((token, None), |(name, argument)| (name, Some(argument)));
        match (token_key(name).as_str(), argument) {
            ("date", None) => Self::Date { written, format: DEFAULT_DATE.to_owned() },
            ("date", Some(format)) if !format.trim().is_empty() => {
                Self::Date { written, format: format.to_owned() }
            }
            ("rev", Some(argument)) => match Counter::parse(argument) {
                Some(counter) => Self::Counter(counter),
                None => Self::Token { written, key: token_key(token) },
            },
            _ => Self::Token { written, key: token_key(token) },
        }
    }

    fn render(&self, values: &NameValues<'_>) -> Part {
        match self {
            Self::Text(text) => Part::Text(text.clone()),
            Self::Date { format, .. } => Part::Text(date(format, values)),
            Self::Counter(counter) => Part::Counter(counter.clone()),
            Self::Token { written, key } => {
                Part::Text((values.lookup)(key).unwrap_or_else(|| written.clone()))
            }
        }
    }
}

impl Counter {
    /// `r`, `rr`, `.r`: what stands before the number, then as many `r` as it has digits at least.
    fn parse(argument: &str) -> Option<Self> {
        let is_kept = |character: &char| *character != ' ' && !character.is_control();
        let argument: String = argument.chars().filter(is_kept).collect();
        let before = argument.trim_end_matches(['r', 'R']);
        let digits = argument.len() - before.len();
        let is_counter =
            (1..=limits::RELEASE_COUNTER_DIGITS).contains(&digits) && !before.contains(['r', 'R']);
        is_counter.then(|| Self { before: before.to_owned(), digits })
    }
}

/// The text before the first token, what stands in the token, and the text after it.
fn next_token(text: &str) -> Option<(&str, &str, &str)> {
    let begin = text.find("$(")?;
    let (token, after) = text[begin + 2..].split_once(')')?;
    // `$(a $(b)`: the token is the inner one.
    let inner = token.rfind("$(").map_or(0, |at| at + 2);
    Some((&text[..begin + inner], &token[inner..], after))
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

/// Control characters become spaces, spaces at the ends go, and what leaves no room for the numbers is cut.
fn tidy(parts: &mut [Part]) {
    let numbers = parts.iter().map(|part| match part {
        Part::Text(_) => 0,
        Part::Counter(counter) => counter.before.chars().count() + limits::RELEASE_COUNTER_DIGITS,
    });
    // Room is kept for the largest number, so that the key does not depend on how far it has counted.
    let mut room = limits::RELEASE_NAME_CHARACTERS.saturating_sub(numbers.sum());
    let last = parts.len().saturating_sub(1);
    for (index, part) in parts.iter_mut().enumerate() {
        let Part::Text(text) = part else { continue };
        let plain = |character: char| if character.is_control() { ' ' } else { character };
        *text = text.chars().map(plain).collect();
        if index == 0 {
            *text = text.trim_start().to_owned();
        }
        if index == last {
            *text = text.trim_end().to_owned();
        }
        *text = text.chars().take(room).collect();
        room -= text.chars().count();
    }
}

/// A time in the words of a date's format: `yyyy`, `MM`, `dd` and so on; what stands for nothing stays.
fn date(format: &str, values: &NameValues<'_>) -> String {
    let time = values.now.with_timezone(&values.zone);
    let mut text = String::new();
    for (letter, length) in runs(format) {
        let item = match (letter, length) {
            ('y', 1 | 2) => "%y",
            ('y', _) => "%Y",
            ('M', 1) => "%-m",
            ('M', 2) => "%m",
            ('M', 3) => "%b",
            ('M', _) => "%B",
            ('d', 1) => "%-d",
            ('d', 2) => "%d",
            ('d', 3) => "%a",
            ('d', _) => "%A",
            ('H', 1) => "%-H",
            ('H', _) => "%H",
            ('h', 1) => "%-I",
            ('h', _) => "%I",
            ('m', 1) => "%-M",
            ('m', _) => "%M",
            ('s', 1) => "%-S",
            ('s', _) => "%S",
            ('t', _) => "%p",
            _ => {
                text.extend(std::iter::repeat_n(letter, length));
                continue;
            }
        };
        // Writing into a string does not fail.
        let _ = write!(text, "{}", time.format(item));
    }
    text
}

fn is_unknown_date_letter(letter: char) -> bool {
    letter.is_alphabetic() && !matches!(letter, 'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 't')
}

/// The runs of equal characters of a text: `yyyy-MM` is y four times, - once, M twice.
fn runs(text: &str) -> impl Iterator<Item = (char, usize)> {
    let mut characters = text.chars().peekable();
    std::iter::from_fn(move || {
        let character = characters.next()?;
        let mut length = 1;
        while characters.next_if_eq(&character).is_some() {
            length += 1;
        }
        Some((character, length))
    })
}

#[cfg(test)]
mod tests;

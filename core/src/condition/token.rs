//! The words and signs that the text of an expression consists of.

use std::fmt;

use super::number::{Number, Version};
use super::parse::{SyntaxError, SyntaxProblem};
use super::verdict::shortened;

/// A word or a sign, and the column where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Counted in characters, from 1.
    pub(super) column: usize,
    pub(super) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    Open,
    Close,
    OpenIndex,
    CloseIndex,
    Comma,
    Dot,
    Name(String),
    Number(Number),
    Version(Version),
    Text(String),
    End,
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
            Self::OpenIndex => f.write_str("["),
            Self::CloseIndex => f.write_str("]"),
            Self::Comma => f.write_str(","),
            Self::Dot => f.write_str("."),
            Self::Name(name) => f.write_str(&shortened(name)),
            Self::Number(number) => number.fmt(f),
            Self::Version(version) => version.fmt(f),
            Self::Text(text) => write!(f, "the text {:?}", shortened(text)),
            Self::End => f.write_str("the end"),
        }
    }
}

/// All of them, with [`TokenKind::End`] at the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut place = 0;
    while let Some(&character) = characters.get(place) {
        let column = place + 1;
        let rest = &characters[place..];
        let (kind, length) = match character {
            _ if character.is_whitespace() => {
                place += 1;
                continue;
            }
            '(' => (TokenKind::Open, 1),
            ')' => (TokenKind::Close, 1),
            '[' => (TokenKind::OpenIndex, 1),
            ']' => (TokenKind::CloseIndex, 1),
            ',' => (TokenKind::Comma, 1),
            '.' if is_after_value(tokens.last()) => (TokenKind::Dot, 1),
            '\'' => quoted(rest, column)?,
            'a'..='z' | 'A'..='Z' | '_' => name(rest),
            '-' | '.' | '0'..='9' => number(rest, column)?,
            _ => return Err(SyntaxProblem::Character { character }.at(column)),
        };
        tokens.push(Token { column, kind });
        place += length;
    }
    tokens.push(Token { column: characters.len() + 1, kind: TokenKind::End });
    Ok(tokens)
}

/// Whether a dot leads into a value; elsewhere it begins a number.
fn is_after_value(last: Option<&Token>) -> bool {
    matches!(
        last.map(|token| &token.kind),
        Some(TokenKind::Name(_) | TokenKind::Close | TokenKind::CloseIndex | TokenKind::Text(_))
    )
}

fn name(rest: &[char]) -> (TokenKind, usize) {
    let is_part = |character: &&char| character.is_ascii_alphanumeric() || **character == '_';
    let name: String = rest.iter().take_while(is_part).collect();
    let length = name.len();
    (TokenKind::Name(name), length)
}

/// A text in single quotes, in which two of them stand for one.
fn quoted(rest: &[char], column: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let mut text = String::new();
    let mut place = 1;
    loop {
        match (rest.get(place), rest.get(place + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                place += 2;
            }
            (Some('\''), _) => return Ok((TokenKind::Text(text), place + 1)),
            (Some(&character), _) => {
                text.push(character);
                place += 1;
            }
            (None, _) => return Err(SyntaxProblem::OpenText.at(column)),
        }
    }
}

/// A number, or a version if it has two points or more.
fn number(rest: &[char], column: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let is_part = |(place, character): &(usize, &char)| {
        character.is_ascii_alphanumeric()
            || matches!(character, '.' | '_')
            || (*place == 0 && **character == '-')
    };
    let text: String = rest.iter().enumerate().take_while(is_part).map(|(_, character)| character).collect();
    let length = text.len();
    let kind = if text.matches('.').count() < 2 {
        Number::parse(&text).map(TokenKind::Number)
    } else {
        Version::parse(&text).map(TokenKind::Version)
    };
    match kind {
        Some(kind) => Ok((kind, length)),
        None => Err(SyntaxProblem::NoNumber { text: shortened(&text) }.at(column)),
    }
}

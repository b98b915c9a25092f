//! From text to an expression (C1, C3), by recursive descent that is bounded before it begins.

use super::expression::{Expression, Function, Kind, Literal, Node, Status};
use super::token::{Token, TokenKind, tokens};
use super::verdict::shortened;
use crate::{Condition, limits};

/// Why a text is no expression (C3).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct SyntaxError {
    /// Where, counted in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: SyntaxProblem,
}

/// What is wrong with the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxProblem {
    /// Something else should stand there.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What may stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// No part of an expression begins with the character.
    #[error("expected a value, found {character:?}")]
    Character {
        /// The character.
        character: char,
    },
    /// A text has no quote at its end.
    #[error("expected a ' at the end of the text, found the end")]
    OpenText,
    /// It begins like a number and is none, or has too many digits.
    #[error("expected a number or a version, found {text}")]
    NoNumber {
        /// What stands there.
        text: String,
    },
    /// Nothing has this name.
    #[error("expected a function, `variables`, true, false or null, found {name}")]
    UnknownName {
        /// The name.
        name: String,
    },
    /// No function has this name.
    #[error("there is no function {name}")]
    UnknownFunction {
        /// The name.
        name: String,
    },
    /// `counter` counts on with each call, and a condition must be the same whenever it is asked.
    #[error("counter can't be used in a condition: it is not pure, each call counts on")]
    NotPure,
    /// A function is given too few arguments, or too many.
    #[error("{function} takes {takes}, found {found}")]
    Arguments {
        /// The function.
        function: &'static str,
        /// How many it takes, in words.
        takes: String,
        /// How many there are.
        found: usize,
    },
    /// The text is longer than [`limits::CONDITION_CHARACTERS`].
    #[error("an expression has at most {} characters, this has {found}", limits::CONDITION_CHARACTERS)]
    TooLong {
        /// How many characters it has.
        found: usize,
    },
    /// Parts stand in each other deeper than [`limits::CONDITION_DEPTH`].
    #[error("parts of an expression stand at most {} deep in each other", limits::CONDITION_DEPTH)]
    TooDeep,
    /// There are more parts than [`limits::CONDITION_PARTS`].
    #[error("an expression has at most {} parts", limits::CONDITION_PARTS)]
    TooManyParts,
}

impl SyntaxProblem {
    pub(super) const fn at(self, column: usize) -> SyntaxError {
        SyntaxError { column, problem: self }
    }
}

impl Expression {
    /// Reads the text of an expression.
    ///
    /// # Errors
    /// The first thing that is wrong with it, and its column.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let characters = text.chars().count();
        if characters > limits::CONDITION_CHARACTERS {
            let column = limits::CONDITION_CHARACTERS + 1;
            return Err(SyntaxProblem::TooLong { found: characters }.at(column));
        }
        let mut parser = Parser { tokens: tokens(text)?.into_iter(), parts: 0 };
        let (root, _) = parser.expression(1)?;
        match parser.next() {
            Token { kind: TokenKind::End, .. } => Ok(Self(root)),
            token => Err(expected("the end", &token)),
        }
    }
}

impl Condition {
    /// The condition that a text stands for: a status function that stands alone is the condition of its name, a blank text is
    /// `succeeded()`, and everything else an expression (C1).
    ///
    /// ```
    /// use cutover::Condition;
    ///
    /// assert_eq!(Condition::parse(" FAILED( )")?, Condition::Failed);
    /// assert_eq!(Condition::parse("eq(1, 1)")?, Condition::Expression("eq(1, 1)".into()));
    /// # Ok::<(), cutover::condition::SyntaxError>(())
    /// ```
    ///
    /// # Errors
    /// Where the text is no expression.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Succeeded);
        }
        let expression = Expression::parse(text)?;
        let Kind::Call { function: Function::Status(status), arguments } = &expression.0.kind else {
            return Ok(Self::Expression(text.to_owned()));
        };
        Ok(match status {
            Status::Succeeded if arguments.is_empty() => Self::Succeeded,
            Status::Failed if arguments.is_empty() => Self::Failed,
            Status::SucceededOrFailed if arguments.is_empty() => Self::SucceededOrFailed,
            Status::Always => Self::Always,
            Status::Succeeded | Status::Failed | Status::SucceededOrFailed | Status::Canceled => {
                Self::Expression(text.to_owned())
            }
        })
    }
}

fn expected(expected: &'static str, token: &Token) -> SyntaxError {
    SyntaxProblem::Expected { expected, found: token.kind.to_string() }.at(token.column)
}

struct Parser {
    tokens: std::vec::IntoIter<Token>,
    parts: usize,
}

/// A part, and how many parts stand in each other in it, itself included.
type Parsed = Result<(Node, usize), SyntaxError>;

impl Parser {
    /// The end stays the last, however often it is asked for.
    fn peek(&self) -> Option<&Token> {
        self.tokens.as_slice().first()
    }

    fn next(&mut self) -> Token {
        match self.tokens.as_slice() {
            [last] => last.clone(),
            [] | [_, ..] => self.tokens.next().unwrap_or(Token { column: 1, kind: TokenKind::End }),
        }
    }

    fn is_next(&self, kind: &TokenKind) -> bool {
        self.peek().is_some_and(|token| token.kind == *kind)
    }

    /// `depth`: in how many parts it stands, itself included. It bounds how deep this calls itself.
    fn expression(&mut self, depth: usize) -> Parsed {
        let (mut node, mut height) = self.value(depth)?;
        loop {
            let column = node.column;
            let (index, below) = if self.is_next(&TokenKind::OpenIndex) {
                self.next();
                let parsed = self.expression(depth + 1)?;
                match self.next() {
                    Token { kind: TokenKind::CloseIndex, .. } => parsed,
                    token => return Err(expected("]", &token)),
                }
            } else if self.is_next(&TokenKind::Dot) {
                self.next();
                match self.next() {
                    Token { kind: TokenKind::Name(name), column } => {
                        self.part(column, Kind::Literal(Literal::Text(name)), 1)?
                    }
                    token => return Err(expected("a name", &token)),
                }
            } else {
                return Ok((node, height));
            };
            let kind = Kind::Index { of: Box::new(node), index: Box::new(index) };
            (node, height) = self.part(column, kind, 1 + height.max(below))?;
        }
    }

    fn value(&mut self, depth: usize) -> Parsed {
        let Token { column, kind } = self.next();
        if depth > limits::CONDITION_DEPTH {
            return Err(SyntaxProblem::TooDeep.at(column));
        }
        let literal = match kind {
            TokenKind::Number(number) => Literal::Number(number),
            TokenKind::Version(version) => Literal::Version(version),
            TokenKind::Text(text) => Literal::Text(text),
            TokenKind::Name(name) if self.is_next(&TokenKind::Open) => {
                return self.call(column, &name, depth);
            }
            TokenKind::Name(name) => match name.to_ascii_lowercase().as_str() {
                "null" => Literal::Null,
                "true" => Literal::Boolean(true),
                "false" => Literal::Boolean(false),
                "variables" => return self.part(column, Kind::Variables, 1),
                _ if Function::named(&name).is_some() => {
                    let token = self.next();
                    return Err(expected("(", &token));
                }
                _ => return Err(SyntaxProblem::UnknownName { name: shortened(&name) }.at(column)),
            },
            TokenKind::Open
            | TokenKind::Close
            | TokenKind::OpenIndex
            | TokenKind::CloseIndex
            | TokenKind::Comma
            | TokenKind::Dot
            | TokenKind::End => return Err(expected("a value", &Token { column, kind })),
        };
        self.part(column, Kind::Literal(literal), 1)
    }

    fn call(&mut self, column: usize, name: &str, depth: usize) -> Parsed {
        if name.eq_ignore_ascii_case("counter") {
            return Err(SyntaxProblem::NotPure.at(column));
        }
        let Some(function) = Function::named(name) else {
            return Err(SyntaxProblem::UnknownFunction { name: shortened(name) }.at(column));
        };
        self.next();
        let mut arguments = Vec::new();
        let mut height = 0;
        if self.is_next(&TokenKind::Close) {
            self.next();
        } else {
            loop {
                let (argument, below) = self.expression(depth + 1)?;
                arguments.push(argument);
                height = height.max(below);
                match self.next() {
                    Token { kind: TokenKind::Comma, .. } => {}
                    Token { kind: TokenKind::Close, .. } => break,
                    token => return Err(expected(", or )", &token)),
                }
            }
        }
        check_arity(column, function, arguments.len())?;
        self.part(column, Kind::Call { function, arguments }, height + 1)
    }

    /// Every part is made here, so that no expression is larger or deeper than it may be.
    fn part(&mut self, column: usize, kind: Kind, height: usize) -> Parsed {
        self.parts += 1;
        if self.parts > limits::CONDITION_PARTS {
            return Err(SyntaxProblem::TooManyParts.at(column));
        }
        if height > limits::CONDITION_DEPTH {
            return Err(SyntaxProblem::TooDeep.at(column));
        }
        Ok((Node { column, kind }, height))
    }
}

fn check_arity(column: usize, function: Function, found: usize) -> Result<(), SyntaxError> {
    let (least, most) = function.arity();
    if found >= least && most.is_none_or(|most| found <= most) {
        return Ok(());
    }
    let takes = match (least, most) {
        (0, Some(0)) => "no arguments".to_owned(),
        (1, Some(1)) => "1 argument".to_owned(),
        (least, Some(_)) => format!("{least} arguments"),
        (1, None) => "at least 1 argument".to_owned(),
        (least, None) => format!("at least {least} arguments"),
    };
    Err(SyntaxProblem::Arguments { function: function.name(), takes, found }.at(column))
}

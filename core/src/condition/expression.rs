//! What an expression is once it is parsed (C1): values, variables and calls of functions.

use std::fmt;

use super::number::{Number, Version};

/// A condition that somebody wrote, parsed (C1). It is shown in one spelling, whatever it was written in.
///
/// ```
/// use cutover::condition::Expression;
///
/// let expression = Expression::parse("AND( Succeeded(), eq(Variables.color, 'blue') )")?;
/// assert_eq!(expression.to_string(), "and(succeeded(), eq(variables['color'], 'blue'))");
///
/// let error = Expression::parse("eq(1, 2").unwrap_err();
/// assert_eq!(error.to_string(), "column 8: expected , or ), found the end");
/// # Ok::<(), cutover::condition::SyntaxError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression(pub(super) Node);

/// A part of an expression, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Counted in characters, from 1.
    pub(super) column: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Literal(Literal),
    /// All variables together.
    Variables,
    /// `of['index']`, which may be written `of.index`.
    Index {
        of: Box<Node>,
        index: Box<Node>,
    },
    Call {
        function: Function,
        arguments: Vec<Node>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(Number),
    Version(Version),
    Text(String),
}

/// What can be called (C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    And,
    Or,
    Not,
    Xor,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    Contains,
    ContainsValue,
    StartsWith,
    EndsWith,
    Coalesce,
    Format,
    Join,
    Split,
    Length,
    Lower,
    Upper,
    Replace,
    Trim,
    Iif,
    Status(Status),
}

/// The functions that ask for what came before; their arguments, if they take any, are names of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Succeeded,
    Failed,
    Canceled,
    Always,
    SucceededOrFailed,
}

impl Function {
    pub(super) const ALL: [Self; 31] = [
        Self::And,
        Self::Or,
        Self::Not,
        Self::Xor,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::In,
        Self::NotIn,
        Self::Contains,
        Self::ContainsValue,
        Self::StartsWith,
        Self::EndsWith,
        Self::Coalesce,
        Self::Format,
        Self::Join,
        Self::Split,
        Self::Length,
        Self::Lower,
        Self::Upper,
        Self::Replace,
        Self::Trim,
        Self::Iif,
        Self::Status(Status::Succeeded),
        Self::Status(Status::Failed),
        Self::Status(Status::Canceled),
        Self::Status(Status::Always),
        Self::Status(Status::SucceededOrFailed),
    ];

    /// The function with this name, compared without case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.signature().0.eq_ignore_ascii_case(name))
    }

    pub(super) const fn name(self) -> &'static str {
        self.signature().0
    }

    /// How many arguments it takes at least, and at most; without `None` there is no most.
    pub(super) const fn arity(self) -> (usize, Option<usize>) {
        let (_, least, most) = self.signature();
        (least, most)
    }

    const fn signature(self) -> (&'static str, usize, Option<usize>) {
        match self {
            Self::And => ("and", 2, None),
            Self::Or => ("or", 2, None),
            Self::Not => ("not", 1, Some(1)),
            Self::Xor => ("xor", 2, Some(2)),
            Self::Eq => ("eq", 2, Some(2)),
            Self::Ne => ("ne", 2, Some(2)),
            Self::Lt => ("lt", 2, Some(2)),
            Self::Le => ("le", 2, Some(2)),
            Self::Gt => ("gt", 2, Some(2)),
            Self::Ge => ("ge", 2, Some(2)),
            Self::In => ("in", 1, None),
            Self::NotIn => ("notIn", 1, None),
            Self::Contains => ("contains", 2, Some(2)),
            Self::ContainsValue => ("containsValue", 2, Some(2)),
            Self::StartsWith => ("startsWith", 2, Some(2)),
            Self::EndsWith => ("endsWith", 2, Some(2)),
            Self::Coalesce => ("coalesce", 2, None),
            Self::Format => ("format", 1, None),
            Self::Join => ("join", 2, Some(2)),
            Self::Split => ("split", 2, Some(2)),
            Self::Length => ("length", 1, Some(1)),
            Self::Lower => ("lower", 1, Some(1)),
            Self::Upper => ("upper", 1, Some(1)),
            Self::Replace => ("replace", 3, Some(3)),
            Self::Trim => ("trim", 1, Some(1)),
            Self::Iif => ("iif", 3, Some(3)),
            Self::Status(Status::Succeeded) => ("succeeded", 0, None),
            Self::Status(Status::Failed) => ("failed", 0, None),
            Self::Status(Status::Canceled) => ("canceled", 0, Some(0)),
            Self::Status(Status::Always) => ("always", 0, Some(0)),
            Self::Status(Status::SucceededOrFailed) => ("succeededOrFailed", 0, None),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Literal(literal) => literal.fmt(f),
            Kind::Variables => f.write_str("variables"),
            Kind::Index { of, index } => write!(f, "{of}[{index}]"),
            Kind::Call { function, arguments } => {
                write!(f, "{}(", function.name())?;
                for (place, argument) in arguments.iter().enumerate() {
                    let between = if place == 0 { "" } else { ", " };
                    write!(f, "{between}{argument}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(number) => number.fmt(f),
            Self::Version(version) => version.fmt(f),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
        }
    }
}

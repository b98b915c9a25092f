//! What parts of an expression come to, and how values become values of another type, compare and are ordered (C2).

use std::cmp::Ordering;
use std::fmt;

use super::expression::Literal;
use super::number::{Number, Version};
use super::verdict::{EvaluationError, shortened};

/// What a part of an expression comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Number(Number),
    Version(Version),
    Text(String),
    /// What `split` makes of a text.
    List(Vec<String>),
    /// All variables together.
    Variables,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// `null`, and a variable that there is not.
    Null,
    /// True or false.
    Boolean,
    /// A decimal number.
    Number,
    /// A version of two to four parts.
    Version,
    /// A text.
    Text,
    /// A list of texts.
    List,
    /// All variables together.
    Variables,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Version => "a version",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Variables => "all variables",
        })
    }
}

impl From<&Literal> for Value {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Boolean(value) => Self::Boolean(*value),
            Literal::Number(number) => Self::Number(number.clone()),
            Literal::Version(version) => Self::Version(version.clone()),
            Literal::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// As an expression would write it, shortened.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(number) => number.fmt(f),
            Self::Version(version) => version.fmt(f),
            Self::Text(text) => write!(f, "'{}'", shortened(text).replace('\'', "''")),
            Self::List(items) => write!(f, "a list of {}", items.len()),
            Self::Variables => f.write_str("all variables"),
        }
    }
}

impl Value {
    const fn type_of(&self) -> ValueType {
        match self {
            Self::Null => ValueType::Null,
            Self::Boolean(_) => ValueType::Boolean,
            Self::Number(_) => ValueType::Number,
            Self::Version(_) => ValueType::Version,
            Self::Text(_) => ValueType::Text,
            Self::List(_) => ValueType::List,
            Self::Variables => ValueType::Variables,
        }
    }

    /// Everything is true but false, null, 0 and the empty text.
    pub(super) fn to_boolean(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Boolean(value) => *value,
            Self::Number(number) => !number.is_zero(),
            Self::Text(text) => !text.is_empty(),
            Self::Version(_) | Self::List(_) | Self::Variables => true,
        }
    }

    pub(super) fn to_text(&self) -> Result<String, EvaluationError> {
        match self {
            Self::Null => Ok(String::new()),
            Self::Boolean(true) => Ok("True".to_owned()),
            Self::Boolean(false) => Ok("False".to_owned()),
            Self::Number(number) => Ok(number.to_string()),
            Self::Version(version) => Ok(version.to_string()),
            Self::Text(text) => Ok(text.clone()),
            Self::List(_) | Self::Variables => Err(self.does_not_convert(ValueType::Text)),
        }
    }

    pub(super) fn to_number(&self) -> Result<Number, EvaluationError> {
        let number = match self {
            Self::Null => Some(Number::of(0)),
            Self::Boolean(value) => Some(Number::of(usize::from(*value))),
            Self::Number(number) => Some(number.clone()),
            Self::Text(text) => Number::of_text(text),
            Self::Version(_) | Self::List(_) | Self::Variables => None,
        };
        number.ok_or_else(|| self.does_not_convert(ValueType::Number))
    }

    fn to_version(&self) -> Result<Version, EvaluationError> {
        let version = match self {
            Self::Number(number) => Version::of_number(number),
            Self::Version(version) => Some(version.clone()),
            Self::Text(text) => Version::parse(text),
            Self::Null | Self::Boolean(_) | Self::List(_) | Self::Variables => None,
        };
        version.ok_or_else(|| self.does_not_convert(ValueType::Version))
    }

    fn does_not_convert(&self, to: ValueType) -> EvaluationError {
        EvaluationError::DoesNotConvert { value: self.to_string(), from: self.type_of(), to }
    }
}

/// Whether two values are equal once the right one has the type of the left one; what does not convert is not equal (C2).
pub(super) fn are_equal(left: &Value, right: &Value) -> bool {
    match left {
        Value::Null => match right {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::Boolean(_) | Value::Number(_) | Value::Version(_) | Value::List(_) | Value::Variables => {
                false
            }
        },
        Value::Boolean(_) | Value::Number(_) | Value::Version(_) | Value::Text(_) => {
            order(left, right) == Ok(Ordering::Equal)
        }
        // Lists and objects are equal to nothing: there is no way to write one down.
        Value::List(_) | Value::Variables => false,
    }
}

/// How two values are ordered once the right one has the type of the left one (C2). Null counts as 0.
///
/// # Errors
/// [`EvaluationError::DoesNotConvert`].
pub(super) fn order(left: &Value, right: &Value) -> Result<Ordering, EvaluationError> {
    match left {
        Value::Boolean(left) => Ok(left.cmp(&right.to_boolean())),
        Value::Text(left) => Ok(left.chars().map(upper).cmp(right.to_text()?.chars().map(upper))),
        Value::Version(left) => Ok(left.cmp(&right.to_version()?)),
        Value::Null | Value::Number(_) | Value::List(_) | Value::Variables => {
            Ok(left.to_number()?.cmp(&right.to_number()?))
        }
    }
}

/// A text in the form in which its parts are compared without case.
pub(super) fn without_case(text: &str) -> String {
    text.chars().map(upper).collect()
}

/// The upper case of a character, where that is one character. Texts are in the order of these, as .NET has it.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        (Some(_), Some(_)) | (None, _) => character,
    }
}

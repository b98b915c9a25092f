//! What comes of asking a condition, and why.

use std::fmt;

use super::parse::SyntaxError;
use super::value::ValueType;
use crate::limits;
use crate::variable::ExpandError;

/// Whether a condition holds, and what was found on the way (C2, J5). Shown, it is a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What came of it.
    pub outcome: Outcome,
    /// What the parts came to, in the order in which they were looked at; the last one is the condition as a whole, unless it failed.
    /// At most [`limits::CONDITION_FINDINGS`].
    pub findings: Vec<Finding>,
}

/// What came of asking a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not hold.
    DoesNotHold,
    /// It cannot be said, and so it does not hold (C2).
    Failed(EvaluationError),
}

/// What one part of a condition came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The part, as an expression writes it.
    pub part: String,
    /// Its value, as an expression writes it.
    pub value: String,
}

/// Why it cannot be said whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Its text is no expression.
    #[error("{0}")]
    Syntax(#[from] SyntaxError),
    /// A value is needed as one of another type.
    #[error("{value} is {from}, and does not convert to {to}")]
    DoesNotConvert {
        /// The value, shortened.
        value: String,
        /// What it is.
        from: ValueType,
        /// What is needed.
        to: ValueType,
    },
    /// The text of a `format` has a brace of its own, or one that is not closed.
    #[error("{text:?} is no format: {{0}} stands for the first value after it, {{{{ for a brace")]
    Format {
        /// The text, shortened.
        text: String,
    },
    /// A variable is a secret, or stands for one (C3).
    #[error("the variable {name} is a secret, or refers to one")]
    Secret {
        /// Its name.
        name: String,
    },
    /// The value of a variable cannot be said (V3).
    #[error("the variable {name}: {source}")]
    Variable {
        /// Its name.
        name: String,
        /// Why.
        source: ExpandError,
    },
    /// A text would be longer than [`limits::CONDITION_TEXT_BYTES`].
    #[error("a text would be longer than {} bytes", limits::CONDITION_TEXT_BYTES)]
    TooLong,
    /// The texts together would be longer than [`limits::CONDITION_WORK_BYTES`].
    #[error("its texts together are longer than {} bytes", limits::CONDITION_WORK_BYTES)]
    TooMuch,
}

impl Verdict {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        match self.outcome {
            Outcome::Holds => true,
            Outcome::DoesNotHold | Outcome::Failed(_) => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = match (&self.outcome, self.findings.split_last()) {
            (Outcome::Failed(error), _) => {
                error.fmt(f)?;
                self.findings.as_slice()
            }
            (Outcome::Holds | Outcome::DoesNotHold, Some((whole, findings))) => {
                write!(f, "{} is {}", whole.part, self.holds())?;
                findings
            }
            (Outcome::Holds | Outcome::DoesNotHold, None) => return write!(f, "it is {}", self.holds()),
        };
        for (place, finding) in findings.iter().enumerate() {
            let between = if place == 0 { ": " } else { ", " };
            write!(f, "{between}{} is {}", finding.part, finding.value)?;
        }
        Ok(())
    }
}

/// The beginning of a text, for people.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 100;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

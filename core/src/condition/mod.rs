//! Whether a task or a job runs: what came before it, and expressions that ask for more (J5, C).
//!
//! ```text
//! expression = value { "[" expression "]" | "." name }
//! value      = "true" | "false" | "null" | number | version | text | "variables" | call
//! call       = function "(" [ expression { "," expression } ] ")"
//! number     = -1.5, .5, 0xFF     version = 1.2.3 or 1.2.3.4     text = 'it''s'
//! ```
//!
//! The names of functions and variables are compared without case. Comparing gives the right side the type of the left side. What can't
//! be said, such as whether `'abc'` is less than 1, makes the condition false, and the verdict says so.
//!
//! Pure policy: nothing here decides what follows from a verdict, nor where the variables come from. An expression is kept as its text
//! ([`Condition::Expression`](crate::Condition)), parsed when its pipeline is saved, and again when it is asked. It never sees a
//! secret.
//!
//! ```
//! use cutover::condition::{Before, Facts, Outcome, holds};
//! use cutover::{Condition, variable::Scopes};
//!
//! let facts = Facts { before: Before { failed: true, ..Before::default() }, variables: &|| Scopes::new().resolve(), jobs: &|_| None };
//! let ask = |text: &str| holds(&Condition::Expression(text.into()), &facts);
//!
//! assert!(ask("or(succeeded(), eq(1.2.3, '1.2.3'))").holds());
//! assert_eq!(ask("eq(1, 'abc')").outcome, Outcome::DoesNotHold);
//! let failed = ask("not(lt(1, 'abc'))");
//! assert!(!failed.holds());
//! assert_eq!(failed.to_string(), "'abc' is a text, and does not convert to a number");
//! ```
//!
//! Read `parse.rs` first, then `evaluate.rs`; `value.rs` has the conversions, `check.rs` what is judged when a pipeline is saved.

mod check;
mod evaluate;
mod expression;
mod number;
mod parse;
mod status;
mod text;
mod token;
mod value;
mod verdict;

pub(crate) use check::Scene;
pub use evaluate::{Facts, holds};
pub use expression::Expression;
pub use parse::{SyntaxError, SyntaxProblem};
pub use status::Before;
pub use value::ValueType;
pub use verdict::{EvaluationError, Finding, Outcome, Verdict};

#[cfg(test)]
mod tests;

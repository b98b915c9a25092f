//! Variables: which value a name has where a task runs, and texts in which names stand for values (V).
//!
//! It is not where values are kept: they come from the release's snapshot, from people and from tasks. And it never sees a secret:
//! a secret is a name here, which stays as it is written until a runner resolves it (V4).
//! Read [`Scopes`] first, then [`expand`].

mod environment;
mod expand;
mod given;
mod scope;

pub use environment::environment_name;
pub use expand::{ExpandError, Expanded, expand, replace};
pub use given::ValuesRefusal;
pub use scope::{Resolved, ResolvedVariable, Scope, Scopes};

pub(crate) use given::expect_given;

#[cfg(test)]
mod tests;

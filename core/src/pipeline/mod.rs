//! Release pipelines.
mod definition;
mod validate;

pub use definition::*;
pub use validate::{Problem, Problems, validate};

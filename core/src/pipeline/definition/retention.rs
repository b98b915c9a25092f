//! How long releases are kept (K).

use serde::{Deserialize, Serialize};

/// How long the releases that were deployed to a stage are kept (K1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days since the last deployment: 1 to 365.
    pub days: u32,
    /// How many releases are kept whatever their age: 0 to 25.
    pub releases: u32,
    /// Whether their builds are kept too.
    pub keep_build: bool,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 30, releases: 3, keep_build: true }
    }
}

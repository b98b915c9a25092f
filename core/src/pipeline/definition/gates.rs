//! What must be healthy before or after a deployment (G).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TaskRef;

/// Gates on one side of a stage's jobs, sampled together until all of them succeed (G1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gates {
    /// Whether they are evaluated at all. Gates that are enabled without any gate are as if absent.
    pub enabled: bool,
    /// What is evaluated.
    pub gates: Vec<Gate>,
    /// Minutes before the first sample: 0 to 2,880.
    pub delay_minutes: u32,
    /// Seconds between samples: at least 1.
    pub sampling_interval_seconds: u32,
    /// Minutes for which all gates must go on succeeding; 0: one sample is enough.
    pub minimum_success_minutes: u32,
    /// Minutes from the beginning after which the gates fail: at most 21,600 (15 days).
    pub timeout_minutes: u32,
}

/// One thing that is evaluated in each sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// For people.
    pub name: String,
    /// What evaluates it.
    pub task: TaskRef,
    /// What it is told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// A gate that is not enabled counts as absent.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            enabled: true,
            gates: Vec::new(),
            delay_minutes: 5,
            sampling_interval_seconds: 15 * 60,
            minimum_success_minutes: 0,
            timeout_minutes: 24 * 60,
        }
    }
}

impl Gates {
    /// Whether anything is evaluated.
    pub fn is_in_force(&self) -> bool {
        self.enabled && self.gates.iter().any(|gate| gate.enabled)
    }
}

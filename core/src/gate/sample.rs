//! What a sample is: as an engine took it, and as it is recorded (G2, G3, G8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SampleNumber;

/// What a gate answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// All is well.
    Succeeded,
    /// Something is not, or the gate could not be evaluated.
    Failed,
}

/// What one gate came to in one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateResult {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It did not answer before the next sample began, which counts as failed (G3).
    NoAnswer,
    /// Somebody ignored it, which counts as succeeded (G6).
    Ignored,
}

impl GateResult {
    /// Whether it counts as succeeded.
    pub const fn is_success(self) -> bool {
        match self {
            Self::Succeeded | Self::Ignored => true,
            Self::Failed | Self::NoAnswer => false,
        }
    }
}

/// A sample as an engine took it, to be concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub sample: SampleNumber,
    /// What was answered in time, by the gate's place in the definition. Who is missing did not answer.
    pub answers: BTreeMap<u32, Answer>,
    /// What the engine took before it and did not record; `None`: nothing, or it does not know.
    pub unrecorded: Option<Unrecorded>,
}

/// Samples that were taken, were equal to the newest one on record, and were not recorded themselves (G8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrecorded {
    /// The sample on record that they are equal to.
    pub after: SampleNumber,
    /// How many: at least 1.
    pub count: u32,
    /// The newest of them.
    pub latest: SampleNumber,
}

/// A sample as it is recorded, with all that was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sampled {
    /// Its number.
    pub sample: SampleNumber,
    /// What each gate came to, by its place in the definition.
    pub results: BTreeMap<u32, GateResult>,
    /// How many samples equal to the one on record before were taken since, and not recorded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unrecorded: u32,
    /// The sample from which on all have succeeded, this one included (G4); `None` if not all succeed in this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steady_from: Option<SampleNumber>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Whether a sample that leaves the gates waiting must be recorded (G8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// It must.
    Needed(RecordReason),
    /// It need not: it is counted.
    NotNeeded,
}

/// Why a sample must be recorded (G8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordReason {
    /// It is the first.
    First,
    /// A gate came to something else than in the sample before.
    Changed,
    /// The minimum duration starts again with it, since samples were skipped (G2).
    StartsAgain,
    /// It is the hundredth of equal ones.
    Count,
    /// The next would come more than ten minutes after the last one on record.
    Time,
}

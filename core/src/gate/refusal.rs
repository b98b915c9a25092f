use super::SampleNumber;

/// Why a sample is not concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleRefusal {
    /// The gates have passed or timed out.
    #[error("the gates are over")]
    Over,
    /// It, or a later one, is on record: the same command came twice, or another engine was quicker.
    #[error("sample {sample} is not newer than sample {recorded}, which is on record")]
    AlreadyRecorded {
        /// What was to be concluded.
        sample: SampleNumber,
        /// The newest on record.
        recorded: SampleNumber,
    },
    /// Its time has not come.
    #[error("sample {0} has not begun")]
    NotBegun(SampleNumber),
    /// It begins only after the gates have timed out.
    #[error("sample {0} would begin after the gates have timed out")]
    NeverBegins(SampleNumber),
    /// A gate has not answered, and still may (G3).
    #[error("gate {gate} still may answer in sample {sample}")]
    StillOpen {
        /// What was to be concluded.
        sample: SampleNumber,
        /// The first gate that has not answered, by its place in the definition.
        gate: u32,
    },
}

/// Why an answer is not heard. None of these is a defect: the answer is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerRefusal {
    /// Its sample is not open: it was concluded, or it was begun by an engine that is gone (G3).
    #[error("sample {0} is not open")]
    NotOpen(SampleNumber),
    /// The next sample has begun, or the gates have timed out, at this moment or before (G3, G5).
    #[error("the answer comes too late for sample {0}")]
    TooLate(SampleNumber),
    /// There is no such gate in the sample.
    #[error("there is no gate {0}")]
    UnknownGate(u32),
    /// It has answered in this sample.
    #[error("gate {0} has answered already")]
    AlreadyAnswered(u32),
}

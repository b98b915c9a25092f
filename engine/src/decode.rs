use cutover::store::RecordedEvent;
use cutover::transaction::{FoldError, Happening};
use cutover::{Event, Subject};

/// Reads a recorded event.
pub(crate) fn happening(recorded: &RecordedEvent) -> Result<Happening, FoldError> {
    let subject = Subject::try_from(&recorded.stream)?;
    let event = Event::decode(subject, recorded).map_err(|source| FoldError::Decode {
        subject,
        sequence: recorded.sequence,
        source,
    })?;
    Ok(Happening { subject, event, cause: recorded.cause })
}

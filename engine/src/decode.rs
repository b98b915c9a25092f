use cutover::store::RecordedEvent;
use cutover::transaction::{FoldError, Happening};
use cutover::{Event, Subject};

/// Reads a recorded event.
pub(crate) fn happening(recorded: &RecordedEvent) -> Result<Happening, FoldError> {
    let subject = Subject::try_from(&recorded.stream)?;
    let event = Event::decode(&subject, recorded);
    match event {
        Ok(event) => Ok(Happening { subject, event, cause: recorded.cause }),
        Err(source) => Err(FoldError::Decode { subject, sequence: recorded.sequence, source }),
    }
}

use crate::Actor;
use crate::store::{Cause, RecordedCommit};

/// Who caused an event of the commit, given by its place: who gave the command, or the system where a moment came. What a deadline
/// led to is not laid at the door of whoever came next.
pub fn caused_by(commit: &RecordedCommit, place: u32) -> Actor {
    let mut place = place;
    loop {
        let event = usize::try_from(place).ok().and_then(|place| commit.events.get(place));
        match event.map(|event| event.cause) {
            Some(Cause::Event(earlier)) if earlier < place => place = earlier,
            Some(Cause::Deadline) => return Actor::System,
            Some(Cause::Command | Cause::Event(_)) | None => return commit.header.actor.clone(),
        }
    }
}

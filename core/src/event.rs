//! Every event by its stored name: how it is written, and read again (stored names are never renamed and never reused).

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{Json, RecordedEvent};
use crate::{Event, Subject};

/// The version of the payloads' shapes that this code writes. A shape that changes gets a number of its own, and a function that
/// brings the older one up to it.
const SCHEMA: u32 = 1;

/// Why an event could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A kind of event that this version does not know: it was written by a later one.
    #[error(
        "events named {name:?} (schema {schema}) are not known to this version: open the store with the version that wrote them, or a later one"
    )]
    Unknown {
        /// The stored name.
        name: String,
        /// The version of its payload's shape.
        schema: u32,
    },
    /// The payload is not what the name says.
    #[error("an event named {name:?} does not say what such an event says")]
    Malformed {
        /// The stored name.
        name: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

impl Event {
    /// Every stored name that this version knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().copied().flatten().copied()
    }

    /// Its stored name, the version of its payload's shape, and its payload.
    ///
    /// # Errors
    /// What JSON can't write, or a name that is not in the list of stored names; nothing that this crate decides.
    pub fn encode(&self) -> Result<(&'static str, u32, Json), serde_json::Error> {
        let (name, payload) = self.write()?;
        Ok((name, SCHEMA, payload))
    }

    /// Reads an event of the subject that its stream is about.
    ///
    /// # Errors
    /// [`DecodeError::Unknown`] for what a later version wrote, [`DecodeError::Malformed`] for a payload that does not fit its name.
    pub fn decode(subject: &Subject, recorded: &RecordedEvent) -> Result<Self, DecodeError> {
        let RecordedEvent { name, schema, payload, .. } = recorded;
        let read = if *schema == SCHEMA { Self::read(subject, name, payload) } else { None };
        match read {
            Some(read) => read.map_err(|source| DecodeError::Malformed { name: name.to_string(), source }),
            None => Err(DecodeError::Unknown { name: name.to_string(), schema: *schema }),
        }
    }
}

/// An event is written as `{"name":payload}`: takes the two apart. `names` are those that it may have.
pub(crate) fn untag<E: Serialize>(
    event: &E,
    names: &[&'static [&'static str]],
) -> Result<(&'static str, Json), serde_json::Error> {
    let tagged = serde_json::to_string(event)?;
    let parts = tagged
        .strip_prefix("{\"")
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|rest| rest.split_once('"'))
        .and_then(|(name, rest)| Some((name, rest.strip_prefix(':')?)));
    let (name, payload) = parts.ok_or_else(|| serde::ser::Error::custom("an event without a name"))?;
    let known = names.iter().copied().flatten().find(|known| **known == name);
    let name = known.ok_or_else(|| serde::ser::Error::custom(format!("no event is named {name:?}")))?;
    Ok((name, Json::parse(payload)?))
}

/// Puts name and payload together again, and reads them.
pub(crate) fn retag<E: DeserializeOwned>(name: &str, payload: &Json) -> Result<E, serde_json::Error> {
    serde_json::from_str(&format!("{{\"{name}\":{payload}}}"))
}

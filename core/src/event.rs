//! Every event by its stored name: how it is written, and read again (stored names are never renamed and never reused).

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Subject;
use crate::deployment::DeploymentEvent;
use crate::directory::DirectoryEvent;
use crate::pipeline::PipelineEvent;
use crate::queue::QueueEvent;
use crate::release::ReleaseEvent;
use crate::snapshot::SnapshotEvent;
use crate::store::{Json, RecordedEvent};

/// Something that became true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Of the directory.
    Directory(DirectoryEvent),
    /// Of a pipeline.
    Pipeline(PipelineEvent),
    /// Of a snapshot.
    Snapshot(SnapshotEvent),
    /// Of a release or one of its deployments.
    Release(ReleaseEvent),
    /// Of a stage's queue.
    Queue(QueueEvent),
}

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
        [
            DirectoryEvent::NAMES,
            PipelineEvent::NAMES,
            SnapshotEvent::NAMES,
            ReleaseEvent::NAMES,
            DeploymentEvent::NAMES,
            QueueEvent::NAMES,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

    /// Its stored name, the version of its payload's shape, and its payload.
    ///
    /// # Errors
    /// What JSON can't write; nothing that this crate decides.
    pub fn encode(&self) -> Result<(String, u32, Json), serde_json::Error> {
        let (name, payload) = match self {
            Self::Directory(event) => untag(event),
            Self::Pipeline(event) => untag(event),
            Self::Snapshot(event) => untag(event),
            Self::Release(event) => untag(event),
            Self::Queue(event) => untag(event),
        }?;
        Ok((name, SCHEMA, payload))
    }

    /// Reads an event of the subject that its stream is about.
    ///
    /// # Errors
    /// [`DecodeError::Unknown`] for what a later version wrote, [`DecodeError::Malformed`] for a payload that does not fit its name.
    pub fn decode(subject: Subject, recorded: &RecordedEvent) -> Result<Self, DecodeError> {
        let known: &[&str] = match subject {
            Subject::Directory => DirectoryEvent::NAMES,
            Subject::Pipeline(_) => PipelineEvent::NAMES,
            Subject::Snapshot(_) => SnapshotEvent::NAMES,
            Subject::Release(_) => ReleaseEvent::NAMES,
            Subject::Queue(_) => QueueEvent::NAMES,
        };
        let name = recorded.name.as_str();
        let of_deployment = matches!(subject, Subject::Release(_)) && DeploymentEvent::NAMES.contains(&name);
        if recorded.schema != SCHEMA || !(of_deployment || known.contains(&name)) {
            return Err(DecodeError::Unknown { name: name.to_owned(), schema: recorded.schema });
        }
        match subject {
            Subject::Directory => retag(recorded).map(Self::Directory),
            Subject::Pipeline(_) => retag(recorded).map(Self::Pipeline),
            Subject::Snapshot(_) => retag(recorded).map(Self::Snapshot),
            Subject::Release(_) if of_deployment => {
                retag(recorded).map(|event| Self::Release(ReleaseEvent::Deployment(event)))
            }
            Subject::Release(_) => retag(recorded).map(Self::Release),
            Subject::Queue(_) => retag(recorded).map(Self::Queue),
        }
    }
}

/// An event is written as `{"name":payload}`: takes the two apart.
fn untag<E: Serialize>(event: &E) -> Result<(String, Json), serde_json::Error> {
    let tagged = serde_json::to_string(event)?;
    let parts = tagged
        .strip_prefix("{\"")
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|rest| rest.split_once("\":"));
    let (name, payload) = parts.ok_or_else(|| serde::ser::Error::custom("an event without a name"))?;
    Ok((name.to_owned(), Json::parse(payload)?))
}

/// Puts name and payload together again, and reads them.
fn retag<E: DeserializeOwned>(recorded: &RecordedEvent) -> Result<E, DecodeError> {
    let tagged = format!("{{\"{}\":{}}}", recorded.name, recorded.payload);
    serde_json::from_str(&tagged)
        .map_err(|source| DecodeError::Malformed { name: recorded.name.clone(), source })
}

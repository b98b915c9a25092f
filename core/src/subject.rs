//! What a stream is about.

use std::fmt;

use crate::store::StreamId;
use crate::{Digest, InvalidId, PipelineId, QueueId, ReleaseId, StageId};

/// The thing that a stream's events are about: one aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `directory`: the names of pipelines, and the ids that are handed out.
    Directory,
    /// `pipeline/{id}`: a release pipeline.
    Pipeline(PipelineId),
    /// `snapshot/{digest}`: a definition as releases froze it, kept once however many they are.
    Snapshot(Digest),
    /// `release/{id}`: a release, with its deployments.
    Release(ReleaseId),
    /// `queue/{pipeline}/{stage}`: the queue of one stage, across releases.
    Queue(QueueId),
}

impl Subject {
    /// The name of the subject's stream.
    pub fn stream(&self) -> StreamId {
        StreamId::of_subject(&self.to_string())
    }

    /// Whether nothing ever changes it once it exists, so that a decision which read it needs no guard.
    pub const fn is_immutable(&self) -> bool {
        matches!(self, Self::Snapshot(_))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("directory"),
            Self::Pipeline(id) => write!(f, "pipeline/{id}"),
            Self::Snapshot(digest) => write!(f, "snapshot/{digest}"),
            Self::Release(id) => write!(f, "release/{id}"),
            Self::Queue(QueueId { pipeline, stage }) => write!(f, "queue/{pipeline}/{stage}"),
        }
    }
}

impl TryFrom<&StreamId> for Subject {
    type Error = InvalidId;

    fn try_from(stream: &StreamId) -> Result<Self, Self::Error> {
        let text = stream.as_str();
        let parsed = match text.split_once('/') {
            None if text == "directory" => Some(Self::Directory),
            Some(("pipeline", id)) => id.parse().ok().map(|id| Self::Pipeline(PipelineId(id))),
            Some(("snapshot", digest)) => digest.parse().ok().map(Self::Snapshot),
            Some(("release", id)) => id.parse().ok().map(|id| Self::Release(ReleaseId(id))),
            Some(("queue", id)) => id.split_once('/').and_then(|(pipeline, stage)| {
                let pipeline = PipelineId(pipeline.parse().ok()?);
                Some(Self::Queue(QueueId { pipeline, stage: StageId(stage.parse().ok()?) }))
            }),
            Some(_) | None => None,
        };
        parsed.ok_or_else(|| InvalidId {
            text: text.to_owned(),
            what: "the stream of an aggregate of this version",
        })
    }
}

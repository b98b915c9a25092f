//! What a stream is about, by the stream's name.

use crate::store::StreamId;
use crate::{InvalidId, Subject};

impl Subject {
    /// The name of the subject's stream.
    pub fn stream(&self) -> StreamId {
        StreamId::of_subject(&self.to_string())
    }

    /// Whether there is only one of its kind in a store.
    pub const fn is_single(&self) -> bool {
        match self {
            Self::Directory | Self::Freezes | Self::Locks | Self::Permissions => true,
            Self::Artifact(_)
            | Self::VariableGroup(_)
            | Self::Cursor(_)
            | Self::Pipeline(_)
            | Self::PipelineStatus(_)
            | Self::Snapshot(_)
            | Self::Release(_)
            | Self::Queue(_) => false,
        }
    }

    /// Whether nothing ever changes it once it exists, so that a decision which read it needs no guard.
    pub const fn is_immutable(&self) -> bool {
        matches!(self, Self::Snapshot(_))
    }
}

impl TryFrom<&StreamId> for Subject {
    type Error = InvalidId;

    fn try_from(stream: &StreamId) -> Result<Self, Self::Error> {
        let (kind, rest) = parts(stream.as_str());
        Self::of_kind(kind, rest).ok_or_else(|| InvalidId {
            text: stream.as_str().to_owned(),
            what: "the stream of an aggregate of this version",
        })
    }
}

/// The kind of aggregate that a stream's name begins with, and its id: all that follows the first `/`, which may hold others.
fn parts(name: &str) -> (&str, Option<&str>) {
    match name.split_once('/') {
        Some((kind, rest)) => (kind, Some(rest)),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digest, PipelineId, QueueId, ReleaseId, SourceId, StageId, VariableGroupId};

    #[test]
    fn a_streams_name_gives_the_subject_back() -> Result<(), InvalidId> {
        let queue = QueueId { pipeline: PipelineId(u64::MAX), stage: StageId(u32::MAX) };
        for (subject, name) in [
            (Subject::Directory, "directory".to_owned()),
            (Subject::Pipeline(PipelineId(3)), "pipeline/3".to_owned()),
            (Subject::Snapshot(Digest::of(b"")), format!("snapshot/{}", Digest::of(b""))),
            (Subject::Release(ReleaseId(17)), "release/17".to_owned()),
            (Subject::Freezes, "freezes".to_owned()),
            (
                Subject::VariableGroup(VariableGroupId::new("web shop/eu")?),
                "variables/web shop/eu".to_owned(),
            ),
            (Subject::Permissions, "permissions".to_owned()),
            (Subject::Queue(queue), "queue/18446744073709551615/4294967295".to_owned()),
        ] {
            assert_eq!(subject.stream().as_str(), name);
            assert_eq!(Subject::try_from(&subject.stream())?, subject);
        }
        Ok(())
    }

    #[test]
    fn what_is_no_stream_of_an_aggregate_is_refused_with_its_name() {
        for name in
            ["directory/", "directory/1", "pipeline", "pipeline/", "queue/1", "queue/1/", "release/x", "?/1"]
        {
            let stream = StreamId::new(name).expect("a short name");
            assert_eq!(Subject::try_from(&stream).expect_err(name).text, name);
        }
    }

    #[test]
    fn a_textual_id_may_hold_slashes_and_any_unicode() -> Result<(), InvalidId> {
        for text in ["octo/shop web", "/", "//a/", "ünï/код/倉庫", "a\u{200d}b", " "] {
            let name = format!("artifact/{}", SourceId::new(text)?);
            let (kind, rest) = parts(&name);
            assert_eq!((kind, rest), ("artifact", Some(text)));
            assert_eq!(text.parse::<SourceId>()?.as_str(), text);
        }
        Ok(())
    }
}

//! A type for every id, so that one is never taken for another.
//!
//! Ids are natural: a deployment is a release, a stage and an attempt; a task is a deployment and its places. So a decision that is
//! taken again gives the same ids, and a person who reads a log knows what an id stands for.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::limits;

mod placed;

pub use placed::{ApprovalId, DeploymentId, GateId, JobId, Moment, QueueId, SliceId, TaskId};

/// A text that is not the id that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}")]
pub struct InvalidId {
    /// The text.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($number:ty), $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $number);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let number = text.parse().map_err(|_| InvalidId { text: text.to_owned(), what: $what })?;
                Ok(Self(number))
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        text_id! { $(#[$doc])* $name, $what, "Takes the text as it is.", std::convert::identity }
    };
    ($(#[$doc:meta])* $name:ident, $what:literal, $takes:literal, $form:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            #[doc = $takes]
            ///
            /// # Errors
            /// [`InvalidId`] if it is empty, longer than [`limits::ID_BYTES`], or holds a control character.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text: String = $form(text.into());
                if text.is_empty() || text.len() > limits::ID_BYTES || text.chars().any(char::is_control) {
                    return Err(InvalidId { text, what: $what });
                }
                Ok(Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

number_id! {
    /// A release pipeline: unique in the store, never reused.
    PipelineId(u64), "a pipeline's id, a number"
}
number_id! {
    /// A release: unique in the store over all pipelines, never reused (R1).
    ReleaseId(u64), "a release's id, a number"
}
number_id! {
    /// A stage of a pipeline: stable over the pipeline's revisions, never given to another stage of it (P3).
    StageId(u32), "a stage's id, a number"
}

/// A schedule of a pipeline's triggers or of a stage: stable over the pipeline's revisions, unique among the pipeline's triggers or
/// among the stage's schedules (X2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScheduleId(pub u32);

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_id! {
    /// A person, by the opaque id that the host's identities know (E5).
    UserId, "a user's id"
}
text_id! {
    /// A group of people, by the opaque id that the host's identities know.
    GroupId, "a group's id"
}
text_id! {
    /// A command, given by its caller or drawn by the engine: a command that comes twice with the same id is carried out once.
    CommandId, "a command's id"
}
text_id! {
    /// One attempt to commit, drawn by the engine: by it a commit whose answer was lost is recognised in the log.
    CommitId, "a commit's id"
}
text_id! {
    /// An engine, by the name that its host gave it, the same over restarts.
    EngineId, "an engine's id"
}
text_id! {
    /// One life of an engine, from its start to its end.
    IncarnationId, "an engine's incarnation"
}
text_id! {
    /// An artifact source, whose versions are published under it (A1).
    SourceId, "an artifact source's id"
}
text_id! {
    /// A cursor: who is told of notifications by it, by the name that the host gave it (E4).
    CursorId, "a cursor's id"
}
text_id! {
    /// A variable group (V2).
    VariableGroupId, "a variable group's id"
}
text_id! {
    /// A pool of agents that run jobs, by its name in small letters: names that differ only in case are the same pool (J11).
    PoolId, "a pool's id", "Takes the text in small letters.", |text: String| crate::fold(&text)
}
text_id! {
    /// An agent, within its pool (J11).
    AgentId, "an agent's id"
}
text_id! {
    /// A deployment group: the targets that a job runs on (J3).
    TargetGroupId, "a target group's id"
}
text_id! {
    /// A target of a deployment group: a machine mostly (J3).
    TargetId, "a target's id"
}
text_id! {
    /// A lock group: no more of the stages that name it run at a time than it has room for (Q8).
    LockGroupId, "a lock group's id"
}
text_id! {
    /// A freeze: a window in which nothing is deployed (F1).
    FreezeId, "a freeze's id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_as_they_are_written() -> Result<(), InvalidId> {
        for text in ["17/2#1", "18446744073709551615/4294967295#4294967295"] {
            assert_eq!(text.parse::<DeploymentId>()?.to_string(), text);
        }
        assert_eq!("17/2#1.0".parse::<JobId>()?.to_string(), "17/2#1.0");
        assert_eq!("17/2#1.0.3".parse::<TaskId>()?.to_string(), "17/2#1.0.3");
        assert_eq!("17/2#1.0.3~2".parse::<TaskId>()?.to_string(), "17/2#1.0.3~2");
        assert_eq!("17/2#1.0.3~2".parse::<TaskId>()?.retry, 2);
        assert_eq!("17/2#1.0:1".parse::<SliceId>()?.to_string(), "17/2#1.0:1");
        assert_eq!("17/2#1.0:0".parse::<SliceId>()?.to_string(), "17/2#1.0:0");
        assert_eq!("17/2#1.0:4.3~2".parse::<TaskId>()?.to_string(), "17/2#1.0:4.3~2");
        assert_eq!("17/2#1.0:4.3".parse::<TaskId>()?.slice, 4);
        assert_eq!("17/2#1-pre.0".parse::<ApprovalId>()?.to_string(), "17/2#1-pre.0");
        assert_eq!("17/2#1-pre.0~2".parse::<ApprovalId>()?.to_string(), "17/2#1-pre.0~2");
        assert_eq!("17/2#1-post.4".parse::<ApprovalId>()?.moment, Moment::After);
        assert_eq!("17/2#1-post-gate.4".parse::<GateId>()?.to_string(), "17/2#1-post-gate.4");
        assert_eq!("Build Farm".parse::<PoolId>()?, PoolId::new("build farm")?);
        Ok(())
    }

    #[test]
    fn what_is_no_id_is_refused_with_the_text() {
        for text in ["", "17", "17/2", "17/2#0", "17/2#1.", "a/2#1", "17/2#1-mid.0", "17/2#1-pre.0~1"] {
            assert!(text.parse::<DeploymentId>().is_err(), "{text}");
            assert!(text.parse::<ApprovalId>().is_err(), "{text}");
            assert!(text.parse::<GateId>().is_err(), "{text}");
        }
        assert!("17/2#1.0.3~0".parse::<TaskId>().is_err(), "the first try is written without a number");
        assert!(PoolId::new("").is_err());
        assert!("17/2#1.0:0.3".parse::<TaskId>().is_err(), "the first slice is written without a number");
        for text in ["17/2#1.0", "17/2#1.0.3", "17/2#1.0:1.3", "17/2#1:1", "17/2#1.0:"] {
            assert!(text.parse::<SliceId>().is_err(), "{text}");
        }
        assert!("17/2#1.0:1".parse::<JobId>().is_err());
        assert!("17/2#1.0:1".parse::<TaskId>().is_err());
        assert!(UserId::new("").is_err());
        assert!(UserId::new("a\nb").is_err());
    }
}

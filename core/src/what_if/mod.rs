//! What if the policy had been another one: the recorded history of a pipeline, replayed under changed definitions.
//!
//! What people did is repeated at the times at which they did it: creating releases, deploying by hand, cancelling, abandoning, pausing
//! queues, declaring freezes and overriding them, ignoring gates, saving variable groups, and what hosts say of agents and targets. What
//! the world answered is kept with how long it took: an approval or an intervention is answered as long after it was asked as it was then, a
//! task is claimed as long after it could run, and ends as long after its claim, with the same result and the same variables. Gates answer
//! as they did at the same moment. Everything else is decided anew, by the same rules as ever, in virtual time. Under the unchanged
//! policy that is exactly what happened.
//!
//! What has no recorded answer, such as a task of a deployment that was superseded then and runs now, takes the newest one of the same
//! stage and step before it, or else the next one after it, or else succeeds at once; [`WhatIf::assumed`] lists each. A gate takes its own
//! answers to the same deployment before those to others. Nothing is foretold: the replay ends when the record does, and what is not over
//! by then is not over.
//!
//! Pipelines that share lock groups or pools of agents are replayed together, all but the one that is asked about under the policies that
//! they had: so who waits for whom is decided anew, too, and what becomes of the others is told in [`WhatIf::elsewhere`].
//!
//! ```
//! use cutover::what_if::what_if;
//! use cutover::{PipelineDefinition, PipelineId};
//!
//! // The log of a store, each commit read by `Recorded::of`.
//! let log = Vec::new();
//! let at_most_two = |mut pipeline: PipelineDefinition| {
//!     for stage in &mut pipeline.stages {
//!         stage.queuing = cutover::QueuingPolicy::in_order(std::num::NonZeroU32::MIN.saturating_add(1));
//!     }
//!     pipeline
//! };
//! let answer = what_if(PipelineId(1), &log, &at_most_two)?;
//! for difference in &answer.differences {
//!     println!("{difference}"); // release 2, Prod: would begin 2 h earlier
//! }
//! # assert!(answer.differences.is_empty());
//! # Ok::<(), cutover::what_if::WhatIfError>(())
//! ```
//!
//! Read `question.rs` first: both the record and the replay are read by the questions that are open in them. `record/` reads what was,
//! `replay/` finds what would have been. Of everything that the record holds, what a command recorded is either the answer to an open
//! question or something that somebody did (`record/commands.rs`); the rest follows, and is not looked at.

mod actions;
mod asked;
mod assumed;
mod course;
mod difference;
mod gates;
mod question;
mod record;
mod replay;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use assumed::{Assumed, Assumption};
pub use course::{Course, Milestone, Milestones};
pub use difference::{Change, Difference};

use crate::store::{CommitHeader, RecordedCommit};
use crate::transaction::{Happening, Refusal};
use crate::{Actor, DecodeError, Event, InvalidId, PipelineDefinition, PipelineId, Subject, Timestamp};

/// A commit as it was recorded, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Who caused it, and when.
    pub header: Arc<CommitHeader>,
    /// What became true, in the order in which it was decided.
    pub events: Vec<Happening>,
}

/// A commit that can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableCommit {
    /// A stream's name is none of a subject's.
    #[error(transparent)]
    Stream(#[from] InvalidId),
    /// An event can't be read.
    #[error(transparent)]
    Event(#[from] DecodeError),
}

impl Recorded {
    /// A commit as a store gives it back.
    ///
    /// # Errors
    /// If an event of it was written by a later version, or is damaged.
    pub fn of(commit: &RecordedCommit) -> Result<Self, UnreadableCommit> {
        let mut events = Vec::with_capacity(commit.events.len());
        for recorded in &commit.events {
            let subject = Subject::try_from(&recorded.stream)?;
            let event = Event::decode(&subject, recorded)?;
            events.push(Happening { subject, event, cause: recorded.cause });
        }
        Ok(Self { header: Arc::clone(&commit.header), events })
    }
}

/// What would have been, beside what was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    /// How each deployment went.
    pub was: Course,
    /// How each would have gone.
    pub would_be: Course,
    /// What is not the same in the two, by deployment.
    pub differences: Vec<Difference>,
    /// The same in other pipelines, whose deployments wait for the same lock groups or agents; those without any are left out.
    pub elsewhere: BTreeMap<PipelineId, Vec<Difference>>,
    /// The answers that had to be assumed, since none was recorded, in the order in which they were given.
    pub assumed: Vec<Assumed>,
    /// What people did that would have been refused.
    pub refused: Vec<Refused>,
    /// When the record ends, and the replay with it; `None`: nothing was recorded.
    pub until: Option<Timestamp>,
}

/// What somebody did then, and could not have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// Of what it was asked.
    pub subject: Subject,
    /// Why it would have been refused.
    pub because: Refusal,
}

/// Why a history can't be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WhatIfError {
    /// It holds something, or is to be changed in a way, of which nobody knows the effect.
    #[error("{what} can't be replayed")]
    NotReplayable {
        /// What it is.
        what: String,
    },
    /// The change makes a definition that no pipeline takes.
    #[error("the changed definition of revision {revision} is refused: {because}")]
    DefinitionRefused {
        /// The recorded revision that was changed.
        revision: u32,
        /// Why.
        #[source]
        because: Refusal,
    },
    /// The commits don't follow from one another: they are not the whole history of the pipeline.
    #[error("the history is not whole: {what}")]
    NotWhole {
        /// What does not follow.
        what: String,
    },
}

impl From<InvalidId> for WhatIfError {
    fn from(error: InvalidId) -> Self {
        Self::not_replayable(error.to_string())
    }
}

impl WhatIfError {
    fn not_replayable(what: impl Into<String>) -> Self {
        Self::NotReplayable { what: what.into() }
    }
}

/// Replays the history of one pipeline with `change` made to each of its definitions, and says what would have been otherwise.
///
/// `history` is the log of the store in its order, or what of it is about the pipeline and those that share lock groups or pools with it,
/// from their creation on. The definitions are those of its revisions and those that drafts and stages of releases were given.
///
/// # Errors
/// [`WhatIfError::NotReplayable`] where the change is of triggers or sources, since releases come as they did; and where the clock stepped
/// back, so that nobody can say what was decided first. [`WhatIfError::DefinitionRefused`] for a change that makes an invalid definition.
/// [`WhatIfError::NotWhole`] if events don't follow from those before them, or somebody else's deployments are missing that waited for the same
/// lock groups or agents.
pub fn what_if(
    pipeline: PipelineId,
    history: &[Recorded],
    change: &dyn Fn(PipelineDefinition) -> PipelineDefinition,
) -> Result<WhatIf, WhatIfError> {
    let mut record = record::read(pipeline, history, change)?;
    let mut replay = replay::replay(pipeline, &record, change)?;
    let (was, would_be) = (taken(&mut record.courses, pipeline), taken(&mut replay.courses, pipeline));
    let differences = difference::between(&was, &would_be);
    let elsewhere = record.courses.keys().map(|id| {
        let (was, would_be) = (record.courses.get(id), replay.courses.get(id));
        (*id, was.zip(would_be).map_or_else(Vec::new, |(was, would_be)| difference::between(was, would_be)))
    });
    Ok(WhatIf {
        differences,
        elsewhere: elsewhere.filter(|(_, differences)| !differences.is_empty()).collect(),
        was,
        would_be,
        assumed: replay.assumed,
        refused: replay.refused,
        until: record.until,
    })
}

fn taken(courses: &mut BTreeMap<PipelineId, Course>, pipeline: PipelineId) -> Course {
    courses.remove(&pipeline).unwrap_or_default()
}

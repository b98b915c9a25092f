//! What came from outside: what people did, and what the world answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;

use super::question::Question;
use crate::approval::{Capacity, Management};
use crate::deployment::{Answer, Claim, InterventionAnswer, SetVariable, TaskResult};
use crate::gate::{Taken, Unrecorded};
use crate::transaction::Command;
use crate::{
    Actor, DraftEdit, GroupId, NotOver, PipelineDefinition, PipelineId, ReleaseCommand, ReleaseId, StageId,
    Timestamp, UserId, VariableGroupId, Variables,
};

/// Something that came from outside.
#[derive(Debug, Clone)]
pub(super) enum Action {
    /// Somebody did something, at the time at which they did it.
    Given(Given, Who),
    /// A question was answered.
    Reply(Question, Reply),
}

/// Who gave a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) by: Actor,
    /// As a member of these groups, as far as that mattered.
    pub(super) groups: BTreeSet<GroupId>,
    /// Whether they acted as somebody who manages approvals (AP12).
    pub(super) management: Management,
}

impl Who {
    /// Somebody of whom nothing else matters.
    pub(super) const fn plain(by: Actor) -> Self {
        Self { by, groups: BTreeSet::new(), management: Management::Denied }
    }

    /// Somebody who answered in this capacity, and was a member of these groups.
    pub(super) fn answering(by: Actor, capacity: &Capacity, groups: BTreeSet<GroupId>) -> Self {
        let mut who = Self { groups, ..Self::plain(by) };
        match capacity {
            Capacity::User => {}
            Capacity::MemberOf(group) => {
                who.groups.insert(group.clone());
            }
            Capacity::OnBehalfOf(_) => who.management = Management::Permitted,
        }
        who
    }
}

/// What somebody did.
#[derive(Debug, Clone)]
pub(super) enum Given {
    /// Something that is said the same way whatever has become of the rest.
    Command(Box<Command>),
    Create {
        pipeline: PipelineId,
        definition: Arc<PipelineDefinition>,
    },
    Revise {
        pipeline: PipelineId,
        revision: u32,
        restores: Option<u32>,
        definition: Arc<PipelineDefinition>,
        comment: String,
    },
    ReviseStage {
        release: ReleaseId,
        stage: StageId,
        jobs: bool,
        definition: Arc<PipelineDefinition>,
        comment: String,
    },
    EditDraft {
        release: ReleaseId,
        edit: Box<DraftEdit>,
    },
    SaveVariables {
        group: VariableGroupId,
        variables: Variables,
        comment: String,
    },
    DeletePipeline {
        pipeline: PipelineId,
        not_over: NotOver,
        comment: String,
    },
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Answer {
        answer: Answer,
        until: Option<Timestamp>,
        who: Who,
        comment: String,
    },
    HandOn {
        to: UserId,
        who: Who,
        comment: String,
    },
    Intervene {
        answer: InterventionAnswer,
        who: Who,
        comment: String,
    },
    Claim(Claim),
    /// `within`: how long after its claim it had ended at most, where deadlines had passed before that was told.
    Ended {
        result: TaskResult,
        message: String,
        variables: Vec<SetVariable>,
        within: Option<TimeDelta>,
    },
    Sampled(Taken),
    CaughtUp(Unrecorded),
    Routine,
}

impl Given {
    /// Something that is asked of a release.
    pub(super) fn in_release(release: ReleaseId, command: ReleaseCommand) -> Self {
        Self::Command(Box::new(Command::Release(release, command)))
    }

    pub(super) const fn by(self, who: Who) -> Action {
        Action::Given(self, who)
    }
}

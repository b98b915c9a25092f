//! How the deployments of a pipeline went.

use std::collections::BTreeMap;
use std::fmt;

use crate::deployment::{DeploymentEvent, End};
use crate::{DeploymentId, PipelineDefinition, StageId, Timestamp};

/// How every deployment of a pipeline went, by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// The deployments.
    pub deployments: BTreeMap<DeploymentId, Milestones>,
    /// The stages' names, the newest of each.
    pub stages: BTreeMap<StageId, String>,
}

/// When a deployment came how far; `None`: it did not come so far before the record ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestones {
    /// When it was triggered.
    pub triggered: Timestamp,
    /// When it was last granted a slot.
    pub granted: Option<Timestamp>,
    /// When its first job began.
    pub begun: Option<Timestamp>,
    /// When its last job ended.
    pub ended: Option<Timestamp>,
    /// When it was over, and what came of it.
    pub over: Option<(Timestamp, End)>,
}

/// A moment in a deployment's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// It is triggered.
    Triggered,
    /// It is granted a slot.
    Granted,
    /// Its first job begins.
    Begun,
    /// Its last job ends.
    Ended,
    /// It is over.
    Over,
}

impl Milestone {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Triggered, Self::Granted, Self::Begun, Self::Ended, Self::Over];
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Triggered => "be triggered",
            Self::Granted => "get its slot",
            Self::Begun => "begin",
            Self::Ended => "end its jobs",
            Self::Over => "be over",
        })
    }
}

impl Milestones {
    /// When it came so far.
    pub fn at(&self, milestone: Milestone) -> Option<Timestamp> {
        match milestone {
            Milestone::Triggered => Some(self.triggered),
            Milestone::Granted => self.granted,
            Milestone::Begun => self.begun,
            Milestone::Ended => self.ended,
            Milestone::Over => self.over.as_ref().map(|(at, _)| *at),
        }
    }
}

impl Course {
    pub(super) fn name_stages(&mut self, definition: &PipelineDefinition) {
        self.stages.extend(definition.stages.iter().map(|stage| (stage.id, stage.name.clone())));
    }

    pub(super) fn note(&mut self, event: &DeploymentEvent, at: Timestamp) {
        let id = event.deployment();
        if let DeploymentEvent::Triggered(_) = event {
            let new = Milestones { triggered: at, granted: None, begun: None, ended: None, over: None };
            self.deployments.insert(id, new);
        }
        let Some(milestones) = self.deployments.get_mut(&id) else { return };
        if let DeploymentEvent::SlotGranted { .. } = event {
            milestones.granted = Some(at);
        } else if let DeploymentEvent::Begun { .. } = event {
            milestones.begun = Some(at);
        } else if let DeploymentEvent::JobsEnded { .. } = event {
            milestones.ended = Some(at);
        } else if let DeploymentEvent::Over { end, .. } = event {
            milestones.over = Some((at, end.clone()));
        }
    }
}

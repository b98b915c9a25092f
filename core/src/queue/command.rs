use std::collections::BTreeMap;

use super::{Conclusion, ScheduledEntry};
use crate::{DeploymentId, Join, QueuingPolicy, TargetGroupId};

/// What can be asked of a stage's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueCommand {
    /// A deployment was triggered that does not want a slot yet (P6): it is known from now on. A reaction of its release's stream.
    Announce {
        /// The deployment.
        deployment: DeploymentId,
        /// The occurrence that it is scheduled for, if it waits for one (Q11).
        scheduled: Option<ScheduledEntry>,
        /// Whether a person asked for it, and so is told when there are too many (Q10).
        by_hand: bool,
    },
    /// A deployment wants a slot (Q2). A reaction of its release's stream.
    Enter {
        /// Who wants it.
        deployment: DeploymentId,
        /// The pipeline's revision that its release froze; the policy of the newest one that entered is in force (Q5).
        revision: u32,
        /// The policy that its release froze.
        policy: QueuingPolicy,
        /// Whether a person asked for it, and so is told when the queue is full (Q10).
        by_hand: bool,
        /// Whether it supersedes nothing, since the stage deploys it again by itself (D6).
        yields: bool,
    },
    /// A deployment that was scheduled waits for its occurrence no longer, and for no slot yet (Q11). A reaction of its release's stream.
    NoteStarted(DeploymentId),
    /// The first job of a deployment begins (D8). A reaction of its release's stream.
    NoteBegun(DeploymentId),
    /// The jobs of a deployment ended that holds its slot for them only (Q2). A reaction of its release's stream.
    FreeSlot(DeploymentId),
    /// What must pass before the jobs of a deployment starts again: it waits no longer, or frees its slot, and will ask for one anew
    /// (R7, Q2). A reaction of its release's stream.
    StepBack(DeploymentId),
    /// A deployment is over: it frees its slot, or waits no longer (Q6). A reaction of its release's stream.
    Leave {
        /// Who leaves.
        deployment: DeploymentId,
        /// What it left deployed, if it succeeded (D8).
        conclusion: Option<Conclusion>,
        /// Whether it was rejected, and what was good before is to be deployed in its place (D6).
        rolls_back: bool,
        /// How far those are deployed to that joined each deployment group, if the stage deploys to new ones, too (D6).
        joins: BTreeMap<TargetGroupId, Join>,
    },
    /// Targets may have joined a deployment group since: what is deployed on the stage is deployed to them, too, unless something else goes
    /// on there (D6). The engine's own.
    ObserveTargets(TargetGroupId),
    /// Grants nothing more until it is resumed (Q9).
    Pause {
        /// Why, for people.
        reason: String,
    },
    /// Grants again (Q9).
    Resume {
        /// Why, for people.
        comment: String,
    },
    /// Puts a waiting deployment before all others that wait (Q9).
    MoveToFront {
        /// The deployment.
        deployment: DeploymentId,
        /// Why, for people.
        comment: String,
    },
    /// The pipeline has a revision without this stage (Q12). A reaction of the pipeline's stream.
    Remove {
        /// The revision.
        revision: u32,
    },
    /// The pipeline has a revision in which this stage is there again (Q12). A reaction of the pipeline's stream.
    BringBack,
    /// Goes on with what one commit could not hold (Q5): grants and supersedes some more.
    Settle,
}

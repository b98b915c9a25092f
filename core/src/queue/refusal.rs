use crate::DeploymentId;
use crate::flow::Impossible;

/// Why a stage's queue refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueueRefusal {
    /// As many wait as may (Q10).
    #[error("{waiting} deployments wait for the stage already, the most that may: cancel some, or wait")]
    Full {
        /// How many wait.
        waiting: usize,
    },
    /// The deployment is in the queue already (Q7).
    #[error("deployment {deployment} is in the queue already")]
    EnteredBefore {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

use crate::DeploymentId;
use crate::flow::Impossible;
use crate::text::TextTooLong;

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
    /// As many are known that ask for no slot yet, or not any more, as may (Q10).
    #[error(
        "{known} deployments of the stage are scheduled, are being approved or have freed their slot, the most that may: cancel some, or wait"
    )]
    TooManyBeside {
        /// How many they are.
        known: usize,
    },
    /// The deployment is in the queue already (Q7).
    #[error("deployment {deployment} is in the queue already")]
    EnteredBefore {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// A revision removed the stage (Q12).
    #[error("revision {revision} of the pipeline removed the stage")]
    StageRemoved {
        /// The revision.
        revision: u32,
    },
    /// Only what waits can be moved (Q9).
    #[error("deployment {deployment} does not wait for the stage")]
    NotWaiting {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// The pipeline never had this stage, or there is no such pipeline.
    #[error("there is no such stage")]
    UnknownStage,
    /// A text is too long.
    #[error(transparent)]
    TextTooLong(#[from] TextTooLong),
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

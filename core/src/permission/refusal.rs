use super::{Grant, Permission};
use crate::flow::Impossible;
use crate::{Actor, PipelineId, Problems, Scope, StageId};

/// Somebody may not do what they asked for (U3).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{actor} needs the permission to {permission} in {scope} (U3)")]
pub struct Denied {
    /// Who asked.
    pub actor: Actor,
    /// The permission that they would need.
    pub permission: Permission,
    /// Where they would need it; in a greater part of the store would do, too.
    pub scope: Scope,
}

/// Why the permissions refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PermissionsRefusal {
    /// The first grant must make its actor the administrator (U2).
    #[error("the first grant must allow {actor} to administer permissions in the store (U2)")]
    NotAdministrator {
        /// Who would have given it.
        actor: Actor,
    },
    /// The last grant that makes a person the administrator stays (U2).
    #[error("{grant}: nobody else may, so that this can't be revoked (U2)")]
    LastAdministrator {
        /// The grant.
        grant: Grant,
    },
    /// There is no such grant, and it was not revoked either, not lately.
    #[error("there is no grant that {grant}")]
    NotGranted {
        /// The grant.
        grant: Grant,
    },
    /// Administering permissions in the store is not denied: it could leave nobody who may (U2).
    #[error("to administer permissions in the store can't be denied: revoke what allows it (U2)")]
    AdministratorsDenied,
    /// The folder's path is none.
    #[error("the folder can't be: {0}")]
    InvalidFolder(Problems),
    /// There is no such pipeline.
    #[error("there is no pipeline {pipeline}")]
    UnknownPipeline {
        /// The pipeline.
        pipeline: PipelineId,
    },
    /// The pipeline never had such a stage.
    #[error("pipeline {pipeline} has no stage {stage}")]
    UnknownStage {
        /// The pipeline.
        pipeline: PipelineId,
        /// The stage.
        stage: StageId,
    },
    /// There are as many grants as may be.
    #[error("there are {limit} grants, the most that may be: revoke some, or give permissions to groups")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

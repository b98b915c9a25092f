use crate::flow::Impossible;
use crate::{Problems, TargetId};

/// Why a change of a deployment group is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetsRefusal {
    /// The target is registered, and otherwise than was asked.
    #[error(
        "target {target} is registered already, with another name or other tags: retag it, or remove it first"
    )]
    Exists {
        /// The target.
        target: TargetId,
    },
    /// There is no such target in the group.
    #[error("there is no target {target} in the group")]
    NotFound {
        /// The target.
        target: TargetId,
    },
    /// Another target of the group has the name.
    #[error("target {target} is called {name} already")]
    NameTaken {
        /// The name, as that target spells it.
        name: String,
        /// That target.
        target: TargetId,
    },
    /// Its name or its tags can not be.
    #[error("the target is not valid: {0}")]
    Invalid(Problems),
    /// There are as many targets as may be.
    #[error("there are {limit} targets in the group, the most that may be: remove some")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

use serde::{Deserialize, Serialize};

use super::Grant;
use crate::Actor;

/// What becomes true of the permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is what its name says; the variants say the rest")]
pub enum PermissionsEvent {
    /// The grant is in force (U1).
    #[serde(rename = "permission.granted")]
    Granted { grant: Grant, by: Actor },
    /// The grant is in force no longer.
    #[serde(rename = "permission.revoked")]
    Revoked { grant: Grant, by: Actor },
}

impl PermissionsEvent {
    /// The stored names, fixed for ever.
    pub const NAMES: &'static [&'static str] = &["permission.granted", "permission.revoked"];
}

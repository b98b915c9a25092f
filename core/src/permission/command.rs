use super::Grant;

/// What can be asked of the permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermissionsCommand {
    /// A grant is in force from now on (U1).
    Give(Grant),
    /// A grant is in force no longer.
    Revoke(Grant),
}

use crate::Variables;

/// What can be asked of a variable group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableGroupCommand {
    /// Gives it these variables in place of those that it has; the first save makes it (V2).
    Save {
        /// The revision that the change was made against; 0 for a group that is new.
        against: u32,
        /// All its variables.
        variables: Variables,
        /// Why, for people.
        comment: String,
    },
}

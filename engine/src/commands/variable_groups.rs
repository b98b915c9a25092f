//! Saving variable groups (V2).

use cutover::transaction::Command;
use cutover::{Actor, VariableGroupCommand, VariableGroupId, Variables};

use crate::{Engine, EngineError, Outcome};

impl Engine {
    /// Gives a variable group these variables in place of those that it has, and makes it if it is new (V2). Releases that exist
    /// keep what the group said when they were made.
    ///
    /// `against` is the revision that the change was made against; 0 for a group that is new.
    ///
    /// # Errors
    /// As [`Engine::submit`]; refused if it was made against another revision than the present one, or the variables are not valid.
    pub async fn save_variable_group(
        &self,
        actor: &Actor,
        group: &VariableGroupId,
        against: u32,
        variables: Variables,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let command = VariableGroupCommand::Save { against, variables, comment: comment.to_owned() };
        self.submit(actor, Command::VariableGroup(group.clone(), command)).await
    }
}

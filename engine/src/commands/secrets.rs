//! Giving secrets: their values go to whoever keeps them, and what is recorded refers to that (V4).

use std::collections::BTreeMap;

use cutover::transaction::Command;
use cutover::{
    Actor, SecretRef, Subject, Variable, VariableGroup, VariableGroupCommand, VariableGroupId, VariableValue,
    Variables, fold,
};

use crate::engine::Inner;
use crate::secrets::put;
use crate::{Engine, EngineError, Outcome, Secret};

/// What a person gives for a variable of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenValue {
    /// A text that everybody may read.
    Plain(String),
    /// A secret in place of what the variable was, if anything.
    NewSecret(Secret),
    /// The secret that it is already: what reading it showed nothing of, and what Azure writes as null.
    SameSecret,
}

impl Engine {
    /// Has a value kept as the newest version of this name where the host keeps secrets, and says where: what a variable of a
    /// definition refers to, with [`Variable::secret`].
    ///
    /// ```
    /// use cutover::{PipelineDefinition, SecretRef, Variable};
    /// use cutover_engine::{Engine, MemorySecrets, Secret};
    /// use cutover_store_memory::MemoryStore;
    ///
    /// # futures::executor::block_on(async {
    /// let engine = Engine::builder(MemoryStore::new()).secrets(MemorySecrets::new()).build().await?;
    /// let kept = engine.keep_secret("shop/password", Secret::new("hunter2")).await?;
    /// assert_eq!(kept, SecretRef::versioned("shop/password", "1"));
    /// let definition = PipelineDefinition::new("Shop").with_variable("Password", Variable::secret(kept));
    /// # Ok::<(), cutover_engine::EngineError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// Nothing is recorded, and nobody's permissions are asked for: whether somebody may is the host's to say.
    ///
    /// # Errors
    /// [`EngineError::Secret`] if nobody keeps secrets, or whoever does refuses or can't be reached.
    pub async fn keep_secret(&self, name: &str, value: Secret) -> Result<SecretRef, EngineError> {
        Ok(put(&*self.0.secrets, name, value).await?)
    }

    /// Saves a variable group as [`Engine::save_variable_group`] does, with secrets among what is given (V2, V4): new ones are put where
    /// the host keeps secrets as `groups/{group}/{variable}`, and the group refers to that version of them. Releases that exist keep the
    /// version that they were made with.
    ///
    /// What is refused is looked for before anything is put. If somebody saves the group meanwhile, or the store fails, new values have been put
    /// all the same: nothing that was saved refers to those versions, but they are the newest. Refer to what a group keeps by version only.
    ///
    /// # Errors
    /// As [`Engine::save_variable_group`]. [`EngineError::NoSecretToKeep`] for a variable that is no secret at
    /// present, and [`EngineError::Secret`] if a secret can't be kept.
    pub async fn save_variables(
        &self,
        actor: &Actor,
        group: &VariableGroupId,
        against: u32,
        given: BTreeMap<String, GivenValue>,
        comment: &str,
    ) -> Result<Outcome, EngineError> {
        let present = self.0.secrets_of_group(group).await?;
        let name_of = |variable: &str| format!("groups/{group}/{}", fold(variable));
        let (mut variables, mut new) = (Variables::new(), Vec::new());
        for (name, value) in given {
            let variable = match value {
                GivenValue::Plain(text) => Variable::plain(text),
                GivenValue::SameSecret => match present.get(&fold(&name)) {
                    Some(reference) => Variable::secret(reference.clone()),
                    None => return Err(EngineError::NoSecretToKeep { variable: name }),
                },
                GivenValue::NewSecret(value) => {
                    new.push((name.clone(), value));
                    Variable::secret(name_of(&name))
                }
            };
            variables.insert(name, variable);
        }
        let command = |variables: &Variables| {
            let (variables, comment) = (variables.clone(), comment.to_owned());
            Command::VariableGroup(group.clone(), VariableGroupCommand::Save { against, variables, comment })
        };
        if !new.is_empty() {
            // What is refused is refused before anything is kept for it.
            self.preview(actor, command(&variables)).await?;
        }
        for (name, value) in new {
            let kept = self.keep_secret(&name_of(&name), value).await?;
            variables.insert(name, Variable::secret(kept));
        }
        self.submit(actor, command(&variables)).await
    }
}

impl Inner {
    /// The secrets of a group, by the folded names of their variables; none of a group that was never saved.
    async fn secrets_of_group(
        &self,
        group: &VariableGroupId,
    ) -> Result<BTreeMap<String, SecretRef>, EngineError> {
        let folded = self.newest(&Subject::VariableGroup(group.clone())).await?;
        let group = folded.state().as_variable_group();
        let variables = group.into_iter().flat_map(VariableGroup::variables);
        let secrets = variables.filter_map(|(name, variable)| match &variable.value {
            VariableValue::Secret(reference) => Some((fold(name), reference.clone())),
            VariableValue::Plain(_) => None,
        });
        Ok(secrets.collect())
    }
}

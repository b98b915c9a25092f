//! Which value a variable has: scopes, and which of them wins (V1).

use std::collections::BTreeMap;

use crate::{VariableValue, Variables, fold, is_system_variable};

/// Where a variable is given its value, in the order in which they win: the later one (V1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Groups of the pipeline.
    PipelineGroups,
    /// The pipeline.
    Pipeline,
    /// Given when the release was created (R4).
    Release,
    /// Groups of the stage.
    StageGroups,
    /// The stage.
    Stage,
    /// Given when the stage was deployed (S8).
    Deployment,
    /// The job.
    Job,
    /// Outputs of earlier jobs (J10).
    Outputs,
    /// A slice of the job (J2).
    Slice,
    /// Set by earlier tasks of the job (J10).
    Tasks,
    /// Known to the engine: `Release.*`, `Build.*` and the like. Nobody else sets them.
    System,
}

/// Variables by scope, to be resolved.
///
/// ```
/// use cutover::VariableValue;
/// use cutover::variable::{Scope, Scopes};
///
/// let mut scopes = Scopes::new();
/// scopes.set(Scope::Stage, "Color", VariableValue::Plain("green".into()));
/// scopes.set(Scope::Pipeline, "color", VariableValue::Plain("blue".into()));
/// let resolved = scopes.resolve();
/// assert_eq!(resolved.plain("COLOR"), Some("green"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    scopes: BTreeMap<Scope, Resolved>,
}

/// The variables that a task sees, by their folded names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    variables: BTreeMap<String, ResolvedVariable>,
}

/// A variable with the value that won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedVariable {
    /// Its name, spelled as in the scope that won.
    pub name: String,
    /// Its value.
    pub value: VariableValue,
}

impl Scopes {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a variable a value in a scope; the last one given there counts. It does not matter in which order scopes are given.
    ///
    /// A name that only the system sets (see [`is_system_variable`]) is ignored in any other scope: definitions that try it do
    /// not validate, and nothing that a task puts out replaces what the engine knows.
    pub fn set(&mut self, scope: Scope, name: impl Into<String>, value: VariableValue) {
        let name = name.into();
        if scope == Scope::System || !is_system_variable(&name) {
            self.scopes.entry(scope).or_default().insert(name, value);
        }
    }

    /// Takes all variables of a definition's part into a scope.
    #[must_use]
    pub fn with(mut self, scope: Scope, variables: &Variables) -> Self {
        for (name, variable) in variables {
            self.set(scope, name, variable.value.clone());
        }
        self
    }

    /// Takes names with plain values into a scope: values given by people, and what the engine knows.
    #[must_use]
    pub fn with_plain<N, V>(mut self, scope: Scope, values: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        for (name, value) in values {
            self.set(scope, name, VariableValue::Plain(value.into()));
        }
        self
    }

    /// Takes names with their values into a scope: what tasks set (J10).
    #[must_use]
    pub fn with_values(
        mut self,
        scope: Scope,
        values: impl IntoIterator<Item = (String, VariableValue)>,
    ) -> Self {
        for (name, value) in values {
            self.set(scope, name, value);
        }
        self
    }

    /// One value for every name: that of the latest scope.
    pub fn resolve(&self) -> Resolved {
        let mut resolved = Resolved::default();
        for variables in self.scopes.values() {
            for variable in variables.variables.values() {
                resolved.insert(variable.name.clone(), variable.value.clone());
            }
        }
        resolved
    }
}

impl Resolved {
    /// The variable with this name, compared without case.
    pub fn get(&self, name: &str) -> Option<&ResolvedVariable> {
        self.variables.get(&fold(name))
    }

    /// The value of the variable with this name, compared without case, unless it is a secret.
    pub fn plain(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.plain()
    }

    /// All of them, in the order of their folded names.
    pub fn iter(&self) -> impl Iterator<Item = &ResolvedVariable> {
        self.variables.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.variables.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    fn insert(&mut self, name: String, value: VariableValue) {
        self.variables.insert(fold(&name), ResolvedVariable { name, value });
    }
}

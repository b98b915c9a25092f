//! The environment of a task's process.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::Path;

use cutover::variable::{Resolved, Scope, Scopes, environment_name, expand};
use cutover::{TaskOrder, VariableValue};

use super::group::MARK;
use crate::SecretsAtHand;

/// What a task gets of the host's own environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Inherit {
    /// What programs need to work at all: `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `LANG`, `LC_*`, `TZ`, `TMPDIR`. The host's
    /// own secrets, where it has any in its environment, stay out of reach.
    #[default]
    Minimal,
    /// All of it.
    All,
}

const MINIMAL: [&str; 8] = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"];
const PATH: &str = "PATH";
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

impl Inherit {
    fn is_inherited(self, name: &OsString) -> bool {
        match self {
            Self::All => true,
            Self::Minimal => {
                name.to_str().is_some_and(|name| MINIMAL.contains(&name) || name.starts_with("LC_"))
            }
        }
    }
}

/// The folders of a task, under the names by which it speaks of them.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    resolved: Resolved,
}

impl Folders {
    pub(super) fn new(root: &str, work: &str) -> Self {
        let names = [
            ("System.DefaultWorkingDirectory", work),
            ("System.ArtifactsDirectory", work),
            ("Agent.ReleaseDirectory", work),
            ("Agent.WorkFolder", root),
        ];
        Self { resolved: Scopes::new().with_plain(Scope::System, names).resolve() }
    }

    /// Replaces `$(System.DefaultWorkingDirectory)` and the like: only this runner knows them.
    pub(super) fn expand(&self, text: &str) -> Result<String, String> {
        Ok(expand(text, &self.resolved).map_err(|error| error.to_string())?.text)
    }
}

/// All variables of the process. What is closer to the task hides what is farther away.
pub(super) fn environment(
    order: &TaskOrder,
    folders: &Folders,
    secrets: &SecretsAtHand,
    inherit: Inherit,
    record: &Path,
) -> Result<BTreeMap<OsString, OsString>, String> {
    let mut all = BTreeMap::from([(PATH.into(), DEFAULT_PATH.into())]);
    all.extend(env::vars_os().filter(|(name, _)| inherit.is_inherited(name)));
    let mut set = |name: String, text: &str| {
        if name.is_empty() || name.contains(['=', '\0']) || text.contains('\0') {
            return Err(format!("{name:?} can't be an environment variable of this name and value"));
        }
        all.insert(name.into(), text.into());
        Ok(())
    };
    for variable in order.variables.iter().chain(folders.resolved.iter()) {
        // A secret is no environment variable unless the task's own environment names it (V4).
        if let VariableValue::Plain(text) = &variable.value {
            let text = expand(text, &order.variables)
                .map_err(|error| format!("variable {:?}: {error}", variable.name))?
                .text;
            set(environment_name(&variable.name), &folders.expand(&text)?)?;
        }
    }
    for (name, text) in &order.environment {
        set(name.clone(), secrets.expand(&folders.expand(text)?).reveal())?;
    }
    set(MARK.to_owned(), &record.to_string_lossy())?;
    Ok(all)
}

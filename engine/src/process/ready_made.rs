use std::path::PathBuf;

use cutover::TaskRef;

use super::ProcessRunner;
use super::shell::find_program;
use crate::Runners;

/// The public id of the task "Command Line".
pub const COMMAND_LINE: &str = "d9bafed4-0b18-4f58-968d-86655b4d2ce9";
/// The public id of the task "Bash", and of "Shell Script" before it.
pub const BASH: &str = "6c731c3c-3c68-459a-a5c9-bde6e6595b5b";
/// The public id of the task "PowerShell".
pub const POWERSHELL: &str = "e213ff0f-5d5c-4791-802d-52ea3e7be1f1";

impl Runners {
    /// Runners for all public tasks that need nothing but what a machine has, with their records in one folder (one store, one folder):
    ///
    /// | task | is run by |
    /// |---|---|
    /// | [`TaskRef::COMMAND`] | `sh` |
    /// | [`COMMAND_LINE`] | `bash`, or `sh` on a machine without it |
    /// | [`BASH`] | `bash` |
    /// | [`POWERSHELL`] | `pwsh`; where that is not installed, such tasks fail and say so |
    /// | "Invoke REST API" | [`RestCall`](crate::http::RestCall), with the feature `http`; it knows no connections |
    ///
    /// There is no `cmd`, which only Windows has, where this runner is not: a host there hands jobs to [its own agents](crate::remote::RemoteRunner).
    ///
    /// Manual interventions and delays need no runner: the core carries them out. The host adds its own, or puts its own in place of these, by
    /// [`Runners::with`].
    ///
    /// ```
    /// use async_trait::async_trait;
    /// use cutover::TaskOrder;
    /// use cutover::deployment::Report;
    /// use cutover_engine::{Runners, TaskControl, TaskRunner};
    ///
    /// struct Restart;
    ///
    /// #[async_trait]
    /// impl TaskRunner for Restart {
    ///     async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
    ///         Report::Succeeded
    ///     }
    /// }
    ///
    /// let runners = Runners::ready_made("/var/lib/shop/tasks").with("restart", Restart);
    /// ```
    pub fn ready_made(folder: impl Into<PathBuf>) -> Self {
        let runner = ProcessRunner::new(folder);
        let bash = runner.clone().shell("bash");
        let has_bash = find_program(&"bash".into()).is_ok();
        let command_line = if has_bash { bash.clone() } else { runner.clone() };
        let runners = Self::new()
            .with(TaskRef::COMMAND, runner.clone())
            .with(COMMAND_LINE, command_line)
            .with(BASH, bash)
            .with(POWERSHELL, runner.powershell("pwsh"));
        #[cfg(feature = "http")]
        let runners = {
            use crate::http::{HttpClient, RestCall};
            runners.with(RestCall::ID, RestCall::new(HttpClient::new()))
        };
        runners
    }
}

//! Runs command-line tasks as processes of this machine.
//!
//! A task's script (its input `script` or `inlineScript`) is run by a shell, in a process group of its own and in a folder that the
//! tasks of one job share. What it writes goes into a file, and from there line by line to the log.
//!
//! **Nothing runs twice unnoticed.** Between runner and script there is a small wrapper, which writes down that the script begins
//! and how it ended. It does not depend on the runner: when the engine dies, the script goes on, and [`find`](crate::TaskRunner::find)
//! of the next incarnation says how far it came. A folder therefore belongs to one store: another store's task of the same id would be
//! taken for the same task, and is refused.
//!
//! It is not a sandbox. A script may do what the host may do, and one that leaves its process group (`setsid`, a daemon) gets away.
//! Under systemd, tasks survive the host only with `KillMode=process`.
//!
//! A script is the task's own text or a file that it names; `sh`, bash and PowerShell run it. [`Runners::ready_made`](crate::Runners::ready_made)
//! has them under the public ids of their tasks.
//!
//! Where `sh` is dash, variables whose names a shell can't say (`A-B`) do not reach the script.
//!
//! Read [`ProcessRunner`] first, then `record.rs` for what is kept on disk and `wrapper.rs` for who writes it.

mod beginning;
mod environment;
mod finding;
mod group;
mod output;
mod outputs;
mod ready_made;
mod record;
mod runner;
mod shell;
mod sweep;
mod tail;
mod vso;
mod watch;
mod wrapper;

pub use environment::Inherit;
pub use ready_made::{BASH, COMMAND_LINE, POWERSHELL};
pub use runner::ProcessRunner;

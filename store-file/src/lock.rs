//! Only one opener at a time: the lock on the store's folder, and who holds it.

use std::path::Path;

use crate::disk::{Disk, HeldLock, LockError};
use crate::error::OpenError;

const LOCK: &str = "LOCK";

/// Takes the lock, or says who has it.
pub(crate) fn acquire(disk: &dyn Disk, folder: &Path) -> Result<Box<dyn HeldLock>, OpenError> {
    let path = folder.join(LOCK);
    let holder = format!("process {} on {}\n", std::process::id(), host());
    disk.try_lock(&path, &holder).map_err(|error| match error {
        LockError::Held(holder) => {
            OpenError::OpenElsewhere { folder: folder.to_owned(), holder: named(&holder) }
        }
        LockError::Io(source) => OpenError::io(&path, source),
    })
}

/// What the lock file says, made fit for one line of a message.
fn named(holder: &str) -> String {
    let name: String = holder.lines().next().unwrap_or_default().chars().take(200).collect();
    if name.is_empty() { "by a process that did not say which it is".to_owned() } else { name }
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
}

//! Starts a task, once: prepares its folders, its script and its environment, and spawns it.

use std::path::Path;

use cutover::TaskOrder;

use super::environment::{Folders, environment};
use super::record::{Record, create_folder, work_folder};
use super::runner::{Settings, because, errors};
use super::shell::{find_program, input};
use super::watch::{Dropped, Process, Watch};
use super::wrapper::{Command, spawn};
use crate::{Found, TaskControl};

impl Settings {
    /// Starts the task. Until this returns well, nothing of it has run.
    pub(super) fn begin(
        &self,
        order: &TaskOrder,
        control: TaskControl,
        dropped: Dropped,
    ) -> Result<(Watch, Process), String> {
        let secrets = control.secrets.clone();
        if let Some(name) = order.secrets.keys().find(|name| secrets.get(name).is_none()) {
            return Err(format!("it refers to the secret {name:?}, which was not resolved"));
        }
        let root = self.root()?;
        create_folder(&root).map_err(because("create", &root))?;
        let shell = find_program(self.shell.program())?;
        let script = self.shell.script(order, &shell)?;
        let work = work_folder(&root, order.id.slice());
        create_folder(&work).map_err(because("create", &work))?;
        let folders = Folders::new(utf8(&root)?, utf8(&work)?);
        let directory = match input(order, &["workingDirectory", "workingFolder", "cwd"]) {
            Some(path) => work.join(secrets.expand(&folders.expand(path.trim())?).reveal()),
            None => work,
        };
        if !directory.is_dir() {
            return Err(format!("its working directory {} does not exist", directory.display()));
        }
        Self::refuse_twice(&root, order)?;
        let record = Record::create(&root, order.id).map_err(because("create a record in", &root))?;
        let environment = environment(order, &folders, &secrets, self.inherit, record.folder())?;
        let script = secrets.expand(&folders.expand(&script)?);
        if dropped.is_set() || control.stop.urgency().is_some() {
            return Err("it was asked to stop before it began".to_owned());
        }
        let begin = || {
            let ending = self.shell.ending();
            let path =
                if order.secrets.is_empty() { record.script(ending) } else { record.secret_script(ending) };
            Record::write(&path, script.reveal()).map_err(because("write", &path))?;
            record.intend(&root).map_err(because("write into", record.folder()))?;
            let command = Command { program: &shell, arguments: self.shell.arguments(), script: &path };
            let child = spawn(&record, command, &directory, environment, errors(order));
            child.map_err(|error| format!("its process can't be started: {error}"))
        };
        match begin() {
            Ok(child) => Ok((self.watch(order, record, control, dropped), Process::Ours(child))),
            Err(message) => {
                record.remove_secret_script();
                Err(message)
            }
        }
    }

    /// Whatever the engine believes: where a record says that the task began, or may have, it is not run again.
    fn refuse_twice(root: &Path, order: &TaskOrder) -> Result<(), String> {
        match Self::look(root, order)? {
            (Found::NeverBegan, earlier) => {
                // It may be that it was found so, and nobody came so far as to remove it.
                earlier.iter().for_each(Record::remove_secret_script);
                Ok(())
            }
            (Found::Begun | Found::Ended | Found::NotNow { .. } | Found::Lost { .. }, record) => {
                let place = record.as_ref().map_or(root, Record::folder).display();
                Err(format!(
                    "a task with its id, {}, has begun before, says {place}; another store needs another folder",
                    order.id
                ))
            }
        }
    }
}

fn utf8(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("the path {} is not UTF-8", path.display()))
}

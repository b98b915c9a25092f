//! The file store of Cutover.

use std::path::Path;
use std::sync::Arc;

use ::cutover::store::{Cause, Commit, CommitHeader, EventStore, Json, NewEvent, Sequence, StreamId};
use ::cutover::{Actor, CommandId, CommitId};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::executor::block_on;

use super::{Append, Rival};
use crate::workload::{Event, commits};

pub const NAME: &str = "cutover-store-file";

pub struct Cutover(Arc<FileStore>);

impl Cutover {
    pub fn open(folder: &Path) -> Self {
        Self(Arc::new(FileStore::open(folder, FileStoreOptions::default()).expect("it opens")))
    }
}

fn ready(event: &Event) -> NewEvent {
    let payload = Json::parse(&event.payload).expect("it is JSON");
    NewEvent { name: event.name.into(), schema: 1, cause: Cause::Command, payload }
}

impl Rival for Cutover {
    fn appender(&self) -> Append {
        let store = Arc::clone(&self.0);
        // Whoever makes events hands them over as JSON that is checked: the engine writes it from its own types. To read it here, from text,
        // would be work of this program's.
        let ready: Vec<Vec<NewEvent>> = commits().iter().map(|events| events.iter().map(ready).collect()).collect();
        Box::new(move |commit| {
            let id = format!("{}-{}", commit.stream, commit.expected);
            let header = CommitHeader {
                id: CommitId::new(id.clone()).expect("an id"),
                command: CommandId::new(id).expect("an id"),
                actor: Actor::System,
                time: chrono::Utc::now(),
            };
            let stream = StreamId::new(&commit.stream).expect("a name");
            let mut builder = Commit::builder(header);
            for event in &ready[commit.step] {
                builder = builder.append(&stream, Sequence(commit.expected), event.clone());
            }
            let commit = builder.build().expect("it holds events");
            block_on(store.commit(commit)).expect("nobody else appends to this stream");
        })
    }

    fn close(self: Box<Self>) {
        block_on(self.0.close()).expect("it closes");
    }
}

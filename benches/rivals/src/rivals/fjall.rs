//! fjall: events by position and places by stream in a log-structured tree, one batch and one sync for all that wait.

use std::path::Path;

use ::fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::grouped::{Log, Waiting};

pub const NAME: &str = "fjall";

pub struct Fjall {
    database: Database,
    events: Keyspace,
    streams: Keyspace,
    position: u64,
}

impl Fjall {
    pub fn open(folder: &Path) -> Self {
        let database = Database::builder(folder).open().expect("it opens");
        let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default).expect("it opens");
        let (events, streams) = (keyspace("events"), keyspace("streams"));
        Self { database, events, streams, position: 0 }
    }
}

fn place(stream: &str, sequence: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(stream.len() + 9);
    key.extend_from_slice(stream.as_bytes());
    key.push(0);
    key.extend_from_slice(&sequence.to_be_bytes());
    key
}

impl Log for Fjall {
    fn write(&mut self, batch: &[Waiting]) -> Vec<bool> {
        let mut writes = self.database.batch().durability(Some(PersistMode::SyncData));
        let mut written = Vec::with_capacity(batch.len());
        for Waiting { commit, .. } in batch {
            // No two appenders share a stream here, so that what is in the same batch need not be looked at.
            let has = |sequence| {
                self.streams.contains_key(place(&commit.stream, sequence)).expect("it can be read")
            };
            let stands = (commit.expected == 0 || has(commit.expected)) && !has(commit.expected + 1);
            written.push(stands);
            if !stands {
                continue;
            }
            for (event, sequence) in commit.events.iter().zip(commit.expected + 1..) {
                self.position += 1;
                let mut value =
                    Vec::with_capacity(event.name.len() + event.payload.len() + commit.stream.len() + 2);
                for part in [&*commit.stream, event.name, &event.payload] {
                    value.extend_from_slice(part.as_bytes());
                    value.push(0);
                }
                writes.insert(&self.events, self.position.to_be_bytes(), value);
                writes.insert(&self.streams, place(&commit.stream, sequence), self.position.to_be_bytes());
            }
        }
        writes.commit().expect("it commits");
        written
    }

    fn close(self) {
        self.database.persist(PersistMode::SyncAll).expect("it can be synced");
    }
}

//! redb: events by position and places by stream in a copy-on-write tree, one transaction for all that wait.

use std::path::Path;

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use crate::grouped::{Log, Waiting};

pub const NAME: &str = "redb";

const EVENTS: TableDefinition<'_, u64, (&str, &str, &str)> = TableDefinition::new("events");
const STREAMS: TableDefinition<'_, (&str, u64), u64> = TableDefinition::new("streams");

pub struct Redb {
    database: Database,
    position: u64,
}

impl Redb {
    pub fn open(folder: &Path) -> Self {
        let database = Database::create(folder.join("events.redb")).expect("it opens");
        assert!(database.begin_read().is_ok());
        Self { database, position: 0 }
    }
}

impl Log for Redb {
    fn write(&mut self, batch: &[Waiting]) -> Vec<bool> {
        let transaction = self.database.begin_write().expect("it begins");
        let mut written = Vec::with_capacity(batch.len());
        {
            let mut events = transaction.open_table(EVENTS).expect("it opens");
            let mut streams = transaction.open_table(STREAMS).expect("it opens");
            for Waiting { commit, .. } in batch {
                let stream = commit.stream.as_str();
                let has = |sequence| streams.get((stream, sequence)).expect("it can be read").is_some();
                let stands = (commit.expected == 0 || has(commit.expected)) && !has(commit.expected + 1);
                written.push(stands);
                if !stands {
                    continue;
                }
                for (event, sequence) in commit.events.iter().zip(commit.expected + 1..) {
                    self.position += 1;
                    let value = (stream, event.name, event.payload.as_str());
                    events.insert(self.position, value).expect("it can be written");
                    streams.insert((stream, sequence), self.position).expect("it can be written");
                }
            }
        }
        // Durable at once, which is redb's default.
        transaction.commit().expect("it commits");
        written
    }

    fn close(self) {}
}

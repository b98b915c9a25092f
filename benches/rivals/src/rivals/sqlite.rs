//! SQLite: a table of events, in WAL mode with a sync at each commit, one transaction for all that wait.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};

use crate::grouped::{Log, Waiting};

pub const NAME: &str = "SQLite (WAL, FULL)";

pub struct Sqlite(Connection);

impl Sqlite {
    pub fn open(folder: &Path) -> Self {
        let connection = Connection::open(folder.join("events.db")).expect("it opens");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, sequence INTEGER NOT NULL,
                                      name TEXT NOT NULL, payload TEXT NOT NULL, UNIQUE (stream, sequence)) STRICT;",
            )
            .expect("the table can be made");
        connection.set_prepared_statement_cache_capacity(4);
        Self(connection)
    }
}

impl Log for Sqlite {
    fn write(&mut self, batch: &[Waiting]) -> Vec<bool> {
        let transaction =
            self.0.transaction_with_behavior(TransactionBehavior::Immediate).expect("it begins");
        let mut written = Vec::with_capacity(batch.len());
        {
            let mut newest = transaction
                .prepare_cached("SELECT coalesce(max(sequence), 0) FROM events WHERE stream = ?")
                .expect("it is valid");
            let mut insert = transaction
                .prepare_cached("INSERT INTO events (stream, sequence, name, payload) VALUES (?, ?, ?, ?)")
                .expect("it is valid");
            for Waiting { commit, .. } in batch {
                let at: u64 = newest.query_row([&commit.stream], |row| row.get(0)).expect("it can be read");
                written.push(at == commit.expected);
                if at != commit.expected {
                    continue;
                }
                for (event, sequence) in commit.events.iter().zip(at + 1..) {
                    insert
                        .execute(params![commit.stream, sequence, event.name, event.payload])
                        .expect("it can be written");
                }
            }
        }
        transaction.commit().expect("it commits");
        written
    }

    fn close(self) {
        self.0.close().expect("it closes");
    }
}

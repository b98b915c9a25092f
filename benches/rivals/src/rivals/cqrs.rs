//! cqrs-es with its SQLite repository (sqlite-es), with a sync at each commit. It writes one commit in one transaction.
//!
//! One connection, whose waiting line is fair: several would only wait for each other's locks.

use std::path::Path;
use std::sync::Arc;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use sqlite_es::SqliteEventRepository;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Sqlite};
use tokio::runtime::Runtime;

use super::{Append, Rival};

pub const NAME: &str = "cqrs-es (sqlite-es)";

/// The kind of aggregate that the repository asks for. The events are stored as they are, without it.
#[derive(Default, Serialize, Deserialize)]
struct Release;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Happened;

impl DomainEvent for Happened {
    fn event_type(&self) -> String {
        "happened".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Release {
    const TYPE: &'static str = "release";
    type Command = ();
    type Event = Happened;
    type Error = std::convert::Infallible;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), Self::Error> {
        Ok(())
    }

    fn apply(&mut self, _: Happened) {}
}

pub struct Cqrs {
    runtime: Arc<Runtime>,
    pool: Pool<Sqlite>,
}

impl Cqrs {
    pub fn open(folder: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("it starts");
        let options = SqliteConnectOptions::new()
            .filename(folder.join("events.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = runtime.block_on(async {
            let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("it opens");
            // As in the project's own migrations.
            sqlx::query(
                "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL,
                 sequence integer CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL,
                 payload text NOT NULL, metadata text NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT",
            )
            .execute(&pool)
            .await
            .expect("the table can be made");
            pool
        });
        Self { runtime: Arc::new(runtime), pool }
    }
}

impl Rival for Cqrs {
    fn appender(&self) -> Append {
        let (runtime, repository) =
            (Arc::clone(&self.runtime), SqliteEventRepository::new(self.pool.clone()));
        Box::new(move |commit| {
            let events: Vec<_> = commit
                .events
                .iter()
                .zip(1..)
                .map(|(event, number)| SerializedEvent {
                    aggregate_id: commit.stream.clone(),
                    sequence: commit.expected as usize + number,
                    aggregate_type: Release::TYPE.to_owned(),
                    event_type: event.name.to_owned(),
                    event_version: "1".to_owned(),
                    payload: serde_json::from_str(&event.payload).expect("it is JSON"),
                    metadata: serde_json::json!({}),
                })
                .collect();
            let written = runtime.block_on(repository.persist::<Release>(&events, None));
            written.expect("nobody else appends to this stream");
        })
    }

    fn close(self: Box<Self>) {
        self.runtime.block_on(self.pool.close());
    }
}

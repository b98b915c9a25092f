//! eventcore with its file store: a file for each commit, synced with its folder.

use std::path::Path;
use std::sync::Arc;

use eventcore_fs::FileEventStore;
use eventcore_types::{EventStore, StreamId, StreamVersion, StreamWrites};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::{Append, Rival};

pub const NAME: &str = "eventcore (file store)";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Happened {
    stream: StreamId,
    name: String,
    payload: Box<serde_json::value::RawValue>,
}

impl eventcore_types::Event for Happened {
    fn stream_id(&self) -> &StreamId {
        &self.stream
    }

    fn event_type_name() -> &'static str {
        "happened"
    }
}

pub struct EventCore {
    runtime: Arc<Runtime>,
    store: Arc<FileEventStore>,
}

impl EventCore {
    pub fn open(folder: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("it starts");
        let store = FileEventStore::open(folder).expect("it opens");
        Self { runtime: Arc::new(runtime), store: Arc::new(store) }
    }
}

impl Rival for EventCore {
    fn appender(&self) -> Append {
        let (runtime, store) = (Arc::clone(&self.runtime), Arc::clone(&self.store));
        Box::new(move |commit| {
            let stream = StreamId::try_new(commit.stream.clone()).expect("a name");
            let version = StreamVersion::new(commit.expected as usize);
            let mut writes =
                StreamWrites::new().register_stream(stream.clone(), version).expect("it is the first");
            for event in commit.events.iter() {
                let payload =
                    serde_json::value::RawValue::from_string(event.payload.clone()).expect("it is JSON");
                let event = Happened { stream: stream.clone(), name: event.name.to_owned(), payload };
                writes = writes.append(event).expect("it is registered");
            }
            runtime.block_on(store.append_events(writes)).expect("nobody else appends to this stream");
        })
    }

    fn close(self: Box<Self>) {}
}

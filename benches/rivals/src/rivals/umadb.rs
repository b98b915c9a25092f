//! umadb-core: copy-on-write pages, with the writing thread of its own server.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot, watch};
use umadb_core::mvcc::{Mvcc, StorageOptions};
use umadb_core::writer_thread_blocking::writer_thread_blocking;
use umadb_core::writer_thread_request::WriterThreadRequest;
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbQuery, DcbQueryItem};

use super::{Append, Rival};

pub const NAME: &str = "umadb-core";

/// As many as the server takes by default.
const BATCH_EVENTS: usize = 5000;

pub struct Uma {
    requests: mpsc::Sender<WriterThreadRequest>,
    writer: JoinHandle<()>,
}

impl Uma {
    pub fn open(folder: &Path) -> Self {
        let database = Mvcc::new(false, StorageOptions::default().db_path(folder)).expect("it opens");
        let (requests, received) = mpsc::channel(4096);
        let (head, _) = watch::channel(None);
        let writer = std::thread::spawn(move || {
            writer_thread_blocking(Arc::new(database), received, head, BATCH_EVENTS)
        });
        Self { requests, writer }
    }
}

impl Rival for Uma {
    fn appender(&self) -> Append {
        let requests = self.requests.clone();
        let mut last: HashMap<String, u64> = HashMap::new();
        Box::new(move |commit| {
            if commit.expected == 0 {
                last.clear();
            }
            let tags = vec![commit.stream.clone()];
            let query = DcbQuery::with_items([DcbQueryItem::new().tags([commit.stream.as_str()])]);
            let condition =
                DcbAppendCondition { fail_if_events_match: query, after: last.get(&commit.stream).copied() };
            let events = commit
                .events
                .iter()
                .map(|event| DcbEvent {
                    event_type: event.name.to_owned(),
                    tags: tags.clone(),
                    data: event.payload.clone().into_bytes(),
                    ..DcbEvent::default()
                })
                .collect();
            let (response_tx, response) = oneshot::channel();
            let request = WriterThreadRequest::Append {
                events,
                condition: Some(condition),
                tracking_info: None,
                response_tx,
                cancel: None,
            };
            assert!(requests.blocking_send(request).is_ok(), "it is open");
            let written =
                response.blocking_recv().expect("it answers").expect("nobody else appends to this stream");
            last.insert(commit.stream.clone(), written);
        })
    }

    fn close(self: Box<Self>) {
        let Self { requests, writer } = *self;
        drop(requests);
        writer.join().expect("it does not panic");
    }
}

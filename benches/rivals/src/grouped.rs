//! The group commit of those that have none of their own: one thread writes all that waits with one sync.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, JoinHandle};

use crate::rivals::{Append, Rival};
use crate::workload::Prepared;

/// What one thread writes to.
pub trait Log: Send + 'static {
    /// Makes every commit durable, each in its own right; `false` for one whose stream stood elsewhere.
    fn write(&mut self, batch: &[Waiting]) -> Vec<bool>;
    /// Leaves the files as a clean close does.
    fn close(self);
}

/// A commit, and who waits for it.
pub struct Waiting {
    pub commit: Prepared,
    answer: SyncSender<bool>,
}

/// A log behind one writing thread.
pub struct Grouped {
    requests: Sender<Waiting>,
    writer: JoinHandle<()>,
}

impl Grouped {
    pub fn start(log: impl Log) -> Self {
        let (requests, received) = mpsc::channel();
        let writer = thread::spawn(move || write(log, &received));
        Self { requests, writer }
    }
}

fn write(mut log: impl Log, received: &Receiver<Waiting>) {
    while let Ok(first) = received.recv() {
        let batch: Vec<Waiting> = std::iter::once(first).chain(received.try_iter()).collect();
        for (waiting, is_written) in batch.iter().zip(log.write(&batch)) {
            waiting.answer.send(is_written).expect("it waits");
        }
    }
    log.close();
}

impl Rival for Grouped {
    fn appender(&self) -> Append {
        let requests = self.requests.clone();
        let (answer, answered) = mpsc::sync_channel(1);
        Box::new(move |commit| {
            requests.send(Waiting { commit: commit.clone(), answer: answer.clone() }).expect("it is open");
            assert!(answered.recv().expect("it is answered"), "nobody else appends to this stream");
        })
    }

    fn close(self: Box<Self>) {
        drop(self.requests);
        self.writer.join().expect("it does not panic");
    }
}

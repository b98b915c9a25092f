//! Those who wait are told what became of their commits, whatever the others who wait do.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::iter;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use cutover::store::{CommitError, EventStore as _, Position};
use cutover_store_file::simulated::SimulatedDisk;
use cutover_store_file::{FileStore, FileStoreOptions, Left};
use futures::FutureExt as _;
use futures::executor::block_on;
use futures::future::{BoxFuture, join_all, poll_immediate};

mod world;

use world::{FOLDER, append, commit};

/// The writer tells the outcomes of a batch of these sizes itself, or has a thread of its own tell them.
const FEW_AND_MANY: [u64; 2] = [5, 100];

/// A batch never spans segments, so they are large here.
fn open(disk: &SimulatedDisk) -> FileStore {
    let options = FileStoreOptions::default().segment_bytes(1024 * 1024);
    FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options).unwrap()
}

type Outcome<'a> = BoxFuture<'a, Result<Position, CommitError>>;

/// Begins one commit in a batch of its own, and those of the numbers up to `to` in the next, which is not written yet.
fn begin_together<'a>(disk: &SimulatedDisk, store: &'a FileStore, to: u64) -> Vec<Outcome<'a>> {
    disk.hold();
    let mut outcomes: Vec<_> = (0..to).map(|n| store.commit(commit(n)).boxed()).collect();
    assert!(block_on(poll_immediate(&mut outcomes[0])).is_none());
    disk.wait_for_a_call();
    for outcome in &mut outcomes[1..] {
        assert!(block_on(poll_immediate(outcome)).is_none());
    }
    outcomes
}

#[derive(Default)]
struct Panics {
    woken: AtomicUsize,
}

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::SeqCst);
        panic!("a waker that panics");
    }
}

/// Takes its time, so that whoever does not wait for the others to be told is noticed.
struct Slow;

impl Wake for Slow {
    fn wake(self: Arc<Self>) {
        thread::sleep(Duration::from_millis(200));
    }
}

fn poll_with(waker: &Arc<impl Wake + Send + Sync + 'static>, outcome: &mut Outcome<'_>) {
    let waker = Waker::from(Arc::clone(waker));
    assert!(outcome.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
}

#[test]
fn a_waker_that_panics_keeps_no_answer_from_the_others() {
    for size in FEW_AND_MANY {
        let disk = SimulatedDisk::new();
        let store = open(&disk);
        let mut outcomes = begin_together(&disk, &store, size);
        let panics = Arc::new(Panics::default());
        for place in [1, 2, 3] {
            poll_with(&panics, &mut outcomes[place]);
        }
        disk.release();
        // It is told last. Until then the others keep the wakers that they were polled with.
        let last = outcomes.pop().expect("there are some");
        assert_eq!(block_on(last).unwrap(), Position(size));
        assert_eq!(panics.woken.load(Ordering::SeqCst), 3);
        for (n, outcome) in (0..).zip(block_on(join_all(outcomes))) {
            assert_eq!(outcome.unwrap(), Position(n + 1));
        }
        append(&store, size, size + 3);
        block_on(store.close()).unwrap();
        drop(store);
        assert_eq!(open(&disk).report().left, Left::Closed);
    }
}

#[test]
fn a_store_that_is_closed_has_answered_all() {
    for size in FEW_AND_MANY {
        let disk = SimulatedDisk::new();
        let store = open(&disk);
        let mut outcomes = begin_together(&disk, &store, size);
        poll_with(&Arc::new(Slow), &mut outcomes[1]);
        let mut close = store.close().boxed();
        assert!(block_on(poll_immediate(&mut close)).is_none());
        disk.release();
        block_on(close).unwrap();
        for (n, outcome) in (0..).zip(outcomes) {
            let outcome = outcome.now_or_never().expect("it was told before the close was");
            assert_eq!(outcome.unwrap(), Position(n + 1));
        }
    }
}

/// Drops what waits as soon as it is woken, and with it the last handle to the store.
struct LetsGo(Mutex<Option<BoxFuture<'static, ()>>>);

impl Wake for LetsGo {
    fn wake(self: Arc<Self>) {
        self.0.lock().unwrap().take();
    }
}

#[test]
fn a_store_may_be_dropped_by_whoever_is_told() {
    for size in FEW_AND_MANY {
        let disk = SimulatedDisk::new();
        let store = Arc::new(open(&disk));
        let begin = |n| {
            let store = Arc::clone(&store);
            let mut outcome = async move { drop(store.commit(commit(n)).await) }.boxed();
            assert!(block_on(poll_immediate(&mut outcome)).is_none());
            outcome
        };
        disk.hold();
        let first = begin(0);
        disk.wait_for_a_call();
        let mut last = begin(1);
        let others: Vec<_> = (2..size).map(begin).collect();
        drop((first, others, store));
        let lets_go = Arc::new(LetsGo(Mutex::new(None)));
        let waker = Waker::from(Arc::clone(&lets_go));
        assert!(last.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
        lets_go.0.lock().unwrap().replace(last);
        drop(lets_go);
        disk.release();
        // It is closed by then or soon: nobody waits for ever.
        let options = FileStoreOptions::default().segment_bytes(1024 * 1024);
        let mut reopened = iter::repeat_with(|| {
            thread::sleep(Duration::from_millis(1));
            FileStore::open_on(Arc::new(disk.clone()), Path::new(FOLDER), options.clone())
        });
        let reopened = reopened.find_map(Result::ok).expect("it never ends");
        assert_eq!(block_on(reopened.head()).unwrap(), Position(size));
    }
}

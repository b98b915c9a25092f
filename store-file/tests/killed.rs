//! A process that appends is killed at random, again and again: whatever it had acknowledged is there, once, in order.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use cutover::store::{EventStore as _, Position};
use cutover_store_file::{FileStore, FileStoreOptions, Left, verify};
use futures::executor::block_on;
use futures::future::join_all;
use tempfile::TempDir;

mod world;

use world::{Dice, commit, count, count_in, rounds};

/// Tells the child where the store is, and how large its segments are.
const STORE: &str = "CUTOVER_KILLED_STORE";
const SEGMENT_BYTES: &str = "CUTOVER_KILLED_SEGMENT_BYTES";
const ACKNOWLEDGED: &str = "acknowledged ";

/// How often a process that appends to one store is killed: all of the store is read each time, so that more of one would take long.
const KILLS: u64 = 30;

#[test]
fn whatever_was_acknowledged_before_a_kill_is_there() {
    let mut dice = Dice::new(1);
    for _ in 0..rounds(1, 14) {
        let folder = TempDir::new().unwrap();
        kill_again_and_again(&folder.path().join("releases"), &mut dice);
    }
}

fn kill_again_and_again(store: &Path, dice: &mut Dice) {
    let mut kept = 0;
    for round in 0..KILLS {
        // Small segments are rolled often, large ones are preallocated.
        let segment_bytes: u64 = if round % 2 == 0 { 16 * 1024 } else { 2 * 1024 * 1024 };
        let acknowledged = kill_a_child(store, segment_bytes, dice.roll()).unwrap_or(kept);
        let read = (round % 3 == 1).then(|| read_only(store));
        let opened = FileStore::open(store, FileStoreOptions::default()).unwrap();
        assert_eq!(opened.report().left, Left::Interrupted);
        kept = count(&opened);
        assert!(read.is_none_or(|read| read == kept), "round {round}: who only reads sees what is kept");
        assert!(kept >= acknowledged, "round {round}: {acknowledged} were acknowledged, {kept} are there");
        if round % 3 == 0 {
            block_on(opened.close()).unwrap();
        }
        drop(opened);
        if round % 5 == 0 {
            // The same is found without the saved index.
            fs::remove_dir_all(store.join("index")).unwrap();
            let opened = FileStore::open(store, FileStoreOptions::default()).unwrap();
            assert_eq!((opened.report().indexed, count(&opened)), (Position::START, kept));
        }
    }
    assert!(kept > KILLS, "the children got somewhere: {kept}");
}

/// How many commits a reader finds who repairs nothing. All of it is sound, but for the end.
fn read_only(store: &Path) -> u64 {
    let found = verify(store).unwrap();
    assert!(found.is_sound(), "{found:#?}");
    let read = count_in(&FileStore::open_read_only(store).unwrap());
    assert_eq!(found.commits, read);
    read
}

/// Starts a child, kills it, and says how many commits it had acknowledged by then.
fn kill_a_child(store: &Path, segment_bytes: u64, roll: u64) -> Option<u64> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["the_child_that_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(STORE, store)
        .env(SEGMENT_BYTES, segment_bytes.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = lines.map_while(Result::ok).filter_map(|line| {
        let number = line.strip_prefix(ACKNOWLEDGED)?;
        Some(number.parse::<u64>().unwrap())
    });
    let first = acknowledged.next();
    thread::sleep(Duration::from_micros(roll % 60_000));
    child.kill().unwrap();
    child.wait().unwrap();
    acknowledged.last().or(first)
}

/// Not a test of its own: it appends until it is killed.
#[test]
#[ignore = "the other test of this file starts it"]
fn the_child_that_is_killed() {
    let Some(store) = env::var_os(STORE) else {
        return;
    };
    let segment_bytes = env::var(SEGMENT_BYTES).unwrap().parse().unwrap();
    // The chain goes on and off.
    let options =
        FileStoreOptions::default().segment_bytes(segment_bytes).tamper_evident(segment_bytes < 1_000_000);
    let store = FileStore::open(store, options).unwrap();
    let Position(mut next) = block_on(store.head()).unwrap();
    let mut output = io::stdout().lock();
    loop {
        let together = next % 9 + 1;
        let outcomes = block_on(join_all((next..next + together).map(|n| store.commit(commit(n)))));
        for outcome in outcomes {
            let Position(position) = outcome.unwrap();
            next += 1;
            assert_eq!(position, next);
            writeln!(output, "{ACKNOWLEDGED}{position}").unwrap();
        }
    }
}

//! A store is written anew without some of its streams: everything else stays as it was, at its position.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]
#![allow(dead_code, reason = "each test needs its part of the world")]

use std::fs;
use std::path::{Path, PathBuf};

use cutover::store::{
    Cause, Commit, EventStore as _, NewEvent, Position, RecordedCommit, Sequence, StoreExt as _, StreamId,
};
use cutover_store_file::{CopyError, FileStore, Left, OpenError, Rewritten, rewrite};
use futures::TryStreamExt as _;
use futures::executor::block_on;
use tempfile::TempDir;

mod world;

use world::{Dice, append, commit, count, options, stream};

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, name: &str) -> FileStore {
        FileStore::open(self.path(name), options()).unwrap()
    }

    fn rewrite(&self, from: &str, to: &str, left_out: &[&str]) -> Rewritten {
        let leave_out = |stream: &StreamId| left_out.contains(&stream.as_str());
        block_on(rewrite(self.path(from), self.path(to), options(), leave_out)).unwrap()
    }
}

fn all(store: &FileStore) -> Vec<RecordedCommit> {
    block_on(store.commits_after(Position::START).try_collect()).unwrap()
}

fn id(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("00000000000000000001.log")).unwrap()[14..46].to_vec()
}

#[test]
fn where_nothing_is_left_out_everything_is_the_same_but_the_stores_id() {
    let place = Place::new();
    append(&place.open("old"), 0, 60);
    let rewritten = place.rewrite("old", "new", &[]);
    assert_eq!((rewritten.head, rewritten.streams, rewritten.events), (Position(60), 0, 0));
    let new = place.open("new");
    assert_eq!((new.report().left, new.report().indexed), (Left::Closed, Position(60)));
    assert_eq!(count(&new), 60);
    assert_eq!(all(&new), all(&place.open("old")));
    assert_ne!(id(&place.path("new")), id(&place.path("old")));
    assert!(!place.path("new.unfinished").exists());
}

#[test]
fn what_stays_has_its_position_and_its_sequence_and_what_is_left_out_is_gone() {
    let place = Place::new();
    append(&place.open("old"), 0, 60);
    let rewritten = place.rewrite("old", "new", &["a", "b1"]);
    assert_eq!((rewritten.streams, rewritten.events, rewritten.emptied), (2, 120 + 20, 20));
    let (old, new) = (all(&place.open("old")), all(&place.open("new")));
    assert_eq!(old.len(), new.len());
    for (old, new) in old.iter().zip(&new) {
        assert_eq!((old.position, &old.header), (new.position, &new.header));
        let is_kept = |name: &str| name != "a" && name != "b1";
        let kept = old.events.iter().filter(|event| is_kept(event.stream.as_str()));
        let mut kept: Vec<_> = kept.cloned().collect();
        (0..).zip(&mut kept).for_each(|(index, event)| event.index = index);
        assert_eq!(new.events, kept);
    }
    let new = place.open("new");
    assert_eq!(block_on(new.read_stream(&stream("a"), Sequence::NONE, 9)).unwrap(), []);
    let b0 = block_on(new.read_stream(&stream("b0"), Sequence::NONE, 99)).unwrap();
    assert_eq!(b0.iter().map(|event| event.sequence.0).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    for log in fs::read_dir(place.path("new")).unwrap().map(|entry| entry.unwrap().path()) {
        let is_log = log.extension().is_some_and(|ext| ext == "log");
        assert!(!is_log || !fs::read_to_string(log).unwrap().contains(r#""stream":"a""#));
    }
}

#[test]
fn a_store_of_which_nothing_is_left_goes_on_at_the_next_position() {
    let place = Place::new();
    append(&place.open("old"), 0, 2_500);
    let rewritten = place.rewrite("old", "new", &["a", "b0", "b1", "b2"]);
    assert_eq!((rewritten.head, rewritten.emptied), (Position(2_500), 2_500));
    // Rewritten again, with nothing left to leave out, it is the same.
    assert_eq!(place.rewrite("new", "newer", &["a"]).emptied, 0);
    fs::remove_dir_all(place.path("newer/index")).unwrap();
    for name in ["new", "newer"] {
        let store = place.open(name);
        assert_eq!(block_on(store.head()).unwrap(), Position(2_500));
        let page = block_on(store.read_all(Position::START, 7)).unwrap();
        assert_eq!(page.len(), 7, "a page of them has an end");
        assert_eq!(all(&store).len(), 2_500);
        assert!(all(&store).iter().all(|commit| commit.events.is_empty()));
        assert_eq!(block_on(store.commit(commit(0))).unwrap(), Position(2_501));
    }
}

/// A chain of causes over three streams, begun by a command, and another begun by a deadline.
fn chains() -> Commit {
    let event = |cause| NewEvent { cause, ..commit(0).events()[0].1.clone() };
    let events = [
        ("a", Cause::Command),
        ("b", Cause::Event(0)),
        ("c", Cause::Event(1)),
        ("d", Cause::Event(2)),
        ("a", Cause::Deadline),
        ("c", Cause::Event(4)),
        ("d", Cause::Event(5)),
    ];
    let builder = Commit::builder(commit(0).header().clone());
    let add = |builder: cutover::store::CommitBuilder, (name, cause)| {
        builder.append(&stream(name), Sequence::NONE, event(cause))
    };
    events.into_iter().fold(builder, add).build().unwrap()
}

#[test]
fn what_followed_from_what_is_left_out_follows_from_what_that_followed_from() {
    use Cause::{Command, Deadline, Event};

    let place = Place::new();
    block_on(place.open("old").commit(chains())).unwrap();
    let left = |to: &str, left_out: &[&str]| -> Vec<(String, Cause)> {
        place.rewrite("old", to, left_out);
        let commit = all(&place.open(to)).remove(0);
        commit.events.into_iter().map(|event| (event.stream.as_str().to_owned(), event.cause)).collect()
    };
    let expected = |events: &[(&str, Cause)]| -> Vec<(String, Cause)> {
        events.iter().map(|(name, cause)| ((*name).to_owned(), *cause)).collect()
    };
    let without_b_and_c = [("a", Command), ("d", Event(0)), ("a", Deadline), ("d", Event(2))];
    assert_eq!(left("1", &["b", "c"]), expected(&without_b_and_c));
    // Nobody gave the command to `b`, and the deadline was none of `c`'s: they name themselves.
    let without_a = [("b", Event(0)), ("c", Event(0)), ("d", Event(1)), ("c", Event(3)), ("d", Event(3))];
    assert_eq!(left("2", &["a"]), expected(&without_a));
    assert_eq!(left("3", &["a", "b", "c"]), expected(&[("d", Event(0)), ("d", Event(1))]));
    place.rewrite("2", "4", &["c"]);
    let again: Vec<Cause> = all(&place.open("4"))[0].events.iter().map(|event| event.cause).collect();
    assert_eq!(again, [Event(0), Event(0), Event(2)]);
}

#[test]
fn any_history_without_any_streams_is_the_rest_of_it() {
    let mut dice = Dice::new(7);
    for round in 0..20 {
        let place = Place::new();
        let names = ["a", "b", "c", "d", "e"];
        let mut sequences = [0_u64; 5];
        let store = place.open("old");
        for n in 0..dice.roll() % 60 {
            let mut builder = Commit::builder(commit(n).header().clone());
            for index in 0..=u32::try_from(dice.roll() % 5).unwrap() {
                let which = usize::try_from(dice.roll() % 5).unwrap();
                let cause =
                    if dice.is_heads() && index > 0 { Cause::Event(index - 1) } else { Cause::Command };
                let event = NewEvent { cause, ..commit(n).events()[0].1.clone() };
                builder = builder.append(&stream(names[which]), Sequence(sequences[which]), event);
                sequences[which] += 1;
            }
            let built = builder.build().unwrap();
            block_on(store.commit(built)).unwrap();
        }
        let old = all(&store);
        drop(store);
        let left_out: Vec<&str> = names.into_iter().filter(|_| dice.is_heads()).collect();
        place.rewrite("old", "new", &left_out);
        let new = place.open("new");
        let head = Position(old.len() as u64);
        assert_eq!((new.report().head, all(&new).len()), (head, old.len()), "round {round}");
        let kept = |commits: &[RecordedCommit]| -> Vec<_> {
            let events = commits.iter().flat_map(|commit| commit.events.clone());
            let kept = events.filter(|event| !left_out.contains(&event.stream.as_str()));
            kept.map(|event| (event.position, event.stream, event.sequence, event.payload)).collect()
        };
        assert_eq!(kept(&all(&new)), kept(&old), "round {round}");
        assert_eq!(kept(&all(&new)).len(), all(&new).iter().map(|commit| commit.events.len()).sum::<usize>());
        drop(new);
        // All of it is read and checked where there is no saved index.
        fs::remove_dir_all(place.path("new/index")).ok();
        assert_eq!(place.open("new").report().head, head);
    }
}

#[test]
fn a_store_that_is_open_or_is_none_is_not_rewritten_and_nothing_is_overwritten() {
    let place = Place::new();
    let store = place.open("old");
    append(&store, 0, 3);
    let try_to = |from: &str, to: &str| {
        block_on(rewrite(place.path(from), place.path(to), options(), |_| false)).unwrap_err()
    };
    assert!(matches!(try_to("old", "new"), CopyError::Open(OpenError::OpenElsewhere { .. })));
    drop(store);
    assert!(matches!(try_to("nothing", "new"), CopyError::NoStore { .. }));
    assert!(!place.path("nothing").exists());
    place.rewrite("old", "new", &[]);
    assert!(matches!(try_to("old", "new"), CopyError::Exists { .. }));
    assert!(matches!(try_to("old", "old"), CopyError::Exists { .. }));
    fs::create_dir(place.path("newer.unfinished")).unwrap();
    assert!(matches!(try_to("old", "newer"), CopyError::Unfinished { .. }));
    assert_eq!(count(&place.open("new")), 3);
}

#[test]
fn a_stream_that_is_left_out_in_part_is_refused() {
    let place = Place::new();
    append(&place.open("old"), 0, 3);
    let asked = std::cell::Cell::new(0);
    let first_only = |_: &StreamId| asked.replace(asked.get() + 1) == 0;
    let told = block_on(rewrite(place.path("old"), place.path("new"), options(), first_only)).unwrap_err();
    assert!(matches!(told, CopyError::NotTaken { position: Position(1), .. }), "{told}");
    assert!(!place.path("new").exists());
}

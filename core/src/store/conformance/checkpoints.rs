//! Checkpoints are a cache: right if they are there, and no answer depends on whether they are.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::StoreUnderTest;
use super::drafts::{
    Draft, accepted, conflict, head, json, mismatch, ok, one, page, says, stream, together, whole_log,
};
use crate::store::{Checkpoint, EventStore, Sequence};

fn checkpoint(sequence: u64, fold: u32, state: &str) -> Checkpoint {
    Checkpoint { sequence: Sequence(sequence), fold, state: json(state) }
}

async fn save(store: &dyn EventStore, name: &str, checkpoint: Checkpoint) {
    ok(store.save_checkpoint(&stream(name), checkpoint).await, "saving a checkpoint");
}

async fn load(store: &dyn EventStore, name: &str) -> Option<Checkpoint> {
    ok(store.load_checkpoint(&stream(name)).await, "loading a checkpoint")
}

/// A stream without a checkpoint has none, whether it exists or not. Guards against an empty one, or a neighbour's.
pub async fn there_is_no_checkpoint_before_one_is_saved(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    accepted(&*store, one("ab", 0, "x")).await;
    save(&*store, "ab", checkpoint(1, 1, "{}")).await;
    assert_eq!(load(&*store, "a").await, None);
    assert_eq!(load(&*store, "nowhere").await, None);
}

/// The checkpoint that comes back is the last that was saved, byte for byte, if one comes back. Guards against mixing an old
/// one with a new one, and against state that is parsed and written anew.
pub async fn the_last_checkpoint_comes_back_or_none(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..5 {
        accepted(&*store, one("a", n, n)).await;
        accepted(&*store, one("b", n, n)).await;
    }
    let texts = [r#"{ "z": 1.00, "a": [1 ,2] }"#, "null", r#""\u00e9 \/""#, "{}", "[1e0]"];
    for (n, text) in (1..).zip(texts) {
        let (of_a, of_b) = (checkpoint(n, 7, text), checkpoint(n, u32::MAX, "{}"));
        save(&*store, "a", of_a.clone()).await;
        save(&*store, "b", of_b.clone()).await;
        assert!(load(&*store, "a").await.is_none_or(|read| read == of_a && read.state == of_a.state));
        assert!(load(&*store, "b").await.is_none_or(|read| read == of_b));
    }
    let older = checkpoint(2, 8, "2");
    save(&*store, "a", older.clone()).await;
    assert!(
        load(&*store, "a").await.is_none_or(|read| read == older),
        "the last saved counts, not the newest"
    );
}

/// Saving a checkpoint changes no answer: no event, no stream, no head, no conflict. Guards against stores that keep them in
/// the log, or let a stream stand where its checkpoint says.
pub async fn a_checkpoint_changes_no_answer(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    let before = (head(&*store).await, whole_log(&*store).await);
    save(&*store, "a", checkpoint(1, 1, "{}")).await;
    save(&*store, "a", checkpoint(1_000, 1, "{}")).await;
    save(&*store, "nowhere", checkpoint(3, 1, "{}")).await;
    assert_eq!((head(&*store).await, whole_log(&*store).await), before);
    assert_eq!(page(&*store, "nowhere", 0, 10).await, []);
    assert_eq!(conflict(&*store, one("a", 1_000, "y")).await, [mismatch("a", 1_000, 1)]);
    assert_eq!(conflict(&*store, one("nowhere", 3, "y")).await, [mismatch("nowhere", 3, 0)]);
    accepted(&*store, one("nowhere", 0, "y")).await;
    accepted(&*store, one("a", 1, "y")).await;
    assert_eq!(says(&*store, "a").await, ["x", "y"]);
}

/// Checkpoints of streams with similar names are kept apart. Guards against file names and keys that are folded, cut or
/// hashed to the same.
pub async fn checkpoints_of_similar_names_are_kept_apart(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let long = "x".repeat(511);
    let names =
        ["a", "A", "a ", "a/", "../a", "a\n", "\u{e9}", "e\u{301}", &format!("{long}1"), &format!("{long}2")];
    for name in names {
        accepted(&*store, one(name, 0, "x")).await;
    }
    for (n, name) in (0..).zip(names) {
        save(&*store, name, checkpoint(1, n, "{}")).await;
    }
    for (n, name) in (0..).zip(names) {
        let read = load(&*store, name).await;
        assert!(read.is_none_or(|read| read.fold == n), "the checkpoint of {name:?}");
    }
}

/// Checkpoints of one stream that are saved at once do not mix: the one that comes back is one of them, whole. Guards
/// against files that two write at the same time.
pub async fn checkpoints_saved_at_once_do_not_mix(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    let of = |n: u32| checkpoint(1, n, &format!("\"{}\"", n.to_string().repeat(5_000)));
    let tasks = (0..8).map(|n| -> BoxFuture<'static, ()> {
        let store = Arc::clone(&store);
        let saving = async move {
            for _ in 0..5 {
                save(&*store, "a", of(n)).await;
                let read = load(&*store, "a").await;
                assert!(read.is_none_or(|read| (0..8).any(|n| read == of(n))), "it is one of them, whole");
            }
        };
        saving.boxed()
    });
    together(harness, tasks.collect()).await;
    assert!(load(&*store, "a").await.is_none_or(|read| (0..8).any(|n| read == of(n))));
}

/// A checkpoint of a mebibyte comes back whole or not at all. Guards against columns and buffers that cut.
pub async fn a_large_checkpoint_comes_back_whole_or_not_at_all(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    let large = checkpoint(1, 1, &format!("\"{}\"", "0123456789abcdef".repeat(64 * 1024)));
    save(&*store, "a", large.clone()).await;
    assert!(load(&*store, "a").await.is_none_or(|read| read == large));
    save(&*store, "a", checkpoint(1, 2, "{}")).await;
    assert!(load(&*store, "a").await.is_none_or(|read| read == checkpoint(1, 2, "{}")));
}

/// A store that says it keeps checkpoints has the last of every stream. Guards against a cache that is never hit: everything
/// is right, and every start takes as long as the history is.
pub async fn kept_checkpoints_are_all_there(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let names: Vec<String> = (0..200).map(|n| format!("release/{n}")).collect();
    let first = names.iter().fold(Draft::new("first"), |draft, name| draft.on(name, 0, "x").on(name, 0, "y"));
    accepted(&*store, first.done()).await;
    for sequence in [1, 2] {
        for (n, name) in (0..).zip(&names) {
            save(&*store, name, checkpoint(sequence, n, "[1.0]")).await;
        }
    }
    for (n, name) in (0..).zip(&names) {
        assert_eq!(load(&*store, name).await, Some(checkpoint(2, n, "[1.0]")), "{name}");
    }
}

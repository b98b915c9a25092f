//! Large commits, large payloads, many streams.

use super::StoreUnderTest;
use super::drafts::{
    Draft, accepted, commits, conflict, event, head, json, mismatch, one, page, says, whole_log, whole_stream,
};
use crate::store::{CommitError, NewEvent, Position};

/// A text of `bytes` bytes as JSON, of characters that want escaping here and there.
fn text(bytes: usize) -> String {
    format!("\"{}\"", "0123456789 \\n \u{e9} ".repeat(bytes / 16 + 1))
}

/// A text of `bytes` bytes as JSON, which is read faster.
fn plain(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes))
}

/// A commit of a thousand events on a hundred streams is one commit. Guards against limits on the rows of a statement, which
/// split it.
pub async fn a_commit_of_a_thousand_events_is_one(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut draft = Draft::new("large");
    for n in 0..1_000 {
        draft = draft.on(&format!("s{}", n % 100), 0, n);
    }
    let position = accepted(&*store, draft.done()).await;
    let log = whole_log(&*store).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].position, position);
    assert_eq!(log[0].events.len(), 1_000);
    for n in 0..100 {
        let events = whole_stream(&*store, &format!("s{n}")).await;
        let indices = events.iter().map(|event| event.index);
        assert!(indices.eq((0..10).map(|m| m * 100 + n)), "stream s{n}");
    }
}

/// A payload of a mebibyte comes back byte for byte, between small ones. Guards against buffers that are taken for large
/// enough.
pub async fn a_payload_of_a_mebibyte_comes_back(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let large = json(&text(1024 * 1024));
    accepted(&*store, one("a", 0, "before")).await;
    let payload = NewEvent { payload: large.clone(), ..event("") };
    accepted(&*store, Draft::new("large").event("a", 1, payload).done()).await;
    accepted(&*store, one("a", 2, "after")).await;
    let events = page(&*store, "a", 0, 10).await;
    assert_eq!(events.len(), 3);
    assert!(events[1].payload == large, "the payload came back changed");
    let log = commits(&*store, Position::START, 10).await;
    assert!(log[1].events[0].payload == large, "the payload came back changed");
}

/// A commit of twenty mebibytes is taken whole, or refused as too large with nothing written; then the store goes on.
/// Guards against stores that learn in the middle of writing that it is too much.
pub async fn a_commit_that_is_too_large_writes_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "before")).await;
    let before = head(&*store).await;
    let payload = || NewEvent { payload: json(&text(10 * 1024 * 1024)), ..event("") };
    let commit = Draft::new("too large").event("a", 1, payload()).event("b", 0, payload()).done();
    match store.commit(commit).await {
        Ok(position) => {
            assert!(position > before);
            assert_eq!(page(&*store, "b", 0, 10).await.len(), 1);
            accepted(&*store, one("a", 2, "after")).await;
        }
        Err(CommitError::TooLarge { bytes, limit }) => {
            assert!(bytes > limit);
            assert_eq!(head(&*store).await, before);
            assert_eq!(page(&*store, "b", 0, 10).await, []);
            accepted(&*store, one("a", 1, "after")).await;
            assert_eq!(says(&*store, "a").await, ["before", "after"]);
        }
        Err(error) => {
            panic!("a commit that is too large is refused as such, and the store answered: {error}")
        }
    }
}

/// Two thousand streams are all found again. Guards against an index that forgets.
pub async fn two_thousand_streams_are_all_found(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..200 {
        let mut draft = Draft::new(&format!("{n}"));
        for m in 0..10 {
            draft = draft.on(&format!("release/{}", n * 10 + m), 0, n * 10 + m);
        }
        accepted(&*store, draft.done()).await;
    }
    for n in 0..2_000 {
        assert_eq!(says(&*store, &format!("release/{n}")).await, [n.to_string()]);
    }
}

/// A commit with a thousand guards is checked on each: it passes if all hold, and names the one that does not. Guards
/// against limits on the parameters of a statement.
pub async fn a_thousand_guards_are_all_checked(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("g500", 0, "x")).await;
    let guarded = |id: &str, at: u64| {
        let mut draft = Draft::new(id).on("a", 0, "x");
        for n in 0..1_000 {
            draft = draft.guard(&format!("g{n}"), if n == 500 { at } else { 0 });
        }
        draft.done()
    };
    assert_eq!(conflict(&*store, guarded("stale", 0)).await, [mismatch("g500", 0, 1)]);
    accepted(&*store, guarded("right", 1)).await;
    assert_eq!(says(&*store, "a").await, ["x"]);
}

/// A conflict on a thousand streams names all of them, in order. Guards against answers that are cut.
pub async fn a_conflict_of_a_thousand_streams_names_them_all(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let of_all =
        |id: &str| (0..1_000).fold(Draft::new(id), |draft, n| draft.on(&format!("s{n}"), 0, n)).done();
    accepted(&*store, of_all("first")).await;
    let expected: Vec<_> = (0..1_000).map(|n| mismatch(&format!("s{n}"), 0, 1)).collect();
    assert_eq!(conflict(&*store, of_all("second")).await, expected);
    assert_eq!(whole_log(&*store).await.len(), 1);
}

/// A page is counted in events, however large they are. Guards against answers that end at some number of bytes, which a
/// reader takes for the end of the stream.
pub async fn pages_are_counted_in_events_and_not_in_bytes(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let large = json(&text(300 * 1024));
    for n in 0..12 {
        let payload = NewEvent { payload: large.clone(), ..event("") };
        accepted(&*store, Draft::new(&format!("{n}")).event("a", n, payload).done()).await;
    }
    assert_eq!(page(&*store, "a", 0, 12).await.len(), 12);
    assert_eq!(page(&*store, "a", 1, 10).await.len(), 10);
    assert_eq!(commits(&*store, Position::START, 12).await.len(), 12);
}

/// A store that limits commits has one limit: what it names is the same each time, what is refused is above it, and a commit
/// that is well below it is taken. Guards against a limit that is checked on another size than is written.
pub async fn the_limit_is_the_same_each_time(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut limits: Vec<usize> = Vec::new();
    let mut at = 0;
    // Doubled until two were refused.
    for size in (0..12).map(|doubled| (32 * 1_024) << doubled) {
        let payload = NewEvent { payload: json(&plain(size)), ..event("") };
        match store.commit(Draft::new(&size.to_string()).event("a", at, payload).done()).await {
            Ok(_) => {
                assert!(limits.is_empty(), "{size} bytes were taken after a refusal");
                at += 1;
            }
            Err(CommitError::TooLarge { bytes, limit }) => {
                assert!(bytes > limit && bytes >= size, "{bytes} of {size} bytes, at most {limit}");
                limits.push(limit);
            }
            Err(error) => panic!("the store answered: {error}"),
        }
        if limits.len() == 2 {
            break;
        }
    }
    assert_eq!(page(&*store, "a", 0, usize::MAX).await.len() as u64, at);
    limits.dedup();
    assert_eq!(limits.len(), 1, "one limit, of at most 64 MiB: {limits:?}");
    let payload = NewEvent { payload: json(&plain(limits[0] / 4)), ..event("") };
    accepted(&*store, Draft::new("a quarter").event("a", at, payload).done()).await;
}

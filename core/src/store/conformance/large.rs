//! Large commits, large payloads, many streams.

use super::StoreUnderTest;
use super::drafts::{Draft, accepted, commits, event, head, json, one, page, says, whole_log, whole_stream};
use crate::store::{CommitError, NewEvent, Position};

/// A text of `bytes` bytes as JSON, of characters that want escaping here and there.
fn text(bytes: usize) -> String {
    format!("\"{}\"", "0123456789 \\n \u{e9} ".repeat(bytes / 16 + 1))
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

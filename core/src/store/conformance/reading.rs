//! Reading: at the ends, beyond them, again, and not to the end.

use super::StoreUnderTest;
use super::drafts::{Draft, accepted, commits, head, one, page, says, stream, whole_log, whole_stream};
use crate::store::Position;

/// Reading after the last event, or far beyond it, gives nothing and no error. Guards against arithmetic that wraps around
/// and begins again at the start.
pub async fn there_is_nothing_after_the_end(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, "x")).await;
    let head = head(&*store).await;
    for after in [1, 2, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
        assert_eq!(page(&*store, "a", after, 10).await, [], "after sequence {after}");
        assert_eq!(page(&*store, "a", after, usize::MAX).await, [], "after sequence {after}");
    }
    for after in [head.0, head.0 + 1, u64::MAX - 1, u64::MAX] {
        assert_eq!(commits(&*store, Position(after), 10).await, [], "after position {after}");
        assert_eq!(commits(&*store, Position(after), usize::MAX).await, [], "after position {after}");
    }
}

/// A stream that does not exist is an empty one, also beside others. Guards against errors for what is an ordinary question.
pub async fn a_stream_that_does_not_exist_is_empty(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("release/1", 0, "x")).await;
    for name in ["release/2", "release/", "release/11", "release"] {
        assert_eq!(page(&*store, name, 0, 10).await, [], "{name}");
    }
}

/// The log reads the same every time, whatever is appended later. Guards against stores that order by something that changes.
pub async fn the_log_reads_the_same_every_time(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..10 {
        accepted(&*store, one(&format!("s{n}"), 0, n)).await;
    }
    let first = whole_log(&*store).await;
    accepted(&*store, one("s0", 1, "later")).await;
    let second = whole_log(&*store).await;
    assert_eq!(second[..first.len()], first);
    assert_eq!(second.len(), first.len() + 1);
}

/// Of a stream's page only that stream's events come, also where commits hold those of others, in between and in large
/// number. Guards against stores that give the whole commit, or take its places for the stream's.
pub async fn a_stream_is_read_without_its_neighbours(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..5_u64 {
        let mut draft = Draft::new(&format!("{n}"));
        for m in 0..10 {
            draft = draft.on("crowd", n * 10, m);
        }
        draft = draft.on("a", n * 2, n).on("crowd 2", n, n).on("a", n * 2, format!("{n} again"));
        accepted(&*store, draft.done()).await;
    }
    let events = whole_stream(&*store, "a").await;
    assert!(events.iter().all(|event| event.stream == stream("a")));
    let indices: Vec<u32> = events.iter().map(|event| event.index).collect();
    assert_eq!(indices, [10, 12].repeat(5));
    assert_eq!(says(&*store, "a").await[..4], ["0", "0 again", "1", "1 again"]);
}

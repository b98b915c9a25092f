//! Pages: at every boundary, of every size, nothing left out and nothing twice.

use super::StoreUnderTest;
use super::drafts::{Draft, accepted, commits, head, one, page, whole_log};
use crate::store::{EventStore, Position, RecordedCommit, RecordedEvent};

/// Ten commits of 1, 2, 3, 1, 2, 3, ... events, on `a` and on another stream.
async fn history(store: &dyn EventStore) {
    let mut sequence = 0;
    for n in 0..10_u64 {
        let mut draft = Draft::new(&format!("{n}"));
        for m in 0..=n % 3 {
            draft = draft.on("a", sequence, format!("{n}.{m}"));
        }
        sequence += n % 3 + 1;
        accepted(store, draft.done()).await;
        accepted(store, one(&format!("other {n}"), 0, n)).await;
    }
}

/// Every page of a stream, for every `after` and every limit around its length, is that part of the stream. Guards against
/// being off by one where a page begins or ends within a commit.
pub async fn a_page_of_a_stream_is_right_at_every_boundary(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    history(&*store).await;
    let all = page(&*store, "a", 0, usize::MAX).await;
    assert_eq!(all.len(), 19);
    for after in 0..=all.len() + 1 {
        for limit in 0..=all.len() + 1 {
            let expected: Vec<RecordedEvent> = all.iter().skip(after).take(limit).cloned().collect();
            let read = page(&*store, "a", after as u64, limit).await;
            assert_eq!(read, expected, "{limit} after {after}");
        }
    }
}

/// A limit of 0 gives nothing, of a stream and of the log. Guards against stores where 0 means no limit.
pub async fn a_limit_of_zero_gives_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    history(&*store).await;
    assert_eq!(page(&*store, "a", 0, 0).await, []);
    assert_eq!(commits(&*store, Position::START, 0).await, []);
}

/// What the contract says of a page of the log, said as a program: commits are added while their events do not exceed the
/// limit, but one is always given.
fn page_of(all: &[RecordedCommit], after: Position, limit: usize) -> Vec<RecordedCommit> {
    let mut page: Vec<RecordedCommit> = Vec::new();
    let mut events = 0;
    for commit in all.iter().filter(|commit| commit.position > after) {
        events += commit.events.len();
        if limit == 0 || (events > limit && !page.is_empty()) {
            break;
        }
        page.push(commit.clone());
    }
    page
}

/// Every page of the log, from every position and for every limit, holds whole commits, as many as the limit allows.
/// Guards against pages that end within a commit: their reader would see half a step.
pub async fn a_page_of_the_log_holds_whole_commits(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    history(&*store).await;
    let all = whole_log(&*store).await;
    assert_eq!(all.len(), 20);
    let events: usize = all.iter().map(|commit| commit.events.len()).sum();
    let mut starts: Vec<Position> = all.iter().map(|commit| commit.position).collect();
    starts.insert(0, Position::START);
    for after in starts {
        for limit in 0..=events + 1 {
            let read = commits(&*store, after, limit).await;
            assert_eq!(read, page_of(&all, after, limit), "{limit} events after {after}");
        }
    }
}

/// A commit with more events than the limit is given whole, and alone. Guards against readers that come to a stop in front
/// of it.
pub async fn a_commit_larger_than_the_limit_is_given_whole(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut draft = Draft::new("large");
    for n in 0..50 {
        draft = draft.on("a", 0, n);
    }
    let large = accepted(&*store, draft.done()).await;
    let small = accepted(&*store, one("b", 0, "small")).await;
    for limit in [1, 2, 49, 50] {
        let read = commits(&*store, Position::START, limit).await;
        assert_eq!(read.len(), 1, "limit {limit}");
        assert_eq!((read[0].position, read[0].events.len()), (large, 50));
    }
    assert_eq!(commits(&*store, Position::START, 51).await.len(), 2);
    assert_eq!(commits(&*store, large, 1).await[0].position, small);
}

/// The largest limit there is gives everything. Guards against stores that reserve memory for the limit, or add to it.
pub async fn the_largest_limit_gives_everything(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    history(&*store).await;
    assert_eq!(page(&*store, "a", 0, usize::MAX).await.len(), 19);
    assert_eq!(page(&*store, "a", 18, usize::MAX).await.len(), 1);
    assert_eq!(commits(&*store, Position::START, usize::MAX).await.len(), 20);
}

/// Whoever pages through a long history sees everything once, at any page size: a stream of some hundred commits that lie
/// far apart, and the log. Guards against pages that lose what lies on their edge.
pub async fn paging_through_a_long_history_loses_nothing(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..600 {
        let mut draft = Draft::new(&format!("{n}")).on("long", n, n);
        if n % 2 == 0 {
            draft = draft.on(&format!("single {n}"), 0, n);
        }
        accepted(&*store, draft.done()).await;
    }
    for size in [1, 7, 100, 599, 600, 601] {
        let mut sequences = Vec::new();
        loop {
            let after = sequences.last().copied().unwrap_or(0);
            let read = page(&*store, "long", after, size).await;
            if read.is_empty() {
                break;
            }
            assert!(read.len() <= size && read[0].sequence.0 == after + 1, "a page of {size} after {after}");
            sequences.extend(read.iter().map(|event| event.sequence.0));
        }
        assert_eq!(sequences, (1..=600).collect::<Vec<u64>>(), "pages of {size}");
    }
    for size in [1, 7, 900] {
        let mut positions = vec![Position::START];
        loop {
            let after = positions[positions.len() - 1];
            let read = commits(&*store, after, size).await;
            if read.is_empty() {
                break;
            }
            assert!(
                read[0].position > after,
                "a page of {size} after {after} begins at {}",
                read[0].position
            );
            positions.extend(read.iter().map(|commit| commit.position));
        }
        assert!(positions.is_sorted_by(|earlier, later| earlier < later));
        assert_eq!(positions.len(), 601, "pages of {size}");
        assert_eq!(positions[600], head(&*store).await);
    }
}

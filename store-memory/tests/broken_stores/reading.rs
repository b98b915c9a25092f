//! Stores that read otherwise than they have written: pages, names, copies.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cutover::store::{
    Commit, CommitError, EventStore as _, Position, RecordedCommit, RecordedEvent, Sequence, StoreError,
    StreamId,
};

use crate::breaking::{Breaks, Within, a_turn};

/// What a broken store gives for a page of a stream, and for one of the log.
type Events = Result<Vec<RecordedEvent>, StoreError>;
type Commits = Result<Vec<RecordedCommit>, StoreError>;

macro_rules! reads_a_stream {
    ($(#[$doc:meta])* $store:ident, $read:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $store;

        #[async_trait]
        impl Breaks for $store {
            async fn read_stream(&self, within: &Within, stream: &StreamId, after: Sequence, limit: usize) -> Events {
                let page: fn(&Within, &StreamId, Sequence, usize) -> Events = $read;
                page(within, stream, after, limit)
            }
        }
    };
}

macro_rules! reads_the_log {
    ($(#[$doc:meta])* $store:ident, $read:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $store;

        #[async_trait]
        impl Breaks for $store {
            async fn read_all(&self, within: &Within, after: Position, limit: usize) -> Commits {
                let page: fn(&Within, Position, usize) -> Commits = $read;
                page(within, after, limit)
            }
        }
    };
}

fn events(within: &Within, stream: &StreamId, after: u64, limit: usize) -> Vec<RecordedEvent> {
    let all = within.whole_log().into_iter().flat_map(|commit| commit.events);
    all.filter(|event| event.stream == *stream && event.sequence.0 > after).take(limit).collect()
}

/// The log as it is to be read: whole commits, as the limit has it.
fn commits(within: &Within, after: u64, limit: usize) -> Vec<RecordedCommit> {
    let (mut left, mut page) = (limit, Vec::new());
    for commit in within.whole_log().into_iter().filter(|commit| commit.position.0 > after) {
        if left == 0 || (commit.events.len() > left && !page.is_empty()) {
            break;
        }
        left = left.saturating_sub(commit.events.len());
        page.push(commit);
    }
    page
}

reads_a_stream!(
    /// It loses an event where a page begins.
    SkipsAtThePagesEdge,
    |within, stream, after, limit| Ok(events(within, stream, after.0 + u64::from(after.0 > 3), limit))
);
reads_a_stream!(
    /// It gives an event more than it is asked for.
    GivesOneTooMany,
    |within, stream, after, limit| Ok(events(within, stream, after.0, limit.saturating_add(usize::from(limit > 0))))
);
reads_a_stream!(
    /// It takes a limit of 0 for none.
    TakesZeroForNoLimit,
    |within, stream, after, limit| Ok(events(within, stream, after.0, if limit == 0 { usize::MAX } else { limit }))
);
reads_a_stream!(
    /// It asks for one more than the limit, to know whether there is more.
    AddsToTheLimit,
    |within, stream, after, limit| {
        let mut page = events(within, stream, after.0, limit.wrapping_add(1));
        page.truncate(limit);
        Ok(page)
    }
);
reads_a_stream!(
    /// It keeps sequences in 32 bits.
    WrapsAround,
    |within, stream, after, limit| Ok(events(within, stream, after.0 & 0xffff_fffe & u64::from(u32::MAX), limit))
);
reads_a_stream!(
    /// It has an error for streams that do not exist.
    RefusesAbsentStreams,
    |within, stream, after, limit| {
        if within.stands(stream) == Sequence::NONE {
            return Err(StoreError::unavailable("reading", "no such stream"));
        }
        Ok(events(within, stream, after.0, limit))
    }
);
reads_a_stream!(
    /// It gives every event of a commit that holds one of the stream's.
    GivesTheNeighboursToo,
    |within, stream, after, limit| {
        let of_stream = |commit: &RecordedCommit| {
            commit.events.iter().any(|event| event.stream == *stream && event.sequence > after)
        };
        let commits = within.whole_log().into_iter().filter(of_stream);
        Ok(commits.flat_map(|commit| commit.events).take(limit).collect())
    }
);
reads_a_stream!(
    /// It gives the streams whose names begin so.
    ReadsByPrefix,
    |within, stream, after, limit| {
        let all = within.whole_log().into_iter().flat_map(|commit| commit.events);
        let of_stream = all.filter(|it| it.stream.as_str().starts_with(stream.as_str()) && it.sequence > after);
        Ok(of_stream.take(limit).collect())
    }
);
reads_a_stream!(
    /// A page ends at some mebibytes.
    CutsPagesByBytes,
    |within, stream, after, limit| {
        let mut left: usize = 2 * 1024 * 1024;
        let page = events(within, stream, after.0, limit).into_iter();
        Ok(page
            .take_while(|event| {
                let fits = left > 0;
                left = left.saturating_sub(event.payload.as_str().len());
                fits
            })
            .collect())
    }
);
reads_a_stream!(
    /// Its index forgets what it has not seen for long.
    ForgetsStreams,
    |within, stream, after, limit| {
        let log = within.whole_log();
        let recent = &log[log.len().saturating_sub(150)..];
        let is_recent = recent.iter().flat_map(|commit| &commit.events).any(|event| event.stream == *stream);
        Ok(if is_recent { events(within, stream, after.0, limit) } else { Vec::new() })
    }
);
reads_a_stream!(
    /// It decodes a stream's events in another way than the log's.
    DecodesInTwoWays,
    |within, stream, after, limit| {
        let mut page = events(within, stream, after.0, limit);
        for event in &mut page {
            event.index = 0;
        }
        Ok(page)
    }
);
reads_the_log!(
    /// A page ends within a commit.
    CutsCommitsAtTheLimit,
    |within, after, limit| {
        let mut left = limit;
        let mut page = Vec::new();
        for mut commit in commits(within, after.0, usize::MAX) {
            if left == 0 {
                break;
            }
            commit.events.truncate(left);
            left -= commit.events.len();
            page.push(commit);
        }
        Ok(page)
    }
);
reads_the_log!(
    /// It comes to a stop in front of a commit that is larger than the limit.
    StopsAtALargeCommit,
    |within, after, limit| {
        let page = commits(within, after.0, limit);
        let fits = page.first().is_none_or(|first| first.events.len() <= limit);
        Ok(if fits { page } else { Vec::new() })
    }
);
reads_the_log!(
    /// It begins with the commit that was read last.
    BeginsWithTheLastOne,
    |within, after, limit| Ok(commits(within, after.0.saturating_sub(1), limit))
);
reads_the_log!(
    /// It sorts by time, and numbers what it sorted.
    SortsByTime,
    |within, after, limit| {
        let mut all = within.whole_log();
        all.sort_by_key(|commit| commit.header.time);
        all.retain(|commit| commit.position > after);
        all.truncate(limit);
        Ok(all)
    }
);
reads_the_log!(
    /// It sorts by the name of the first stream.
    SortsByStream,
    |within, after, limit| {
        let mut all = within.whole_log();
        all.sort_by(|left, right| left.events[0].stream.cmp(&right.events[0].stream));
        all.retain(|commit| commit.position > after);
        all.truncate(limit);
        Ok(all)
    }
);

macro_rules! takes_names_for_others {
    ($(#[$doc:meta])* $store:ident, $name:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $store;

        impl Breaks for $store {
            fn name(&self, name: &StreamId) -> StreamId {
                let taken: fn(&str) -> String = $name;
                StreamId::new(&taken(name.as_str())).unwrap_or_else(|_| name.clone())
            }
        }
    };
}

takes_names_for_others!(
    /// It folds the case of names.
    FoldsCase,
    str::to_lowercase
);
takes_names_for_others!(
    /// It keeps 255 bytes of a name.
    CutsNames,
    |name| name.chars().scan(0, |bytes, it| { *bytes += it.len_utf8(); (*bytes <= 255).then_some(it) }).collect()
);
takes_names_for_others!(
    /// It cuts space off names.
    TrimsNames,
    |name| name.trim().to_owned()
);
takes_names_for_others!(
    /// It knows the characters of the basic plane.
    KnowsOnePlane,
    |name| name.chars().map(|it| if u32::from(it) > 0xffff { '\u{fffd}' } else { it }).collect()
);

/// Reads come from a copy that is some turns behind.
#[derive(Default)]
pub(crate) struct ReadsACopy {
    calls: AtomicU64,
    behind: AtomicU64,
}

impl ReadsACopy {
    /// How much of the log the copy has: every third call brings it up to date.
    async fn end(&self, within: &Within) -> Result<Position, StoreError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) % 3 == 2 {
            self.behind.store(within.head().await?.0, Ordering::SeqCst);
        }
        Ok(Position(self.behind.load(Ordering::SeqCst)))
    }
}

#[async_trait]
impl Breaks for ReadsACopy {
    async fn read_stream(&self, within: &Within, stream: &StreamId, after: Sequence, limit: usize) -> Events {
        let end = self.end(within).await?;
        let mut page = within.read_stream(stream, after, limit).await?;
        page.retain(|event| event.position <= end);
        Ok(page)
    }
}

/// It draws a position, and shows the commit only later: others may have overtaken it by then.
#[derive(Default)]
pub(crate) struct ShowsLate(AtomicU64);

#[async_trait]
impl Breaks for ShowsLate {
    async fn read_all(&self, within: &Within, after: Position, limit: usize) -> Commits {
        let mut page = within.read_all(after, limit).await?;
        page.retain(|commit| commit.position.0 % 4 != 1 || self.0.fetch_add(1, Ordering::SeqCst) % 64 >= 48);
        Ok(page)
    }
}

/// It shows a commit stream by stream: `b` a little later than `a`.
#[derive(Default)]
pub(crate) struct ShowsStreamAfterStream(AtomicU64);

#[async_trait]
impl Breaks for ShowsStreamAfterStream {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let position = within.commit(commit).await?;
        a_turn().await;
        self.0.store(position.0, Ordering::SeqCst);
        Ok(position)
    }

    async fn read_stream(&self, within: &Within, stream: &StreamId, after: Sequence, limit: usize) -> Events {
        let shown = if stream.as_str() == "b" { self.0.load(Ordering::SeqCst) } else { u64::MAX };
        let mut page = within.read_stream(stream, after, limit).await?;
        page.retain(|event| event.position.0 <= shown);
        Ok(page)
    }
}

/// Its head counts what was tried, whether or not it was written.
#[derive(Default)]
pub(crate) struct CountsTries(AtomicU64);

#[async_trait]
impl Breaks for CountsTries {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        a_turn().await;
        within.commit(commit).await
    }

    async fn head(&self, _within: &Within) -> Result<Position, StoreError> {
        Ok(Position(self.0.load(Ordering::SeqCst)))
    }
}

/// A page of a stream is put together from two looks, the first of which is old.
#[derive(Default)]
pub(crate) struct LooksTwice;

#[async_trait]
impl Breaks for LooksTwice {
    async fn read_stream(&self, within: &Within, stream: &StreamId, after: Sequence, limit: usize) -> Events {
        let mut page = within.read_stream(stream, after, limit).await?;
        let end = within.head().await?;
        for _ in 0..4 {
            a_turn().await;
        }
        let newer = within.read_stream(stream, after, limit).await?;
        // What came between the two looks is left out.
        page.extend(newer.into_iter().filter(|event| event.position.0 > end.0 + 1));
        Ok(page)
    }
}

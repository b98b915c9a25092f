//! Waiting for what is new: nobody sleeps through a commit.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures::future::{self, BoxFuture, poll_immediate};
use futures::task::{ArcWake, AtomicWaker, waker};
use futures::{FutureExt as _, StreamExt as _};

use super::StoreUnderTest;
use super::drafts::{Draft, a_turn, accepted, commits, conflict, head, ok, one, soon, together};
use crate::store::{EventStore, Position, StoreExt as _};

async fn past(harness: &dyn StoreUnderTest, store: &dyn EventStore, position: Position) -> Position {
    let head = soon(harness, "a wake-up", store.wait_past(position)).await;
    ok(head, "waiting")
}

/// Whoever waits for what is there already does not wait. Guards against stores that wake only on the next commit.
pub async fn waiting_for_the_past_returns_at_once(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let first = accepted(&*store, one("a", 0, "x")).await;
    let second = accepted(&*store, one("a", 1, "y")).await;
    assert_eq!(past(harness, &*store, Position::START).await, second);
    assert_eq!(past(harness, &*store, first).await, second);
}

/// A commit wakes who waits, and what it woke for can be read. Guards against a signal that comes before the data.
pub async fn a_commit_wakes_who_waits(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for n in 0..20 {
        let before = head(&*store).await;
        let mut waiting = pin!(store.wait_past(before));
        assert!(poll_immediate(&mut waiting).await.is_none(), "there is nothing to wake for yet");
        let position = accepted(&*store, one("a", n, n)).await;
        let woken = ok(soon(harness, "a wake-up", waiting).await, "waiting");
        assert_eq!(woken, position);
        assert_eq!(commits(&*store, before, 10).await[0].position, position);
    }
}

/// One commit wakes all who wait. Guards against notifying one of many.
pub async fn a_commit_wakes_all_who_wait(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut waiting: Vec<_> = (0..100).map(|_| store.wait_past(Position::START)).collect();
    for waiting in &mut waiting {
        assert!(poll_immediate(waiting).await.is_none());
    }
    let position = accepted(&*store, one("a", 0, "x")).await;
    for woken in soon(harness, "a hundred wake-ups", future::join_all(waiting)).await {
        assert_eq!(ok(woken, "waiting"), position);
    }
}

/// Whoever waits for a position that is still to come sleeps through the commits before it. Guards against answers with a
/// head that is not past what was asked for: their reader would find nothing and spin.
pub async fn a_waiter_is_not_woken_too_early(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let first = accepted(&*store, one("a", 0, 0)).await;
    let mut waiting = pin!(store.wait_past(Position(first.0 + 1)));
    assert!(poll_immediate(&mut waiting).await.is_none());
    let mut last = first;
    for n in 1.. {
        assert!(n < 1_000, "positions increase");
        last = accepted(&*store, one("a", n, n)).await;
        if last.0 > first.0 + 1 {
            break;
        }
        assert!(poll_immediate(&mut waiting).await.is_none(), "woken at {last}, which is not past it");
    }
    assert_eq!(ok(soon(harness, "a wake-up", waiting).await, "waiting"), last);
}

/// Whoever waits for what can never come sleeps on while commits come and go. Guards against a position that wraps around
/// when one is added to it.
pub async fn who_waits_for_the_last_position_sleeps_on(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    accepted(&*store, one("a", 0, 0)).await;
    let mut waiting = [u64::MAX, u64::MAX - 1].map(|position| store.wait_past(Position(position)));
    for n in 1..10 {
        for waiting in &mut waiting {
            assert!(poll_immediate(waiting).await.is_none(), "the log is not that long");
        }
        accepted(&*store, one("a", n, n)).await;
    }
}

/// Of those who wait at different positions each wakes when the head is past its own. Guards against waking in the order in
/// which they came, and against one condition for all.
pub async fn each_waiter_wakes_at_its_own_position(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let first = accepted(&*store, one("a", 0, 0)).await;
    // The last of them first, so that the order in which they came is the wrong one.
    let mut waiting: Vec<_> = [40, 20, 10, 3, 0]
        .map(|further| (Position(first.0 + further), store.wait_past(Position(first.0 + further))))
        .into();
    let mut at = 1;
    while !waiting.is_empty() {
        for (_, waiting) in &mut waiting {
            assert!(poll_immediate(waiting).await.is_none(), "the head is not past it");
        }
        let head = accepted(&*store, one("a", at, at)).await;
        at += 1;
        let (awake, asleep) = waiting.into_iter().partition(|(position, _)| *position < head);
        waiting = asleep;
        let awake: Vec<(Position, BoxFuture<'_, _>)> = awake;
        for (_, awake) in awake {
            assert_eq!(ok(soon(harness, "a wake-up", awake).await, "waiting"), head);
        }
    }
}

/// Rings when somebody is woken.
#[derive(Default)]
struct Bell {
    has_rung: AtomicBool,
    listener: AtomicWaker,
}

impl ArcWake for Bell {
    fn wake_by_ref(bell: &Arc<Self>) {
        bell.has_rung.store(true, Ordering::SeqCst);
        bell.listener.wake();
    }
}

/// A waiter that moves to another task while it waits is woken where it is then. Guards against stores that keep the waker
/// of the first poll: whoever waits within a `select` or a timeout that is moved sleeps for ever.
pub async fn a_waiter_that_moved_is_woken_where_it_is(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let [before, now] = [Arc::new(Bell::default()), Arc::new(Bell::default())];
    let mut waiting = store.wait_past(Position::START);
    for bell in [&before, &now] {
        let waker = waker(Arc::clone(bell));
        assert!(waiting.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    }
    let position = accepted(&*store, one("a", 0, "x")).await;
    let rung = poll_fn(|context| {
        now.listener.register(context.waker());
        if now.has_rung.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    });
    soon(harness, "a wake-up at the new place", rung).await;
    assert_eq!(ok(soon(harness, "the answer", waiting).await, "waiting"), position);
}

/// Hundreds who wait hold up neither commits nor reads. Guards against a connection or a thread for each who waits.
pub async fn who_waits_holds_nobody_up(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut waiting: Vec<_> = (0..500).map(|_| store.wait_past(Position::START)).collect();
    for waiting in &mut waiting {
        assert!(poll_immediate(waiting).await.is_none());
    }
    let working = async {
        let mut last = Position::START;
        for n in 0..5 {
            last = accepted(&*store, one("a", n, n)).await;
            assert_eq!(commits(&*store, Position::START, 10).await.len() as u64, n + 1);
        }
        last
    };
    let last = soon(harness, "the end of a few commits", working).await;
    for woken in soon(harness, "all wake-ups", future::join_all(waiting)).await {
        let woken = ok(woken, "waiting");
        assert!(Position::START < woken && woken <= last);
    }
}

/// A refused commit wakes nobody. Guards against readers that are woken for nothing.
pub async fn a_conflict_wakes_nobody(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut waiting = pin!(store.wait_past(Position::START));
    assert!(poll_immediate(&mut waiting).await.is_none());
    conflict(&*store, one("a", 7, "wrong")).await;
    assert!(poll_immediate(&mut waiting).await.is_none());
    accepted(&*store, one("a", 0, "right")).await;
    ok(soon(harness, "a wake-up", waiting).await, "waiting");
}

/// Whoever stops waiting takes nobody's wake-up along. Guards against a signal that is handed to one who has gone.
pub async fn a_waiter_who_goes_away_takes_no_wake_up_along(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut gone: Vec<_> = (0..10).map(|_| store.wait_past(Position::START)).collect();
    for gone in &mut gone {
        assert!(poll_immediate(gone).await.is_none());
    }
    let mut stays = pin!(store.wait_past(Position::START));
    assert!(poll_immediate(&mut stays).await.is_none());
    drop(gone);
    let position = accepted(&*store, one("a", 0, "x")).await;
    assert_eq!(ok(soon(harness, "a wake-up", stays).await, "waiting"), position);
}

/// Readers that only ever wait and read see everything while a writer commits without a pause, and stop. Guards against the
/// gap between looking and falling asleep: a commit in it is seen only with the next, and the last one never.
pub async fn a_wake_up_is_never_missed(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 200;
    let store = harness.fresh().await;
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for _ in 0..3 {
        let (store, patience) = (Arc::clone(&store), harness.patience());
        let reading = async move {
            let (mut seen, mut at) = (0, Position::START);
            while seen < COMMITS {
                ok(store.wait_past(at).await, "waiting");
                let page = commits(&*store, at, 50).await;
                assert!(!page.is_empty(), "woken past {at} for nothing");
                seen += page.len() as u64;
                at = page[page.len() - 1].position;
            }
        };
        tasks.push(in_time("the last wake-up", reading, patience).boxed());
    }
    tasks.push(
        async move {
            for n in 0..COMMITS {
                accepted(&*store, one("a", n, n)).await;
                if n % 3 == 0 {
                    a_turn().await;
                }
            }
        }
        .boxed(),
    );
    together(harness, tasks).await;
}

/// A single commit wakes a reader who is about to fall asleep, at whatever moment it comes. Guards against the same gap where no
/// later commit makes up for it: the system stands still although there is something to do.
pub async fn a_lone_commit_wakes_whenever_it_comes(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut last = Position::START;
    for n in 0..40 {
        let (reader, writer) = (Arc::clone(&store), Arc::clone(&store));
        let reads = async move {
            let woken = ok(reader.wait_past(last).await, "waiting");
            assert!(woken > last);
        };
        let commits = async move {
            for _ in 0..n % 8 {
                a_turn().await;
            }
            accepted(&*writer, one("a", n, n)).await;
        };
        together(harness, vec![reads.boxed(), commits.boxed()]).await;
        last = head(&*store).await;
    }
}

async fn in_time(what: &str, answer: impl Future<Output = ()>, patience: BoxFuture<'static, ()>) {
    match future::select(pin!(answer), patience).await {
        future::Either::Left(_) => {}
        future::Either::Right(_) => panic!("{what} did not come"),
    }
}

/// A subscription catches up with the past and goes on with what is new, with neither gap nor repeat, while writers go on.
/// Guards against the seam between the two, where published stores have lost events.
pub async fn a_subscription_has_no_seam(harness: &dyn StoreUnderTest) {
    const WRITERS: u64 = 3;
    const COMMITS: u64 = 40;
    let store = harness.fresh().await;
    for n in 0..20 {
        accepted(&*store, one("past", n, n)).await;
    }
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        tasks.push(
            async move {
                let name = format!("writer {writer}");
                for n in 0..COMMITS {
                    accepted(&*store, one(&name, n, n)).await;
                    a_turn().await;
                }
            }
            .boxed(),
        );
    }
    for _ in 0..2 {
        let (store, patience) = (Arc::clone(&store), harness.patience());
        let subscribed = async move {
            let expected = 20 + WRITERS * COMMITS;
            let seen: Vec<_> = store
                .subscribe(Position::START)
                .take(usize::try_from(expected).unwrap_or(usize::MAX))
                .map(|commit| ok(commit, "the subscription").position)
                .collect()
                .await;
            assert!(seen.is_sorted_by(|earlier, later| earlier < later), "{seen:?}");
        };
        tasks.push(in_time("the end of a subscription", subscribed, patience).boxed());
    }
    together(harness, tasks).await;
    let late = store.subscribe(head(&*store).await);
    let mut late = pin!(late);
    assert!(poll_immediate(late.next()).await.is_none());
    let commit = Draft::new("last").on("past", 20, "last").done();
    let position = accepted(&*store, commit).await;
    let next = soon(harness, "the next commit", late.next()).await;
    let next = next.map(|commit| ok(commit, "the subscription").position);
    assert_eq!(next, Some(position));
}

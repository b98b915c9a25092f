//! Many at once: nothing lost, nothing twice, one winner, and no reader left behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};

use super::StoreUnderTest;
use super::drafts::{
    Draft, a_turn, accepted, head, mismatch, one, page, said, says, stands_at, stream, together, whole_log,
    whole_stream, won,
};
use crate::store::{CommitError, Position, Sequence};

/// Of many commits that expect the same, one is accepted, in each of several rounds. Guards against two winners, which is a
/// lost update, and against none, which is a store that stands still.
pub async fn one_of_many_rivals_wins(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for round in 0..20 {
        let wins = Arc::new(AtomicU64::new(0));
        let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
        for rival in 0..8 {
            let (store, wins) = (Arc::clone(&store), Arc::clone(&wins));
            let rivalry = async move {
                if won(&*store, one("contested", round, rival)).await.is_some() {
                    wins.fetch_add(1, Ordering::SeqCst);
                }
            };
            tasks.push(rivalry.boxed());
        }
        together(harness, tasks).await;
        assert_eq!(wins.load(Ordering::SeqCst), 1, "round {round}");
    }
    assert_eq!(says(&*store, "contested").await.len(), 20);
}

/// Writers who try until they succeed all get everything in: nothing is lost, nothing is there twice, and every stream
/// has its sequences without a gap. Guards against commits that are acknowledged and not recorded, or recorded and refused.
pub async fn nothing_is_lost_and_nothing_comes_twice(harness: &dyn StoreUnderTest) {
    const WRITERS: u64 = 6;
    const COMMITS: u64 = 15;
    let store = harness.fresh().await;
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        let writing = async move {
            for n in 0..COMMITS {
                loop {
                    let at = stands_at(&*store, "shared").await;
                    a_turn().await;
                    if won(&*store, one("shared", at, format!("{writer}.{n}"))).await.is_some() {
                        break;
                    }
                }
            }
        };
        tasks.push(writing.boxed());
    }
    together(harness, tasks).await;
    let mut all = says(&*store, "shared").await;
    for writer in 0..WRITERS {
        let own = all.iter().filter(|says| says.starts_with(&format!("{writer}.")));
        let expected: Vec<String> = (0..COMMITS).map(|n| format!("{writer}.{n}")).collect();
        assert!(own.eq(&expected), "every writer's commits are there in their order");
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len() as u64, WRITERS * COMMITS);
    let sequences = whole_stream(&*store, "shared").await;
    let sequences = sequences.iter().map(|event| event.sequence.0);
    assert!(sequences.eq(1..=WRITERS * COMMITS));
}

/// Commits that name the same streams in opposite orders all come to an end, and each is whole. Guards against stores that
/// lock stream after stream, and wait for each other.
pub async fn crossed_commits_do_not_block_each_other(harness: &dyn StoreUnderTest) {
    const COMMITS: u64 = 15;
    let store = harness.fresh().await;
    let orders = [["a", "b", "c"], ["c", "b", "a"], ["b", "a", "c"], ["c", "a", "b"]];
    let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
    for (writer, order) in orders.into_iter().enumerate() {
        let store = Arc::clone(&store);
        let writing = async move {
            for n in 0..COMMITS {
                loop {
                    let at = stands_at(&*store, "a").await;
                    a_turn().await;
                    let mut draft = Draft::new(&format!("{writer}.{n}.{at}"));
                    for name in order {
                        draft = draft.on(name, at, format!("{writer}.{n}"));
                    }
                    if won(&*store, draft.done()).await.is_some() {
                        break;
                    }
                }
            }
        };
        tasks.push(writing.boxed());
    }
    together(harness, tasks).await;
    let a = says(&*store, "a").await;
    assert_eq!(a.len() as u64, 4 * COMMITS);
    assert_eq!(says(&*store, "b").await, a);
    assert_eq!(says(&*store, "c").await, a);
}

/// Two who each read what the other writes, and guard it, are never both accepted. Guards against write skew: each
/// decision was right on what it read, and both together are wrong.
pub async fn there_is_no_write_skew(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for round in 0..20 {
        let (left, right) = (format!("left {round}"), format!("right {round}"));
        let wins = Arc::new(AtomicU64::new(0));
        let mut tasks: Vec<BoxFuture<'static, ()>> = Vec::new();
        for (own, other) in [(left.clone(), right.clone()), (right.clone(), left.clone())] {
            let (store, wins) = (Arc::clone(&store), Arc::clone(&wins));
            let going_off_duty = async move {
                if page(&*store, &other, 0, 1).await.is_empty() {
                    a_turn().await;
                    let commit = Draft::new(&own).on(&own, 0, "off duty").guard(&other, 0).done();
                    if won(&*store, commit).await.is_some() {
                        wins.fetch_add(1, Ordering::SeqCst);
                    }
                }
            };
            tasks.push(going_off_duty.boxed());
        }
        together(harness, tasks).await;
        assert_eq!(wins.load(Ordering::SeqCst), 1, "round {round}: one of the two stays on duty");
        let off_duty = stands_at(&*store, &left).await + stands_at(&*store, &right).await;
        assert_eq!(off_duty, 1);
    }
}

/// Many commits that are begun together, on streams of their own, are all accepted and lie in the log in the order of their
/// positions. Guards against stores that take independent writers for rivals.
pub async fn independent_writers_are_no_rivals(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let mut answers = join_all((0..200).map(|n| {
        let store = Arc::clone(&store);
        async move { accepted(&*store, one(&format!("own {n}"), 0, n)).await }
    }))
    .await;
    answers.sort_unstable();
    assert!(answers.is_sorted_by(|earlier, later| earlier < later), "a position was given twice");
    let read: Vec<Position> = whole_log(&*store).await.iter().map(|commit| commit.position).collect();
    assert_eq!(read, answers);
    assert_eq!(head(&*store).await, answers[199]);
}

/// What is begun together and expects each other's outcome is decided in some order: a chain of commits on one stream, begun
/// at once, is accepted up to some point, and every one that was refused expected something that was not there. Guards against
/// stores that check a batch against what was before it.
pub async fn a_batch_is_checked_commit_by_commit(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let answers = join_all((0..50_u64).map(|n| {
        let store = Arc::clone(&store);
        async move { (n, won(&*store, one("chain", n, n)).await) }
    }))
    .await;
    let accepted: BTreeMap<u64, Position> =
        answers.into_iter().filter_map(|(n, answer)| Some((n, answer?))).collect();
    assert!(accepted.keys().copied().eq(0..accepted.len() as u64), "{accepted:?}");
    assert!(accepted.values().is_sorted());
    let events = store.read_stream(&stream("chain"), Sequence::NONE, 100).await;
    assert_eq!(events.map(|events| events.len()).ok(), Some(accepted.len()));
}

/// Each of many answers that come at once is that of its own commit: the position at which it stands, or the mismatch of
/// its own stream. Guards against answers that are handed out in an order of their own.
pub async fn every_answer_is_that_of_its_own_commit(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let is_wrong = |n: u64| n % 3 == 1;
    let answers = join_all((0..120_u64).map(|n| {
        let store = Arc::clone(&store);
        async move { store.commit(one(&format!("own {n}"), if is_wrong(n) { n } else { 0 }, n)).await }
    }))
    .await;
    for (n, answer) in (0..).zip(answers) {
        let name = format!("own {n}");
        let events = page(&*store, &name, 0, 10).await;
        match answer {
            Ok(position) => {
                assert!(!is_wrong(n), "{name} was to be refused");
                let positions: Vec<Position> = events.iter().map(|event| event.position).collect();
                assert_eq!((positions, said(&events[0])), (vec![position], n.to_string()));
            }
            Err(CommitError::Conflict(conflict)) => {
                assert_eq!((conflict.0, events.len()), (vec![mismatch(&name, n, 0)], 0));
            }
            Err(error) => panic!("the store answered: {error}"),
        }
    }
}

/// A store that says so leaves no gap between positions, whatever was refused, dropped or raced for. Guards against numbers
/// that are drawn before it is known whether they are used.
pub async fn dense_positions_have_no_gap(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let tasks = (0..4_u64).map(|writer| -> BoxFuture<'static, ()> {
        let store = Arc::clone(&store);
        let writing = async move {
            for n in 0..15 {
                accepted(&*store, one(&format!("own {writer}"), n, n)).await;
                let _either_way = won(&*store, one("contested", n, writer)).await;
                drop(store.commit(one(&format!("dropped {writer}"), n, n)));
                assert_eq!(won(&*store, one("own 0", 1_000, n)).await, None);
            }
        };
        writing.boxed()
    });
    together(harness, tasks.collect()).await;
    let log = whole_log(&*store).await;
    assert!(log.iter().map(|commit| commit.position.0).eq(1..=log.len() as u64));
}

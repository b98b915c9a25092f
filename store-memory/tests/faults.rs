//! The store that fails on purpose does exactly what its rules say: which calls, which fault, in which order.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

use chrono::DateTime;
use cutover::store::conformance::faulty::{Call, Fault, FaultyStore, Gate, Rule, Turn};
use cutover::store::{
    Cause, Commit, CommitError, CommitHeader, EventStore, Json, NewEvent, Position, Sequence, StoreError,
    StreamId,
};
use cutover::{Actor, CommandId, CommitId};
use cutover_store_memory::MemoryStore;
use futures::FutureExt as _;
use futures::executor::block_on;
use futures::future::{join, join_all};
use futures::stream::{FuturesUnordered, StreamExt as _};

fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

fn commit(name: &str, at: u64) -> Commit {
    let header = CommitHeader {
        id: CommitId::new(format!("{name} {at}")).unwrap(),
        command: CommandId::new("test").unwrap(),
        actor: Actor::System,
        time: DateTime::UNIX_EPOCH,
    };
    let payload = Json::parse("null").unwrap();
    let event = NewEvent { name: format!("{name}.noted").into(), schema: 1, cause: Cause::Command, payload };
    Commit::builder(header).append(&stream(name), Sequence(at), event).build().unwrap()
}

fn store() -> FaultyStore<MemoryStore> {
    FaultyStore::new(MemoryStore::new())
}

fn recorded(store: &FaultyStore<MemoryStore>) -> usize {
    store.inner().read_all(Position::START, usize::MAX).now_or_never().unwrap().unwrap().len()
}

#[test]
fn a_commit_that_fails_before_is_not_there_and_one_that_fails_after_is() {
    let store = store();
    let answers = |fault, at| {
        store.next_commits([Some(fault)]);
        (block_on(store.commit(commit("a", at))), recorded(&store))
    };
    assert!(matches!(answers(Fault::NotDone, 0), (Err(CommitError::NotWritten(_)), 0)));
    assert!(matches!(answers(Fault::LostCall, 0), (Err(CommitError::OutcomeUnknown(_)), 0)));
    assert!(matches!(answers(Fault::TooLarge, 0), (Err(CommitError::TooLarge { .. }), 0)));
    let poisoned = answers(Fault::Poisoned, 0);
    assert!(matches!(poisoned, (Err(CommitError::NotWritten(StoreError::Poisoned { .. })), 0)));
    assert!(matches!(answers(Fault::LostAnswer, 0), (Err(CommitError::OutcomeUnknown(_)), 1)));
    // A refusal is no answer that could be lost for good: it comes back.
    assert!(matches!(answers(Fault::LostAnswer, 0), (Err(CommitError::Conflict(_)), 1)));
    store.next_commits([Some(Fault::Silence)]);
    assert!(store.commit(commit("a", 1)).now_or_never().is_none());
    assert_eq!(recorded(&store), 2);
}

#[test]
fn reads_and_checkpoints_fail_too() {
    let store = store();
    block_on(store.commit(commit("a", 0))).unwrap();
    for fault in [Fault::NotDone, Fault::LostAnswer, Fault::LostCall, Fault::TooLarge] {
        store.heal();
        store.add(Rule::on_any().always().meets(fault));
        assert!(block_on(store.head()).is_err());
        assert!(block_on(store.read_all(Position::START, 1)).is_err());
        assert!(block_on(store.read_stream(&stream("a"), Sequence::NONE, 1)).is_err());
        assert!(block_on(store.wait_past(Position::START)).is_err());
        assert!(block_on(store.load_checkpoint(&stream("a"))).is_err());
    }
    store.heal();
    assert_eq!(block_on(store.head()).unwrap(), Position(1));
    assert_eq!((store.calls(Call::Head), store.injected()), (5, 20));
}

#[test]
fn a_rule_is_about_the_calls_that_it_names() {
    let store = store();
    store.add(Rule::on(Call::Commit).with_event("b.noted").skip(1).times(2).meets(Fault::NotDone));
    store.add(Rule::on(Call::ReadStream).with_stream(&stream("b")).always().meets(Fault::NotDone));
    let answers: Vec<bool> = [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("b", 1), ("b", 1)]
        .map(|(name, at)| block_on(store.commit(commit(name, at))).is_ok())
        .into();
    assert_eq!(answers, [true, true, false, true, false, true]);
    assert!(block_on(store.read_stream(&stream("a"), Sequence::NONE, 1)).is_ok());
    assert!(block_on(store.read_stream(&stream("b"), Sequence::NONE, 1)).is_err());
}

#[test]
fn the_first_rule_decides_and_every_rule_counts() {
    let store = store();
    store.add(Rule::on(Call::Head).skip(1).meets(Fault::NotDone));
    store.add(Rule::on(Call::Head).skip(1).meets(Fault::Silence));
    store.add(Rule::on(Call::Head).skip(2).meets(Fault::NotDone));
    let answers: Vec<_> = (0..4).map(|_| store.head().now_or_never().map(|answer| answer.is_ok())).collect();
    assert_eq!(answers, [Some(true), Some(false), Some(false), Some(true)]);
}

#[test]
fn one_seed_is_one_run() {
    let run = |seed| -> Vec<bool> {
        let store = store();
        store.add(Rule::on(Call::Head).one_in(3, seed).meets(Fault::NotDone));
        (0..60).map(|_| block_on(store.head()).is_err()).collect()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let met = run(1).into_iter().filter(|met| *met).count();
    assert!((10..30).contains(&met), "{met} of 60");
}

#[test]
fn a_delayed_call_is_done_once_its_gate_lets_it_through() {
    let (store, gate) = (store(), Gate::new());
    store.add(Rule::on(Call::Commit).meets(Fault::Delayed(gate.clone())));
    let late = store.commit(commit("a", 0));
    let others = async {
        gate.until_waiting(1).await;
        assert_eq!(recorded(&store), 0);
        store.commit(commit("a", 0)).await.unwrap();
        gate.open();
    };
    let (late, ()) = block_on(join(late, others));
    assert!(matches!(late, Err(CommitError::Conflict(_))), "it is judged when it arrives");
}

#[test]
fn answers_that_wait_come_in_the_order_that_the_test_wants() {
    let (store, gate) = (store(), Gate::new());
    store.add(Rule::on(Call::Commit).always().meets(Fault::DelayedAnswer(gate.clone())));
    let order = |turns: [Turn; 3], name: &str| {
        let names: Vec<String> = (0..3).map(|n| format!("{name}{n}")).collect();
        let mut answers: FuturesUnordered<_> =
            names.iter().map(|name| store.commit(commit(name, 0))).collect();
        assert!(answers.next().now_or_never().is_none());
        assert_eq!(gate.waiting(), 3);
        turns.map(|turn| {
            assert!(gate.let_through(turn));
            block_on(answers.next()).unwrap().unwrap().0
        })
    };
    assert_eq!(order([Turn::First, Turn::First, Turn::First], "a"), [1, 2, 3]);
    assert_eq!(order([Turn::Last, Turn::Last, Turn::Last], "b"), [6, 5, 4]);
    assert_eq!(order([Turn::Last, Turn::First, Turn::First], "c"), [9, 7, 8]);
    assert!(!gate.let_through(Turn::First));
}

#[test]
fn who_goes_away_from_a_gate_waits_there_no_more() {
    let (store, gate) = (store(), Gate::new());
    store.add(Rule::on(Call::Head).always().meets(Fault::Delayed(gate.clone())));
    let (mut first, mut second) = (store.head(), store.head());
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert_eq!(gate.waiting(), 1);
    assert!(gate.let_through(Turn::First));
    assert_eq!(block_on(second).unwrap(), Position::START);
    gate.open();
    assert!(store.head().now_or_never().is_some());
    gate.shut();
    assert!(store.head().now_or_never().is_none());
}

#[test]
fn overtaking_reorders_calls_and_answers_the_same_way_each_time() {
    let run = |fault: fn(u64) -> Fault, seed| {
        let store = store();
        store.add(Rule::on(Call::Commit).always().seeded(seed).meets(fault(5)));
        let names: Vec<String> = (0..10).map(|n| format!("s{n}")).collect();
        let came = std::sync::Mutex::new(Vec::new());
        let positions = block_on(join_all(names.iter().map(async |name| {
            let position = store.commit(commit(name, 0)).await.unwrap().0;
            came.lock().unwrap().push(position);
            position
        })));
        (positions, came.into_inner().unwrap())
    };
    let (positions, came) = run(Fault::Overtaken, 1);
    assert_eq!((positions.clone(), came.clone()), run(Fault::Overtaken, 1));
    assert!(!positions.is_sorted(), "calls overtake each other: {positions:?}");
    let (positions, came) = run(Fault::OvertakenAnswer, 1);
    assert_eq!((positions.clone(), came.clone()), run(Fault::OvertakenAnswer, 1));
    assert!(positions.is_sorted() && !came.is_sorted(), "answers overtake each other: {came:?}");
}

#[test]
fn something_may_happen_first() {
    let store = store();
    let rival = store.clone();
    store.add(Rule::on(Call::Commit).with_event("a.noted").happens_first(async move {
        rival.commit(commit("a", 0)).await.unwrap();
    }));
    let answer = block_on(store.commit(commit("a", 0)));
    assert!(matches!(answer, Err(CommitError::Conflict(_))), "{answer:?}");
    assert!(block_on(store.commit(commit("a", 1))).is_ok(), "it happens once");
}

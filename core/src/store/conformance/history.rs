//! What many clients were answered, checked as a whole: is there one order of events that explains all of it?
//!
//! Clients commit, are refused and read at random, all at once, and note when they asked and when they were answered. The log that is there at
//! the end gives the order of the commits; the checker looks for a moment in that order for every other answer, such that whatever
//! was answered before something else was asked comes before it. That is *linearizability*, and it is decided here without a search, since
//! the order of the writes is known.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::StoreUnderTest;
use super::drafts::{Draft, a_turn, commits, head, page, together, whole_log};
use super::draws::Draws;
use super::faulty::{Call, Fault, FaultyStore, Rule};
use crate::store::{CommitError, EventStore, Mismatch, Position, RecordedCommit};

const STREAMS: [&str; 4] = ["a", "b", "c", "d"];

/// What a client was answered.
#[derive(Debug)]
enum Answer {
    /// At this position; where each stream of the commit was expected.
    Accepted(Position, Vec<(String, u64)>),
    /// Refused: where each stream of the commit stands, if it was named, or else where it was expected.
    Refused(Vec<(String, u64)>),
    /// Where a stream stands.
    Stands(String, u64),
    /// The head, or the position at which reading ended.
    Ends(Position),
}

/// An answer, and the moments at which it was asked for and came.
#[derive(Debug)]
struct Entry {
    asked: u64,
    answered: u64,
    answer: Answer,
}

#[derive(Default)]
struct History {
    clock: AtomicU64,
    entries: Mutex<Vec<Entry>>,
}

impl History {
    fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    fn note(&self, asked: u64, answer: Answer) {
        let answered = self.now();
        let entry = Entry { asked, answered, answer };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }
}

/// The log as a list of moments: after `n` commits, where does everything stand?
struct Moments {
    positions: Vec<Position>,
    /// For each event of a stream, how many commits there are once it is there.
    streams: BTreeMap<String, Vec<usize>>,
}

impl Moments {
    fn of(log: &[RecordedCommit]) -> Self {
        let mut streams: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, commit) in log.iter().enumerate() {
            for event in &commit.events {
                streams.entry(event.stream.as_str().to_owned()).or_default().push(place + 1);
            }
        }
        Self { positions: log.iter().map(|commit| commit.position).collect(), streams }
    }

    fn stands(&self, name: &str, moment: usize) -> u64 {
        self.streams.get(name).map_or(0, |there| there.partition_point(|it| *it <= moment)) as u64
    }

    fn head(&self, moment: usize) -> Position {
        moment.checked_sub(1).and_then(|place| self.positions.get(place)).copied().unwrap_or(Position::START)
    }

    fn stand(&self, streams: &[(String, u64)], moment: usize) -> bool {
        streams.iter().all(|(name, at)| self.stands(name, moment) == *at)
    }

    /// Whether the answer is right at that moment; of an accepted commit, right after it.
    fn explains(&self, answer: &Answer, moment: usize) -> bool {
        match answer {
            Answer::Accepted(position, expected) => {
                moment > 0 && self.head(moment) == *position && self.stand(expected, moment - 1)
            }
            Answer::Refused(streams) => self.stand(streams, moment),
            Answer::Stands(name, at) => self.stands(name, moment) == *at,
            Answer::Ends(position) => self.head(moment) == *position,
        }
    }
}

/// Finds a moment for every answer, the earliest that is left to it.
fn check(log: &[RecordedCommit], mut entries: Vec<Entry>) {
    let moments = Moments::of(log);
    entries.sort_unstable_by_key(|entry| entry.answered);
    let mut placed: Vec<(u64, usize)> = Vec::new();
    for entry in entries {
        // What was answered before this was asked for; a commit comes after it, and not at the same moment.
        let before = placed.iter().filter(|(answered, _)| *answered < entry.asked).map(|(_, moment)| *moment);
        let earliest = before.max().unwrap_or(0);
        let earliest = if matches!(entry.answer, Answer::Accepted(..)) { earliest + 1 } else { earliest };
        let moment = (earliest..=log.len()).find(|moment| moments.explains(&entry.answer, *moment));
        let Some(moment) = moment else {
            panic!(
                "no order of events explains {entry:?}, which came after {earliest} of {} commits",
                log.len()
            );
        };
        placed.push((entry.answered, moment));
    }
}

/// A client: what it believes of the streams, and its draws.
struct Client {
    store: Arc<dyn EventStore>,
    history: Arc<History>,
    draws: Draws,
    number: u64,
    believed: BTreeMap<&'static str, u64>,
}

impl Client {
    fn stream(&mut self) -> &'static str {
        STREAMS[usize::try_from(self.draws.below(STREAMS.len() as u64)).unwrap_or(0)]
    }

    async fn work(mut self, steps: u64) {
        for step in 0..steps {
            match self.draws.below(6) {
                0 => self.reads_a_stream().await,
                1 => {
                    let asked = self.history.now();
                    let head = head(&*self.store).await;
                    self.history.note(asked, Answer::Ends(head));
                }
                2 => {
                    let asked = self.history.now();
                    let log = commits(&*self.store, Position::START, usize::MAX).await;
                    let end = log.last().map_or(Position::START, |commit| commit.position);
                    self.history.note(asked, Answer::Ends(end));
                }
                _ => self.commits(step).await,
            }
            if self.draws.below(3) == 0 {
                a_turn().await;
            }
        }
    }

    async fn reads_a_stream(&mut self) {
        let name = self.stream();
        let asked = self.history.now();
        let stands = page(&*self.store, name, 0, usize::MAX).await.len() as u64;
        self.history.note(asked, Answer::Stands(name.to_owned(), stands));
        self.believed.insert(name, stands);
    }

    /// Commits to one or two streams, and guards another now and then, as far as it knows where they stand.
    async fn commits(&mut self, step: u64) {
        let (first, second, guarded) = (self.stream(), self.stream(), self.stream());
        let believed = |client: &Self, name: &str| client.believed.get(name).copied().unwrap_or(0);
        let id = format!("{}.{step}", self.number);
        let mut draft = Draft::new(&id).on(first, believed(self, first), &id);
        draft = draft.on(second, believed(self, second), &id);
        if self.draws.below(2) == 0 {
            draft = draft.guard(guarded, believed(self, guarded));
        }
        let commit = draft.done();
        let expected: Vec<(String, u64)> =
            commit.expectations().map(|it| (it.stream.as_str().to_owned(), it.at.0)).collect();
        let asked = self.history.now();
        match self.store.commit(commit).await {
            Ok(position) => {
                self.history.note(asked, Answer::Accepted(position, expected));
                *self.believed.entry(first).or_default() += 1;
                *self.believed.entry(second).or_default() += 1;
            }
            Err(CommitError::Conflict(conflict)) => {
                let stands = expected.into_iter().map(|(name, at)| {
                    let named = conflict.0.iter().find(|it| it.stream.as_str() == name);
                    let at = named.map_or(at, |Mismatch { actual, .. }| actual.0);
                    (name, at)
                });
                self.history.note(asked, Answer::Refused(stands.collect()));
                for name in STREAMS {
                    if let Some(it) = conflict.0.iter().find(|it| it.stream.as_str() == name) {
                        self.believed.insert(name, it.actual.0);
                    }
                }
            }
            Err(error) => panic!("the store answered: {error}"),
        }
    }
}

/// Lets five clients work on a store, and checks what they were answered.
async fn clients_agree(harness: &dyn StoreUnderTest, store: Arc<dyn EventStore>, seed: u64) {
    let history = Arc::new(History::default());
    let tasks = (0..5).map(|number| -> BoxFuture<'static, ()> {
        let client = Client {
            store: Arc::clone(&store),
            history: Arc::clone(&history),
            draws: Draws::of(seed + number),
            number,
            believed: BTreeMap::new(),
        };
        client.work(40).boxed()
    });
    together(harness, tasks.collect()).await;
    let entries = std::mem::take(&mut *history.entries.lock().unwrap_or_else(PoisonError::into_inner));
    assert_eq!(entries.len(), 200);
    check(&whole_log(&*store).await, entries);
}

/// All answers that clients get at once, commits, refusals and reads, are explained by one order of events, in which
/// nothing comes before what was answered before it was asked. Guards against reads from a copy that lags, refusals that
/// mix two moments, and commits that take effect before or after their time.
pub async fn one_order_explains_all_answers(harness: &dyn StoreUnderTest) {
    clients_agree(harness, harness.fresh().await, 1).await;
}

/// The same holds where calls and answers overtake each other on their way, as they do on a network. Guards against stores
/// that are right only as long as everything comes in the order in which it was sent.
pub async fn one_order_explains_answers_that_overtake_each_other(harness: &dyn StoreUnderTest) {
    let store = FaultyStore::new(harness.fresh().await);
    for call in [Call::Commit, Call::ReadStream, Call::ReadAll, Call::Head] {
        store.add(Rule::on(call).one_in(2, 3).meets(Fault::Overtaken(5)));
        store.add(Rule::on(call).one_in(2, 4).meets(Fault::OvertakenAnswer(5)));
    }
    clients_agree(harness, Arc::new(store), 100).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(asked: u64, answered: u64, answer: Answer) -> Entry {
        Entry { asked, answered, answer }
    }

    fn log() -> Vec<RecordedCommit> {
        let header = Arc::new(super::super::drafts::header("1"));
        let commit = |position, name: &str, sequence| RecordedCommit {
            position: Position(position),
            header: Arc::clone(&header),
            events: vec![crate::store::RecordedEvent {
                stream: super::super::drafts::stream(name),
                sequence: crate::store::Sequence(sequence),
                position: Position(position),
                index: 0,
                header: Arc::clone(&header),
                cause: crate::store::Cause::Command,
                name: "".into(),
                schema: 1,
                payload: super::super::drafts::json("1"),
            }],
        };
        vec![commit(2, "a", 1), commit(5, "b", 1)]
    }

    /// A commit of the log, whose stream was expected to stand there.
    fn accepted(position: u64, at: u64) -> Answer {
        let name = if position == 2 { "a" } else { "b" };
        Answer::Accepted(Position(position), vec![(name.to_owned(), at)])
    }

    fn stands(a: u64, b: u64) -> Answer {
        Answer::Refused(vec![("a".to_owned(), a), ("b".to_owned(), b)])
    }

    #[test]
    fn answers_that_overlap_may_be_in_any_order() {
        let entries = vec![
            entry(0, 9, accepted(2, 0)),
            entry(1, 8, accepted(5, 0)),
            entry(2, 3, Answer::Ends(Position(5))),
            entry(4, 5, stands(1, 1)),
        ];
        check(&log(), entries);
    }

    #[test]
    #[should_panic(expected = "no order of events explains")]
    fn a_read_that_goes_back_is_found() {
        check(&log(), vec![entry(0, 1, Answer::Ends(Position(5))), entry(2, 3, Answer::Ends(Position(2)))]);
    }

    #[test]
    #[should_panic(expected = "no order of events explains")]
    fn a_refusal_that_mixes_two_moments_is_found() {
        check(&log(), vec![entry(0, 9, stands(0, 1))]);
    }

    #[test]
    #[should_panic(expected = "no order of events explains")]
    fn a_commit_that_was_seen_before_it_was_asked_for_is_found() {
        let seen = Answer::Stands("b".to_owned(), 1);
        check(&log(), vec![entry(0, 1, seen), entry(2, 3, accepted(5, 0))]);
    }

    #[test]
    #[should_panic(expected = "no order of events explains")]
    fn positions_against_the_order_of_time_are_found() {
        let entries = vec![entry(0, 1, accepted(5, 0)), entry(2, 3, accepted(2, 0))];
        check(&log(), entries);
    }

    #[test]
    #[should_panic(expected = "no order of events explains")]
    fn a_commit_that_expected_something_else_is_found() {
        check(&log(), vec![entry(0, 1, accepted(2, 1))]);
    }
}

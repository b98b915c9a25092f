//! Stores that write something else than they were given, judge it wrongly, or answer wrongly.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DurationRound as _, TimeDelta};
use cutover::CommitId;
use cutover::store::{
    Cause, Commit, CommitError, Conflict, EventStore as _, Json, NewEvent, Position, RecordedCommit,
    RecordedEvent, Sequence, StoreError, StreamId,
};

use crate::breaking::{Breaks, LIMIT, Plan, Within, a_turn, locked};

fn stream(name: &str) -> StreamId {
    StreamId::new(name).expect("a short name")
}

fn json(text: &str) -> Json {
    Json::parse(text).expect("JSON")
}

/// Every fifth commit is acknowledged and not recorded.
#[derive(Default)]
pub(crate) struct LosesACommit(AtomicU64);

#[async_trait]
impl Breaks for LosesACommit {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        if self.0.fetch_add(1, Ordering::SeqCst) % 5 == 4 {
            let head = within.head().await.map_err(CommitError::NotWritten)?;
            return Ok(Position(head.0 + 1));
        }
        within.commit(commit).await
    }
}

/// A commit over several streams becomes one commit for each, with a pause between.
#[derive(Default)]
pub(crate) struct SplitsACommit;

#[async_trait]
impl Breaks for SplitsACommit {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let mut position = Position::START;
        for (place, expected) in commit.streams().iter().enumerate() {
            if place > 0 {
                a_turn().await;
            }
            let mut plan = Plan::of(&commit);
            plan.events.retain(|(stream, _, _)| *stream == expected.stream);
            position = within.commit(plan.commit()).await?;
        }
        Ok(position)
    }
}

/// A commit of more than 300 events becomes two, with a pause between.
#[derive(Default)]
pub(crate) struct SplitsALargeCommit;

#[async_trait]
impl Breaks for SplitsALargeCommit {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        if commit.events().len() <= 300 {
            return within.commit(commit).await;
        }
        let mut first = Plan::of(&commit);
        let mut second = first.clone();
        second.events = first.events.split_off(150);
        within.commit(first.commit()).await?;
        a_turn().await;
        for (stream, at, _) in &mut second.events {
            *at = within.stands(stream);
        }
        within.commit(second.commit()).await
    }
}

/// Of a commit that conflicts it writes what does not.
#[derive(Default)]
pub(crate) struct WritesWhatFits;

#[async_trait]
impl Breaks for WritesWhatFits {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let mut plan = Plan::of(&commit);
        let answer = within.commit(commit).await;
        plan.events.retain(|(stream, at, _)| within.stands(stream) == *at);
        plan.guards.clear();
        if answer.is_err() && !plan.events.is_empty() {
            within.commit(plan.commit()).await?;
        }
        answer
    }
}

/// It takes what expects less than there is.
#[derive(Default)]
pub(crate) struct TakesStale;

impl Breaks for TakesStale {
    fn plan(&self, within: &Within, plan: &mut Plan) {
        for (stream, at, _) in &mut plan.events {
            *at = within.stands(stream).max(*at);
        }
    }
}

/// It takes what expects more than there is.
#[derive(Default)]
pub(crate) struct TakesEarly;

impl Breaks for TakesEarly {
    fn plan(&self, within: &Within, plan: &mut Plan) {
        for (stream, at, _) in &mut plan.events {
            *at = within.stands(stream).min(*at);
        }
    }
}

/// It takes an expected 0 for "anything".
#[derive(Default)]
pub(crate) struct TakesZeroForAnything;

impl Breaks for TakesZeroForAnything {
    fn plan(&self, within: &Within, plan: &mut Plan) {
        for (stream, at, _) in plan.events.iter_mut().filter(|(_, at, _)| *at == Sequence::NONE) {
            *at = within.stands(stream);
        }
    }
}

/// It looks at the first stream of a commit only.
#[derive(Default)]
pub(crate) struct ChecksTheFirstStream;

impl Breaks for ChecksTheFirstStream {
    fn plan(&self, within: &Within, plan: &mut Plan) {
        let first = plan.events[0].0.clone();
        for (stream, at, _) in plan.events.iter_mut().filter(|(stream, _, _)| *stream != first) {
            *at = within.stands(stream);
        }
        plan.guards.clear();
    }
}

/// It looks, lets others by, and writes whatever has happened meanwhile.
#[derive(Default)]
pub(crate) struct LooksThenWrites;

#[async_trait]
impl Breaks for LooksThenWrites {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let mut plan = Plan::of(&commit);
        let holds = plan.events.iter().all(|(stream, at, _)| within.stands(stream) == *at)
            && plan.guards.iter().all(|(stream, at)| within.stands(stream) == *at);
        if !holds {
            return within.commit(commit).await;
        }
        a_turn().await;
        for (stream, at, _) in &mut plan.events {
            *at = within.stands(stream);
        }
        plan.guards.clear();
        within.commit(plan.commit()).await
    }
}

/// It forgets what was only read.
#[derive(Default)]
pub(crate) struct ForgetsGuards;

impl Breaks for ForgetsGuards {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        plan.guards.clear();
    }
}

/// It looks at the first guard of a commit only.
#[derive(Default)]
pub(crate) struct ChecksTheFirstGuard;

impl Breaks for ChecksTheFirstGuard {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        plan.guards.truncate(1);
    }
}

/// It has no row to lock for a guard on a stream that does not exist.
#[derive(Default)]
pub(crate) struct ForgetsGuardsOnAbsence;

impl Breaks for ForgetsGuardsOnAbsence {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        plan.guards.retain(|(_, at)| *at != Sequence::NONE);
    }
}

/// It writes a mark to every stream that it guards.
#[derive(Default)]
pub(crate) struct GuardsByWriting;

impl Breaks for GuardsByWriting {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        for (stream, at) in std::mem::take(&mut plan.guards) {
            let mark =
                NewEvent { name: "mark".into(), schema: 1, cause: Cause::Command, payload: json("\"mark\"") };
            plan.events.push((stream, at, mark));
        }
    }
}

/// It judges guards after it has written.
#[derive(Default)]
pub(crate) struct ChecksGuardsAfterwards;

impl Breaks for ChecksGuardsAfterwards {
    fn plan(&self, within: &Within, plan: &mut Plan) {
        // Of a commit with a guard and two events on one stream the second event is judged as if the first were there already.
        if plan.events.len() > 1 && plan.events.iter().all(|(stream, _, _)| *stream == plan.events[0].0) {
            plan.events[0].1 = within.stands(&plan.events[0].0).plus(1);
        }
    }
}

/// Of several mismatches it names the first.
#[derive(Default)]
pub(crate) struct NamesOneMismatch;

#[async_trait]
impl Breaks for NamesOneMismatch {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        match within.commit(commit).await {
            Err(CommitError::Conflict(Conflict(mut mismatches))) => {
                mismatches.truncate(1);
                Err(CommitError::Conflict(Conflict(mismatches)))
            }
            answer => answer,
        }
    }
}

/// A commit whose id it knows is answered as if it had been written just now.
#[derive(Default)]
pub(crate) struct AnswersRepeats;

#[async_trait]
impl Breaks for AnswersRepeats {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let known = within.whole_log().into_iter().find(|it| it.header.id == commit.header().id);
        match known {
            Some(known) => Ok(known.position),
            None => within.commit(commit).await,
        }
    }
}

/// A commit whose id it knows is written again.
#[derive(Default)]
pub(crate) struct WritesRepeats;

impl Breaks for WritesRepeats {
    fn plan(&self, within: &Within, plan: &mut Plan) {
        if within.whole_log().iter().any(|it| it.header.id == plan.header.id) {
            for (stream, at, _) in &mut plan.events {
                *at = within.stands(stream);
            }
        }
    }
}

/// A command's id must not have been used before.
#[derive(Default)]
pub(crate) struct WantsNewCommands(Mutex<BTreeSet<String>>);

#[async_trait]
impl Breaks for WantsNewCommands {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let command = commit.header().command.to_string();
        let answer = if locked(&self.0).contains(&command) {
            Err(CommitError::NotWritten(StoreError::unavailable("a unique index", "the command is known")))
        } else {
            Ok(())
        };
        answer?;
        let position = within.commit(commit).await?;
        locked(&self.0).insert(command);
        Ok(position)
    }
}

/// What it has refused it refuses for ever.
#[derive(Default)]
pub(crate) struct RemembersRefusals(Mutex<BTreeSet<String>>);

#[async_trait]
impl Breaks for RemembersRefusals {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let id = commit.header().id.to_string();
        let is_refused = locked(&self.0).contains(&id);
        if is_refused {
            return Err(CommitError::NotWritten(StoreError::unavailable("the id", "it was refused before")));
        }
        let answer = within.commit(commit).await;
        if answer.is_err() {
            locked(&self.0).insert(id);
        }
        answer
    }
}

/// After a conflict a transaction is left open: the next commit is not written.
#[derive(Default)]
pub(crate) struct LeavesATransactionOpen(AtomicU64);

#[async_trait]
impl Breaks for LeavesATransactionOpen {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        if self.0.swap(0, Ordering::SeqCst) > 0 {
            return Err(CommitError::NotWritten(StoreError::unavailable(
                "begin",
                "in a transaction already",
            )));
        }
        let answer = within.commit(commit).await;
        if answer.is_err() {
            self.0.store(1, Ordering::SeqCst);
        }
        answer
    }
}

/// It learns in the middle of writing that a commit is too large.
#[derive(Default)]
pub(crate) struct WritesHalfOfTooMuch;

#[async_trait]
impl Breaks for WritesHalfOfTooMuch {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let mut plan = Plan::of(&commit);
        let answer = within.commit(commit).await;
        if matches!(answer, Err(CommitError::TooLarge { .. })) {
            plan.events.drain(..plan.events.len() - 1);
            within.record(&plan)?;
        }
        answer
    }
}

/// It names another limit each time.
#[derive(Default)]
pub(crate) struct NamesAnyLimit;

#[async_trait]
impl Breaks for NamesAnyLimit {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let answer = within.commit(commit).await;
        if let Err(CommitError::TooLarge { bytes, .. }) = answer {
            return Err(CommitError::TooLarge { bytes, limit: bytes.min(4 * LIMIT) - 1 });
        }
        answer
    }
}

/// Payloads of more than 64 KiB are cut.
#[derive(Default)]
pub(crate) struct CutsPayloads;

impl Breaks for CutsPayloads {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        for (_, _, event) in plan.events.iter_mut().filter(|it| it.2.payload.as_str().len() > 65_536) {
            event.payload = json("\"cut\"");
        }
    }
}

/// Payloads are parsed and written anew.
#[derive(Default)]
pub(crate) struct ParsesPayloads;

pub(crate) fn parsed(payload: &Json) -> Json {
    // Spaces outside of texts go, as they do where somebody parses.
    let (mut text, mut is_quoted, mut is_escaped) = (String::new(), false, false);
    for character in payload.as_str().chars() {
        if is_quoted || !character.is_ascii_whitespace() {
            text.push(character);
        }
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
    }
    json(&text)
}

impl Breaks for ParsesPayloads {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        for (_, _, event) in &mut plan.events {
            event.payload = parsed(&event.payload);
        }
    }
}

/// It takes several spaces, where a line was broken, for the end of the payload.
#[derive(Default)]
pub(crate) struct EndsAtABreak;

impl Breaks for EndsAtABreak {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        for (_, _, event) in plan.events.iter_mut().filter(|it| it.2.payload.as_str().contains("   ")) {
            event.payload = json("null");
        }
    }
}

/// Times are kept to the millisecond.
#[derive(Default)]
pub(crate) struct CutsTimes;

impl Breaks for CutsTimes {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        plan.header.time =
            plan.header.time.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(plan.header.time);
    }
}

/// Who committed is not kept with the events.
#[derive(Default)]
pub(crate) struct ForgetsIds;

impl Breaks for ForgetsIds {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        plan.header.id = CommitId::new("some commit").expect("an id");
    }
}

/// It knows the causes and schemas of its day only.
#[derive(Default)]
pub(crate) struct ForgetsCauses;

impl Breaks for ForgetsCauses {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        for (_, _, event) in &mut plan.events {
            (event.cause, event.schema) = (Cause::Command, 1);
        }
    }
}

/// The events of a commit are put in the order of their streams.
#[derive(Default)]
pub(crate) struct GroupsByStream;

impl Breaks for GroupsByStream {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        plan.events.sort_by(|(left, _, _), (right, _, _)| left.cmp(right));
    }
}

/// Events that say the same are kept once.
#[derive(Default)]
pub(crate) struct KeepsEqualEventsOnce;

impl Breaks for KeepsEqualEventsOnce {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        let mut seen = BTreeSet::new();
        plan.events.retain(|(stream, _, event)| seen.insert((stream.clone(), event.payload.to_string())));
    }
}

/// A commit has at most 500 events, and at most 500 guards: the rest is left out.
#[derive(Default)]
pub(crate) struct LimitsRows;

impl Breaks for LimitsRows {
    fn plan(&self, _within: &Within, plan: &mut Plan) {
        plan.events.truncate(500);
        plan.guards.sort();
        plan.guards.truncate(100);
    }
}

/// A mismatch list is cut at 100.
#[derive(Default)]
pub(crate) struct CutsConflicts;

#[async_trait]
impl Breaks for CutsConflicts {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        match within.commit(commit).await {
            Err(CommitError::Conflict(Conflict(mut mismatches))) => {
                mismatches.truncate(100);
                Err(CommitError::Conflict(Conflict(mismatches)))
            }
            answer => answer,
        }
    }
}

/// One number counts the events of all streams.
#[derive(Default)]
pub(crate) struct CountsAllStreams;

impl Breaks for CountsAllStreams {
    fn show(&self, _within: &Within, event: &mut RecordedEvent) {
        event.sequence = Sequence(event.position.0);
    }
}

/// Sequences begin at 0.
#[derive(Default)]
pub(crate) struct CountsFromZero;

impl Breaks for CountsFromZero {
    fn show(&self, _within: &Within, event: &mut RecordedEvent) {
        event.sequence = Sequence(event.sequence.0 - 1);
    }
}

/// It begins with a commit of its own.
#[derive(Default)]
pub(crate) struct BeginsWithItsOwn;

pub(crate) fn own(within: &Within) -> Plan {
    let header = cutover::store::CommitHeader {
        id: CommitId::new("own").expect("an id"),
        command: cutover::CommandId::new("own").expect("an id"),
        actor: cutover::Actor::System,
        time: chrono::DateTime::UNIX_EPOCH,
    };
    let stream = stream("own");
    let at = within.stands(&stream);
    let event = NewEvent { name: "own".into(), schema: 1, cause: Cause::Command, payload: json("\"own\"") };
    Plan { header, events: vec![(stream, at, event)], guards: Vec::new() }
}

impl Breaks for BeginsWithItsOwn {
    fn begin(&self, within: &Within) {
        within.record(&own(within)).expect("the log is empty");
    }
}

/// It answers with a number of its own.
#[derive(Default)]
pub(crate) struct AnswersAnotherNumber;

#[async_trait]
impl Breaks for AnswersAnotherNumber {
    async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
        let events = commit.events().len() as u64;
        within.commit(commit).await.map(|position| Position(position.0 + events))
    }
}

/// Every second number is drawn and not used; it does not say that it leaves none out. Nothing is wrong with it.
#[derive(Default)]
pub(crate) struct LeavesGaps;

/// The same, and it says that it leaves none out.
#[derive(Default)]
pub(crate) struct LeavesGapsAndDeniesIt;

/// Two commits share a number.
#[derive(Default)]
pub(crate) struct GivesANumberTwice;

macro_rules! numbers_otherwise {
    ($store:ident, $is_dense:expr, $shown:expr, $meant:expr) => {
        #[async_trait]
        impl Breaks for $store {
            fn is_dense(&self) -> bool {
                $is_dense
            }

            fn show(&self, _within: &Within, event: &mut RecordedEvent) {
                event.position = Position(($shown)(event.position.0));
            }

            async fn commit(&self, within: &Within, commit: Commit) -> Result<Position, CommitError> {
                within.commit(commit).await.map(|position| Position(($shown)(position.0)))
            }

            async fn read_all(
                &self,
                within: &Within,
                after: Position,
                limit: usize,
            ) -> Result<Vec<RecordedCommit>, StoreError> {
                let mut page = within.read_all(Position(($meant)(after.0)), limit).await?;
                for commit in &mut page {
                    commit.position = Position(($shown)(commit.position.0));
                }
                Ok(page)
            }

            async fn head(&self, within: &Within) -> Result<Position, StoreError> {
                within.head().await.map(|position| Position(($shown)(position.0)))
            }

            async fn wait_past(&self, within: &Within, position: Position) -> Result<Position, StoreError> {
                let head = within.wait_past(Position(($meant)(position.0))).await?;
                Ok(Position(($shown)(head.0)))
            }
        }
    };
}

numbers_otherwise!(LeavesGaps, false, |number: u64| number * 2, |number: u64| number / 2);
numbers_otherwise!(LeavesGapsAndDeniesIt, true, |number: u64| number * 2, |number: u64| number / 2);
numbers_otherwise!(GivesANumberTwice, true, |number: u64| number.div_ceil(2), |number: u64| number * 2);

//! The suite is known to be able to fail: stores that are broken on purpose, each in a way that real ones are, are caught
//! by the tests that guard against it, and a store that is sound passes all of them.
#![expect(clippy::expect_used, reason = "a test ends where something goes wrong")]

mod breaking;
mod keeping;
mod racing;
mod reading;
mod waking;
mod writing;

use std::collections::BTreeSet;

use breaking::{Breaks, Opens, Sound};
use cutover::store::conformance::{Outcome, Test, tests};

/// The store is caught by each of these tests.
fn is_caught<B: Breaks>(by: &[&str]) {
    for name in by {
        let test = Test::named(name).unwrap_or_else(|| panic!("the suite has no test {name}"));
        let outcome = test.check(&Opens::<B>::new());
        assert!(matches!(outcome, Outcome::Failed(_)), "{name} does not catch it: {outcome:?}");
    }
}

macro_rules! broken_stores {
    ($($name:ident: $module:ident::$store:ident by [$($test:literal),+ $(,)?])*) => {
        $(
            #[test]
            fn $name() {
                is_caught::<$module::$store>(&[$($test),+]);
            }
        )*

        /// Every test that a broken store is caught by.
        const CATCHING: &[&str] = &[$($($test),+),*];

        #[test]
        #[ignore = "a tool: says for each test of the suite which broken stores it catches"]
        fn who_is_caught_by_what() {
            $(
                println!("STORE {}", stringify!($store));
                for test in tests() {
                    if matches!(test.check(&Opens::<$module::$store>::new()), Outcome::Failed(_)) {
                        println!("CAUGHT {test} {}", stringify!($store));
                    }
                }
            )*
        }
    };
}

mod sound {
    cutover::conformance_tests!(crate::Opens::<crate::Sound>::new());
}

/// Positions may have gaps.
mod sound_with_gaps {
    cutover::conformance_tests!(crate::Opens::<crate::writing::LeavesGaps>::new());
}

broken_stores! {
    loses_a_commit: writing::LosesACommit by ["appending::a_new_store_holds_nothing"]
    splits_a_commit: writing::SplitsACommit by ["appending::a_new_store_holds_nothing"]
    splits_a_large_commit: writing::SplitsALargeCommit by ["appending::a_new_store_holds_nothing"]
    writes_what_fits: writing::WritesWhatFits by ["appending::a_new_store_holds_nothing"]
    takes_stale: writing::TakesStale by ["appending::a_new_store_holds_nothing"]
    takes_early: writing::TakesEarly by ["appending::a_new_store_holds_nothing"]
    takes_zero_for_anything: writing::TakesZeroForAnything by ["appending::a_new_store_holds_nothing"]
    checks_the_first_stream: writing::ChecksTheFirstStream by ["appending::a_new_store_holds_nothing"]
    looks_then_writes: writing::LooksThenWrites by ["appending::a_new_store_holds_nothing"]
    forgets_guards: writing::ForgetsGuards by ["appending::a_new_store_holds_nothing"]
    checks_the_first_guard: writing::ChecksTheFirstGuard by ["appending::a_new_store_holds_nothing"]
    forgets_guards_on_absence: writing::ForgetsGuardsOnAbsence by ["appending::a_new_store_holds_nothing"]
    guards_by_writing: writing::GuardsByWriting by ["appending::a_new_store_holds_nothing"]
    checks_guards_afterwards: writing::ChecksGuardsAfterwards by ["appending::a_new_store_holds_nothing"]
    names_one_mismatch: writing::NamesOneMismatch by ["appending::a_new_store_holds_nothing"]
    answers_repeats: writing::AnswersRepeats by ["appending::a_new_store_holds_nothing"]
    writes_repeats: writing::WritesRepeats by ["appending::a_new_store_holds_nothing"]
    wants_new_commands: writing::WantsNewCommands by ["appending::a_new_store_holds_nothing"]
    remembers_refusals: writing::RemembersRefusals by ["appending::a_new_store_holds_nothing"]
    leaves_a_transaction_open: writing::LeavesATransactionOpen by ["appending::a_new_store_holds_nothing"]
    writes_half_of_too_much: writing::WritesHalfOfTooMuch by ["appending::a_new_store_holds_nothing"]
    names_any_limit: writing::NamesAnyLimit by ["appending::a_new_store_holds_nothing"]
    cuts_payloads: writing::CutsPayloads by ["appending::a_new_store_holds_nothing"]
    parses_payloads: writing::ParsesPayloads by ["appending::a_new_store_holds_nothing"]
    ends_at_a_break: writing::EndsAtABreak by ["appending::a_new_store_holds_nothing"]
    cuts_times: writing::CutsTimes by ["appending::a_new_store_holds_nothing"]
    forgets_ids: writing::ForgetsIds by ["appending::a_new_store_holds_nothing"]
    forgets_causes: writing::ForgetsCauses by ["appending::a_new_store_holds_nothing"]
    groups_by_stream: writing::GroupsByStream by ["appending::a_new_store_holds_nothing"]
    keeps_equal_events_once: writing::KeepsEqualEventsOnce by ["appending::a_new_store_holds_nothing"]
    limits_rows: writing::LimitsRows by ["appending::a_new_store_holds_nothing"]
    cuts_conflicts: writing::CutsConflicts by ["appending::a_new_store_holds_nothing"]
    counts_all_streams: writing::CountsAllStreams by ["appending::a_new_store_holds_nothing"]
    counts_from_zero: writing::CountsFromZero by ["appending::a_new_store_holds_nothing"]
    begins_with_its_own: writing::BeginsWithItsOwn by ["appending::a_new_store_holds_nothing"]
    answers_another_number: writing::AnswersAnotherNumber by ["appending::a_new_store_holds_nothing"]
    leaves_gaps_and_denies_it: writing::LeavesGapsAndDeniesIt by ["appending::a_new_store_holds_nothing"]
    gives_a_number_twice: writing::GivesANumberTwice by ["appending::a_new_store_holds_nothing"]
    skips_at_the_pages_edge: reading::SkipsAtThePagesEdge by ["appending::a_new_store_holds_nothing"]
    gives_one_too_many: reading::GivesOneTooMany by ["appending::a_new_store_holds_nothing"]
    takes_zero_for_no_limit: reading::TakesZeroForNoLimit by ["appending::a_new_store_holds_nothing"]
    adds_to_the_limit: reading::AddsToTheLimit by ["appending::a_new_store_holds_nothing"]
    wraps_around: reading::WrapsAround by ["appending::a_new_store_holds_nothing"]
    refuses_absent_streams: reading::RefusesAbsentStreams by ["appending::a_new_store_holds_nothing"]
    gives_the_neighbours_too: reading::GivesTheNeighboursToo by ["appending::a_new_store_holds_nothing"]
    reads_by_prefix: reading::ReadsByPrefix by ["appending::a_new_store_holds_nothing"]
    cuts_pages_by_bytes: reading::CutsPagesByBytes by ["appending::a_new_store_holds_nothing"]
    forgets_streams: reading::ForgetsStreams by ["appending::a_new_store_holds_nothing"]
    decodes_in_two_ways: reading::DecodesInTwoWays by ["appending::a_new_store_holds_nothing"]
    cuts_commits_at_the_limit: reading::CutsCommitsAtTheLimit by ["appending::a_new_store_holds_nothing"]
    stops_at_a_large_commit: reading::StopsAtALargeCommit by ["appending::a_new_store_holds_nothing"]
    begins_with_the_last_one: reading::BeginsWithTheLastOne by ["appending::a_new_store_holds_nothing"]
    sorts_by_time: reading::SortsByTime by ["appending::a_new_store_holds_nothing"]
    sorts_by_stream: reading::SortsByStream by ["appending::a_new_store_holds_nothing"]
    folds_case: reading::FoldsCase by ["appending::a_new_store_holds_nothing"]
    cuts_names: reading::CutsNames by ["appending::a_new_store_holds_nothing"]
    trims_names: reading::TrimsNames by ["appending::a_new_store_holds_nothing"]
    knows_one_plane: reading::KnowsOnePlane by ["appending::a_new_store_holds_nothing"]
    reads_a_copy: reading::ReadsACopy by ["appending::a_new_store_holds_nothing"]
    shows_late: reading::ShowsLate by ["appending::a_new_store_holds_nothing"]
    shows_stream_after_stream: reading::ShowsStreamAfterStream by ["appending::a_new_store_holds_nothing"]
    counts_tries: reading::CountsTries by ["appending::a_new_store_holds_nothing"]
    looks_twice: reading::LooksTwice by ["appending::a_new_store_holds_nothing"]
    misses_a_commit: waking::MissesACommit by ["appending::a_new_store_holds_nothing"]
    looks_then_sleeps: waking::LooksThenSleeps by ["appending::a_new_store_holds_nothing"]
    wakes_for_new_ones_only: waking::WakesForNewOnesOnly by ["appending::a_new_store_holds_nothing"]
    wakes_for_new_ones_once_reopened: waking::WakesForNewOnesOnceReopened by ["appending::a_new_store_holds_nothing"]
    wakes_one: waking::WakesOne by ["appending::a_new_store_holds_nothing"]
    wakes_the_gone: waking::WakesTheGone by ["appending::a_new_store_holds_nothing"]
    wakes_too_early: waking::WakesTooEarly by ["appending::a_new_store_holds_nothing"]
    wraps_around_waiting: waking::WrapsAroundWaiting by ["appending::a_new_store_holds_nothing"]
    keeps_the_first_waker: waking::KeepsTheFirstWaker by ["appending::a_new_store_holds_nothing"]
    wakes_on_a_conflict: waking::WakesOnAConflict by ["appending::a_new_store_holds_nothing"]
    wakes_before_it_shows: waking::WakesBeforeItShows by ["appending::a_new_store_holds_nothing"]
    has_a_hundred_connections: waking::HasAHundredConnections by ["appending::a_new_store_holds_nothing"]
    locks_stream_by_stream: racing::LocksStreamByStream by ["appending::a_new_store_holds_nothing"]
    has_one_writer: racing::HasOneWriter by ["appending::a_new_store_holds_nothing"]
    judges_by_the_start: racing::JudgesByTheStart by ["appending::a_new_store_holds_nothing"]
    mixes_answers_up: racing::MixesAnswersUp by ["appending::a_new_store_holds_nothing"]
    has_a_leader: racing::HasALeader by ["appending::a_new_store_holds_nothing"]
    loses_read_locks: racing::LosesReadLocks by ["appending::a_new_store_holds_nothing"]
    keeps_the_readers_place: racing::KeepsTheReadersPlace by ["appending::a_new_store_holds_nothing"]
    knows_the_last_id_only: racing::KnowsTheLastIdOnly by ["appending::a_new_store_holds_nothing"]
    knows_who_tried: racing::KnowsWhoTried by ["appending::a_new_store_holds_nothing"]
    keeps_checkpoints_in_the_log: keeping::KeepsCheckpointsInTheLog by ["appending::a_new_store_holds_nothing"]
    keeps_the_first_checkpoint: keeping::KeepsTheFirstCheckpoint by ["appending::a_new_store_holds_nothing"]
    keeps_the_newest_checkpoint: keeping::KeepsTheNewestCheckpoint by ["appending::a_new_store_holds_nothing"]
    looks_for_the_next_name: keeping::LooksForTheNextName by ["appending::a_new_store_holds_nothing"]
    forgets_checkpoints: keeping::ForgetsCheckpoints by ["appending::a_new_store_holds_nothing"]
    mixes_checkpoints: keeping::MixesCheckpoints by ["appending::a_new_store_holds_nothing"]
    cuts_checkpoints: keeping::CutsCheckpoints by ["appending::a_new_store_holds_nothing"]
    has_old_checkpoints_once_reopened: keeping::HasOldCheckpointsOnceReopened by ["appending::a_new_store_holds_nothing"]
    has_checkpoints_of_the_future: keeping::HasCheckpointsOfTheFuture by ["appending::a_new_store_holds_nothing"]
    folds_names_of_checkpoints: keeping::FoldsNamesOfCheckpoints by ["appending::a_new_store_holds_nothing"]
    loses_the_last: keeping::LosesTheLast by ["appending::a_new_store_holds_nothing"]
    loses_the_first: keeping::LosesTheFirst by ["appending::a_new_store_holds_nothing"]
    marks_its_opening: keeping::MarksItsOpening by ["appending::a_new_store_holds_nothing"]
    parses_on_reopening: keeping::ParsesOnReopening by ["appending::a_new_store_holds_nothing"]
    trims_on_reopening: keeping::TrimsOnReopening by ["appending::a_new_store_holds_nothing"]
    forgets_ids_on_reopening: keeping::ForgetsIdsOnReopening by ["appending::a_new_store_holds_nothing"]
    writes_before_it_judges: keeping::WritesBeforeItJudges by ["appending::a_new_store_holds_nothing"]
    indexes_otherwise_once_reopened: keeping::IndexesOtherwiseOnceReopened by ["appending::a_new_store_holds_nothing"]
    begins_with_an_empty_index: keeping::BeginsWithAnEmptyIndex by ["appending::a_new_store_holds_nothing"]
    answers_too_soon: keeping::AnswersTooSoon by ["appending::a_new_store_holds_nothing"]
    is_cut_in_half: keeping::IsCutInHalf by ["appending::a_new_store_holds_nothing"]
    writes_when_it_recovers: keeping::WritesWhenItRecovers by ["appending::a_new_store_holds_nothing"]
    acknowledges_once_closed: keeping::AcknowledgesOnceClosed by ["appending::a_new_store_holds_nothing"]
    leaves_them_waiting: keeping::LeavesThemWaiting by ["appending::a_new_store_holds_nothing"]
    leaves_commits_unanswered: keeping::LeavesCommitsUnanswered by ["appending::a_new_store_holds_nothing"]
    closes_once: keeping::ClosesOnce by ["appending::a_new_store_holds_nothing"]
    loses_on_closing: keeping::LosesOnClosing by ["appending::a_new_store_holds_nothing"]
    has_an_index_each: keeping::HasAnIndexEach by ["appending::a_new_store_holds_nothing"]
    shares_a_session: keeping::SharesASession by ["appending::a_new_store_holds_nothing"]
}

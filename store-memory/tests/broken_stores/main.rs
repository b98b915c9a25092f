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

use breaking::{Opens, Sound, Way, way};
use cutover::store::conformance::{Outcome, Test, tests};

/// The store is caught by each of these tests.
fn is_caught(way: Way, by: &[&str]) {
    for name in by {
        let test = Test::named(name).unwrap_or_else(|| panic!("the suite has no test {name}"));
        let outcome = test.check(&Opens::new(way));
        assert!(matches!(outcome, Outcome::Failed(_)), "{name} does not catch it: {outcome:?}");
    }
}

macro_rules! broken_stores {
    ($($name:ident: $module:ident::$store:ident by [$($test:literal),+ $(,)?])*) => {
        $(
            #[test]
            fn $name() {
                is_caught(way::<$module::$store>, &[$($test),+]);
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
                    if matches!(test.check(&Opens::new(way::<$module::$store>)), Outcome::Failed(_)) {
                        println!("CAUGHT {test} {}", stringify!($store));
                    }
                }
            )*
        }
    };
}

mod sound {
    cutover::conformance_tests!(crate::Opens::new(crate::way::<crate::Sound>));
}

/// Positions may have gaps.
mod sound_with_gaps {
    cutover::conformance_tests!(crate::Opens::new(crate::way::<crate::writing::LeavesGaps>));
}

broken_stores! {
    a_store_that_loses_a_commit_is_caught: writing::LosesACommit by [
        "concurrency::nothing_is_lost_and_nothing_comes_twice",
        "appending::positions_increase_and_are_what_was_answered",
        "appending::an_acknowledged_commit_is_read_at_once",
    ]
    a_store_that_splits_a_commit_is_caught: writing::SplitsACommit by [
        "appending::a_commit_over_several_streams_is_one",
        "conflicts::every_stream_of_a_commit_is_checked",
        "dropping::a_dropped_commit_is_whole_or_nothing",
    ]
    a_store_that_splits_a_large_commit_is_caught: writing::SplitsALargeCommit by [
        "large::a_commit_of_a_thousand_events_is_one",
        "visibility::nobody_sees_a_part_of_a_large_commit",
    ]
    a_store_that_writes_what_fits_is_caught: writing::WritesWhatFits by ["conflicts::a_conflict_writes_nothing"]
    a_store_that_takes_stale_is_caught: writing::TakesStale by [
        "conflicts::a_stream_that_moved_on_is_a_conflict",
        "conflicts::a_commit_sent_twice_lands_once_and_is_recognised",
    ]
    a_store_that_takes_early_is_caught: writing::TakesEarly by [
        "conflicts::a_stream_that_is_not_there_yet_is_a_conflict",
    ]
    a_store_that_takes_zero_for_anything_is_caught: writing::TakesZeroForAnything by [
        "conflicts::a_stream_that_exists_already_is_a_conflict",
    ]
    a_store_that_checks_the_first_stream_is_caught: writing::ChecksTheFirstStream by [
        "conflicts::every_stream_of_a_commit_is_checked",
    ]
    a_store_that_looks_then_writes_is_caught: writing::LooksThenWrites by [
        "concurrency::one_of_many_rivals_wins",
        "history::one_order_explains_all_answers",
        "guards::a_guard_holds_where_its_commit_stands",
        "handles::one_of_the_rivals_of_both_wins",
    ]
    a_store_that_forgets_guards_is_caught: writing::ForgetsGuards by [
        "guards::a_guard_that_moved_on_is_a_conflict",
        "concurrency::there_is_no_write_skew",
    ]
    a_store_that_checks_the_first_guard_is_caught: writing::ChecksTheFirstGuard by [
        "guards::every_guard_is_checked",
    ]
    a_store_that_forgets_guards_on_absence_is_caught: writing::ForgetsGuardsOnAbsence by [
        "guards::a_guard_on_an_absent_stream_is_kept",
    ]
    a_store_that_guards_by_writing_is_caught: writing::GuardsByWriting by [
        "guards::a_guard_writes_nothing",
        "guards::a_guard_that_holds_lets_the_commit_pass",
    ]
    a_store_that_checks_guards_afterwards_is_caught: writing::ChecksGuardsAfterwards by [
        "guards::a_guard_on_what_is_appended_to_is_its_expectation",
    ]
    a_store_that_names_one_mismatch_is_caught: writing::NamesOneMismatch by [
        "conflicts::a_conflict_reports_every_mismatch_in_order",
    ]
    a_store_that_answers_repeats_is_caught: writing::AnswersRepeats by [
        "conflicts::a_commit_sent_twice_lands_once_and_is_recognised",
    ]
    a_store_that_writes_repeats_is_caught: writing::WritesRepeats by [
        "conflicts::a_commit_sent_twice_lands_once_and_is_recognised",
        "dropping::who_drops_and_looks_again_writes_everything_once",
        "doubt::writers_in_doubt_write_everything_once",
    ]
    a_store_that_wants_new_commands_is_caught: writing::WantsNewCommands by [
        "appending::commits_of_one_command_are_all_kept",
    ]
    a_store_that_remembers_refusals_is_caught: writing::RemembersRefusals by [
        "conflicts::a_refused_commit_is_accepted_once_it_fits",
    ]
    a_store_that_leaves_a_transaction_open_is_caught: writing::LeavesATransactionOpen by [
        "conflicts::a_conflict_leaves_the_store_in_order",
    ]
    a_store_that_writes_half_of_too_much_is_caught: writing::WritesHalfOfTooMuch by [
        "large::a_commit_that_is_too_large_writes_nothing",
    ]
    a_store_that_names_any_limit_is_caught: writing::NamesAnyLimit by ["large::the_limit_is_the_same_each_time"]
    a_store_that_cuts_payloads_is_caught: writing::CutsPayloads by ["large::a_payload_of_a_mebibyte_comes_back"]
    a_store_that_parses_payloads_is_caught: writing::ParsesPayloads by [
        "appending::payloads_come_back_byte_for_byte",
    ]
    a_store_that_ends_at_a_break_is_caught: writing::EndsAtABreak by [
        "appending::a_payload_on_several_lines_is_kept",
    ]
    a_store_that_cuts_times_is_caught: writing::CutsTimes by ["appending::headers_come_back_as_they_were"]
    a_store_that_forgets_ids_is_caught: writing::ForgetsIds by [
        "appending::headers_come_back_as_they_were",
        "doubt::a_commit_whose_answer_was_lost_is_found_by_its_id",
        "doubt::a_commit_that_was_lost_is_accepted_when_it_comes_again",
    ]
    a_store_that_forgets_causes_is_caught: writing::ForgetsCauses by [
        "appending::causes_schemas_and_names_come_back",
    ]
    a_store_that_groups_by_stream_is_caught: writing::GroupsByStream by [
        "appending::a_commit_over_several_streams_is_one",
    ]
    a_store_that_keeps_equal_events_once_is_caught: writing::KeepsEqualEventsOnce by [
        "appending::equal_events_are_all_kept",
    ]
    a_store_that_limits_rows_is_caught: writing::LimitsRows by [
        "large::a_commit_of_a_thousand_events_is_one",
        "large::a_thousand_guards_are_all_checked",
    ]
    a_store_that_cuts_conflicts_is_caught: writing::CutsConflicts by [
        "large::a_conflict_of_a_thousand_streams_names_them_all",
    ]
    a_store_that_counts_all_streams_is_caught: writing::CountsAllStreams by [
        "appending::every_stream_is_numbered_on_its_own",
    ]
    a_store_that_counts_from_zero_is_caught: writing::CountsFromZero by [
        "appending::sequences_run_from_one_without_a_gap",
    ]
    a_store_that_begins_with_its_own_is_caught: writing::BeginsWithItsOwn by [
        "appending::a_new_store_holds_nothing",
    ]
    a_store_that_answers_another_number_is_caught: writing::AnswersAnotherNumber by [
        "appending::positions_increase_and_are_what_was_answered",
    ]
    a_store_that_leaves_gaps_and_denies_it_is_caught: writing::LeavesGapsAndDeniesIt by [
        "concurrency::dense_positions_have_no_gap",
    ]
    a_store_that_gives_a_number_twice_is_caught: writing::GivesANumberTwice by [
        "appending::positions_increase_and_are_what_was_answered",
        "concurrency::independent_writers_are_no_rivals",
    ]
    a_store_that_skips_at_the_pages_edge_is_caught: reading::SkipsAtThePagesEdge by [
        "paging::a_page_of_a_stream_is_right_at_every_boundary",
        "paging::paging_through_a_long_history_loses_nothing",
    ]
    a_store_that_gives_one_too_many_is_caught: reading::GivesOneTooMany by [
        "paging::a_page_of_a_stream_is_right_at_every_boundary",
    ]
    a_store_that_takes_zero_for_no_limit_is_caught: reading::TakesZeroForNoLimit by [
        "paging::a_limit_of_zero_gives_nothing",
    ]
    a_store_that_adds_to_the_limit_is_caught: reading::AddsToTheLimit by [
        "paging::the_largest_limit_gives_everything",
    ]
    a_store_that_wraps_around_is_caught: reading::WrapsAround by ["reading::there_is_nothing_after_the_end"]
    a_store_that_refuses_absent_streams_is_caught: reading::RefusesAbsentStreams by [
        "reading::a_stream_that_does_not_exist_is_empty",
        "appending::a_new_store_holds_nothing",
    ]
    a_store_that_gives_the_neighbours_too_is_caught: reading::GivesTheNeighboursToo by [
        "reading::a_stream_is_read_without_its_neighbours",
    ]
    a_store_that_reads_by_prefix_is_caught: reading::ReadsByPrefix by [
        "reading::a_stream_that_does_not_exist_is_empty",
    ]
    a_store_that_cuts_pages_by_bytes_is_caught: reading::CutsPagesByBytes by [
        "large::pages_are_counted_in_events_and_not_in_bytes",
    ]
    a_store_that_forgets_streams_is_caught: reading::ForgetsStreams by [
        "large::two_thousand_streams_are_all_found",
    ]
    a_store_that_decodes_in_two_ways_is_caught: reading::DecodesInTwoWays by [
        "appending::both_ways_of_reading_agree",
    ]
    a_store_that_cuts_commits_at_the_limit_is_caught: reading::CutsCommitsAtTheLimit by [
        "paging::a_page_of_the_log_holds_whole_commits",
    ]
    a_store_that_stops_at_a_large_commit_is_caught: reading::StopsAtALargeCommit by [
        "paging::a_commit_larger_than_the_limit_is_given_whole",
    ]
    a_store_that_begins_with_the_last_one_is_caught: reading::BeginsWithTheLastOne by [
        "paging::paging_through_a_long_history_loses_nothing",
        "waking::a_subscription_has_no_seam",
    ]
    a_store_that_sorts_by_time_is_caught: reading::SortsByTime by [
        "appending::the_order_is_neither_that_of_times_nor_of_ids",
    ]
    a_store_that_sorts_by_stream_is_caught: reading::SortsByStream by [
        "reading::the_log_reads_the_same_every_time",
    ]
    a_store_that_folds_case_is_caught: reading::FoldsCase by [
        "names::similar_names_are_different_streams",
        "names::conflicts_name_streams_exactly",
        "names::any_character_makes_a_name",
    ]
    a_store_that_cuts_names_is_caught: reading::CutsNames by ["names::the_longest_names_are_kept_whole"]
    a_store_that_trims_names_is_caught: reading::TrimsNames by ["names::similar_names_are_different_streams"]
    a_store_that_knows_one_plane_is_caught: reading::KnowsOnePlane by ["names::any_character_makes_a_name"]
    a_store_that_reads_a_copy_is_caught: reading::ReadsACopy by [
        "appending::an_acknowledged_commit_is_read_at_once",
        "history::one_order_explains_all_answers",
        "history::one_order_explains_answers_that_overtake_each_other",
    ]
    a_store_that_shows_late_is_caught: reading::ShowsLate by [
        "visibility::a_late_commit_is_never_skipped",
        "handles::no_commit_of_either_is_skipped",
    ]
    a_store_that_shows_stream_after_stream_is_caught: reading::ShowsStreamAfterStream by [
        "visibility::nobody_sees_half_a_commit",
    ]
    a_store_that_counts_tries_is_caught: reading::CountsTries by ["visibility::the_head_is_where_reading_ends"]
    a_store_that_looks_twice_is_caught: reading::LooksTwice by ["visibility::a_stream_only_ever_grows"]
    a_store_that_misses_a_commit_is_caught: waking::MissesACommit by [
        "waking::a_commit_wakes_who_waits",
        "waking::a_commit_wakes_all_who_wait",
        "handles::a_commit_of_one_wakes_who_waits_at_the_other",
        "waking::each_waiter_wakes_at_its_own_position",
    ]
    a_store_that_looks_then_sleeps_is_caught: waking::LooksThenSleeps by ["waking::a_lone_commit_wakes_whenever_it_comes"]
    a_store_that_wakes_for_new_ones_only_is_caught: waking::WakesForNewOnesOnly by [
        "waking::waiting_for_the_past_returns_at_once",
    ]
    a_store_that_wakes_for_new_ones_once_reopened_is_caught: waking::WakesForNewOnesOnceReopened by [
        "reopening::waiting_goes_on_after_reopening",
    ]
    a_store_that_wakes_one_is_caught: waking::WakesOne by ["waking::a_commit_wakes_all_who_wait"]
    a_store_that_calls_the_gone_is_caught: waking::CallsTheGone by [
        "waking::a_waiter_who_goes_away_takes_no_wake_up_along",
    ]
    a_store_that_wakes_too_early_is_caught: waking::WakesTooEarly by [
        "waking::a_waiter_is_not_woken_too_early",
        "waking::each_waiter_wakes_at_its_own_position",
    ]
    a_store_that_wraps_around_waiting_is_caught: waking::WrapsAroundWaiting by [
        "waking::who_waits_for_the_last_position_sleeps_on",
    ]
    a_store_that_keeps_the_first_waker_is_caught: waking::KeepsTheFirstWaker by [
        "waking::a_waiter_that_moved_is_woken_where_it_is",
    ]
    a_store_that_wakes_on_a_conflict_is_caught: waking::WakesOnAConflict by ["waking::a_conflict_wakes_nobody"]
    a_store_that_wakes_before_it_shows_is_caught: waking::WakesBeforeItShows by [
        "waking::a_wake_up_is_never_missed",
    ]
    a_store_that_has_a_hundred_connections_is_caught: waking::HasAHundredConnections by [
        "waking::who_waits_holds_nobody_up",
    ]
    a_store_that_locks_stream_by_stream_is_caught: racing::LocksStreamByStream by [
        "concurrency::crossed_commits_do_not_block_each_other",
    ]
    a_store_that_has_one_writer_is_caught: racing::HasOneWriter by [
        "concurrency::independent_writers_are_no_rivals",
    ]
    a_store_that_judges_by_the_start_is_caught: racing::JudgesByTheStart by [
        "concurrency::a_batch_is_checked_commit_by_commit",
    ]
    a_store_that_mixes_answers_up_is_caught: racing::MixesAnswersUp by [
        "concurrency::every_answer_is_that_of_its_own_commit",
    ]
    a_store_that_has_a_leader_is_caught: racing::HasALeader by [
        "dropping::a_dropped_commit_takes_no_other_along",
    ]
    a_store_that_loses_read_locks_is_caught: racing::LosesReadLocks by [
        "dropping::a_read_that_is_dropped_changes_nothing",
    ]
    a_store_that_keeps_the_readers_place_is_caught: racing::KeepsTheReadersPlace by [
        "doubt::a_reader_goes_on_after_reads_that_failed",
    ]
    a_store_that_knows_the_last_id_only_is_caught: racing::KnowsTheLastIdOnly by [
        "doubt::a_commit_in_doubt_is_found_beneath_later_ones",
    ]
    a_store_that_knows_who_tried_is_caught: racing::KnowsWhoTried by [
        "doubt::rivals_in_doubt_agree_on_who_has_won",
    ]
    a_store_that_keeps_checkpoints_in_the_log_is_caught: keeping::KeepsCheckpointsInTheLog by [
        "checkpoints::a_checkpoint_changes_no_answer",
    ]
    a_store_that_keeps_the_first_checkpoint_is_caught: keeping::KeepsTheFirstCheckpoint by [
        "checkpoints::the_last_checkpoint_comes_back_or_none",
    ]
    a_store_that_keeps_the_newest_checkpoint_is_caught: keeping::KeepsTheNewestCheckpoint by [
        "checkpoints::the_last_checkpoint_comes_back_or_none",
    ]
    a_store_that_looks_for_the_next_name_is_caught: keeping::LooksForTheNextName by [
        "checkpoints::there_is_no_checkpoint_before_one_is_saved",
    ]
    a_store_that_forgets_checkpoints_is_caught: keeping::ForgetsCheckpoints by [
        "checkpoints::kept_checkpoints_are_all_there",
    ]
    a_store_that_mixes_checkpoints_is_caught: keeping::MixesCheckpoints by [
        "checkpoints::checkpoints_saved_at_once_do_not_mix",
    ]
    a_store_that_cuts_checkpoints_is_caught: keeping::CutsCheckpoints by [
        "checkpoints::a_large_checkpoint_comes_back_whole_or_not_at_all",
    ]
    a_store_that_has_old_checkpoints_once_reopened_is_caught: keeping::HasOldCheckpointsOnceReopened by [
        "reopening::checkpoints_are_right_or_gone_after_reopening",
    ]
    a_store_that_has_checkpoints_of_the_future_is_caught: keeping::HasCheckpointsOfTheFuture by [
        "crashing::checkpoints_are_right_or_gone",
    ]
    a_store_that_folds_names_of_checkpoints_is_caught: keeping::FoldsNamesOfCheckpoints by [
        "checkpoints::checkpoints_of_similar_names_are_kept_apart",
    ]
    a_store_that_loses_the_last_is_caught: keeping::LosesTheLast by [
        "reopening::everything_is_there_after_reopening",
        "reopening::conflicts_are_found_after_reopening",
        "reopening::numbers_go_on_after_reopening",
        "closing::closing_keeps_what_was_acknowledged",
    ]
    a_store_that_loses_the_first_is_caught: keeping::LosesTheFirst by [
        "reopening::everything_is_there_after_reopening",
    ]
    a_store_that_marks_its_opening_is_caught: keeping::MarksItsOpening by [
        "reopening::reopening_changes_nothing",
    ]
    a_store_that_parses_on_reopening_is_caught: keeping::ParsesOnReopening by [
        "reopening::payloads_are_exact_after_reopening",
    ]
    a_store_that_trims_on_reopening_is_caught: keeping::TrimsOnReopening by [
        "reopening::names_are_exact_after_reopening",
    ]
    a_store_that_forgets_ids_on_reopening_is_caught: keeping::ForgetsIdsOnReopening by [
        "reopening::a_commit_in_doubt_is_recognised_after_reopening",
    ]
    a_store_that_writes_before_it_judges_is_caught: keeping::WritesBeforeItJudges by [
        "reopening::what_was_refused_stays_away_after_reopening",
    ]
    a_store_that_indexes_otherwise_once_reopened_is_caught: keeping::IndexesOtherwiseOnceReopened by [
        "reopening::pages_are_right_after_reopening",
    ]
    a_store_that_begins_with_an_empty_index_is_caught: keeping::BeginsWithAnEmptyIndex by [
        "reopening::conflicts_are_found_after_reopening",
        "crashing::numbers_are_not_given_twice",
    ]
    a_store_that_answers_too_soon_is_caught: keeping::AnswersTooSoon by [
        "crashing::what_was_acknowledged_survives",
        "crashing::numbers_are_not_given_twice",
    ]
    a_store_that_is_cut_in_half_is_caught: keeping::IsCutInHalf by [
        "crashing::what_was_under_way_is_whole_or_nothing",
    ]
    a_store_that_writes_when_it_recovers_is_caught: keeping::WritesWhenItRecovers by [
        "crashing::crashing_again_changes_nothing",
    ]
    a_store_that_acknowledges_once_closed_is_caught: keeping::AcknowledgesOnceClosed by [
        "closing::a_closed_store_takes_no_commit",
    ]
    a_store_that_leaves_them_waiting_is_caught: keeping::LeavesThemWaiting by [
        "closing::closing_ends_all_waiting",
    ]
    a_store_that_leaves_commits_unanswered_is_caught: keeping::LeavesCommitsUnanswered by [
        "closing::a_commit_under_way_is_answered",
    ]
    a_store_that_closes_once_is_caught: keeping::ClosesOnce by ["closing::closing_twice_is_closing_once"]
    a_store_that_loses_on_closing_is_caught: keeping::LosesOnClosing by [
        "closing::closing_keeps_what_was_acknowledged",
    ]
    a_store_that_has_an_index_each_is_caught: keeping::HasAnIndexEach by [
        "handles::what_one_has_recorded_the_other_reads",
        "handles::both_are_judged_by_one_log",
        "handles::one_of_the_rivals_of_both_wins",
        "handles::a_commit_of_one_wakes_who_waits_at_the_other",
        "handles::no_commit_of_either_is_skipped",
    ]
    a_store_that_shares_a_session_is_caught: keeping::SharesASession by ["handles::one_may_go_away"]
}

/// A test that no broken store is caught by may be one that cannot fail.
#[test]
fn every_test_of_the_suite_catches_somebody() {
    let all: BTreeSet<String> = tests().iter().map(ToString::to_string).collect();
    let catching: BTreeSet<String> = CATCHING.iter().map(|name| (*name).to_owned()).collect();
    let idle: Vec<&String> = all.difference(&catching).collect();
    assert!(idle.is_empty(), "no broken store is caught by {idle:?}");
}

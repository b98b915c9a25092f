//! The list of all tests, and what makes them tests of a store.

use futures::FutureExt as _;

use super::Test;

/// Makes a `#[test]` of every test of the suite, in the file that this stands in, and one that says what is skipped.
///
/// Takes an expression that makes a [`StoreUnderTest`](crate::store::conformance::StoreUnderTest); it is evaluated once per test.
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr) => {
        $crate::__conformance_list! { __conformance_as_tests { $harness } }
    };
}

/// Gives the list of all tests to a macro. A group is a module of the suite.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_list {
    ($to:ident $given:tt) => {
        $crate::$to! { $given
            appending {
                a_new_store_holds_nothing,
                sequences_run_from_one_without_a_gap,
                every_stream_is_numbered_on_its_own,
                a_commit_over_several_streams_is_one,
                positions_increase_and_are_what_was_answered,
                an_acknowledged_commit_is_read_at_once,
                both_ways_of_reading_agree,
                headers_come_back_as_they_were,
                causes_schemas_and_names_come_back,
                payloads_come_back_byte_for_byte,
                a_payload_on_several_lines_is_kept,
                commits_of_one_command_are_all_kept,
                equal_events_are_all_kept,
                the_order_is_neither_that_of_times_nor_of_ids,
            }
            conflicts {
                a_stream_that_moved_on_is_a_conflict,
                a_stream_that_is_not_there_yet_is_a_conflict,
                a_stream_that_exists_already_is_a_conflict,
                every_stream_of_a_commit_is_checked,
                a_conflict_reports_every_mismatch_in_order,
                a_conflict_writes_nothing,
                a_commit_sent_twice_lands_once_and_is_recognised,
                a_conflict_leaves_the_store_in_order,
                a_refused_commit_is_accepted_once_it_fits,
            }
            guards {
                a_guard_that_holds_lets_the_commit_pass,
                a_guard_that_moved_on_is_a_conflict,
                a_guard_on_an_absent_stream_is_kept,
                a_guard_writes_nothing,
                every_guard_is_checked,
                a_guard_on_what_is_appended_to_is_its_expectation,
                a_guard_holds_where_its_commit_stands,
            }
            reading {
                there_is_nothing_after_the_end,
                a_stream_that_does_not_exist_is_empty,
                the_log_reads_the_same_every_time,
                a_stream_is_read_without_its_neighbours,
            }
            paging {
                a_page_of_a_stream_is_right_at_every_boundary,
                a_limit_of_zero_gives_nothing,
                a_page_of_the_log_holds_whole_commits,
                a_commit_larger_than_the_limit_is_given_whole,
                the_largest_limit_gives_everything,
                paging_through_a_long_history_loses_nothing,
            }
            waking {
                waiting_for_the_past_returns_at_once,
                a_commit_wakes_who_waits,
                a_commit_wakes_all_who_wait,
                a_waiter_is_not_woken_too_early,
                who_waits_for_the_last_position_sleeps_on,
                each_waiter_wakes_at_its_own_position,
                a_waiter_that_moved_is_woken_where_it_is,
                who_waits_holds_nobody_up,
                a_conflict_wakes_nobody,
                a_waiter_who_goes_away_takes_no_wake_up_along,
                a_wake_up_is_never_missed,
                a_lone_commit_wakes_whenever_it_comes,
                a_subscription_has_no_seam,
            }
            concurrency {
                one_of_many_rivals_wins,
                nothing_is_lost_and_nothing_comes_twice,
                crossed_commits_do_not_block_each_other,
                there_is_no_write_skew,
                independent_writers_are_no_rivals,
                a_batch_is_checked_commit_by_commit,
                every_answer_is_that_of_its_own_commit,
                dense_positions_have_no_gap needs DensePositions,
            }
            visibility {
                a_late_commit_is_never_skipped,
                nobody_sees_half_a_commit,
                nobody_sees_a_part_of_a_large_commit,
                the_head_is_where_reading_ends,
                a_stream_only_ever_grows,
            }
            history {
                one_order_explains_all_answers,
                one_order_explains_answers_that_overtake_each_other,
            }
            dropping {
                a_dropped_commit_is_whole_or_nothing,
                a_dropped_commit_takes_no_other_along,
                a_read_that_is_dropped_changes_nothing,
                who_drops_and_looks_again_writes_everything_once,
            }
            doubt {
                a_commit_whose_answer_was_lost_is_found_by_its_id,
                a_commit_that_was_lost_is_accepted_when_it_comes_again,
                a_commit_in_doubt_is_found_beneath_later_ones,
                rivals_in_doubt_agree_on_who_has_won,
                writers_in_doubt_write_everything_once,
                a_reader_goes_on_after_reads_that_failed,
            }
            checkpoints {
                there_is_no_checkpoint_before_one_is_saved,
                the_last_checkpoint_comes_back_or_none,
                a_checkpoint_changes_no_answer,
                checkpoints_of_similar_names_are_kept_apart,
                checkpoints_saved_at_once_do_not_mix,
                a_large_checkpoint_comes_back_whole_or_not_at_all,
                kept_checkpoints_are_all_there needs KeptCheckpoints,
            }
            names {
                similar_names_are_different_streams,
                conflicts_name_streams_exactly,
                the_longest_names_are_kept_whole,
                any_character_makes_a_name,
            }
            large {
                a_commit_of_a_thousand_events_is_one,
                a_payload_of_a_mebibyte_comes_back,
                a_commit_that_is_too_large_writes_nothing,
                two_thousand_streams_are_all_found,
                a_thousand_guards_are_all_checked,
                a_conflict_of_a_thousand_streams_names_them_all,
                pages_are_counted_in_events_and_not_in_bytes,
                the_limit_is_the_same_each_time needs CommitLimit,
            }
            reopening {
                everything_is_there_after_reopening needs Reopening,
                numbers_go_on_after_reopening needs Reopening,
                conflicts_are_found_after_reopening needs Reopening,
                reopening_changes_nothing needs Reopening,
                checkpoints_are_right_or_gone_after_reopening needs Reopening,
                names_are_exact_after_reopening needs Reopening,
                payloads_are_exact_after_reopening needs Reopening,
                pages_are_right_after_reopening needs Reopening,
                what_was_refused_stays_away_after_reopening needs Reopening,
                waiting_goes_on_after_reopening needs Reopening,
                a_commit_in_doubt_is_recognised_after_reopening needs Reopening,
            }
            crashing {
                what_was_acknowledged_survives needs Crashing,
                what_was_under_way_is_whole_or_nothing needs Crashing,
                numbers_are_not_given_twice needs Crashing,
                crashing_again_changes_nothing needs Crashing,
                checkpoints_are_right_or_gone needs Crashing,
            }
            closing {
                a_closed_store_takes_no_commit needs Closing,
                closing_ends_all_waiting needs Closing,
                a_commit_under_way_is_answered needs Closing,
                closing_twice_is_closing_once needs Closing,
                closing_keeps_what_was_acknowledged needs Closing,
            }
            handles {
                what_one_has_recorded_the_other_reads needs SecondHandle,
                both_are_judged_by_one_log needs SecondHandle,
                one_of_the_rivals_of_both_wins needs SecondHandle,
                a_commit_of_one_wakes_who_waits_at_the_other needs SecondHandle,
                no_commit_of_either_is_skipped needs SecondHandle,
                one_may_go_away needs SecondHandle,
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_as_tests {
    ({ $harness:expr } $($group:ident $tests:tt)*) => {
        $( $crate::__conformance_as_tests! { @group $harness; $group $tests } )*

        #[test]
        fn what_is_skipped() {
            $crate::store::conformance::print_what_is_skipped(&$harness);
        }
    };
    (@group $harness:expr; $group:ident { $($test:ident $(needs $ability:ident)?,)* }) => {
        mod $group {
            #[allow(unused_imports, reason = "the harness may be named by a path of its own")]
            use super::*;
            $(
                #[test]
                fn $test() {
                    $crate::store::conformance::hold(concat!(stringify!($group), "::", stringify!($test)), &$harness);
                }
            )*
        }
    };
}

macro_rules! needed {
    () => {
        None
    };
    ($ability:ident) => {
        Some(super::Ability::$ability)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_as_table {
    ({} $($group:ident { $($test:ident $(needs $ability:ident)?,)* })*) => {
        &[$($(
            Test {
                group: stringify!($group),
                name: stringify!($test),
                needs: needed!($($ability)?),
                run: |harness| super::$group::$test(harness).boxed(),
            },
        )*)*]
    };
}

/// Every test of the suite, group by group.
pub fn tests() -> &'static [Test] {
    const TESTS: &[Test] = __conformance_list! { __conformance_as_table {} };
    TESTS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::tests;

    /// The files of the suite, as they stand in the source.
    const FILES: &[(&str, &str)] = &[
        ("appending", include_str!("appending.rs")),
        ("conflicts", include_str!("conflicts.rs")),
        ("guards", include_str!("guards.rs")),
        ("reading", include_str!("reading.rs")),
        ("paging", include_str!("paging.rs")),
        ("waking", include_str!("waking.rs")),
        ("concurrency", include_str!("concurrency.rs")),
        ("visibility", include_str!("visibility.rs")),
        ("history", include_str!("history.rs")),
        ("dropping", include_str!("dropping.rs")),
        ("doubt", include_str!("doubt.rs")),
        ("checkpoints", include_str!("checkpoints.rs")),
        ("names", include_str!("names.rs")),
        ("large", include_str!("large.rs")),
        ("reopening", include_str!("reopening.rs")),
        ("crashing", include_str!("crashing.rs")),
        ("closing", include_str!("closing.rs")),
        ("handles", include_str!("handles.rs")),
    ];

    /// The public tests of a file, each with its documentation.
    fn written(file: &str) -> Vec<(&str, String)> {
        let (mut found, mut words) = (Vec::new(), String::new());
        for line in file.lines() {
            if let Some(more) = line.strip_prefix("/// ") {
                words.push_str(more);
                words.push(' ');
            } else if let Some(rest) = line.strip_prefix("pub async fn ") {
                found.push((rest.split('(').next().unwrap_or_default(), std::mem::take(&mut words)));
            } else {
                words.clear();
            }
        }
        found
    }

    #[test]
    fn every_test_of_the_suite_is_listed_and_every_group_has_a_file() {
        let mut in_files = BTreeSet::new();
        for (group, file) in FILES {
            in_files.extend(written(file).into_iter().map(|(name, _)| format!("{group}::{name}")));
        }
        let listed: BTreeSet<String> = tests().iter().map(ToString::to_string).collect();
        assert_eq!(listed, in_files);
        assert_eq!(listed.len(), tests().len(), "a test is listed twice");
        assert!(listed.len() >= 100, "{} tests", listed.len());
    }

    #[test]
    fn every_test_says_what_it_guards_against() {
        for (group, file) in FILES {
            for (name, words) in written(file) {
                let (asserts, guards) = words.split_once("Guards against ").unwrap_or_default();
                assert!(asserts.len() > 30, "{group}::{name} does not say what it asserts");
                assert!(guards.len() > 15, "{group}::{name} does not say what it guards against");
            }
        }
    }
}

//! The list of all tests, and what makes them tests of a store.

/// Runs the whole conformance suite on a store: every test becomes a `#[test]` of the file that this stands in.
///
/// Takes an expression that makes a [`StoreUnderTest`](crate::store::conformance::StoreUnderTest); it is evaluated once per test.
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr) => {
        $crate::conformance_tests! { @groups $harness;
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
            }
            guards {
                a_guard_that_holds_lets_the_commit_pass,
                a_guard_that_moved_on_is_a_conflict,
                a_guard_on_an_absent_stream_is_kept,
                a_guard_writes_nothing,
                every_guard_is_checked,
                a_guard_on_what_is_appended_to_is_its_expectation,
            }
            reading {
                there_is_nothing_after_the_end,
                a_stream_that_does_not_exist_is_empty,
                the_log_reads_the_same_every_time,
                a_stream_is_read_without_its_neighbours,
                a_read_that_is_dropped_changes_nothing,
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
                a_conflict_wakes_nobody,
                a_waiter_who_goes_away_takes_no_wake_up_along,
                a_wake_up_is_never_missed,
                a_subscription_has_no_seam,
            }
            concurrency {
                one_of_many_rivals_wins,
                nothing_is_lost_and_nothing_comes_twice,
                crossed_commits_do_not_block_each_other,
                there_is_no_write_skew,
                a_late_commit_is_never_skipped,
                nobody_sees_half_a_commit,
                a_dropped_commit_is_whole_or_nothing,
                independent_writers_are_no_rivals,
                a_batch_is_checked_commit_by_commit,
            }
            checkpoints {
                there_is_no_checkpoint_before_one_is_saved,
                the_last_checkpoint_comes_back_or_none,
                a_checkpoint_changes_no_answer,
                checkpoints_of_similar_names_are_kept_apart,
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
            }
            reopening {
                everything_is_there_after_reopening,
                numbers_go_on_after_reopening,
                conflicts_are_found_after_reopening,
                reopening_changes_nothing,
                checkpoints_are_right_or_gone_after_reopening,
                names_are_exact_after_reopening,
            }
        }
    };
    (@groups $harness:expr; $($group:ident $tests:tt)*) => {
        $( $crate::conformance_tests! { @group $harness; $group $tests } )*
    };
    (@group $harness:expr; $group:ident { $($test:ident,)* }) => {
        mod $group {
            #[allow(unused_imports, reason = "the harness may be named by a path of its own")]
            use super::*;
            $(
                #[test]
                fn $test() {
                    let harness = $harness;
                    $crate::store::conformance::block_on(
                        $crate::store::conformance::$group::$test(&harness),
                    );
                }
            )*
        }
    };
}

#[cfg(test)]
mod tests {
    /// The files of the suite, and this one, as they stand in the source.
    const FILES: [(&str, &str); 11] = [
        ("appending", include_str!("appending.rs")),
        ("conflicts", include_str!("conflicts.rs")),
        ("guards", include_str!("guards.rs")),
        ("reading", include_str!("reading.rs")),
        ("paging", include_str!("paging.rs")),
        ("waking", include_str!("waking.rs")),
        ("concurrency", include_str!("concurrency.rs")),
        ("checkpoints", include_str!("checkpoints.rs")),
        ("names", include_str!("names.rs")),
        ("large", include_str!("large.rs")),
        ("reopening", include_str!("reopening.rs")),
    ];

    #[test]
    fn every_test_of_the_suite_is_listed() {
        let list = include_str!("list.rs");
        let mut tests = 0;
        for (group, file) in FILES {
            let listed = list
                .split_once(&format!("            {group} {{"))
                .and_then(|(_, rest)| rest.split_once('}'));
            let listed = listed.map_or("", |(listed, _)| listed);
            for line in file.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let name = line.split('(').next().unwrap_or_default();
                assert!(listed.contains(&format!(" {name},")), "{group}::{name} is not listed");
                tests += 1;
            }
        }
        assert!(tests >= 30, "{tests} tests were found in the source");
    }
}

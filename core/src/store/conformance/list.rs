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

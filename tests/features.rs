//! The living specification: every scenario of `tests/features/`, on every store. How to write one stands in its README.
//!
//! `CUTOVER_FEATURES=folder` runs the features of another folder, `CUTOVER_SCENARIOS=Q4` those with this tag or this in their name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::wildcard_enum_match_arm,
    reason = "a test that can't go on fails; steps are given what they take by value, and look for one kind of thing among many"
)]
#![allow(unreachable_pub, missing_docs, reason = "a test has no interface")]

mod support;

fn main() -> std::process::ExitCode {
    support::run()
}

//! Generated pipelines and commands: after every commit the core stands where an independent, naive model says, and the invariants
//! of RULES.md hold; and at the end of each case everything that can end ends.
//!
//! `plan.rs` generates pipelines, `step.rs` what is done with them. `model/` says what ought to happen, `world.rs` lets the core do
//! it, `observed.rs` puts the core's state into the model's words, `invariants.rs` checks what must hold whatever was asked. `views/` compares the engine's
//! views with a naive fold.
//!
//! `PROPTEST_CASES=2000 cargo test --test properties` tries more than the 256 cases that are the default. A failing case prints the
//! pipeline, the shrunk list of steps, and the commands that they came to.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that expects what is not there has failed")]
#![allow(clippy::redundant_guards, clippy::enum_variant_names, reason = "the model is written to be read")]

mod commands;
mod ending;
mod invariants;
mod machine;
mod model;
mod observed;
mod people;
mod plan;
mod seen;
mod sight;
mod step;
mod views;
mod whole;
mod world;

mod ended_last;
mod fan_out;

use proptest::test_runner::{Config, FileFailurePersistence};
use proptest_state_machine::prop_state_machine;

use machine::Cutover;

/// 256 cases, or as many as `PROPTEST_CASES` says. A failing case is shrunk in 500 steps, or `PROPTEST_MAX_SHRINK_ITERS`.
fn config() -> Config {
    let default = Config::default();
    let says = std::env::var_os("PROPTEST_MAX_SHRINK_ITERS").is_some();
    Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        max_shrink_iters: if says { default.max_shrink_iters } else { 500 },
        ..default
    }
}

/// Half as many, since each takes twice as long.
fn config_of_whole() -> Config {
    let all = config();
    Config { cases: all.cases.div_ceil(2), ..all }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_asked_everything_stands_as_the_rules_say(sequential 60..100 => Cutover);
}

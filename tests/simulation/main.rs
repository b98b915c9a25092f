//! Whole engines on a failing store, with most of what the rules know in their pipelines: 2,000 histories, one for each seed, all with
//! faults of every kind. What is checked knows nothing of what was asked, and nothing of what went wrong: every invariant of RULES.md after
//! every commit, that nothing which was acknowledged is lost, that every stage can say what it waits for, that recovering twice changes nothing,
//! and that everything that can end ends.
//!
//! `CUTOVER_SEEDS=100000` tries more of them, `CUTOVER_SEED=17` that one alone. `workload.rs` is what is asked, `world.rs` what the invariants see.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that expects what is not there has failed")]
#![allow(
    clippy::redundant_guards,
    clippy::enum_variant_names,
    reason = "as the properties, whose modules these are"
)]

#[allow(dead_code, unused_imports, reason = "what the properties ask of them beside")]
#[path = "../properties/invariants/mod.rs"]
mod invariants;
#[allow(dead_code, reason = "what the properties ask of them beside")]
#[path = "../properties/people.rs"]
mod people;
#[allow(dead_code, reason = "what the properties ask of them beside")]
#[path = "../properties/plan.rs"]
mod plan;
#[allow(dead_code, reason = "what the properties ask of them beside")]
#[path = "../properties/seen.rs"]
mod seen;
#[allow(dead_code, reason = "what the properties ask of them beside")]
#[path = "../properties/whole/plan.rs"]
mod whole_plan;

mod checks;
mod kinds;
mod pipelines;
#[path = "../support/published.rs"]
mod published;
mod staff;
mod steering;
mod workload;
mod world;

use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cutover_engine::simulation::{Failure, FaultKind, Tally};

/// Histories that the continuous integration looks at.
const SEEDS: u64 = 2_000;

/// What histories are meant to hold, by the names of events: a draw that is changed must not leave it out unnoticed.
const DRAWN: [&str; 21] = [
    "artifact.published",
    "artifact.tagged",
    "permission.granted",
    "permission.revoked",
    "pipeline-status.deleted",
    "pipeline-status.deleting-begun",
    "pipeline-status.disabled",
    "pipeline-status.restored",
    "pipeline.revised",
    "pipeline.schedule-fired",
    "pipeline.trigger-declined",
    "pipeline.trigger-fired",
    "queue.stage-brought-back",
    "queue.stage-removed",
    "release.abandoned",
    "release.deleted",
    "release.draft-edited",
    "release.kept-forever",
    "release.restored",
    "release.snapshot-revised",
    "task.reattached",
];

/// What a history came to.
struct Told {
    tally: Tally,
    kinds: kinds::Kinds,
    commits: u64,
    acknowledged: u64,
}

#[derive(Default)]
struct Sum {
    tally: Tally,
    kinds: kinds::Kinds,
    commits: u64,
    acknowledged: u64,
    failed: Vec<Failure>,
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn whatever_goes_wrong_nothing_is_lost_and_everything_ends() {
    let (first, count) = match number("CUTOVER_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("CUTOVER_SEEDS").unwrap_or(SEEDS)),
    };
    let (next, has_failed, sum) = (AtomicU64::new(first), AtomicBool::new(false), Mutex::new(Sum::default()));
    let work = || {
        loop {
            // Looked at before a seed is taken, so that none is left out below one that failed.
            if has_failed.load(Ordering::Relaxed) {
                return;
            }
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed - first >= count {
                return;
            }
            let told = catch_unwind(|| workload::history(seed)).unwrap_or_else(|panic| {
                has_failed.store(true, Ordering::Relaxed);
                eprintln!("Replay this panic: CUTOVER_SEED={seed} cargo test --test simulation whatever");
                resume_unwind(panic)
            });
            let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            match told {
                Ok((Told { tally, kinds, commits, acknowledged }, _)) => {
                    sum.tally.add(&tally);
                    sum.kinds.add(&kinds);
                    sum.commits += commits;
                    sum.acknowledged += acknowledged;
                }
                Err(failure) => {
                    sum.failed.push(failure);
                    has_failed.store(true, Ordering::Relaxed);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum.failed.sort_by_key(|failure| failure.seed);
    if let Some(failure) = sum.failed.first() {
        let seed = failure.seed;
        panic!("{failure}\n\nReplay it: CUTOVER_SEED={seed} cargo test --test simulation\n");
    }
    println!("{count} seeds, {} commits, {} acknowledged; {}", sum.commits, sum.acknowledged, sum.tally);
    println!("{}", sum.kinds);
    if count >= SEEDS {
        for kind in FaultKind::ALL {
            assert!(sum.tally.of(kind) > 20, "too few: {kind}, of all {}", sum.tally);
        }
        for kind in DRAWN {
            assert!(sum.kinds.of(kind) > 20, "too few: {kind}, of all {}", sum.kinds);
        }
    }
}

#[test]
fn a_seed_is_a_history_byte_for_byte() {
    let logs = [1, 1, 2].map(|seed| workload::history(seed).unwrap_or_else(|failure| panic!("{failure}")).1);
    assert!(logs[0] == logs[1], "two runs of one seed differ");
    assert!(logs[0] != logs[2], "two seeds are one history");
}

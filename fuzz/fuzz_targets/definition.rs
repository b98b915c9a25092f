//! Any bytes as a document of Azure DevOps. What must hold of it is in `azure/tests/common/holds.rs`, which `cargo test -p cutover-azure` runs with the
//! seeds in `azure/fuzz-seeds/`.

#![no_main]

#[path = "../../azure/tests/common/holds.rs"]
mod holds;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| holds::of_any(bytes));

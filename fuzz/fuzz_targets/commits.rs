//! The JSON of a commit.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cutover_store_file::fuzzing::commits(bytes));

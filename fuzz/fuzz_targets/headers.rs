//! A segment from its header on.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cutover_store_file::fuzzing::headers(bytes));

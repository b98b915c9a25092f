//! The bytes of a segment behind its header.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cutover_store_file::fuzzing::frames(bytes));

//! Nothing of a file is lost in silence.

use std::error::Error;

use crate::files;
use crate::keys::{Trials, lost};

#[test]
fn every_value_of_every_definition_is_taken_over_or_told_of() -> Result<(), Box<dyn Error>> {
    let Some(files) = files(&["def"])? else { return Ok(()) };
    // All of them take some minutes.
    let tries_all = std::env::var_os("CUTOVER_CORPUS_ALL").is_some();
    let mut trials = if tries_all { Trials::all() } else { Trials::some(2, 4) };
    let mut found = Vec::new();
    for file in files {
        let of_file = lost(&file.bytes, &mut trials).map_err(|error| format!("{}: {error}", file.name))?;
        found.extend(of_file.into_iter().map(|path| format!("{}: {path}", file.name)));
    }
    assert!(found.is_empty(), "{} values are lost:\n{}", found.len(), found.join("\n"));
    Ok(())
}

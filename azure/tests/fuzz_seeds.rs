//! What holds of any bytes holds of the fuzz target's seeds, and of what it has found: each file was something once.

#[path = "common/holds.rs"]
mod holds;

use std::path::Path;

#[test]
fn it_holds_of_the_seeds_and_of_the_fixtures() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = 0;
    for folder in ["fuzz-seeds", "tests/fixtures"] {
        for entry in std::fs::read_dir(root.join(folder))? {
            holds::of_any(&std::fs::read(entry?.path())?);
            files += 1;
        }
    }
    assert!(files > 10, "{files} files");
    Ok(())
}

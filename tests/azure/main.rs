//! Imported pipelines run: a release of each goes through all of its stages, and once more for each stage with a failure in it. After every
//! commit the invariants hold.
//!
//! Always those of the fixtures and of the examples; with `CUTOVER_CORPUS`, a directory of published files, also every release definition there.
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test that can't go on fails, and says what it left out; it looks for one kind of thing among many"
)]
#![allow(unreachable_pub, missing_docs, reason = "a test has no interface")]

#[path = "../support/by_itself.rs"]
#[allow(dead_code, reason = "the driver of the features, of which this takes a part")]
mod by_itself;
#[path = "../support/driver.rs"]
#[allow(dead_code, reason = "the driver of the features, of which this takes a part")]
mod driver;
mod play;

use std::path::{Path, PathBuf};

use cutover::{PipelineDefinition, StageId};
use cutover_azure::{ImportError, import};

use play::Play;

/// Every stage of the pipeline, one after another, is the one that fails.
fn runs_and_fails_everywhere(name: &str, definition: &PipelineDefinition) {
    let play = Play::of(name, definition);
    play.to_the_end(None);
    for stage in &definition.stages {
        play.to_the_end(Some(stage.id));
    }
}

fn imported(path: &Path) -> Option<PipelineDefinition> {
    let bytes = std::fs::read(path).expect("it can be read");
    match import(&bytes) {
        Ok(imported) => Some(imported.definition),
        Err(ImportError::NotADefinition(_)) => None,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    files
}

fn run_all(folder: &Path) -> usize {
    let mut pipelines = 0;
    for path in files(folder) {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        if let Some(definition) = imported(&path) {
            runs_and_fails_everywhere(&name, &definition);
            pipelines += 1;
        }
    }
    pipelines
}

#[test]
fn the_pipelines_of_the_fixtures_and_of_the_examples_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(run_all(&root.join("azure/tests/fixtures")) >= 4);
    assert!(run_all(&root.join("examples/pipelines")) >= 3);
}

#[test]
fn the_pipelines_of_the_corpus_run() {
    let Some(folder) = std::env::var_os("CUTOVER_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: CUTOVER_CORPUS names no directory of published files");
        return;
    };
    assert!(run_all(&folder) > 0, "no release definitions in {}", folder.display());
}

/// What the last test would not notice: that a failure is one.
#[test]
fn a_failing_stage_stops_what_comes_after_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shop = imported(&root.join("examples/pipelines/web-shop.json")).expect("a pipeline");
    let stages: Vec<StageId> = shop.stages.iter().map(|stage| stage.id).collect();
    let ended = Play::of("web-shop", &shop).to_the_end(Some(stages[1]));
    let statuses: Vec<_> = stages.iter().map(|stage| ended[stage].to_string()).collect();
    assert_eq!(statuses, ["succeeded", "rejected", "not started"]);
}

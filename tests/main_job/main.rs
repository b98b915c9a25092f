//! The main job as a process: what it does with bad input, and that killing it at any moment loses nothing and runs nothing twice.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that expects what is not there has failed"
)]

mod bad_input;
mod killed;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The example `ship`, built.
fn ship() -> Command {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let path = PATH.get_or_init(|| {
        let deps = std::env::current_exe().expect("this test has a path");
        let profile =
            deps.parent().and_then(|deps| deps.parent()).expect("tests are built into target/<profile>/deps");
        let path = profile.join("examples").join(format!("ship{}", std::env::consts::EXE_SUFFIX));
        if !path.exists() {
            let built = Command::new(env!("CARGO")).args(["build", "--example", "ship"]).status();
            assert!(built.expect("cargo runs").success(), "the example is built");
        }
        path
    });
    let mut command = Command::new(path);
    command.stdin(Stdio::null()).env_remove("RUST_BACKTRACE");
    command
}

/// A definition of two stages whose tasks each write a line to `folder/witness`; its path.
fn quick(folder: &Path) -> PathBuf {
    let witness = folder.join("witness");
    let definition =
        include_str!("quick.json").replace("WITNESS", witness.to_str().expect("a path of UTF-8"));
    let path = folder.join("quick.json");
    std::fs::write(&path, definition).expect("the folder is writable");
    path
}

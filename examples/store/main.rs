//! Looks after a store's folder: whether it is sound, what is in it, copies of it, and its content as lines of JSON.
//!
//! `cargo run --release --example store -- verify|stats|export|import|backup|rewrite DIR ...`; `--help` says what each does. `verify`, `stats` and
//! `export` only read, also beside a process that has the store open; the others need it for themselves (a host that runs copies its store by
//! `FileStore::backup_to`).

#[path = "../common/mod.rs"]
mod common;
mod reading;
mod verifying;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use common::{Outcome, ended};
use cutover::retention::streams_to_leave_out;
use cutover::store::transfer::{ExportReader, Importer, export};
use cutover_engine::{Clock, SystemClock};
use cutover_store_file::{FileStore, FileStoreOptions, KnownDigest, ReadOnlyStore, rewrite};
use futures::TryStreamExt;
use futures::executor::block_on;

/// Looks after a store's folder.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: What,
}

#[derive(Subcommand)]
enum What {
    /// Checks everything: each frame, how they follow from one another, and the saved index. Also beside a process that has the store open.
    Verify {
        /// The store's folder.
        store: PathBuf,
        /// A position and the digest that was printed for it earlier: `POSITION:DIGEST`. Says whether history is still the same.
        #[arg(long, value_parser = verifying::known_digest)]
        known: Option<KnownDigest>,
    },
    /// Says what is in the store: commits, events, streams by kind, and the digest of its content.
    Stats {
        /// The store's folder.
        store: PathBuf,
    },
    /// Writes the whole content as lines of JSON.
    Export {
        /// The store's folder.
        store: PathBuf,
        /// The file to write; it must not exist. Standard output if none is named.
        file: Option<PathBuf>,
    },
    /// Makes a new store of an export, which is checked first.
    Import {
        /// The new store's folder, which must hold no store with commits.
        store: PathBuf,
        /// The file that was exported.
        file: PathBuf,
    },
    /// Copies the store, and checks the copy.
    Backup {
        /// The store's folder.
        store: PathBuf,
        /// The copy's folder, which must not exist.
        to: PathBuf,
    },
    /// Writes the store anew without the releases that were deleted and can't be restored any more.
    Rewrite {
        /// The store's folder. It is left as it is.
        store: PathBuf,
        /// The new store's folder, which must not exist.
        to: PathBuf,
    },
}

fn main() -> ExitCode {
    ended(match Arguments::parse().task {
        What::Verify { store, known } => verifying::print_verified(&store, known),
        What::Stats { store } => block_on(reading::print_stats(&store)),
        What::Export { store, file } => block_on(export_to(&store, file.as_deref())),
        What::Import { store, file } => block_on(import(&store, &file)),
        What::Backup { store, to } => backup(&store, &to),
        What::Rewrite { store, to } => block_on(rewrite_to(&store, &to)),
    })
}

/// Opens a store to write, which must be there already: in a folder of something else none is made.
fn open_existing(folder: &Path) -> Outcome<FileStore> {
    let is_segment = |path: &Path| path.extension().is_some_and(|extension| extension == "log");
    let mut files = folder.read_dir().into_iter().flatten().flatten();
    if !files.any(|file| is_segment(&file.path())) {
        return Err(format!("{} holds no store", folder.display()).into());
    }
    common::open_existing(folder)
}

async fn export_to(folder: &Path, file: Option<&Path>) -> Outcome {
    let store = FileStore::open_read_only(folder)?;
    match file {
        Some(path) => {
            let file = File::create_new(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let file = write_lines(&store, BufWriter::new(file)).await?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        None => drop(write_lines(&store, io::stdout().lock()).await?),
    }
    Ok(())
}

async fn write_lines<W: Write>(store: &ReadOnlyStore, mut out: W) -> Outcome<W> {
    let mut lines = export(store);
    while let Some(line) = lines.try_next().await? {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(out)
}

async fn import(folder: &Path, path: &Path) -> Outcome {
    let lines = || File::open(path).map(|file| BufReader::new(file).lines());
    let mut reader = ExportReader::new();
    for line in lines().map_err(|error| format!("{}: {error}", path.display()))? {
        reader.read(&line?)?;
    }
    reader.finish()?;
    // Only a whole export makes a store.
    let store = FileStore::open(folder, FileStoreOptions::default())?;
    let mut importer = Importer::new(&store).await?;
    for line in lines()? {
        importer.line(&line?).await?;
    }
    let imported = importer.finish().await?;
    store.close().await?;
    println!("imported {}", imported.content);
    if let Some(moved) = imported.moved {
        println!(
            "positions differ from {moved} on: bookmarks and cursors that name one name another commit now"
        );
    }
    Ok(())
}

fn backup(folder: &Path, to: &Path) -> Outcome {
    let store = open_existing(folder)?;
    let backup = store.backup_to(to)?;
    let (head, segments, bytes) = (backup.head, backup.segments, backup.bytes);
    println!("copied up to position {head} and checked: {segments} segments, {bytes} bytes of commits");
    Ok(block_on(store.close())?)
}

async fn rewrite_to(folder: &Path, to: &Path) -> Outcome {
    let store = open_existing(folder)?;
    let streams = streams_to_leave_out(&store, SystemClock::new().now()).await?;
    store.close().await?;
    drop(store);
    let options = FileStoreOptions::default();
    let rewritten = rewrite(folder, to, options, |stream| streams.contains(stream)).await?;
    let (left_out, events) = (rewritten.streams, rewritten.events);
    println!(
        "written anew up to position {}: {left_out} releases with {events} events are left out",
        rewritten.head
    );
    Ok(())
}

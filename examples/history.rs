//! The history of one release: everything that was recorded of it, who caused it and why, and how it stood at any earlier moment.
//!
//! `cargo run --release --example history -- --release 1 [--as-of POSITION]`, or what changes from one release to another:
//! `cargo run --release --example history -- --diff 1 2`

mod common;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use common::{Outcome, ended, explanations, open_existing, releases, world_as_of};
use cutover::difference::{Contents, between_releases};
use cutover::store::{Cause, EventStore, Position, RecordedEvent, Sequence, StoreExt};
use cutover::{ReleaseId, Subject};
use cutover_store_file::FileStore;
use futures::TryStreamExt;
use futures::executor::block_on;

/// Prints the log of one release as a timeline, and its state as of any earlier position.
#[derive(Parser)]
struct Arguments {
    /// The store's folder.
    #[arg(long, default_value = "./cutover-data")]
    data: PathBuf,
    /// The release, by its number.
    #[arg(long, default_value_t = 1)]
    release: u64,
    /// How it stood after this position of the log; the last one if none is named.
    #[arg(long)]
    as_of: Option<u64>,
    /// What changes from the first of these releases to the second, in place of the history of one.
    #[arg(long, num_args = 2, value_names = ["WAS", "IS"])]
    diff: Option<Vec<u64>>,
}

fn main() -> ExitCode {
    ended(block_on(history(&Arguments::parse())))
}

async fn history(arguments: &Arguments) -> Outcome {
    let store = open_existing(&arguments.data)?;
    if let Some([was, is]) = arguments.diff.as_deref() {
        print_difference(&store, ReleaseId(*was), ReleaseId(*is)).await?;
        return Ok(store.close().await?);
    }
    let release = ReleaseId(arguments.release);
    let stream = Subject::Release(release).stream();
    let events: Vec<RecordedEvent> = store.events_of(&stream, Sequence::NONE).try_collect().await?;
    let Some(newest) = events.last().map(|event| event.position) else {
        return Err(format!("there is no release {release} in {}", arguments.data.display()).into());
    };
    let until = arguments.as_of.map_or(newest, Position);
    print_timeline(&events, until);
    print_state(&store, release, until).await?;
    store.close().await?;
    Ok(())
}

fn print_timeline(events: &[RecordedEvent], until: Position) {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["position", "when", "who", "what", "says"]);
    for event in events.iter().filter(|event| event.position <= until) {
        let who = match event.cause {
            Cause::Command => event.header.actor.to_string(),
            Cause::Deadline => "its time came".to_owned(),
            Cause::Event(_) => format!("followed ({})", event.header.actor),
        };
        let when = event.header.time.format("%Y-%m-%d %H:%M:%S%.3f").to_string();
        table.add_row([
            event.position.to_string(),
            when,
            who,
            event.name.to_string(),
            shortened(event.payload.as_str()),
        ]);
    }
    println!("{table}");
}

fn shortened(payload: &str) -> String {
    const MOST: usize = 90;
    match payload.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &payload[..end]),
        None => payload.to_owned(),
    }
}

/// Both as they stand at the end of the log.
async fn print_difference(store: &FileStore, was: ReleaseId, is: ReleaseId) -> Outcome {
    let world = world_as_of(store, store.head().await?).await?;
    let all = releases(&world);
    let find = |id: ReleaseId| {
        let mut all = all
            .iter()
            .filter_map(|(release, definition)| Contents::of(release, definition).zip(release.about()));
        all.find(|(_, about)| about.id == id).ok_or(format!("there is no release {id}"))
    };
    let ((was, before), (is, after)) = (find(was)?, find(is)?);
    let difference = between_releases(was, is);
    if difference.is_empty() {
        println!("Nothing changes from {} to {}.", before.name, after.name);
    } else {
        println!("From {} to {}:\n{difference}", before.name, after.name);
    }
    Ok(())
}

async fn print_state(store: &FileStore, id: ReleaseId, until: Position) -> Outcome {
    let world = world_as_of(store, until).await?;
    let all = releases(&world);
    let Some((release, definition)) =
        all.iter().find(|(release, _)| release.about().is_some_and(|about| about.id == id))
    else {
        println!("At position {until} it did not exist.");
        return Ok(());
    };
    let name = release.about().map_or("", |about| &about.name);
    println!("\n{name} as of position {until}: {}", release.state());
    for explanation in explanations(&world, release, definition) {
        let stage = definition.stage(explanation.stage).map_or("", |stage| &stage.name);
        let because: Vec<String> = explanation.now.iter().map(|blocker| blocker.tell(definition)).collect();
        let attempts = release.attempts(explanation.stage).len();
        println!("  {stage:<14} {:<20} attempts: {attempts}  {}", explanation.status, because.join("; "));
    }
    Ok(())
}

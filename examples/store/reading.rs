//! What is in a store, counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use cutover::store::transfer::content_of;
use cutover::store::{EventStore, Position, StoreExt, StreamId};
use cutover_store_file::FileStore;
use futures::TryStreamExt;

use super::common::Outcome;

#[derive(Default)]
struct Kind {
    streams: BTreeSet<StreamId>,
    events: u64,
    bytes: u64,
}

pub async fn print_stats(folder: &Path) -> Outcome {
    let store = FileStore::open_read_only(folder)?;
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    let mut commits = store.commits_after(Position::START);
    let (mut first, mut last) = (None, None);
    while let Some(commit) = commits.try_next().await? {
        first = first.or(Some(commit.header.time));
        last = Some(commit.header.time);
        for event in commit.events {
            let name = event.stream.as_str().split('/').next().unwrap_or_default().to_owned();
            let kind = kinds.entry(name).or_default();
            kind.streams.insert(event.stream);
            kind.events += 1;
            kind.bytes += event.payload.as_str().len() as u64;
        }
    }
    drop(commits);
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["streams of", "streams", "events", "bytes of payload"]);
    for (name, kind) in kinds {
        table.add_row([
            name,
            kind.streams.len().to_string(),
            kind.events.to_string(),
            kind.bytes.to_string(),
        ]);
    }
    println!("{table}");
    if let (Some(first), Some(last)) = (first, last) {
        println!("from {first} to {last}");
    }
    println!("head {}: {}", store.head().await?, content_of(&store).await?);
    Ok(())
}

//! Why is it not deploying? Says of every stage of every release what it waits for.
//!
//! `cargo run --release --example why -- --data ./cutover-data`

mod common;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use common::{Outcome, ended, explanations, open_existing, releases, world_as_of};
use cutover::store::Position;
use futures::executor::block_on;

/// Says of every stage of every release what it waits for.
#[derive(Parser)]
struct Arguments {
    /// The store's folder.
    #[arg(long, default_value = "./cutover-data")]
    data: PathBuf,
    /// Only this release, by its number.
    #[arg(long)]
    release: Option<u64>,
    /// Also the stages that are over.
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    ended(block_on(why(&Arguments::parse())))
}

async fn why(arguments: &Arguments) -> Outcome {
    let store = open_existing(&arguments.data)?;
    let world = world_as_of(&store, Position(u64::MAX)).await?;
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["release", "stage", "is", "since", "because it", "then"]);
    for (release, definition) in releases(&world) {
        let Some(about) =
            release.about().filter(|about| arguments.release.is_none_or(|only| about.id.0 == only))
        else {
            continue;
        };
        for explanation in explanations(&world, release, &definition) {
            if explanation.now.is_empty() && !arguments.all {
                continue;
            }
            let stage = definition.stage(explanation.stage).map_or("", |stage| &stage.name);
            let because: Vec<String> =
                explanation.now.iter().map(|blocker| blocker.tell(&definition)).collect();
            let since = explanation.now.iter().filter_map(|blocker| blocker.since).max();
            let since = since.map_or_else(String::new, |since| since.format("%Y-%m-%d %H:%M:%S").to_string());
            let ahead: Vec<String> = explanation.ahead.iter().map(ToString::to_string).collect();
            let row = [
                about.name.clone(),
                stage.to_owned(),
                explanation.status.to_string(),
                since,
                because.join("\n"),
                ahead.join(", "),
            ];
            table.add_row(row);
        }
    }
    if table.is_empty() {
        println!("Nothing waits.");
    } else {
        println!("{table}");
    }
    store.close().await?;
    Ok(())
}

//! The file store of Cutover beside what else an embedded event log could be kept in, in one run on one disk.
//!
//! Every one takes the same commits: one to four events of this project's domain for one stream, refused if the stream stands elsewhere
//! than expected, durable before it is acknowledged. `cargo run --release -- --help` says how to run it.

#![forbid(unsafe_code)]

mod grouped;
mod measure;
mod rivals;
mod table;
mod workload;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use measure::{Figures, measure};
use rivals::{Rival, bare, cqrs, cutover, eventcore, fjall, redb, sqlite, tephra, umadb};

/// Measures durable appends, side by side.
#[derive(Parser)]
struct Arguments {
    /// Where the stores are made (and removed): on the disk that is to be measured.
    #[arg(long, default_value = "target/rivals")]
    folder: PathBuf,
    /// How many append at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64, 256])]
    appenders: Vec<usize>,
    /// How long each is measured, in seconds, in each round.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Rounds; all take turns in each, and the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only those whose name contains one of these (the bare loop and the file store always run).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

type Open = fn(&Path) -> Box<dyn Rival>;

/// Everything that is measured, the bare loop first: its frames are those that the file store wrote.
const RIVALS: [(&str, Open); 8] = [
    (cutover::NAME, |folder| Box::new(cutover::Cutover::open(folder))),
    (sqlite::NAME, |folder| Box::new(grouped::Grouped::start(sqlite::Sqlite::open(folder)))),
    (fjall::NAME, |folder| Box::new(grouped::Grouped::start(fjall::Fjall::open(folder)))),
    (redb::NAME, |folder| Box::new(grouped::Grouped::start(redb::Redb::open(folder)))),
    (cqrs::NAME, |folder| Box::new(cqrs::Cqrs::open(folder))),
    (tephra::NAME, |folder| Box::new(tephra::Tephra::open(folder))),
    (umadb::NAME, |folder| Box::new(umadb::Uma::open(folder))),
    (eventcore::NAME, |folder| Box::new(eventcore::EventCore::open(folder))),
];

fn main() {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.folder).expect("the folder can be made");
    let time = Duration::from_secs_f64(arguments.seconds);
    let mut tables = Vec::new();
    for &appenders in &arguments.appenders {
        let mut rows: Vec<(&str, Vec<Figures>)> = Vec::new();
        let mut add =
            |name: &'static str, figures: Figures| match rows.iter_mut().find(|(other, _)| *other == name) {
                Some((_, all)) => all.push(figures),
                None => rows.push((name, vec![figures])),
            };
        for _ in 0..arguments.rounds {
            for (name, open) in RIVALS {
                let is_asked_for = arguments.only.is_empty()
                    || arguments.only.iter().any(|part| name.contains(part.as_str()));
                if name != cutover::NAME && !is_asked_for {
                    continue;
                }
                let folder = tempfile::tempdir_in(&arguments.folder).expect("a folder of its own");
                let figures = measure(|| open(folder.path()), folder.path(), appenders, time);
                if name == cutover::NAME {
                    // Before anything else, so that both are measured in the same moment of this machine.
                    let frames = bare::Frames::of_store(folder.path());
                    let folder = tempfile::tempdir_in(&arguments.folder).expect("a folder of its own");
                    let open = || -> Box<dyn Rival> {
                        Box::new(grouped::Grouped::start(bare::Bare::open(folder.path(), frames.clone())))
                    };
                    add(bare::NAME, measure(open, folder.path(), appenders, time));
                }
                add(name, figures);
            }
        }
        tables.push(table::of(appenders, &rows));
    }
    // At the end, since some of them print when they open.
    for table in tables {
        println!("\n{table}");
    }
}

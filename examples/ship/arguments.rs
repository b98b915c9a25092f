//! What can be said on the command line.

use std::path::PathBuf;

use clap::Parser;

/// Ships releases of a pipeline through its stages: reads an exported definition, opens a store in a folder, creates releases, runs
/// their tasks, and goes on where it was if it was killed.
#[derive(Debug, Parser)]
#[command(name = "ship")]
pub struct Arguments {
    /// A release definition as Azure DevOps exports it; the sample Web shop if none is named.
    pub definition: Option<PathBuf>,
    /// The store's folder; it is created if it is not there.
    #[arg(long, default_value = "./cutover-data")]
    pub data: PathBuf,
    /// How many releases to create.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub releases: u32,
    /// The target stage: the releases deploy up to it, and no further.
    #[arg(long, value_name = "STAGE")]
    pub until: Option<String>,
    /// Grant every approval. It is so, too, where there is no terminal to ask on.
    #[arg(long)]
    pub yes: bool,
    /// Tasks that nothing here can run, and gates, succeed without doing anything; secrets have made-up values.
    #[arg(long)]
    pub pretend: bool,
}

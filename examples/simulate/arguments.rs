//! What can be said on the command line.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::Parser;

/// Simulates days of releases under a pipeline's policies, in virtual time: how long they wait, how long the queues are, how many are superseded.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
pub struct Arguments {
    /// A release definition as Azure DevOps exports it, or in Cutover's own JSON; the sample Web shop if none is named.
    pub definition: Option<PathBuf>,
    /// How many releases come in an hour on the average, at any moment alike.
    #[arg(long, default_value_t = 6.0, value_parser = rate)]
    pub releases_per_hour: f64,
    /// For how many days.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    /// How long a task lasts: between half of this and half as much again.
    #[arg(long, default_value_t = 5.0, value_parser = rate)]
    pub task_minutes: f64,
    /// How long approvers take to answer on the average.
    #[arg(long, default_value_t = 30.0, value_parser = rate)]
    pub approve_minutes: f64,
    /// Which part of the tasks fails, from 0 to 1.
    #[arg(long, default_value_t = 0.05, value_parser = part)]
    pub failure_rate: f64,
    /// Which part of the approvers' answers is no, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = part)]
    pub reject_rate: f64,
    /// The same seed is the same history.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// What if every stage let so many deployments go on at once? Who waits then waits as the stage's own policy says.
    #[arg(long, value_name = "COUNT")]
    pub at_once: Option<NonZeroU32>,
    /// How many tasks run at once in all.
    #[arg(long, default_value = "1000")]
    pub tasks_at_once: NonZeroUsize,
    /// Draw waiting times and queues into this file (SVG).
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 && rate <= 100_000.0 => Ok(rate),
        Ok(_) => Err("a number above 0, up to 100000".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn part(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(part) if (0.0..=1.0).contains(&part) => Ok(part),
        Ok(_) => Err("a number from 0 to 1".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

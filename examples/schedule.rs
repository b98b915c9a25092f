//! When does it happen? The next occurrences of a schedule, and what becomes of the hour that the clocks skip or show twice.
//!
//! `cargo run --example schedule -- --zone Europe/Warsaw --at 02:30 --from 2026-03-27 --count 5`

mod common;

use std::process::ExitCode;

use chrono::{NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use clap::Parser;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use common::{Outcome, ended};
use cutover::schedule::{LocalTime, Occurrence, occurrences_after};
use cutover::{Schedule, ScheduleId, Weekday, zone_named};

/// Says when a schedule happens next, by the zone's clocks and in UTC.
#[derive(Parser)]
struct Arguments {
    /// The zone's IANA name.
    #[arg(long, default_value = "Europe/Warsaw")]
    zone: String,
    /// The time of day by the zone's clocks.
    #[arg(long, default_value = "02:30", value_parser = time_of_day)]
    at: NaiveTime,
    /// From the beginning of this day on.
    #[arg(long, default_value = "2026-03-27")]
    from: NaiveDate,
    /// How many occurrences.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
    /// Monday to Friday only.
    #[arg(long)]
    working_days: bool,
}

fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "must be a time of day such as 02:30".to_owned())
}

fn main() -> ExitCode {
    ended(print_occurrences(&Arguments::parse()))
}

fn print_occurrences(arguments: &Arguments) -> Outcome {
    let zone = zone_named(&arguments.zone).ok_or_else(|| {
        format!("there is no time zone {:?}: give an IANA name such as Europe/Warsaw", arguments.zone)
    })?;
    let mut schedule =
        Schedule::daily(ScheduleId(1), arguments.at.hour(), arguments.at.minute()).in_zone(zone.name());
    if arguments.working_days {
        schedule = schedule.on(Weekday::WORKING);
    }
    let midnight = arguments.from.and_time(NaiveTime::MIN);
    let begin =
        LocalTime::of(zone, midnight).ok_or("the day must be of the years 1 to 9999")?.first_reached();
    // An occurrence is after the instant that is given: one at midnight is wanted, too.
    let occurrences = occurrences_after(&schedule, begin - TimeDelta::seconds(1));
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["scheduled for", "happens at", "in UTC", "because"]);
    for occurrence in occurrences.take(arguments.count as usize) {
        table.add_row([
            occurrence.local.format("%a %Y-%m-%d %H:%M").to_string(),
            zone.from_utc_datetime(&occurrence.at.naive_utc()).format("%a %Y-%m-%d %H:%M %Z").to_string(),
            occurrence.at.format("%Y-%m-%d %H:%M").to_string(),
            because(zone, occurrence),
        ]);
    }
    if table.is_empty() {
        println!("It never happens.");
    } else {
        println!("{table}");
    }
    Ok(())
}

/// What the clocks do to the local time of an occurrence; nothing on most days.
fn because(zone: Tz, occurrence: Occurrence) -> String {
    let at = |instant: &cutover::Timestamp| instant.with_timezone(&zone).format("%H:%M %Z").to_string();
    match LocalTime::of(zone, occurrence.local) {
        None | Some(LocalTime::Once { .. }) => String::new(),
        Some(LocalTime::Skipped { at: end }) => {
            format!(
                "{} does not exist that day: it happens after the gap, at {}",
                occurrence.local.format("%H:%M"),
                at(&end)
            )
        }
        Some(LocalTime::Twice { first, second }) => format!(
            "{} exists twice that day: it happens the first time, at {}, and not at {}",
            occurrence.local.format("%H:%M"),
            at(&first),
            at(&second),
        ),
    }
}

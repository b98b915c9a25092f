//! Days and times in a named zone (X1).

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::report::Report;
use crate::pipeline::Schedule;
use crate::pipeline::place::Place;
use crate::{ScheduleId, limits};

/// The ids of schedules that were seen, each with the place of the first that has it (X2).
pub(super) type SeenIds = BTreeMap<ScheduleId, String>;

pub(super) fn schedule(report: &mut Report, seen: &mut SeenIds, at: &Place<'_>, schedule: &Schedule) {
    match seen.get(&schedule.id) {
        Some(first) => report.add(&at.field("id"), format!("{} is already that of {first}", schedule.id)),
        None => drop(seen.insert(schedule.id, at.to_string())),
    }
    if schedule.days.is_empty() {
        report.add(&at.field("days"), "must have at least one day");
    }
    report.range(&at.field("hour"), schedule.hour, &(0..=23));
    report.range(&at.field("minute"), schedule.minute, &(0..=59));
    zone(report, &at.field("zone"), &schedule.zone);
    let allowed = 1..=limits::MISSED_OCCURRENCE_MINUTES_AT_MOST;
    report.range(&at.field("missed_after_minutes"), schedule.missed_after_minutes, &allowed);
}

/// The zone with this IANA name, spelled exactly; empty means UTC. `None`: there is none.
pub fn zone_named(name: &str) -> Option<Tz> {
    if name.is_empty() { Some(Tz::UTC) } else { name.parse().ok() }
}

pub(super) fn zone(report: &mut Report, place: &Place<'_>, name: &str) {
    if zone_named(name).is_none() {
        report.add(place, format!("must be a zone's IANA name such as Europe/Warsaw, is {name:?}"));
    }
}

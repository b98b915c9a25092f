//! Days and times in a named zone (X1).

use chrono_tz::Tz;

use super::report::Report;
use crate::pipeline::Schedule;
use crate::pipeline::place::Place;

pub(super) fn schedule(report: &mut Report, at: &Place<'_>, schedule: &Schedule) {
    if schedule.days.is_empty() {
        report.add(&at.field("days"), "must have at least one day");
    }
    report.range(&at.field("hour"), schedule.hour, &(0..=23));
    report.range(&at.field("minute"), schedule.minute, &(0..=59));
    zone(report, &at.field("zone"), &schedule.zone);
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

//! Days and times of triggers and stages (X).

use std::collections::BTreeSet;

use cutover::{ClockChanges, Schedule, ScheduleId, Stage, StageId, Weekday};
use serde_json::{Value, json};

use crate::kept::Kept;
use crate::read::{Fields, Node};
use crate::{left_out, zones};

const DAYS: &[(&str, u32)] = &[
    ("none", 0),
    ("monday", 1),
    ("tuesday", 2),
    ("wednesday", 4),
    ("thursday", 8),
    ("friday", 16),
    ("saturday", 32),
    ("sunday", 64),
    ("all", 127),
];

const WEEK: [(u32, Weekday); 7] = [
    (1, Weekday::Monday),
    (2, Weekday::Tuesday),
    (4, Weekday::Wednesday),
    (8, Weekday::Thursday),
    (16, Weekday::Friday),
    (32, Weekday::Saturday),
    (64, Weekday::Sunday),
];

/// A schedule, and whether its zone is known: if not, it is in UTC and must not start anything by itself.
pub(crate) struct Read {
    pub(crate) schedule: Schedule,
    pub(crate) is_zone_known: bool,
}

/// Schedules of stages that were left out, among what is kept for an export.
const LEFT_OUT: &str = "schedules-left-out";

/// Writes the schedules of a stage, and those of it that were left out when it was imported.
pub(crate) fn write_all(stage: &Stage, kept: &Kept<'_>) -> Vec<Value> {
    let left_out = kept.list(LEFT_OUT).iter();
    let left_out = left_out.filter(|entry| entry.get("stage") == Some(&json!(stage.id)));
    let left_out = left_out.filter_map(|entry| entry.get("schedule").cloned());
    stage.schedules.iter().map(write).chain(left_out).collect()
}

/// Reads the schedules of a stage; `None` if it says some, and none of them can be read: then nothing starts it by itself.
pub(crate) fn of_stage(list: &Node<'_>, stage: StageId) -> Option<Vec<Schedule>> {
    let mut schedules = Vec::new();
    let items = list.items();
    for item in &items {
        let read = read(item);
        if let Some(Read { schedule, is_zone_known: true }) = read {
            schedules.push(schedule);
            continue;
        }
        if read.is_some() {
            item.warn("a schedule in a zone that is not known: left out");
        }
        item.report().keep(LEFT_OUT, json!({ "stage": stage, "schedule": item.raw() }));
    }
    if schedules.is_empty() && !items.is_empty() {
        list.warn("none of its schedules can be read: the stage starts by hand only");
        return None;
    }
    number(&mut schedules.iter_mut().collect::<Vec<_>>());
    Some(schedules)
}

/// Gives schedules their ids, by their places from 1: an export has no id of them that lasts over edits.
pub(crate) fn number(schedules: &mut [&mut Schedule]) {
    for (schedule, id) in schedules.iter_mut().zip(1..) {
        schedule.id = ScheduleId(id);
    }
}

/// Reads a schedule, which still has to be [numbered](number); `None` if it has no day, so that it would never come.
pub(crate) fn read(node: &Node<'_>) -> Option<Read> {
    node.object(left_out::SCHEDULE, |fields| {
        let days = days(&fields.take("daysToRelease"));
        let (zone, is_zone_known) = zone(fields);
        let schedule = Schedule {
            id: ScheduleId(0),
            clock_changes: ClockChanges::default(),
            hour: fields.take("startHours").within(0..=23).unwrap_or(0),
            minute: fields.take("startMinutes").within(0..=59).unwrap_or(0),
            only_with_changes: fields.take("scheduleOnlyWithChanges").flag().unwrap_or(false),
            missed_after_minutes: cutover::limits::MISSED_OCCURRENCE_MINUTES,
            days,
            zone,
        };
        if schedule.days.is_empty() {
            node.warn("a schedule without a day never comes: left out");
            return None;
        }
        Some(Read { schedule, is_zone_known })
    })
}

/// Writes a schedule.
pub(crate) fn write(schedule: &Schedule) -> Value {
    let Schedule {
        // Said by its place, where it is as usual.
        id: _,
        days,
        hour,
        minute,
        zone,
        // Only Cutover has them.
        clock_changes: _,
        missed_after_minutes: _,
        only_with_changes,
    } = schedule;
    let names = WEEK.iter().filter(|(_, day)| days.contains(day));
    let names = names.filter_map(|(bit, _)| DAYS.iter().find(|(_, known)| known == bit));
    let names: Vec<_> = names.map(|(name, _)| *name).collect();
    json!({
        "daysToRelease": names.join(", "),
        "timeZoneId": zones::there(zone),
        "startHours": hour,
        "startMinutes": minute,
        "scheduleOnlyWithChanges": only_with_changes,
    })
}

fn days(node: &Node<'_>) -> BTreeSet<Weekday> {
    let flags = node.flags(DAYS).unwrap_or(0);
    WEEK.into_iter().filter(|(bit, _)| flags & bit != 0).map(|(_, day)| day).collect()
}

fn zone(fields: &mut Fields<'_>) -> (String, bool) {
    let node = fields.take("timeZoneId");
    let Some(name) = node.name() else {
        return (String::new(), true);
    };
    if let Some(zone) = zones::iana(&name) {
        return (zone, true);
    }
    node.warn(format!("the time zone {} is not known here", node.shown()));
    (String::new(), false)
}

//! When a schedule happens next (X1).

use std::iter;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::local::{LocalTime, shown_at};
use crate::{ClockChanges, Schedule, ScheduleId, Timestamp, zone_named};

/// Days that are looked at for one occurrence: a schedule with one day a week has it twice in them, and the rest is for zones whose
/// clocks show another day than they did before.
const DAYS: usize = 16;

/// One time at which a schedule happens. With the schedule's id, `local` tells it from every other (X2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The date and time by the zone's clocks, as the schedule says it, also where the clocks never show it.
    pub local: NaiveDateTime,
    /// When it happens.
    pub at: Timestamp,
}

/// Which occurrence of which schedule: what tells it from every other (X2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OccurrenceId {
    /// The schedule.
    pub schedule: ScheduleId,
    /// The date and time by the zone's clocks, as the schedule says it.
    pub local: NaiveDateTime,
}

/// The first occurrence after an instant (X1). `None` if there is none: the schedule has no day, or is one that
/// [`validate`](crate::validate) refuses; or the year 9999 is over.
///
/// At one instant, a schedule happens at most once. Where a zone skips a whole day, a time of that day and the same of the next can fall
/// on one instant: the later one happens.
///
/// ```
/// use cutover::schedule::occurrence_after;
/// use cutover::{Schedule, ScheduleId};
///
/// let nightly = Schedule::daily(ScheduleId(1), 2, 30).in_zone("Europe/Warsaw");
/// let spring = occurrence_after(&nightly, "2026-03-28T12:00:00Z".parse()?).expect("there is a next one");
/// assert_eq!(spring.local.to_string(), "2026-03-29 02:30:00"); // which does not exist:
/// assert_eq!(spring.at.to_rfc3339(), "2026-03-29T01:00:00+00:00"); // the clocks show 03:00
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn occurrence_after(schedule: &Schedule, instant: Timestamp) -> Option<Occurrence> {
    Plan::of(schedule)?.after(instant, None)
}

/// All occurrences after an instant, one after the other.
pub fn occurrences_after(
    schedule: &Schedule,
    instant: Timestamp,
) -> impl Iterator<Item = Occurrence> + use<> {
    let plan = Plan::of(schedule);
    let first = plan.and_then(|plan| plan.after(instant, None));
    iter::successors(first, move |last| plan?.after(last.at, Some(last.local)))
}

/// The occurrence of any of several schedules that comes first after an instant, and whose it is: what a stage waits for (S4). Of those
/// that come at the same instant, the one that is named first.
pub fn next_of(schedules: &[Schedule], instant: Timestamp) -> Option<(ScheduleId, Occurrence)> {
    let next = schedules.iter().filter_map(|it| Some((it.id, occurrence_after(it, instant)?)));
    next.min_by_key(|(_, occurrence)| occurrence.at)
}

/// A schedule that was read: its zone and time are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// From Monday.
    days: [bool; 7],
    time: NaiveTime,
    zone: Tz,
    clock_changes: ClockChanges,
}

impl Plan {
    pub(super) fn of(schedule: &Schedule) -> Option<Self> {
        let mut days = [false; 7];
        for &day in &schedule.days {
            days[day as usize] = true;
        }
        let time = NaiveTime::from_hms_opt(schedule.hour, schedule.minute, 0)?;
        let zone = zone_named(&schedule.zone)?;
        Some(Self { days, time, zone, clock_changes: schedule.clock_changes })
    }

    /// The first occurrence after an instant whose local time is after `past`.
    pub(super) fn after(&self, instant: Timestamp, past: Option<NaiveDateTime>) -> Option<Occurrence> {
        // What the clocks show has been reached: no day before this one is still to come.
        let today = shown_at(self.zone, instant)?.date();
        let from = past.map_or(today, |past| today.max(past.date()));
        let is_ahead = |it: &Occurrence| it.at > instant && past.is_none_or(|past| it.local > past);
        let mut ahead = from.iter_days().take(DAYS).filter_map(|day| self.on(day)).filter(is_ahead);
        let first = ahead.next()?;
        Some(ahead.take_while(|it| it.at == first.at).last().unwrap_or(first))
    }

    /// The newest occurrence that an instant has reached.
    pub(super) fn reached(&self, instant: Timestamp) -> Option<Occurrence> {
        // The clocks may have been put back over a day that had been reached.
        let latest = shown_at(self.zone, instant)?.date().checked_add_days(Days::new(2))?;
        self.back_from(latest).find(|it| it.at <= instant)
    }

    /// The newest occurrence before another one.
    pub(super) fn before(&self, later: Occurrence) -> Option<Occurrence> {
        self.back_from(later.local.date()).find(|it| it.local < later.local && it.at < later.at)
    }

    fn back_from(&self, day: NaiveDate) -> impl Iterator<Item = Occurrence> {
        let days = iter::successors(Some(day), NaiveDate::pred_opt);
        days.take(DAYS).filter_map(|day| self.on(day))
    }

    /// How many local times it says from one day to another, both included.
    pub(super) fn count(&self, first: NaiveDate, last: NaiveDate) -> u64 {
        let days = u64::try_from((last - first).num_days() + 1).unwrap_or(0);
        let in_week = self.days.iter().filter(|is_on| **is_on).count() as u64;
        let rest = first.iter_days().zip(0..days % 7).filter(|(day, _)| self.is_on(*day)).count() as u64;
        days / 7 * in_week + rest
    }

    fn is_on(&self, day: NaiveDate) -> bool {
        self.days[day.weekday().num_days_from_monday() as usize]
    }

    fn on(&self, day: NaiveDate) -> Option<Occurrence> {
        if !self.is_on(day) {
            return None;
        }
        let local = day.and_time(self.time);
        let shown = LocalTime::of(self.zone, local)?;
        let at = match self.clock_changes {
            ClockChanges::FirstReached => shown.first_reached(),
        };
        Some(Occurrence { local, at })
    }
}

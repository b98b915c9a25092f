//! What a schedule waits for, and what becomes of it once that has come (X2-X4).

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::Occurrence;
use super::occurrence::Plan;
use crate::{Schedule, Timestamp};

/// What a schedule waits for from now on: its first occurrence after `now`, never one of the past (X4).
///
/// `past` is the newest local time at which it has already happened, or was missed: neither that nor an earlier one comes again, also
/// if the schedule was meanwhile edited into another zone, or the table of zones changed (X2).
pub fn arm(schedule: &Schedule, now: Timestamp, past: Option<NaiveDateTime>) -> Option<Occurrence> {
    Plan::of(schedule)?.after(now, past)
}

/// What becomes of an occurrence that was waited for, once its instant has come (X3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The one that happens now: the newest that has come, unless it is too old.
    pub fires: Option<Occurrence>,
    /// Those that do not happen any more.
    pub missed: Option<Missed>,
    /// The newest local time that is thereby over, whether it happened or was missed: the `past` of [`arm`].
    pub past: NaiveDateTime,
    /// What is waited for next; `None`: nothing ever.
    pub next: Option<Occurrence>,
}

/// Occurrences that came while nobody was there to see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// The oldest.
    pub first: Occurrence,
    /// The newest; the same as the oldest if there is only one.
    pub last: Occurrence,
    /// How many local times the schedule says from the first to the last.
    pub count: u64,
}

/// What becomes of the occurrence `armed` and of those after it at `now`; `None` if it is still to come (X3).
///
/// The newest that has come happens once if it is not older than the schedule's [limit](Schedule::missed_after_minutes); all others are
/// missed. `armed` happens at its own instant, whatever the table of zones says by now. It takes the same time after a minute and after
/// a hundred years.
///
/// ```
/// use cutover::schedule::{due, occurrence_after};
/// use cutover::{Schedule, ScheduleId};
///
/// let noon = Schedule::daily(ScheduleId(1), 12, 0);
/// let armed = occurrence_after(&noon, "2026-05-01T00:00:00Z".parse()?).expect("there is a next one");
/// // The engine was down until the evening of the fourth.
/// let due = due(&noon, armed, "2026-05-04T20:00:00Z".parse()?).expect("it has come");
/// assert_eq!(due.fires.map(|it| it.local.to_string()).as_deref(), Some("2026-05-04 12:00:00"));
/// assert_eq!(due.missed.map(|missed| missed.count), Some(3));
/// assert_eq!(due.next.map(|it| it.local.to_string()).as_deref(), Some("2026-05-05 12:00:00"));
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn due(schedule: &Schedule, armed: Occurrence, now: Timestamp) -> Option<Due> {
    if now < armed.at {
        return None;
    }
    let plan = Plan::of(schedule);
    let newest =
        plan.and_then(|plan| plan.reached(now)).filter(|newest| newest.local > armed.local).unwrap_or(armed);
    let is_fresh = now - newest.at <= TimeDelta::minutes(i64::from(schedule.missed_after_minutes));
    let last_missed = if !is_fresh {
        Some(newest)
    } else if newest == armed {
        None
    } else {
        let before = plan.and_then(|plan| plan.before(newest));
        Some(before.filter(|before| before.local > armed.local).unwrap_or(armed))
    };
    let missed = last_missed.map(|last| {
        let count = plan.map_or(1, |plan| plan.count(armed.local.date(), last.local.date()));
        Missed { first: armed, last, count: count.max(1) }
    });
    Some(Due {
        fires: is_fresh.then_some(newest),
        missed,
        past: newest.local,
        next: plan.and_then(|plan| plan.after(now, Some(newest.local))),
    })
}

//! Days and times in a named zone (X).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ScheduleId, limits};

/// Days of the week and a local time in a named zone (X1). When it happens is said by [`schedule`](mod@crate::schedule).
///
/// ```
/// use cutover::{Schedule, ScheduleId, Weekday};
///
/// let nightly = Schedule::daily(ScheduleId(1), 2, 30).in_zone("Europe/Warsaw");
/// let working_days = Schedule { days: Weekday::WORKING.into(), ..nightly };
/// assert!(!working_days.days.contains(&Weekday::Sunday));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Stable over revisions: a schedule that is edited keeps it, and what happened once under it does not happen again (X2). Unique
    /// among the pipeline's triggers, or among the stage's schedules; never given to another schedule there.
    pub id: ScheduleId,
    /// On which days; at least one.
    pub days: BTreeSet<Weekday>,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// The zone's IANA name; empty means UTC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// What becomes of local times that the zone's clocks skip, or show twice.
    #[serde(default, skip_serializing_if = "ClockChanges::is_default")]
    pub clock_changes: ClockChanges,
    /// Only if something changed since the last one (T2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_with_changes: bool,
    /// Minutes after which an occurrence that nobody saw makes no release any more, 1 to 525,600 (X3). It says nothing of a stage's
    /// schedule, whose occurrences begin late, whatever their age (S4).
    #[serde(default = "one_day", skip_serializing_if = "is_one_day")]
    pub missed_after_minutes: u32,
}

const fn one_day() -> u32 {
    limits::MISSED_OCCURRENCE_MINUTES
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
const fn is_one_day(minutes: &u32) -> bool {
    *minutes == one_day()
}

/// When an occurrence happens whose local time the zone's clocks skip, or show twice (X1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClockChanges {
    /// At the first instant at which the clocks show the local time or have passed it: right after the gap for a time that is
    /// skipped, the first of the two for one that is shown twice.
    #[default]
    FirstReached,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Schedule {
    /// Every day at a local time, in UTC until [`in_zone`](Self::in_zone) says otherwise. `hour` is 0 to 23, `minute` 0 to 59.
    pub fn daily(id: ScheduleId, hour: u32, minute: u32) -> Self {
        Self {
            id,
            days: Weekday::ALL.into(),
            hour,
            minute,
            zone: String::new(),
            clock_changes: ClockChanges::default(),
            only_with_changes: false,
            missed_after_minutes: one_day(),
        }
    }

    /// In the zone with this IANA name.
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = zone.into();
        self
    }

    /// With another limit than a day after which a missed occurrence makes no release any more (X3).
    #[must_use]
    pub const fn missed_after(mut self, minutes: u32) -> Self {
        self.missed_after_minutes = minutes;
        self
    }

    /// On these days instead.
    #[must_use]
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.days = days.into_iter().collect();
        self
    }
}

impl ClockChanges {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Weekday {
    /// The week, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Monday to Friday.
    pub const WORKING: [Self; 5] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_usual_is_not_written() -> serde_json::Result<()> {
        let schedule = Schedule::daily(ScheduleId(7), 2, 30).on([Weekday::Friday]).in_zone("Europe/Warsaw");
        let written = serde_json::to_string(&schedule)?;
        assert_eq!(written, r#"{"id":7,"days":["friday"],"hour":2,"minute":30,"zone":"Europe/Warsaw"}"#);
        let said = written.replace('}', r#","clock_changes":"first-reached"}"#);
        for text in [written.as_str(), said.as_str()] {
            assert_eq!(serde_json::from_str::<Schedule>(text)?, schedule);
        }
        let limited = schedule.clone().missed_after(90);
        let limited_written = written.replace('}', r#","missed_after_minutes":90}"#);
        assert_eq!(serde_json::to_string(&limited)?, limited_written);
        assert_eq!(serde_json::from_str::<Schedule>(&limited_written)?, limited);
        let unknown = written.replace('}', r#","clock_changes":"never"}"#);
        assert!(
            serde_json::from_str::<Schedule>(&unknown).is_err(),
            "a rule that is not known is not guessed at"
        );
        Ok(())
    }
}

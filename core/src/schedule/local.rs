//! From local times to instants: the only place that asks the table of zones (X1).

use std::ops::RangeInclusive;

use chrono::{Datelike, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz, TzOffset};

use crate::Timestamp;

/// The years of which anything is said: those that every text form of a date can write.
const YEARS: RangeInclusive<i32> = 1..=9999;

/// When the clocks of a zone show a local time.
///
/// ```
/// use cutover::schedule::LocalTime;
///
/// let gap = "2026-03-29T02:30:00".parse()?;
/// let LocalTime::Skipped { at } = LocalTime::of(chrono_tz::Europe::Warsaw, gap).expect("a known year") else {
///     panic!("the clocks go from 02:00 to 03:00")
/// };
/// assert_eq!(at.to_rfc3339(), "2026-03-29T01:00:00+00:00"); // 03:00 in Warsaw
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalTime {
    /// Once.
    Once {
        /// Then.
        at: Timestamp,
    },
    /// Twice: the clocks are put back over it.
    Twice {
        /// The first time.
        first: Timestamp,
        /// The second time.
        second: Timestamp,
    },
    /// Never: the clocks are put forward over it.
    Skipped {
        /// When they are: the first instant after the gap.
        at: Timestamp,
    },
}

impl LocalTime {
    /// When the zone's clocks show `local`. `None` outside of the years 1 to 9999.
    pub fn of(zone: Tz, local: NaiveDateTime) -> Option<Self> {
        if !YEARS.contains(&local.year()) {
            return None;
        }
        let with = |offset: TzOffset| Some(local.checked_sub_offset(offset.fix())?.and_utc());
        match zone.offset_from_local_datetime(&local) {
            MappedLocalTime::Single(offset) => Some(Self::Once { at: with(offset)? }),
            MappedLocalTime::Ambiguous(first, second) => {
                Some(Self::Twice { first: with(first)?, second: with(second)? })
            }
            MappedLocalTime::None => {
                // The gap begins and ends at one instant: the one at which it begins, by the offset before it.
                let (begin, before) = GapInfo::new(&local, &zone)?.begin?;
                Some(Self::Skipped { at: begin.checked_sub_offset(before.fix())?.and_utc() })
            }
        }
    }

    /// The first instant at which the clocks show the local time or have passed it.
    pub const fn first_reached(self) -> Timestamp {
        match self {
            Self::Once { at } | Self::Skipped { at } => at,
            Self::Twice { first, .. } => first,
        }
    }
}

/// What the zone's clocks show at an instant. `None` outside of the years 1 to 9999.
pub(super) fn shown_at(zone: Tz, instant: Timestamp) -> Option<NaiveDateTime> {
    let utc = instant.naive_utc();
    if !YEARS.contains(&utc.year()) {
        return None;
    }
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix())
}

/// The instant from which on the clocks show no time before `local` any more, as a time of that day: where `local` is shown twice, it
/// has been passed for good only the second time.
pub(super) fn last_passed(zone: Tz, local: NaiveDateTime) -> Option<Timestamp> {
    // Looked at from the last second before it, so that clocks that are put back exactly to `local` do not count as passing it again.
    let second = TimeDelta::seconds(1);
    match LocalTime::of(zone, local.checked_sub_signed(second)?)? {
        LocalTime::Once { at } | LocalTime::Twice { second: at, .. } => at.checked_add_signed(second),
        LocalTime::Skipped { at } => Some(at),
    }
}

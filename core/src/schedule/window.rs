//! Windows of time that are closed, once or every week: what freezes are made of (F1).

use std::fmt;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::local::{LocalTime, last_passed, shown_at};
use crate::{Timestamp, Weekday, zone_named};

/// A window of time that is closed: its beginning belongs to it, its end does not.
///
/// It is plain data that may be wrong; [`check`](Self::check) says what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// Once.
    Once {
        /// From then on.
        from: Timestamp,
        /// Until then; `None`: it has no end (F2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Every week, by the clocks of a zone.
    ///
    /// Around a change of the clocks it is never shorter than what they show: it begins the first time that they show its beginning
    /// or have passed it, and ends the last time that they reach its end. If the clocks skip all of it, there is none that week.
    Weekly {
        /// From then on.
        from: WeekTime,
        /// Until then, in the same week or the next; never the same as `from`.
        until: WeekTime,
        /// The zone's IANA name; empty means UTC.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        zone: String,
    },
}

/// A moment of the week, such as Friday 16:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WeekTime {
    /// The day.
    pub day: Weekday,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
}

/// How a window stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is held back.
    Open {
        /// When it closes next; `None`: never again.
        until: Option<Timestamp>,
    },
    /// What it stands for is held back.
    Closed {
        /// When it opens next; `None`: never by itself.
        until: Option<Timestamp>,
    },
}

/// What is wrong with a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWindow {
    /// It ends before it has begun.
    #[error("a window from {from} until {until} is never closed: it must end after it begins")]
    Never {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        until: Timestamp,
    },
    /// It begins and ends at the same moment of the week.
    #[error("a window from {at} until {at} says neither never nor always: give it an end of its own")]
    Nothing {
        /// That moment.
        at: WeekTime,
    },
    /// There is no such time of day.
    #[error("{at} is no time of day: the hour must be 0 to 23, the minute 0 to 59")]
    NoTimeOfDay {
        /// The moment of the week that is none.
        at: WeekTime,
    },
    /// There is no such zone.
    #[error("there is no time zone {zone:?}: give an IANA name such as Europe/Warsaw")]
    UnknownZone {
        /// As it is written.
        zone: String,
    },
}

impl Window {
    /// Whether anybody can say when it is closed.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), InvalidWindow> {
        match self {
            Self::Once { from, until: Some(until) } if until <= from => {
                Err(InvalidWindow::Never { from: *from, until: *until })
            }
            Self::Once { .. } => Ok(()),
            Self::Weekly { from, until, zone } => {
                for at in [*from, *until] {
                    at.time().ok_or(InvalidWindow::NoTimeOfDay { at })?;
                }
                zone_named(zone).ok_or_else(|| InvalidWindow::UnknownZone { zone: zone.clone() })?;
                if from == until { Err(InvalidWindow::Nothing { at: *from }) } else { Ok(()) }
            }
        }
    }
}

/// How a window stands at an instant, and until when (F1).
///
/// A weekly window of which that can't be said stays closed, so that nothing slips past it: one that [`Window::check`] refuses, or whose
/// zone a later table does not have; and outside of the years 1 to 9999.
///
/// ```
/// use cutover::Weekday;
/// use cutover::schedule::{Standing, WeekTime, Window, standing};
///
/// let weekend = Window::Weekly {
///     from: WeekTime { day: Weekday::Friday, hour: 16, minute: 0 },
///     until: WeekTime { day: Weekday::Monday, hour: 8, minute: 0 },
///     zone: "Europe/Warsaw".to_owned(),
/// };
/// let saturday = standing(&weekend, "2026-03-28T12:00:00Z".parse()?);
/// let monday = Some("2026-03-30T06:00:00Z".parse()?); // 08:00 in Warsaw, since Sunday in summer time
/// assert_eq!(saturday, Standing::Closed { until: monday });
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn standing(window: &Window, instant: Timestamp) -> Standing {
    match window {
        Window::Once { from, .. } if instant < *from => Standing::Open { until: Some(*from) },
        Window::Once { until: Some(until), .. } if instant >= *until => Standing::Open { until: None },
        Window::Once { until, .. } => Standing::Closed { until: *until },
        Window::Weekly { from, until, zone } => {
            let standing = Week::of(*from, *until, zone).and_then(|week| week.standing(instant));
            standing.unwrap_or(Standing::Closed { until: None })
        }
    }
}

impl Standing {
    /// Whether it is closed.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Open { .. } => false,
            Self::Closed { .. } => true,
        }
    }

    /// Of two windows together, which are closed where one of them is; start with [`Standing::ALWAYS_OPEN`]. `until` is when to look again:
    /// when both that are closed are open again, unless another closes meanwhile; or when the first of them closes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open { until: one }, Self::Open { until: two }) => {
                Self::Open { until: one.into_iter().chain(two).min() }
            }
            (Self::Closed { until: one }, Self::Closed { until: two }) => {
                Self::Closed { until: one.zip(two).map(|(one, two)| one.max(two)) }
            }
            (closed @ Self::Closed { .. }, Self::Open { .. })
            | (Self::Open { .. }, closed @ Self::Closed { .. }) => closed,
        }
    }

    /// How no window at all stands.
    pub const ALWAYS_OPEN: Self = Self::Open { until: None };
}

impl WeekTime {
    fn time(self) -> Option<NaiveTime> {
        NaiveTime::from_hms_opt(self.hour, self.minute, 0)
    }

    /// In the week that begins with this Monday.
    fn in_week_of(self, monday: NaiveDate) -> Option<NaiveDateTime> {
        Some(monday.checked_add_days(Days::new(self.day as u64))?.and_time(self.time()?))
    }
}

impl fmt::Display for WeekTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:02}:{:02}", self.day, self.hour, self.minute)
    }
}

/// A weekly window that was read: its zone is known.
struct Week {
    from: WeekTime,
    until: WeekTime,
    zone: Tz,
}

impl Week {
    fn of(from: WeekTime, until: WeekTime, zone: &str) -> Option<Self> {
        Some(Self { from, until, zone: zone_named(zone)? }).filter(|_| from != until)
    }

    fn standing(&self, instant: Timestamp) -> Option<Standing> {
        let today = shown_at(self.zone, instant)?.date();
        let monday = today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))?;
        let mut week = monday.checked_sub_days(Days::new(14))?;
        let mut closed: Option<Timestamp> = None;
        // From two weeks ago: the newest that has begun may have done so in the week before, and the clocks may show another day since.
        for _ in 0..5 {
            let (from, until) = self.in_week_of(week)?;
            week = week.checked_add_days(Days::new(7))?;
            if from >= until || until <= instant {
                continue;
            }
            match closed {
                // It begins before the one that is closed now has ended: a change of the clocks can bring that about.
                Some(end) if from <= end => closed = Some(end.max(until)),
                Some(end) => return Some(Standing::Closed { until: Some(end) }),
                None if from <= instant => closed = Some(until),
                None => return Some(Standing::Open { until: Some(from) }),
            }
        }
        closed.map(|end| Standing::Closed { until: Some(end) })
    }

    /// Its instants, for the week in which it begins. Where the clocks skip all of it, they are the same.
    fn in_week_of(&self, monday: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let from = self.from.in_week_of(monday)?;
        let mut until = self.until.in_week_of(monday)?;
        if until <= from {
            until = until.checked_add_days(Days::new(7))?;
        }
        Some((LocalTime::of(self.zone, from)?.first_reached(), last_passed(self.zone, until)?))
    }
}

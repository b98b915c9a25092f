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
    /// How no window at all stands.
    pub const ALWAYS_OPEN: Self = Self::Open { until: None };

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
        let mut week = monday.checked_sub_days(Days::new(7))?;
        let mut closed: Option<Timestamp> = None;
        // From the week before, in which the one that is closed may have begun; four of them, as the next may be skipped.
        for _ in 0..4 {
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
        if until < from {
            until = until.checked_add_days(Days::new(7))?;
        }
        Some((LocalTime::of(self.zone, from)?.first_reached(), last_passed(self.zone, until)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Timestamp {
        format!("{text}:00Z").parse().expect("a moment")
    }

    fn moment(day: Weekday, hour: u32, minute: u32) -> WeekTime {
        WeekTime { day, hour, minute }
    }

    fn weekly(from: WeekTime, until: WeekTime) -> Window {
        Window::Weekly { from, until, zone: "Europe/Warsaw".to_owned() }
    }

    fn sunday(from: (u32, u32), until: (u32, u32)) -> Window {
        weekly(moment(Weekday::Sunday, from.0, from.1), moment(Weekday::Sunday, until.0, until.1))
    }

    const fn closed(until: Timestamp) -> Standing {
        Standing::Closed { until: Some(until) }
    }

    const fn open(until: Timestamp) -> Standing {
        Standing::Open { until: Some(until) }
    }

    #[test]
    fn a_window_is_closed_from_its_beginning_and_open_at_its_end() {
        let (from, until) = (utc("2026-05-01T08:00"), utc("2026-05-02T08:00"));
        let second = chrono::TimeDelta::seconds(1);
        let window = Window::Once { from, until: Some(until) };
        assert_eq!(standing(&window, from - second), open(from));
        assert_eq!(standing(&window, from), closed(until));
        assert_eq!(standing(&window, until - second), closed(until));
        assert_eq!(standing(&window, until), Standing::Open { until: None });
        let stopped = Window::Once { from, until: None };
        assert_eq!(standing(&stopped, until), Standing::Closed { until: None });
        let weekend = weekly(moment(Weekday::Friday, 16, 0), moment(Weekday::Monday, 8, 0));
        let (friday, monday) = (utc("2026-05-01T14:00"), utc("2026-05-04T06:00"));
        assert_eq!(standing(&weekend, friday - second), open(friday));
        assert_eq!(standing(&weekend, friday), closed(monday));
        assert_eq!(standing(&weekend, monday - second), closed(monday));
        assert_eq!(standing(&weekend, monday), open(utc("2026-05-08T14:00")));
    }

    #[test]
    fn where_the_clocks_skip_an_edge_it_is_the_end_of_the_gap() {
        let gap = utc("2026-03-29T01:00");
        let before = utc("2026-03-29T00:30");
        assert_eq!(standing(&sunday((2, 30), (5, 0)), before), open(gap));
        assert_eq!(standing(&sunday((1, 15), (2, 30)), before), closed(gap));
        // All of it is skipped: there is none that week.
        assert_eq!(standing(&sunday((2, 10), (2, 40)), before), open(utc("2026-04-05T00:10")));
        // All that is open is skipped: it stays closed until the next week.
        assert_eq!(standing(&sunday((2, 40), (2, 10)), before), closed(utc("2026-04-05T00:10")));
    }

    #[test]
    fn where_the_clocks_show_an_edge_twice_it_begins_the_first_time_and_ends_the_second() {
        let before = utc("2026-10-24T22:30"); // 00:30
        let (first, second) = (utc("2026-10-25T00:30"), utc("2026-10-25T01:30")); // 02:30
        assert_eq!(standing(&sunday((2, 30), (5, 0)), before), open(first));
        assert_eq!(standing(&sunday((2, 30), (5, 0)), first), closed(utc("2026-10-25T04:00")));
        assert_eq!(standing(&sunday((0, 0), (2, 30)), first), closed(second));
        // Clocks that are put back exactly to its end do not show it any longer than once.
        assert_eq!(standing(&sunday((0, 0), (2, 0)), before), closed(utc("2026-10-25T00:00")));
        assert_eq!(standing(&sunday((0, 0), (3, 0)), first), closed(utc("2026-10-25T02:00")));
    }

    #[test]
    fn of_which_nobody_can_say_when_it_opens_stays_closed_and_is_refused_beforehand() {
        let (six, seven) = (moment(Weekday::Sunday, 6, 0), moment(Weekday::Sunday, 7, 0));
        let nowhere = Window::Weekly { from: six, until: seven, zone: "Europe/Atlantis".to_owned() };
        let wrong = [
            (nowhere, "there is no time zone \"Europe/Atlantis\": give an IANA name such as Europe/Warsaw"),
            (
                weekly(six, six),
                "a window from Sunday 06:00 until Sunday 06:00 says neither never nor always: give it an end of its own",
            ),
            (
                weekly(six, moment(Weekday::Sunday, 24, 0)),
                "Sunday 24:00 is no time of day: the hour must be 0 to 23, the minute 0 to 59",
            ),
        ];
        for (window, told) in wrong {
            assert_eq!(window.check().map_err(|error| error.to_string()), Err(told.to_owned()));
            assert_eq!(standing(&window, utc("2026-05-01T08:00")), Standing::Closed { until: None });
        }
        let from = utc("2026-05-01T08:00");
        let never = Window::Once { from, until: Some(from) };
        assert_eq!(never.check(), Err(InvalidWindow::Never { from, until: from }));
        assert_eq!(weekly(six, seven).check(), Ok(()));
        assert_eq!(weekly(seven, six).check(), Ok(()));
        assert_eq!(Window::Once { from, until: None }.check(), Ok(()));
        assert_eq!(standing(&weekly(six, seven), Timestamp::MAX_UTC), Standing::Closed { until: None });
    }

    #[test]
    fn several_windows_are_closed_where_one_of_them_is() {
        let (early, late) = (utc("2026-05-01T08:00"), utc("2026-05-02T08:00"));
        let never = Standing::Closed { until: None };
        assert_eq!(open(late).and(open(early)), open(early));
        assert_eq!(open(late).and(Standing::ALWAYS_OPEN), open(late));
        assert_eq!(closed(late).and(closed(early)), closed(late));
        assert_eq!(closed(early).and(open(late)), closed(early));
        assert_eq!(open(late).and(closed(early)), closed(early));
        assert_eq!(closed(early).and(never), never);
        assert!(never.is_closed() && !Standing::ALWAYS_OPEN.is_closed());
    }

    #[test]
    fn a_window_is_written_as_people_write_it() -> serde_json::Result<()> {
        let window = weekly(moment(Weekday::Friday, 16, 0), moment(Weekday::Monday, 8, 0));
        let text = r#"{"weekly":{"from":{"day":"friday","hour":16,"minute":0},"until":{"day":"monday","hour":8,"minute":0},"zone":"Europe/Warsaw"}}"#;
        assert_eq!(serde_json::to_string(&window)?, text);
        assert_eq!(serde_json::from_str::<Window>(text)?, window);
        let once = Window::Once { from: utc("2026-05-01T08:00"), until: None };
        assert_eq!(serde_json::to_string(&once)?, r#"{"once":{"from":"2026-05-01T08:00:00Z"}}"#);
        Ok(())
    }
}

//! Schedules: days and a local time in a named zone, and the instants at which they happen (X); and windows of time (F1).
//!
//! Pure policy. An *occurrence* is a local date and time, and the instant at which it happens. The instant is computed once, when a
//! schedule is armed, and goes into the event: a later table of zones, with which the same local time would be another instant,
//! changes nothing that was recorded. What folds an event takes the instant that stands in it and asks nobody here.
//!
//! Who arms a schedule keeps two things: the occurrence that it waits for, and the newest local time that has happened or was
//! missed. [`arm`] gives the first anew after each edit, [`due`] says what becomes of it when its instant has come, also long ago.
//! A stage that waits ([`next_of`]) keeps its one occurrence and begins at its instant or as soon after it as it can (S4).
//!
//! The table of zones is the one that is compiled in (`chrono-tz`); it is not the system's, so that the same program gives the same
//! answers everywhere. After the last change that the table lists, each zone keeps the offset that it then has.
//! Dates are those of the years 1 to 9999; beyond, nothing happens.
//!
//! Read `local.rs` first: it says what becomes of local times that do not exist, or exist twice.

mod due;
mod local;
mod occurrence;
mod window;

pub use due::{Due, Missed, arm, due};
pub use local::LocalTime;
pub use occurrence::{Occurrence, OccurrenceId, next_of, occurrence_after, occurrences_after};
pub use window::{InvalidWindow, Standing, WeekTime, Window, standing};

//! Days and times in a named zone (X).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Days of the week and a local time in a named zone (X1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// On which days; at least one.
    pub days: BTreeSet<Weekday>,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// The zone's IANA name; empty means UTC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// Only if something changed since the last one (T2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_with_changes: bool,
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

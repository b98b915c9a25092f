//! What clocks show, minute by minute, and nothing else: the other way to say when a local time is reached.

use std::sync::OnceLock;
use std::thread;

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use cutover::Timestamp;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// 1970-01-01 to 2038-01-01, in seconds.
const YEARS: (i64, i64) = (0, 2_145_916_800);

/// Numbers that look random and are the same for the same seed (splitmix64).
pub(crate) struct Draw(u64);

impl Draw {
    /// For one change of one zone: what is drawn for it does not depend on what was drawn before.
    pub(crate) fn new(change: &Change) -> Self {
        let seed = std::env::var("CUTOVER_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2026_u64);
        let name =
            change.zone.name().bytes().fold(seed, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
        Self(name ^ change.at.cast_unsigned().rotate_left(17))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    /// From `low` on, below `high`.
    pub(crate) fn within(&mut self, low: i64, high: i64) -> i64 {
        let range = (high - low).max(1).cast_unsigned();
        low + (self.next() % range).cast_signed()
    }
}

pub(crate) fn is_long() -> bool {
    std::env::var("CUTOVER_LONG").is_ok()
}

/// A change of a zone's clocks.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) zone: Tz,
    /// The first second at which the clocks show the new time.
    pub(crate) at: i64,
    /// Seconds ahead of UTC before and after.
    pub(crate) offsets: (i64, i64),
}

fn offset_at(zone: Tz, second: i64) -> i64 {
    let utc = DateTime::from_timestamp(second, 0).expect("a moment").naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

/// Every change of a zone's clocks from 1970 to 2037: looked for twice a day (every hour if there is time), and halved down to
/// the second.
pub(crate) fn changes_of(zone: Tz) -> Vec<Change> {
    let mut changes = Vec::new();
    let step = if is_long() { HOUR } else { 12 * HOUR };
    let (mut now, end) = YEARS;
    let mut before = offset_at(zone, now);
    while now < end {
        let next = now + step;
        if offset_at(zone, next) == before {
            now = next;
            continue;
        }
        let (mut low, mut high) = (now, next);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if offset_at(zone, middle) == before { low = middle } else { high = middle }
        }
        let after = offset_at(zone, high);
        changes.push(Change { zone, at: high, offsets: (before, after) });
        (now, before) = (high, after);
    }
    changes
}

/// Does something for every change of every zone, on all processors; says how many changes there are.
pub(crate) fn for_every_change(check: impl Fn(&Change) + Sync) -> usize {
    static CHANGES: OnceLock<Vec<Change>> = OnceLock::new();
    let changes = CHANGES.get_or_init(|| on_all_processors(&TZ_VARIANTS, |&zone| changes_of(zone)).concat());
    on_all_processors(changes, check).len()
}

fn on_all_processors<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = &work;
    thread::scope(|scope| {
        let share = |worker| move || items.iter().skip(worker).step_by(workers).map(work).collect::<Vec<R>>();
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(share(worker))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("every comparison holds")).collect()
    })
}

/// What a zone's clocks show at each minute of a stretch of time.
pub(crate) struct Walk {
    /// The first minute, in seconds of UTC.
    pub(crate) begin: i64,
    /// What the clocks show at each minute, in seconds as if it were UTC.
    pub(crate) shown: Vec<i64>,
}

impl Walk {
    /// From `before` seconds before a change to `after` seconds after it.
    pub(crate) fn around(change: &Change, before: i64, after: i64) -> Self {
        let begin = (change.at - before).div_euclid(MINUTE) * MINUTE;
        let minutes = (before + after) / MINUTE;
        let shown = (0..minutes).map(|minute| {
            let now = begin + minute * MINUTE;
            now + offset_at(change.zone, now)
        });
        Self { begin, shown: shown.collect() }
    }

    /// Only as far around a change as it makes a difference, and an hour and a half more.
    pub(crate) fn close_to(change: &Change) -> Self {
        let shift = (change.offsets.1 - change.offsets.0).abs();
        Self::around(change, shift + 3 * HOUR / 2, shift + 3 * HOUR / 2)
    }

    pub(crate) fn end(&self) -> i64 {
        self.minute(self.shown.len())
    }

    pub(crate) fn minute(&self, index: usize) -> i64 {
        self.begin + i64::try_from(index).expect("a short walk") * MINUTE
    }

    /// The first minute at which the clocks show each local minute or have passed it; of those that begin in the walk.
    pub(crate) fn reached(&self) -> Reached {
        let first = (self.shown[0].div_euclid(MINUTE) + 1) * MINUTE;
        let mut reached = Reached { first, minutes: Vec::with_capacity(self.shown.len()) };
        for (index, &shown) in self.shown.iter().enumerate() {
            while reached.end() <= shown {
                reached.minutes.push(self.minute(index));
            }
        }
        reached
    }

    /// A local minute that the clocks show or skip somewhere in the walk, the ends aside; often one at which they change.
    pub(crate) fn draw_local(&self, change: &Change, draw: &mut Draw) -> i64 {
        if draw.one_in(3) {
            let offset = if draw.one_in(2) { change.offsets.0 } else { change.offsets.1 };
            return (change.at + offset).div_euclid(MINUTE) * MINUTE + draw.within(-1, 2) * MINUTE;
        }
        let low = self.shown.iter().min().expect("a walk") + 2 * MINUTE;
        let high = self.shown.iter().max().expect("a walk") - 2 * MINUTE;
        draw.within(low.div_euclid(MINUTE) + 1, high.div_euclid(MINUTE)) * MINUTE
    }
}

/// When local minutes were reached, one after the other.
pub(crate) struct Reached {
    /// The first local minute.
    pub(crate) first: i64,
    minutes: Vec<i64>,
}

impl Reached {
    /// The first local minute that was not reached any more.
    pub(crate) fn end(&self) -> i64 {
        self.first + i64::try_from(self.minutes.len()).expect("a short walk") * MINUTE
    }

    /// When a local minute was reached.
    pub(crate) fn get(&self, local: i64) -> Option<i64> {
        let index = usize::try_from((local - self.first).div_euclid(MINUTE)).ok()?;
        self.minutes.get(index).copied()
    }
}

pub(crate) fn local(second: i64) -> NaiveDateTime {
    instant(second).naive_utc()
}

pub(crate) fn instant(second: i64) -> Timestamp {
    DateTime::from_timestamp(second, 0).expect("a moment")
}

/// The first whole minute that is not before a moment.
pub(crate) fn minute_of(at: Timestamp) -> i64 {
    (at.timestamp() + MINUTE - 1).div_euclid(MINUTE) * MINUTE
}

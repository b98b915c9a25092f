//! Occurrences around every change of every zone's clocks, compared with a walk over the minutes.

use std::collections::BTreeSet;

use chrono::{Datelike, Timelike};
use cutover::schedule::{due, occurrence_after, occurrences_after};
use cutover::{Schedule, ScheduleId, Weekday};

use crate::clock::{
    Change, DAY, Draw, HOUR, MINUTE, Reached, Walk, for_every_change, instant, is_long, local, minute_of,
};

/// A schedule at the time of day of a local minute.
fn at_time_of(zone: &str, minute: i64) -> Schedule {
    let time = local(minute).time();
    Schedule::daily(ScheduleId(1), time.hour(), time.minute()).in_zone(zone)
}

fn weekday(minute: i64) -> Weekday {
    Weekday::ALL[local(minute).date().weekday().num_days_from_monday() as usize]
}

/// The first local minute of the schedule that a walk reaches after `now`, as (minute, local minute): of two at once, the later one.
fn expected(reached: &Reached, schedule: &Schedule, now: i64) -> Option<(i64, i64)> {
    let time = i64::from(schedule.hour) * HOUR + i64::from(schedule.minute) * MINUTE;
    let mut local = reached.first.div_euclid(DAY) * DAY + time;
    let mut found: Option<(i64, i64)> = None;
    while local < reached.end() {
        if let Some(minute) = reached.get(local)
            && schedule.days.contains(&weekday(local))
            && minute > now
            && found.is_none_or(|(earlier, _)| minute <= earlier)
        {
            found = Some((minute, local));
        }
        local += DAY;
    }
    found
}

/// The next occurrence after `now` is the one that the walk reaches; or it is beyond the walk.
fn compare(change: &Change, walk: &Walk, reached: &Reached, schedule: &Schedule, now: i64) {
    let found = occurrence_after(schedule, instant(now)).expect("every schedule has a next occurrence");
    let told =
        || format!("{} changes at {}: {schedule:?} after {}", change.zone, instant(change.at), instant(now));
    match expected(reached, schedule, now) {
        Some((minute, minute_shown)) => {
            assert_eq!((found.local, minute_of(found.at)), (local(minute_shown), minute), "{}", told());
        }
        None => assert!(minute_of(found.at) >= walk.end(), "{}: {found:?}", told()),
    }
}

fn draw_and_compare(change: &Change, walk: &Walk, draws: usize) {
    let reached = walk.reached();
    let mut draw = Draw::new(change);
    for _ in 0..draws {
        let minute = walk.draw_local(change, &mut draw);
        let days: BTreeSet<Weekday> = Weekday::ALL.into_iter().filter(|_| !draw.one_in(4)).collect();
        let mut schedule = at_time_of(change.zone.name(), minute);
        schedule = schedule.on(days.into_iter().chain([weekday(minute)]));
        // Mostly from close before it is reached, or from exactly then.
        let then = reached.get(minute).unwrap_or(walk.begin);
        let now = match draw.next() % 4 {
            0 => then,
            1 => then - MINUTE,
            _ => draw.within(walk.begin / MINUTE, walk.end() / MINUTE) * MINUTE,
        };
        compare(change, walk, &reached, &schedule, now.max(walk.begin));
    }
}

#[test]
fn what_happens_around_every_change_of_every_zone_is_what_the_clocks_show() {
    let changes = for_every_change(|change| {
        let close = Walk::close_to(change);
        if !is_long() {
            draw_and_compare(change, &close, 3);
            // A few days for some of them, so that more than one occurrence is seen.
            if Draw::new(change).one_in(32) {
                draw_and_compare(change, &Walk::around(change, 3 * DAY / 2, 5 * DAY / 2), 16);
            }
            return;
        }
        let reached = close.reached();
        for minute in (reached.first..reached.end()).step_by(60) {
            let then = reached.get(minute).expect("it was reached");
            let schedule = at_time_of(change.zone.name(), minute);
            compare(change, &close, &reached, &schedule, (then - MINUTE).max(close.begin));
            compare(change, &close, &reached, &schedule, then);
        }
        draw_and_compare(change, &Walk::around(change, 3 * DAY / 2, 5 * DAY / 2), 64);
    });
    assert!(changes > 30_000, "the table of zones has {changes} changes");
}

/// What was missed is told without looking at each occurrence, and is what looking at each of them tells.
#[test]
fn what_was_missed_is_what_would_have_happened() {
    for_every_change(|change| {
        let mut draw = Draw::new(change);
        if !draw.one_in(16) && !is_long() {
            return;
        }
        let walk = Walk::close_to(change);
        let minute = walk.draw_local(change, &mut draw);
        let days: Vec<Weekday> = Weekday::ALL.into_iter().filter(|_| draw.one_in(2)).collect();
        let schedule = at_time_of(change.zone.name(), minute).on(days.into_iter().chain([weekday(minute)]));
        let down = instant(change.at - draw.within(0, 30 * DAY));
        let now = instant(change.at + draw.within(0, 30 * DAY));
        let come: Vec<_> = occurrences_after(&schedule, down).take_while(|it| it.at <= now).collect();
        let next = occurrence_after(&schedule, now);
        let told = || {
            format!("{} changes at {}: {schedule:?}, down {down} to {now}", change.zone, instant(change.at))
        };
        let Some((&armed, later)) = come.split_first() else {
            let armed = occurrence_after(&schedule, down).expect("a next one");
            assert_eq!(due(&schedule, armed, now), None, "{}", told());
            return;
        };
        let limit = u32::try_from(draw.within(0, 3 * 24 * 60)).expect("small");
        let found = due(&schedule.clone().missed_after(limit), armed, now).expect("it has come");
        let newest = later.last().copied().unwrap_or(armed);
        let is_fresh = (now - newest.at).num_seconds() <= i64::from(limit) * MINUTE;
        let missed = if is_fresh { &come[..come.len() - 1] } else { &come[..] };
        assert_eq!(found.fires, is_fresh.then_some(newest), "{}", told());
        assert_eq!(
            found.missed.map(|missed| (missed.first, missed.last)),
            missed.first().copied().zip(missed.last().copied()),
            "{}",
            told()
        );
        // Counted by the days of the calendar, so that the midnight of a day that was skipped as a whole counts, too.
        let counted = found.missed.map(|missed| {
            let days =
                missed.first.local.date().iter_days().take_while(|day| *day <= missed.last.local.date());
            let days = days.map(|day| Weekday::ALL[day.weekday().num_days_from_monday() as usize]);
            days.filter(|day| schedule.days.contains(day)).count() as u64
        });
        assert_eq!(found.missed.map(|missed| missed.count), counted, "{}", told());
        assert_eq!(found.next, next, "{}", told());
        assert_eq!(found.past, newest.local, "{}", told());
    });
}

//! Weekly windows around every change of every zone's clocks, compared with a walk over the minutes.

use chrono::{Datelike, Timelike};
use cutover::Weekday;
use cutover::schedule::{Standing, WeekTime, Window, standing};

use crate::clock::{Change, DAY, Draw, MINUTE, Walk, for_every_change, instant, is_long, local, minute_of};

fn week_time(minute: i64) -> WeekTime {
    let local = local(minute);
    let day = Weekday::ALL[local.date().weekday().num_days_from_monday() as usize];
    WeekTime { day, hour: local.hour(), minute: local.minute() }
}

/// The first minute at which the clocks show something for which `is_inside` holds, and the first after the last such minute.
fn hull(walk: &Walk, is_inside: impl Fn(i64) -> bool) -> Option<(i64, i64)> {
    let first = walk.shown.iter().position(|&shown| is_inside(shown))?;
    let last = walk.shown.iter().rposition(|&shown| is_inside(shown))?;
    Some((walk.minute(first), walk.minute(last + 1)))
}

/// A window closed from `low` to `high`, or in the rest of the week, is closed exactly where the clocks say so.
fn compare(change: &Change, walk: &Walk, low: i64, high: i64, draw: &mut Draw) {
    let zone = change.zone.name().to_owned();
    let (from, until) = (week_time(low), week_time(high));
    let inside = Window::Weekly { from, until, zone: zone.clone() };
    let outside = Window::Weekly { from: until, until: from, zone };
    let closed = hull(walk, |shown| (low..high).contains(&shown));
    // What is closed before, and what is closed after: they can meet where the clocks skip all that is between.
    let earlier = hull(walk, |shown| shown < low).expect("the walk begins before it");
    let later = hull(walk, |shown| shown >= high).expect("the walk ends after it");
    let edges = closed.into_iter().chain([earlier, later]).flat_map(|(from, until)| [from, until]);
    let around: Vec<i64> = edges.flat_map(|edge| [edge - MINUTE, edge]).collect();
    let drawn: Vec<i64> =
        (0..2).map(|_| draw.within(walk.begin / MINUTE, walk.end() / MINUTE) * MINUTE).collect();
    for now in around.into_iter().chain(drawn).filter(|now| (walk.begin..walk.end()).contains(now)) {
        let told =
            || format!("{} changes at {}: {inside:?} at {}", change.zone, instant(change.at), instant(now));
        match (standing(&inside, instant(now)), closed) {
            (Standing::Closed { until: Some(until) }, Some((from, end))) => {
                assert!((from..end).contains(&now), "open: {}", told());
                assert_eq!(minute_of(until), end, "{}", told());
            }
            (Standing::Open { until: Some(until) }, Some((from, end))) => {
                assert!(!(from..end).contains(&now), "closed: {}", told());
                let next = minute_of(until);
                assert!(if now < from { next == from } else { next >= walk.end() }, "{}: {until}", told());
            }
            (Standing::Open { until: Some(until) }, None) => {
                assert!(minute_of(until) >= walk.end(), "{}", told());
            }
            (found, _) => panic!("{found:?}: {}", told()),
        }
        let is_closed = now < earlier.1 || now >= later.0;
        match standing(&outside, instant(now)) {
            Standing::Closed { until: Some(until) } => {
                assert!(is_closed, "open, the rest of the week: {}", told());
                let is_last = now >= later.0 || later.0 <= earlier.1;
                let next = minute_of(until);
                assert!(if is_last { next >= walk.end() } else { next == earlier.1 }, "{}: {until}", told());
            }
            Standing::Open { until } => {
                assert!(!is_closed, "closed, the rest of the week: {}", told());
                assert_eq!(until.map(minute_of), Some(later.0), "{}", told());
            }
            Standing::Closed { until: None } => panic!("closed for ever: {}", told()),
        }
    }
}

#[test]
fn a_weekly_window_is_closed_from_the_first_time_until_the_last_that_the_clocks_say_so() {
    for_every_change(|change| {
        let draws = if is_long() { 64 } else { 1 };
        let mut draw = Draw::new(change);
        let days = is_long() || draw.one_in(32);
        let walk = if days { Walk::around(change, 3 * DAY / 2, 5 * DAY / 2) } else { Walk::close_to(change) };
        for _ in 0..draws {
            let one = walk.draw_local(change, &mut draw);
            let two = walk.draw_local(change, &mut draw);
            if one != two {
                compare(change, &walk, one.min(two), one.max(two), &mut draw);
            }
        }
    });
}

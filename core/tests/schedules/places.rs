//! Tables for places whose clocks do unusual things, and worked scenarios. Instants were worked out by hand from the zones' rules.

use chrono::NaiveDateTime;
use cutover::schedule::{LocalTime, Occurrence, arm, due, next_of, occurrence_after, occurrences_after};
use cutover::{Schedule, ScheduleId, Timestamp, Weekday};

fn utc(text: &str) -> Timestamp {
    format!("{text}:00Z").parse().expect("a moment")
}

fn shown(text: &str) -> NaiveDateTime {
    format!("{text}:00").parse().expect("a date and time")
}

fn daily(zone: &str, time: &str) -> Schedule {
    let (hour, minute) = time.split_once(':').expect("hour:minute");
    let (hour, minute) = (hour.parse().expect("an hour"), minute.parse().expect("a minute"));
    Schedule::daily(ScheduleId(1), hour, minute).in_zone(zone)
}

fn at(local: &str, instant: &str) -> Occurrence {
    Occurrence { local: shown(local), at: utc(instant) }
}

/// Zone, time of day, from which UTC midnight on; then each occurrence as local time and UTC.
type Row = (&'static str, &'static str, &'static str, [(&'static str, &'static str); 3]);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Clocks go from 02:00 to 03:00, and from 03:00 to 02:00.
    ("Europe/Warsaw", "02:30", "2026-03-28", [("2026-03-28T02:30", "2026-03-28T01:30"), ("2026-03-29T02:30", "2026-03-29T01:00"), ("2026-03-30T02:30", "2026-03-30T00:30")]),
    ("Europe/Warsaw", "02:00", "2026-03-28", [("2026-03-28T02:00", "2026-03-28T01:00"), ("2026-03-29T02:00", "2026-03-29T01:00"), ("2026-03-30T02:00", "2026-03-30T00:00")]),
    ("Europe/Warsaw", "03:00", "2026-03-28", [("2026-03-28T03:00", "2026-03-28T02:00"), ("2026-03-29T03:00", "2026-03-29T01:00"), ("2026-03-30T03:00", "2026-03-30T01:00")]),
    ("Europe/Warsaw", "02:30", "2026-10-24", [("2026-10-24T02:30", "2026-10-24T00:30"), ("2026-10-25T02:30", "2026-10-25T00:30"), ("2026-10-26T02:30", "2026-10-26T01:30")]),
    ("Europe/Warsaw", "02:00", "2026-10-24", [("2026-10-25T02:00", "2026-10-25T00:00"), ("2026-10-26T02:00", "2026-10-26T01:00"), ("2026-10-27T02:00", "2026-10-27T01:00")]),
    ("Europe/Warsaw", "03:00", "2026-10-24", [("2026-10-24T03:00", "2026-10-24T01:00"), ("2026-10-25T03:00", "2026-10-25T02:00"), ("2026-10-26T03:00", "2026-10-26T02:00")]),
    ("America/New_York", "02:30", "2026-03-07", [("2026-03-07T02:30", "2026-03-07T07:30"), ("2026-03-08T02:30", "2026-03-08T07:00"), ("2026-03-09T02:30", "2026-03-09T06:30")]),
    ("America/New_York", "01:30", "2026-10-31", [("2026-10-31T01:30", "2026-10-31T05:30"), ("2026-11-01T01:30", "2026-11-01T05:30"), ("2026-11-02T01:30", "2026-11-02T06:30")]),
    // By half an hour: from 02:00 to 02:30, and from 02:00 to 01:30.
    ("Australia/Lord_Howe", "02:15", "2026-10-02", [("2026-10-03T02:15", "2026-10-02T15:45"), ("2026-10-04T02:15", "2026-10-03T15:30"), ("2026-10-05T02:15", "2026-10-04T15:15")]),
    ("Australia/Lord_Howe", "01:45", "2026-04-03", [("2026-04-04T01:45", "2026-04-03T14:45"), ("2026-04-05T01:45", "2026-04-04T14:45"), ("2026-04-06T01:45", "2026-04-05T15:15")]),
    // Samoa crossed the date line: 2011-12-30 never was.
    ("Pacific/Apia", "10:00", "2011-12-29", [("2011-12-29T10:00", "2011-12-29T20:00"), ("2011-12-30T10:00", "2011-12-30T10:00"), ("2011-12-31T10:00", "2011-12-30T20:00")]),
    // Midnight of the day that never was is midnight of the next: it happens once.
    ("Pacific/Apia", "00:00", "2011-12-29", [("2011-12-29T00:00", "2011-12-29T10:00"), ("2011-12-31T00:00", "2011-12-30T10:00"), ("2012-01-01T00:00", "2011-12-31T10:00")]),
    // Summer time all year, but for Ramadan.
    ("Africa/Casablanca", "02:30", "2026-02-14", [("2026-02-14T02:30", "2026-02-14T01:30"), ("2026-02-15T02:30", "2026-02-15T01:30"), ("2026-02-16T02:30", "2026-02-16T02:30")]),
    ("Africa/Casablanca", "02:30", "2026-03-21", [("2026-03-21T02:30", "2026-03-21T02:30"), ("2026-03-22T02:30", "2026-03-22T02:00"), ("2026-03-23T02:30", "2026-03-23T01:30")]),
    // At midnight, and no more since 2023.
    ("Asia/Tehran", "00:30", "2022-03-20", [("2022-03-21T00:30", "2022-03-20T21:00"), ("2022-03-22T00:30", "2022-03-21T20:30"), ("2022-03-23T00:30", "2022-03-22T20:00")]),
    ("Asia/Tehran", "23:30", "2022-09-20", [("2022-09-20T23:30", "2022-09-20T19:00"), ("2022-09-21T23:30", "2022-09-21T19:00"), ("2022-09-22T23:30", "2022-09-22T20:00")]),
    ("Asia/Tehran", "00:30", "2023-03-20", [("2023-03-21T00:30", "2023-03-20T21:00"), ("2023-03-22T00:30", "2023-03-21T21:00"), ("2023-03-23T00:30", "2023-03-22T21:00")]),
    // At one minute past midnight: put back, the clocks show the day before once more.
    ("America/St_Johns", "00:30", "2010-03-13", [("2010-03-13T00:30", "2010-03-13T04:00"), ("2010-03-14T00:30", "2010-03-14T03:31"), ("2010-03-15T00:30", "2010-03-15T03:00")]),
    ("America/St_Johns", "23:30", "2010-11-06", [("2010-11-05T23:30", "2010-11-06T02:00"), ("2010-11-06T23:30", "2010-11-07T02:00"), ("2010-11-07T23:30", "2010-11-08T03:00")]),
    ("America/St_Johns", "00:00", "2010-11-06", [("2010-11-06T00:00", "2010-11-06T02:30"), ("2010-11-07T00:00", "2010-11-07T02:30"), ("2010-11-08T00:00", "2010-11-08T03:30")]),
    // By two hours, from 01:00 to 03:00 and back.
    ("Antarctica/Troll", "01:30", "2026-03-28", [("2026-03-28T01:30", "2026-03-28T01:30"), ("2026-03-29T01:30", "2026-03-29T01:00"), ("2026-03-30T01:30", "2026-03-29T23:30")]),
    ("Antarctica/Troll", "02:30", "2026-03-28", [("2026-03-28T02:30", "2026-03-28T02:30"), ("2026-03-29T02:30", "2026-03-29T01:00"), ("2026-03-30T02:30", "2026-03-30T00:30")]),
    ("Antarctica/Troll", "02:30", "2026-10-24", [("2026-10-24T02:30", "2026-10-24T00:30"), ("2026-10-25T02:30", "2026-10-25T00:30"), ("2026-10-26T02:30", "2026-10-26T02:30")]),
    // Without a zone.
    ("", "02:30", "2026-03-28", [("2026-03-28T02:30", "2026-03-28T02:30"), ("2026-03-29T02:30", "2026-03-29T02:30"), ("2026-03-30T02:30", "2026-03-30T02:30")]),
];

#[test]
fn times_that_do_not_exist_happen_after_the_gap_and_those_that_exist_twice_happen_once() {
    for (zone, time, from, expected) in TABLE {
        let from = utc(&format!("{from}T00:00"));
        let found: Vec<Occurrence> = occurrences_after(&daily(zone, time), from).take(3).collect();
        let expected: Vec<Occurrence> = expected.iter().map(|(local, instant)| at(local, instant)).collect();
        assert_eq!(found, expected, "{time} in {zone}");
    }
}

/// Worked scenario 12.
#[test]
fn a_release_at_half_past_two_is_one_release_each_day_also_in_spring_and_in_autumn() {
    let schedule = daily("Europe/Warsaw", "02:30");
    let year = occurrences_after(&schedule, utc("2025-12-31T23:00"))
        .take_while(|it| it.at < utc("2026-12-31T23:00"));
    let year: Vec<Occurrence> = year.collect();
    assert_eq!(year.len(), 365);
    let of = |day: &str| -> Vec<String> {
        let warsaw = |it: &Occurrence| it.at.with_timezone(&chrono_tz::Europe::Warsaw).to_string();
        year.iter().map(warsaw).filter(|text| text.starts_with(day)).collect()
    };
    assert_eq!(of("2026-03-29"), ["2026-03-29 03:00:00 CEST"]);
    assert_eq!(of("2026-10-25"), ["2026-10-25 02:30:00 CEST"]);
}

#[test]
fn an_occurrence_is_after_the_instant_and_never_at_it() {
    let schedule = daily("Europe/Warsaw", "02:30").on([Weekday::Sunday]);
    let spring = at("2026-03-29T02:30", "2026-03-29T01:00");
    assert_eq!(occurrence_after(&schedule, utc("2026-03-29T00:59")), Some(spring));
    let a_week_later = at("2026-04-05T02:30", "2026-04-05T00:30");
    assert_eq!(occurrence_after(&schedule, spring.at), Some(a_week_later));
    // Between the first and the second 02:30 of that night there is nothing more.
    let after_the_first = occurrence_after(&schedule, utc("2026-10-25T00:30"));
    assert_eq!(after_the_first, Some(at("2026-11-01T02:30", "2026-11-01T01:30")));
}

#[test]
fn what_can_never_come_has_no_next_occurrence() {
    let now = utc("2026-01-01T00:00");
    assert_eq!(occurrence_after(&daily("", "02:30").on([]), now), None);
    assert_eq!(occurrence_after(&daily("Europe/Atlantis", "02:30"), now), None);
    assert_eq!(occurrence_after(&daily("", "24:00"), now), None);
    assert_eq!(occurrence_after(&daily("", "02:30"), Timestamp::MAX_UTC), None);
    assert_eq!(occurrence_after(&daily("", "02:30"), Timestamp::MIN_UTC), None);
    assert_eq!(occurrence_after(&daily("Pacific/Apia", "02:30"), utc("9999-12-31T23:59")), None);
}

#[test]
fn of_several_schedules_the_first_to_come_is_waited_for() {
    let night = Schedule { id: ScheduleId(7), ..daily("Europe/Warsaw", "02:30") };
    let noon = Schedule { id: ScheduleId(8), ..daily("Europe/Warsaw", "12:00") };
    let also_noon = Schedule { id: ScheduleId(9), ..daily("", "11:00") };
    let of = |now| next_of(&[night.clone(), noon.clone(), also_noon.clone()], utc(now)).map(|(id, _)| id);
    assert_eq!(of("2026-01-10T01:29"), Some(ScheduleId(7)));
    assert_eq!(of("2026-01-10T01:30"), Some(ScheduleId(8)));
    assert_eq!(of("2026-01-10T11:00"), Some(ScheduleId(7)));
    assert_eq!(next_of(&[], utc("2026-01-10T11:00")), None);
}

#[test]
fn the_newest_that_was_missed_happens_if_it_is_not_older_than_the_limit() {
    let schedule = daily("", "12:00").on([Weekday::Monday]);
    let armed = at("2026-05-04T12:00", "2026-05-04T12:00");
    let next = Some(at("2026-05-11T12:00", "2026-05-11T12:00"));
    let of = |now| due(&schedule, armed, utc(now));
    assert_eq!(of("2026-05-04T11:59"), None);
    for now in ["2026-05-04T12:00", "2026-05-05T12:00"] {
        let due = of(now).expect("it has come");
        assert_eq!((due.fires, due.missed, due.next), (Some(armed), None, next), "{now}");
    }
    let due = of("2026-05-05T12:01").expect("it has come");
    assert_eq!((due.fires, due.next), (None, next));
    let missed = due.missed.expect("it is too old");
    assert_eq!((missed.first, missed.last, missed.count), (armed, armed, 1));
}

#[test]
fn after_twenty_years_the_newest_happens_and_the_others_are_counted() {
    let schedule = daily("Europe/Warsaw", "02:30").on(Weekday::WORKING);
    let armed = occurrence_after(&schedule, utc("2006-01-01T00:00")).expect("a next one");
    let now = utc("2026-01-01T12:00");
    let due = due(&schedule, armed, now).expect("it has come");
    let newest = at("2026-01-01T02:30", "2026-01-01T01:30");
    assert_eq!(due.fires, Some(newest));
    let missed = due.missed.expect("years of them");
    assert_eq!((missed.first, missed.last), (armed, at("2025-12-31T02:30", "2025-12-31T01:30")));
    let each = occurrences_after(&schedule, utc("2006-01-01T00:00")).take_while(|it| it.at < newest.at);
    assert_eq!(missed.count, each.count() as u64);
}

#[test]
fn it_takes_no_longer_after_eight_thousand_years() {
    let schedule = daily("Europe/Warsaw", "02:30");
    let armed = occurrence_after(&schedule, utc("1800-01-01T00:00")).expect("a next one");
    // A thousand of these would take minutes if they looked at every day.
    for minute in 0..1_000 {
        let now = utc("9900-01-01T00:00") + chrono::TimeDelta::minutes(minute);
        let missed = due(&schedule.clone().missed_after(0), armed, now)
            .expect("it has come")
            .missed
            .expect("all of them");
        assert!(missed.count > 2_950_000);
    }
}

#[test]
fn an_edit_arms_from_now_and_what_has_happened_does_not_happen_again() {
    let warsaw = daily("Europe/Warsaw", "02:30");
    let fired = at("2026-05-04T02:30", "2026-05-04T00:30");
    // Not for the past: a time of day that is over by a minute comes tomorrow.
    let earlier = daily("Europe/Warsaw", "02:29");
    assert_eq!(arm(&earlier, fired.at, None).map(|it| it.local), Some(shown("2026-05-05T02:29")));
    assert_eq!(arm(&warsaw, fired.at, Some(fired.local)).map(|it| it.local), Some(shown("2026-05-05T02:30")));
    // In New York the clocks will show 02:30 of the same day six hours later: the same occurrence (X2).
    let new_york = daily("America/New_York", "02:30");
    assert_eq!(arm(&new_york, fired.at, None).map(|it| it.local), Some(shown("2026-05-04T02:30")));
    assert_eq!(
        arm(&new_york, fired.at, Some(fired.local)).map(|it| it.local),
        Some(shown("2026-05-05T02:30"))
    );
    // The next of the same day, which has not happened, does.
    let later = daily("America/New_York", "02:31");
    assert_eq!(arm(&later, fired.at, Some(fired.local)).map(|it| it.local), Some(shown("2026-05-04T02:31")));
}

/// The table of zones changed after the schedule was armed: what was recorded holds, and happens once.
#[test]
fn an_occurrence_that_was_armed_happens_at_the_instant_that_was_recorded() {
    let schedule = daily("Europe/Warsaw", "02:30").missed_after(60);
    let next = Some(at("2026-05-05T02:30", "2026-05-05T00:30"));
    // Today's table says 00:30.
    for recorded in ["2026-05-03T23:30", "2026-05-04T01:30"] {
        let armed = at("2026-05-04T02:30", recorded);
        assert_eq!(due(&schedule, armed, armed.at - chrono::TimeDelta::seconds(1)), None);
        for minutes in [0, 30, 60, 61] {
            let now = armed.at + chrono::TimeDelta::minutes(minutes);
            let due = due(&schedule, armed, now).expect("it has come");
            assert_eq!(
                (due.fires, due.next),
                ((minutes <= 60).then_some(armed), next),
                "{recorded} + {minutes}"
            );
        }
    }
}

#[test]
fn what_clocks_show_is_told_for_each_local_time() {
    let of = |local| LocalTime::of(chrono_tz::Europe::Warsaw, shown(local));
    assert_eq!(of("2026-03-29T01:59"), Some(LocalTime::Once { at: utc("2026-03-29T00:59") }));
    assert_eq!(of("2026-03-29T02:00"), Some(LocalTime::Skipped { at: utc("2026-03-29T01:00") }));
    assert_eq!(of("2026-03-29T03:00"), Some(LocalTime::Once { at: utc("2026-03-29T01:00") }));
    let twice = LocalTime::Twice { first: utc("2026-10-25T00:00"), second: utc("2026-10-25T01:00") };
    assert_eq!(of("2026-10-25T02:00"), Some(twice));
    assert_eq!(of("2026-10-25T03:00"), Some(LocalTime::Once { at: utc("2026-10-25T02:00") }));
}

#[test]
fn what_was_missed_is_right_where_the_day_itself_changes() {
    // In St John's the clocks show the sixth again when midnight of the seventh has long come.
    let midnight = daily("America/St_Johns", "00:00");
    let (sixth, seventh) =
        (at("2010-11-06T00:00", "2010-11-06T02:30"), at("2010-11-07T00:00", "2010-11-07T02:30"));
    let found = due(&midnight.clone().missed_after(60), sixth, utc("2010-11-07T02:45")).expect("it has come");
    assert_eq!(found.fires, Some(seventh));
    assert_eq!(found.missed.map(|missed| (missed.first, missed.last, missed.count)), Some((sixth, sixth, 1)));
    assert_eq!(found.next, Some(at("2010-11-08T00:00", "2010-11-08T03:30")));
    // In Apia the midnights of the thirtieth and of the thirty-first are one instant: the earlier was not missed.
    let midnight = daily("Pacific/Apia", "00:00");
    let before = at("2011-12-29T00:00", "2011-12-29T10:00");
    let found =
        due(&midnight.clone().missed_after(60), before, utc("2011-12-30T10:30")).expect("it has come");
    assert_eq!(found.fires, Some(at("2011-12-31T00:00", "2011-12-30T10:00")));
    assert_eq!(
        found.missed.map(|missed| (missed.first, missed.last, missed.count)),
        Some((before, before, 1))
    );
}

//! P7: how releases are named.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{NameFormat, NameValues, NameWarning, RenderedName, token_key};
use crate::limits;

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap_or_default()
}

fn lookup(key: &str) -> Option<String> {
    let value = match key {
        "build.buildnumber" => "20240503.7",
        "artifact.myapp.branch" => "main",
        "control" => "a\nb",
        "empty" => "",
        "long" => return Some("x".repeat(1_000)),
        _ => return None,
    };
    Some(value.to_owned())
}

fn render_in(format: &str, now: &str, zone: Tz) -> RenderedName {
    NameFormat::parse(format).render(&NameValues { now: at(now), zone, lookup: &lookup })
}

fn render(format: &str) -> RenderedName {
    render_in(format, "2024-05-03T04:05:06Z", Tz::UTC)
}

fn name(format: &str) -> String {
    render(format).with_number(7)
}

#[test]
fn two_releases_of_a_day_are_numbered_and_the_next_day_begins_anew() {
    // Scenario 46.
    let mut counters: BTreeMap<String, u64> = BTreeMap::new();
    let mut next = |now: &str| {
        let name = render_in("Rel-$(Date:yyyyMMdd)-$(rev:rr)", now, Tz::UTC);
        let counter = counters.entry(name.counter_key().unwrap_or_default().to_owned()).or_default();
        *counter += 1;
        name.with_number(*counter)
    };
    assert_eq!(next("2024-05-03T08:00:00Z"), "Rel-20240503-01");
    assert_eq!(next("2024-05-03T23:59:59Z"), "Rel-20240503-02");
    assert_eq!(next("2024-05-04T00:00:00Z"), "Rel-20240504-01");
}

#[test]
fn an_empty_format_counts_releases() {
    for format in ["", "  "] {
        assert_eq!(render(format).counter_key(), Some("Release-"));
        assert_eq!(name(format), "Release-7");
    }
}

#[test]
fn a_counter_has_at_least_as_many_digits_as_letters() {
    assert_eq!(render("$(rev:rrr)").with_number(1), "001");
    assert_eq!(render("$(rev:rrr)").with_number(999), "999");
    assert_eq!(render("$(rev:rrr)").with_number(1_000), "1000");
    assert_eq!(render("$(rev:r)").with_number(u64::MAX), u64::MAX.to_string());
}

#[test]
fn a_counter_may_bring_what_stands_before_its_number() {
    assert_eq!(name("1.2$(Rev:.r)"), "1.2.7");
    assert_eq!(render("1.2$(Rev:.r)").counter_key(), Some("1.2"));
    assert_eq!(name("a$(rev:-rr)b"), "a-07b");
}

#[test]
fn a_counter_of_up_to_20_digits_is_one() {
    let most = "r".repeat(limits::RELEASE_COUNTER_DIGITS);
    assert_eq!(name(&format!("$(rev:{most})")), format!("{:020}", 7));
    assert_eq!(name(&format!("$(rev:{most}r)")), format!("$(rev:{most}r)"));
}

#[test]
fn token_names_ignore_case_and_inner_spaces() {
    assert_eq!(name("$(REV:RR)"), "07");
    assert_eq!(name("$( Rev : r )"), "7");
    assert_eq!(name("$(build. BUILDNUMBER)"), "20240503.7");
    assert_eq!(name("$(Artifact.My App.branch)"), "main");
    assert_eq!(name("$( date )"), "20240503");
    assert_eq!(token_key(" Build . BuildNumber"), "build.buildnumber");
}

#[test]
fn two_counters_of_a_name_show_the_same_number() {
    assert_eq!(name("$(rev:r) of $(rev:rr)"), "7 of 07");
}

#[test]
fn a_name_without_a_counter_has_no_key() {
    assert_eq!(render("$(Build.BuildNumber)").counter_key(), None);
    assert_eq!(name("$(Build.BuildNumber)"), "20240503.7");
    assert!(!NameFormat::parse("nightly").has_counter());
    assert!(NameFormat::parse("").has_counter());
}

#[test]
fn a_date_is_written_in_the_words_of_its_format() {
    let cases = [
        ("$(Date)", "20240503"),
        ("$(Date:yyyy-MM-dd)", "2024-05-03"),
        ("$(Date:yy.M.d)", "24.5.3"),
        ("$(Date:HHmmss)", "040506"),
        ("$(Date:H:m:s)", "4:5:6"),
        ("$(Date:hh h tt)", "04 4 AM"),
        ("$(Date:ddd d MMM)", "Fri 3 May"),
        ("$(Date:dddd d MMMM)", "Friday 3 May"),
        ("$(Date:MMddyy)", "050324"),
    ];
    for (format, expected) in cases {
        assert_eq!(name(format), expected, "{format}");
    }
}

#[test]
fn a_date_is_that_of_the_pipelines_zone() {
    let now = "2024-05-03T23:30:00Z";
    assert_eq!(render_in("$(Date:yyyyMMdd HH)", now, Tz::UTC).with_number(1), "20240503 23");
    assert_eq!(render_in("$(Date:yyyyMMdd HH)", now, Tz::Europe__Warsaw).with_number(1), "20240504 01");
}

#[test]
fn what_is_no_known_token_stays_as_it_is_written() {
    for format in ["$(Nobody Knows)", "$(rev)", "$(rev:x)", "$(rev:)", "$(Date:)", "$(rev", "$()", "a$b)"] {
        assert_eq!(name(format), format);
    }
    assert_eq!(name("$(rev $(rev:r)"), "$(rev 7");
}

#[test]
fn unknown_tokens_and_letters_of_dates_are_warned_of() {
    let format = NameFormat::parse("$(Build.BuildNumber) $(Color) $(Date:YYYY-MM) $(Date:yyyy) $(rev:r)");
    let warnings = format.warnings(&|key| key == "build.buildnumber");
    let expected = [
        NameWarning::UnknownToken { token: "$(Color)".to_owned() },
        NameWarning::UnknownDateLetter { token: "$(Date:YYYY-MM)".to_owned(), letter: 'Y' },
    ];
    assert_eq!(warnings, expected);
    assert_eq!(warnings[0].to_string(), "$(Color) is not known and stays as it is written");
}

#[test]
fn control_characters_become_spaces_and_the_ends_are_trimmed() {
    assert_eq!(name("$(control)"), "a b");
    assert_eq!(name(" $(empty) Rel $(empty) "), "Rel");
}

#[test]
fn a_name_of_which_nothing_is_left_is_counted_as_a_release() {
    assert_eq!(render("$(empty)").counter_key(), Some("Release-"));
    assert_eq!(name("$(empty)"), "Release-7");
}

#[test]
fn a_name_has_at_most_256_characters_and_keeps_its_number() {
    let long = render("$(long)-$(rev:r)");
    let (first, last) = (long.with_number(1), long.with_number(u64::MAX));
    assert!(first.ends_with("x1"), "{first}");
    assert_eq!(last.chars().count(), limits::RELEASE_NAME_CHARACTERS);
    assert!(last.ends_with(&u64::MAX.to_string()));
    assert_eq!(name("$(long)").chars().count(), limits::RELEASE_NAME_CHARACTERS);
    assert_eq!(name(&"ä".repeat(256)), "ä".repeat(256));
    assert_eq!(name(&"$(rev:rrrrrrrrrrrrrrrrrrrr)".repeat(30)).len(), limits::RELEASE_NAME_CHARACTERS);
}

#[test]
fn no_format_is_refused_and_every_name_is_short_and_clean() {
    // Every text of up to four of these parts.
    let parts = ["$(", ")", "rev:", "r", "Date:", "y", "é", " ", "\t", "$(long)"];
    let mut formats = vec![String::new()];
    for _ in 0..4 {
        formats = formats.iter().flat_map(|format| parts.map(|part| format!("{format}{part}"))).collect();
        for format in &formats {
            let name = name(format);
            assert!(!name.is_empty(), "{format:?}");
            assert!(name.chars().count() <= limits::RELEASE_NAME_CHARACTERS, "{format:?}");
            assert!(!name.contains(char::is_control), "{format:?}");
            assert_eq!(name, name.trim(), "{format:?}");
        }
    }
}

//! What is larger, deeper or stranger than any export gets an answer, soon and within bounds.

mod common;

use std::time::{Duration, Instant};

use common::{definition, stage, with};
use cutover_azure::documents::{Document, Release};
use cutover_azure::{FILE_BYTES, ImportError, Imported, ProblemKind, import};
use serde_json::{Value, json};

/// Far more than any of these takes on a machine that is busy; what grows with the square of a file takes hours.
const SOON: Duration = Duration::from_mins(10);

fn soon(bytes: &[u8]) -> Result<Imported, ImportError> {
    let begin = Instant::now();
    let answer = import(bytes);
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    answer
}

fn soon_of(document: &Value) -> Imported {
    soon(document.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// How much is said, in characters.
fn said(imported: &Imported) -> usize {
    imported
        .warnings
        .iter()
        .chain(&imported.notes)
        .map(|warning| {
            let places = std::iter::once(&warning.path).chain(&warning.also);
            warning.what.len() + places.map(String::len).sum::<usize>()
        })
        .sum()
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    let mut file = br#"{"name": "x", "environments": [], "description": ""#.to_vec();
    file.resize(100 * 1024 * 1024, b'x');
    let refused = Err(ImportError::TooLarge { bytes: file.len(), limit: FILE_BYTES });
    assert_eq!(soon(&file), refused);
    assert_eq!(Release::parse(&file).map(|_| ()), refused.map(|_| ()));
}

#[test]
fn depth_is_bounded_everywhere() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(2_000_000), close.repeat(2_000_000));
    for file in [deep("[", "]"), "{\"a\":".repeat(2_000_000), "[".repeat(FILE_BYTES)] {
        assert!(matches!(soon(file.as_bytes()), Err(ImportError::TooDeep { .. })));
        assert!(matches!(Release::parse(file.as_bytes()), Err(ImportError::TooDeep { .. })));
    }
    // Also within the text of a condition, which is JSON by itself.
    let condition =
        json!({ "name": "_web", "conditionType": 4, "value": format!("{{\"a\":{}", "[".repeat(100_000)) });
    let more = json!({ "artifacts": [{ "alias": "_web", "type": "Build", "isPrimary": true }] });
    let imported = soon_of(&with(definition(&[stage("Dev", json!({ "conditions": [condition] }))]), more));
    assert!(imported.warnings.iter().any(|warning| warning.what.contains("starts by hand only")));
}

#[test]
fn more_values_than_in_any_export_are_refused() {
    let empty = format!("[{}{{}}]", "{},".repeat(2_000_000));
    assert!(matches!(soon(empty.as_bytes()), Err(ImportError::TooManyValues { .. })));
}

#[test]
fn keys_that_stand_twice_are_told_of_and_the_last_one_counts() {
    let file = r#"{"name": "A", "name": "B", "environments": [{"name": "Dev", "name": "Dev", "conditions": [], "owner": null, "owner": null}]}"#;
    let imported = soon(file.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(imported.definition.name, "B");
    let paths: Vec<_> = imported.warnings.iter().map(|warning| warning.path.as_str()).collect();
    assert_eq!(paths, ["name", "environments[0].name", "environments[0].owner"]);
}

#[test]
fn many_oddities_are_told_of_in_bounds() {
    let many = |item: &str| format!("[{}]", vec![item; 150_000].join(","));
    for (key, item) in [("triggers", "7"), ("artifacts", "{}"), ("variableGroups", "[]"), ("tags", "{}")] {
        let file = format!(
            r#"{{"name": "x", "environments": [{{"name": "Dev", "conditions": []}}], "{key}": {}}}"#,
            many(item)
        );
        let imported = soon(file.as_bytes()).unwrap_or_else(|error| panic!("{key}: {error}"));
        assert!(said(&imported) < 1_000_000, "{key}: {}", said(&imported));
        let last = imported.warnings.last().map(|warning| warning.what.as_str()).unwrap_or_default();
        assert!(last.ends_with("more places are not named"), "{key}: {last}");
    }
}

#[test]
fn a_long_name_is_not_repeated_in_every_path_within_it() {
    let long = "x".repeat(4 * 1024 * 1024);
    let parts: Vec<_> = (0..5_000).map(|part| format!(r#""unknown{part}": 1"#)).collect();
    let file = format!(
        r#"{{"name": "x", "environments": [{{"name": "Dev", "conditions": []}}], "variables": {{"{long}": {{{}}}}}}}"#,
        parts.join(",")
    );
    let imported = soon(file.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    assert!(said(&imported) < 20 * 1024 * 1024, "{}", said(&imported));
}

#[test]
fn stages_are_counted_before_anything_is_compared() {
    let stages: Vec<_> =
        (0..100_000).map(|place| json!({ "name": place.to_string(), "conditions": [] })).collect();
    let answer = soon(definition(&stages).to_string().as_bytes());
    let Err(ImportError::Invalid(problems)) = answer else { panic!("{answer:?}") };
    assert_eq!(problems[0].what, ProblemKind::TooManyStages { stages: 100_000, limit: 1_000 });
}

#[test]
fn what_is_compared_with_each_other_is_found_soon() {
    // A thousand stages, each of which waits for all of the first fifty, in a circle.
    let name = |place: usize| format!("stage {place}");
    let condition = |other: usize| json!({ "name": name(other), "conditionType": 2, "value": "4" });
    let stages: Vec<_> = (0..1_000)
        .map(|place| {
            let conditions: Vec<_> = (0..50).map(|other| condition((place + other + 1) % 1_000)).collect();
            json!({ "name": name(place), "conditions": conditions })
        })
        .collect();
    let answer = soon(definition(&stages).to_string().as_bytes());
    assert!(matches!(answer, Err(ImportError::Invalid(_))), "{answer:?}");

    let inputs: Vec<_> =
        (0..40_000).map(|place| json!({ "name": format!("p{place}"), "defaultValue": "" })).collect();
    soon_of(&definition(&[stage("Dev", json!({ "processParameters": { "inputs": inputs } }))]));

    let variables: serde_json::Map<_, _> =
        (0..40_000).map(|place| (format!("v{place}"), json!({ "value": "" }))).collect();
    soon_of(&with(definition(&[stage("Dev", json!({}))]), json!({ "variables": variables })));

    let schedules: Vec<_> =
        (0..20_000).map(|hour| json!({ "daysToRelease": 127, "startHours": hour % 24 })).collect();
    soon_of(&definition(&[stage("Dev", json!({ "schedules": schedules }))]));
}

#[test]
fn texts_with_very_many_parts_are_cut_off() {
    let parts = "a,".repeat(2_000_000);
    let parallel = json!({ "parallelExecution": { "parallelExecutionType": 1, "multipliers": parts, "maxNumberOfAgents": 2 } });
    let job = json!({ "name": "Job", "phaseType": 1, "deploymentInput": parallel });
    let schedule = json!({ "daysToRelease": parts, "timeZoneId": "UTC" });
    let imported =
        soon_of(&definition(&[stage("Dev", json!({ "deployPhases": [job], "schedules": [schedule] }))]));
    let cut = imported.warnings.iter().filter(|warning| warning.what.starts_with("more than 1000 parts"));
    assert_eq!(cut.count(), 2);
    assert!(said(&imported) < 1_000_000, "{}", said(&imported));
}

#[test]
fn a_pattern_of_any_length_is_answered() {
    for pattern in ["(".repeat(1_000_000), "a{1000}{1000}".to_owned(), "x".repeat(1_000_000)] {
        let trigger = json!({ "triggerType": 4, "alias": "_web", "tagFilters": [{ "pattern": pattern }] });
        let more = json!({
            "triggers": [trigger],
            "artifacts": [{ "alias": "_web", "type": "DockerHub", "isPrimary": true }]
        });
        let imported = soon_of(&with(definition(&[stage("Dev", json!({}))]), more));
        assert!(!imported.definition.triggers[0].enabled);
    }
}

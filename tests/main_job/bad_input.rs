//! Bad input: a message that a person can act on, exit code 1 (2 for usage), and nothing changed on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cutover_store_file::{FileStore, FileStoreOptions};

use super::{quick, ship};

const SAMPLE: &str = include_str!("../../examples/pipelines/web-shop.json");

/// Every file beneath a folder, with what it holds.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                open.push(entry);
            } else {
                found.insert(entry.clone(), fs::read(&entry).unwrap());
            }
        }
    }
    found
}

/// Runs `ship`, which must fail with `code`, say all of `words`, and change nothing in `folder`.
fn fails(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) {
    let before = contents(folder);
    let ended = ship().args(arguments).args(["--yes", "--releases", "1"]).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?} should say {word:?}: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(contents(folder), before, "{arguments:?} changed something");
}

fn fails_on(definition: &str, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("definition.json");
    fs::write(&file, definition).unwrap();
    let data = folder.path().join("data");
    fails(folder.path(), &[file.to_str().unwrap(), "--data", data.to_str().unwrap()], 1, words);
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    fails_on("stages: [Dev]", &["error:", "JSON", "line 1"]);
}

#[test]
fn a_truncated_definition_is_refused() {
    fails_on(&SAMPLE[..SAMPLE.len() / 2], &["error:"]);
}

#[test]
fn a_release_is_told_from_a_definition() {
    let release = r#"{"id": 5, "name": "Release-5", "status": "active", "keepForever": false,
        "releaseDefinition": {"id": 1, "name": "Shop"}, "environments": [{"id": 9, "name": "Dev", "deploySteps": []}]}"#;
    fails_on(release, &["error:", "release"]);
}

#[test]
fn a_cycle_is_refused_with_its_stages() {
    let cycle = r#"{"name": "P", "environments": [
        {"id": 1, "name": "A", "rank": 1, "conditions": [{"name": "B", "conditionType": 2, "value": "4"}], "deployPhases": []},
        {"id": 2, "name": "B", "rank": 2, "conditions": [{"name": "A", "conditionType": 2, "value": "4"}], "deployPhases": []}]}"#;
    fails_on(cycle, &["error:", "A", "B"]);
}

#[test]
fn an_unknown_stage_is_refused_with_its_name() {
    let unknown = r#"{"name": "P", "environments": [
        {"id": 1, "name": "A", "rank": 1, "conditions": [{"name": "Nowhere", "conditionType": 2, "value": "4"}], "deployPhases": []}]}"#;
    fails_on(unknown, &["error:", "Nowhere"]);
}

#[test]
fn two_stages_of_one_name_are_refused() {
    let twice = r#"{"name": "P", "environments": [
        {"id": 1, "name": "Dev", "rank": 1, "deployPhases": []}, {"id": 2, "name": "dev", "rank": 2, "deployPhases": []}]}"#;
    fails_on(twice, &["error:", "dev"]);
}

#[test]
fn a_definition_without_stages_is_refused() {
    fails_on(
        r#"{"name": "P", "environments": [], "releaseNameFormat": "Release-$(rev:r)"}"#,
        &["error:", "stage"],
    );
}

#[test]
fn a_file_that_is_not_there_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fails(
        folder.path(),
        &["/nowhere/at-all.json", "--data", data.to_str().unwrap()],
        1,
        &["/nowhere/at-all.json"],
    );
}

#[test]
fn a_target_stage_that_is_not_there_is_refused_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let arguments = ["--data", data.to_str().unwrap(), "--until", "Nowhere"];
    fails(folder.path(), &arguments, 1, &["Nowhere", "Dev, QA, Production"]);
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    fails(folder.path(), &["--nonsense"], 2, &["--nonsense"]);
}

#[test]
fn gates_that_nobody_evaluates_make_no_release() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("definition.json");
    let mut gated: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
    let gate = r#"{"tasks": [{"taskId": "9c3e8943-130d-4c78-ac63-8af81df62dfb", "name": "Ask", "enabled": true, "inputs": {}}]}"#;
    let options = r#"{"isEnabled": true, "timeout": 60, "samplingInterval": 15, "stabilizationTime": 5, "minimumSuccessDuration": 0}"#;
    gated["environments"][1]["preDeploymentGates"] = serde_json::json!({
        "id": 1,
        "gatesOptions": serde_json::from_str::<serde_json::Value>(options).unwrap(),
        "gates": [serde_json::from_str::<serde_json::Value>(gate).unwrap()],
    });
    fs::write(&file, gated.to_string()).unwrap();
    let data = folder.path().join("data");
    let ended = ship().arg(&file).arg("--data").arg(&data).arg("--yes").output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("\"QA\" has gates that nothing here evaluates"), "{said}");
    assert!(!data.exists(), "nothing changed on disk");
}

/// Story: a task that speaks of a secret failed after everything had been created, also where it was only to be pretended.
#[test]
fn secrets_that_nobody_keeps_make_no_release_unless_they_are_pretended() {
    let folder = tempfile::tempdir().unwrap();
    let mut secret: serde_json::Value = serde_json::from_str(include_str!("quick.json")).unwrap();
    secret["variables"] = serde_json::json!({
        "Password": {"value": null, "isSecret": true},
        "Login": {"value": "--password $(password)"},
    });
    let file = folder.path().join("definition.json");
    let mut write = |script: &str| {
        secret["environments"][1]["deployPhases"][0]["workflowTasks"][0]["inputs"]["script"] = script.into();
        fs::write(&file, secret.to_string().replace("WITNESS", "witness")).unwrap();
    };
    write("test '$(login)' = '--password made up for Password'");
    let data = folder.path().join("data");
    let run = |more: &[&str]| {
        let ended =
            ship().arg(&file).arg("--data").arg(&data).args(["--yes", "--releases", "1"]).args(more).output();
        let ended = ended.unwrap();
        let said = [ended.stdout, ended.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (ended.status.code(), said.concat())
    };
    let (code, said) = run(&[]);
    let why = "a task of stage \"Dev\" speaks of \"password\", a secret that nothing here keeps";
    assert!(code == Some(1) && said.contains(why), "{said}");
    assert!(!data.exists(), "nothing changed on disk");
    let (code, said) = run(&["--pretend"]);
    assert!(code == Some(0) && !said.contains("made up"), "{said}");
    assert!(!said.contains("rejected"), "{said}");
}

/// A store with some history, closed.
fn shipped() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut shipping = ship();
    shipping.arg(quick(folder.path())).arg("--data").arg(&data).args(["--yes", "--releases", "2"]);
    let ended = shipping.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    (folder, data)
}

fn first_segment(data: &Path) -> PathBuf {
    let mut segments: Vec<PathBuf> = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).collect();
    segments.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    segments.sort();
    segments.remove(0)
}

#[test]
fn a_folder_that_is_open_elsewhere_is_refused_with_its_holder() {
    let (folder, data) = shipped();
    let _held = FileStore::open(&data, FileStoreOptions::default()).unwrap();
    let process = std::process::id().to_string();
    fails(folder.path(), &["--data", data.to_str().unwrap()], 1, &["open elsewhere", &process]);
}

#[test]
fn a_log_that_is_damaged_in_the_middle_is_refused_with_the_place() {
    let (folder, data) = shipped();
    let segment = first_segment(&data);
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(&segment, bytes).unwrap();
    let name = segment.file_name().unwrap().to_str().unwrap();
    fails(folder.path(), &["--data", data.to_str().unwrap()], 1, &["damaged", name]);
}

#[test]
fn a_log_of_a_later_format_is_refused_with_both_formats() {
    let (folder, data) = shipped();
    let segment = first_segment(&data);
    let text = String::from_utf8(fs::read(&segment).unwrap()).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    println!("{header}");
    fs::write(&segment, format!("{}\n{rest}", later(header))).unwrap();
    fails(folder.path(), &["--data", data.to_str().unwrap()], 1, &["format 2", "later"]);
}

/// The same header, of format 2.
fn later(header: &str) -> String {
    header.replacen(" 1 ", " 2 ", 1)
}

#[test]
fn a_folder_that_is_not_writable_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody, not even root, makes folders in a file or in /proc.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    fails(folder.path(), &["--data", file.to_str().unwrap()], 1, &["not a folder"]);
    if Path::new("/proc/self").exists() {
        fails(folder.path(), &["--data", "/proc/cutover-data"], 1, &["/proc/cutover-data"]);
    }
}

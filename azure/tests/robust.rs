//! Whatever stands at whatever place: there is an answer, and it shows no value of a variable or an input.

mod common;

use common::fixture;
use common::said::news;
use cutover_azure::{ImportError, Imported, export, import};
use serde_json::{Value, json};

const FIXTURES: [&str; 3] = ["full-names.json", "old.json", "template.json"];

/// Oddities at each place: all of them would take minutes.
const TURNS: usize = 2;

/// Values that may stand anywhere in a file that somebody made by hand.
fn oddities() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(9_007_199_254_740_993_i64),
        json!(1e300),
        json!(""),
        json!("{}"),
        json!("@{value=hunter2; isSecret=True}"),
        json!("System.Object[]"),
        json!("\u{0}"),
        json!("x".repeat(300)),
        json!([]),
        json!({}),
        json!([null, [], {}, "a", 1]),
        json!({ "": null, "id": {}, "name": [], "value": {}, "isSecret": "?" }),
    ]
}

/// The pointers of all values of a document.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{place}"), all);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                pointers(item, &format!("{at}/{}", escaped(key)), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn says_nothing_new_after_an_export(first: &Imported, of: &str) {
    let Ok(exported) = export(&first.definition) else { panic!("{of} is not exported") };
    let Ok(second) = import(exported.document.as_bytes()) else { panic!("{of} is not imported again") };
    assert_eq!((&second.definition, news(first, &second)), (&first.definition, Vec::new()), "{of}");
}

#[test]
fn every_oddity_at_every_place_gets_an_answer() {
    let oddities = oddities();
    for name in FIXTURES {
        let Ok(document) = serde_json::from_slice::<Value>(&fixture(name)) else { panic!("{name} is JSON") };
        let mut all = Vec::new();
        pointers(&document, "", &mut all);
        for (place, pointer) in all.into_iter().enumerate() {
            // The places of a file are alike in groups: over all of them, each oddity has its turns.
            for turn in 0..TURNS {
                let oddity = &oddities[(place + turn * 3) % oddities.len()];
                let mut changed = document.clone();
                if let Some(place) = changed.pointer_mut(&pointer) {
                    *place = oddity.clone();
                }
                let said = match import(changed.to_string().as_bytes()) {
                    Ok(imported) => {
                        if turn == 0 {
                            says_nothing_new_after_an_export(
                                &imported,
                                &format!("{name}{pointer}: {oddity}"),
                            );
                        }
                        format!("{:?} {:?}", imported.warnings, imported.notes)
                    }
                    Err(error) => format!("{error} {error:?}"),
                };
                let may_be_secret = ["/variables/", "/inputs/", "/environment/"]
                    .into_iter()
                    .any(|part| pointer.contains(part));
                assert!(!(may_be_secret && said.contains("hunter2")), "{name}{pointer}: {said}");
            }
        }
    }
}

#[test]
fn every_beginning_of_a_file_is_told_to_end_early() {
    let file = fixture("old.json");
    let whole = file.trim_ascii_end().len();
    for end in 1..whole {
        assert!(matches!(import(&file[..end]), Err(ImportError::Truncated { .. })), "{end}");
    }
}

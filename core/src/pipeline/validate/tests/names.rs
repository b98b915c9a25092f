//! P1: names, folders, texts.

use super::{NOTHING, problems_after};
use crate::{fold, limits, zone_named};

#[test]
fn a_pipeline_has_a_name_of_1_to_256_characters() {
    assert_eq!(problems_after(|pipeline| pipeline.name = "a".to_owned()), NOTHING);
    assert_eq!(problems_after(|pipeline| pipeline.name = "ä".repeat(256)), NOTHING);
    assert_eq!(
        problems_after(|pipeline| pipeline.name = "ä".repeat(257)),
        ["name: must have 1 to 256 characters, has 257"]
    );
    assert_eq!(
        problems_after(|pipeline| pipeline.name = String::new()),
        ["name: must have 1 to 256 characters, has 0"]
    );
}

#[test]
fn a_name_that_stands_in_a_path_has_none_of_nine_characters() {
    for forbidden in ['"', ':', '<', '>', '\\', '/', '|', '?', '*'] {
        let found = problems_after(|pipeline| pipeline.name = format!("a{forbidden}b"));
        assert_eq!(found.len(), 1, "{forbidden}: {found:?}");
    }
    assert_eq!(problems_after(|pipeline| pipeline.name = "a+b (c) [d] 'e' $f.g-h_i".to_owned()), NOTHING);
}

#[test]
fn a_name_neither_begins_nor_ends_with_a_dot_or_a_space() {
    for name in [".a", "a.", " a", "a "] {
        let found = problems_after(|pipeline| pipeline.name = name.to_owned());
        assert_eq!(found.len(), 1, "{name:?}: {found:?}");
    }
    assert_eq!(problems_after(|pipeline| pipeline.name = "a. b".to_owned()), NOTHING);
}

#[test]
fn a_name_has_no_control_characters() {
    assert_eq!(
        problems_after(|pipeline| pipeline.name = "a\nb".to_owned()),
        ["name: must not contain control characters, contains '\\n'"]
    );
}

#[test]
fn a_folder_is_a_path_from_the_root() {
    for folder in ["\\", "\\shop", "\\shop\\web and api"] {
        assert_eq!(problems_after(|pipeline| pipeline.folder = folder.to_owned()), NOTHING);
    }
    for folder in ["", "shop", "\\shop\\", "\\\\shop", "\\a/b", "\\.a"] {
        let found = problems_after(|pipeline| pipeline.folder = folder.to_owned());
        assert_eq!(found.len(), 1, "{folder:?}: {found:?}");
        assert!(found[0].starts_with("folder: "), "{found:?}");
    }
}

#[test]
fn a_folder_that_is_too_long_is_one_problem_whatever_is_in_it() {
    let folder = "\\".repeat(limits::FOLDER_CHARACTERS + 1);
    let found = problems_after(|pipeline| pipeline.folder = folder);
    assert_eq!(found, ["folder: must have at most 400 characters, has 401"]);
    let folder = format!("\\{}\\{}", "a".repeat(199), "b".repeat(199));
    assert_eq!(folder.len(), limits::FOLDER_CHARACTERS);
    assert_eq!(problems_after(|pipeline| pipeline.folder = folder), NOTHING);
}

#[test]
fn texts_and_tags_have_limits() {
    let long = "x".repeat(limits::DESCRIPTION_CHARACTERS);
    assert_eq!(problems_after(|pipeline| pipeline.description.clone_from(&long)), NOTHING);
    assert_eq!(
        problems_after(|pipeline| pipeline.description = format!("{long}x")),
        ["description: must have at most 10000 characters, has 10001"]
    );
    let tags = |count: usize| (0..count).map(|tag| tag.to_string()).collect();
    assert_eq!(problems_after(|pipeline| pipeline.tags = tags(limits::TAGS)), NOTHING);
    assert_eq!(
        problems_after(|pipeline| pipeline.tags = tags(limits::TAGS + 1)),
        ["tags: must have at most 100 entries, has 101"]
    );
}

#[test]
fn a_format_of_names_that_only_looks_odd_is_no_problem() {
    for format in ["", "$(rev", "$(nobody.knows)", "no counter"] {
        assert_eq!(problems_after(|pipeline| pipeline.release_name_format = format.to_owned()), NOTHING);
    }
    let long = "x".repeat(limits::RELEASE_NAME_FORMAT_CHARACTERS + 1);
    assert_eq!(
        problems_after(|pipeline| pipeline.release_name_format = long),
        ["release_name_format: must have at most 1000 characters, has 1001"]
    );
}

#[test]
fn properties_are_found_by_their_key() {
    let found = problems_after(|pipeline| {
        pipeline.properties.insert("a.b".to_owned(), "x".repeat(limits::VARIABLE_BYTES + 1));
    });
    assert_eq!(found, ["properties[\"a.b\"]: must have at most 65536 bytes, has 65537"]);
}

#[test]
fn zones_are_iana_names_and_none_is_utc() {
    assert_eq!(zone_named(""), Some(chrono_tz::UTC));
    assert_eq!(zone_named("Europe/Warsaw"), Some(chrono_tz::Europe::Warsaw));
    assert_eq!(zone_named("W. Europe Standard Time"), None);
}

#[test]
fn names_are_the_same_if_their_folded_forms_are() {
    assert_eq!(fold("ÄRGER und QA"), fold("ärger UND qa"));
    assert_ne!(fold("QA"), fold("QA 1"));
}

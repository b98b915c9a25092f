//! Names are compared exactly, byte by byte, whatever they are made of.

use super::StoreUnderTest;
use super::drafts::{accepted, conflict, mismatch, one, page, says, stream, whole_log};

/// Names that some store or file system takes for the same.
const ALIKE: [&[&str]; 8] = [
    // Composed and decomposed.
    &["caf\u{e9}", "cafe\u{301}", "cafe"],
    // Case, also where a letter has a special one.
    &["web", "Web", "WEB", "stra\u{df}e", "strasse", "\u{131}", "i", "I", "\u{130}"],
    // Space around and within.
    &["a", "a ", " a", "a\t", "a\n", "a\r\n", "a\u{a0}", "a  b", "a b"],
    // Paths.
    &["release/1", "release/1/", "release//1", "release/./1", "release\\1", "release/01"],
    // Places that a file system knows.
    &["..", ".", "/", "../..", "/etc/passwd", "CON", "nul", "~"],
    // What looks the same, or like nothing.
    &["A1", "\u{410}1", "\u{391}1", "\u{200b}", "\u{200d}", "\u{feff}", "\u{feff}a", "\u{fe0f}a"],
    // Quotes, escapes, wild cards.
    &["'", "\"", "`", "\\", "\\\\", "%", "_", "*", "?", "a%", "a_", "\\u0061", "%61", "&#97;"],
    // What ends a text elsewhere.
    &["\u{0}", "x\u{0}", "x", "x\u{0}y", "\u{1a}", "\u{7f}", "\u{2028}", "\u{1f680}", "\u{10ffff}"],
];

fn alike() -> impl Iterator<Item = &'static str> {
    ALIKE.into_iter().flatten().copied()
}

/// Each of many similar names is a stream of its own, and comes back as it was. Guards against databases that compare by a
/// language's rules, and against names that become part of a path or a query.
pub async fn similar_names_are_different_streams(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for name in alike() {
        accepted(&*store, one(name, 0, name)).await;
    }
    for name in alike() {
        assert_eq!(says(&*store, name).await, [name], "stream {name:?}");
        assert_eq!(page(&*store, name, 0, 10).await[0].stream, stream(name));
    }
    let log = whole_log(&*store).await;
    let names = log.iter().map(|commit| commit.events[0].stream.as_str());
    assert!(names.eq(alike()));
}

/// A conflict names the stream exactly, and only that stream. Guards against expectations that are looked up more loosely
/// than reads.
pub async fn conflicts_name_streams_exactly(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    for name in alike() {
        accepted(&*store, one(name, 0, "x")).await;
    }
    for name in alike() {
        assert_eq!(conflict(&*store, one(name, 0, "again")).await, [mismatch(name, 0, 1)]);
        accepted(&*store, one(name, 1, "y")).await;
    }
}

/// Names of the greatest length are taken whole, also where only their last byte differs, or a character of several bytes
/// stands at the end. Guards against columns that cut.
pub async fn the_longest_names_are_kept_whole(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let names = [
        format!("{}a", "x".repeat(511)),
        format!("{}b", "x".repeat(511)),
        "x".repeat(511),
        "\u{1f680}".repeat(128),
        format!("{}\u{1f681}", "\u{1f680}".repeat(127)),
        "\u{0}".repeat(512),
    ];
    for name in &names {
        accepted(&*store, one(name, 0, name.len())).await;
    }
    for name in &names {
        assert_eq!(says(&*store, name).await, [name.len().to_string()]);
    }
}

/// Every character that is a name by itself, from all over Unicode, is its own stream. Guards against tables of characters
/// that end somewhere.
pub async fn any_character_makes_a_name(harness: &dyn StoreUnderTest) {
    let store = harness.fresh().await;
    let characters: Vec<String> = (0..=0x0010_ffff_u32)
        .step_by(7_919)
        .chain(0..0x100)
        .filter_map(char::from_u32)
        .map(String::from)
        .collect();
    let mut names: Vec<&String> = characters.iter().collect();
    names.sort_unstable();
    names.dedup();
    for name in &names {
        accepted(&*store, one(name, 0, name)).await;
    }
    for name in &names {
        assert_eq!(says(&*store, name).await, [name.as_str()]);
    }
}

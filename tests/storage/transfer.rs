//! Exports: from store to store and back, and what becomes of one that is damaged.

use cutover::store::transfer::{
    Content, ExportReader, ImportError, Imported, Importer, LineFlaw, content_of, export,
};
use cutover::store::{CommitError, EventStore, Position};
use cutover_store_file::{FileStore, FileStoreOptions};
use cutover_store_memory::MemoryStore;
use futures::TryStreamExt;
use futures::executor::block_on;
use proptest::prelude::*;

use super::history::{Drawn, exported, histories, record, recorded};

fn import(store: &dyn EventStore, lines: &[String]) -> Result<Imported, ImportError> {
    block_on(async {
        let mut importer = Importer::new(store).await?;
        for line in lines {
            importer.line(line).await?;
        }
        importer.finish().await
    })
}

/// Without a store.
fn read(lines: &[String]) -> Result<Content, ImportError> {
    let mut reader = ExportReader::new();
    for line in lines {
        reader.read(line)?;
    }
    reader.finish()
}

fn of(history: &[Vec<Drawn>]) -> MemoryStore {
    let store = MemoryStore::new();
    record(&store, history);
    store
}

/// Three commits, with streams that go on.
fn some() -> MemoryStore {
    of(&[vec![(0, 2, 0), (1, 3, 1)], vec![(0, 2, 2), (2, 0, 3), (0, 1, 4)], vec![(1, 2, 5)]])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_exported_is_imported_the_same_into_a_store_of_any_kind(history in histories()) {
        let folder = tempfile::tempdir().unwrap();
        let first = of(&history);
        let lines = exported(&first);
        let file = FileStore::open(folder.path().join("store"), FileStoreOptions::default()).unwrap();
        let imported = import(&file, &lines).unwrap();
        prop_assert_eq!(imported.moved, None);
        prop_assert_eq!(recorded(&file), recorded(&first));
        prop_assert_eq!(&exported(&file), &lines);
        let back = MemoryStore::new();
        prop_assert_eq!(import(&back, &exported(&file)).unwrap(), imported);
        prop_assert_eq!(recorded(&back), recorded(&first));
        for store in [&first as &dyn EventStore, &file, &back] {
            prop_assert_eq!(block_on(content_of(store)).unwrap(), imported.content);
        }
        prop_assert_eq!(read(&lines).unwrap(), imported.content);
    }

    #[test]
    fn stores_with_another_content_have_another_digest(one in histories(), other in histories()) {
        let (one_holds, other_holds) = (of(&one), of(&other));
        let is_same = recorded(&one_holds) == recorded(&other_holds);
        let digests = (block_on(content_of(&one_holds)).unwrap(), block_on(content_of(&other_holds)).unwrap());
        prop_assert_eq!(digests.0 == digests.1, is_same);
    }
}

#[test]
fn an_export_has_a_line_for_each_commit_between_the_first_and_the_last() {
    let lines = exported(&of(&[vec![(0, 2, 0)]]));
    assert_eq!(lines[0], r#"{"format":"cutover-export","version":1}"#);
    assert_eq!(
        lines[1],
        r#"{"position":1,"id":"commit-0","command":"command \"0\"","actor":"system","time":"1970-01-01T00:00:00Z","events":[{"stream":"release/1","sequence":1,"name":"test.noted-2","schema":3,"cause":"command","payload":{}}]}"#
    );
    assert!(lines[2].starts_with(r#"{"commits":1,"events":1,"content":""#), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
}

#[test]
fn only_an_empty_store_takes_an_export() {
    let full = some();
    let refused = import(&full, &exported(&some())).unwrap_err();
    assert!(matches!(refused, ImportError::NotEmpty { head: Position(3) }), "{refused}");
    assert_eq!(recorded(&full), recorded(&some()));
}

#[test]
fn an_export_that_was_cut_off_anywhere_is_told() {
    let lines = exported(&some());
    for kept in 0..lines.len() {
        let told = read(&lines[..kept]).unwrap_err();
        assert!(matches!(told, ImportError::CutOff { lines } if lines == kept as u64), "{told}");
        let told = import(&MemoryStore::new(), &lines[..kept]).unwrap_err();
        assert!(matches!(told, ImportError::CutOff { .. }), "{told}");
    }
    let last = lines.len() - 1;
    for line in 0..lines.len() {
        for bytes in 0..lines[line].len() {
            if !lines[line].is_char_boundary(bytes) {
                continue;
            }
            let mut cut = lines[..=line].to_vec();
            cut[line].truncate(bytes);
            let told = read(&cut).unwrap_err();
            assert!(matches!(told, ImportError::Line { line: at, .. } if at == line as u64 + 1), "{told}");
        }
    }
    assert!(read(&lines[..=last]).is_ok());
}

#[test]
fn a_line_with_any_byte_changed_is_told_by_it_or_by_the_last() {
    let lines = exported(&some());
    for line in 0..lines.len() {
        for place in 0..lines[line].len() {
            let mut bytes = lines[line].clone().into_bytes();
            bytes[place] = if bytes[place] == b'7' { b'8' } else { b'7' };
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let mut damaged = lines.clone();
            damaged[line] = changed;
            let told = read(&damaged).unwrap_err();
            let (own, last) = (line as u64 + 1, lines.len() as u64);
            let is_named = matches!(told, ImportError::Line { line: at, .. } if at == own || at == own + 1 || at == last);
            assert!(is_named, "line {own}, byte {place}: {told}");
        }
    }
}

fn flaw(lines: &[String]) -> (u64, LineFlaw) {
    match read(lines).unwrap_err() {
        ImportError::Line { line, flaw } => (line, flaw),
        other => panic!("{other}"),
    }
}

#[test]
fn lines_that_are_missing_or_repeated_or_swapped_are_told() {
    let lines = exported(&some());
    let mut missing = lines.clone();
    missing.remove(2);
    assert!(matches!(flaw(&missing), (4, LineFlaw::Content { .. })));
    let mut repeated = lines.clone();
    repeated.insert(2, lines[2].clone());
    assert!(matches!(flaw(&repeated), (4, LineFlaw::Position { before: Position(2), found: Position(2) })));
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    assert!(matches!(flaw(&swapped), (3, LineFlaw::Position { .. })));
    let mut trailing = lines.clone();
    trailing.push(String::new());
    assert!(matches!(flaw(&trailing), (6, LineFlaw::Trailing)));
    let mut moved = lines.clone();
    moved[3] = moved[3].replace(r#""position":3"#, r#""position":4"#);
    assert!(matches!(flaw(&moved), (5, LineFlaw::Changed { .. })));
}

#[test]
fn a_sequence_that_does_not_follow_is_told() {
    let lines = exported(&some());
    let mut within = lines.clone();
    within[2] = within[2].replace(r#""sequence":3"#, r#""sequence":4"#);
    let (line, told) = flaw(&within);
    assert_eq!(
        (line, told.to_string().as_str()),
        (3, "stream release/1 should go on with sequence 3, and it does with 4")
    );
    let mut none = lines.clone();
    none[1] = none[1].replacen(r#""sequence":1"#, r#""sequence":0"#, 1);
    assert!(matches!(flaw(&none), (2, LineFlaw::Sequence { .. })));
    let mut later = lines;
    later[3] = later[3].replace(r#""sequence":2"#, r#""sequence":7"#);
    let told = import(&MemoryStore::new(), &later).unwrap_err();
    assert!(matches!(told, ImportError::NotTaken { line: 4, source: CommitError::Conflict(_) }), "{told}");
}

#[test]
fn what_is_no_export_and_what_a_later_release_exported_are_told() {
    let line = |text: &str| [text.to_owned()];
    assert!(matches!(flaw(&line("hello")), (1, LineFlaw::NotAnExport)));
    assert!(matches!(flaw(&line(r#"{"format":"other","version":1}"#)), (1, LineFlaw::NotAnExport)));
    let later = line(r#"{"format":"cutover-export","version":2,"more":true}"#);
    assert!(matches!(flaw(&later), (1, LineFlaw::LaterVersion { found: 2 })));
    let told = read(&later).unwrap_err().to_string();
    assert!(told.starts_with("line 1 of the export: it was exported in version 2"), "{told}");
}

#[test]
fn positions_that_differ_are_told() {
    let mut lines = exported(&some());
    // As of a store that numbers with gaps: the last line says so, too.
    lines[3] = lines[3].replace(r#""position":3"#, r#""position":30"#);
    let told = match flaw(&lines) {
        (5, LineFlaw::Changed { found, .. }) => found,
        other => panic!("{other:?}"),
    };
    let last = lines[4].find(r#""lines":"#).unwrap();
    lines[4].replace_range(last.., &format!(r#""lines":"{told}"}}"#));
    let target = MemoryStore::new();
    let imported = import(&target, &lines).unwrap();
    assert_eq!(imported.moved, Some(Position(30)));
    assert_eq!(imported.content, block_on(content_of(&some())).unwrap());
}

#[test]
fn an_export_ends_where_the_store_stood_when_it_began() {
    let (store, expected) = (some(), exported(&some()));
    block_on(async {
        let mut lines = export(&store);
        let mut all = vec![lines.try_next().await.unwrap().unwrap()];
        let more = super::history::commits(&[vec![(3, 2, 0)]]).remove(0);
        store.commit(more).await.unwrap();
        while let Some(line) = lines.try_next().await.unwrap() {
            all.push(line);
        }
        assert_eq!(all, expected);
    });
}

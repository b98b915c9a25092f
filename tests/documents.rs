//! What the documents say is so.

#[test]
fn the_readme_shows_the_quickstart_as_it_is() {
    let readme = include_str!("../README.md");
    let quickstart = include_str!("../examples/quickstart.rs");
    let code = quickstart.lines().skip_while(|line| line.starts_with("//!") || line.is_empty());
    let code = code.collect::<Vec<_>>().join("\n");
    assert!(readme.contains(&code), "copy the code of examples/quickstart.rs into README.md");
    assert!(quickstart.lines().count() < 60, "the first thing that a reader sees is short");
}

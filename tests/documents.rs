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

#[test]
fn the_readme_shows_what_is_embedded_as_it_is() {
    let embed = unindented(include_str!("../examples/embed.rs"));
    let (_, section) =
        include_str!("../README.md").split_once("## Embed it").expect("there is such a section");
    let (section, _) = section.split_once("\n## ").expect("it is not the last");
    let blocks: Vec<_> = section.split("```").skip(1).step_by(2).collect();
    assert!(!blocks.is_empty(), "it shows code");
    for block in blocks {
        let code = block.strip_prefix("rust,ignore\n").expect("it is Rust");
        for part in code.split("\n\n") {
            assert!(
                embed.contains(&unindented(part)),
                "copy this from examples/embed.rs into README.md: {part}"
            );
        }
    }
}

fn unindented(code: &str) -> String {
    code.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

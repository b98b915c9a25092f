//! When two artifact sources are the same, so that they share a feed (A1).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{ArtifactKind, Digest, SourceId, fold, limits};

/// Parts of a reference that say how versions are taken, chosen or shown, and not what the source is.
const NO_IDENTITY: [&str; 10] = [
    "artifactsourcedefinitionurl",
    "artifactsourceversionurl",
    "branch",
    "branches",
    "checkoutnestedsubmodules",
    "checkoutsubmodules",
    "fetchdepth",
    "gitlfssupport",
    "ismultidefinitiontype",
    "istriggeringartifact",
];

/// The feed of a source, by its kind and its reference (A1): pipelines that name the same thing share it, whatever their aliases.
///
/// It is written `kind:part=value,part=value`, the parts in the order of their names. These do not count: the case of a part's name, a
/// part `x.name` beside a part `x` (what people call it), and parts that say how versions are chosen or fetched, such as `branch`:
/// a feed holds the versions of all branches. For a kind of the host's own all parts count. Values are compared with case, as
/// they are. What is too long for an id is written as its digest.
///
/// ```
/// use std::collections::BTreeMap;
/// use cutover::ArtifactKind;
/// use cutover::artifact::source_of;
///
/// let reference = [("project", "shop"), ("Definition", "12"), ("definition.name", "Shop CI")];
/// let reference: BTreeMap<_, _> = reference.map(|(part, value)| (part.to_owned(), value.to_owned())).into();
/// assert_eq!(source_of(&ArtifactKind::Build, &reference).as_str(), "build:definition=12,project=shop");
/// ```
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "what is short enough and has no control characters is a valid id"
)]
pub fn source_of(kind: &ArtifactKind, reference: &BTreeMap<String, String>) -> SourceId {
    let parts: BTreeMap<String, &String> =
        reference.iter().map(|(part, value)| (fold(part), value)).collect();
    let is_name = |part: &str| part.strip_suffix(".name").is_some_and(|of| parts.contains_key(of));
    let is_of_host = matches!(kind, ArtifactKind::Other(_));
    let counts = |part: &str| !is_name(part) && (is_of_host || !NO_IDENTITY.contains(&part));
    let counted = parts.iter().filter(|(part, value)| counts(part) && !value.is_empty());
    let written: Vec<String> =
        counted.map(|(part, value)| format!("{}={}", escaped(part), escaped(value))).collect();
    let kind = match kind {
        ArtifactKind::Build => "build".to_owned(),
        ArtifactKind::Git => "git".to_owned(),
        ArtifactKind::GitHub => "github".to_owned(),
        ArtifactKind::ContainerRegistry => "container-registry".to_owned(),
        ArtifactKind::PackageFeed => "package-feed".to_owned(),
        ArtifactKind::Jenkins => "jenkins".to_owned(),
        // No two kinds are written alike: those of the engine have no dot.
        ArtifactKind::Other(name) => format!("other.{}", escaped(&fold(name))),
    };
    let text = format!("{kind}:{}", written.join(","));
    if text.len() <= limits::ID_BYTES {
        return SourceId::new(text).expect("it fits, and what is escaped has no control characters");
    }
    SourceId::new(format!("#{}", Digest::of(text.as_bytes()))).expect("a digest is short")
}

/// With `%` and the code of what would be taken for something else.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_control() || matches!(character, '%' | ',' | '=' | ':' | '#') {
            // Writing into a string does not fail.
            let _ = write!(escaped, "%{:X};", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &ArtifactKind, parts: &[(&str, &str)]) -> String {
        let reference = parts.iter().map(|(part, value)| ((*part).to_owned(), (*value).to_owned()));
        source_of(kind, &reference.collect()).to_string()
    }

    #[test]
    fn the_same_thing_has_the_same_feed_however_it_is_told() {
        let repository = of(&ArtifactKind::Git, &[("project", "shop"), ("definition", "9")]);
        assert_eq!(repository, "git:definition=9,project=shop");
        for told in [
            vec![("Project", "shop"), ("definition", "9"), ("definition.name", "web")],
            vec![("project", "shop"), ("definition", "9"), ("branch", "main"), ("fetchDepth", "1")],
            vec![("project", "shop"), ("definition", "9"), ("feed", "")],
        ] {
            assert_eq!(of(&ArtifactKind::Git, &told), repository, "{told:?}");
        }
    }

    #[test]
    fn different_things_have_different_feeds() {
        let long = "x".repeat(300);
        let feeds = [
            of(&ArtifactKind::Build, &[("definition", "9")]),
            of(&ArtifactKind::Git, &[("definition", "9")]),
            of(&ArtifactKind::Build, &[("definition", "9"), ("project", "shop")]),
            of(&ArtifactKind::Build, &[("definition", "9,project=shop")]),
            of(&ArtifactKind::Build, &[("definition", "Web")]),
            of(&ArtifactKind::Build, &[("definition", "web")]),
            of(&ArtifactKind::Build, &[("definition.name", "9")]),
            of(&ArtifactKind::Other("build".to_owned()), &[("definition", "9")]),
            of(&ArtifactKind::Other("hook".to_owned()), &[("branch", "a")]),
            of(&ArtifactKind::Other("hook".to_owned()), &[("branch", "b")]),
            of(&ArtifactKind::Build, &[("definition", &long)]),
            of(&ArtifactKind::Build, &[("definition", &long), ("project", "shop")]),
            of(&ArtifactKind::Build, &[]),
        ];
        let different: std::collections::BTreeSet<_> = feeds.iter().collect();
        assert_eq!(different.len(), feeds.len(), "{feeds:?}");
    }

    #[test]
    fn any_text_makes_an_id() {
        let feed = of(&ArtifactKind::Other("a\nb".to_owned()), &[("\u{7}", "\0"), ("é", "倉庫")]);
        assert_eq!(feed, "other.a%A;b:%7;=%0;,é=倉庫");
    }
}

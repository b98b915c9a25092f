//! Which versions pass (A5): patterns of branches, tags, and regular expressions for the names of images and packages (T4).

use std::collections::BTreeSet;

use regex_lite::{Regex, RegexBuilder};

use crate::{ArtifactVersion, VersionFilter, fold};

/// What a branch's full name begins with; with it and without it, it is the same branch.
const HEADS: &str = "refs/heads/";

/// How deep the groups of a regular expression may stand in each other, and how large it may become once it is compiled. Ours: a
/// pattern of versions is a line, and is compiled each time it is asked.
const PATTERN_DEPTH: u32 = 50;
const PATTERN_BYTES: usize = 1_024 * 1_024;

/// Whether a version passes at least one of the filters; without filters every version does (A5).
pub fn passes(filters: &[VersionFilter], version: &ArtifactVersion) -> bool {
    passes_one(filters, version, &version.branch)
}

/// The same for a version that came from a pull request, by the branch that it is to be merged into (T3). One that did not never passes.
pub fn passes_target(filters: &[VersionFilter], version: &ArtifactVersion) -> bool {
    let target = version.pull_request.as_ref().map(|from| &from.target_branch);
    target.is_some_and(|target| passes_one(filters, version, target))
}

fn passes_one(filters: &[VersionFilter], version: &ArtifactVersion, branch: &str) -> bool {
    filters.is_empty() || filters.iter().any(|filter| passes_filter(filter, version, branch))
}

fn passes_filter(filter: &VersionFilter, version: &ArtifactVersion, branch: &str) -> bool {
    let VersionFilter { branches, tags, version_pattern: pattern, default_branch_only } = filter;
    passes_branches(branches, branch)
        && has_all(&version.tags, tags)
        && (!default_branch_only || version.is_of_default_branch)
        // What does not compile was refused with the definition; if it is here all the same, it lets nothing pass.
        && pattern.as_ref().is_none_or(|it| version_pattern(it).is_ok_and(|it| it.is_match(&version.name)))
}

/// Whether a branch matches at least one pattern that includes, or there is none, and no pattern that excludes: those begin with `-`.
///
/// ```
/// use cutover::artifact::passes_branches;
///
/// let features = ["features/*", "-features/x"].map(ToOwned::to_owned);
/// assert!(passes_branches(&features, "refs/heads/features/a/b"));
/// assert!(!passes_branches(&features, "features/x") && !passes_branches(&features, "main"));
/// ```
pub fn passes_branches(patterns: &[String], branch: &str) -> bool {
    let excluded = |pattern: &String| pattern.strip_prefix('-').is_some_and(|it| matches(it, branch));
    let mut includes = patterns.iter().filter(|pattern| !pattern.starts_with('-')).peekable();
    let is_included = includes.peek().is_none() || includes.any(|pattern| matches(pattern, branch));
    is_included && !patterns.iter().any(excluded)
}

fn matches(pattern: &str, branch: &str) -> bool {
    let short = |name| str::strip_prefix(name, HEADS).unwrap_or(name);
    matches_as_written(pattern, branch) || matches_as_written(short(pattern), short(branch))
}

/// Each `*` stands for any run of characters, also none. From left to right, each piece as early as it can be, the last at the end.
fn matches_as_written(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        let Some(place) = text.find(piece) else { return false };
        text = &text[place + piece.len()..];
    }
    text.ends_with(last)
}

fn has_all(tags: &BTreeSet<String>, wanted: &BTreeSet<String>) -> bool {
    wanted.iter().all(|wanted| tags.iter().any(|tag| fold(tag) == fold(wanted)))
}

/// A pattern of versions that is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a regular expression: {what}")]
pub struct InvalidPattern {
    /// What is wrong with it.
    pub what: String,
}

/// A pattern of versions, compiled (T4). It matches anywhere in a version's name, unless it says `^` or `$`, and takes time in
/// proportion to the name's length, whatever the pattern.
///
/// # Errors
/// [`InvalidPattern`] for what is no regular expression, or too large a one.
pub fn version_pattern(pattern: &str) -> Result<Regex, InvalidPattern> {
    let mut builder = RegexBuilder::new(pattern);
    builder.nest_limit(PATTERN_DEPTH).size_limit(PATTERN_BYTES);
    builder.build().map_err(|error| InvalidPattern { what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts<C: FromIterator<String>>(texts: &[&str]) -> C {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn branches_pass_as_their_patterns_say() {
        for (patterns, passing, failing) in [
            (&[][..], &["main", "", "refs/pull/1/merge"][..], &[][..]),
            (&["*"], &["main", "", "a/b"], &[]),
            (&["main"], &["main", "refs/heads/main"], &["Main", "main2", "a/main", "refs/tags/main", ""]),
            (&["refs/heads/main"], &["main", "refs/heads/main"], &["refs/heads/main2"]),
            (&["refs/tags/v1"], &["refs/tags/v1"], &["v1", "refs/heads/v1"]),
            (
                &["features/*"],
                &["features/a", "features/a/b", "refs/heads/features/a"],
                &["features", "xfeatures/a"],
            ),
            (&["rel*/v*"], &["rel/v", "release/1/v2"], &["rel/x", "v"]),
            (&["a*a"], &["aa", "aba"], &["a", "ab"]),
            (&["*a*b*"], &["ab", "xaxbx"], &["ba"]),
            (&["refs/*/main"], &["refs/heads/main", "refs/tags/main"], &["main"]),
            (
                &["features/*", "-features/x"],
                &["features/a", "features/xx"],
                &["features/x", "refs/heads/features/x"],
            ),
            (&["-features/*"], &["main", ""], &["features/a"]),
            (&["-*"], &[], &["main", ""]),
            (&["main", "dev"], &["main", "dev"], &["other"]),
        ] {
            let told: Vec<String> = texts(patterns);
            for branch in passing {
                assert!(passes_branches(&told, branch), "{patterns:?} takes {branch:?}");
            }
            for branch in failing {
                assert!(!passes_branches(&told, branch), "{patterns:?} does not take {branch:?}");
            }
        }
    }

    #[test]
    fn every_tag_of_a_filter_must_be_on_the_version_in_any_case() {
        let filter = |tags: &[&str]| [VersionFilter { tags: texts(tags), ..VersionFilter::default() }];
        let version = ArtifactVersion::new("1").with_tag("Good").with_tag("signed");
        assert!(passes(&filter(&[]), &version) && passes(&filter(&["good", "SIGNED"]), &version));
        assert!(!passes(&filter(&["good", "new"]), &version));
    }

    #[test]
    fn one_of_several_filters_is_enough_and_each_must_match_as_a_whole() {
        let on = |branch: &str, tag: &str| VersionFilter {
            branches: texts(&[branch]),
            tags: texts(&[tag]),
            ..VersionFilter::default()
        };
        let filters = [on("main", "good"), on("dev", "new")];
        let version = |branch: &str, tag: &str| ArtifactVersion::new("1").on_branch(branch).with_tag(tag);
        assert!(passes(&filters, &version("main", "good")) && passes(&filters, &version("dev", "new")));
        assert!(!passes(&filters, &version("main", "new")) && !passes(&filters, &version("dev", "good")));
    }

    #[test]
    fn only_a_version_of_the_sources_default_branch_passes_where_that_is_asked() {
        let filters = [VersionFilter { default_branch_only: true, ..VersionFilter::default() }];
        let version = ArtifactVersion::new("1").on_branch("main");
        assert!(!passes(&filters, &version));
        assert!(passes(&filters, &ArtifactVersion { is_of_default_branch: true, ..version }));
    }

    #[test]
    fn a_pattern_is_searched_in_the_versions_name() {
        let filter = |pattern: &str| {
            [VersionFilter { version_pattern: Some(pattern.to_owned()), ..VersionFilter::default() }]
        };
        let version = ArtifactVersion { name: "v1.20.3-rc1".to_owned(), ..ArtifactVersion::new("id") };
        assert!(passes(&filter("rc"), &version) && passes(&filter(r"^v\d+\.\d+\.\d+"), &version));
        assert!(!passes(&filter(r"^v\d+\.\d+\.\d+$"), &version) && !passes(&filter("id"), &version));
        assert!(!passes(&filter("("), &version), "what is no expression lets nothing pass");
        assert!(version_pattern(&format!("{}a{}", "(".repeat(60), ")".repeat(60))).is_err());
    }

    #[test]
    fn a_pull_request_is_judged_by_the_branch_that_it_is_to_be_merged_into() {
        let filters = [VersionFilter { branches: texts(&["main"]), ..VersionFilter::default() }];
        let version = ArtifactVersion::new("1").on_branch("main");
        assert!(!passes_target(&filters, &version) && !passes_target(&[], &version));
        let version = version.on_branch("features/a").from_pull_request("refs/heads/main");
        assert!(passes_target(&filters, &version) && passes_target(&[], &version));
        assert!(!passes_target(&filters, &version.from_pull_request("dev")));
    }

    /// As the rule says it, letter by letter, trying every length for each `*`.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|length| naive(rest, &text[length..])),
            Some((letter, rest)) => text.first() == Some(letter) && naive(rest, &text[1..]),
        }
    }

    fn naive_branch(pattern: &str, branch: &str) -> bool {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        let without = |text: &str| letters(text.strip_prefix("refs/heads/").unwrap_or(text));
        naive(&letters(pattern), &letters(branch)) || naive(&without(pattern), &without(branch))
    }

    proptest! {
        #[test]
        fn branches_pass_as_a_naive_matcher_says(
            patterns in prop::collection::vec("(-)?(refs/heads/)?[ab/*é]{1,6}", 0..4),
            branch in "(refs/heads/)?[ab/é]{0,7}",
        ) {
            let (excludes, includes): (Vec<&String>, Vec<_>) = patterns.iter().partition(|it| it.starts_with('-'));
            let expected = (includes.is_empty() || includes.iter().any(|it| naive_branch(it, &branch)))
                && !excludes.iter().any(|it| naive_branch(&it[1..], &branch));
            prop_assert_eq!(passes_branches(&patterns, &branch), expected);
        }
    }
}

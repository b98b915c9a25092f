//! Filters of versions: of triggers, and of conditions of stages (A5).

use std::collections::BTreeSet;

use cutover::artifact::version_pattern;
use cutover::{VersionFilter, limits};
use serde_json::{Value, json};

use crate::left_out;
use crate::read::Node;

/// Filters of one source, as they are written: alternatives, but for branches that are excluded.
#[derive(Default)]
pub(crate) struct Filters {
    includes: Vec<VersionFilter>,
    excluded: BTreeSet<String>,
    /// Whether tagging a version counts too.
    pub(crate) on_tagging: bool,
    /// Whether a pattern could not be read, so that more would pass than should.
    pub(crate) is_unreadable: bool,
}

impl Filters {
    /// Reads a list of filters.
    pub(crate) fn read(list: &Node<'_>) -> Self {
        let mut filters = Self::default();
        for item in list.items() {
            filters.add(&item);
        }
        filters
    }

    /// Reads one more filter; `targetBranch` is what pull requests call their branch.
    pub(crate) fn add(&mut self, node: &Node<'_>) {
        node.object(left_out::NONE, |fields| {
            let (target, source) = (fields.take("targetBranch"), fields.take("sourceBranch"));
            if let (Some(_), Some(_)) = (target.name(), source.name()) {
                source
                    .warn("a branch beside that into which pull requests go: only the latter is taken over");
            }
            let branch = target.name().or_else(|| source.name());
            let tags: BTreeSet<_> = fields.take("tags").texts().into_iter().collect();
            let pattern = self.pattern(&fields.take("tagFilter"));
            let default_branch_only = fields.take("useBuildDefinitionBranch").flag();
            let tagging = fields.take("createReleaseOnBuildTagging");
            let on_tagging = tagging.flag().unwrap_or(false);
            if let Some(excluded) = branch.as_ref().filter(|branch| branch.starts_with('-')) {
                if !tags.is_empty() || pattern.is_some() || default_branch_only == Some(true) {
                    node.warn(
                        "an excluded branch with tags or patterns: the branch is excluded whatever they are",
                    );
                }
                if on_tagging {
                    tagging.note("says nothing of a branch that is excluded: left out");
                }
                self.excluded.insert(excluded.clone());
                return;
            }
            if !self.includes.is_empty() && self.on_tagging != on_tagging {
                tagging.warn(
                    "not as the filters before it say: where tagging counts for one, it counts for all",
                );
            }
            self.on_tagging |= on_tagging;
            self.includes.push(VersionFilter {
                branches: branch.into_iter().collect(),
                tags,
                version_pattern: pattern,
                default_branch_only: default_branch_only.unwrap_or(false),
            });
        });
    }

    /// The regular expression of a filter of images' tags.
    pub(crate) fn pattern(&mut self, filter: &Node<'_>) -> Option<String> {
        filter.object(left_out::NONE, |filter| {
            let node = filter.take("pattern");
            let pattern = node.name()?;
            if pattern.len() > 4 * limits::PATTERN_CHARACTERS || version_pattern(&pattern).is_err() {
                node.warn(format!(
                    "{} is no regular expression that can be read here: the filter is left out",
                    node.shown()
                ));
                self.is_unreadable = true;
                return None;
            }
            Some(pattern)
        })
    }

    /// The alternatives. What is excluded is excluded from each of them: by itself it would let every other branch pass.
    pub(crate) fn into_alternatives(self) -> Vec<VersionFilter> {
        let mut includes = self.includes;
        if includes.is_empty() && !self.excluded.is_empty() {
            includes.push(VersionFilter::default());
        }
        for include in &mut includes {
            include.branches.extend(self.excluded.iter().cloned());
        }
        includes
    }
}

/// Writes alternatives, each with one branch at most, and then what is excluded from all of them.
pub(crate) fn write(filters: &[VersionFilter], branch_key: &str, on_tagging: bool) -> Vec<Value> {
    let mut written = Vec::new();
    let mut excluded = BTreeSet::new();
    for VersionFilter { branches, tags, version_pattern, default_branch_only } in filters {
        let (others, included): (Vec<_>, Vec<_>) =
            branches.iter().partition(|branch| branch.starts_with('-'));
        excluded.extend(others);
        let included = included.into_iter().map(Some);
        let any = branches.iter().all(|branch| branch.starts_with('-')).then_some(None);
        for branch in any.into_iter().chain(included) {
            let mut filter = json!({
                branch_key: branch,
                "tags": tags,
                "useBuildDefinitionBranch": default_branch_only,
                "createReleaseOnBuildTagging": on_tagging,
            });
            if let Some(pattern) = version_pattern {
                filter["tagFilter"] = json!({ "pattern": pattern });
            }
            written.push(filter);
        }
    }
    let excluded = excluded.into_iter();
    written.extend(excluded.map(|branch| json!({ branch_key: branch, "tags": [] })));
    written
}

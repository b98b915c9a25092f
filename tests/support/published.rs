//! Which triggers want a release of a publication: by the rules, letter by letter (A5, T1, T3).

use cutover::{ArtifactVersion, TriggerKind, VersionFilter};

/// What a feed tells of, with the version before it where only tags are new.
#[derive(Clone, Debug)]
pub struct Publication {
    pub version: ArtifactVersion,
    pub before: Option<ArtifactVersion>,
}

pub fn is_wanted(kind: &TriggerKind, publication: &Publication) -> bool {
    let Publication { version, before } = publication;
    match (kind, &version.pull_request) {
        (TriggerKind::ContinuousDeployment { filters, on_tagging, .. }, None) => {
            let has_fitted =
                before.as_ref().is_some_and(|before| !on_tagging || fits(filters, before, &before.branch));
            !has_fitted && fits(filters, version, &version.branch)
        }
        (TriggerKind::PullRequest { filters, .. }, Some(from)) => {
            before.is_none() && fits(filters, version, &from.target_branch)
        }
        (TriggerKind::ContinuousDeployment { .. }, Some(_))
        | (TriggerKind::PullRequest { .. }, None)
        | (TriggerKind::Scheduled(_), _) => false,
    }
}

fn fits(filters: &[VersionFilter], version: &ArtifactVersion, branch: &str) -> bool {
    filters.is_empty() || filters.iter().any(|filter| fits_one(filter, version, branch))
}

fn fits_one(filter: &VersionFilter, version: &ArtifactVersion, branch: &str) -> bool {
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    let (excludes, includes): (Vec<&str>, Vec<&str>) =
        filter.branches.iter().map(String::as_str).partition(|pattern| pattern.starts_with('-'));
    let is_like = |pattern: &&str| is_like(pattern.trim_start_matches('-').as_bytes(), branch.as_bytes());
    let has = |wanted: &String| version.tags.iter().any(|tag| tag.eq_ignore_ascii_case(wanted));
    (includes.is_empty() || includes.iter().any(is_like))
        && !excludes.iter().any(is_like)
        && filter.tags.iter().all(has)
}

fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|length| is_like(rest, &text[length..])),
        Some((letter, rest)) => text.first() == Some(letter) && is_like(rest, &text[1..]),
    }
}

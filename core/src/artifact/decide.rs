use std::collections::BTreeSet;

use super::state::Version;
use super::{ArtifactCommand, ArtifactEvent, ArtifactFeed, ArtifactRefusal};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::text::length_fits;
use crate::{ArtifactVersion, Context, Subject, Timestamp, limits};

impl Aggregate for ArtifactFeed {
    type Command = ArtifactCommand;
    type Event = ArtifactEvent;
    type Refusal = ArtifactRefusal;

    fn needs(&self, _: &Subject, _: &ArtifactCommand) -> Vec<Subject> {
        Vec::new()
    }

    fn decide(
        &self,
        command: &ArtifactCommand,
        _: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<ArtifactEvent>, ArtifactRefusal> {
        match command {
            ArtifactCommand::Publish(version) => self.publish(version),
            ArtifactCommand::Tag { version, tags } => self.tag(version, tags),
        }
    }

    fn evolve(&mut self, event: &ArtifactEvent, at: Timestamp) -> Result<(), Impossible> {
        self.fold(event, at)
    }
}

impl ArtifactFeed {
    /// A2: the same content again changes nothing, other content is refused.
    fn publish(&self, version: &ArtifactVersion) -> Result<Vec<ArtifactEvent>, ArtifactRefusal> {
        expect_fitting(version)?;
        let Some(known) = self.kept.version(&version.id) else {
            self.expect_newer_than_forgotten(version)?;
            let version = version.clone();
            return Ok(vec![ArtifactEvent::Published { publication: self.next(), version }]);
        };
        expect_same(known, version)?;
        Ok(Vec::new())
    }

    /// A2, A4: the version that somebody names. Where the feed knows its id, it is what the feed says, with all the tags that it has by
    /// now: of one that is given in full nothing may differ. Where it does not, it is what was said.
    pub(crate) fn named<'v>(
        &'v self,
        given: &'v ArtifactVersion,
    ) -> Result<&'v ArtifactVersion, ArtifactRefusal> {
        let Some(known) = self.kept.version(&given.id) else {
            expect_fitting(given)?;
            return Ok(given);
        };
        if *given != ArtifactVersion::new(&given.id) {
            expect_same(known, given)?;
        }
        Ok(&known.now)
    }

    /// A2: what may have been published before, and was forgotten since, must not become the latest once more.
    fn expect_newer_than_forgotten(&self, version: &ArtifactVersion) -> Result<(), ArtifactRefusal> {
        match self.kept.forgotten.zip(version.time) {
            Some((forgotten, time)) if time <= forgotten => {
                Err(ArtifactRefusal::AsOldAsForgotten { version: version.id.clone(), forgotten })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A2: a publication of its own kind.
    fn tag(&self, id: &str, tags: &BTreeSet<String>) -> Result<Vec<ArtifactEvent>, ArtifactRefusal> {
        let unknown = || ArtifactRefusal::UnknownVersion { version: id.to_owned() };
        let known = self.kept.version(id).ok_or_else(unknown)?;
        let tags = known.new_tags(tags);
        if tags.is_empty() {
            return Ok(Vec::new());
        }
        expect_tags(&tags, known.now.tags.len() + tags.len())?;
        Ok(vec![ArtifactEvent::Tagged { publication: self.next(), version: id.to_owned(), tags }])
    }

    fn next(&self) -> u64 {
        self.newest_publication() + 1
    }
}

/// A2: a version never changes. It may be said as it was published, or with the tags that it got later.
fn expect_same(known: &Version, version: &ArtifactVersion) -> Result<(), ArtifactRefusal> {
    let is_known = known.new_tags(&version.tags).is_empty();
    let what = first_difference(&known.published, version).or((!is_known).then_some("set of tags"));
    match what {
        None => Ok(()),
        Some(what) => Err(ArtifactRefusal::OtherContent { version: version.id.clone(), what }),
    }
}

/// The first part, tags aside, in which a version differs from the one that was published.
fn first_difference(published: &ArtifactVersion, version: &ArtifactVersion) -> Option<&'static str> {
    let parts = [
        ("name", published.name == version.name),
        ("branch", published.branch == version.branch),
        ("commit", published.commit == version.commit),
        ("time", published.time == version.time),
        ("pull request", published.pull_request == version.pull_request),
        ("default branch", published.is_of_default_branch == version.is_of_default_branch),
    ];
    parts.into_iter().find(|(_, is_same)| !is_same).map(|(what, _)| what)
}

fn expect_fitting(version: &ArtifactVersion) -> Result<(), ArtifactRefusal> {
    if version.id.is_empty() {
        return Err(ArtifactRefusal::NoId);
    }
    let target = version.pull_request.as_ref().map_or("", |from| from.target_branch.as_str());
    length_fits("the version's id", &version.id, limits::NAME_CHARACTERS)?;
    length_fits("the version's name", &version.name, limits::NAME_CHARACTERS)?;
    length_fits("the version's commit", &version.commit, limits::NAME_CHARACTERS)?;
    length_fits("the version's branch", &version.branch, limits::PATTERN_CHARACTERS)?;
    length_fits("the pull request's target branch", target, limits::PATTERN_CHARACTERS)?;
    expect_tags(&version.tags, version.tags.len())
}

fn expect_tags(tags: &BTreeSet<String>, count: usize) -> Result<(), ArtifactRefusal> {
    if count > limits::TAGS {
        return Err(ArtifactRefusal::TooManyTags { tags: count, limit: limits::TAGS });
    }
    tags.iter().try_for_each(|tag| length_fits("a tag", tag, limits::NAME_CHARACTERS))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PullRequest;

    const LATER: Timestamp = Timestamp::MAX_UTC;

    fn feed(versions: impl IntoIterator<Item = ArtifactVersion>) -> ArtifactFeed {
        let mut feed = ArtifactFeed::default();
        for version in versions {
            for event in feed.publish(&version).expect("it is new") {
                feed.fold(&event, LATER).expect("it was decided");
            }
        }
        feed
    }

    fn on(branch: &str, id: u64) -> ArtifactVersion {
        ArtifactVersion::new(id.to_string()).on_branch(branch)
    }

    fn tag(feed: &mut ArtifactFeed, version: &str, tag: &str) {
        for event in feed.tag(version, &BTreeSet::from([tag.to_owned()])).expect("it is known") {
            feed.fold(&event, LATER).expect("it was decided");
        }
    }

    #[test]
    fn the_same_content_again_changes_nothing_and_other_content_is_refused_by_its_part() {
        let version = on("main", 1);
        let mut feed = feed([version.clone()]);
        assert_eq!(feed.publish(&version), Ok(Vec::new()));
        let pull_request = Some(PullRequest { target_branch: "main".to_owned() });
        for (what, other) in [
            ("name", ArtifactVersion { name: "other".to_owned(), ..version.clone() }),
            ("branch", ArtifactVersion { branch: "other".to_owned(), ..version.clone() }),
            ("commit", ArtifactVersion { commit: "other".to_owned(), ..version.clone() }),
            ("time", ArtifactVersion { time: Some(Timestamp::UNIX_EPOCH), ..version.clone() }),
            ("pull request", ArtifactVersion { pull_request, ..version.clone() }),
            ("default branch", ArtifactVersion { is_of_default_branch: true, ..version.clone() }),
            ("set of tags", version.clone().with_tag("new")),
        ] {
            let refused = ArtifactRefusal::OtherContent { version: "1".to_owned(), what };
            assert_eq!(feed.publish(&other), Err(refused));
        }
        tag(&mut feed, "1", "New");
        assert_eq!(feed.publish(&version), Ok(Vec::new()), "as it was published");
        assert_eq!(feed.publish(&version.with_tag("new")), Ok(Vec::new()), "as it is by now");
    }

    #[test]
    fn tags_that_a_version_has_in_any_case_are_already_so() {
        let mut feed = feed([on("main", 1).with_tag("Good")]);
        assert_eq!(feed.tag("1", &BTreeSet::from(["good".to_owned()])), Ok(Vec::new()));
        tag(&mut feed, "1", "signed");
        assert_eq!(feed.newest_publication(), 2);
        let tagged = feed.publication_after(1).expect("the tagging");
        assert!(tagged.version.tags.contains("signed"));
        let first = feed.publication_after(0).expect("the version");
        assert!(!first.version.tags.contains("signed"), "as it was when it was published");
        assert!(matches!(feed.tag("2", &BTreeSet::new()), Err(ArtifactRefusal::UnknownVersion { .. })));
    }

    #[test]
    fn a_version_has_as_many_tags_as_may_be_and_no_more() {
        let full = (0..limits::TAGS).fold(on("main", 1), |version, tag| version.with_tag(tag.to_string()));
        let feed = feed([full.clone()]);
        let refused = ArtifactRefusal::TooManyTags { tags: limits::TAGS + 1, limit: limits::TAGS };
        assert_eq!(feed.tag("1", &BTreeSet::from(["more".to_owned()])), Err(refused.clone()));
        let one_more = ArtifactVersion { id: "2".to_owned(), ..full.with_tag("more") };
        assert_eq!(feed.publish(&one_more), Err(refused));
    }

    #[test]
    fn the_newest_versions_and_the_newest_of_each_branch_are_kept() {
        let most = u64::try_from(limits::FEED_VERSIONS).expect("a small number");
        let old = [on("old", 1), on("old", 2), on("gone", 3)];
        let many = (4..=most + 3).map(|id| on("main", id));
        let mut feed = feed(old.into_iter().chain(many));
        assert_eq!(feed.version("1"), None, "neither new nor the newest of its branch");
        assert_eq!(feed.version("2"), Some(&on("old", 2)));
        assert_eq!(feed.version("3"), Some(&on("gone", 3)));
        assert_eq!(feed.version("4"), Some(&on("main", 4)), "the last that is among the newest");
        assert_eq!(feed.publication_after(0).map(|first| first.number), Some(2));
        assert_eq!(feed.versions().count(), limits::FEED_VERSIONS + 2);
        let event = ArtifactEvent::Published { publication: most + 4, version: on("old", most + 4) };
        feed.fold(&event, LATER).expect("it is the next one");
        assert_eq!(feed.version("2"), None, "no longer the newest of its branch");
        assert_eq!(feed.version("4"), None, "no longer among the newest");
        assert_eq!(feed.versions().count(), limits::FEED_VERSIONS + 1);
    }

    /// Story: a host that published a version again, long after, made a second release of it, and made it the latest.
    #[test]
    fn a_version_that_is_as_old_as_what_was_forgotten_is_not_published_again() {
        let most = u64::try_from(limits::FEED_VERSIONS).expect("a small number");
        let made = |id: u64| {
            let at = Timestamp::UNIX_EPOCH + chrono::TimeDelta::minutes(i64::try_from(id).expect("small"));
            ArtifactVersion { time: Some(at), ..on("main", id) }
        };
        let feed = feed((1..=most + 1).map(made));
        assert_eq!(feed.version("1"), None, "it is forgotten");
        let forgotten = Timestamp::UNIX_EPOCH + chrono::TimeDelta::minutes(1);
        let refused = ArtifactRefusal::AsOldAsForgotten { version: "1".to_owned(), forgotten };
        assert_eq!(feed.publish(&made(1)), Err(refused));
        assert_eq!(feed.publish(&made(2)), Ok(Vec::new()), "it is known");
        let late = ArtifactVersion { id: "late".to_owned(), ..made(2) };
        assert!(
            feed.publish(&late).is_ok_and(|events| events.len() == 1),
            "it is newer than what was forgotten"
        );
    }

    /// Story: one version said that it was made in 2099. When it was forgotten, nothing that said its time was taken any more.
    #[test]
    fn a_version_from_the_future_does_not_close_the_feed_once_it_is_forgotten() {
        let minute = |number| Timestamp::UNIX_EPOCH + chrono::TimeDelta::minutes(number);
        let made = |id: u64, time| ArtifactVersion { time: Some(time), ..on("main", id) };
        let mut feed = ArtifactFeed::default();
        let count = u64::try_from(limits::FEED_VERSIONS).expect("it is small");
        let first = made(0, minute(1_000_000_000));
        let others = (1..=count).map(|id| made(id, minute(10 + i64::try_from(id).expect("it is small"))));
        for version in std::iter::once(first).chain(others) {
            let at = version.time.map(|time| time.min(minute(5))).expect("it says one");
            let [event] = feed.publish(&version).expect("it is new").try_into().expect("one event");
            feed.fold(&event, at).expect("it was decided");
        }
        assert_eq!(feed.version("0"), None, "it is forgotten");
        assert!(feed.publish(&made(count + 1, minute(6))).is_ok(), "it was made after that was published");
        let refused = feed.publish(&made(count + 2, minute(5))).expect_err("it may be that old");
        let forgotten = minute(5);
        assert_eq!(
            refused,
            ArtifactRefusal::AsOldAsForgotten { version: (count + 2).to_string(), forgotten }
        );
    }

    #[test]
    fn what_cannot_have_been_decided_is_not_folded() {
        let mut feed = feed([on("main", 1)]);
        for event in [
            ArtifactEvent::Published { publication: 3, version: on("main", 2) },
            ArtifactEvent::Published { publication: 1, version: on("main", 2) },
            ArtifactEvent::Tagged { publication: 3, version: "1".to_owned(), tags: BTreeSet::new() },
        ] {
            assert!(feed.clone().fold(&event, LATER).is_err(), "{event:?}");
        }
        let published = ArtifactEvent::Published { publication: 2, version: on("main", 1) };
        assert!(feed.fold(&published, LATER).is_err());
    }
}

//! Generated publications, triggers and revisions: the releases that a pipeline makes are those that an independent, naive model
//! expects, none is made twice, and it makes no difference where whoever drives the pipeline crashes (T0, T1, T3, A4, A5, I8).
//!
//! `model.rs` says what ought to happen, from the whole history at once, and `published.rs` what a trigger wants; `world.rs` lets the core do it, on a memory store.
//! `PROPTEST_CASES=5000 cargo test --test triggers` tries more than the 256 cases that are the default.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that expects what is not there has failed")]

mod model;
#[path = "../support/published.rs"]
mod published;
mod world;

use cutover::{ArtifactVersion, TriggerKind, VersionFilter};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use model::Model;
use world::{Taken, World};

/// A trigger as it is generated: on the source `app`, with one filter at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    pub enabled: bool,
    pub is_of_pull_requests: bool,
    pub on_tagging: bool,
    pub branches: Vec<&'static str>,
    pub tags: Vec<&'static str>,
}

impl Trigger {
    pub fn kind(&self) -> TriggerKind {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let filter = VersionFilter {
            branches: owned(&self.branches),
            tags: owned(&self.tags).into_iter().collect(),
            ..VersionFilter::default()
        };
        let filters = if filter == VersionFilter::default() { Vec::new() } else { vec![filter] };
        let alias = "app".to_owned();
        if self.is_of_pull_requests {
            TriggerKind::PullRequest { alias, filters }
        } else {
            TriggerKind::ContinuousDeployment { alias, filters, on_tagging: self.on_tagging }
        }
    }
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Publish {
        branch: &'static str,
        tags: Vec<&'static str>,
        pull_request: bool,
    },
    /// Publishes a version that was published before.
    Again {
        version: usize,
    },
    Tag {
        version: usize,
        tag: &'static str,
    },
    /// Publishes a version of the other source, which every release needs.
    PublishOther,
    Revise(Vec<Trigger>),
    /// Whoever drives the pipeline makes so many commits at most.
    Drive {
        commits: usize,
    },
    /// What was in memory is lost; and perhaps the last command of the driver comes once more.
    Crash {
        repeats: bool,
    },
}

fn a_trigger() -> impl Strategy<Value = Trigger> {
    let branches = prop::sample::select(vec![
        vec![],
        vec!["main"],
        vec!["*"],
        vec!["f/*"],
        vec!["f/*", "-f/x"],
        vec!["-main"],
    ]);
    let tags = prop::sample::select(vec![vec![], vec!["good"], vec!["GOOD", "new"]]);
    let flags = (prop::bool::weighted(0.9), prop::bool::weighted(0.2), any::<bool>());
    (flags, branches, tags).prop_map(|((enabled, is_of_pull_requests, on_tagging), branches, tags)| Trigger {
        enabled,
        is_of_pull_requests,
        on_tagging,
        branches,
        tags,
    })
}

fn a_step() -> impl Strategy<Value = Step> {
    let branch = prop::sample::select(vec!["main", "refs/heads/main", "f/a", "f/x", ""]);
    let tags = prop::sample::select(vec![vec![], vec!["Good"], vec!["new"]]);
    prop_oneof![
        4 => (branch, tags, prop::bool::weighted(0.25))
            .prop_map(|(branch, tags, pull_request)| Step::Publish { branch, tags, pull_request }),
        1 => (0..20_usize).prop_map(|version| Step::Again { version }),
        3 => (0..20_usize, prop::sample::select(vec!["good", "new", "other"]))
            .prop_map(|(version, tag)| Step::Tag { version, tag }),
        1 => Just(Step::PublishOther),
        2 => prop::collection::vec(a_trigger(), 0..5).prop_map(Step::Revise),
        4 => (0..4_usize).prop_map(|commits| Step::Drive { commits }),
        2 => any::<bool>().prop_map(|repeats| Step::Crash { repeats }),
    ]
}

fn run(triggers: &[Trigger], steps: &[Step]) {
    let (mut world, mut model) = (World::new(triggers), Model::new(triggers));
    let mut published: Vec<ArtifactVersion> = Vec::new();
    for step in steps {
        match step {
            Step::Publish { branch, tags, pull_request } => {
                let version = ArtifactVersion::new(published.len().to_string()).on_branch(*branch);
                let version = tags.iter().fold(version, |version, tag| version.with_tag(*tag));
                let version = if *pull_request { version.from_pull_request(*branch) } else { version };
                world.publish("app", version.clone());
                model.publish(&version);
                published.push(version);
            }
            Step::Again { version } => {
                if let Some(version) = published.get(*version) {
                    world.publish("app", version.clone());
                }
            }
            Step::Tag { version, tag } => {
                if *version < published.len() {
                    world.tag(&version.to_string(), tag);
                    model.tag(*version, tag);
                }
            }
            Step::PublishOther => {
                world.publish("lib", ArtifactVersion::new("1"));
                model.has_other = true;
            }
            Step::Revise(triggers) => {
                world.revise(triggers);
                model.revise(triggers);
            }
            Step::Drive { commits } => {
                for _ in 0..*commits {
                    let taken = world.drive();
                    assert_eq!(taken == Taken::Something, model.drive(), "whether there is something to do");
                }
            }
            Step::Crash { repeats } => {
                // Where the triggers were others meanwhile, the command may find nothing left that wants a release.
                if world.crash(*repeats) == Taken::Something {
                    assert!(model.drive(), "there was something to do");
                }
            }
        }
        assert_eq!(world.releases(), model.releases, "what was made so far");
    }
    while model.drive() {
        assert_eq!(world.drive(), Taken::Something);
    }
    assert_eq!(world.drive(), Taken::Nothing);
    assert_eq!((world.releases(), world.declined()), (model.releases, model.declined));
    world.expect_bounded_commits();
}

fn config() -> ProptestConfig {
    let failures = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { failure_persistence: Some(Box::new(failures)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn exactly_the_releases_are_made_that_the_rules_expect(
        triggers in prop::collection::vec(a_trigger(), 0..4),
        steps in prop::collection::vec(a_step(), 1..40),
    ) {
        run(&triggers, &steps);
    }
}

#[test]
fn as_many_triggers_as_may_be_make_a_release_each_one_in_a_commit() {
    let trigger = Trigger {
        enabled: true,
        is_of_pull_requests: false,
        on_tagging: false,
        branches: Vec::new(),
        tags: Vec::new(),
    };
    let triggers = vec![trigger; cutover::limits::TRIGGERS];
    let publish = Step::Publish { branch: "main", tags: Vec::new(), pull_request: false };
    let crash = Step::Crash { repeats: true };
    run(
        &triggers,
        &[Step::PublishOther, publish, Step::Drive { commits: 40 }, crash, Step::Drive { commits: 61 }],
    );
}

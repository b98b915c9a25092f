//! What a history's pipelines are, and what they become in its course: those of the properties' whole worlds, with sources, triggers and
//! retention.

use std::collections::BTreeSet;

use cutover::*;
use cutover_engine::simulation::Dice;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::whole_plan::{WholePlan, any_whole_plan};

/// What versions are of: every pipeline that takes any takes both.
pub const ALIASES: [&str; 2] = ["app", "lib"];

/// The branches that versions are made from, or that pull requests are for.
pub const BRANCHES: [&str; 3] = ["main", "refs/heads/main", "f/a"];

/// What pipelines are drawn from.
pub struct Plan {
    pub first: WholePlan,
    /// Where edits take their stages from.
    later: WholePlan,
    takes_artifacts: [bool; 2],
}

fn whole(dice: &mut Dice) -> WholePlan {
    let mut seed = [0; 32];
    for bytes in seed.chunks_mut(8) {
        bytes.copy_from_slice(&dice.number().to_le_bytes());
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    any_whole_plan().new_tree(&mut runner).expect("nothing is filtered").current()
}

impl Plan {
    pub fn of(dice: &mut Dice) -> Self {
        let (first, later) = (whole(dice), whole(dice));
        Self { first, later, takes_artifacts: [0, 1].map(|_| !dice.one_in(3)) }
    }

    /// The pipeline at its first revision.
    pub fn definition(&self, place: usize, dice: &mut Dice) -> PipelineDefinition {
        let mut definition = self.first.definition(place);
        if self.takes_artifacts[place] {
            definition.artifacts = ALIASES.map(source).into();
        }
        definition.triggers = triggers(&definition, dice);
        for stage in &mut definition.stages {
            dress(stage, self.takes_artifacts[place], dice);
        }
        definition
    }

    /// Another one in its place: with a stage more or less, or another trigger, policy, approver or job.
    pub fn revised(&self, place: usize, current: &PipelineDefinition, dice: &mut Dice) -> PipelineDefinition {
        let mut next = current.clone();
        let others = self.later.definition(place).stages;
        let all: Vec<_> = others.iter().chain(&self.first.definition(place).stages).cloned().collect();
        let missing = all.into_iter().find(|stage| current.stage(stage.id).is_none());
        let chosen = dice.place(current.stages.len()).unwrap_or(0);
        let stage = next.stages[chosen].id;
        let other = others.into_iter().find(|other| other.id == stage);
        match (dice.below(6), missing, other) {
            (0, ..) => next.triggers = triggers(current, dice),
            (1 | 2, None, _) if next.stages.len() > 1 => drop(next.stages.remove(chosen)),
            (1..=3, Some(missing), _) => next.stages.push(missing),
            (4, _, Some(other)) => {
                let stage = &mut next.stages[chosen];
                (stage.queuing, stage.before) = (other.queuing, other.before);
            }
            (_, _, Some(other)) => {
                next.stages[chosen] = other;
                dress(&mut next.stages[chosen], self.takes_artifacts[place], dice);
            }
            (_, _, None) => dress(&mut next.stages[chosen], self.takes_artifacts[place], dice),
        }
        next.stages.sort_by_key(|stage| stage.id);
        let known: BTreeSet<StageId> = next.stages.iter().map(|stage| stage.id).collect();
        for stage in &mut next.stages {
            if let StageTrigger::AfterStages(earlier) = &mut stage.trigger {
                earlier.retain(|condition| known.contains(&condition.stage));
                if earlier.is_empty() {
                    stage.trigger = StageTrigger::AfterRelease;
                }
            }
        }
        next
    }

    /// Other jobs for a stage, as somebody may give them to a release (R7).
    pub fn jobs(&self, place: usize, stage: StageId) -> Option<Vec<Job>> {
        self.later.definition(place).stage(stage).map(|stage| stage.jobs.clone())
    }
}

/// Nothing that would make releases for ever.
pub fn without_schedules(mut definition: PipelineDefinition) -> PipelineDefinition {
    definition.triggers.retain(|trigger| !matches!(trigger.kind, TriggerKind::Scheduled(_)));
    definition
}

pub fn source(alias: &str) -> ArtifactSource {
    ArtifactSource {
        alias: alias.to_owned(),
        kind: ArtifactKind::Build,
        reference: [("definition".to_owned(), alias.to_owned())].into(),
        primary: alias == ALIASES[0],
        default_version: DefaultVersion::Latest,
    }
}

/// What the properties' stages lack: who may be deployed to them, and how long they keep it.
fn dress(stage: &mut Stage, takes_artifacts: bool, dice: &mut Dice) {
    let releases = u32::try_from(dice.below(2)).unwrap_or(0);
    stage.retention = Retention { days: 1, releases, keep_build: false };
    stage.pull_requests = dice.one_in(3);
    if takes_artifacts && dice.one_in(6) {
        let filter = VersionFilter { branches: vec!["main".to_owned()], ..VersionFilter::default() };
        let alias = ALIASES[0].to_owned();
        stage.artifact_filters = vec![StageArtifactFilter { alias, filters: vec![filter] }];
    }
}

fn triggers(definition: &PipelineDefinition, dice: &mut Dice) -> Vec<ReleaseTrigger> {
    let mut triggers = Vec::new();
    for _ in 0..dice.below(3) {
        let Some(source) = dice.one_of(&definition.artifacts) else { break };
        let (alias, filters) = (source.alias.clone(), filters(dice));
        let kind = if dice.one_in(4) {
            TriggerKind::PullRequest { alias, filters }
        } else {
            TriggerKind::ContinuousDeployment { alias, filters, on_tagging: dice.one_in(2) }
        };
        triggers.push(ReleaseTrigger { enabled: !dice.one_in(6), kind });
    }
    if dice.one_in(3) {
        let id = ScheduleId(1 + u32::try_from(dice.below(2)).unwrap_or(0));
        let (hour, minute) = (u32::try_from(dice.below(4)), u32::try_from(dice.below(60)));
        let mut schedule = Schedule::daily(id, hour.unwrap_or(0), minute.unwrap_or(0));
        if dice.one_in(3) {
            schedule = schedule.missed_after(20);
        }
        schedule.only_with_changes = dice.one_in(2);
        triggers.push(ReleaseTrigger { enabled: true, kind: TriggerKind::Scheduled(schedule) });
    }
    triggers
}

fn filters(dice: &mut Dice) -> Vec<VersionFilter> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let branches: [&[&str]; 5] = [&[], &["main"], &["f/*"], &["*", "-f/a"], &["-main"]];
    let tags: [&[&str]; 3] = [&[], &[], &["GOOD"]];
    let one = |dice: &mut Dice| VersionFilter {
        branches: owned(dice.one_of(&branches).copied().unwrap_or_default()),
        tags: owned(dice.one_of(&tags).copied().unwrap_or_default()).into_iter().collect(),
        ..VersionFilter::default()
    };
    (0..dice.below(3)).map(|_| one(dice)).collect()
}

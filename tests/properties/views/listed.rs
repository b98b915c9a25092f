//! Worlds with everything that lists are filtered by: names and tags, versions and branches, who did what, what is kept, deleted, restored or
//! abandoned, drafts, revisions that rename, pipelines that come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::TimeDelta;
use cutover::deployment::{Answer, Phase};
use cutover::transaction::Command;
use cutover::{
    ApprovalStep, ArtifactKind, ArtifactSource, ArtifactVersion, ClockChanges, DefaultVersion, DeployRequest,
    DeploymentId, DraftEdit, Moment, NewRelease, NotOver, PipelineCommand, PipelineDefinition, PipelineId,
    PipelineStatusCommand, QueuingPolicy, Release, ReleaseCommand, ReleaseEdit, ReleaseId, ReleaseState,
    ReleaseTrigger, Schedule, ScheduleId, Stage, StageId, Task, Timestamp, TriggerKind, Weekday,
};
use proptest::prelude::*;

use crate::model::Told;
use crate::people::{USERS, group, user};
use crate::whole::chores;
use crate::world::{World, timestamp};

const PIPELINES: [PipelineId; 2] = [PipelineId(1), PipelineId(2)];
const STAGES: [&str; 4] = ["Dev", "Prod Europe", "QA", "prod europe"];
const NAMES: [&str; 4] = ["Web Shop", "web-shop API v2", "Übersicht", "Shop (old)"];
const RELEASES: [&str; 4] = ["Hotfix 1", "Release-7", "hot.fix-web", "2.4.1 again"];
const VERSIONS: [(&str, &str); 4] =
    [("7", "build 7"), ("2.4.1", "2.4.1"), ("web-7", "Web-7"), ("12", "2.4.1")];
const BRANCHES: [&str; 4] = ["main", "refs/heads/main", "topic/a", ""];
const TAGS: [&str; 3] = ["hot", "Hot fix", "LATE"];

type Pick = u8;

#[derive(Clone, Debug)]
pub enum Step {
    Create {
        second: bool,
        by: Pick,
        version: Pick,
        draft: bool,
    },
    Edit {
        release: Pick,
        name: Option<Pick>,
        tags: Option<Pick>,
    },
    EditDraft {
        release: Pick,
        version: Pick,
    },
    Start(Pick),
    Keep {
        release: Pick,
        forever: bool,
    },
    Deploy {
        release: Pick,
        stage: Pick,
        by: Pick,
        minutes: Option<i64>,
    },
    Answer {
        approval: Pick,
        by: Pick,
        yes: bool,
    },
    Cancel {
        release: Pick,
        stage: Pick,
    },
    /// Somebody starts what waits for a moment (S7).
    BringForward {
        by: Pick,
    },
    Abandon(Pick),
    Reactivate(Pick),
    Delete(Pick),
    Restore(Pick),
    GoOn {
        which: Pick,
        fails: bool,
    },
    Revise {
        second: bool,
        name: Pick,
        stages: Pick,
    },
    DeletePipeline {
        second: bool,
    },
    RestorePipeline {
        second: bool,
    },
    Pass(i64),
}

fn pick() -> impl Strategy<Value = Pick> {
    0..=11_u8
}

pub fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any_step(), 60..100)
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => (any::<bool>(), pick(), pick(), prop::bool::weighted(0.25))
            .prop_map(|(second, by, version, draft)| Step::Create { second, by, version, draft }),
        6 => (pick(), prop::option::of(pick()), prop::option::of(pick()))
            .prop_map(|(release, name, tags)| Step::Edit { release, name, tags }),
        4 => (pick(), pick()).prop_map(|(release, version)| Step::EditDraft { release, version }),
        4 => pick().prop_map(Step::Start),
        5 => (pick(), any::<bool>()).prop_map(|(release, forever)| Step::Keep { release, forever }),
        5 => (pick(), pick(), pick(), prop::option::weighted(0.5, 1..=90_i64))
            .prop_map(|(release, stage, by, minutes)| Step::Deploy { release, stage, by, minutes }),
        14 => (pick(), pick(), prop::bool::weighted(0.8))
            .prop_map(|(approval, by, yes)| Step::Answer { approval, by, yes }),
        5 => (pick(), pick()).prop_map(|(release, stage)| Step::Cancel { release, stage }),
        3 => pick().prop_map(|by| Step::BringForward { by }),
        3 => pick().prop_map(Step::Abandon),
        1 => pick().prop_map(Step::Reactivate),
        8 => pick().prop_map(Step::Delete),
        3 => pick().prop_map(Step::Restore),
        30 => (pick(), prop::bool::weighted(0.2)).prop_map(|(which, fails)| Step::GoOn { which, fails }),
        3 => (any::<bool>(), pick(), pick())
            .prop_map(|(second, name, stages)| Step::Revise { second, name, stages }),
        1 => any::<bool>().prop_map(|second| Step::DeletePipeline { second }),
        2 => any::<bool>().prop_map(|second| Step::RestorePipeline { second }),
        5 => prop_oneof![4 => 1..=60_i64, 1 => Just(1_440), 1 => Just(-30)].prop_map(Step::Pass),
    ]
}

/// A world, and what is remembered of how it came about.
pub struct Listed {
    pub world: World,
    now: Timestamp,
    releases: u64,
    commands: u64,
    revisions: [u32; 2],
    script: Vec<String>,
}

fn chosen<T: Copy>(all: &[T], pick: Pick) -> T {
    all[usize::from(pick) % all.len()]
}

fn source(alias: &str, kind: ArtifactKind, primary: bool) -> ArtifactSource {
    let reference = BTreeMap::from([("definition".to_owned(), alias.to_owned())]);
    let default_version = DefaultVersion::ChosenAtCreation;
    ArtifactSource { alias: alias.to_owned(), kind, reference, primary, default_version }
}

fn taken(pick: Pick) -> BTreeMap<String, ArtifactVersion> {
    let version = |place: Pick, branch: Pick| {
        let (id, name) = chosen(&VERSIONS, place);
        ArtifactVersion {
            name: name.to_owned(),
            ..ArtifactVersion::new(id).on_branch(chosen(&BRANCHES, branch))
        }
    };
    BTreeMap::from([
        ("web".to_owned(), version(pick, pick)),
        ("docs".to_owned(), version(pick / 2, pick / 3)),
    ])
}

fn definition(place: usize, name: Pick, stages: Pick) -> PipelineDefinition {
    let one = NonZeroU32::MIN;
    let by_ops = ApprovalStep::group(group("ops"));
    let first =
        Stage::new(StageId(1), chosen(&STAGES, stages)).after_release().with_task(Task::command("first"));
    let second = Stage::new(StageId(2), chosen(&STAGES, stages + 1))
        .after(&[StageId(1)])
        .with_task(Task::command("then"));
    let second = second.with_queuing(QueuingPolicy::in_order(one)).with_approval(Moment::Before, by_ops);
    let mut definition = PipelineDefinition::new(chosen(&NAMES, name * 2 + place as Pick));
    definition.artifacts =
        vec![source("web", ArtifactKind::Build, true), source("docs", ArtifactKind::Git, false)];
    definition.stages = vec![first, second];
    if stages.is_multiple_of(3) {
        let third = Stage::new(StageId(3), "API \u{dc}bung").after_release().with_task(Task::command("else"));
        definition.stages.push(third.with_approval(Moment::After, ApprovalStep::user(user("dee"))));
    }
    if place == 1 {
        definition
            .triggers
            .push(ReleaseTrigger { enabled: true, kind: TriggerKind::Scheduled(nightly(name)) });
    }
    definition
}

fn nightly(hour: Pick) -> Schedule {
    Schedule {
        id: ScheduleId(1),
        days: [Weekday::Monday, Weekday::Thursday].into(),
        hour: u32::from(hour),
        minute: 0,
        zone: String::new(),
        clock_changes: ClockChanges::FirstReached,
        only_with_changes: false,
        missed_after_minutes: 1_440,
    }
}

impl Listed {
    pub fn new() -> Self {
        let mut world = World::empty();
        let now = timestamp(0);
        for (place, pipeline) in PIPELINES.into_iter().enumerate() {
            world.create(pipeline, definition(place, 0, place as Pick), now);
        }
        Self { world, now, releases: 0, commands: 0, revisions: [1, 1], script: Vec::new() }
    }

    /// Ends the test, saying why.
    pub fn fail(&self, what: &str) -> ! {
        panic!("{what}\n\nafter these commands:\n  {}\n", self.script.join("\n  "));
    }

    fn ask(&mut self, by: &str, command: Command) -> Result<bool, String> {
        self.commands += 1;
        self.script.push(format!("{}  {by:<6} {command:?}", self.now.format("%d %H:%M")));
        let happened = self.world.ask(by, self.commands, self.now, command)?;
        let refusal = happened.refusal.map_or_else(String::new, |refusal| format!(" ({refusal})"));
        if let Some(said) = self.script.last_mut() {
            said.push_str(&format!(" -> {:?}{refusal}", happened.outcome));
        }
        Ok(happened.recorded.is_some())
    }

    fn of_release(&mut self, release: Pick, by: Pick, command: ReleaseCommand) -> Result<(), String> {
        if self.releases == 0 {
            return Ok(());
        }
        let release = ReleaseId(self.releases - u64::from(release) % self.releases);
        self.ask(chosen(&USERS, by), Command::Release(release, command)).map(|_| ())
    }

    fn newest_in(&self, state: ReleaseState) -> Option<ReleaseId> {
        let mut fitting = self.world.releases().filter(|release| release.state() == state);
        fitting.find_map(|release| release.about().map(|about| about.id))
    }

    fn scheduled(&self) -> Option<DeploymentId> {
        let mut going_on = self.world.releases().flat_map(Release::going_on);
        going_on.find(|it| matches!(it.phase, Phase::Scheduled { .. })).map(|it| it.id)
    }

    pub fn perform(&mut self, step: &Step) -> Result<(), String> {
        let comment = String::new();
        match step {
            Step::Create { second, by, version, draft } => {
                self.create(usize::from(*second), *by, *version, *draft)
            }
            Step::Edit { release, name, tags } => {
                let name = name.map(|name| chosen(&RELEASES, name).to_owned());
                let tags: Option<BTreeSet<String>> = tags.map(|tags| {
                    let meant = TAGS.iter().zip(0..).filter(|(_, bit)| tags & (1 << bit) != 0);
                    meant.map(|(tag, _)| (*tag).to_owned()).collect()
                });
                self.of_release(
                    *release,
                    0,
                    ReleaseCommand::Edit(ReleaseEdit { name, tags, description: None }),
                )
            }
            Step::EditDraft { release, version } => {
                let draft = self.newest_in(ReleaseState::Draft).map(|id| (self.releases - id.0) as Pick);
                let edit = DraftEdit { artifacts: Some(taken(*version)), ..DraftEdit::default() };
                self.of_release(draft.unwrap_or(*release), 1, ReleaseCommand::EditDraft(edit))
            }
            Step::Start(release) => self.of_release(*release, 2, ReleaseCommand::Start),
            Step::Keep { release, forever: true } => {
                self.of_release(*release, 0, ReleaseCommand::KeepForever { comment })
            }
            Step::Keep { release, forever: false } => {
                self.of_release(*release, 0, ReleaseCommand::LetGo { comment })
            }
            Step::Deploy { release, stage, by, minutes } => {
                let mut request = DeployRequest::new(StageId(u32::from(*stage) % 3 + 1));
                request.at = minutes.map(|minutes| self.now + TimeDelta::minutes(minutes));
                self.of_release(*release, *by, ReleaseCommand::Deploy(request))
            }
            Step::Answer { approval, by, yes } => {
                let open = chores::open_approvals(&self.world.live);
                if open.is_empty() {
                    return Ok(());
                }
                let (id, asked) = open[usize::from(*approval) % open.len()].clone();
                let (_, may) = chores::approvers(&self.world.live, id, &asked);
                let by = may.get(usize::from(*by) % may.len().max(1)).copied().unwrap_or("ann");
                let answer = if *yes { Answer::Approve } else { Answer::Reject };
                let command = ReleaseCommand::Answer { approval: id, answer, comment };
                self.ask(by, Command::Release(id.deployment.release, command)).map(|_| ())
            }
            Step::Cancel { release, stage } => {
                let stage = StageId(u32::from(*stage) % 3 + 1);
                self.of_release(*release, 3, ReleaseCommand::Cancel { stage, comment })
            }
            Step::BringForward { by } => {
                let Some(id) = self.scheduled() else { return Ok(()) };
                let command = ReleaseCommand::Deploy(DeployRequest::new(id.stage));
                self.ask(chosen(&USERS, *by), Command::Release(id.release, command)).map(|_| ())
            }
            Step::Abandon(release) => self.of_release(*release, 0, ReleaseCommand::Abandon { comment }),
            Step::Reactivate(release) => self.of_release(*release, 0, ReleaseCommand::Reactivate),
            Step::Delete(release) => self.of_release(*release, 1, ReleaseCommand::Delete { comment }),
            Step::Restore(release) => self.of_release(*release, 1, ReleaseCommand::Restore),
            Step::GoOn { which, fails } => self.go_on(*which, *fails),
            Step::Revise { second, name, stages } => self.revise(usize::from(*second), *name, *stages),
            Step::DeletePipeline { second } => {
                let stages = self.stages_ever(PIPELINES[usize::from(*second)]);
                let command = PipelineStatusCommand::Delete { stages, not_over: NotOver::Refuse, comment };
                self.ask("ann", Command::PipelineStatus(PIPELINES[usize::from(*second)], command)).map(|_| ())
            }
            Step::RestorePipeline { second } => {
                let command =
                    Command::PipelineStatus(PIPELINES[usize::from(*second)], PipelineStatusCommand::Restore);
                self.ask("ann", command).map(|_| ())
            }
            Step::Pass(minutes) => {
                self.now += TimeDelta::minutes(*minutes);
                Ok(())
            }
        }
    }

    fn stages_ever(&self, pipeline: PipelineId) -> BTreeSet<StageId> {
        let known = self.world.live.get(&cutover::Subject::Pipeline(pipeline));
        known
            .and_then(|folded| folded.state().as_pipeline())
            .into_iter()
            .flat_map(|it| it.stages_ever())
            .collect()
    }

    fn create(&mut self, place: usize, by: Pick, version: Pick, draft: bool) -> Result<(), String> {
        let request = NewRelease { artifacts: taken(version), draft, ..NewRelease::default() };
        let release = ReleaseId(self.releases + 1);
        let command = PipelineCommand::CreateRelease { release, request };
        if self.ask(chosen(&USERS, by), Command::Pipeline(PIPELINES[place], command))? {
            self.releases += 1;
        }
        Ok(())
    }

    fn revise(&mut self, place: usize, name: Pick, stages: Pick) -> Result<(), String> {
        let revised = Arc::new(definition(place, name, stages));
        let against = self.revisions[place];
        let command = PipelineCommand::Revise { against, definition: revised, comment: String::new() };
        if self.ask("bob", Command::Pipeline(PIPELINES[place], command))? {
            self.revisions[place] += 1;
        }
        Ok(())
    }

    /// An engine does something that there is to do, or a deadline comes.
    fn go_on(&mut self, which: Pick, fails: bool) -> Result<(), String> {
        let due = chores::deadlines(&self.world.live).into_iter().find(|(at, _)| *at <= self.now);
        if let Some((_, deadline)) = due {
            return self.ask("system", chores::reach(deadline)).map(|_| ());
        }
        let all = chores::chores(&self.world.live, self.now);
        let Some(chore) = all.get(usize::from(which) % all.len().max(1)) else { return Ok(()) };
        let told = if fails { Told::Failed } else { Told::Succeeded };
        self.ask("system", chore.command(told, 0)).map(|_| ())
    }
}

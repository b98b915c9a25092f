//! One pipeline with all that it needs of a host, and a release that people and runners bring to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use cutover::deployment::{Answer, InterventionAnswer, Report};
use cutover::status::StageStatus;
use cutover::transaction::Command;
use cutover::{
    Actor, ApprovalId, Approver, ArtifactFilters, ArtifactVersion, Condition, DeployRequest, Job, JobKind,
    NewRelease, Parallelism, PipelineCommand, PipelineDefinition, PipelineId, Presence, Release,
    ReleaseCommand, ReleaseId, StageId, StageTrigger, TargetGroupId, TargetId, TargetsCommand, TaskId,
    UserId, Variable, VariableGroupCommand, VariableGroupId, Variables, Work,
};
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;

use crate::driver::Driver;

const PIPELINE: PipelineId = PipelineId(1);

const HOUR: TimeDelta = TimeDelta::hours(1);

/// Deadlines and hours that pass before a release is said to have got stuck: interventions and gates take days, schedules a week.
const STEPS: u32 = 24 * 100;

/// A pipeline, ready to be run any number of times.
pub struct Play<'n> {
    name: &'n str,
    definition: PipelineDefinition,
}

impl<'n> Play<'n> {
    /// With the variables that cut a job into slices, where a fixture does not define them: without values such a job fails.
    pub fn of(name: &'n str, definition: &PipelineDefinition) -> Self {
        let mut definition = definition.clone();
        let jobs = definition.stages.iter().flat_map(|stage| &stage.jobs);
        let multipliers = jobs.filter_map(|job| match &job.parallelism {
            Parallelism::MultiConfiguration { multipliers, .. } => Some(multipliers.clone()),
            Parallelism::None | Parallelism::MultiAgent { .. } => None,
        });
        for name in multipliers.flatten().collect::<Vec<_>>() {
            definition.variables.entry(name).or_insert_with(|| Variable::plain("one,two"));
        }
        Self { name, definition }
    }

    /// A release of it, with a failure in a stage or without any; how its stages ended.
    pub fn to_the_end(&self, failing: Option<StageId>) -> BTreeMap<StageId, StageStatus> {
        let store = Arc::new(MemoryStore::new());
        let driver = Driver::new(Box::new(move || Arc::clone(&store) as _));
        let mut running = Running { play: self, driver, failing, has_failed: BTreeSet::new() };
        block_on(async {
            running.prepare().await;
            let release = running.begin().await;
            running.go_on(release).await;
            running.judge(release)
        })
    }

    fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.definition.stages.iter().flat_map(|stage| &stage.jobs)
    }
}

struct Running<'p> {
    play: &'p Play<'p>,
    driver: Driver,
    failing: Option<StageId>,
    /// Stages in which a task failed that lets its job not go on.
    has_failed: BTreeSet<StageId>,
}

fn ann() -> Actor {
    Actor::user("the-one-who-releases").expect("an id")
}

impl Running<'_> {
    async fn give(&mut self, actor: &Actor, command: Command) {
        let given = self.driver.give(actor, command.clone()).await;
        given.unwrap_or_else(|refusal| panic!("{}: {command:?} is refused: {refusal}", self.play.name));
    }

    /// What the export does not have, and a host must: variable groups, targets, members of groups.
    async fn prepare(&mut self) {
        let definition = &self.play.definition;
        let stages = definition.stages.iter();
        let groups = stages.flat_map(|stage| &stage.variable_groups).chain(&definition.variable_groups);
        for group in groups.collect::<BTreeSet<_>>() {
            let save = VariableGroupCommand::Save {
                against: 0,
                variables: Variables::new(),
                comment: String::new(),
            };
            let group = VariableGroupId::new(group.as_str()).expect("an id");
            self.give(&ann(), Command::VariableGroup(group, save)).await;
        }
        for (place, job) in self.play.jobs().enumerate() {
            let JobKind::DeploymentGroup { group, tags, .. } = &job.kind else { continue };
            let register = TargetsCommand::Register {
                target: TargetId::new(format!("t{place}")).expect("an id"),
                name: format!("machine {place}"),
                tags: tags.clone(),
                presence: Presence::Online,
            };
            let group = TargetGroupId::new(group.as_str()).expect("an id");
            self.give(&ann(), Command::Targets(group, register)).await;
        }
        let create = PipelineCommand::Create { definition: Arc::new(definition.clone()) };
        self.give(&ann(), Command::Pipeline(PIPELINE, create)).await;
    }

    /// A release with a version of each source; stages that only people start are started.
    async fn begin(&mut self) -> ReleaseId {
        let definition = &self.play.definition;
        let version = |alias: &String| {
            let filters = definition.stages.iter().flat_map(|stage| &stage.artifact_filters);
            let wanted = filters.filter(|it| it.alias == *alias).flat_map(|it| &it.filters).next();
            let branch = wanted.and_then(|it| it.branches.iter().find(|branch| !branch.starts_with('-')));
            let branch = branch.map_or("main".to_owned(), |branch| branch.replace('*', "x"));
            let mut version = ArtifactVersion::new("1").on_branch(branch);
            version.tags = wanted.map(|it| it.tags.clone()).unwrap_or_default();
            (alias.clone(), version)
        };
        let artifacts = definition.artifacts.iter().map(|source| version(&source.alias)).collect();
        let request = NewRelease { artifacts, ..NewRelease::default() };
        let release = self.driver.release_id().await;
        let create = PipelineCommand::CreateRelease { release, request };
        self.give(&ann(), Command::Pipeline(PIPELINE, create)).await;
        for stage in definition.stages.iter().filter(|stage| stage.trigger == StageTrigger::Manual) {
            let mut request = DeployRequest::new(stage.id);
            if !stage.artifact_filters.is_empty() {
                request.filters = ArtifactFilters::Overridden;
                "other stages want other versions".clone_into(&mut request.comment);
            }
            self.give(&ann(), Command::Release(release, ReleaseCommand::Deploy(request))).await;
        }
        release
    }

    async fn go_on(&mut self, release: ReleaseId) {
        for _ in 0..STEPS {
            while let Some((actor, command)) = self.next(release) {
                self.give(&actor, Command::Release(release, command)).await;
            }
            if self.release(release).going_on().next().is_none() {
                return;
            }
            // To the next deadline and no further: what begins then is to be done before the next one.
            let deadline = self.driver.next_deadline().map(|(at, _)| at - self.driver.now());
            self.driver.pass(deadline.map_or(HOUR, |left| left.min(HOUR))).await;
        }
        let phases: Vec<_> = self.release(release).going_on().map(|it| (it.id, it.phase.clone())).collect();
        panic!("{}: it got stuck: {phases:?}", self.play.name);
    }

    fn release(&self, id: ReleaseId) -> &Release {
        self.driver.release(id).expect("it was created")
    }

    /// The next thing that a person or a runner does.
    fn next(&mut self, id: ReleaseId) -> Option<(Actor, ReleaseCommand)> {
        let pending = self.driver.pending_approvals();
        if let Some((approval, approver)) = pending.first() {
            return Some(self.approve(*approval, approver.clone()));
        }
        let release = self.driver.release(id)?;
        if let Some((task, _, intervention)) = release.going_on().find_map(|it| it.interventions().next()) {
            let answer = InterventionAnswer::Resume;
            let user = intervention.asked.users.first().cloned().map_or_else(ann, Actor::User);
            return Some((user, ReleaseCommand::AnswerIntervention { task, answer, comment: String::new() }));
        }
        let work = release.work(self.driver.definition_of(release));
        let task = work.into_iter().find_map(|work| match work {
            Work::Watch { task, .. } => Some(task),
            _ => None,
        })?;
        let engine = self.driver.engine();
        Some((Actor::System, ReleaseCommand::ReportTask { task, engine, report: self.report(task) }))
    }

    fn approve(&mut self, approval: ApprovalId, approver: Approver) -> (Actor, ReleaseCommand) {
        let user = match approver {
            Approver::User(user) => user,
            Approver::Group(group) => {
                let member = UserId::new(format!("one of {group}")).expect("an id");
                self.driver.groups.entry(group).or_default().insert(member.clone());
                member
            }
            Approver::Automatic => panic!("it approves itself"),
        };
        self.driver.confirmed.insert(user.clone());
        let answer = ReleaseCommand::Answer { approval, answer: Answer::Approve, comment: String::new() };
        (Actor::User(user), answer)
    }

    fn report(&mut self, task: TaskId) -> Report {
        let stage = task.deployment().stage;
        if self.failing != Some(stage) {
            return Report::Succeeded;
        }
        self.has_failed.insert(stage);
        Report::Failed { message: "it is the one that fails".to_owned() }
    }

    /// Nothing fails by itself, and nothing comes after a failure.
    fn judge(&self, id: ReleaseId) -> BTreeMap<StageId, StageStatus> {
        let release = self.release(id);
        let statuses: BTreeMap<_, _> =
            self.play.definition.stages.iter().map(|stage| (stage.id, release.status(stage.id))).collect();
        for stage in &self.play.definition.stages {
            let status = &statuses[&stage.id];
            let told = || {
                format!("{}: stage {:?} is {status}, failing {:?}", self.play.name, stage.name, self.failing)
            };
            let may_start = match &stage.trigger {
                StageTrigger::Manual | StageTrigger::AfterRelease => true,
                StageTrigger::AfterStages(after) => after.iter().all(|after| match statuses[&after.stage] {
                    StageStatus::Succeeded => true,
                    StageStatus::PartiallySucceeded => after.or_partially,
                    _ => false,
                }),
            };
            let fails = |job: &Job| {
                let first = job.tasks.iter().find(|task| task.enabled && task.task.own().is_none());
                job.condition == Condition::Succeeded
                    && first.is_some_and(|task| task.condition == Condition::Succeeded)
            };
            if may_start && self.failing == Some(stage.id) && stage.jobs.first().is_some_and(fails) {
                assert!(self.has_failed.contains(&stage.id), "{}: nothing was run", told());
            }
            match (may_start, self.has_failed.contains(&stage.id)) {
                (false, _) => assert_eq!(*status, StageStatus::NotStarted, "{}", told()),
                (true, true) => assert_ne!(*status, StageStatus::Succeeded, "{}", told()),
                (true, false) => assert_eq!(*status, StageStatus::Succeeded, "{}", told()),
            }
        }
        statuses
    }
}

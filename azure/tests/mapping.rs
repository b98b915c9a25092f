//! Everything that has a place in a pipeline arrives there. The fixture has every part that an export can have.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::num::NonZeroU32;

use common::{fixture, imported_bytes, texts};
use cutover::{
    AfterStage, ApprovalOrder, ApprovalStep, Approver, ArtifactKind, CheckOrder, Condition, DefaultVersion,
    GroupId, JobKind, Parallelism, PipelineDefinition, QueuingPolicy, Redeploy, ReleaseTrigger, Required,
    Retention, Schedule, ScheduleId, StageId, StageTrigger, TargetLimit, TriggerKind, UserId, Variable,
    VersionFilter, Weekday,
};
use cutover_azure::tasks;

const ADA: &str = "5b1f0f6c-3c1b-4d6a-9e0e-1c8d1a2b3c4d";
const BEN: &str = "0d2a7a7e-58a1-4a4b-8f6e-7b1d9c0e2f33";
const OPERATIONS: &str = "c9e1a0de-1111-4222-8333-abcdefabcdef";

fn full() -> PipelineDefinition {
    imported_bytes(&fixture("full-names.json")).definition
}

fn number(number: u32) -> Result<NonZeroU32, Box<dyn Error>> {
    NonZeroU32::new(number).ok_or_else(|| "zero".into())
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs.map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

#[test]
fn names_and_numbers_of_enums_say_the_same() {
    let names = imported_bytes(&fixture("full-names.json"));
    let numbers = imported_bytes(&fixture("full-numbers.json"));
    assert_eq!(names, numbers);
}

#[test]
fn only_what_has_no_place_is_warned_about() {
    assert_eq!(
        texts(&imported_bytes(&fixture("full-names.json"))),
        [
            "variableGroups[0]: variable groups are not in the export: the host must have one named \"7\"",
            "variableGroups[1]: variable groups are not in the export: the host must have one named \"12\"",
            "triggers[0].triggerConditions[2].createReleaseOnBuildTagging: not as the filters before it say: where tagging counts for one, it counts for all",
            "environments[0].deployPhases[0].workflowTasks[2].definitionType: a task group: its tasks are not in the export, and the host must have a runner for it",
            "environments[0].deployPhases[0].deploymentInput.agentSpecification.identifier: the image of a hosted agent has no place here: choose a pool that has it",
            "environments[1].owner: a group where a person belongs: left out",
            "environments[1].variableGroups[0]: variable groups are not in the export: the host must have one named \"9\"",
            "variables[\"a.b c\"]: no variable can be so here (may have letters, digits, . and _ only, contains ' ' in \"a.b c\"): it is set aside, and a text that names it stays as it is",
        ]
    );
}

#[test]
fn the_pipeline_itself() {
    let pipeline = full();
    assert_eq!(pipeline.name, "Shop");
    assert_eq!(pipeline.folder, "\\web");
    assert_eq!(pipeline.description, "Deploys the shop\nand its parts");
    assert_eq!(pipeline.tags, set(&["shop", "web"]));
    assert_eq!(pipeline.release_name_format, "$(Build.BuildNumber)-$(Rev: rr)");
    assert_eq!(pipeline.variable_groups, ["7", "12"]);
    assert_eq!(pipeline.zone, "");
    assert_eq!(
        pipeline.properties,
        map(&[
            ("DefinitionCreationSource", "ReleaseNew"),
            ("PortalExtension ", "x"),
            ("System.EnvironmentRankLogicVersion", "2"),
            ("azure.id", "5"),
            ("azure.kept/task-groups", r#"["11111111-2222-4333-8444-555555555555"]"#),
            ("azure.kept/variables", r#"[{"name":"a.b c","stage":null,"variable":{"value":{"plain":""}}}]"#),
            ("azure.revision", "12"),
            ("stages/31/LinkBoardsWorkItems", "False"),
            ("stages/31/Plain", "text"),
        ])
    );
}

#[test]
fn variables_and_parameters() {
    let pipeline = full();
    assert_eq!(
        pipeline.variables,
        BTreeMap::from([
            ("ApiKey".to_owned(), Variable::secret("ApiKey")),
            ("Region".to_owned(), Variable::plain("north").settable()),
        ])
    );
    assert_eq!(
        pipeline.stages[0].variables,
        BTreeMap::from([
            ("Parameters.Subscription".to_owned(), Variable::plain("shop-connection")),
            ("Region".to_owned(), Variable::plain("dev")),
        ])
    );
    assert_eq!(pipeline.stages[1].variables["ApiKey"], Variable::secret("Production/ApiKey"));
}

#[test]
fn artifact_sources() {
    let sources = full().artifacts;
    let primary: Vec<_> = sources.iter().map(|source| source.primary).collect();
    assert_eq!(primary, [false, true, false, false, false]);
    let kinds: Vec<_> = sources.iter().map(|source| source.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            ArtifactKind::Build,
            ArtifactKind::GitHub,
            ArtifactKind::ContainerRegistry,
            ArtifactKind::PackageFeed,
            ArtifactKind::Other("TFVC".to_owned()),
        ]
    );
    let defaults: Vec<_> = sources.iter().map(|source| source.default_version.clone()).collect();
    assert_eq!(
        defaults,
        [
            DefaultVersion::LatestOf { branch: "refs/heads/main".to_owned(), tags: set(&["good", "signed"]) },
            DefaultVersion::LatestOf { branch: "master".to_owned(), tags: BTreeSet::new() },
            DefaultVersion::ChosenAtCreation,
            DefaultVersion::Specific("1.2.3".to_owned()),
            DefaultVersion::Latest,
        ]
    );
    assert_eq!(
        sources[0].reference,
        map(&[
            ("IsMultiDefinitionType", "False"),
            ("definition", "3"),
            ("definition.name", "web-ci"),
            ("project", "p"),
            ("project.name", "Shop"),
        ])
    );
}

#[test]
fn triggers() {
    let on = |kind| ReleaseTrigger { enabled: true, kind };
    let branches = |branches: &[&str]| VersionFilter {
        branches: branches.iter().map(ToString::to_string).collect(),
        ..VersionFilter::default()
    };
    let deploy = |alias: &str, filters| TriggerKind::ContinuousDeployment {
        alias: alias.to_owned(),
        filters,
        on_tagging: false,
    };
    // What is excluded is excluded from each alternative: by itself it would let every other branch pass (A5).
    let of_web = vec![
        VersionFilter { tags: set(&["good"]), ..branches(&["features/*", "-features/x"]) },
        VersionFilter { default_branch_only: true, ..branches(&["-features/x"]) },
    ];
    let of_image =
        VersionFilter { version_pattern: Some("^v[0-9]+$".to_owned()), ..VersionFilter::default() };
    let nightly =
        Schedule { only_with_changes: true, ..Schedule::daily(ScheduleId(1), 3, 0).on(Weekday::WORKING) };
    assert_eq!(
        full().triggers,
        [
            on(TriggerKind::ContinuousDeployment {
                alias: "_web".to_owned(),
                filters: of_web,
                on_tagging: true
            }),
            on(TriggerKind::Scheduled(nightly)),
            on(deploy("_scripts", vec![branches(&["main", "release/*"])])),
            on(deploy("_image", vec![of_image])),
            on(deploy("_package", Vec::new())),
            on(TriggerKind::PullRequest { alias: "_web".to_owned(), filters: vec![branches(&["main"])] }),
        ]
    );
}

#[test]
fn the_first_stage_but_for_its_jobs() -> Result<(), Box<dyn Error>> {
    let pipeline = full();
    let dev = &pipeline.stages[0];
    assert_eq!((dev.id, dev.name.as_str()), (StageId(31), "Dev"));
    assert_eq!(dev.owner, Some(UserId::new(ADA)?));
    assert_eq!(dev.trigger, StageTrigger::AfterRelease);
    assert_eq!(dev.queuing, QueuingPolicy::in_order(number(2)?));
    let kept = Retention { days: 45, releases: 5, keep_build: false };
    assert_eq!(dev.retention, kept);
    assert_eq!(dev.redeploy, Some(Redeploy::LastGood));
    assert!(dev.badge && dev.pull_requests);
    assert!(dev.before.approvals.is_empty() && dev.after.approvals.is_empty());
    assert_eq!((&dev.before.gates, &dev.after.gates), (&None, &None));
    assert_eq!((dev.schedules[0].id, dev.schedules[0].zone.as_str()), (ScheduleId(1), "Europe/Berlin"));
    assert_eq!(dev.schedules[0].days, BTreeSet::from([Weekday::Monday, Weekday::Wednesday]));
    assert_eq!((dev.schedules[0].hour, dev.schedules[0].minute), (3, 30));
    // Three conditions on one source, whatever the case of its alias, are alternatives of one filter.
    let [filter] = dev.artifact_filters.as_slice() else {
        return Err("one source".into());
    };
    assert_eq!(filter.alias, "_web");
    let branches: Vec<_> = filter.filters.iter().map(|filter| &filter.branches).collect();
    assert_eq!(branches, [&["main", "-hotfix/old"], &["hotfix/*", "-hotfix/old"]]);
    assert_eq!(filter.filters[0].tags, set(&["good"]));
    Ok(())
}

#[test]
fn jobs_in_the_order_of_their_ranks() -> Result<(), Box<dyn Error>> {
    let pipeline = full();
    let [ask, install, machines, thrice] = pipeline.stages[0].jobs.as_slice() else {
        return Err("four jobs".into());
    };
    assert_eq!((&ask.kind, &ask.condition), (&JobKind::Server, &Condition::Failed));
    assert_eq!(ask.timeout_minutes, Some(1440));
    assert_eq!(ask.tasks[0].task.id, cutover::TaskRef::MANUAL_INTERVENTION);
    assert_eq!(
        install.kind,
        JobKind::Agent {
            pool: "17".to_owned(),
            demands: vec!["java".to_owned(), "Agent.OS -equals Linux".to_owned()]
        }
    );
    assert_eq!((install.timeout_minutes, install.cancel_timeout_minutes), (Some(30), 2));
    assert_eq!(install.reference_name, "install");
    assert_eq!(
        install.parallelism,
        Parallelism::MultiConfiguration {
            multipliers: vec!["Browser".to_owned(), "Size".to_owned()],
            at_most: number(4)?,
            continue_on_error: true
        }
    );
    assert_eq!(
        machines.kind,
        JobKind::DeploymentGroup {
            group: "18".to_owned(),
            tags: set(&["web", "linux"]),
            at_once: TargetLimit::Percent(number(25)?)
        }
    );
    assert_eq!(thrice.parallelism, Parallelism::MultiAgent { agents: number(3)?, continue_on_error: false });
    Ok(())
}

#[test]
fn tasks_are_kept_as_they_are() -> Result<(), Box<dyn Error>> {
    let pipeline = full();
    let [install, off, group] = pipeline.stages[0].jobs[1].tasks.as_slice() else {
        return Err("three tasks".into());
    };
    assert_eq!((install.task.id.as_str(), install.task.version.as_str()), (tasks::COMMAND_LINE, "2.*"));
    assert_eq!(install.reference_name, "cmd");
    assert_eq!(install.inputs, map(&[("script", "echo $(Region)\nexit 0"), ("failOnStderr", "false")]));
    assert_eq!(install.environment, map(&[("REGION", "$(Region)")]));
    assert_eq!((install.timeout_minutes, install.retry_count), (5, 3));
    assert!(install.enabled && install.continue_on_error && !install.repeatable);
    assert_eq!(off.task.id, tasks::BASH);
    assert!(!off.enabled);
    assert_eq!(off.condition, Condition::Expression("and(failed(), eq(variables['x'], 'y'))".to_owned()));
    assert_eq!(group.condition, Condition::Always);
    Ok(())
}

#[test]
fn approvals_and_gates_of_the_second_stage() -> Result<(), Box<dyn Error>> {
    let pipeline = full();
    let production = &pipeline.stages[1];
    let after = AfterStage { stage: StageId(31), or_partially: true };
    assert_eq!(production.trigger, StageTrigger::AfterStages(vec![after]));
    assert_eq!(production.queuing, QueuingPolicy::only_latest(number(1)?));
    assert_eq!(production.redeploy, Some(Redeploy::NewTargets));

    let before = &production.before.approvals;
    let step = |approver, rank, notify| ApprovalStep { approver, rank, notify };
    assert_eq!(
        before.steps,
        [
            step(Approver::User(UserId::new(ADA)?), 1, true),
            step(Approver::Group(GroupId::new(OPERATIONS)?), 1, false),
            step(Approver::User(UserId::new(BEN)?), 2, false),
        ]
    );
    assert_eq!(before.order, ApprovalOrder::InSequence);
    assert_eq!(before.required, Required::AtLeast(number(2)?));
    assert_eq!(before.timeout_minutes, 2880);
    assert!(!before.requester_may_approve && before.skip_if_approved_before && before.revalidate_identity);
    assert_eq!(before.check_order, Some(CheckOrder::AfterSuccessfulGates));
    let afterwards = &production.after.approvals;
    assert_eq!(afterwards.check_order, Some(CheckOrder::AfterGatesAlways));
    assert_eq!(afterwards.required, Required::All);

    let gates = production.before.gates.as_ref().ok_or("gates")?;
    assert!(gates.is_in_force());
    assert_eq!((gates.delay_minutes, gates.timeout_minutes), (3, 60));
    assert_eq!((gates.sampling_interval_seconds, gates.minimum_success_minutes), (600, 20));
    let [health, bugs] = gates.gates.as_slice() else {
        return Err("two gates".into());
    };
    assert_eq!((health.task.id.as_str(), health.enabled), (tasks::INVOKE_REST_API, true));
    assert_eq!((bugs.task.id.as_str(), bugs.enabled), (tasks::QUERY_WORK_ITEMS, false));
    let disabled = production.after.gates.as_ref().ok_or("options without gates")?;
    assert!(!disabled.is_in_force());
    Ok(())
}

//! Pipelines of every kind, at random: what people may write, and what they may write wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use cutover::{
    AfterStage, ApprovalOrder, ApprovalStep, Approvals, Approver, ArtifactKind, ArtifactSource, CheckOrder,
    Checks, ClockChanges, Condition, DefaultVersion, Gate, Gates, GroupId, Job, JobKind, Parallelism,
    PipelineDefinition, QueuingPolicy, Redeploy, ReleaseTrigger, Required, Retention, Schedule, ScheduleId,
    SecretRef, SlotSpan, Stage, StageArtifactFilter, StageId, StageTrigger, TargetLimit, Task, TaskRef,
    TriggerKind, UserId, Variable, VariableValue, Variables, VersionFilter, Waiting, Weekday,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Texts that a file may take for something else.
fn text() -> BoxedStrategy<String> {
    let odd =
        ["", " ", "{}", "[]", "@{a=b}", "System.Object[]", "true", "0", "null", "$(x)", "$OwnerId$", "-x"];
    prop_oneof![3 => "[ -~]{0,12}", 1 => "[a-zżß\n\t\"\\\\]{0,6}", 2 => select(odd.to_vec()).prop_map(ToOwned::to_owned)]
    .boxed()
}

fn name() -> BoxedStrategy<String> {
    prop_oneof!["[A-Za-z][A-Za-z0-9 _-]{0,6}[a-z0-9]", "[0-9]{1,3}", "[A-Z][ -~]{0,5}[a-z]"].boxed()
}

fn texts() -> BoxedStrategy<BTreeMap<String, String>> {
    btree_map(prop_oneof![name(), text()], text(), 0..4).boxed()
}

fn tags() -> BoxedStrategy<BTreeSet<String>> {
    btree_set(prop_oneof![4 => name(), 1 => text()], 0..3).boxed()
}

fn positive(most: u32) -> BoxedStrategy<NonZeroU32> {
    (1..=most).prop_map(|number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)).boxed()
}

fn variables() -> BoxedStrategy<Variables> {
    let names =
        prop_oneof![4 => "[A-Za-z_][A-Za-z0-9_.]{0,5}", 1 => "Parameters.[a-z]{1,3}", 1 => "[ -~]{1,4}"];
    let secret = (name(), of(name())).prop_map(|(name, version)| match version {
        Some(version) => SecretRef::versioned(name, version),
        None => SecretRef::newest(name),
    });
    let value = prop_oneof![
        4 => text().prop_map(VariableValue::Plain),
        1 => secret.prop_map(VariableValue::Secret),
    ];
    let variable = (value, any::<bool>()).prop_map(|(value, settable)| Variable { value, settable });
    btree_map(names, variable, 0..4).boxed()
}

fn condition() -> BoxedStrategy<Condition> {
    let plain = [Condition::Succeeded, Condition::SucceededOrFailed, Condition::Always, Condition::Failed];
    let texts = ["and(failed(), eq(variables['x'], 'y'))", "eq(1, 2)", "always()", "what(", "ne(1, 1)"];
    let expressions = select(texts.to_vec()).prop_map(|text| Condition::Expression(text.to_owned()));
    prop_oneof![4 => select(plain.to_vec()), 2 => expressions].boxed()
}

fn reference() -> BoxedStrategy<TaskRef> {
    let ids = vec![
        TaskRef::COMMAND,
        TaskRef::MANUAL_INTERVENTION,
        TaskRef::DELAY,
        cutover_azure::tasks::BASH,
        cutover_azure::tasks::COMMAND_LINE,
        cutover_azure::tasks::DELAY,
        "00000000-0000-0000-0000-000000000000",
        "ABCDEFAB-0000-4000-8000-000000000000",
    ];
    let ids = prop_oneof![4 => select(ids).prop_map(ToOwned::to_owned), 1 => name()];
    let versions = select(vec!["", "2.*", "*", "1.2.3"]);
    (ids, versions).prop_map(|(id, version)| TaskRef { id, version: version.to_owned() }).boxed()
}

fn inputs() -> BoxedStrategy<BTreeMap<String, String>> {
    let own = ["instructions", "users", "groups", "on-timeout", "minutes", "script", "delayForMinutes"];
    let names = prop_oneof![3 => select(own.to_vec()).prop_map(ToOwned::to_owned), 1 => text()];
    btree_map(names, text(), 0..4).boxed()
}

fn task() -> BoxedStrategy<Task> {
    let about = (text(), reference(), select(vec!["", "build", "Out_1"]), inputs(), texts());
    let how = (any::<bool>(), condition(), any::<bool>(), 0_u32..2_000, 0_u32..12, any::<bool>());
    (about, how)
        .prop_map(|((name, task, reference_name, inputs, environment), how)| Task {
            name,
            task,
            reference_name: reference_name.to_owned(),
            inputs,
            enabled: how.0,
            condition: how.1,
            continue_on_error: how.2,
            timeout_minutes: how.3,
            retry_count: how.4,
            environment,
            repeatable: how.5,
        })
        .boxed()
}

fn job_kind() -> BoxedStrategy<JobKind> {
    let demands =
        select(vec!["java", "Agent.OS -equals Linux", "Agent.Version -gtVersion 2.1", "a -b c", " x"]);
    let demands = vec(demands.prop_map(ToOwned::to_owned), 0..3);
    let group = prop_oneof![4 => name(), 1 => text()];
    let limit = prop_oneof![
        Just(TargetLimit::One),
        positive(9).prop_map(TargetLimit::Count),
        positive(120).prop_map(TargetLimit::Percent),
    ];
    prop_oneof![
        3 => (prop_oneof![Just(String::new()), name()], demands)
            .prop_map(|(pool, demands)| JobKind::Agent { pool, demands }),
        2 => Just(JobKind::Server),
        2 => (group, tags(), limit)
            .prop_map(|(group, tags, at_once)| JobKind::DeploymentGroup { group, tags, at_once }),
    ]
    .boxed()
}

fn parallelism() -> BoxedStrategy<Parallelism> {
    let multipliers = vec(prop_oneof![4 => name(), 1 => text()], 0..3);
    prop_oneof![
        3 => Just(Parallelism::None),
        1 => (multipliers, positive(2_000), any::<bool>()).prop_map(|(multipliers, at_most, continue_on_error)| {
            Parallelism::MultiConfiguration { multipliers, at_most, continue_on_error }
        }),
        1 => (positive(9), any::<bool>())
            .prop_map(|(agents, continue_on_error)| Parallelism::MultiAgent { agents, continue_on_error }),
    ]
    .boxed()
}

fn job() -> BoxedStrategy<Job> {
    let about = (text(), select(vec!["", "deploy"]), job_kind(), condition());
    let how = (
        of(0_u32..600_000),
        0_u32..70,
        parallelism(),
        prop_oneof![3 => Just(Variables::new()), 1 => variables()],
    );
    (about, how, vec(task(), 0..3))
        .prop_map(|(about, how, tasks)| Job {
            name: about.0,
            reference_name: about.1.to_owned(),
            kind: about.2,
            condition: about.3,
            timeout_minutes: how.0,
            cancel_timeout_minutes: how.1,
            parallelism: how.2,
            variables: how.3,
            tasks,
        })
        .boxed()
}

fn user() -> BoxedStrategy<UserId> {
    let ids = vec!["ann", "5B1F0F6C-3C1B-4D6A-9E0E-1C8D1A2B3C4D", "$OwnerId$", "[team]", " bob "];
    select(ids).prop_filter_map("an id", |id| UserId::new(id).ok()).boxed()
}

fn approver() -> BoxedStrategy<Approver> {
    prop_oneof![
        3 => user().prop_map(Approver::User),
        2 => select(vec!["ops", "c9e1a0de-1111-4222-8333-abcdefabcdef"])
            .prop_filter_map("an id", |id| GroupId::new(id).ok().map(Approver::Group)),
        1 => Just(Approver::Automatic),
    ]
    .boxed()
}

fn approvals() -> BoxedStrategy<Approvals> {
    let step = (approver(), 0_u32..4, any::<bool>());
    let steps = vec(step.prop_map(|(approver, rank, notify)| ApprovalStep { approver, rank, notify }), 0..4);
    let orders =
        vec![CheckOrder::BeforeGates, CheckOrder::AfterSuccessfulGates, CheckOrder::AfterGatesAlways];
    let required = prop_oneof![Just(Required::All), positive(4).prop_map(Required::AtLeast)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (steps, required, 0_u32..600_000, flags, of(select(orders)))
        .prop_map(|(steps, required, timeout, flags, check)| Approvals {
            steps,
            order: if flags.0 { ApprovalOrder::InSequence } else { ApprovalOrder::AnyOrder },
            required,
            timeout_minutes: timeout,
            requester_may_approve: flags.1,
            skip_if_approved_before: flags.2,
            revalidate_identity: flags.3,
            check_order: check,
        })
        .boxed()
}

fn gates() -> BoxedStrategy<Gates> {
    let gate = (text(), reference(), inputs(), any::<bool>())
        .prop_map(|(name, task, inputs, enabled)| Gate { name, task, inputs, enabled });
    let times = (0_u32..3_000, 0_u32..5_000, 0_u32..30, 0_u32..30_000);
    (any::<bool>(), vec(gate, 0..3), times)
        .prop_map(|(enabled, gates, times)| Gates {
            enabled,
            gates,
            delay_minutes: times.0,
            sampling_interval_seconds: times.1,
            minimum_success_minutes: times.2,
            timeout_minutes: times.3,
        })
        .boxed()
}

fn checks() -> BoxedStrategy<Checks> {
    let approvals = prop_oneof![1 => Just(Approvals::default()), 2 => approvals()];
    (approvals, of(gates())).prop_map(|(approvals, gates)| Checks { approvals, gates }).boxed()
}

fn schedule() -> BoxedStrategy<Schedule> {
    let days = btree_set(select(Weekday::ALL.to_vec()), 0..4);
    let zones =
        select(vec!["", "Europe/Warsaw", "America/New_York", "UTC", "Africa/Algiers", "Mars/Olympus"]);
    let ids = prop_oneof![3 => 1_u32..4, 1 => any::<u32>()];
    (ids, days, 0_u32..25, 0_u32..61, zones, any::<bool>(), prop_oneof![Just(1_440_u32), 1_u32..9])
        .prop_map(|(id, days, hour, minute, zone, only_with_changes, missed_after_minutes)| Schedule {
            id: ScheduleId(id),
            days,
            hour,
            minute,
            zone: zone.to_owned(),
            clock_changes: ClockChanges::default(),
            only_with_changes,
            missed_after_minutes,
        })
        .boxed()
}

fn filter() -> BoxedStrategy<VersionFilter> {
    let branches = vec!["main", "release/*", "-old/*", "-x", "refs/heads/a", " b", ""];
    let branches = vec(select(branches).prop_map(ToOwned::to_owned), 0..3);
    let patterns = select(vec!["^v[0-9]+$", "(", ""]).prop_map(ToOwned::to_owned);
    (branches, tags(), of(patterns), any::<bool>())
        .prop_map(|(branches, tags, version_pattern, only)| VersionFilter {
            branches,
            tags,
            version_pattern,
            default_branch_only: only,
        })
        .boxed()
}

const ALIASES: [&str; 4] = ["_web", "_scripts", "_image", "_gone"];

fn trigger() -> BoxedStrategy<ReleaseTrigger> {
    let alias = || select(ALIASES.to_vec()).prop_map(ToOwned::to_owned);
    let kind = prop_oneof![
        (alias(), vec(filter(), 0..3), any::<bool>()).prop_map(|(alias, filters, on_tagging)| {
            TriggerKind::ContinuousDeployment { alias, filters, on_tagging }
        }),
        (alias(), vec(filter(), 0..3))
            .prop_map(|(alias, filters)| TriggerKind::PullRequest { alias, filters }),
        schedule().prop_map(TriggerKind::Scheduled),
    ];
    (prop_oneof![4 => Just(true), 1 => Just(false)], kind)
        .prop_map(|(enabled, kind)| ReleaseTrigger { enabled, kind })
        .boxed()
}

fn source(alias: &'static str) -> BoxedStrategy<ArtifactSource> {
    let kinds = vec![
        ArtifactKind::Build,
        ArtifactKind::Git,
        ArtifactKind::GitHub,
        ArtifactKind::ContainerRegistry,
        ArtifactKind::PackageFeed,
        ArtifactKind::Jenkins,
        ArtifactKind::Other("TFVC".to_owned()),
        ArtifactKind::Other("build".to_owned()),
    ];
    let parts = ["definition", "definition.name", "branch", "defaultVersionType", "a.name.name"];
    let parts = prop_oneof![3 => select(parts.to_vec()).prop_map(ToOwned::to_owned), 1 => text()];
    let versions = prop_oneof![
        Just(DefaultVersion::Latest),
        (select(vec!["main", "*", "", "refs/heads/x"]), tags())
            .prop_map(|(branch, tags)| DefaultVersion::LatestOf { branch: branch.to_owned(), tags }),
        text().prop_map(DefaultVersion::Specific),
        Just(DefaultVersion::ChosenAtCreation),
    ];
    (select(kinds), btree_map(parts, text(), 0..4), any::<bool>(), versions)
        .prop_map(move |(kind, reference, primary, default_version)| ArtifactSource {
            alias: alias.to_owned(),
            kind,
            reference,
            primary,
            default_version,
        })
        .boxed()
}

fn artifacts() -> BoxedStrategy<Vec<ArtifactSource>> {
    let all = (source(ALIASES[0]), source(ALIASES[1]), source(ALIASES[2]));
    (all, 0_usize..4)
        .prop_map(|((one, two, three), count)| {
            let all = vec![one, two, three];
            all.into_iter().take(count).collect()
        })
        .boxed()
}

fn queuing() -> BoxedStrategy<QueuingPolicy> {
    let waiting = select(vec![Waiting::InOrder, Waiting::OnlyLatest]);
    prop_oneof![
        Just(QueuingPolicy::Unlimited),
        (positive(1_200), waiting)
            .prop_map(|(deployments, waiting)| QueuingPolicy::AtMost { deployments, waiting }),
    ]
    .boxed()
}

/// A stage that comes after some of the first `earlier` ones, whose ids are their places from 1.
fn stage(earlier: usize) -> BoxedStrategy<Stage> {
    let ids: Vec<_> = (1..).map(StageId).take(earlier).collect();
    let after = subsequence(ids, 0..=earlier).prop_flat_map(|ids| {
        let count = ids.len();
        vec(any::<bool>(), count).prop_map(move |partially| {
            let after = ids.iter().zip(partially);
            after.map(|(&stage, or_partially)| AfterStage { stage, or_partially }).collect::<Vec<_>>()
        })
    });
    let trigger = prop_oneof![
        1 => Just(StageTrigger::Manual),
        2 => Just(StageTrigger::AfterRelease),
        3 => after.prop_map(|after| {
            if after.is_empty() { StageTrigger::Manual } else { StageTrigger::AfterStages(after) }
        }),
    ];
    let filters = (select(ALIASES.to_vec()), vec(filter(), 0..3))
        .prop_map(|(alias, filters)| StageArtifactFilter { alias: alias.to_owned(), filters });
    let starts = (trigger, vec(schedule(), 0..2), vec(filters, 0..2));
    let does = (checks(), checks(), vec(job(), 0..3), variables(), vec(name(), 0..2));
    let lock_groups = prop_oneof![3 => Just(Vec::new()), 1 => vec(name(), 1..3)];
    let retention = (0_u32..400, 0_u32..30, any::<bool>());
    let again = of(select(vec![Redeploy::LastGood, Redeploy::NewTargets]));
    let rest =
        (queuing(), any::<bool>(), lock_groups, retention, again, any::<bool>(), any::<bool>(), of(user()));
    (starts, does, rest)
        .prop_map(|(starts, does, rest)| {
            let mut stage = Stage::new(StageId(0), "");
            (stage.trigger, stage.schedules, stage.artifact_filters) = starts;
            (stage.before, stage.after, stage.jobs, stage.variables, stage.variable_groups) = does;
            stage.queuing = rest.0;
            stage.slot_span = if rest.1 { SlotSpan::JobsOnly } else { SlotSpan::ApprovalsAndJobs };
            stage.lock_groups = rest.2;
            stage.retention = Retention { days: rest.3.0, releases: rest.3.1, keep_build: rest.3.2 };
            stage.redeploy = rest.4;
            (stage.badge, stage.pull_requests, stage.owner) = (rest.5, rest.6, rest.7);
            stage
        })
        .boxed()
}

fn stages() -> BoxedStrategy<Vec<Stage>> {
    let all = (stage(0), stage(1), stage(2));
    (all, 1_usize..4, name(), any::<bool>())
        .prop_map(|((one, two, three), count, name, is_shuffled)| {
            let mut stages = vec![one, two, three];
            stages.truncate(count);
            for (stage, place) in stages.iter_mut().zip(1..) {
                stage.id = StageId(place);
                stage.name = format!("{place} {name}");
            }
            if is_shuffled {
                stages.reverse();
            }
            stages
        })
        .boxed()
}

fn properties() -> BoxedStrategy<BTreeMap<String, String>> {
    let names = vec![
        "azure.id",
        "azure.revision",
        "stages/1/a",
        "stages/9/b",
        "azure.kept/triggers",
        "azure.kept/conditions",
        "azure.kept/variables",
        "x ",
    ];
    let kept = vec!["7", "0", "07", "[]", "[{}]", "[{\"stage\":1,\"as\":[{}]}]", "{", "text"];
    btree_map(select(names).prop_map(ToOwned::to_owned), select(kept).prop_map(ToOwned::to_owned), 0..4)
        .boxed()
}

/// Any pipeline of up to three stages.
pub(crate) fn pipeline() -> BoxedStrategy<PipelineDefinition> {
    let about = (name(), select(vec!["\\", "\\web", "\\a\\b c"]), text(), tags());
    let from = (artifacts(), vec(trigger(), 0..4), variables(), vec(name(), 0..2));
    let rest = (stages(), text(), select(vec!["", "Europe/Warsaw"]), properties());
    (about, from, rest)
        .prop_map(|(about, from, rest)| {
            let mut pipeline = PipelineDefinition::new(about.0);
            about.1.clone_into(&mut pipeline.folder);
            (pipeline.description, pipeline.tags) = (about.2, about.3);
            (pipeline.artifacts, pipeline.triggers, pipeline.variables, pipeline.variable_groups) = from;
            (pipeline.stages, pipeline.release_name_format) = (rest.0, rest.1);
            rest.2.clone_into(&mut pipeline.zone);
            pipeline.properties = rest.3;
            pipeline
        })
        .boxed()
}

//! What starts a stage or a release by itself is never read as more than it says.

mod common;

use common::{definition, imported, only_stage, stage, texts, with};
use cutover::{
    AfterStage, ArtifactKind, DefaultVersion, JobKind, PipelineDefinition, StageId, StageTrigger, TriggerKind,
};
use serde_json::{Value, json};

/// What the second of two stages makes of the value of its condition on the first one.
fn accepts(value: &Value) -> (Option<bool>, usize) {
    let condition = json!([{ "name": "Dev", "conditionType": 2, "value": value }]);
    let imported =
        imported(&definition(&[stage("Dev", json!({})), stage("QA", json!({ "conditions": condition }))]));
    let or_partially = match &imported.definition.stages[1].trigger {
        StageTrigger::AfterStages(after) => after.first().map(|after| after.or_partially),
        StageTrigger::Manual | StageTrigger::AfterRelease => None,
    };
    (or_partially, imported.warnings.len())
}

#[test]
fn the_value_of_a_condition_is_a_sum_of_states() {
    for succeeded in [json!("4"), json!(4), json!(""), json!(null), json!("succeeded")] {
        assert_eq!(accepts(&succeeded), (Some(false), 0), "{succeeded}");
    }
    for partially in [json!("132"), json!(132), json!("4,128"), json!("succeeded, partiallySucceeded")] {
        assert_eq!(accepts(&partially), (Some(true), 0), "{partially}");
    }
    assert_eq!(accepts(&json!("128")), (Some(true), 1));
    assert_eq!(accepts(&json!("1")), (Some(false), 1));
    assert_eq!(accepts(&json!("20")), (Some(false), 1));
    assert_eq!(accepts(&json!("whenever")), (Some(false), 1));
}

#[test]
fn a_stage_after_the_release_and_after_a_stage_starts_after_the_stage() {
    let conditions = json!([
        { "name": "ReleaseStarted", "conditionType": "event" },
        { "name": "Dev", "conditionType": "environmentState", "value": "4" },
        { "name": "DEV", "conditionType": "environmentState", "value": "4" },
    ]);
    let imported =
        imported(&definition(&[stage("Dev", json!({})), stage("QA", json!({ "conditions": conditions }))]));
    let after = AfterStage { stage: StageId(1), or_partially: false };
    assert_eq!(imported.definition.stages[1].trigger, StageTrigger::AfterStages(vec![after]));
}

#[test]
fn a_condition_that_cannot_be_read_leaves_the_stage_to_people() {
    let conditions = [
        json!({ "name": "x", "conditionType": 0 }),
        json!({ "name": "x", "conditionType": "moonPhase" }),
        json!({ "name": "SomethingElse", "conditionType": 1 }),
        json!({ "name": "unknown", "conditionType": 4, "value": "{}" }),
        json!({ "name": "web", "conditionType": 4, "value": "not JSON" }),
    ];
    for condition in conditions {
        let conditions = json!([{ "name": "ReleaseStarted", "conditionType": 1 }, condition]);
        let document = with(
            definition(&[stage("Dev", json!({ "conditions": conditions }))]),
            json!({ "artifacts": [{ "alias": "web", "type": "Build" }] }),
        );
        let imported = imported(&document);
        assert_eq!(imported.definition.stages[0].trigger, StageTrigger::Manual, "{condition}");
        assert!(texts(&imported).iter().any(|warning| warning.contains("by hand only")), "{condition}");
    }
}

/// What is made of triggers in a pipeline with one source, `web`.
fn triggers(triggers: &Value) -> (Vec<cutover::ReleaseTrigger>, Vec<String>) {
    let document = with(
        definition(&[stage("Dev", json!({}))]),
        json!({ "artifacts": [{ "alias": "web", "type": "Build" }], "triggers": triggers }),
    );
    let imported = imported(&document);
    let warnings = texts(&imported);
    (imported.definition.triggers, warnings)
}

#[test]
fn a_trigger_that_could_not_work_is_kept_and_not_enabled() {
    let (read, warnings) = triggers(&json!([
        { "triggerType": 1, "artifactAlias": "api" },
        { "triggerType": 2, "schedule": { "daysToRelease": "all", "timeZoneId": "Nowhere Time" } },
    ]));
    assert!(read.len() == 2 && read.iter().all(|trigger| !trigger.enabled));
    assert_eq!(
        warnings,
        [
            "triggers[0].artifactAlias: the pipeline has no artifact source of this alias: the trigger is kept, but not enabled",
            "triggers[1].schedule.timeZoneId: the time zone \"Nowhere Time\" is not known here",
            "triggers[1]: its time zone is not known here: the trigger is not enabled",
        ]
    );
}

#[test]
fn a_trigger_that_says_nothing_is_left_out_with_a_warning() {
    let (read, warnings) = triggers(&json!([
        { "triggerType": 9, "artifactAlias": "web" },
        { "triggerType": "undefined" },
        {},
        { "triggerType": 2, "schedule": { "daysToRelease": 0 } },
    ]));
    assert_eq!(read, []);
    assert_eq!(
        warnings,
        [
            "triggers[0].triggerType: 9 is not known here: the trigger is left out",
            "triggers[1].triggerType: \"undefined\" is not known here: the trigger is left out",
            "triggers[2].triggerType: nothing says of which kind it is: the trigger is left out",
            "triggers[3].schedule: a schedule without a day never comes: left out",
        ]
    );
}

#[test]
fn excluded_branches_alone_let_all_others_pass() {
    let (read, _) = triggers(&json!([{
        "triggerType": 1,
        "artifactAlias": "web",
        "triggerConditions": [{ "sourceBranch": "-main" }, { "sourceBranch": "-old/*" }],
    }]));
    let TriggerKind::ContinuousDeployment { filters, .. } = &read[0].kind else { panic!("{:?}", read[0]) };
    assert_eq!(filters.len(), 1);
    assert_eq!(filters[0].branches, ["-main", "-old/*"]);
}

#[test]
fn days_are_a_number_or_names() {
    let days = |days: Value| {
        let (stage, warnings) =
            only_stage(json!({ "schedules": [{ "daysToRelease": days, "startHours": 24 }] }));
        assert_eq!(
            warnings[0],
            "environments[0].schedules[0].startHours: 24 is not within 0 to 23: read as 23"
        );
        stage.schedules[0].days.len()
    };
    assert_eq!(days(json!(21)), 3);
    assert_eq!(days(json!("31")), 5);
    assert_eq!(days(json!("Saturday, sunday")), 2);
    assert_eq!(days(json!("all")), 7);
}

#[test]
fn a_default_version_without_a_place_must_be_chosen() {
    let default = |kind: &str, parts: Value| {
        let source = json!({ "alias": "web", "type": kind, "definitionReference": parts });
        let document = with(definition(&[stage("Dev", json!({}))]), json!({ "artifacts": [source] }));
        let imported = imported(&document);
        (imported.definition.artifacts[0].default_version.clone(), imported.warnings.len())
    };
    let typed = |name: &str| json!({ "defaultVersionType": { "id": name, "name": "" } });
    assert_eq!(default("Build", json!({})), (DefaultVersion::Latest, 0));
    assert_eq!(default("Build", typed("latestType")), (DefaultVersion::Latest, 0));
    assert_eq!(
        default("Build", typed("latestWithBuildDefinitionBranchAndTagsType")),
        (DefaultVersion::ChosenAtCreation, 1)
    );
    assert_eq!(default("Build", typed("specificVersionType")), (DefaultVersion::ChosenAtCreation, 1));
    assert_eq!(default("Build", typed("brandNewType")), (DefaultVersion::ChosenAtCreation, 1));
    let branch =
        DefaultVersion::LatestOf { branch: "main".to_owned(), tags: std::collections::BTreeSet::new() };
    assert_eq!(default("Git", json!({ "branches": { "id": "main", "name": "main" } })), (branch, 0));
}

#[test]
fn sources_need_an_alias_of_their_own_and_one_is_primary() {
    let sources = json!([
        { "alias": "web", "type": "Build", "isPrimary": true },
        { "alias": "WEB", "type": "Git" },
        { "type": "Git" },
        { "alias": "jenkins", "type": "jenkins", "isPrimary": true },
    ]);
    let document = with(definition(&[stage("Dev", json!({}))]), json!({ "artifacts": sources }));
    let imported = imported(&document);
    let read: Vec<_> =
        imported.definition.artifacts.iter().map(|source| (source.alias.as_str(), source.primary)).collect();
    assert_eq!(read, [("web", true), ("jenkins", false)]);
    assert_eq!(imported.definition.artifacts[1].kind, ArtifactKind::Jenkins);
    assert_eq!(
        texts(&imported),
        [
            "artifacts[1]: another artifact source has the same alias: left out",
            "artifacts[2]: an artifact source without alias: left out",
            "artifacts: several sources are marked as primary: \"web\" is taken",
        ]
    );
}

/// Story: a pattern that the importer took over as it was made the whole definition invalid.
#[test]
fn a_trigger_with_a_pattern_that_is_no_regular_expression_is_kept_and_not_enabled() {
    let document = with(
        definition(&[stage("Dev", json!({}))]),
        json!({
            "artifacts": [{ "alias": "image", "type": "DockerHub", "isPrimary": true }],
            "triggers": [{ "triggerType": 4, "alias": "image", "tagFilters": [{ "pattern": "(?=v)1" }] }],
        }),
    );
    let imported = imported(&document);
    assert_eq!(cutover::validate(&imported.definition), Ok(()));
    let [trigger] = imported.definition.triggers.as_slice() else { panic!("one trigger") };
    assert!(!trigger.enabled);
    let said = texts(&imported);
    assert!(said.iter().any(|text| text.contains("no regular expression")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("kept, but not enabled")), "{said:?}");
}

/// Story: a stage whose schedule is in a zone that nobody knows started by itself in UTC; one whose schedule has no day started with
/// its release.
#[test]
fn a_stage_whose_schedules_cannot_be_read_starts_by_hand_only() {
    let read = |schedules: Value| {
        let (stage, warnings) = only_stage(json!({ "schedules": schedules }));
        let is_told = warnings.iter().any(|warning| warning.contains("the stage starts by hand only"));
        (stage.trigger, stage.schedules.len(), is_told)
    };
    let at_three = |zone: &str| json!({ "daysToRelease": 127, "startHours": 3, "timeZoneId": zone });
    let no_day = json!({ "daysToRelease": 0, "startHours": 3 });
    assert_eq!(read(json!([at_three("Middle of Nowhere Time")])), (StageTrigger::Manual, 0, true));
    assert_eq!(read(json!([at_three("Middle/Nowhere")])), (StageTrigger::Manual, 0, true));
    assert_eq!(read(json!([no_day])), (StageTrigger::Manual, 0, true));
    // What is left of several is when it may start.
    let some = json!([at_three("Nowhere"), at_three("UTC"), no_day]);
    assert_eq!(read(some), (StageTrigger::AfterRelease, 1, false));
    assert_eq!(read(json!([])), (StageTrigger::AfterRelease, 0, false));
}

/// Story: a condition that nobody can read left the stage to people, and its schedule started it all the same (S4).
#[test]
fn a_stage_that_is_left_to_people_has_no_schedule_that_starts_it() {
    let at_three = json!([{ "daysToRelease": 127, "startHours": 3, "timeZoneId": "UTC" }]);
    let unknown = json!([{ "name": "x", "conditionType": "moonPhase" }]);
    let (stage, warnings) = only_stage(json!({ "conditions": unknown, "schedules": at_three }));
    assert_eq!((stage.trigger, stage.schedules.len()), (StageTrigger::Manual, 0));
    assert!(warnings.iter().any(|warning| warning.contains("its schedules are left out")), "{warnings:?}");
}

/// Story: a demand that can't be read made the whole definition invalid. Without it the job would run on agents that it was not meant for.
#[test]
fn a_demand_that_cannot_be_read_is_left_out_and_the_stage_starts_by_hand_only() {
    let phase = |demands: Value| {
        let input = json!({ "demands": demands });
        json!([{ "phaseType": 1, "name": "Build", "workflowTasks": [], "deploymentInput": input }])
    };
    let at_three = json!([{ "daysToRelease": 127, "startHours": 3, "timeZoneId": "UTC" }]);
    for (unreadable, says) in [("java 17", "java 17"), ("x -exists y", "x -exists y")] {
        let phases = phase(json!(["node", unreadable]));
        let (stage, warnings) = only_stage(json!({ "deployPhases": phases, "schedules": at_three }));
        let kind = JobKind::Agent { pool: String::new(), demands: vec!["node".to_owned()] };
        assert_eq!((&stage.trigger, stage.schedules.len()), (&StageTrigger::Manual, 0));
        assert_eq!(stage.jobs[0].kind, kind);
        assert_eq!(cutover::validate(&PipelineDefinition::new("Shop").with_stage(stage)), Ok(()));
        let is_told = |it: &String| it.contains(says) && it.contains("starts by hand only");
        assert!(warnings.iter().any(is_told), "{warnings:?}");
    }
    let (stage, _) = only_stage(json!({ "deployPhases": phase(json!(["node", "java -gtVersion 17"])) }));
    assert_eq!(stage.trigger, StageTrigger::AfterRelease);
}

#[test]
fn a_filter_of_pull_requests_is_on_the_branch_that_they_go_into() {
    let (read, warnings) = triggers(&json!([{
        "triggerType": 6,
        "artifactAlias": "web",
        "triggerConditions": [{ "sourceBranch": "features/a", "targetBranch": "main" }],
    }]));
    let TriggerKind::PullRequest { filters, .. } = &read[0].kind else { panic!("{:?}", read[0]) };
    assert_eq!(filters[0].branches, ["main"]);
    assert_eq!(warnings.len(), 1);
}

#[test]
fn what_a_reference_says_of_the_default_version_counts_in_any_case() {
    let parts = json!({
        "Definition": { "id": "12", "name": "CI" },
        "DefaultVersionType": { "id": "selectDuringReleaseCreationType", "name": "" },
    });
    let source = json!({ "alias": "web", "type": "Build", "definitionReference": parts });
    let document = with(definition(&[stage("Dev", json!({}))]), json!({ "artifacts": [source] }));
    let source = &imported(&document).definition.artifacts[0];
    assert_eq!(source.default_version, DefaultVersion::ChosenAtCreation);
    assert_eq!(source.reference.len(), 2);
    assert_eq!(source.definition_name(), "CI");
}

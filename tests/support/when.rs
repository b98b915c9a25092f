//! Steps in which something happens: people and hosts ask for something, tasks end, time passes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use cucumber::gherkin::Step;
use cucumber::{given, when};
use cutover::deployment::{Answer, Report};
use cutover::transaction::Command;
use cutover::{
    Actor, ApprovalId, Approver, ArtifactVersion, DeployRequest, DraftEdit, NewRelease, ReleaseCommand,
    ReleaseReason,
};

use super::spec::Spec;
use super::words::{self, lines};

#[when(regex = r"^(\S+) saves the pipeline$")]
async fn saves(spec: &mut Spec, who: String) {
    spec.save(&who, None).await;
}

#[when(regex = r"^(\S+) saves the pipeline against revision (\d+)$")]
async fn saves_against(spec: &mut Spec, who: String, revision: u32) {
    spec.save(&who, Some(revision)).await;
}

#[when(regex = r"^releases? (R\d+(?:(?:, | and | to )R\d+)*) (?:is|are) created(?: by (\S+))?$")]
async fn created(spec: &mut Spec, names: String, who: String) {
    for name in words::list(&names) {
        spec.create_release(by(&who), &name, NewRelease::default()).await;
    }
}

#[when(regex = r"^releases? (R\d+(?:(?:, | and | to )R\d+)*) (?:is|are) created(?: by (\S+))? with:$")]
async fn created_with(spec: &mut Spec, names: String, who: String, step: &Step) {
    let mut request = NewRelease::default();
    for (field, value) in fields(step) {
        match field.as_str() {
            "draft" => request.draft = value == "yes",
            "description" => request.description = text(&value),
            "requested for" => request.requested_for = Some(words::user(&value)),
            "reason" => request.reason = Some(reason(&value)),
            "target" => request.target = Some(spec.stage_id(None, &value)),
            "manual stages" => {
                let stages = words::list(&value);
                request.manual_stages = stages.iter().map(|name| spec.stage_id(None, name)).collect();
            }
            _ => given(&mut request.variables, &mut request.artifacts, &field, &value),
        }
    }
    for name in words::list(&names) {
        spec.create_release(by(&who), &name, request.clone()).await;
    }
}

/// `variable Y` and `artifact app`; of an artifact version also `artifact app branch` and `artifact app commit`.
fn given(
    variables: &mut BTreeMap<String, String>,
    artifacts: &mut BTreeMap<String, ArtifactVersion>,
    field: &str,
    value: &str,
) {
    let words: Vec<&str> = field.split(' ').collect();
    match words[..] {
        ["variable", name] => {
            variables.insert(name.to_owned(), text(value));
        }
        ["artifact", alias] => {
            artifacts.insert(alias.to_owned(), ArtifactVersion::new(value));
        }
        ["artifact", alias, part] => {
            let version = artifacts.get_mut(alias).expect("the version comes first");
            match part {
                "branch" => value.clone_into(&mut version.branch),
                "commit" => version.commit = text(value),
                other => panic!("an artifact version has no {other:?}"),
            }
        }
        _ => panic!("a release has no {field:?}"),
    }
}

fn reason(word: &str) -> ReleaseReason {
    match word {
        "none" => ReleaseReason::None,
        "manual" => ReleaseReason::Manual,
        "continuousIntegration" => ReleaseReason::ContinuousIntegration,
        "schedule" => ReleaseReason::Schedule,
        "pullRequest" => ReleaseReason::PullRequest,
        other => panic!("no reason: {other:?}"),
    }
}

pub fn fields(step: &Step) -> Vec<(String, String)> {
    let pairs = lines(step).into_iter().map(|line| match line[..] {
        [field, value] => (field.to_owned(), value.to_owned()),
        _ => panic!("each line has two cells: {line:?}"),
    });
    pairs.collect()
}

/// `4001 characters` is a text of that length.
pub fn text(value: &str) -> String {
    let count = value.strip_suffix(" characters").and_then(|count| count.parse().ok());
    count.map_or_else(|| value.to_owned(), |count| "x".repeat(count))
}

fn by(who: &str) -> &str {
    if who.is_empty() { "eve" } else { who }
}

#[when(regex = r"^(\S+) edits (R\d+):$")]
async fn edits(spec: &mut Spec, who: String, release: String, step: &Step) {
    let mut edit = DraftEdit::default();
    for (field, value) in fields(step) {
        match field.as_str() {
            "description" => edit.description = Some(text(&value)),
            "snapshot" if value == "as edited" => {
                edit.snapshot = Some(Arc::new(spec.editor().definition.clone()));
            }
            "comment" => edit.comment = text(&value),
            _ if field.starts_with("artifact ") => {
                let artifacts = edit.artifacts.get_or_insert_default();
                given(&mut BTreeMap::new(), artifacts, &field, &value);
            }
            "manual stages" => {
                let names = words::list(&value);
                edit.manual_stages =
                    Some(names.iter().map(|name| spec.stage_id(Some(&release), name)).collect());
            }
            _ => {
                let variables = edit.variables.get_or_insert_default();
                given(variables, &mut BTreeMap::new(), &field, &value);
            }
        }
    }
    spec.give_release(&who, &release, ReleaseCommand::EditDraft(edit)).await;
}

#[when(regex = r"^(\S+) starts (R\d+)$")]
async fn starts(spec: &mut Spec, who: String, release: String) {
    spec.give_release(&who, &release, ReleaseCommand::Start).await;
}

#[when(regex = r#"^(\S+) deploys (\S+) of (R\d+)(?:, saying "(.*)")?$"#)]
async fn deploys(spec: &mut Spec, who: String, stage: String, release: String, comment: String) {
    let stage = spec.stage_id(Some(&release), &stage);
    let command = ReleaseCommand::Deploy(DeployRequest::new(stage).saying(text(&comment)));
    spec.give_release(&who, &release, command).await;
}

#[when(
    regex = r#"^(\S+) deploys (\S+) of (R\d+)(?: at (\d{4}-\d{2}-\d{2} \d{2}:\d{2}))? in spite of its artifact filters, saying "(.*)"$"#
)]
async fn overrides_filters(
    spec: &mut Spec,
    who: String,
    stage: String,
    release: String,
    moment: String,
    comment: String,
) {
    let stage = spec.stage_id(Some(&release), &stage);
    let mut request = DeployRequest::new(stage).overriding_artifact_filters(text(&comment));
    request.at = (!moment.is_empty()).then(|| words::moment(&moment));
    spec.give_release(&who, &release, ReleaseCommand::Deploy(request)).await;
}

#[when(regex = r"^(\S+) deploys (\S+) of (R\d+) at (\d{4}-\d{2}-\d{2} \d{2}:\d{2})$")]
async fn deploys_at(spec: &mut Spec, who: String, stage: String, release: String, moment: String) {
    let stage = spec.stage_id(Some(&release), &stage);
    let request = DeployRequest::new(stage).at(words::moment(&moment));
    spec.give_release(&who, &release, ReleaseCommand::Deploy(request)).await;
}

#[when(regex = r"^(\S+) deploys (\S+) of (R\d+) with:$")]
async fn deploys_with(spec: &mut Spec, who: String, stage: String, release: String, step: &Step) {
    let mut request = DeployRequest::new(spec.stage_id(Some(&release), &stage));
    for (field, value) in fields(step) {
        given(&mut request.variables, &mut BTreeMap::new(), &field, &value);
    }
    spec.give_release(&who, &release, ReleaseCommand::Deploy(request)).await;
}

#[when(regex = r"^(\S+) deploys (R\d+) up to (\S+)$")]
async fn deploys_up_to(spec: &mut Spec, who: String, release: String, target: String) {
    let target = spec.stage_id(Some(&release), &target);
    let command = ReleaseCommand::DeployUpTo { target, comment: String::new() };
    spec.give_release(&who, &release, command).await;
}

#[when(regex = r#"^(\S+) cancels (\S+) of (R\d+)(?:, saying "(.*)")?$"#)]
async fn cancels(spec: &mut Spec, who: String, stage: String, release: String, comment: String) {
    let stage = spec.stage_id(Some(&release), &stage);
    let command = ReleaseCommand::Cancel { stage, comment: text(&comment) };
    spec.give_release(&who, &release, command).await;
}

#[when(regex = r#"^(\S+) ignores gate (\S+) (before|after) (\S+) of (R\d+)(?:, saying "(.*)")?$"#)]
async fn ignores(
    spec: &mut Spec,
    who: String,
    gate: String,
    side: String,
    stage: String,
    release: String,
    comment: String,
) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let deployment = state.latest(stage.id).expect("it was deployed").id;
    let moment = if side == "before" { cutover::Moment::Before } else { cutover::Moment::After };
    let gates = stage.checks(moment).gates.as_ref().map_or(&[][..], |gates| &gates.gates);
    let place = gates.iter().position(|it| it.name == gate).unwrap_or(99);
    let gate = cutover::GateId { deployment, moment, gate: u32::try_from(place).expect("few gates") };
    let command = ReleaseCommand::IgnoreGate { gate, comment: text(&comment) };
    spec.give_release(&who, &release, command).await;
}

#[when(regex = r"^(\S+) abandons (R\d+)$")]
async fn abandons(spec: &mut Spec, who: String, release: String) {
    spec.give_release(&who, &release, ReleaseCommand::Abandon { comment: String::new() }).await;
}

#[when(regex = r"^(\S+) reactivates (R\d+)$")]
async fn reactivates(spec: &mut Spec, who: String, release: String) {
    spec.give_release(&who, &release, ReleaseCommand::Reactivate).await;
}

#[when(regex = r#"^(.+) (approves|rejects) (\S+) of (R\d+)(?:, saying "(.*)")?$"#)]
async fn answers(
    spec: &mut Spec,
    who: String,
    answer: String,
    stage: String,
    release: String,
    comment: String,
) {
    let answer = if answer == "approves" { Answer::Approve } else { Answer::Reject };
    let approval = approval_for(spec, &who, &stage, &release);
    let command = ReleaseCommand::Answer { approval, answer, comment: text(&comment) };
    spec.give_release(&who, &release, command).await;
}

/// Whoever does not know that it was asked again answers the one that he saw.
#[when(regex = r"^(\S+) approves the first approval of (\S+) of (R\d+)$")]
async fn approves_first(spec: &mut Spec, who: String, stage: String, release: String) {
    let state = spec.release(&release);
    let latest = state.latest(spec.stage_of(state, &stage).id).expect("it was deployed");
    let approval = *latest.approvals.keys().next().expect("somebody was asked");
    let command = ReleaseCommand::Answer { approval, answer: Answer::Approve, comment: String::new() };
    spec.give_release(&who, &release, command).await;
}

#[when(
    regex = r#"^(\S+) approves (\S+) of (R\d+) until (\d{4}-\d{2}-\d{2} \d{2}:\d{2})(?:, saying "(.*)")?$"#
)]
async fn approves_for_later(
    spec: &mut Spec,
    who: String,
    stage: String,
    release: String,
    moment: String,
    comment: String,
) {
    let approval = approval_for(spec, &who, &stage, &release);
    let (until, comment) = (words::moment(&moment), text(&comment));
    let command = ReleaseCommand::ApproveForLater { approval, until, comment };
    spec.give_release(&who, &release, command).await;
}

#[when(regex = r#"^(\S+) hands (\S+) of (R\d+) on to (\S+?)(?:, saying "(.*)")?$"#)]
async fn hands_on(spec: &mut Spec, who: String, stage: String, release: String, to: String, comment: String) {
    let approval = approval_for(spec, &who, &stage, &release);
    let command = ReleaseCommand::Reassign { approval, to: words::user(&to), comment: text(&comment) };
    spec.give_release(&who, &release, command).await;
}

#[when(regex = r"^the approval of (\S+) of (R\d+) is handed on between (\S+) and (\S+) (\d+) times$")]
async fn handed_to_and_fro(
    spec: &mut Spec,
    stage: String,
    release: String,
    first: String,
    second: String,
    times: usize,
) {
    for time in 0..times {
        let (from, to) = if time % 2 == 0 { (&first, &second) } else { (&second, &first) };
        hands_on(spec, from.clone(), stage.clone(), release.clone(), to.clone(), String::new()).await;
    }
}

#[when(regex = r#"^(\S+) starts (\S+) of (R\d+) before its moment(?:, saying "(.*)")?$"#)]
async fn starts_deferred(spec: &mut Spec, who: String, stage: String, release: String, comment: String) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let deployment = state.latest(stage.id).expect("it was deployed").id;
    let command = ReleaseCommand::StartDeferred { deployment, comment: text(&comment) };
    spec.give_release(&who, &release, command).await;
}

/// The approval that somebody means: an open one that he is asked for, else one that he was asked for, else an open one, else
/// whatever was asked last, else the first one of the stage.
fn approval_for(spec: &Spec, who: &str, stage: &str, release: &str) -> ApprovalId {
    let state = spec.release(release);
    let stage = spec.stage_of(state, stage);
    let latest = state.latest(stage.id).unwrap_or_else(|| panic!("{} was never deployed", stage.name));
    let is_asked = |approver: &Approver| match approver {
        Approver::User(user) => user.as_str() == who,
        Approver::Group(group) => {
            let members = spec.seen().groups.get(group);
            members.is_some_and(|members| members.iter().any(|member| member.as_str() == who))
        }
        Approver::Automatic => false,
    };
    let open: Vec<(ApprovalId, &Approver)> =
        latest.open_approvals().map(|(id, approver, ..)| (id, approver)).collect();
    let asked = latest.approvals.iter();
    let mut asked_of_him =
        asked.filter(|(_, it)| it.approver.as_ref().is_some_and(is_asked)).map(|(id, _)| *id);
    open.iter()
        .find(|(_, approver)| is_asked(approver))
        .map(|(id, _)| *id)
        .or_else(|| asked_of_him.next_back())
        .or_else(|| open.first().map(|(id, _)| *id))
        .or_else(|| latest.approvals.keys().next_back().copied())
        .unwrap_or(ApprovalId { deployment: latest.id, moment: cutover::Moment::Before, round: 1, step: 0 })
}

#[when(regex = r"^(\S+) of (R\d+(?:(?:, | and | to )R\d+)*) (succeeds|succeed|fails|partially succeeds)$")]
async fn ends(spec: &mut Spec, stage: String, releases: String, how: String) {
    let first = match &*how {
        "fails" => "fails",
        "partially succeeds" => "succeeds with issues",
        _ => "succeeds",
    };
    for release in words::list(&releases) {
        let mut how = first;
        let (task, _) = spec
            .running_task(&release, &stage)
            .unwrap_or_else(|| panic!("no task of {stage} of {release} runs"));
        let deployment = task.deployment();
        while let Some((task, _)) = spec.running_task(&release, &stage) {
            if task.deployment() != deployment {
                break;
            }
            report(spec, &release, task, how).await;
            how = "succeeds";
        }
    }
}

#[when(
    regex = r"^task (\S+) of (\S+) of (R\d+) (succeeds|succeeds with issues|fails|is lost|stops)(?: once more)?$"
)]
async fn task_ends(spec: &mut Spec, name: String, stage: String, release: String, how: String) {
    let task = spec.task_id(&release, &stage, &name);
    report(spec, &release, task, &how).await;
}

#[when(regex = r"^task (\S+) of (\S+) of (R\d+) turns out to have succeeded (\d+) minutes ago$")]
async fn task_has_ended(spec: &mut Spec, name: String, stage: String, release: String, minutes: i64) {
    let task = spec.task_id(&release, &stage, &name);
    let engine = spec.seen().engine();
    let ended = spec.driver().now() - TimeDelta::minutes(minutes);
    let report = Report::Succeeded.ended_at(ended);
    spec.give_release("the system", &release, ReleaseCommand::ReportTask { task, engine, report }).await;
}

pub async fn report(spec: &mut Spec, release: &str, task: cutover::TaskId, how: &str) {
    let message = "as the scenario says".to_owned();
    let report = match how {
        "succeeds" | "stops" => Report::Succeeded,
        "succeeds with issues" => Report::SucceededWithIssues { message },
        "fails" => Report::Failed { message },
        "is lost" => Report::Lost { message },
        other => panic!("a task does not end so: {other:?}"),
    };
    let engine = spec.seen().engine();
    let command = ReleaseCommand::ReportTask { task, engine, report };
    spec.give_release("the system", release, command).await;
}

#[when(regex = r"^another engine (claims|reports) task (\S+) of (\S+) of (R\d+)$")]
async fn another_engine(spec: &mut Spec, what: String, name: String, stage: String, release: String) {
    let task = spec.task_id(&release, &stage, &name);
    let mut claim = spec.seen().claim();
    claim.engine = cutover::EngineId::new("other").expect("a short text");
    let command = match &*what {
        "claims" => ReleaseCommand::ClaimTask { task, claim },
        _ => ReleaseCommand::ReportTask { task, engine: claim.engine, report: Report::Succeeded },
    };
    spec.give_release("the system", &release, command).await;
}

#[when(regex = r"^the engine takes up task (\S+) of (\S+) of (R\d+) again$")]
async fn reattaches(spec: &mut Spec, name: String, stage: String, release: String) {
    let task = spec.task_id(&release, &stage, &name);
    let claim = spec.seen().claim();
    let command = ReleaseCommand::ReattachTask {
        task,
        engine: claim.engine,
        incarnation: claim.incarnation,
        from: None,
    };
    spec.give_release("the system", &release, command).await;
}

#[when(regex = r"^(\d+) (days?|hours?|minutes?|seconds?) pass(?:es)?$")]
async fn time_passes(spec: &mut Spec, count: i64, unit: String) {
    spec.driver().pass(words::span(count, &unit)).await;
}

#[when(regex = r"^the clock steps back (\d+) (days?|hours?|minutes?|seconds?)$")]
fn clock_steps_back(spec: &mut Spec, count: i64, unit: String) {
    let now = spec.driver().now() - words::span(count, &unit);
    spec.driver().set_clock(now);
}

#[when("the engine goes down")]
fn goes_down(spec: &mut Spec) {
    spec.driver().is_down = true;
}

#[when("the engine restarts")]
async fn restarts(spec: &mut Spec) {
    spec.driver().restart().await;
    spec.driver().pass(TimeDelta::zero()).await;
}

#[when("the same command comes once more")]
async fn once_more(spec: &mut Spec) {
    let outcome = spec.driver().repeat().await;
    spec.outcome = Some(outcome);
    spec.refusal_was_expected = false;
}

#[given("every deployment succeeds")]
#[when("every deployment succeeds")]
async fn deployments_succeed(spec: &mut Spec) {
    spec.driver().script.tasks_succeed = true;
    spec.driver().go_on().await;
}

#[given("every approval is granted as soon as it is asked for")]
#[when("every approval is granted as soon as it is asked for")]
async fn approvals_are_granted(spec: &mut Spec) {
    spec.driver().script.approvals_are_granted = true;
    spec.driver().go_on().await;
}

#[when("the number of another release is taken for a new one")]
async fn number_is_taken(spec: &mut Spec) {
    let release = *spec.releases.values().next().expect("a release was created");
    let pipeline = spec.editor().id;
    let request = NewRelease::default();
    let command = cutover::PipelineCommand::CreateRelease { release, request };
    let eve: Actor = words::actor("eve");
    spec.give(&eve, Command::Pipeline(pipeline, command)).await;
}

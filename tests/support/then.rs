//! Steps that say how pipelines, releases, stages and approvals stand.

use cucumber::gherkin::Step;
use cucumber::then;
use cutover::deployment::JobRun;
use cutover::status::{deployment_status, operation_status, stage_status};
use cutover::{ReleaseReason, TaskId};

use super::driver::Outcome;
use super::spec::Spec;
use super::view;
use super::words::{self, is_as, lines, rows};

#[then(regex = r#"^it is refused: "(.*)"$"#)]
fn refused(spec: &mut Spec, expected: String) {
    match &spec.outcome {
        Some(Err(refusal)) => {
            let found = refusal.to_string();
            assert!(
                is_as(&expected.replace("\\\"", "\""), &found),
                "it was refused with another text: {found}"
            );
        }
        other => panic!("it was not refused: {other:?}"),
    }
    spec.refusal_was_expected = true;
}

#[then("nothing is recorded")]
fn nothing_recorded(spec: &mut Spec) {
    assert_eq!(spec.outcome, Some(Ok(Outcome::AlreadySo)));
}

#[then("it is known to have been carried out before")]
fn repeated(spec: &mut Spec) {
    assert_eq!(spec.outcome, Some(Ok(Outcome::Repeated)));
}

#[then(regex = r"^(R\d+) does not exist$")]
fn does_not_exist(spec: &mut Spec, release: String) {
    let id = spec.release_id(&release);
    assert!(spec.seen().release(id).is_none(), "{release} exists");
}

#[then(regex = r"^(R\d+) is (a draft|active|abandoned)$")]
fn release_is(spec: &mut Spec, release: String, state: String) {
    assert_eq!(spec.release(&release).state().to_string(), state);
}

#[then(regex = r#"^(R\d+) is named "(.*)"$"#)]
fn named(spec: &mut Spec, release: String, name: String) {
    assert_eq!(spec.release(&release).about().expect("it exists").name, name);
}

#[then(regex = r"^(R\d+) says:$")]
fn says(spec: &mut Spec, release: String, step: &Step) {
    let about = spec.release(&release).about().expect("it exists").clone();
    for line in lines(step) {
        let [field, expected] = line[..] else { panic!("each line has two cells: {line:?}") };
        let words: Vec<&str> = field.split(' ').collect();
        let found = match words[..] {
            ["number"] => about.id.to_string(),
            ["name"] => about.name.clone(),
            ["revision"] => about.revision.to_string(),
            ["description"] => about.description.clone(),
            ["creator"] => view::actor(&about.creator),
            ["requested", "for"] => {
                about.requested_for.as_ref().map_or_else(String::new, ToString::to_string)
            }
            ["reason"] => reason(about.reason).to_owned(),
            ["variable", name] => about.variables.get(name).cloned().unwrap_or_default(),
            ["artifact", alias, "branch"] => {
                about.artifacts.get(alias).map_or_else(String::new, |it| it.branch.clone())
            }
            ["triggered", "by"] => about.triggered_by.clone().unwrap_or_default(),
            ["artifact", alias] => about.artifacts.get(alias).map_or_else(String::new, |it| it.id.clone()),
            ["tags"] => about.tags.iter().cloned().collect::<Vec<_>>().join(", "),
            ["kept", "forever"] => view::keep_forever(about.keep_forever),
            ["snapshot", "revision"] => spec.release(&release).snapshots().len().to_string(),
            ["manual", "stages"] => {
                let definition = spec.seen().definition_of(spec.release(&release));
                let names = about.manual_stages.iter().filter_map(|id| definition.stage(*id));
                names.map(|stage| stage.name.clone()).collect::<Vec<_>>().join(", ")
            }
            _ => panic!("a release says no {field:?}"),
        };
        assert_eq!(found, expected, "{field} of {release}");
    }
}

const fn reason(reason: ReleaseReason) -> &'static str {
    match reason {
        ReleaseReason::None => "none",
        ReleaseReason::Manual => "manual",
        ReleaseReason::ContinuousIntegration => "continuousIntegration",
        ReleaseReason::Schedule => "schedule",
        ReleaseReason::PullRequest => "pullRequest",
    }
}

#[then(regex = r"^the pipeline is at revision (\d+)$")]
fn at_revision(spec: &mut Spec, revision: u32) {
    let id = spec.editor().id;
    let current = spec.seen().pipeline(id).and_then(|it| it.current()).expect("it was saved");
    assert_eq!(current.revision, revision);
}

/// What is probably not meant of the definition that the pipeline has.
#[then("the pipeline is warned of:")]
fn warned_of(spec: &mut Spec, step: &Step) {
    let newest = spec.newest_revision();
    let definition = spec.definition_at(newest).expect("it was saved");
    let told = cutover::warnings(&definition).into_iter().map(|warning| vec![warning.path, warning.what]);
    assert_eq!(told.collect::<Vec<_>>(), lines(step), "the place, and what is to be known");
}

#[then(regex = r"^the pipeline is (active|disabled|being deleted|deleted)$")]
fn activity(spec: &mut Spec, expected: String) {
    let pipeline = spec.editor().id;
    assert_eq!(spec.seen().pipeline_status(pipeline).activity().to_string(), expected);
}

#[then(regex = r"^(\S+) of (R\d+) is ([a-z].*)$")]
fn stage_is(spec: &mut Spec, stage: String, release: String, expected: String) {
    let found = stage_view(spec, &release, &stage);
    assert!(view::is_stage(&expected, &found), "{stage} of {release} is {found}");
}

#[then("the stages are:")]
fn stages_are(spec: &mut Spec, step: &Step) {
    let lines = lines(step);
    let (headings, rest) = lines.split_first().expect("a line of headings");
    let mut wrong = Vec::new();
    for line in rest {
        for (stage, expected) in headings.iter().zip(line).skip(1) {
            let found = stage_view(spec, line[0], stage);
            if !view::is_stage(expected, &found) {
                wrong.push(format!("{stage} of {} is {found}, not {expected}", line[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
}

fn stage_view(spec: &Spec, release: &str, stage: &str) -> String {
    let state = spec.release(release);
    let stage = spec.stage_of(state, stage);
    view::stage(spec, state.latest(stage.id))
}

#[then(regex = r"^(\S+) of (R\d+) has these attempts:$")]
fn attempts(spec: &mut Spec, stage: String, release: String, step: &Step) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let found = state.attempts(stage.id);
    let rows = rows(step, &["attempt", "state", "reason", "by", "comment", "snapshot"]);
    assert_eq!(found.len(), rows.len(), "so many attempts there are");
    for (deployment, row) in found.iter().zip(&rows) {
        assert_eq!(deployment.id.attempt.to_string(), row.cell("attempt"));
        let state = view::stage(spec, Some(deployment));
        assert!(view::is_stage(row.cell("state"), &state), "attempt {} is {state}", row.cell("attempt"));
        if let Some(reason) = row.has("reason") {
            assert_eq!(format!("{:?}", deployment.reason).to_lowercase(), reason);
        }
        if let Some(by) = row.has("by") {
            assert_eq!(view::actor(&deployment.requested_by), by);
        }
        if let Some(snapshot) = row.has("snapshot") {
            assert_eq!(deployment.snapshot.to_string(), snapshot);
        }
        if let Some(comment) = row.has("comment") {
            assert_eq!(deployment.comment, comment);
        }
    }
}

/// In Azure's words, as its REST contract spells them.
#[then(regex = r"^(\S+) of (R\d+) shows (\S+), (\S+), (\S+)$")]
fn shows(
    spec: &mut Spec,
    stage: String,
    release: String,
    status: String,
    deployment: String,
    operation: String,
) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let latest = state.latest(stage.id).expect("it was deployed");
    let found = [
        format!("{:?}", stage_status(Some(latest))),
        format!("{:?}", deployment_status(latest)),
        format!("{:?}", operation_status(latest)),
    ]
    .map(|word| word[..1].to_lowercase() + &word[1..]);
    assert_eq!(found, [status, deployment, operation]);
}

#[then("no approval is pending")]
fn no_approval(spec: &mut Spec) {
    assert_eq!(pending(spec), Vec::<(String, String)>::new());
}

#[then(regex = r"^approvals are pending from (.+) for (R\d+(?:(?:, | and | to )R\d+)*)$")]
fn pending_from(spec: &mut Spec, who: String, releases: String) {
    let releases = words::list(&releases);
    let mut expected: Vec<(String, String)> = words::list(&who)
        .iter()
        .flat_map(|who| releases.iter().map(|release| (who.clone(), release.clone())))
        .collect();
    expected.sort();
    let mut found = pending(spec);
    found.sort();
    assert_eq!(found, expected);
}

/// `ann for R2, pat for R1`
#[then(regex = r"^approvals are pending: (.+)$")]
fn pending_are(spec: &mut Spec, expected: String) {
    let mut expected: Vec<(String, String)> = words::list(&expected)
        .iter()
        .map(|pair| pair.split_once(" for ").expect("somebody for a release"))
        .map(|(who, release)| (who.to_owned(), release.to_owned()))
        .collect();
    expected.sort();
    let mut found = pending(spec);
    found.sort();
    assert_eq!(found, expected);
}

fn pending(spec: &Spec) -> Vec<(String, String)> {
    let pending = spec.seen().pending_approvals();
    let named = pending
        .iter()
        .map(|(id, approver)| (view::approver(approver), spec.release_name(id.deployment.release)));
    named.collect()
}

#[then(regex = r"^never more than (\d+) approvals? (?:was|were) pending$")]
fn most_pending(spec: &mut Spec, most: usize) {
    assert_eq!(spec.seen().most_pending, most, "so many were pending at most");
}

#[then(regex = r"^the approvals of (\S+) of (R\d+) are:$")]
fn approvals(spec: &mut Spec, stage: String, release: String, step: &Step) {
    check_approvals(spec, &stage, &release, None, step);
}

#[then(regex = r"^the approvals of attempt (\d+) at (\S+) of (R\d+) are:$")]
fn approvals_of_attempt(spec: &mut Spec, attempt: usize, stage: String, release: String, step: &Step) {
    check_approvals(spec, &stage, &release, Some(attempt), step);
}

fn check_approvals(spec: &Spec, stage: &str, release: &str, attempt: Option<usize>, step: &Step) {
    let state = spec.release(release);
    let stage = spec.stage_of(state, stage);
    let attempts = state.attempts(stage.id);
    let deployment = attempt.map_or(attempts.last(), |attempt| attempts.get(attempt - 1));
    let approvals = &deployment.expect("there is such an attempt").approvals;
    let found: Vec<Vec<String>> =
        approvals.iter().map(|(id, approval)| view::approval(*id, approval).to_vec()).collect();
    assert_eq!(found, lines(step), "when, who is asked, where it stands");
}

#[then(regex = r"^the tasks of (\S+) of (R\d+) are:$")]
fn tasks(spec: &mut Spec, stage: String, release: String, step: &Step) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let latest = state.latest(stage.id).expect("it was deployed");
    let mut found = Vec::new();
    for (place, job) in latest.planned_jobs(&stage).iter().enumerate() {
        let tasks = latest.jobs.get(place).map_or(&[][..], JobRun::tasks);
        for (place, task) in job.tasks.iter().enumerate() {
            found.push(vec![task.name.clone(), view::task(tasks.get(place))]);
        }
    }
    assert_eq!(found, lines(step));
}

#[then(regex = r"^the jobs of (\S+) of (R\d+) are:$")]
fn jobs(spec: &mut Spec, stage: String, release: String, step: &Step) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let latest = state.latest(stage.id).expect("it was deployed");
    let jobs = latest.planned_jobs(&stage).iter().enumerate();
    let found: Vec<Vec<String>> =
        jobs.map(|(place, job)| vec![job.name.clone(), view::job(latest.jobs.get(place))]).collect();
    assert_eq!(found, lines(step));
}

#[then(regex = r"^the jobs of (\S+) of (R\d+) ended as (.+)$")]
fn jobs_ended(spec: &mut Spec, stage: String, release: String, expected: String) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let ended = state.latest(stage.id).and_then(|latest| latest.ended);
    assert_eq!(ended.map(|(_, result)| view::job_result(result)), Some(&*expected));
}

fn order(spec: &Spec, release: &str, stage: &str, task: &str) -> Result<cutover::TaskOrder, String> {
    let id: TaskId = spec.task_id(release, stage, task);
    spec.seen().order(id).map_err(|error| error.to_string())
}

#[then(regex = r#"^task (\S+) of (\S+) of (R\d+) is told (\S+) = "(.*)"$"#)]
fn told(spec: &mut Spec, task: String, stage: String, release: String, input: String, expected: String) {
    let order = order(spec, &release, &stage, &task).expect("it can be told");
    assert_eq!(order.inputs.get(&input), Some(&expected));
}

#[then(regex = r#"^task (\S+) of (\S+) of (R\d+) can not be told what to do: "(.*)"$"#)]
fn not_told(spec: &mut Spec, task: String, stage: String, release: String, expected: String) {
    let error = order(spec, &release, &stage, &task).expect_err("it can't be told");
    assert!(is_as(&expected.replace("\\\"", "\""), &error), "{error}");
}

#[then(regex = r"^the (current|last good|last touched) release of (\S+) is (R\d+|none)$")]
fn current(spec: &mut Spec, which: String, stage: String, expected: String) {
    let id = spec.queue_id(&stage);
    let queue = spec.seen().queue(id);
    let deployment = queue.and_then(|queue| match &*which {
        "current" => queue.current(),
        "last touched" => queue.last_touched(),
        _ => queue.last_good(),
    });
    let found = deployment.map_or_else(|| "none".to_owned(), |it| spec.release_name(it.release));
    assert_eq!(found, expected);
}

#[then(regex = r"^(\S+) is waited for by (nobody|R\d+(?:(?:, | and | to )R\d+)*)$")]
fn waiting(spec: &mut Spec, stage: String, expected: String) {
    let id = spec.queue_id(&stage);
    let waiting: Vec<_> = spec.seen().queue(id).into_iter().flat_map(|queue| queue.waiting()).collect();
    let found: Vec<String> =
        waiting.iter().map(|(deployment, _)| spec.release_name(deployment.release)).collect();
    let expected = if expected == "nobody" { Vec::new() } else { words::list(&expected) };
    assert_eq!(found, expected);
}

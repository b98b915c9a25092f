//! Steps about what was recorded: in which order, together with what, and by whom.

use std::collections::BTreeMap;

use cucumber::gherkin::Step;
use cucumber::then;
use cutover::deployment::DeploymentEvent;
use cutover::difference::{Contents, Difference, between_definitions, between_releases};
use cutover::gate::GateResult;
use cutover::store::{Cause, RecordedCommit, RecordedEvent};
use cutover::{DeploymentId, Digest, Event, Moment, ReleaseEvent, Subject};

use super::spec::Spec;
use super::view;
use super::words::{self, is_as, lines};

/// Every event of a deployment, in order.
pub fn deployment_events(spec: &Spec) -> Vec<DeploymentEvent> {
    let events = spec.seen().log().iter().flat_map(|commit| &commit.events);
    let decoded = events.filter_map(|event| match decode(event) {
        (_, Event::Release(ReleaseEvent::Deployment(event))) => Some(event),
        _ => None,
    });
    decoded.collect()
}

fn decode(event: &RecordedEvent) -> (Subject, Event) {
    let subject = Subject::try_from(&event.stream).expect("a stream of an aggregate");
    let decoded = Event::decode(&subject, event).expect("an event of this version");
    (subject, decoded)
}

/// `QA of R1`.
fn place(spec: &Spec, id: DeploymentId) -> String {
    let release = spec.seen().release(id.release).expect("it exists");
    let stage = spec.seen().definition_of(release).stage(id.stage).expect("it has the stage");
    format!("{} of {}", stage.name, spec.release_name(id.release))
}

#[then(regex = r"^deployments began in this order: (.+)$")]
fn began(spec: &mut Spec, expected: String) {
    let events = deployment_events(spec);
    let found: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            DeploymentEvent::Begun { deployment, .. } => Some(place(spec, *deployment)),
            _ => None,
        })
        .collect();
    assert_eq!(found, places(&expected));
}

#[then(regex = r"^approvals timed out in this order: (.+)$")]
fn timed_out(spec: &mut Spec, expected: String) {
    let events = deployment_events(spec);
    let found: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            DeploymentEvent::ApprovalTimedOut { approval } => Some(place(spec, approval.deployment)),
            _ => None,
        })
        .collect();
    assert_eq!(found, places(&expected));
}

/// `Dev of R1, QA of R1` as it is, `R1 to R5 in QA` as `QA of R1` and so on.
fn places(expected: &str) -> Vec<String> {
    match expected.split_once(" in ") {
        Some((releases, stage)) => {
            words::list(releases).iter().map(|release| format!("{stage} of {release}")).collect()
        }
        None => words::list(expected),
    }
}

#[then("no deployment began")]
fn none_began(spec: &mut Spec) {
    began(spec, String::new());
}

#[then(regex = r"^slots of (\S+) were granted in this order: (.+)$")]
fn granted(spec: &mut Spec, stage: String, expected: String) {
    let stage = spec.stage_id(None, &stage);
    let events = deployment_events(spec);
    let found: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            DeploymentEvent::SlotGranted { deployment } if deployment.stage == stage => {
                Some(spec.release_name(deployment.release))
            }
            _ => None,
        })
        .collect();
    assert_eq!(found, words::list(&expected));
}

/// AP11: the frozen definition, the stage, the artifact versions, the variables, and the values given when deploying, as one digest.
#[then("every answer says the digest of what was approved")]
fn digests(spec: &mut Spec) {
    for event in deployment_events(spec) {
        if let DeploymentEvent::ApprovalAnswered { approval, of, .. } = event {
            let release = spec.seen().release(approval.deployment.release).expect("it exists");
            let about = release.about().expect("it exists");
            let given = &release.deployment(approval.deployment).expect("it exists").variables;
            let what = (about.snapshot, approval.deployment.stage, &about.artifacts, &about.variables, given);
            assert_eq!(of, Digest::of_json(&what).expect("it is JSON"));
        }
    }
}

#[then(regex = r"^approvals were asked for in this order: (.+)$")]
fn asked(spec: &mut Spec, expected: String) {
    let events = deployment_events(spec);
    let found: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            DeploymentEvent::ApprovalAsked { approval, approver, .. } => Some(format!(
                "{} for {}",
                view::approver(approver),
                spec.release_name(approval.deployment.release)
            )),
            _ => None,
        })
        .collect();
    assert_eq!(found, words::list(&expected));
}

#[then(regex = r"^at most (\d+) deployments? of (\S+) (?:was|were) in progress at once$")]
fn at_once(spec: &mut Spec, most: usize, stage: String) {
    let stage = spec.stage_id(None, &stage);
    let mut holding = BTreeMap::new();
    let mut found = 0;
    for event in deployment_events(spec) {
        match event {
            DeploymentEvent::SlotGranted { deployment } if deployment.stage == stage => {
                holding.insert(deployment, ());
            }
            DeploymentEvent::Over { deployment, .. } => {
                holding.remove(&deployment);
            }
            _ => {}
        }
        found = found.max(holding.len());
    }
    assert_eq!(found, most, "so many were in progress at most");
}

/// An event as a line of a table: whose it is, and its stored name.
fn told(spec: &Spec, event: &RecordedEvent) -> [String; 2] {
    let (subject, decoded) = decode(event);
    let whose = match (subject, decoded) {
        (_, Event::Release(ReleaseEvent::Deployment(event))) => place(spec, event.deployment()),
        (Subject::Release(id), _) => spec.release_name(id),
        (Subject::Queue(id), _) => {
            let stages = spec.pipelines.values().filter(|editor| editor.id == id.pipeline);
            let stage = stages.into_iter().find_map(|editor| editor.definition.stage(id.stage));
            format!("queue of {}", stage.map_or("a stage", |stage| stage.name.as_str()))
        }
        (Subject::Pipeline(_), _) => "pipeline".to_owned(),
        (Subject::Snapshot(_), _) => "snapshot".to_owned(),
        (subject, _) => subject.to_string(),
    };
    [whose, event.name.to_string()]
}

/// All of these, in this order, in one and the same commit; others may stand between.
#[then("one commit holds:")]
fn one_commit(spec: &mut Spec, step: &Step) {
    let expected = lines(step);
    let holds = |commit: &RecordedCommit| {
        let mut left = expected.iter();
        let mut next = left.next();
        for event in &commit.events {
            if next.is_some_and(|line| told(spec, event)[..] == line[..]) {
                next = left.next();
            }
        }
        next.is_none()
    };
    assert!(spec.seen().log().iter().any(holds), "no commit holds all of {expected:?} in this order");
}

#[then(regex = r"^no commit holds (\S+) and (\S+) of the same deployment$")]
fn never_together(spec: &mut Spec, first: String, second: String) {
    for commit in spec.seen().log() {
        let of = |name: &str| -> Vec<String> {
            commit.events.iter().filter(|it| it.name == name).map(|it| told(spec, it)[0].clone()).collect()
        };
        let second = of(&second);
        assert!(!of(&first).iter().any(|whose| second.contains(whose)), "commit {} does", commit.position);
    }
}

#[then(regex = r"^no commit holds more than (\d+) (\S+)$")]
fn bounded(spec: &mut Spec, most: usize, name: String) {
    let counts = spec
        .seen()
        .log()
        .iter()
        .map(|commit| commit.events.iter().filter(|event| event.name == name).count());
    assert_eq!(counts.max(), Some(most), "so many are in one commit at most");
}

/// The payload of the newest event of this name, as it is stored.
#[then(regex = r"^(\S+) was recorded last with (\{.*\})$")]
fn recorded_last_with(spec: &mut Spec, name: String, expected: String) {
    let mut events = spec.seen().log().iter().flat_map(|commit| &commit.events);
    let last = events.rfind(|event| event.name == name).expect("it was recorded");
    assert_eq!(last.payload.as_str(), expected);
}

#[then(regex = r"^(\S+) was recorded (\d+) times?$")]
fn recorded_times(spec: &mut Spec, name: String, times: usize) {
    let events = spec.seen().log().iter().flat_map(|commit| &commit.events);
    assert_eq!(events.filter(|event| event.name == name).count(), times);
}

/// What, who and when, of all that was recorded of a release.
#[then(regex = r"^the history of (R\d+) is:$")]
fn history(spec: &mut Spec, release: String, step: &Step) {
    let subject = Subject::Release(spec.release_id(&release));
    check_history(spec, subject, step);
}

#[then("the history of the pipeline is:")]
fn history_of_pipeline(spec: &mut Spec, step: &Step) {
    let subject = Subject::Pipeline(spec.editor().id);
    check_history(spec, subject, step);
}

fn check_history(spec: &Spec, subject: Subject, step: &Step) {
    let stream = subject.stream();
    let events = spec.seen().log().iter().flat_map(|commit| &commit.events);
    let found: Vec<Vec<String>> = events
        .filter(|event| event.stream == stream)
        .map(|event| {
            let time = event.header.time.format("%Y-%m-%d %H:%M").to_string();
            let [whose, what] = told(spec, event);
            vec![whose, what, event.header.actor.to_string(), time]
        })
        .collect();
    assert_eq!(found, lines(step), "whose, what, who, when");
}

/// What each event followed from: the command, a deadline, or another event of the same commit.
#[then("the reasons of the last commit are:")]
fn reasons(spec: &mut Spec, step: &Step) {
    let commit = spec.seen().log().last().expect("something was recorded");
    let found: Vec<Vec<String>> = commit
        .events
        .iter()
        .map(|event| {
            let reason = match event.cause {
                Cause::Command => "the command".to_owned(),
                Cause::Deadline => "a deadline".to_owned(),
                Cause::Event(place) => commit.events[place as usize].name.to_string(),
            };
            let [whose, what] = told(spec, event);
            vec![whose, what, reason]
        })
        .collect();
    assert_eq!(found, lines(step), "whose, what, why");
}

#[then(regex = r#"^(task|job) (\S+) of (\S+) of (R\d+) was skipped, since "(.*)"$"#)]
fn skipped_since(
    spec: &mut Spec,
    what: String,
    name: String,
    stage: String,
    release: String,
    expected: String,
) {
    let place = format!("{stage} of {release}");
    let (release, stage) = (spec.release_id(&release), spec.stage_id(None, &stage));
    let release = spec.seen().release(release).expect("it exists");
    let stage = spec.seen().definition_of(release).stage(stage).expect("it has the stage");
    let events = deployment_events(spec);
    let found: Vec<&str> = events
        .iter()
        .filter(|event| self::place(spec, event.deployment()) == place)
        .filter_map(|event| match event {
            DeploymentEvent::JobSkipped { job, why, .. } => {
                let job = &stage.jobs[job.job as usize];
                (what == "job" && job.name == name).then_some(why.as_str())
            }
            DeploymentEvent::TaskSkipped { task, why, .. } => {
                let task = &stage.jobs[task.job.job as usize].tasks[task.task as usize];
                (what == "task" && task.name == name).then_some(why.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(found, [expected]);
}

/// What was recorded of the task's last end, with `\"` for a quote.
#[then(regex = r#"^task (\S+) of (\S+) of (R\d+) ended, saying "(.*)"$"#)]
fn ended_saying(spec: &mut Spec, name: String, stage: String, release: String, expected: String) {
    let id = spec.task_id(&release, &stage, &name);
    let said = deployment_events(spec).into_iter().filter_map(|event| match event {
        DeploymentEvent::TaskEnded { task, message, .. } if task == id => Some(message),
        _ => None,
    });
    assert_eq!(said.last().expect("it ended"), expected.replace("\\\"", "\""));
}

/// Each line: when the sample was recorded, what each gate came to; then what was counted since the one before, if anything was.
#[then(regex = r"^the samples on record (before|after) (\S+) of (R\d+) are:$")]
fn samples(spec: &mut Spec, side: String, stage: String, release: String, step: &Step) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage);
    let latest = state.latest(stage.id).expect("it was deployed").id;
    let here = if side == "before" { Moment::Before } else { Moment::After };
    let gates = stage.checks(here).gates.as_ref().expect("it has gates");
    let log = spec.seen().log().iter().flat_map(|commit| &commit.events);
    let found: Vec<Vec<String>> = log
        .filter_map(|recorded| {
            let (_, event) = decode(recorded);
            let Event::Release(ReleaseEvent::Deployment(DeploymentEvent::GatesSampled {
                deployment,
                moment,
                sampled,
            })) = event
            else {
                return None;
            };
            let is_it = deployment == latest && moment == here;
            let results = sampled.results.iter().map(|(gate, result)| {
                let result = match result {
                    GateResult::Succeeded => "succeeded",
                    GateResult::Failed => "failed",
                    GateResult::NoAnswer => "did not answer",
                    GateResult::Ignored => "was ignored",
                };
                format!("{} {result}", gates.gates[*gate as usize].name)
            });
            let at = recorded.header.time.format("%H:%M").to_string();
            let counted = sampled.unrecorded.to_string();
            is_it.then(|| vec![at, results.collect::<Vec<_>>().join(", "), counted])
        })
        .collect();
    assert_eq!(found, lines(step));
}

/// Each change as a line of a table.
#[then(regex = r"^from (R\d+) to (R\d+) this changes:$")]
fn releases_differ(spec: &mut Spec, was: String, is: String, step: &Step) {
    check_changes(&between(spec, &was, &is), step);
}

#[then(regex = r"^from (R\d+) to (R\d+) nothing changes$")]
fn releases_are_equal(spec: &mut Spec, was: String, is: String) {
    let found = between(spec, &was, &is);
    assert!(found.is_empty(), "{found}");
}

fn check_changes(found: &Difference, step: &Step) {
    let lines = lines(step);
    let fits = lines.iter().zip(found.changes()).all(|(line, change)| is_as(line[0], &change.to_string()));
    assert!(fits && lines.len() == found.changes().len(), "this changes:\n{found}");
}

fn between(spec: &Spec, was: &str, is: &str) -> Difference {
    let [was, is] = [was, is].map(|name| spec.release(name));
    let of = |release| Contents::of(release, spec.seen().definition_of(release)).expect("it exists");
    between_releases(of(was), of(is))
}

#[then(regex = r"^from revision (\d+) to revision (\d+) this changes:$")]
fn revisions_differ(spec: &mut Spec, was: u32, is: u32, step: &Step) {
    let [was, is] = [was, is].map(|revision| spec.definition_at(revision).expect("there is such a revision"));
    check_changes(&between_definitions(&was, &is), step);
}

#[then(regex = r"^from revision (\d+) to revision (\d+) nothing changes$")]
fn revisions_are_equal(spec: &mut Spec, was: u32, is: u32) {
    let [was, is] = [was, is].map(|revision| spec.definition_at(revision).expect("there is such a revision"));
    let found = between_definitions(&was, &is);
    assert!(found.is_empty(), "{found}");
}

//! What is stored is stored for ever: each kind of event has a golden file, as it was first written, and it reads back to the same bytes.
//!
//! A new kind gets its file by `CUTOVER_GOLDEN=write cargo test -p cutover --test golden`. A file is never changed: a new meaning is a new
//! kind of event, or a new schema number beside this one.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]
#![allow(clippy::too_many_lines, reason = "lists with a sample of each event")]
#![allow(clippy::disallowed_methods, reason = "golden files are files; the core itself reads none")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;
use cutover::approval::Capacity;
use cutover::deployment::{
    Answer, Assignment, CancelReason, Claim, DeploymentEvent as D, DeploymentReason, End, Entry,
    InterventionAnswer, JobResult, Rejection, SkipReason, SliceSkip, StopReason, SucceededBefore, TaskResult,
    Trigger,
};
use cutover::freeze::{FreezesEvent, Hold};
use cutover::gate::{GateResult, GateTimes, SampleNumber, Sampled};
use cutover::notification::{Mark, NotificationId};
use cutover::permission::{Grant, Grantee, Permission, PermissionsEvent};
use cutover::schedule::{Missed, Occurrence, WeekTime, Window};
use cutover::store::{Cause, CommitHeader, Json, Position, RecordedEvent, Sequence};
use cutover::trigger::Reach;
use cutover::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Golden {
    name: String,
    schema: u32,
    payload: Json,
}

fn subject(event: &Event) -> Subject {
    match event {
        Event::Directory(_) => Subject::Directory,
        Event::Pipeline(_) => Subject::Pipeline(PipelineId(3)),
        Event::Snapshot(_) => Subject::Snapshot(Digest::of(b"")),
        Event::Release(_) => Subject::Release(ReleaseId(17)),
        Event::Freezes(_) => Subject::Freezes,
        Event::Permissions(_) => Subject::Permissions,
        Event::PipelineStatus(_) => Subject::PipelineStatus(PipelineId(3)),
        Event::Queue(_) => Subject::Queue(QueueId { pipeline: PipelineId(3), stage: StageId(2) }),
        Event::Artifact(_) => Subject::Artifact(source()),
        Event::VariableGroup(_) => Subject::VariableGroup(group()),
        Event::Locks(_) => Subject::Locks,
        Event::Pool(_) => Subject::Pool(PoolId::new("build farm").expect("an id")),
        Event::Targets(_) => Subject::Targets(machines()),
        Event::Cursor(_) => Subject::Cursor(CursorId::new("chat").expect("an id")),
    }
}

fn recorded(event: &Event) -> RecordedEvent {
    let (name, schema, payload) = event.encode().expect("it can be written");
    recorded_as(&subject(event), name.to_owned(), schema, payload)
}

fn recorded_as(subject: &Subject, name: String, schema: u32, payload: Json) -> RecordedEvent {
    let header = CommitHeader {
        id: CommitId::new("commit").expect("an id"),
        command: CommandId::new("command").expect("an id"),
        actor: Actor::System,
        time: DateTime::UNIX_EPOCH,
    };
    RecordedEvent {
        stream: subject.stream(),
        sequence: Sequence(1),
        position: Position(1),
        index: 0,
        header: Arc::new(header),
        cause: Cause::Command,
        name: name.into(),
        schema,
        payload,
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn every_kind_of_event_reads_back_as_it_was_first_written() {
    let samples = samples();
    let found: BTreeSet<String> = samples.iter().map(|event| recorded(event).name.into_owned()).collect();
    let known: BTreeSet<String> = Event::names().map(ToOwned::to_owned).collect();
    assert_eq!(found, known, "each kind of event has a sample here");
    for event in samples {
        let RecordedEvent { name, schema, payload, .. } = recorded(&event);
        let path = folder().join(format!("{name}.json"));
        if std::env::var("CUTOVER_GOLDEN").is_ok_and(|word| word == "write") && !path.exists() {
            let golden = Golden { name: name.to_string(), schema, payload };
            std::fs::create_dir_all(folder()).expect("the folder is writable");
            let text = serde_json::to_string(&golden).expect("it can be written");
            std::fs::write(&path, text + "\n").expect("the folder is writable");
        }
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let golden: Golden = serde_json::from_str(&text).expect("a golden file");
        let stored = recorded_as(&subject(&event), golden.name, golden.schema, golden.payload);
        let read = Event::decode(&subject(&event), &stored).expect("what was written is read for ever");
        assert_eq!(read, event, "{name}");
        assert_eq!(recorded(&read).payload, stored.payload, "{name}");
    }
}

/// What was added to an event later is left out where it says nothing, so that what was written before reads as it did.
#[test]
fn an_answer_says_of_which_groups_that_are_asked_they_were_a_member() {
    let answers = of_deployments().into_iter().find(|event| matches!(event, D::ApprovalAnswered { .. }));
    let Some(D::ApprovalAnswered { approval, answer, by, capacity, comment, of, .. }) = answers else {
        panic!("an answer is among the samples");
    };
    let groups = BTreeSet::from([GroupId::new("ops").expect("an id")]);
    let event = D::ApprovalAnswered { approval, answer, by, capacity, comment, groups, of };
    let event = Event::Release(ReleaseEvent::Deployment(event));
    let RecordedEvent { payload, .. } = recorded(&event);
    let expected = r#""groups":["ops"]"#;
    assert!(payload.as_str().contains(expected), "{payload:?}");
    assert_eq!(Event::decode(&subject(&event), &recorded(&event)).expect("it reads back"), event);
}

#[test]
fn what_was_added_later_is_written_where_it_says_something() {
    let (deployment, queue) = (deployment(), QueueId { pipeline: PipelineId(3), stage: StageId(2) });
    let local = DateTime::UNIX_EPOCH.naive_utc();
    let occurrence = schedule::OccurrenceId { schedule: ScheduleId(1), local };
    let entry = Entry { revision: 2, policy: QueuingPolicy::Unlimited };
    let scheduled = ScheduledEntry { occurrence, revision: 2, policy: QueuingPolicy::Unlimited };
    let because = Declined::StageRemoved;
    let joins = BTreeMap::from([(machines(), Join(3))]);
    let job = JobId { deployment, job: 0 };
    let slice = SliceId { job, slice: 0 };
    let pool = PoolId::new("build farm").expect("an id");
    let farm = pool.clone();
    let events = [
        (Event::Queue(QueueEvent::Entered { deployment, yields: true }), r#""yields":true"#),
        (Event::Queue(QueueEvent::Declined { deployment, because }), r#""because":"stage-removed""#),
        (
            Event::Queue(QueueEvent::Announced { deployment, scheduled: Some(scheduled) }),
            r#""scheduled":{"occurrence":{"schedule":1,"local":"1970-01-01T00:00:00"},"revision":2,"policy":"unlimited"}"#,
        ),
        (
            of(D::SliceEnded { slice, result: JobResult::Succeeded, frees: Some(pool.clone()) }),
            r#""frees":"build farm""#,
        ),
        (
            of(D::SliceSkipped { job, slices: vec![0], because: SliceSkip::Canceled, frees: Some(pool) }),
            r#""frees":"build farm""#,
        ),
        (
            of(D::AgentAsked {
                job,
                slices: vec![0],
                pool: farm,
                demands: Vec::new(),
                waits_until: Some(DateTime::UNIX_EPOCH),
            }),
            r#""waits_until":"1970-01-01T00:00:00Z""#,
        ),
        (
            of(D::CancelAsked {
                deployment,
                because: CancelReason::Abandoned,
                waits_until: Some(DateTime::UNIX_EPOCH),
            }),
            r#""waits_until":"1970-01-01T00:00:00Z""#,
        ),
        (of(D::MomentCame { deployment, queue: Some(queue) }), r#""queue":{"pipeline":3,"stage":2}"#),
        (of(D::SlotAsked { deployment, queue, entry, yields: true, by_hand: false }), r#""yields":true"#),
        (of(D::SlotAsked { deployment, queue, entry, yields: false, by_hand: true }), r#""by_hand":true"#),
        (
            of(D::SnapshotTaken { deployment, revision: 3, runs_all_jobs: true }),
            r#""revision":3,"runs_all_jobs":true"#,
        ),
        (
            of(D::Over {
                deployment,
                end: End::Rejected(Rejection::JobsFailed),
                queue,
                conclusion: None,
                joins: joins.clone(),
                rolls_back: true,
                frees_locks: false,
            }),
            r#""joins":{"web servers":3},"rolls_back":true"#,
        ),
        (
            Event::Queue(QueueEvent::Left { deployment, conclusion: None, joins }),
            r#""joins":{"web servers":3}"#,
        ),
        (
            of(D::JobBegan { job, times_out_at: None, joined: Some(Join(3)), slices: Vec::new() }),
            r#""joined":3"#,
        ),
        (
            of(D::Triggered(Box::new(to_new_targets(deployment)))),
            r#""only":{"group":"web servers","joined":4,"targets":["machine-7"]}"#,
        ),
        (
            of(D::Triggered(Box::new(Trigger {
                deployment,
                reason: DeploymentReason::Manual,
                by: Actor::System,
                comment: "a hotfix".to_owned(),
                queue,
                entry,
                span: SlotSpan::ApprovalsAndJobs,
                until: None,
                occurrence: None,
                variables: BTreeMap::new(),
                succeeded_before: Vec::new(),
                only: None,
                overrides_filters: true,
            }))),
            r#""overrides_filters":true"#,
        ),
    ];
    for (event, expected) in events {
        let RecordedEvent { payload, .. } = recorded(&event);
        assert!(payload.as_str().contains(expected), "{payload:?}");
        assert_eq!(Event::decode(&subject(&event), &recorded(&event)).expect("it reads back"), event);
    }
}

fn of(event: D) -> Event {
    Event::Release(ReleaseEvent::Deployment(event))
}

#[test]
fn an_event_of_a_later_version_is_refused_by_name() {
    let payload = Json::parse("{}").expect("JSON");
    let later =
        recorded_as(&Subject::Directory, "directory.renamed-everything".to_owned(), 1, payload.clone());
    let refused = Event::decode(&Subject::Directory, &later).expect_err("it is not known").to_string();
    assert!(refused.contains("directory.renamed-everything"), "{refused}");
    let later = recorded_as(&Subject::Directory, "directory.ids-reserved".to_owned(), 2, payload);
    assert!(Event::decode(&Subject::Directory, &later).is_err(), "a later schema is not guessed at");
}

fn definition() -> Arc<PipelineDefinition> {
    let stage = Stage::new(StageId(2), "QA").after_release().with_task(Task::command("echo hi"));
    Arc::new(PipelineDefinition::new("Shop").with_stage(stage))
}

fn samples() -> Vec<Event> {
    let digest = Digest::of(b"definition");
    let (pipeline, release) = (PipelineId(3), ReleaseId(17));
    let version = ArtifactVersion::new("20240503.1");
    let numbered = NumberedRelease {
        release,
        name: "Release-5".to_owned(),
        counter: Some(("Release-".to_owned(), 5)),
        revision: 2,
        digest,
        groups: BTreeMap::new(),
        reason: ReleaseReason::Manual,
        description: "a hotfix".to_owned(),
        requested_for: UserId::new("eve").ok(),
        artifacts: BTreeMap::from([("app".to_owned(), version.clone())]),
        variables: BTreeMap::from([("color".to_owned(), "blue".to_owned())]),
        manual_stages: BTreeSet::from([StageId(2)]),
        target: Some(StageId(2)),
        draft: true,
        triggered_by: None,
    };
    let created = CreatedRelease {
        release,
        name: "Release-5".to_owned(),
        pipeline,
        revision: 2,
        snapshot: digest,
        reason: ReleaseReason::Manual,
        description: "a hotfix".to_owned(),
        creator: Actor::user("ann").expect("an id"),
        requested_for: UserId::new("eve").ok(),
        artifacts: BTreeMap::from([("app".to_owned(), version)]),
        variables: BTreeMap::from([("color".to_owned(), "blue".to_owned())]),
        manual_stages: BTreeSet::from([StageId(2)]),
        reach: Reach::Stages(BTreeSet::from([StageId(2)])),
        draft: true,
        triggered_by: None,
    };
    let (folder, name) = ("\\".to_owned(), "Shop".to_owned());
    let mut samples = vec![
        Event::Pipeline(PipelineEvent::Created { digest, definition: definition() }),
        Event::Pipeline(revised(digest)),
        Event::Pipeline(PipelineEvent::Renamed { folder, name }),
        Event::Pipeline(PipelineEvent::ReleaseNumbered(numbered)),
        Event::Snapshot(SnapshotEvent::Kept { definition: definition() }),
        Event::Release(ReleaseEvent::Created(Box::new(created))),
        Event::Release(ReleaseEvent::DraftEdited {
            description: Some("a hotfix".to_owned()),
            variables: Some(BTreeMap::new()),
            manual_stages: Some(BTreeSet::new()),
            artifacts: Some(BTreeMap::new()),
        }),
        Event::Release(ReleaseEvent::SnapshotRevised(Box::new(RevisedSnapshot {
            revision: 2,
            stage: Some(RevisedStage {
                stage: StageId(2),
                variables: BTreeSet::from(["color".to_owned()]),
                jobs: true,
            }),
            comment: "one more try".to_owned(),
            reach: Some(Reach::Everything),
            digest,
            definition: definition(),
        }))),
        Event::Release(ReleaseEvent::Edited {
            name: Some("Summer".to_owned()),
            description: Some("the summer sale".to_owned()),
            tags: Some(BTreeSet::from(["sale".to_owned()])),
        }),
        Event::Release(ReleaseEvent::KeptForever { comment: "audited".to_owned() }),
        Event::Release(ReleaseEvent::LetGo { comment: "audit is over".to_owned() }),
        Event::Release(ReleaseEvent::Started {}),
        Event::Release(ReleaseEvent::Abandoned { comment: "not needed".to_owned() }),
        Event::Release(ReleaseEvent::Reactivated {}),
        Event::Release(ReleaseEvent::TargetNamed {
            target: StageId(2),
            reach: Reach::Stages(BTreeSet::from([StageId(1), StageId(2)])),
            by_hand: BTreeSet::from([StageId(1), StageId(2)]),
        }),
        Event::Release(ReleaseEvent::TriggerIgnored {
            stage: StageId(2),
            because: TriggerIgnored::DeploymentNotOver,
        }),
    ];
    samples.extend(of_deleting());
    samples.extend(of_deployments().into_iter().map(|event| Event::Release(ReleaseEvent::Deployment(event))));
    samples.extend(of_queues().into_iter().map(Event::Queue));
    samples.extend(of_locks().into_iter().map(Event::Locks));
    samples.extend(of_pools().into_iter().map(Event::Pool));
    samples.extend(of_targets().into_iter().map(Event::Targets));
    samples.extend(of_freezes().into_iter().map(Event::Freezes));
    samples.extend(of_permissions().into_iter().map(Event::Permissions));
    samples.extend(of_directory().into_iter().map(Event::Directory));
    samples.extend(of_triggers().into_iter().map(Event::Pipeline));
    samples.extend(of_feeds().into_iter().map(Event::Artifact));
    samples.push(Event::VariableGroup(of_groups()));
    samples.extend(of_cursors().into_iter().map(Event::Cursor));
    samples
}

fn revised(digest: Digest) -> PipelineEvent {
    PipelineEvent::Revised {
        revision: 2,
        comment: "another stage".to_owned(),
        restores: Some(1),
        removed: Vec::new(),
        brought_back: Vec::new(),
        digest,
        definition: definition(),
    }
}

fn deployment() -> DeploymentId {
    "17/2#1".parse().expect("an id")
}

fn year_end() -> FreezeId {
    FreezeId::new("year end").expect("an id")
}

fn to_new_targets(deployment: DeploymentId) -> Trigger {
    let targets = BTreeSet::from([TargetId::new("machine-7").expect("an id")]);
    Trigger {
        deployment,
        reason: DeploymentReason::RedeployTrigger,
        by: Actor::System,
        comment: String::new(),
        queue: QueueId { pipeline: PipelineId(3), stage: deployment.stage },
        entry: Entry { revision: 2, policy: QueuingPolicy::Unlimited },
        span: SlotSpan::ApprovalsAndJobs,
        until: None,
        occurrence: None,
        variables: BTreeMap::new(),
        succeeded_before: Vec::new(),
        only: Some(NewTargets { group: machines(), joined: Join(4), targets }),
        overrides_filters: false,
    }
}

fn machines() -> TargetGroupId {
    TargetGroupId::new("web servers").expect("an id")
}

fn of_targets() -> Vec<TargetsEvent> {
    let target = TargetId::new("machine-7").expect("an id");
    let tags = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    vec![
        TargetsEvent::Registered {
            target: target.clone(),
            name: "web 7".to_owned(),
            tags: tags(&["eu", "web"]),
            joined: Some(Join(3)),
        },
        TargetsEvent::Retagged { target: target.clone(), tags: tags(&["us", "web"]) },
        TargetsEvent::CameOnline { target: target.clone(), joined: Some(Join(4)) },
        TargetsEvent::WentOffline { target: target.clone() },
        TargetsEvent::Removed { target },
    ]
}

fn of_freezes() -> Vec<FreezesEvent> {
    let by = Actor::user("ann").expect("an id");
    let at = |day, hour| WeekTime { day, hour, minute: 30 };
    let window = Window::Weekly {
        from: at(Weekday::Friday, 16),
        until: at(Weekday::Monday, 8),
        zone: "Europe/Warsaw".to_owned(),
    };
    let scope = Scope::Stage { pipeline: PipelineId(3), stage: StageId(2) };
    let reason = "the books are closed".to_owned();
    vec![
        FreezesEvent::Declared { freeze: year_end(), scope, window, reason, by: by.clone() },
        FreezesEvent::Lifted { freeze: year_end(), by, comment: "they are open".to_owned() },
    ]
}

fn of_permissions() -> Vec<PermissionsEvent> {
    let by = Actor::user("ann").expect("an id");
    let ops = Grantee::Group(GroupId::new("ops").expect("an id"));
    let bob = Grantee::User(UserId::new("bob").expect("an id"));
    let web = Scope::Folder("\\Web".to_owned());
    let grant = Grant::allow(ops, Permission::ManageDeployments, web);
    let revoked = Grant::deny(bob, Permission::AdministerPermissions, Scope::Pipeline(PipelineId(3)));
    vec![
        PermissionsEvent::Granted { grant, by: by.clone() },
        PermissionsEvent::Revoked { grant: revoked, by },
    ]
}

fn group() -> VariableGroupId {
    VariableGroupId::new("web shop").expect("an id")
}

fn of_groups() -> VariableGroupEvent {
    let variables = [("color", Variable::plain("blue")), ("password", Variable::secret("vault/shop"))];
    VariableGroupEvent::Saved {
        revision: 4,
        comment: "a new color".to_owned(),
        variables: variables.map(|(name, variable)| (name.to_owned(), variable)).into(),
    }
}

fn of_cursors() -> Vec<CursorEvent> {
    let id = NotificationId { position: Position(17), index: 3 };
    vec![
        CursorEvent::Opened { at: Mark::Through(Position(17)) },
        CursorEvent::Acknowledged { up_to: Mark::Within(id) },
        CursorEvent::Moved { to: Mark::START },
        CursorEvent::Closed {},
    ]
}

fn of_directory() -> Vec<DirectoryEvent> {
    let command = CommandId::new("c-1").expect("an id");
    vec![
        DirectoryEvent::IdsReserved { kind: IdKind::Release, first: 1, count: 16 },
        DirectoryEvent::NameClaimed {
            pipeline: PipelineId(3),
            folder: "\\".to_owned(),
            name: "Shop".to_owned(),
            folded: "\\\nshop".to_owned(),
            command,
        },
    ]
}

fn source() -> SourceId {
    SourceId::new("build:definition=12,project=shop").expect("an id")
}

fn of_feeds() -> Vec<ArtifactEvent> {
    let version = ArtifactVersion {
        commit: "c0ffee".to_owned(),
        time: Some(DateTime::UNIX_EPOCH),
        is_of_default_branch: true,
        ..ArtifactVersion::new("20240503.1")
    };
    let version = version.on_branch("refs/pull/1/merge").from_pull_request("main").with_tag("good");
    vec![
        ArtifactEvent::Published { publication: 7, version },
        ArtifactEvent::Tagged {
            publication: 8,
            version: "20240503.1".to_owned(),
            tags: BTreeSet::from(["signed".to_owned()]),
        },
    ]
}

fn of_triggers() -> Vec<PipelineEvent> {
    let (alias, release, schedule) = ("app".to_owned(), ReleaseId(17), ScheduleId(1));
    let local = DateTime::UNIX_EPOCH.naive_utc();
    let occurrence = Occurrence { local, at: DateTime::UNIX_EPOCH };
    let versions = BTreeMap::from([(alias.clone(), "20240503.1".to_owned())]);
    vec![
        PipelineEvent::Observing {
            sources: BTreeMap::from([(
                source(),
                Watch { observed: 6, asked: 1, since: BTreeMap::from([(0, 6)]) },
            )]),
        },
        PipelineEvent::TriggerFired {
            trigger: 0,
            alias: alias.clone(),
            source: source(),
            publication: 7,
            version: "20240503.1".to_owned(),
            release,
        },
        PipelineEvent::TriggerDeclined {
            trigger: 1,
            occasion: Occasion::Publication {
                alias: alias.clone(),
                source: source(),
                publication: 7,
                version: "20240503.1".to_owned(),
            },
            because: Decline::NoArtifactVersion { alias },
        },
        PipelineEvent::PublicationObserved { source: source(), publication: 7, forgotten: 3, asked: Some(1) },
        PipelineEvent::SchedulesArmed { armed: BTreeMap::from([(schedule, occurrence)]) },
        PipelineEvent::ScheduleCame {
            schedule,
            fires: Some(occurrence),
            missed: Some(Missed { first: occurrence, last: occurrence, count: 1 }),
            past: local,
            next: Some(occurrence),
        },
        PipelineEvent::ScheduleFired {
            schedule,
            occurrence,
            release,
            taken: Taken { revision: 2, versions },
        },
    ]
}

fn of_queues() -> Vec<QueueEvent> {
    let deployment = deployment();
    let one = 1.try_into().expect("not zero");
    vec![
        QueueEvent::PolicyAdopted { revision: 2, policy: QueuingPolicy::only_latest(one) },
        QueueEvent::Entered { deployment, yields: false },
        QueueEvent::Declined { deployment, because: Declined::Full },
        QueueEvent::SlotGranted { deployment },
        QueueEvent::Announced { deployment, scheduled: None },
        QueueEvent::DeploymentStarted { deployment },
        QueueEvent::StageRemoved { revision: 3 },
        QueueEvent::StageBroughtBack {},
        QueueEvent::Withdrawn { deployment },
        QueueEvent::DeploymentBegun { deployment },
        QueueEvent::SlotFreed { deployment },
        QueueEvent::SteppedBack { deployment },
        QueueEvent::Superseded { deployment, by: "18/2#1".parse().expect("an id") },
        QueueEvent::Left {
            deployment,
            conclusion: Some(Conclusion { ended_at: DateTime::UNIX_EPOCH, partially: true }),
            joins: BTreeMap::new(),
        },
        QueueEvent::TargetsObserved {
            group: machines(),
            joined: Join(4),
            current: deployment,
            targets: BTreeSet::from([TargetId::new("machine-7").expect("an id")]),
        },
        QueueEvent::RollbackChosen { rejected: deployment, good: "18/2#1".parse().expect("an id") },
        QueueEvent::RollbackDeclined { rejected: deployment, because: RollbackDeclined::NewerBegun },
        QueueEvent::Paused {
            by: Actor::user("ann").expect("an id"),
            reason: "the database moves".to_owned(),
        },
        QueueEvent::Resumed { by: Actor::user("ann").expect("an id"), comment: "it has moved".to_owned() },
        QueueEvent::MovedToFront {
            deployment,
            by: Actor::user("ann").expect("an id"),
            comment: "a hotfix".to_owned(),
        },
    ]
}

fn of_locks() -> Vec<LocksEvent> {
    let deployment = deployment();
    let group = LockGroupId::new("database").expect("an id");
    vec![
        LocksEvent::GroupDefined { group: group.clone(), capacity: 2.try_into().expect("not zero") },
        LocksEvent::GroupRemoved { group: group.clone() },
        LocksEvent::Asked { deployment, groups: BTreeSet::from([group]) },
        LocksEvent::Granted { deployment },
        LocksEvent::Freed { deployment },
    ]
}

fn of_pools() -> Vec<PoolEvent> {
    let slice: SliceId = "17/2#1.0:1".parse().expect("an id");
    let agent = AgentId::new("Web-1").expect("an id");
    let capabilities = Capabilities::new([("Agent.OS", "Linux"), ("java", "17")]).expect("capabilities");
    let demands = ["java", "Agent.OS -equals Linux", "Agent.Version -gtVersion 2.163.1"];
    let demands = demands.map(|demand| demand.parse().expect("a demand")).to_vec();
    vec![
        PoolEvent::Defined {},
        PoolEvent::Removed {},
        PoolEvent::AgentSaved { agent: agent.clone(), capabilities },
        PoolEvent::AgentRemoved { agent: agent.clone() },
        PoolEvent::AgentEnabled { agent: agent.clone() },
        PoolEvent::AgentDisabled { agent: agent.clone(), reason: "a new disk".to_owned() },
        PoolEvent::Asked { job: slice.job, slices: vec![1, 2], demands },
        PoolEvent::Granted { slice, agent },
        PoolEvent::Freed { job: slice.job, slices: vec![1] },
    ]
}

fn of_deleting() -> Vec<Event> {
    let pipeline = PipelineId(3);
    vec![
        Event::Release(ReleaseEvent::Deleted { comment: "too old".to_owned() }),
        Event::Release(ReleaseEvent::Restored {}),
        Event::Directory(DirectoryEvent::NameFreed { pipeline }),
        Event::PipelineStatus(PipelineStatusEvent::Disabled { comment: "moving house".to_owned() }),
        Event::PipelineStatus(PipelineStatusEvent::Enabled {}),
        Event::PipelineStatus(PipelineStatusEvent::DeletingBegun { comment: "moved".to_owned() }),
        Event::PipelineStatus(PipelineStatusEvent::Deleted { pipeline, comment: "moved".to_owned() }),
        Event::PipelineStatus(PipelineStatusEvent::Restored {
            pipeline,
            folder: "\\".to_owned(),
            name: "Shop".to_owned(),
        }),
    ]
}

fn of_deployments() -> Vec<D> {
    let deployment = deployment();
    let approval: ApprovalId = "17/2#1-pre.0".parse().expect("an id");
    let job: JobId = "17/2#1.0".parse().expect("an id");
    let task: TaskId = "17/2#1.0.3".parse().expect("an id");
    let slice: SliceId = "17/2#1.0:1".parse().expect("an id");
    let queue = QueueId { pipeline: PipelineId(3), stage: StageId(2) };
    let entry = Entry { revision: 2, policy: QueuingPolicy::in_order(2.try_into().expect("not zero")) };
    let at = DateTime::UNIX_EPOCH;
    let ann = Actor::user("ann").expect("an id");
    let incarnation = IncarnationId::new("i-1").expect("an id");
    let claim = Claim { engine: EngineId::new("main").expect("an id"), incarnation: incarnation.clone() };
    let ops = GroupId::new("ops").expect("an id");
    let times = GateTimes {
        delay_seconds: 300,
        interval_seconds: 60,
        minimum_success_seconds: 120,
        timeout_seconds: 3_600,
    };
    vec![
        D::Triggered(Box::new(Trigger {
            deployment,
            reason: DeploymentReason::Manual,
            by: ann.clone(),
            comment: "once more".to_owned(),
            queue,
            entry,
            span: SlotSpan::JobsOnly,
            until: Some(at),
            occurrence: None,
            variables: BTreeMap::from([("color".to_owned(), "blue".to_owned())]),
            succeeded_before: vec![SucceededBefore { job: 0, attempt: 1.try_into().expect("not zero") }],
            only: None,
            overrides_filters: false,
        })),
        D::SnapshotTaken { deployment, revision: 2, runs_all_jobs: false },
        D::ChecksRestarted { deployment, withdraws: Some(queue), frees_locks: false },
        D::JobsKept { deployment, jobs: Arc::new(vec![Job::agent("Agent job")]) },
        D::MomentCame { deployment, queue: None },
        D::BroughtForward { deployment, queue: None, by: ann.clone(), comment: "now".to_owned() },
        D::Deferred { deployment, until: at },
        D::SlotAsked { deployment, queue, entry, yields: false, by_hand: false },
        D::SlotGranted { deployment },
        D::LocksAsked { deployment, groups: BTreeSet::from([LockGroupId::new("database").expect("an id")]) },
        D::LocksGranted { deployment },
        D::ApprovalAsked { approval, approver: Approver::Group(ops.clone()), due: at },
        D::ApprovalPassedAutomatically { approval },
        D::ApprovalApprovedBefore {
            approval,
            approver: Approver::Group(ops.clone()),
            rests_on: vec!["17/1#2-post.1".parse().expect("an id")],
        },
        D::ApprovalReassigned {
            approval,
            from: Approver::Group(ops.clone()),
            to: UserId::new("bob").expect("an id"),
            by: ann.clone(),
            capacity: Capacity::OnBehalfOf(Approver::User(UserId::new("cy").expect("an id"))),
            comment: "on leave".to_owned(),
        },
        D::ApprovalAnswered {
            approval,
            answer: Answer::Approve,
            by: ann.clone(),
            capacity: Capacity::MemberOf(ops),
            comment: "looks good".to_owned(),
            groups: BTreeSet::new(),
            of: Digest::of(b"what is approved"),
        },
        D::ApprovalDeferred { approval, until: at },
        D::ApprovalTimedOut { approval },
        D::ApprovalSkipped { approval },
        D::ApprovalCanceled { approval },
        D::Frozen {
            deployment,
            until: Some(at),
            holds: vec![Hold { freeze: year_end(), reason: "the books are closed".to_owned() }],
            declines_locks: false,
        },
        D::Thawed { deployment },
        D::FreezesOverridden { deployment, by: ann.clone(), comment: "it is urgent".to_owned() },
        D::GatesBegun { deployment, moment: Moment::Before, gates: BTreeSet::from([0, 2]), times },
        D::GatesSampled {
            deployment,
            moment: Moment::After,
            sampled: Sampled {
                sample: SampleNumber(7),
                results: BTreeMap::from([(0, GateResult::Succeeded), (2, GateResult::NoAnswer)]),
                unrecorded: 3,
                steady_from: Some(SampleNumber(2)),
            },
        },
        D::GatesPassed { deployment, moment: Moment::Before },
        D::GatesTimedOut { deployment, moment: Moment::After },
        D::GateIgnored {
            deployment,
            moment: Moment::Before,
            gate: 2,
            by: ann.clone(),
            comment: "known, and harmless".to_owned(),
        },
        D::Begun { deployment, queue },
        D::JobBegan { job, times_out_at: Some(at), joined: None, slices: Vec::new() },
        D::JobCouldNotBegin { job, why: "a variable has no value".to_owned() },
        D::JobSkipped { job, because: SkipReason::Condition, why: String::new() },
        D::JobTimedOut { job },
        D::JobEnded { job, result: JobResult::PartiallySucceeded },
        D::SliceBegan { slice, times_out_at: Some(at) },
        D::AgentAsked {
            job,
            slices: vec![0, 1],
            pool: PoolId::new("build farm").expect("an id"),
            demands: vec!["java".parse().expect("a demand")],
            waits_until: None,
        },
        D::AgentGranted { slice, agent: AgentId::new("Web-1").expect("an id") },
        D::SliceSkipped { job, slices: vec![1], because: SliceSkip::SliceFailed, frees: None },
        D::SliceTimedOut { slice },
        D::SliceEnded { slice, result: JobResult::Succeeded, frees: None },
        D::TaskClaimed { task, claim, times_out_at: Some(at) },
        D::TaskReattached { task, incarnation },
        D::TaskSkipped { task, because: SkipReason::Disabled, why: String::new() },
        D::InterventionAsked {
            task,
            asked: Assignment {
                users: BTreeSet::from([UserId::new("ann").expect("an id")]),
                groups: BTreeSet::from([GroupId::new("ops").expect("an id")]),
                instructions: "look at the shop".to_owned(),
            },
            due: at,
            on_timeout: InterventionAnswer::Resume,
        },
        D::InterventionAnswered {
            task,
            answer: InterventionAnswer::Reject,
            by: ann.clone(),
            comment: "it is down".to_owned(),
        },
        D::TaskDelayed { task, until: at, times_out_at: Some(at) },
        D::TaskStopAsked { task, because: StopReason::TimedOut, kill_at: at },
        D::TaskEnded {
            task,
            result: TaskResult::Failed,
            message: "exit code 1".to_owned(),
            variables: vec![],
        },
        D::TaskRetryPlanned { task, until: at },
        D::TaskRetryDue { task: TaskId { retry: 1, ..task } },
        D::TaskRetryDropped { task: TaskId { retry: 1, ..task } },
        D::JobsEnded { deployment, result: JobResult::Failed, frees: Some(queue), frees_locks: false },
        D::CancelAsked {
            deployment,
            because: CancelReason::Asked { by: ann, comment: "wrong version".to_owned() },
            waits_until: None,
        },
        D::Over {
            deployment,
            end: End::Rejected(Rejection::ApprovalRejected(approval)),
            queue,
            conclusion: None,
            frees_locks: false,
            joins: BTreeMap::new(),
            rolls_back: false,
        },
    ]
}

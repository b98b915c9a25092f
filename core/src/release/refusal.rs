use crate::deployment::{Answer, Standing};
use crate::flow::Impossible;
use crate::gate::SampleRefusal;
use crate::retention::Reason;
use crate::text::TextTooLong;
use crate::trigger::NeverStarts;
use crate::variable::ValuesRefusal;
use crate::{
    Actor, ApprovalId, ArtifactRefusal, DeploymentId, Digest, EngineId, GateId, IncarnationId, Moment,
    StageId, TaskId, Timestamp, UserId,
};

use super::{ReleaseState, RevisionRefusal};

/// Why a release refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseRefusal {
    /// There is no such release.
    #[error("there is no such release")]
    NotFound,
    /// The release exists already.
    #[error("the release exists already")]
    Exists,
    /// Only a draft can be edited or started (R2).
    #[error("the release is {state}, not a draft")]
    NotADraft {
        /// What it is.
        state: ReleaseState,
    },
    /// Only an active release deploys, or is abandoned (R2, R5).
    #[error("the release is {state}, not active")]
    NotActive {
        /// What it is.
        state: ReleaseState,
    },
    /// Only an abandoned release can be reactivated (R5).
    #[error("the release is {state}, not abandoned")]
    NotAbandoned {
        /// What it is.
        state: ReleaseState,
    },
    /// The pipeline, as the release froze it, has no such stage.
    #[error("the release has no stage {stage}")]
    UnknownStage {
        /// The stage.
        stage: StageId,
    },
    /// The stage has no such attempt.
    #[error("there is no deployment {deployment}")]
    UnknownDeployment {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// A stage is deployed once at a time (S7).
    #[error("deployment {deployment} is not over: wait for it, or cancel it first")]
    DeploymentNotOver {
        /// The deployment that is going on.
        deployment: DeploymentId,
    },
    /// The stage can never start in this release (S5, T3, S6).
    #[error("stage {stage} {because}")]
    NeverStarts {
        /// The stage.
        stage: StageId,
        /// Why.
        because: NeverStarts,
    },
    /// The stage was deployed as often as may be.
    #[error("stage {stage} was deployed {limit} times, no more attempts are kept: create another release")]
    TooManyAttempts {
        /// The stage.
        stage: StageId,
        /// How often a stage may be deployed.
        limit: u32,
    },
    /// Nothing goes on in the stage that could be cancelled (D4).
    #[error("nothing goes on in stage {stage} that could be cancelled")]
    NothingToCancel {
        /// The stage.
        stage: StageId,
    },
    /// A release is not abandoned while jobs run (R5).
    #[error("jobs run in stage {stage}: cancel it first")]
    JobsRunning {
        /// The stage.
        stage: StageId,
    },
    /// There is no such approval, or nobody was asked for it yet.
    #[error("nobody is asked for approval {approval}")]
    UnknownApproval {
        /// The approval.
        approval: ApprovalId,
    },
    /// The approval was answered, skipped or cancelled already, or its time is over.
    #[error("approval {approval} is not open: it {}", told(.standing))]
    ApprovalNotOpen {
        /// The approval.
        approval: ApprovalId,
        /// Where it stands.
        standing: Box<Standing>,
    },
    /// Somebody answers who was not asked (AP12).
    #[error("{actor} is not an approver of {approval}")]
    NotAnApprover {
        /// Who answered.
        actor: Actor,
        /// The approval.
        approval: ApprovalId,
    },
    /// Who asked for it may not approve it (AP6).
    #[error("{actor} asked for the release or the deployment, and so may not approve {approval} (AP6)")]
    RequesterMayNotApprove {
        /// Who answered.
        actor: Actor,
        /// The approval.
        approval: ApprovalId,
    },
    /// The policy asks for an identity that was confirmed at this moment (AP8).
    #[error(
        "{approval} takes an identity that is confirmed anew, and that of {actor} was not: show it again, then answer (AP8)"
    )]
    IdentityNotConfirmed {
        /// Who answered.
        actor: Actor,
        /// The approval.
        approval: ApprovalId,
    },
    /// Who is asked twice at the same time would count as two (AP9).
    #[error("{user} is already asked, at the same time, for {approval}")]
    AlreadyAsked {
        /// To whom it was to be handed on.
        user: UserId,
        /// The approval that they are asked for.
        approval: ApprovalId,
    },
    /// The approval was handed on as often as may be (AP9).
    #[error("approval {approval} was handed on {limit} times: answer it")]
    TooManyReassignments {
        /// The approval.
        approval: ApprovalId,
        /// How often it may be handed on.
        limit: usize,
    },
    /// A moment is given only with an approval before the jobs (AP10).
    #[error("approval {approval} is asked after the jobs, so it can't defer them")]
    NotDeferrable {
        /// The approval.
        approval: ApprovalId,
    },
    /// A deployment is not deferred to the past (AP10).
    #[error("it can't be deferred until {until}: it is {now}")]
    MomentHasPassed {
        /// The moment that was given.
        until: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// Only what was approved for later is started at once (AP10).
    #[error("deployment {deployment} does not wait for a moment that an approver gave")]
    NotDeferred {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// Only its approvers start it earlier than was approved (AP10).
    #[error("{actor} is not an approver of {deployment}, so may not start it earlier than was approved")]
    NotAnApproverOfDeployment {
        /// Who wanted to start it.
        actor: Actor,
        /// The deployment.
        deployment: DeploymentId,
    },
    /// The gates on that side are not sampled: they have not begun, have passed or timed out, or the deployment is over (G6).
    #[error("the gates {moment}-deployment of {deployment} are not sampled")]
    GatesNotSampled {
        /// The deployment.
        deployment: DeploymentId,
        /// The side of its jobs.
        moment: Moment,
    },
    /// There is no such gate among those that are evaluated.
    #[error("there is no gate {gate}")]
    UnknownGate {
        /// The gate.
        gate: GateId,
    },
    /// A sample is not concluded (G2, G3).
    #[error("the sample of the gates {moment}-deployment of {deployment} is not concluded")]
    Sample {
        /// The deployment.
        deployment: DeploymentId,
        /// The side of its jobs.
        moment: Moment,
        /// Why.
        #[source]
        because: SampleRefusal,
    },
    /// A comment is required that was not given (G6).
    #[error("{what} takes a comment: say why")]
    CommentMissing {
        /// What takes one.
        what: &'static str,
    },
    /// The task is not the one that comes next.
    #[error("task {task} is not the one that comes next")]
    TaskNotNext {
        /// The task.
        task: TaskId,
    },
    /// The task is no manual intervention that waits for an answer (J8).
    #[error("task {task} does not wait for somebody to resume or reject it")]
    InterventionNotOpen {
        /// The task.
        task: TaskId,
    },
    /// Somebody answers a manual intervention who it is not assigned to (J8).
    #[error("{actor} is not among those who {task} is assigned to")]
    NotAssigned {
        /// Who answered.
        actor: Actor,
        /// The task.
        task: TaskId,
    },
    /// The task does not run.
    #[error("task {task} does not run")]
    TaskNotRunning {
        /// The task.
        task: TaskId,
    },
    /// Another engine runs the task.
    #[error("task {task} is run by engine {engine}")]
    ClaimedByAnother {
        /// The task.
        task: TaskId,
        /// The engine that claimed it.
        engine: EngineId,
    },
    /// Another life of the same engine has taken the task up.
    #[error(
        "task {task} was taken up by incarnation {incarnation} of its engine: only one engine of a name may run"
    )]
    TakenUpByAnother {
        /// The task.
        task: TaskId,
        /// The incarnation.
        incarnation: IncarnationId,
    },
    /// A value was given for a variable that is nowhere in the pipeline.
    #[error("neither the pipeline nor a stage has a variable {name:?}")]
    UnknownVariable {
        /// The variable.
        name: String,
    },
    /// A value was given for a variable that is not settable when the stage is deployed (S8).
    #[error("variable {name:?} is not settable when its stage is deployed")]
    VariableNotSettable {
        /// The variable.
        name: String,
    },
    /// A value was given for a secret: it would be recorded (V4).
    #[error("variable {name:?} is a secret: its value belongs with the host's secrets, not into a release")]
    SecretVariable {
        /// The variable.
        name: String,
    },
    /// Freezes are overridden for a deployment that they hold (F2).
    #[error("deployment {deployment} is not frozen")]
    NotFrozen {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// Overriding a freeze needs a comment (F2).
    #[error("letting deployment {deployment} begin in spite of a freeze needs a comment: say why (F2)")]
    OverrideWithoutComment {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// Its pipeline is deleted, or being deleted (P6).
    #[error("the pipeline is deleted: nothing is started from its releases")]
    PipelineDeleted,
    /// What is only done for a deleted pipeline (P6).
    #[error("the pipeline is not deleted")]
    PipelineNotDeleted,
    /// The release's snapshot is not changed (R2, R7).
    #[error(transparent)]
    Revision(#[from] RevisionRefusal),
    /// No version of a source is named (A4).
    #[error("artifact {alias:?} has no version: name one")]
    NoArtifactVersion {
        /// The source's alias.
        alias: String,
    },
    /// A version was named of a source that the release has not (A4).
    #[error("the release has no artifact {alias:?}")]
    UnknownArtifact {
        /// The alias that was named.
        alias: String,
    },
    /// Two versions were named of one source, under aliases that differ only in case (A4).
    #[error("more than one version of artifact {alias:?} is named")]
    ArtifactGivenTwice {
        /// The source's alias.
        alias: String,
    },
    /// What was named is no version of the source: it is another one under a known id, or does not fit (A2, A4).
    #[error("artifact {alias:?}: {because}")]
    ArtifactRefused {
        /// The source's alias.
        alias: String,
        /// Why.
        because: ArtifactRefusal,
    },
    /// Values that were given for variables (R4, S8).
    #[error(transparent)]
    Values(#[from] ValuesRefusal),
    /// A release's name is empty, or longer than it may be (R6).
    #[error("a release's name has 1 to {limit} characters, not {characters}")]
    NameLength {
        /// How long it is.
        characters: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A release has more tags than it may, or one that is empty or too long (R6).
    #[error("a release has at most {limit} tags, each of 1 to {characters} characters")]
    Tags {
        /// How many it may have.
        limit: usize,
        /// How long each may be.
        characters: usize,
    },
    /// Only the jobs that failed are asked for, and the jobs of the last attempt did not fail (D5).
    #[error("the jobs of the last attempt at stage {stage} did not fail: deploy all of them")]
    NoFailedJobs {
        /// The stage.
        stage: StageId,
    },
    /// Only the jobs that failed are asked for, and the stage has other jobs since (D5, R7).
    #[error(
        "revision {revision} gave stage {stage} other jobs than its last attempt had: deploy all of them"
    )]
    JobsRevised {
        /// The stage.
        stage: StageId,
        /// The revision of the release's snapshot.
        revision: u32,
    },
    /// It is deleted (K3).
    #[error("the release was deleted at {at}: restore it first")]
    Deleted {
        /// Since when.
        at: Timestamp,
    },
    /// Something protects it from being deleted (K2).
    #[error("the release is not deleted: {}", reasons(.because))]
    Protected {
        /// Everything that does.
        because: Vec<Reason>,
    },
    /// It was deleted too long ago (K3).
    #[error("the release could be restored until {until}")]
    RestoredTooLate {
        /// Until when.
        until: Timestamp,
    },
    /// A text is longer than it may be.
    #[error(transparent)]
    TextTooLong(#[from] TextTooLong),
    /// The definition that the release froze is not in the store: it is damaged.
    #[error("snapshot {digest} is missing: the store is damaged")]
    SnapshotMissing {
        /// The snapshot's digest.
        digest: Digest,
    },
    /// A rule recorded what cannot be: a defect of the engine.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

fn told(standing: &Standing) -> String {
    match standing {
        Standing::Open { .. } => "is open".to_owned(),
        Standing::Answered { answer: Answer::Approve, by, .. } => format!("was approved by {by}"),
        Standing::Answered { answer: Answer::Reject, by, .. } => format!("was rejected by {by}"),
        Standing::ApprovedBefore { .. } => "needed no answer, its approver approved before".to_owned(),
        Standing::Automatic { .. } => "approved itself".to_owned(),
        Standing::TimedOut { at } => format!("timed out at {at}"),
        Standing::Skipped { .. } => "was skipped, enough others approved".to_owned(),
        Standing::Canceled { .. } => "was canceled with its deployment".to_owned(),
    }
}

fn reasons(because: &[Reason]) -> String {
    because.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

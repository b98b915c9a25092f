//! Which questions are open in a state, and which of them a change may close or open.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::question::Question;
use crate::deployment::{Deployment, Phase, TaskRun};
use crate::freeze::Freezes;
use crate::release::Work;
use crate::transaction::World;
use crate::{
    DeletingWork, Join, Pipeline, PipelineDefinition, PipelineId, PipelineStatus, QueueId, Release,
    StageQueue, Subject, TargetGroupId, Timestamp, work_of_deleting,
};

/// The subjects in which other questions may be open since these have changed.
pub(super) fn touched(world: &World, changed: &BTreeSet<Subject>) -> BTreeSet<Subject> {
    let mut touched = changed.clone();
    let all = |is_meant: &dyn Fn(&Subject) -> bool| {
        let subjects = world.iter().map(|folded| folded.subject()).filter(|subject| is_meant(subject));
        subjects.cloned().collect::<Vec<_>>()
    };
    for subject in changed {
        match subject {
            Subject::Queue(QueueId { pipeline, .. }) => {
                touched.insert(Subject::PipelineStatus(*pipeline));
            }
            Subject::PipelineStatus(_) | Subject::Freezes => {
                touched.extend(all(&|subject| matches!(subject, Subject::Release(_))));
            }
            Subject::Targets(_) => {
                touched.extend(all(&|subject| matches!(subject, Subject::Queue(_))));
            }
            Subject::Release(_)
            | Subject::Locks
            | Subject::Pool(_)
            | Subject::Directory
            | Subject::Pipeline(_)
            | Subject::Snapshot(_)
            | Subject::Permissions
            | Subject::Artifact(_)
            | Subject::VariableGroup(_)
            | Subject::Cursor(_) => {}
        }
    }
    touched
}

/// What is open in the subject, each with since when: for what was not open before, or has a moment of its own.
pub(super) fn questions_of(world: &World, subject: &Subject, now: Timestamp) -> Vec<(Question, Timestamp)> {
    let Some(folded) = world.get(subject) else { return Vec::new() };
    let state = folded.state();
    let is_open: Vec<Question> = match subject {
        Subject::Release(_) => {
            return state.as_release().map_or_else(Vec::new, |release| of_release(world, release, now));
        }
        Subject::Queue(id) => {
            state.as_queue().map_or_else(Vec::new, |queue| of_queue(world, *id, queue).collect())
        }
        Subject::PipelineStatus(id) => {
            let is_finishing = state.as_pipeline_status().is_some_and(PipelineStatus::is_deleting)
                && is_nothing_going_on(world, *id);
            is_finishing.then_some(Question::FinishDeleting(*id)).into_iter().collect()
        }
        Subject::Locks => {
            let is_pending = state.as_locks().is_some_and(crate::Locks::has_pending_work);
            is_pending.then_some(Question::Locks).into_iter().collect()
        }
        Subject::Pool(id) => {
            let is_pending = state.as_pool().is_some_and(crate::Pool::has_pending_work);
            is_pending.then(|| Question::Pool(id.clone())).into_iter().collect()
        }
        Subject::Directory
        | Subject::Pipeline(_)
        | Subject::Snapshot(_)
        | Subject::Freezes
        | Subject::Permissions
        | Subject::Artifact(_)
        | Subject::VariableGroup(_)
        | Subject::Targets(_)
        | Subject::Cursor(_) => Vec::new(),
    };
    is_open.into_iter().map(|question| (question, now)).collect()
}

fn of_queue(world: &World, id: QueueId, queue: &StageQueue) -> impl Iterator<Item = Question> {
    let is_pending = queue.has_pending_work().then_some(Question::Queue(id));
    let is_behind = group_to_observe(world, queue).map(|_| Question::NewTargets(id));
    is_pending.into_iter().chain(is_behind)
}

/// A deployment group with targets to which what is current on a stage is to be deployed.
pub(super) fn group_to_observe<'q>(world: &World, queue: &'q StageQueue) -> Option<&'q TargetGroupId> {
    queue.group_to_observe(|group| {
        let targets = world.get(&Subject::Targets(group.clone()));
        targets.and_then(|it| it.state().as_targets()).map_or(Join(0), crate::Targets::newest)
    })
}

fn is_nothing_going_on(world: &World, id: PipelineId) -> bool {
    let pipeline = world.get(&Subject::Pipeline(id)).and_then(|it| it.state().as_pipeline());
    let stages = pipeline.into_iter().flat_map(Pipeline::stages_ever);
    let queues = stages.filter_map(|stage| {
        world.get(&Subject::Queue(QueueId { pipeline: id, stage })).and_then(|it| it.state().as_queue())
    });
    let find = |id: crate::DeploymentId| world.get(&Subject::Release(id.release))?.state().as_release();
    matches!(work_of_deleting(&queues.collect::<Vec<_>>(), find), DeletingWork::Finish)
}

fn of_release(world: &World, release: &Release, now: Timestamp) -> Vec<(Question, Timestamp)> {
    let Some(about) = release.about() else { return Vec::new() };
    let snapshot = world.get(&Subject::Snapshot(about.snapshot)).and_then(|it| it.state().as_snapshot());
    let Some(definition) = snapshot.and_then(crate::Snapshot::definition) else { return Vec::new() };
    let status = world.get(&Subject::PipelineStatus(about.pipeline));
    let is_deleting =
        status.and_then(|it| it.state().as_pipeline_status()).is_some_and(PipelineStatus::is_deleting);
    let mut questions = Vec::new();
    for deployment in release.going_on() {
        questions.extend(of_people(deployment));
        for (task, run) in deployment.running_tasks() {
            let TaskRun::Running { stop, .. } = run else { continue };
            let question = if stop.is_some() { Question::Stopping(task) } else { Question::Ending(task) };
            questions.push((question, now));
        }
        if is_deleting && !matches!(deployment.phase, Phase::Cancelling { .. }) {
            questions.push((Question::CancelDeleted(deployment.id), now));
        }
    }
    for work in release.work(definition) {
        match work {
            Work::Run(task) => questions.push((Question::Claim(task), now)),
            Work::Settle(deployment) => questions.push((Question::Settling(deployment), now)),
            Work::Sample(id, _) => {
                if let Some((moment, run)) = release.deployment(id).and_then(Deployment::sampling_gates) {
                    questions.push((Question::Sample(id, moment, Arc::new(run.clone())), now));
                }
            }
            // Whether it runs is asked above.
            Work::Watch { .. } => {}
        }
    }
    questions.extend(of_freezes(world, release, definition, now));
    if let Some((due, deadline)) = release.deadline() {
        questions.push((Question::Moment(deadline), due));
    }
    questions
}

fn of_people(deployment: &Deployment) -> impl Iterator<Item = (Question, Timestamp)> {
    let approvals = deployment.open_approvals().map(|(id, _, since, _)| (Question::Approval(id), since));
    let interventions = deployment.interventions();
    approvals.chain(interventions.map(|(task, since, _)| (Question::Intervention(task), since)))
}

fn of_freezes(
    world: &World,
    release: &Release,
    definition: &PipelineDefinition,
    now: Timestamp,
) -> Vec<(Question, Timestamp)> {
    let none = Freezes::default();
    let freezes = world.get(&Subject::Freezes).and_then(|it| it.state().as_freezes()).unwrap_or(&none);
    let otherwise = release.frozen_otherwise_from(definition, freezes, now);
    otherwise.into_iter().map(|(deployment, from)| (Question::Frost(deployment), from)).collect()
}

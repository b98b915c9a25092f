//! The deployments of the views: a line for each attempt, and the whole state of those that are not over.

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{Deadline, Deployment, DeploymentEvent, Phase, Trigger};
use cutover::flow::Impossible;
use cutover::status::{StageStatus, stage_status};
use cutover::{Actor, DeploymentId, PipelineId, QueueId, StageId, Timestamp};

use super::DeploymentSummary;
use super::filters::{DeploymentFilter, lines};
use super::numbers::Numbers;
use super::releases::Row;
use super::selection::{Index, Selected, Selection};
use super::times::Times;

/// Every deployment, by a number in the order in which they were triggered.
#[derive(Debug, Default)]
pub(super) struct Deployments {
    #[expect(
        clippy::vec_box,
        reason = "where it grows it moves pointers and no lines, and answers wait no longer"
    )]
    lines: Vec<Box<DeploymentSummary>>,
    going_on: BTreeMap<DeploymentId, Box<GoingOn>>,
    /// What happens to those that go on by itself, in order.
    due: BTreeSet<(Timestamp, Deadline)>,
    shown: Numbers,
    open: Numbers,
    of_pipeline: Index<PipelineId>,
    to: Index<QueueId>,
    in_status: Index<StageStatus>,
    requested_by: Index<Actor>,
    triggered: Times,
}

/// A deployment that is not over.
#[derive(Debug)]
struct GoingOn {
    number: u64,
    state: Deployment,
}

/// How a deployment showed, and how it does now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub(super) before: StageStatus,
    pub(super) now: StageStatus,
}

impl Deployments {
    pub(super) fn line(&self, number: u64) -> Option<&DeploymentSummary> {
        self.lines.get(usize::try_from(number).ok()?).map(|line| &**line)
    }

    /// The newest attempt at each stage of a release, by stage.
    pub(super) fn latest<'m>(&'m self, release: &Row) -> Vec<&'m DeploymentSummary> {
        let mut latest: Vec<&DeploymentSummary> = Vec::with_capacity(release.deployments.len());
        for line in release.deployments.iter().filter_map(|number| self.line(*number)) {
            match latest.binary_search_by_key(&line.id.stage, |line| line.id.stage) {
                Ok(at) => latest[at] = line,
                Err(at) => latest.insert(at, line),
            }
        }
        latest
    }

    /// A deployment that is not over, in full.
    pub(super) fn state(&self, id: DeploymentId) -> Option<&Deployment> {
        self.going_on.get(&id).map(|it| &it.state)
    }

    /// Those that are not over, by release and stage.
    pub(super) fn going_on(&self) -> impl Iterator<Item = DeploymentId> + '_ {
        self.going_on.keys().copied()
    }

    /// The stages of a pipeline to which anything was ever triggered, by stage.
    pub(super) fn stages_of(&self, pipeline: PipelineId) -> impl Iterator<Item = StageId> + '_ {
        let of_it = self.to.keys(QueueId { pipeline, stage: StageId(0) });
        of_it.take_while(move |stage| stage.pipeline == pipeline).map(|stage| stage.stage)
    }

    pub(super) const fn due(&self) -> &BTreeSet<(Timestamp, Deadline)> {
        &self.due
    }

    /// A deployment is triggered, of a release whose snapshot is at this revision; it is answered with its number.
    pub(super) fn trigger(
        &mut self,
        pipeline: PipelineId,
        snapshot: u32,
        trigger: &Trigger,
        at: Timestamp,
    ) -> (u64, StageStatus) {
        let state = Deployment { snapshot, ..Deployment::triggered(trigger, at) };
        let (id, number) = (state.id, self.lines.len() as u64);
        let line = DeploymentSummary {
            id,
            pipeline,
            status: stage_status(Some(&state)),
            span: state.span,
            reason: state.reason,
            requested_by: self.requested_by.add(state.requested_by.clone(), number),
            triggered_at: at,
            over: None,
        };
        let status = line.status;
        self.shown.insert(number);
        self.open.insert(number);
        self.of_pipeline.add(pipeline, number);
        self.to.add(QueueId { pipeline, stage: id.stage }, number);
        self.in_status.add(status, number);
        self.triggered.insert(number, at);
        self.lines.push(Box::new(line));
        self.due.extend(state.deadlines());
        self.going_on.insert(id, Box::new(GoingOn { number, state }));
        (number, status)
    }

    /// Something else happens to one. Nothing is known of one that is over.
    pub(super) fn fold(
        &mut self,
        event: &DeploymentEvent,
        at: Timestamp,
    ) -> Result<Option<Turn>, Impossible> {
        let id = event.deployment();
        let Some(GoingOn { number, state }) = self.going_on.get_mut(&id).map(|it| &mut **it) else {
            return Ok(None);
        };
        for deadline in state.deadlines() {
            self.due.remove(&deadline);
        }
        let folded = state.fold(event, at);
        self.due.extend(state.deadlines());
        folded?;
        let number = *number;
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(line) = self.lines.get_mut(index) else { return Ok(None) };
        let turn = Turn { before: line.status, now: stage_status(Some(state)) };
        if turn.before != turn.now {
            self.in_status.remove(&turn.before, number);
            self.in_status.add(turn.now, number);
            line.status = turn.now;
        }
        line.reason = state.reason;
        if line.requested_by != state.requested_by {
            self.requested_by.remove(&line.requested_by, number);
            line.requested_by = self.requested_by.add(state.requested_by.clone(), number);
        }
        if let Phase::Over { at, end } = &state.phase {
            line.over = Some((*at, end.clone()));
            self.open.remove(number);
            self.going_on.remove(&id);
        }
        Ok(Some(turn))
    }

    /// A release is deleted, or back: its deployments are hidden, or shown.
    pub(super) fn show(&mut self, release: &Row) {
        for number in &release.deployments {
            match release.summary.deleted_at {
                Some(_) => self.shown.remove(*number),
                None => self.shown.insert(*number),
            }
        }
    }

    /// Those that fit, to these stages if any are named, by their numbers. `release` is the one that the filter names, and `before` the number of
    /// the deployment that it names.
    pub(super) fn select(
        &self,
        filter: &DeploymentFilter,
        release: Option<&Row>,
        before: Option<u64>,
        within: Option<&BTreeSet<QueueId>>,
    ) -> Selected {
        let mut selection = Selection::of(&self.shown);
        if let Some(release) = release {
            let mut numbers = Numbers::default();
            release.deployments.iter().for_each(|number| numbers.insert(*number));
            selection.and_these(numbers);
        }
        if filter.is_going_on {
            selection.and(&self.open);
        }
        if let Some(pipeline) = filter.pipeline {
            selection.and(self.of_pipeline.get(&pipeline));
        }
        if let Some(stage) = filter.stage {
            selection.and(self.to.get(&stage));
        }
        if let Some(stages) = within {
            selection.and_any_of(stages.iter().map(|stage| self.to.get(stage)).collect());
        }
        if let Some(status) = filter.status {
            selection.and(self.in_status.get(&status));
        }
        if let Some(actor) = &filter.requested_by {
            selection.and(self.requested_by.get(actor));
        }
        selection.and_during(&self.triggered, filter.triggered);
        selection.page(before, lines(filter.at_most))
    }
}

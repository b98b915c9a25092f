//! What is measured of a history, as it is recorded: how long deployments wait, how long the queues are, and what becomes of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use cutover::deployment::{CancelReason, DeploymentEvent, End};
use cutover::transaction::World;
use cutover::{
    DeploymentId, Event, PipelineDefinition, QueueId, QueuingPolicy, ReleaseEvent, StageId, Subject,
    Timestamp, Waiting,
};
use cutover_engine::simulation::{Checker, Seen};

/// Shared with the simulation, which tells it of each commit.
#[derive(Clone)]
pub struct Measures(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    name: String,
    stages: Vec<StageCourse>,
    place_of: BTreeMap<StageId, usize>,
    triggered: HashMap<DeploymentId, Timestamp>,
    releases: usize,
}

/// One stage in the course of time.
#[derive(Debug, Clone, Default)]
pub struct StageCourse {
    pub name: String,
    pub policy: String,
    /// From when a deployment was triggered until its first job began.
    pub waits: Vec<TimeDelta>,
    /// How many waited for a slot, each from that moment on.
    pub queue: Vec<(Timestamp, usize)>,
    pub superseded: usize,
    pub succeeded: usize,
    pub failed: usize,
}

/// What came of one history.
#[derive(Debug, Clone)]
pub struct Course {
    /// The pipeline's name, and what is said of its policies.
    pub name: String,
    pub label: String,
    pub start: Timestamp,
    pub end: Timestamp,
    pub releases: usize,
    pub stages: Vec<StageCourse>,
}

impl Measures {
    pub fn of(definition: &PipelineDefinition) -> Self {
        let mut state = State { name: definition.name.clone(), ..State::default() };
        for stage in &definition.stages {
            state.place_of.insert(stage.id, state.stages.len());
            let (name, policy) = (stage.name.clone(), in_words(stage.queuing));
            state.stages.push(StageCourse { name, policy, ..StageCourse::default() });
        }
        Self(Arc::new(Mutex::new(state)))
    }

    pub fn observer(&self) -> impl Checker + use<> {
        let shared = Arc::clone(&self.0);
        move |seen: &Seen, world: &World| {
            shared.lock().unwrap_or_else(PoisonError::into_inner).note(seen, world);
            Ok(())
        }
    }

    pub fn course(&self, label: &str, start: Timestamp, end: Timestamp) -> Course {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (label, stages) = (label.to_owned(), state.stages.clone());
        Course { name: state.name.clone(), label, start, end, releases: state.releases, stages }
    }
}

impl State {
    fn note(&mut self, seen: &Seen, world: &World) {
        let time = seen.commit.header.time;
        for happening in &seen.events {
            match &happening.event {
                Event::Release(ReleaseEvent::Created(_)) => self.releases += 1,
                Event::Release(ReleaseEvent::Deployment(event)) => self.of_deployment(event, time),
                Event::Queue(_) => {
                    if let Subject::Queue(queue) = happening.subject {
                        self.of_queue(queue, time, world);
                    }
                }
                _ => {}
            }
        }
    }

    fn of_deployment(&mut self, event: &DeploymentEvent, time: Timestamp) {
        let id = event.deployment();
        let Some(stage) = self.place_of.get(&id.stage).and_then(|place| self.stages.get_mut(*place)) else {
            return;
        };
        match event {
            DeploymentEvent::Triggered(_) => {
                self.triggered.insert(id, time);
            }
            DeploymentEvent::Begun { .. } => {
                stage.waits.extend(self.triggered.remove(&id).map(|triggered| time - triggered));
            }
            DeploymentEvent::Over { end, .. } => match end {
                End::Succeeded | End::PartiallySucceeded => stage.succeeded += 1,
                End::Canceled(CancelReason::Superseded { .. }) => stage.superseded += 1,
                End::Rejected(_) | End::Canceled(_) => stage.failed += 1,
            },
            _ => {}
        }
    }

    fn of_queue(&mut self, queue: QueueId, time: Timestamp, world: &World) {
        let Some(stage) = self.place_of.get(&queue.stage).and_then(|place| self.stages.get_mut(*place))
        else {
            return;
        };
        let folded = world.get(&Subject::Queue(queue));
        let waiting = folded.and_then(|folded| folded.state().as_queue()).map_or(0, |it| it.waiting().len());
        if stage.queue.last().map_or(0, |(_, before)| *before) != waiting {
            stage.queue.push((time, waiting));
        }
    }
}

fn in_words(policy: QueuingPolicy) -> String {
    match policy {
        QueuingPolicy::Unlimited => "any number".to_owned(),
        QueuingPolicy::AtMost { deployments, waiting: Waiting::InOrder } => {
            format!("{deployments}, all wait")
        }
        QueuingPolicy::AtMost { deployments, waiting: Waiting::OnlyLatest } => {
            format!("{deployments}, the latest waits")
        }
    }
}

impl Course {
    pub fn releases_in_words(&self) -> String {
        let days = (self.end - self.start).num_days();
        format!("{} releases in {days} {}", self.releases, if days == 1 { "day" } else { "days" })
    }
}

impl StageCourse {
    /// The wait that this part of all deployments does not exceed, from 0 to 1; `None` if none has begun.
    pub fn wait_of(&self, part: f64) -> Option<TimeDelta> {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        let last = waits.len().checked_sub(1)?;
        waits.get(((last as f64) * part).round() as usize).copied()
    }

    /// How many waited on the average of the time.
    pub fn mean_queue(&self, start: Timestamp, end: Timestamp) -> f64 {
        let ends = self.queue.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let waited: f64 = self
            .queue
            .iter()
            .zip(ends)
            .map(|((at, count), until)| *count as f64 * (until - *at).num_milliseconds() as f64)
            .sum();
        // Nothing at all sums up to less than nothing.
        waited.max(0.0) / ((end - start).num_milliseconds() as f64).max(1.0)
    }

    pub fn longest_queue(&self) -> usize {
        self.queue.iter().map(|(_, count)| *count).max().unwrap_or(0)
    }
}

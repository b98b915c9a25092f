//! Gates: when samples add up to passed, by what was given and not by what was made of it (I12, G2 to G6).

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use cutover::deployment::DeploymentEvent;
use cutover::{CheckOrder, Checks, DeploymentId, Gates, Moment, Stage, Timestamp, limits};

use super::{Commit, Ledger, Life, Samples, Verdict, has_event, stage_of};
use crate::world::{Recorded, World};

/// A sample as an engine gave it.
#[derive(Clone, Debug)]
pub struct Sample {
    pub deployment: DeploymentId,
    pub moment: Moment,
    pub number: u32,
    /// Whether each gate succeeded, by its place; who is missing did not answer.
    pub answers: BTreeMap<u32, bool>,
}

/// The gates on one side of a deployment's jobs.
pub(super) struct Tale {
    begun_at: Timestamp,
    ignored: BTreeSet<u32>,
    /// Each sample that was given, and whether all gates succeeded in it or were ignored.
    given: Vec<(u32, bool)>,
    /// The newest one on record, and those that were given since: how many, and the newest of them.
    recorded: Option<u32>,
    counted: Option<(u32, u32)>,
    pub(super) has_passed: bool,
    has_timed_out: bool,
}

impl Tale {
    /// G4: all succeeded in the newest, and in every one back to the first of them, for long enough. Where more than two were skipped, it
    /// begins again (G2).
    fn passes(&self, plan: &Gates) -> bool {
        let (mut first, mut before) = (None, None);
        for (number, is_good) in &self.given {
            let is_gap = before.is_some_and(|before| number - before > limits::GATE_SAMPLES_SKIPPED + 1);
            if !is_good {
                first = None;
            } else if first.is_none() || is_gap {
                first = Some(*number);
            }
            before = Some(*number);
        }
        let seconds = |first: u32| u64::from(before.unwrap_or(first) - first) * interval(plan);
        first.is_some_and(|first| seconds(first) >= u64::from(plan.minimum_success_minutes) * 60)
    }

    fn times_out_at(&self, plan: &Gates) -> Timestamp {
        self.begun_at + TimeDelta::minutes(plan.timeout_minutes.into())
    }

    fn beginning_of(&self, plan: &Gates, number: u32) -> Timestamp {
        let delay = TimeDelta::minutes(plan.delay_minutes.into());
        self.begun_at + delay + TimeDelta::seconds((interval(plan) * u64::from(number)) as i64)
    }
}

fn interval(plan: &Gates) -> u64 {
    plan.sampling_interval_seconds.max(1).into()
}

fn plan_of(stage: &Stage, moment: Moment) -> Result<&Gates, String> {
    stage.checks(moment).gates.as_ref().ok_or_else(|| "G1: gates that nobody defined".to_owned())
}

/// G7: whether the approvers decide, whatever the gates said.
fn approvers_decide(checks: &Checks) -> bool {
    checks.approvals.check_order == Some(CheckOrder::AfterGatesAlways)
}

impl Life {
    pub(super) fn of_gates(
        &mut self,
        event: &DeploymentEvent,
        commit: &Commit<'_>,
        stage: &Stage,
    ) -> Verdict {
        match event {
            DeploymentEvent::GatesBegun { deployment: id, moment, .. } => {
                ensure!(!self.gates.contains_key(moment), "G2: the gates of {id} begin twice");
                let tale = Tale {
                    begun_at: commit.now,
                    ignored: BTreeSet::new(),
                    given: Vec::new(),
                    recorded: None,
                    counted: None,
                    has_passed: false,
                    has_timed_out: false,
                };
                self.gates.insert(*moment, tale);
            }
            DeploymentEvent::GatesSampled { moment, sampled, .. } => {
                let tale = self.gates.get_mut(moment).ok_or("G2: a sample before the gates begin")?;
                (tale.recorded, tale.counted) = (Some(sampled.sample.0), None);
            }
            DeploymentEvent::GateIgnored { deployment: id, moment, gate, by, comment } => {
                ensure!(by == commit.actor, "G6: {by} ignored a gate in a commit of {}", commit.actor);
                ensure!(!comment.trim().is_empty(), "G6: {by} ignored a gate of {id}, and does not say why");
                let tale = self.gates.get_mut(moment).ok_or("G6: a gate is ignored before it begins")?;
                tale.ignored.insert(*gate);
            }
            DeploymentEvent::GatesPassed { deployment: id, moment } => {
                let plan = plan_of(stage, *moment)?;
                let tale = self.gates.get_mut(moment).ok_or("I12: gates pass before they begin")?;
                let in_time = commit.now < tale.times_out_at(plan) && !tale.has_timed_out;
                ensure!(in_time, "I12: the gates of {id} pass after their time-out");
                let newest = match commit.samples {
                    Samples::Given => tale.given.last().map(|(number, _)| *number),
                    Samples::OnRecord => tale.recorded.or(Some(u32::MAX)),
                };
                ensure!(tale.recorded == newest, "I12: the gates of {id} pass without a sample");
                let passes = commit.samples == Samples::OnRecord || tale.passes(plan);
                ensure!(passes, "I12: the gates of {id} pass after {:?}", tale.given);
                tale.has_passed = true;
            }
            DeploymentEvent::GatesTimedOut { deployment: id, moment } => {
                let plan = plan_of(stage, *moment)?;
                let tale = self.gates.get_mut(moment).ok_or("G5: gates time out before they begin")?;
                ensure!(commit.now >= tale.times_out_at(plan), "G5: the gates of {id} time out too early");
                ensure!(!tale.has_passed, "G5: the gates of {id} time out, and have passed");
                tale.has_timed_out = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// I10: gates on this side have passed, or there are none; where the approvers decide, it is enough that they are over.
    pub(super) fn gates_have_passed(&self, stage: &Stage, moment: Moment) -> Verdict {
        let checks = stage.checks(moment);
        if checks.gates.as_ref().is_none_or(|gates| !gates.enabled || gates.gates.is_empty()) {
            return Ok(());
        }
        let tale = self.gates.get(&moment);
        let passed = tale.is_some_and(|tale| tale.has_passed);
        let decided = tale.is_some_and(|tale| tale.has_timed_out) && approvers_decide(checks);
        ensure!(passed || decided, "I10: the gates have not passed, and it goes on");
        Ok(())
    }
}

impl Ledger {
    /// What an engine that samples these gates has counted and not recorded: after which sample, how many, and the newest of them (G8).
    pub fn counted(&self, id: DeploymentId, moment: Moment) -> Option<(u32, u32, u32)> {
        let tale = self.deployments.get(&id)?.gates.get(&moment)?;
        let (count, newest) = tale.counted?;
        Some((tale.recorded?, count, newest))
    }

    /// The newest sample that was given, and the newest on record.
    pub fn newest(&self, id: DeploymentId, moment: Moment) -> Option<(Option<u32>, Option<u32>)> {
        let tale = self.deployments.get(&id)?.gates.get(&moment)?;
        Some((tale.given.last().map(|(number, _)| *number), tale.recorded))
    }

    /// A sample was given that was not refused: what follows is to be exactly what a person would say. Called before `check`.
    pub fn sampled(&mut self, sample: &Sample, recorded: Option<&Recorded>, world: &World) -> Verdict {
        let Sample { deployment: id, moment, number, answers } = sample;
        let is_about = |deployment: &DeploymentId, side: &Moment| deployment == id && side == moment;
        let has_timed_out = recorded.is_some_and(|recorded| {
            has_event(recorded, |event| {
                matches!(event, DeploymentEvent::GatesTimedOut { deployment, moment } if is_about(deployment, moment))
            })
        });
        let plan = plan_of(stage_of(*id, world)?, *moment)?;
        let life = self.deployments.get_mut(id).ok_or("a sample of no deployment")?;
        let tale = life.gates.get_mut(moment).ok_or("G2: a sample of gates that have not begun")?;
        let is_late = tale.given.last().is_some_and(|(newest, _)| newest >= number);
        if has_timed_out || tale.has_passed || tale.has_timed_out || is_late || life.end.is_some() {
            let is_recorded = recorded.is_some_and(|recorded| {
                has_event(recorded, |event| {
                    matches!(event, DeploymentEvent::GatesSampled { deployment, moment, sampled }
                        if is_about(deployment, moment) && sampled.sample.0 == *number)
                })
            });
            ensure!(!is_recorded, "G3, G5: a late sample of {id} is recorded: {number}");
            return Ok(());
        }
        if let Some(recorded) = recorded {
            let began = tale.beginning_of(plan, *number);
            ensure!(recorded.header.time >= began, "G2: sample {number} of {id} is taken before it begins");
        }
        let places = (0_u32..).zip(&plan.gates).filter(|(_, gate)| gate.enabled).map(|(place, _)| place);
        let succeeds = |place: u32| tale.ignored.contains(&place) || answers.get(&place) == Some(&true);
        let is_good = places.into_iter().all(succeeds);
        tale.given.push((*number, is_good));
        let count = tale.counted.map_or(0, |(count, _)| count);
        tale.counted = Some((count + 1, *number));
        let passes = tale.passes(plan);
        let has_passed = recorded.is_some_and(|recorded| {
            has_event(recorded, |event| {
                matches!(event, DeploymentEvent::GatesPassed { deployment, moment } if is_about(deployment, moment))
            })
        });
        ensure!(passes == has_passed, "G4: passed: {has_passed}, after {:?} of {id}", tale.given);
        Ok(())
    }
}

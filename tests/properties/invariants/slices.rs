//! Slices: what a job is cut into, which slices may begin, and what the job comes to (J2, J3).

use std::collections::BTreeSet;

use cutover::deployment::{DeploymentEvent, JobResult, Slice, SliceSkip};
use cutover::{DeploymentId, Job, JobId, JobKind, NewTargets, Parallelism, Stage, TargetGroupId};

use super::{Commit, Life, Verdict, has_event};
use crate::seen;
use crate::world::World;

/// A job that was cut into slices, as its events tell.
pub(super) struct Cut {
    slices: Vec<(Slice, How)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    ToBegin,
    /// For an agent.
    Waits,
    Runs,
    Ended(JobResult),
    Skipped,
}

impl How {
    const fn is_over(self) -> bool {
        matches!(self, Self::Ended(_) | Self::Skipped)
    }
}

impl Life {
    pub(super) fn of_slice(
        &mut self,
        id: DeploymentId,
        event: &DeploymentEvent,
        commit: &Commit<'_>,
        stage: &Stage,
        world: &World,
    ) -> Verdict {
        match event {
            DeploymentEvent::JobBegan { job, slices, .. } => {
                let expected = expected_slices(id, planned(stage, *job)?, stage, world)?;
                let found: Vec<_> = slices.iter().map(|it| (it.name.clone(), it.batch)).collect();
                ensure!(found == expected, "J2: {job} is cut into {found:?}, not {expected:?}");
                if !slices.is_empty() {
                    let slices = slices.iter().map(|slice| (slice.clone(), How::ToBegin)).collect();
                    self.cuts.insert(job.job, Cut { slices });
                }
            }
            DeploymentEvent::JobCouldNotBegin { job, .. } => {
                let can = expected_slices(id, planned(stage, *job)?, stage, world).is_ok();
                ensure!(!can, "J2: {job} could begin");
            }
            DeploymentEvent::AgentAsked { job, slices, .. } => {
                for slice in slices {
                    self.cut(*job)?.begins(*slice, How::Waits, planned(stage, *job)?)?;
                }
            }
            DeploymentEvent::SliceBegan { slice, .. } => {
                let job = planned(stage, slice.job)?;
                let granted = has_event(
                    commit.recorded,
                    |event| matches!(event, DeploymentEvent::AgentGranted { slice: granted, .. } if granted == slice),
                );
                let waits = waits_for_agents(job, world);
                ensure!(granted == waits, "J11: {slice} begins on an agent: {granted}, it waits: {waits}");
                self.cut(slice.job)?.begins(slice.slice, How::Runs, job)?;
            }
            DeploymentEvent::SliceSkipped { job, slices, because, .. } => {
                let planned = planned(stage, *job)?;
                let is_cancelled = self.is_cancelled;
                for slice in slices {
                    self.cut(*job)?.is_skipped(*slice, *because, is_cancelled, planned, world)?;
                }
            }
            DeploymentEvent::SliceEnded { slice, result, .. } => {
                let is_cancelled = self.is_cancelled;
                let how = self.cut(slice.job)?.how(slice.slice)?;
                ensure!(*how == How::Runs, "J2: {slice} ends as {how:?}");
                ensure!((*result == JobResult::Canceled) == is_cancelled, "D4: {slice} comes to {result:?}");
                *how = How::Ended(*result);
            }
            DeploymentEvent::JobEnded { job, result } => {
                ensure!((*result == JobResult::Canceled) == self.is_cancelled, "D4: {job} is {result:?}");
                let Some(cut) = self.cuts.get(&job.job) else { return Ok(()) };
                ensure!(cut.slices.iter().all(|(_, how)| how.is_over()), "J2: {job} ends before its slices");
                let expected = cut.failed().next().is_some() && !self.is_cancelled;
                ensure!((*result == JobResult::Failed) == expected, "J2: {job} comes to {result:?}");
            }
            _ => {}
        }
        Ok(())
    }

    fn cut(&mut self, job: JobId) -> Result<&mut Cut, String> {
        self.cuts.get_mut(&job.job).ok_or_else(|| format!("J2: {job} is not cut into slices"))
    }
}

impl Cut {
    fn how(&mut self, slice: u32) -> Result<&mut How, String> {
        let found = self.slices.get_mut(slice as usize).map(|(_, how)| how);
        found.ok_or_else(|| format!("J2: there is no slice {slice}"))
    }

    /// The batches of those that failed.
    fn failed(&self) -> impl Iterator<Item = u32> {
        let failed =
            |(slice, how): &(Slice, How)| (*how == How::Ended(JobResult::Failed)).then_some(slice.batch);
        self.slices.iter().filter_map(failed)
    }

    /// J2, J3: it has not begun, nothing that failed before keeps it from beginning, and no more than may go on at once do.
    fn begins(&mut self, slice: u32, how: How, job: &Job) -> Verdict {
        let before = *self.how(slice)?;
        let in_turn = before == How::ToBegin || (before == How::Waits && how == How::Runs);
        ensure!(in_turn, "J2: slice {slice} goes from {before:?} to {how:?}");
        *self.how(slice)? = how;
        let batch = self.slices[slice as usize].0.batch;
        let earlier = self.slices.iter().filter(|(other, _)| other.batch < batch);
        ensure!(earlier.clone().all(|(_, how)| how.is_over()), "J3: slice {slice} begins before its batch");
        ensure!(!self.failed().any(|failed| failed < batch), "J3: slice {slice} begins after a failed batch");
        ensure!(continues(job) || self.failed().next().is_none(), "J2: slice {slice} begins after a failure");
        let going_on = self.slices.iter().filter(|(_, how)| matches!(how, How::Waits | How::Runs)).count();
        if let Parallelism::MultiConfiguration { at_most, .. } = job.parallelism {
            ensure!(going_on <= at_most.get() as usize, "J2: {going_on} slices at once");
        }
        Ok(())
    }

    fn is_skipped(
        &mut self,
        slice: u32,
        because: SliceSkip,
        is_cancelled: bool,
        job: &Job,
        world: &World,
    ) -> Verdict {
        let how = *self.how(slice)?;
        ensure!(matches!(how, How::ToBegin | How::Waits), "J2: slice {slice} is skipped as {how:?}");
        let own = &self.slices[slice as usize].0;
        let is_true = match because {
            SliceSkip::Canceled | SliceSkip::NoAgent => is_cancelled,
            SliceSkip::SliceFailed => !continues(job) && self.failed().next().is_some(),
            SliceSkip::BatchFailed => self.failed().any(|failed| failed < own.batch),
            SliceSkip::TargetOffline => {
                let targets = seen::targets(&world.live, &group_of(job)?);
                let target = own.target.as_ref().and_then(|target| targets.get(target));
                target.is_some_and(|target| !target.is_online())
            }
        };
        ensure!(is_true, "J2: slice {slice} is skipped because of {because:?}");
        *self.how(slice)? = How::Skipped;
        Ok(())
    }
}

fn planned(stage: &Stage, job: JobId) -> Result<&Job, String> {
    stage.jobs.get(job.job as usize).ok_or_else(|| format!("J1: there is no job {job}"))
}

const fn continues(job: &Job) -> bool {
    match job.parallelism {
        Parallelism::None => true,
        Parallelism::MultiAgent { continue_on_error, .. }
        | Parallelism::MultiConfiguration { continue_on_error, .. } => continue_on_error,
    }
}

fn waits_for_agents(job: &Job, world: &World) -> bool {
    job.pool().is_some_and(|id| seen::pool(&world.live, &id).is_defined())
}

fn group_of(job: &Job) -> Result<TargetGroupId, String> {
    let JobKind::DeploymentGroup { group, .. } = &job.kind else {
        return Err("J3: a job on no deployment group".to_owned());
    };
    TargetGroupId::new(&**group).map_err(|error| error.to_string())
}

/// The names and batches of a job's slices; none where it runs once. An error: it can't be said, or there are none.
fn expected_slices(
    id: DeploymentId,
    job: &Job,
    stage: &Stage,
    world: &World,
) -> Result<Vec<(String, u32)>, String> {
    let of_names = |names: Vec<String>| names.into_iter().map(|name| (name, 0)).collect();
    match (&job.kind, &job.parallelism) {
        (JobKind::DeploymentGroup { .. }, _) => on_targets(id, job, world),
        (_, Parallelism::MultiAgent { agents, .. }) => {
            Ok(of_names((1..=agents.get()).map(|number| number.to_string()).collect()))
        }
        (_, Parallelism::MultiConfiguration { multipliers, .. }) => {
            let text = multipliers.first().and_then(|name| stage.variables.get(name));
            let Some(cutover::VariableValue::Plain(text)) = text.map(|variable| &variable.value) else {
                return Err("a multiplier that is not known".to_owned());
            };
            let values = text.split(", ").filter(|value| !value.is_empty()).map(str::to_owned);
            let values: Vec<String> = values.collect();
            if values.is_empty() {
                Err("a multiplier without values".to_owned())
            } else {
                Ok(of_names(values))
            }
        }
        (_, Parallelism::None) if waits_for_agents(job, world) => Ok(of_names(vec![String::new()])),
        (_, Parallelism::None) => Ok(Vec::new()),
    }
}

/// J3, D6: those that have the tags, of the new ones where it is for them only; in batches those that are online, then the others.
fn on_targets(id: DeploymentId, job: &Job, world: &World) -> Result<Vec<(String, u32)>, String> {
    let JobKind::DeploymentGroup { tags, at_once, .. } = &job.kind else { return Ok(Vec::new()) };
    let group = group_of(job)?;
    let targets = seen::targets(&world.live, &group);
    let deployment = world.release(id.release.0).and_then(|release| release.deployment(id));
    let only: Option<&NewTargets> = deployment.and_then(|deployment| deployment.only.as_ref());
    let is_meant = |target: &cutover::TargetId| {
        only.is_none_or(|only| only.group == group && only.targets.contains(target))
    };
    let known: BTreeSet<&String> = tags.iter().collect();
    let chosen: Vec<_> = targets
        .iter()
        .filter(|(target, it)| is_meant(target) && known.iter().all(|tag| it.tags.contains(*tag)))
        .collect();
    let online: Vec<_> = chosen.iter().filter(|(_, it)| it.is_online()).collect();
    if online.is_empty() {
        return Err("no target".to_owned());
    }
    let in_batch = match at_once {
        cutover::TargetLimit::One => 1,
        cutover::TargetLimit::Count(count) => count.get() as usize,
        cutover::TargetLimit::Percent(percent) => (online.len() * percent.get() as usize / 100).max(1),
    };
    let batches = online.iter().enumerate().map(|(place, (_, it))| (it.name.clone(), place / in_batch));
    let offline = chosen.iter().filter(|(_, it)| !it.is_online()).map(|(_, it)| (it.name.clone(), 0));
    let all = batches.chain(offline);
    Ok(all.map(|(name, batch)| (name, u32::try_from(batch).unwrap_or(u32::MAX))).collect())
}

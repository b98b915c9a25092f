//! Jobs that run on the targets of a deployment group (J3).
//!
//! Which targets there are is read when such a job begins, and recorded: its slices are one for each target. So it always begins in a
//! commit of its own, given by an engine as where there is nothing to run (D7): no report and no approval is decided by who is online.

use std::collections::BTreeSet;

use super::running::{job_of, shortened};
use super::{DeploymentEvent, SkipReason, Slice, SliceSkip};
use crate::release::{Deciding, ReleaseRefusal};
use crate::targets::{Choice, Chosen};
use crate::{JobId, JobKind, Stage, Subject, Target, TargetGroupId, TargetId, TargetLimit, Targets};

/// What a job asks of its deployment group.
struct Wish<'j> {
    group: &'j str,
    tags: &'j BTreeSet<String>,
    at_once: TargetLimit,
}

impl<'j> Wish<'j> {
    fn of(kind: &'j JobKind) -> Option<Self> {
        match kind {
            JobKind::DeploymentGroup { group, tags, at_once } => {
                Some(Self { group, tags, at_once: *at_once })
            }
            JobKind::Agent { .. } | JobKind::Server => None,
        }
    }
}

impl super::Deployment {
    /// The deployment groups of the jobs that have not begun.
    pub(crate) fn groups_to_read(&self, stage: &Stage) -> Vec<Subject> {
        let to_begin = self.planned_jobs(stage).iter().skip(self.jobs.len());
        let groups = to_begin.filter_map(|job| TargetGroupId::new(Wish::of(&job.kind)?.group).ok());
        groups.map(Subject::Targets).collect()
    }
}

/// Whether the job begins only where its deployment group was read, and it was not.
pub(super) fn waits_for_group(deciding: &Deciding<'_>, job: JobId) -> Result<bool, ReleaseRefusal> {
    let group = Wish::of(&job_of(deciding, job)?.kind).and_then(|wish| TargetGroupId::new(wish.group).ok());
    Ok(group.is_some_and(|group| deciding.facts.targets(&group).is_none()))
}

/// The job begins on its targets, or fails since there is none; `None`: it is not one that runs on a deployment group.
pub(super) fn begin(
    deciding: &Deciding<'_>,
    job: JobId,
) -> Result<Option<Vec<DeploymentEvent>>, ReleaseRefusal> {
    let Some(wish) = Wish::of(&job_of(deciding, job)?.kind) else { return Ok(None) };
    let only = deciding.deployment(job.deployment)?.only.as_ref();
    let group = TargetGroupId::new(wish.group).ok();
    let targets = group.as_ref().and_then(|group| deciding.facts.targets(group));
    let among = only.map(|only| (Some(&only.group) == group.as_ref()).then_some(&only.targets));
    let nobody = BTreeSet::new();
    let choice = Choice { tags: wish.tags, among: among.map(|among| among.unwrap_or(&nobody)) };
    let chosen = targets.map(|targets| targets.chosen(choice)).unwrap_or_default();
    if only.is_some() && chosen.online.is_empty() && chosen.offline.is_empty() {
        let (because, why) = (SkipReason::NoNewTarget, String::new());
        return Ok(Some(vec![DeploymentEvent::JobSkipped { job, because, why }]));
    }
    if chosen.online.is_empty() {
        let why = shortened(why_nobody(&wish, &chosen));
        return Ok(Some(vec![DeploymentEvent::JobCouldNotBegin { job, why }]));
    }
    // What is deployed to new targets is for those that had joined when these were chosen: who joined since is newer.
    let joined = only.map(|only| only.joined).or_else(|| targets.map(Targets::newest));
    let slices = slices(&wish, &chosen);
    let offline: Vec<u32> = (0..).zip(&slices).skip(chosen.online.len()).map(|(slice, _)| slice).collect();
    let because = SliceSkip::TargetOffline;
    let left_out = DeploymentEvent::SliceSkipped { job, slices: offline.clone(), because, frees: None };
    let left_out = (!offline.is_empty()).then_some(left_out);
    let began = DeploymentEvent::JobBegan { job, times_out_at: None, joined, slices };
    Ok(Some(std::iter::once(began).chain(left_out).collect()))
}

/// Those that are online, in batches, and then those that are left out.
fn slices(wish: &Wish<'_>, chosen: &Chosen<'_>) -> Vec<Slice> {
    let in_batch = usize::try_from(wish.at_once.of(chosen.online.len()).get()).unwrap_or(usize::MAX);
    let online = chosen.online.iter().enumerate().map(|(place, target)| (place / in_batch, target));
    let all = online.chain(chosen.offline.iter().map(|target| (0, target)));
    let slice = |(batch, (id, target)): (usize, &(&TargetId, &Target))| Slice {
        name: target.name.clone(),
        batch: u32::try_from(batch).unwrap_or(u32::MAX),
        target: Some((*id).clone()),
        ..Slice::default()
    };
    all.map(slice).collect()
}

fn why_nobody(wish: &Wish<'_>, chosen: &Chosen<'_>) -> String {
    let group = wish.group;
    let tags: Vec<&str> = wish.tags.iter().map(String::as_str).collect();
    let having = if tags.is_empty() { String::new() } else { format!(" with the tags {}", tags.join(", ")) };
    match chosen.offline.len() {
        0 => format!("deployment group {group} has no target{having}"),
        1 => format!("the only target of deployment group {group}{having} is offline"),
        offline => format!("all {offline} targets of deployment group {group}{having} are offline"),
    }
}

//! Which pipelines a pipeline's deployments wait for: those that share lock groups or pools with it, and those that share some with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::pool::PoolEvent;
use crate::release::ReleaseEvent;
use crate::what_if::Recorded;
use crate::{Event, Job, PipelineDefinition, PipelineEvent, PipelineId, PoolId, ReleaseId, Subject};

/// The releases of a history, and the pipelines whose deployments may wait for one another.
#[derive(Debug, Default)]
pub(super) struct Ties {
    /// Every release, with its pipeline.
    pub(super) releases: BTreeMap<ReleaseId, PipelineId>,
    /// The pipeline that is asked about, and those that it is tied to.
    pub(super) pipelines: BTreeSet<PipelineId>,
}

/// Something of which there is only so much.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Shared {
    LockGroup(String),
    Pool(PoolId),
}

/// `change` is made to the definitions of `pipeline`: what it shares then ties it, too.
pub(super) fn ties_of(
    pipeline: PipelineId,
    history: &[Recorded],
    change: &dyn Fn(PipelineDefinition) -> PipelineDefinition,
) -> Ties {
    let mut ties = Ties::default();
    let pools = pools_of(history);
    let mut uses_of: BTreeMap<PipelineId, BTreeSet<Shared>> = BTreeMap::new();
    for happening in history.iter().flat_map(|commit| &commit.events) {
        let (user, definition) = match (&happening.subject, &happening.event) {
            (Subject::Pipeline(id), Event::Pipeline(event)) => match event {
                PipelineEvent::Created { definition, .. } | PipelineEvent::Revised { definition, .. } => {
                    (*id, definition)
                }
                PipelineEvent::ReleaseNumbered(numbered) => {
                    ties.releases.insert(numbered.release, *id);
                    continue;
                }
                PipelineEvent::Renamed { .. }
                | PipelineEvent::Observing { .. }
                | PipelineEvent::TriggerFired { .. }
                | PipelineEvent::TriggerDeclined { .. }
                | PipelineEvent::PublicationObserved { .. }
                | PipelineEvent::SchedulesArmed { .. }
                | PipelineEvent::ScheduleCame { .. }
                | PipelineEvent::ScheduleFired { .. } => continue,
            },
            (Subject::Release(id), Event::Release(ReleaseEvent::SnapshotRevised(revised))) => {
                let Some(user) = ties.releases.get(id) else { continue };
                (*user, &revised.definition)
            }
            (_, _) => continue,
        };
        let uses_of = uses_of.entry(user).or_default();
        uses_of.extend(shared_by(definition, &pools));
        if user == pipeline {
            uses_of.extend(shared_by(&change(definition.as_ref().clone()), &pools));
        }
    }
    ties.pipelines = reached_from(pipeline, &uses_of);
    ties
}

/// Those that were ever defined: no others bound anything.
fn pools_of(history: &[Recorded]) -> BTreeSet<PoolId> {
    let happenings = history.iter().flat_map(|commit| &commit.events);
    let defined = happenings.filter_map(|it| match (&it.subject, &it.event) {
        (Subject::Pool(id), Event::Pool(PoolEvent::Defined {})) => Some(id.clone()),
        (_, _) => None,
    });
    defined.collect()
}

fn shared_by<'d>(
    definition: &'d PipelineDefinition,
    pools: &'d BTreeSet<PoolId>,
) -> impl Iterator<Item = Shared> + 'd {
    definition.stages.iter().flat_map(|stage| {
        let groups = stage.lock_groups.iter().cloned().map(Shared::LockGroup);
        let defined = stage.jobs.iter().filter_map(Job::pool).filter(|pool| pools.contains(pool));
        groups.chain(defined.map(Shared::Pool))
    })
}

fn reached_from(
    pipeline: PipelineId,
    uses_of: &BTreeMap<PipelineId, BTreeSet<Shared>>,
) -> BTreeSet<PipelineId> {
    let mut reached = BTreeSet::from([pipeline]);
    let mut shared = uses_of.get(&pipeline).cloned().unwrap_or_default();
    loop {
        let is_tied = |(id, used): &(&PipelineId, &BTreeSet<Shared>)| {
            !reached.contains(*id) && !used.is_disjoint(&shared)
        };
        let found = uses_of.iter().find(is_tied);
        let Some((id, used)) = found else { return reached };
        reached.insert(*id);
        shared.extend(used.iter().cloned());
    }
}

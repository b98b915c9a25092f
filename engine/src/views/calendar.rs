//! What comes by itself, and when.

use cutover::deployment::Deadline;
use cutover::schedule::Standing;
use cutover::{FreezeId, PipelineId, ScheduleId, Scope, Timestamp};

use super::model::Model;
use super::{Seen, Views};
use crate::limits;

/// Something that comes by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Coming,
}

/// What comes by itself, unless something else happens before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coming {
    /// Something happens to a deployment: its moment comes, an approval times out, a pause ends.
    Deadline {
        /// What.
        deadline: Deadline,
        /// Its pipeline.
        pipeline: PipelineId,
    },
    /// A schedule makes a release (T2).
    Release {
        /// Of which pipeline.
        pipeline: PipelineId,
        /// By which of its schedules.
        schedule: ScheduleId,
    },
    /// A freeze begins, or begins again (F1).
    FreezeBegins(FreezeId),
    /// A freeze ends, or ends for now (F1).
    FreezeEnds(FreezeId),
    /// A pipeline that was deleted can't be restored any longer (P6).
    PipelineGone(PipelineId),
}

impl Views {
    /// What comes by itself before `until`, the earliest first, and no more than `at_most` (and never more than 250): all that is known of
    /// deployments that are not over, the next release of each schedule, the next change of each freeze, and until when deleted pipelines can be
    /// restored. Freezes, and what can be restored, from `now` on; what should have come before that and is not recorded yet comes first.
    pub fn calendar(&self, now: Timestamp, until: Timestamp, at_most: usize) -> Vec<Due> {
        self.calendar_seen(now, until, at_most, None)
    }

    pub(crate) fn calendar_seen(
        &self,
        now: Timestamp,
        until: Timestamp,
        at_most: usize,
        seen: Option<&Seen>,
    ) -> Vec<Due> {
        let model = self.model();
        let at_most = at_most.min(limits::LINES_OF_ANY_PAGE);
        let is_seen = |pipeline: &PipelineId| seen.is_none_or(|seen| seen.pipelines.contains(pipeline));
        let deadlines = model.deadlines(until, seen).take(at_most);
        let releases = model.triggers.in_order().take_while(|upcoming| upcoming.at < until);
        let releases = releases.filter(|upcoming| is_seen(&upcoming.pipeline)).map(|upcoming| Due {
            at: upcoming.at,
            what: Coming::Release { pipeline: upcoming.pipeline, schedule: upcoming.schedule },
        });
        let gone = model.triggers.gone_from(now).take_while(|(at, _)| *at < until);
        let gone = gone.filter(|(_, pipeline)| is_seen(pipeline));
        let gone = gone.map(|(at, pipeline)| Due { at, what: Coming::PipelineGone(pipeline) });
        let freezes = model.freezes.iter().filter(|(_, freeze)| is_scope_seen(&freeze.scope, seen));
        let freezes = freezes.filter_map(|(id, freeze)| match freeze.standing(now) {
            Standing::Open { until } => Some(Due { at: until?, what: Coming::FreezeBegins(id.clone()) }),
            Standing::Closed { until } => Some(Due { at: until?, what: Coming::FreezeEnds(id.clone()) }),
        });
        let freezes = freezes.filter(|due| due.at < until);
        let mut all: Vec<Due> =
            deadlines.chain(releases.take(at_most)).chain(gone.take(at_most)).chain(freezes).collect();
        all.sort_unstable();
        all.truncate(at_most);
        all
    }
}

/// A freeze of a pipeline, or of a stage, is for those who may see that.
fn is_scope_seen(scope: &Scope, seen: Option<&Seen>) -> bool {
    seen.is_none_or(|seen| match scope {
        Scope::Store | Scope::Folder(_) => true,
        Scope::Pipeline(pipeline) | Scope::Stage { pipeline, .. } => seen.pipelines.contains(pipeline),
    })
}

impl Model {
    fn deadlines(&self, until: Timestamp, seen: Option<&Seen>) -> impl Iterator<Item = Due> {
        let due = self.deployments.due().iter().take_while(move |(at, _)| *at < until);
        due.filter_map(move |(at, deadline)| {
            let deployment = deadline.deployment();
            let pipeline = self.releases.get(deployment.release)?.summary.pipeline;
            let stage = cutover::QueueId { pipeline, stage: deployment.stage };
            let is_seen = seen.is_none_or(|seen| seen.stages.contains(&stage));
            is_seen.then_some(Due { at: *at, what: Coming::Deadline { deadline: *deadline, pipeline } })
        })
    }
}

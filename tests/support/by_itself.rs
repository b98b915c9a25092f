//! What comes due by itself, and what pipelines' triggers and schedules make the driver do.

use cutover::transaction::Command;
use cutover::{
    Actor, ArtifactFeed, PipelineCommand, PipelineId, ReleaseCommand, SourceId, Subject, Timestamp,
};

use super::driver::Driver;

impl Driver {
    /// The deadline that comes first, of a release or of a pipeline's schedule, with the command that decides it.
    pub(super) fn next_deadline(&self) -> Option<(Timestamp, Command)> {
        let of_releases = self.releases().filter_map(|(id, release)| {
            let (at, deadline) = release.deadline()?;
            Some((at, id, deadline))
        });
        let of_release = of_releases
            .min()
            .map(|(at, id, deadline)| (at, Command::Release(id, ReleaseCommand::Reach(deadline))));
        let of_schedules = self.pipelines().filter_map(|(id, pipeline)| {
            let (at, schedule) = pipeline.next_occurrence()?;
            (!self.is_gone(id, at)).then_some((at, id, schedule))
        });
        let of_schedule = of_schedules
            .min()
            .map(|(at, id, schedule)| (at, Command::Pipeline(id, PipelineCommand::ReachSchedule(schedule))));
        of_release.into_iter().chain(of_schedule).min_by_key(|(at, _)| *at)
    }

    /// What a pipeline's triggers and schedules make it do, and which of them does.
    pub(super) async fn next_of_triggers(&mut self) -> Option<(Actor, Command)> {
        let now = self.now();
        let answer = self.pipelines().find_map(|(id, pipeline)| {
            let schedule = pipeline.schedule_to_answer()?;
            (!self.is_gone(id, now)).then_some((id, schedule))
        });
        if let Some((id, schedule)) = answer {
            let release = self.release_id().await;
            let command = PipelineCommand::ReleaseOnSchedule { schedule, release };
            return Some((Actor::Trigger(format!("schedule {schedule}")), Command::Pipeline(id, command)));
        }
        let (id, source, publication, wanted_by) = self.pipelines().find_map(|(id, pipeline)| {
            let mut lagging = pipeline.watches().keys().filter_map(|source| {
                let (publication, wanted_by) = pipeline.next_publication(source, self.feed(source)?)?;
                Some((id, source.clone(), publication, wanted_by.cloned()))
            });
            lagging.next().filter(|_| !self.is_gone(id, now))
        })?;
        let release = if wanted_by.is_some() { Some(self.release_id().await) } else { None };
        let command = PipelineCommand::Observe { source, publication, release };
        Some((wanted_by.map_or(Actor::System, Actor::Trigger), Command::Pipeline(id, command)))
    }

    /// Whether the pipeline is deleted for good at that moment (T6).
    fn is_gone(&self, id: PipelineId, at: Timestamp) -> bool {
        let status = self.world.get(&Subject::PipelineStatus(id));
        status.and_then(|status| status.state().as_pipeline_status()).is_some_and(|status| status.is_gone(at))
    }

    /// An artifact feed, once something was published on it or a pipeline has looked.
    pub fn feed(&self, source: &SourceId) -> Option<&ArtifactFeed> {
        self.world.get(&Subject::Artifact(source.clone()))?.state().as_artifact_feed()
    }
}

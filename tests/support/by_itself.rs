//! What comes due by itself, and what pipelines' triggers and schedules make the driver do.

use cutover::transaction::Command;
use cutover::{ArtifactFeed, PipelineCommand, ReleaseCommand, SourceId, Subject, Timestamp};

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
            Some((at, id, schedule))
        });
        let of_schedule = of_schedules
            .min()
            .map(|(at, id, schedule)| (at, Command::Pipeline(id, PipelineCommand::ReachSchedule(schedule))));
        of_release.into_iter().chain(of_schedule).min_by_key(|(at, _)| *at)
    }

    /// What a pipeline's triggers and schedules make it do.
    pub(super) async fn next_of_triggers(&mut self) -> Option<Command> {
        let answer = self.pipelines().find_map(|(id, pipeline)| Some((id, pipeline.schedule_to_answer()?)));
        if let Some((id, schedule)) = answer {
            let release = self.release_id().await;
            return Some(Command::Pipeline(id, PipelineCommand::ReleaseOnSchedule { schedule, release }));
        }
        let (id, source, (publication, wants_release)) = self.pipelines().find_map(|(id, pipeline)| {
            let mut lagging = pipeline.watches().keys().filter_map(|source| {
                let next = pipeline.next_publication(source, self.feed(source)?)?;
                Some((id, source.clone(), next))
            });
            lagging.next()
        })?;
        let release = if wants_release { Some(self.release_id().await) } else { None };
        Some(Command::Pipeline(id, PipelineCommand::Observe { source, publication, release }))
    }

    /// An artifact feed, once something was published on it or a pipeline has looked.
    pub fn feed(&self, source: &SourceId) -> Option<&ArtifactFeed> {
        self.world.get(&Subject::Artifact(source.clone()))?.state().as_artifact_feed()
    }
}

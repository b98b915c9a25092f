//! Pipelines: what was published and they have not observed, and the schedules that make releases of them (T0, T2).

use cutover::transaction::{Command, Refusal};
use cutover::{
    Actor, ArtifactFeed, Event, PipelineCommand, PipelineEvent, PipelineId, PipelineRefusal, ReleaseId,
    ReleaseRefusal, ScheduleId, SourceId, Subject,
};

use super::own::{IN_VAIN, in_words, is_passed_over};
use crate::engine::Inner;
use crate::{EngineError, Outcome, limits};

/// What a pipeline's triggers make it do next.
#[derive(Debug)]
enum Next {
    /// A publication; with the alias of the source whose trigger wants a release of it, if one does.
    Observe {
        source: SourceId,
        publication: u64,
        wanted_by: Option<String>,
    },
    Answer(ScheduleId),
}

/// What came of the next thing that a pipeline's triggers want.
enum Followed {
    Yes,
    InVain,
    NothingLeft,
}

impl Inner {
    /// Observes what was published, and makes the releases that triggers and schedules want, in their names, until nothing of that is left.
    /// One at a time for each pipeline; whoever comes back after a crash goes on where the pipeline's state says.
    pub(super) async fn follow_triggers(&self, id: PipelineId) -> Result<(), EngineError> {
        let about = Subject::Pipeline(id);
        let (mut in_vain, mut trouble) = (0, None);
        while in_vain < limits::IN_VAIN {
            if self.drive_state.stop_by().is_some() {
                return Ok(());
            }
            match self.follow_once(id).await {
                Ok(Followed::Yes) => {
                    self.troubles.clear(&about);
                    in_vain = 0;
                }
                Ok(Followed::InVain) => in_vain += 1,
                Ok(Followed::NothingLeft) => {
                    self.troubles.clear(&about);
                    return Ok(());
                }
                Err(EngineError::Refused(refusal)) => {
                    tracing::debug!(%refusal, "the engine looks again");
                    trouble = Some(refusal.to_string());
                    in_vain += 1;
                }
                // One pipeline's trouble is not that of the others.
                Err(error) if is_passed_over(&error) => {
                    tracing::error!(pipeline = %id, %error, "what the pipeline's triggers want can't be recorded");
                    trouble = Some(in_words(&error));
                    if let EngineError::Contended { .. } = error {
                        self.pause(in_vain).await;
                    }
                    in_vain += 1;
                }
                Err(error) => return Err(error),
            }
        }
        tracing::warn!(pipeline = %id, "nothing comes of the engine's commands: it looks again after a while");
        self.troubles.note(&about, self.now(), trouble.unwrap_or_else(|| IN_VAIN.to_owned()));
        Ok(())
    }

    async fn follow_once(&self, id: PipelineId) -> Result<Followed, EngineError> {
        let Some(next) = self.next_of_triggers(id).await? else { return Ok(Followed::NothingLeft) };
        let (actor, command, release) = match next {
            Next::Observe { source, publication, wanted_by } => {
                let release = if wanted_by.is_some() { Some(self.next_release_id().await?) } else { None };
                let actor = wanted_by.map_or(Actor::System, Actor::Trigger);
                (actor, PipelineCommand::Observe { source, publication, release }, release)
            }
            Next::Answer(schedule) => {
                let release = self.next_release_id().await?;
                let actor = Actor::Trigger(format!("schedule {schedule}"));
                (actor, PipelineCommand::ReleaseOnSchedule { schedule, release }, Some(release))
            }
        };
        let outcome = self.carry_out(&actor, self.draw_command(), Command::Pipeline(id, command)).await;
        if let Some(release) = release.filter(|release| is_left(*release, &outcome)) {
            self.release_ids.add([release]);
        }
        Ok(if outcome?.events.is_empty() { Followed::InVain } else { Followed::Yes })
    }

    async fn next_of_triggers(&self, id: PipelineId) -> Result<Option<Next>, EngineError> {
        let folded = self.newest(&Subject::Pipeline(id)).await?;
        let Some(pipeline) = folded.state().as_pipeline() else { return Ok(None) };
        if let Some(schedule) = pipeline.schedule_to_answer() {
            return Ok(Some(Next::Answer(schedule)));
        }
        for source in pipeline.watches().keys() {
            let feed = self.newest(&Subject::Artifact(source.clone())).await?;
            let feed: Option<&ArtifactFeed> = feed.state().as_artifact_feed();
            if let Some((publication, wanted_by)) =
                feed.and_then(|feed| pipeline.next_publication(source, feed))
            {
                let wanted_by = wanted_by.cloned();
                return Ok(Some(Next::Observe { source: source.clone(), publication, wanted_by }));
            }
        }
        Ok(None)
    }

    /// Notes of the schedules whose moment has come that it has, the earliest first.
    pub(super) async fn reach_schedules(&self) -> Result<(), EngineError> {
        for (pipeline, schedule) in self.views.schedules_due(self.now()) {
            tracing::info!(%pipeline, %schedule, "a schedule's moment has come");
            self.own_command(Command::Pipeline(pipeline, PipelineCommand::ReachSchedule(schedule))).await?;
        }
        // What is due next is not known before.
        self.views.catch_up().await
    }
}

/// Whether no release has the id, certainly, so that it can be given to another.
fn is_left(release: ReleaseId, outcome: &Result<Outcome, EngineError>) -> bool {
    match outcome {
        Ok(outcome) => !outcome.events.iter().any(|happening| {
            matches!(&happening.event, Event::Pipeline(PipelineEvent::ReleaseNumbered(it)) if it.release == release)
        }),
        // Somebody else used it without asking for it.
        Err(EngineError::Refused(
            Refusal::Pipeline(PipelineRefusal::ReleaseExists { .. }) | Refusal::Release(ReleaseRefusal::Exists),
        )) => false,
        Err(EngineError::Refused(_)) => true,
        Err(error) => is_passed_over(error),
    }
}

//! Recovering twice: what an engine finds when it begins again, it finds again when it begins once more, and changes nothing.

use cutover::deployment::DeploymentEvent;
use cutover::store::Position;
use cutover::{Event, ReleaseEvent};
use futures::FutureExt;

use cutover::store::EventStore;

use crate::{DeploymentFilter, ReleaseFilter};

use super::{Failure, Simulation};

impl Simulation {
    /// Ends the faults, crashes all engines and lets new ones recover, while the time stands still; and then the same once more. The second
    /// recovery must find all done: it may take up tasks that run, as each life does, and nothing else.
    ///
    /// # Errors
    /// If it changes anything else, or leaves other lists than it found. Otherwise as [`Simulation::run_for`].
    pub fn recover_twice(&mut self) -> Result<(), Failure> {
        self.calm();
        self.recover()?;
        let (before, first) = (self.record.position, self.lists());
        self.recover()?;
        let further = self.changes_since(before);
        self.or_fail(further)?;
        let second = self.lists();
        if first == second {
            return Ok(());
        }
        self.or_fail(Err(format!("the second recovery leaves other lists:\n{first}\nand then\n{second}")))
    }

    fn recover(&mut self) -> Result<(), Failure> {
        for place in 0..self.slots.len() {
            self.crash(place);
        }
        let quiet = self.until_quiet();
        self.or_fail(quiet)
    }

    /// Whether nothing was recorded since then but that tasks were taken up.
    fn changes_since(&self, position: Position) -> Result<(), String> {
        let store = self.store();
        let page = store.read_all(position, usize::MAX).now_or_never();
        let page =
            page.ok_or("a memory store does not answer at once")?.map_err(|error| error.to_string())?;
        for recorded in page.iter().flat_map(|commit| &commit.events) {
            let subject = cutover::Subject::try_from(&recorded.stream).map_err(|error| error.to_string())?;
            let event = Event::decode(&subject, recorded).map_err(|error| error.to_string())?;
            if !matches!(
                &event,
                Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskReattached { .. }))
            ) {
                return Err(format!("the second recovery changes something: {event:?}"));
            }
        }
        Ok(())
    }

    /// What an engine's lists say.
    fn lists(&self) -> String {
        let Some(engine) = self.slots.iter().find_map(super::engines::Slot::engine) else {
            return "no engine is there".to_owned();
        };
        let views = engine.views();
        let pipelines = views.pipelines();
        let deployed: Vec<_> = pipelines.iter().map(|pipeline| views.deployed_where(pipeline.id)).collect();
        format!(
            "{pipelines:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{deployed:?}",
            views.releases(&ReleaseFilter::all().at_most(usize::MAX)),
            views.deployments(&DeploymentFilter::all().at_most(usize::MAX)),
            views.all_pending_approvals(),
            views.all_pending_interventions(),
        )
    }
}

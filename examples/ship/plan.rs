//! Which releases a run creates, and how a run that was killed is found again.
//!
//! Each release says in its description which run it belongs to, and each creation has a command id made from that: so a run that was
//! killed between two creations goes on with the next one, and none is created twice.

use cutover::transaction::World;
use cutover::{CommandId, InvalidId, PipelineId, ReleaseId, ReleaseState};

/// The releases of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The run's number, from 1.
    pub run: u32,
    /// How many releases it creates.
    pub releases: u32,
    /// Whether an earlier process began it.
    pub is_resumed: bool,
}

impl Plan {
    /// Goes on with the last run if it has not ended; begins the next one otherwise.
    pub fn find(world: &World, pipeline: Option<PipelineId>, releases: u32) -> Self {
        let Some(pipeline) = pipeline else { return Self { run: 1, releases, is_resumed: false } };
        let known = releases_of(world, pipeline);
        let Some(last) = known.iter().map(|known| known.run).max() else {
            return Self { run: 1, releases, is_resumed: false };
        };
        let of_last: Vec<&Known> = known.iter().filter(|known| known.run == last).collect();
        let planned = of_last.iter().map(|known| known.of).max().unwrap_or_default();
        let is_complete = of_last.len() >= planned as usize;
        if is_complete && !known.iter().any(|known| known.is_going_on) {
            return Self { run: last + 1, releases, is_resumed: false };
        }
        Self { run: last, releases: planned, is_resumed: true }
    }

    /// What release `number` of this run says of itself.
    pub fn description(self, number: u32) -> String {
        format!("run {}, release {number} of {}", self.run, self.releases)
    }

    /// The id of the command that creates release `number` of this run: the same however often it is given.
    pub fn command(self, pipeline: PipelineId, number: u32) -> Result<CommandId, InvalidId> {
        CommandId::new(format!("ship-{pipeline}-{}-{number}", self.run))
    }
}

/// A release that is there already.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its number.
    pub id: ReleaseId,
    run: u32,
    of: u32,
    /// Whether something of it is not over.
    pub is_going_on: bool,
}

/// The releases of a pipeline that runs of this program created.
pub fn releases_of(world: &World, pipeline: PipelineId) -> Vec<Known> {
    let releases = world.iter().filter_map(|folded| folded.state().as_release());
    releases
        .filter_map(|release| {
            let about = release.about().filter(|about| about.pipeline == pipeline)?;
            let (run, of) = parse(&about.description)?;
            let is_going_on = release.state() == ReleaseState::Active && release.going_on().next().is_some();
            Some(Known { id: about.id, run, of, is_going_on })
        })
        .collect()
}

fn parse(description: &str) -> Option<(u32, u32)> {
    let (run, rest) = description.strip_prefix("run ")?.split_once(", release ")?;
    let (_, of) = rest.split_once(" of ")?;
    Some((run.parse().ok()?, of.parse().ok()?))
}

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cutover::deployment::{DeploymentEvent, TaskRun};
use cutover::transaction::World;
use cutover::{Event, ReleaseEvent, Subject, TaskId, Timestamp};

use super::Seen;

/// For how long a task may be left alone while nothing goes wrong. An engine that is shut down waits for its tasks, and one that can't be told
/// what became of a task asks again for about a minute.
const LEFT_ALONE: TimeDelta = TimeDelta::minutes(10);

/// How a task stands on the machine that it was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum Standing {
    NeverBegan,
    Runs,
    /// By itself, or since its machine is gone.
    Ended(Timestamp),
}

/// Whoever claims a task watches it (J6): while nothing goes wrong, what was claimed is begun, and what has ended is reported, whichever life
/// of an engine claimed it. That the time-out of a task or of its job ends it anyway is no excuse: most have none.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Watched {
    claimed: BTreeMap<TaskId, Timestamp>,
}

impl Watched {
    pub(in crate::simulation) fn recorded(&mut self, seen: &Seen) {
        for happening in &seen.events {
            if let Event::Release(ReleaseEvent::Deployment(DeploymentEvent::TaskClaimed { task, .. })) =
                &happening.event
            {
                self.claimed.insert(*task, seen.commit.header.time);
            }
        }
    }

    /// Looks at every task that is said to run. Nothing goes wrong since `calm`.
    pub(in crate::simulation) fn check(
        &mut self,
        (calm, now): (Timestamp, Timestamp),
        world: &World,
        stands: impl Fn(TaskId) -> Standing,
    ) -> Result<(), String> {
        self.claimed.retain(|task, _| is_said_to_run(*task, world));
        for (task, claimed) in &self.claimed {
            let (since, what) = match stands(*task) {
                Standing::Runs => continue,
                Standing::NeverBegan => (*claimed, "was claimed, and is not begun"),
                Standing::Ended(at) => (at, "has ended, and nobody says so"),
            };
            let alone = now - since.max(calm);
            ensure!(alone <= LEFT_ALONE, "J6: {task} {what}, {} minutes later", alone.num_minutes());
        }
        Ok(())
    }
}

fn is_said_to_run(task: TaskId, world: &World) -> bool {
    let id = task.deployment();
    let release = world.get(&Subject::Release(id.release)).and_then(|folded| folded.state().as_release());
    let run = release.and_then(|release| release.deployment(id)?.open_task(task));
    matches!(run, Some(TaskRun::Running { .. }))
}

//! What `explain` says is true (E2): whoever waits has something in `now`; whoever it names can clear it; once all of it is cleared the
//! stage takes its next step; and while any of it is left, it does not.
//!
//! It is tried out on a copy of the state, which nobody keeps.

use cutover::transaction::World;
use cutover::{Blocker, BlockerKind, ReleaseId, StageId, Timestamp};

use super::clearing::Sketch;

/// Why something is not cleared.
pub enum Stuck {
    /// Nobody can, as things are: who would have to say yes may not.
    CannotBe,
    /// Whoever is named ought to be able to, and is not.
    Wrong(String),
}

impl From<String> for Stuck {
    fn from(what: String) -> Self {
        Self::Wrong(what)
    }
}

/// A stage of a release.
pub type Place = (ReleaseId, StageId);

pub fn is_true(live: &World, now: Timestamp, place: Place) -> Result<(), String> {
    match try_out(live, now, place) {
        Ok(()) | Err(Stuck::CannotBe) => Ok(()),
        Err(Stuck::Wrong(what)) => Err(what),
    }
}

fn try_out(live: &World, now: Timestamp, place: Place) -> Result<(), Stuck> {
    let mut sketch = Sketch::new(live, now);
    sketch.bring_up_to_now(place)?;
    let blockers = sketch.told(place)?.now;
    if blockers.is_empty() {
        return match sketch.is_over(place) {
            true => Ok(()),
            false => Err(Stuck::Wrong(format!("E2: {place:?} waits for nothing, and is not over"))),
        };
    }
    let attempt = sketch.attempt(place);
    let waits = |sketch: &Sketch, blocker: &Blocker| -> Result<bool, Stuck> {
        let told = sketch.told(place)?;
        let is_here = told.now.iter().any(|now| step_of(&now.kind) == step_of(&blocker.kind));
        Ok(is_here && sketch.attempt(place) == attempt)
    };
    // Minimal: each of them alone keeps it where it is, whatever becomes of the others. That is told before it is sound, since what is
    // waited for once all is cleared may be of the same kind.
    let are_many = blockers.len() > 1;
    for (left, blocker) in blockers.iter().enumerate() {
        // Slices of a job wait side by side (J2): who waits for an agent may get that of another slice which ends, and what is only to be
        // recorded is recorded with whatever happens.
        if are_many && follows_from_others(&blocker.kind) {
            continue;
        }
        let mut some = sketch.clone();
        for (_, other) in blockers.iter().enumerate().filter(|(other, _)| *other != left) {
            // What runs on the agent that one slice waits for may be the one that is left.
            if !matches!(other.kind, BlockerKind::Agent(_)) {
                some.clear(place, other)?;
            }
        }
        let has_ended_by_itself = are_many && blocker.by_itself_at.is_some_and(|at| at <= some.now);
        if !has_ended_by_itself && !waits(&some, blocker)? {
            return Err(Stuck::Wrong(format!("E2: {place:?} goes on although {blocker:?} is not cleared")));
        }
    }
    let before = sketch.deployment(place).cloned();
    let mut all = sketch;
    for blocker in &blockers {
        all.clear(place, blocker)?;
    }
    if before.is_some() && all.deployment(place) == before.as_ref() {
        return Err(Stuck::Wrong(format!(
            "E2: {place:?} stands where it stood, and all of {blockers:?} is cleared"
        )));
    }
    for blocker in &blockers {
        // After what was to be recorded there may be more of it (D7).
        if !matches!(blocker.kind, BlockerKind::Settling) && waits(&all, blocker)? {
            return Err(Stuck::Wrong(format!(
                "E2: {place:?} still waits for {blocker:?}, which was cleared"
            )));
        }
    }
    Ok(())
}

const fn follows_from_others(kind: &BlockerKind) -> bool {
    matches!(kind, BlockerKind::Agent(_) | BlockerKind::Settling)
}

/// The step of a deployment's life that a blocker stands before, as text: what is of the same step is the same blocker, however much of
/// it is left.
pub fn step_of(kind: &BlockerKind) -> String {
    match kind {
        BlockerKind::Approvals { moment, .. } => format!("approvals {moment}"),
        BlockerKind::Gates(open) => format!("gates {}", open.moment),
        BlockerKind::TaskToBegin { task, .. } => format!("{task} to begin"),
        BlockerKind::TaskRunning { task, .. } => format!("{task} running"),
        BlockerKind::Intervention { task, .. } => format!("{task} asks"),
        BlockerKind::Delay { task, .. } => format!("{task} waits"),
        BlockerKind::RetryPause { task, .. } => format!("{task} pauses"),
        BlockerKind::Agent(wanted) => format!("an agent for {}", wanted.slice),
        BlockerKind::Queued { .. } => "queued".to_owned(),
        BlockerKind::QueuePaused { .. } => "paused".to_owned(),
        BlockerKind::Locks { .. } => "locks".to_owned(),
        BlockerKind::Frozen { .. } => "frozen".to_owned(),
        BlockerKind::Deferred { .. } => "deferred".to_owned(),
        // One that succeeds starts those after it again, which may be waited for as well (S2): those are others.
        BlockerKind::Stages(missing) => {
            let stages: Vec<u32> = missing.iter().map(|(stage, _)| stage.0).collect();
            format!("stages {stages:?}")
        }
        other => format!("{other:?}"),
    }
}

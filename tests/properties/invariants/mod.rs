//! The invariants of RULES.md, each as a function of its name, checked after every commit on what was recorded and on the state.
//!
//! They know nothing of the model: they hold whatever was asked. `queues.rs`, `triggers.rs`, `redeploys.rs`, `asked.rs` (approvals),
//! `gates.rs`, `freezes.rs`, `locks.rs`, `agents.rs`, `slices.rs`, `tasks.rs` and `life.rs` have one family each, and keep of the past only
//! what that family speaks of.

macro_rules! ensure {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(format!($($what)*));
        }
    };
}

mod agents;
mod asked;
mod freezes;
mod gates;
mod life;
mod locks;
mod queues;
mod redeploys;
mod slices;
mod tasks;
mod triggers;

use std::collections::{BTreeMap, BTreeSet};

use cutover::deployment::{Deployment, DeploymentEvent, DeploymentReason, End};
use cutover::trigger::Reach;
use cutover::{
    Actor, CommandId, DeploymentId, Digest, Event, Job, Moment, PipelineDefinition, QueueId, Release,
    ReleaseEvent, ReleaseId, ReleaseState, SlotSpan, Stage, StageId, Subject, Timestamp, UserId, limits,
};

use crate::seen;
use crate::world::{Recorded, World, deployment_id};

pub use gates::Sample;

type Verdict = Result<(), String>;

/// What was recorded so far, as far as the invariants speak of it.
#[derive(Default)]
pub struct Ledger {
    lines: BTreeMap<QueueId, queues::Line>,
    releases: BTreeMap<ReleaseId, Frozen>,
    deployments: BTreeMap<DeploymentId, Life>,
    freezes: freezes::Calendar,
    locks: locks::Keys,
    pools: agents::Pools,
    /// How far those that joined the deployment group have what was deployed (D6).
    joins: redeploys::Joins,
    /// I8: who made a release already.
    creations: BTreeSet<CommandId>,
    samples: Samples,
}

/// What is known of samples of gates.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Samples {
    /// Each that an engine gave, by [`Ledger::sampled`].
    #[default]
    Given,
    #[allow(dead_code, reason = "used by the simulation, which shares this module")]
    /// Those that are on record: what engines counted in between is not known.
    OnRecord,
}

/// What never changes of a release, and how far it has come.
struct Frozen {
    snapshot: Digest,
    revision: u32,
    creator: Actor,
    requested_for: Option<UserId>,
    state: ReleaseState,
    /// The stages that start by themselves, and those on the paths to targets that were named by hand (S6).
    reach: Reach,
    asked_for: BTreeSet<StageId>,
}

/// A deployment as its events tell.
struct Life {
    /// Who started it: where it was scheduled and somebody brought it forward, both (AP6).
    by: BTreeSet<Actor>,
    reason: DeploymentReason,
    /// Whether it is for new targets only (D6).
    is_for_some: bool,
    /// Whether it was rejected, and its queue said what follows from that (D6).
    was_replaced: bool,
    queue: QueueId,
    span: SlotSpan,
    /// The moment that it waits for before anything else (S4, S8).
    scheduled: Option<Timestamp>,
    granted: bool,
    answered: asked::Answered,
    gates: BTreeMap<Moment, gates::Tale>,
    /// Whether somebody let it begin although freezes hold it (F2).
    overrides: bool,
    holds_locks: bool,
    begun: bool,
    /// The jobs that it began with and goes on with, whatever becomes of its release's (R7).
    began_with: Option<Vec<Job>>,
    tasks: tasks::Work,
    /// Its jobs that were cut into slices, by their places.
    cuts: BTreeMap<u32, slices::Cut>,
    is_cancelled: bool,
    jobs_ended: bool,
    end: Option<End>,
    /// I13: as it was when it was over.
    last: Option<Deployment>,
}

/// One commit while it is checked.
struct Commit<'a> {
    recorded: &'a Recorded,
    actor: &'a Actor,
    now: Timestamp,
    samples: Samples,
}

impl Ledger {
    /// For a log of which it is not known what else engines were told.
    #[allow(dead_code, reason = "used by the simulation, which shares this module")]
    pub fn of_a_log() -> Self {
        Self { samples: Samples::OnRecord, ..Self::default() }
    }

    /// Checks what was recorded, and then the state at this position.
    pub fn check(&mut self, recorded: &Recorded, world: &World) -> Verdict {
        let header = &recorded.header;
        let commit = Commit { recorded, actor: &header.actor, now: header.time, samples: self.samples };
        i_time_never_steps_back(recorded)?;
        let going_on = self.lines.values().filter(|line| line.is_pending()).count();
        bounded_commit(recorded, world, going_on)?;
        asked::ap2_nobody_is_asked_for_what_is_enough(recorded)?;
        for (place, (subject, event, _)) in recorded.events.iter().enumerate() {
            match (subject, event) {
                (Subject::Pipeline(_), Event::Pipeline(event)) => {
                    self.i8_one_release_per_command(event, recorded)?
                }
                (Subject::Queue(id), Event::Queue(event)) => {
                    self.of_queue(*id, event, &commit)?;
                    self.of_redeploy(*id, event, &commit, world)?;
                }
                (Subject::Release(id), Event::Release(ReleaseEvent::Deployment(event))) => {
                    self.of_deployment(*id, event, &commit, place, world)?;
                }
                (Subject::Release(id), Event::Release(event)) => self.of_release(*id, event)?,
                (Subject::Snapshot(digest), Event::Snapshot(event)) => {
                    triggers::i9_kept_as_it_is_named(*digest, event)?
                }
                (Subject::Freezes, Event::Freezes(event)) => self.freezes.note(event),
                (Subject::Locks, Event::Locks(event)) => self.locks.note(event, recorded)?,
                (Subject::Pool(id), Event::Pool(event)) => self.pools.note(id, event, recorded)?,
                _ => {}
            }
        }
        self.i3_only_the_newest_waits()?;
        self.i4_slots_and_places_are_of_deployments_that_go_on(world)?;
        self.i5_no_free_slot_while_somebody_waits(world)?;
        self.i6_exactly_once_per_completion(recorded, world)?;
        self.q8_held_only_while_jobs_run(world)?;
        self.j11_who_has_an_agent_runs(world)?;
        for release in touched(recorded, world) {
            triggers::i7_a_draft_deploys_nothing(release)?;
            self.i9_what_was_frozen_stays(release, world)?;
            self.i13_what_is_over_stays(release)?;
            life::i14_nothing_waits_for_nothing(release, world, header.time)?;
        }
        self.i17_the_current_release_ended_last(world)
    }

    /// The latest attempt that was not for new targets only, as recorded so far (D6).
    fn latest_as_a_whole(&self, release: ReleaseId, stage: StageId) -> Option<(DeploymentId, &Life)> {
        let all = self.of(release).filter(|(id, life)| id.stage == stage && !life.is_for_some);
        all.last().map(|(id, life)| (*id, life))
    }

    fn of(&self, release: ReleaseId) -> impl Iterator<Item = (&DeploymentId, &Life)> {
        let first = deployment_id(release.0, 0, 1);
        self.deployments.range(first..).take_while(move |(id, _)| id.release == release)
    }
}

/// Time: a commit is never earlier than what it read.
fn i_time_never_steps_back(recorded: &Recorded) -> Verdict {
    let newest = recorded.newest_before;
    let time = recorded.header.time;
    ensure!(newest.is_none_or(|newest| newest <= time), "Time: {time} after {newest:?}");
    Ok(())
}

/// ARCHITECTURE: a commit touches a bounded number of streams. Where a queue takes another policy, at most as many more as it grants
/// or supersedes at once; and the same where it goes on with what was left of that, or is resumed. Lock groups that become free, or get
/// another capacity, are granted to as many releases at most; and agents that become free to as many slices.
fn bounded_commit(recorded: &Recorded, world: &World, going_on: usize) -> Verdict {
    let stages =
        |release: &Release| world.definition_of(release).map_or(0, |definition| definition.stages.len());
    let of_releases = recorded.written.iter().filter_map(|subject| match subject {
        Subject::Release(id) => world.release(id.0).map(stages),
        _ => None,
    });
    let stages = of_releases.max().unwrap_or_default();
    let turned = recorded.events.iter().filter(|(_, event, _)| {
        use cutover::QueueEvent::{Announced, PolicyAdopted, Resumed};
        // What is scheduled brings the policy of its own revision for those that wait for the same occurrence (Q11).
        let brings_policy =
            |event: &Event| matches!(event, Event::Queue(Announced { scheduled: Some(_), .. }));
        brings_policy(event) || matches!(event, Event::Queue(PolicyAdopted { .. } | Resumed { .. }))
    });
    // The definition that is kept with the first release of a revision is one more.
    let is_kept = recorded.written.iter().any(|subject| matches!(subject, Subject::Snapshot(_)));
    let most = 2 + 2 * stages + usize::from(is_kept) + turned.count() * limits::FAN_OUT;
    let shared = |subject: &&Subject| matches!(subject, Subject::Locks | Subject::Pool(_));
    let shared = recorded.written.iter().filter(shared).count();
    // In the place of one that is rejected another release may be deployed again (D6).
    let again = recorded.events.iter().filter(|(_, event, _)| {
        use cutover::QueueEvent::RollbackChosen;
        matches!(event, Event::Queue(RollbackChosen { .. }))
    });
    // A revision marks the queues of the stages that it removes or brings back (Q12).
    let marked = recorded.events.iter().filter(|(_, event, _)| {
        use cutover::QueueEvent::{StageBroughtBack, StageRemoved};
        matches!(event, Event::Queue(StageRemoved { .. } | StageBroughtBack {}))
    });
    let most = most + going_on * limits::FAN_OUT + shared * limits::FAN_OUT + again.count() + marked.count();
    let found = recorded.written.len();
    let events: Vec<_> = recorded.events.iter().map(|(subject, event, _)| (subject, event)).collect();
    ensure!(found <= most.max(3), "a commit over {found} streams, {most} may be: {events:?}");
    Ok(())
}

/// The releases that are written to, and those in a queue that is: nothing else can have changed, unless freezes or lock groups have.
fn touched<'a>(recorded: &Recorded, world: &'a World) -> impl Iterator<Item = &'a Release> {
    let mut touched: BTreeSet<ReleaseId> = BTreeSet::new();
    for subject in &recorded.written {
        match subject {
            Subject::Release(id) => {
                touched.insert(*id);
            }
            Subject::Queue(id) => {
                let Some(queue) = world.queue_of(*id) else { continue };
                touched.extend(queue.holders().chain(queue.waiting()).map(|(id, _)| id.release));
            }
            Subject::Pool(id) => {
                let pool = seen::pool(&world.live, id);
                touched.extend(pool.waiting().map(|wanted| wanted.slice.deployment().release));
            }
            Subject::Freezes | Subject::Locks => {
                touched.extend(world.releases().filter_map(Release::about).map(|about| about.id));
            }
            _ => {}
        }
    }
    touched.into_iter().filter_map(|id| world.release(id.0))
}

fn definition_of(release: ReleaseId, world: &World) -> Result<&PipelineDefinition, String> {
    let release = world.release(release.0).ok_or("a deployment of no release")?;
    world.definition_of(release).map(AsRef::as_ref).ok_or_else(|| "a release without a snapshot".to_owned())
}

fn stage_of(id: DeploymentId, world: &World) -> Result<&Stage, String> {
    definition_of(id.release, world)?.stage(id.stage).ok_or_else(|| format!("{id} is of no stage"))
}

/// Whether this very deployment event is in the commit.
fn has_event(recorded: &Recorded, is_meant: impl Fn(&DeploymentEvent) -> bool) -> bool {
    recorded.events.iter().any(
        |(_, event, _)| matches!(event, Event::Release(ReleaseEvent::Deployment(event)) if is_meant(event)),
    )
}

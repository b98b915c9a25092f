//! Nothing is ever recorded as somebody's that they were not allowed to do (U3).
//!
//! Which permission takes what is told here from what was recorded, by the table of RULES.md; what nobody finds in it fails, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cutover::deployment::{DeploymentEvent, DeploymentReason, End};
use cutover::freeze::FreezesEvent;
use cutover::permission::Permission::{self, *};
use cutover::permission::PermissionsEvent;
use cutover::store::Cause;
use cutover::transaction::{Happening, World};
use cutover::*;
use cutover_engine::simulation::{Checker, Seen};

use super::Verdict;
use super::grants::{Grants, Place};
use crate::seen;

#[derive(Default)]
pub struct Permitted {
    grants: Grants,
    definitions: BTreeMap<PipelineId, Arc<PipelineDefinition>>,
    freezes: BTreeMap<FreezeId, Scope>,
    /// What an approver has put off (AP10).
    deferred: BTreeSet<DeploymentId>,
    /// Interventions that are assigned to nobody (J8).
    open_to_all: BTreeSet<TaskId>,
}

/// What it takes to have done something.
enum Takes {
    All(Vec<(Permission, Place)>),
    /// Those who are asked do it, and nobody else: for the other invariants to say.
    Nothing,
    /// It follows from what stands beside it.
    Follows,
}

fn one(permission: Permission, place: Place) -> Takes {
    Takes::All(vec![(permission, place)])
}

impl Checker for Permitted {
    fn recorded(&mut self, seen: &Seen, world: &World) -> Verdict {
        let verdict = self.of_commit(seen, world);
        self.note(seen);
        verdict
    }
}

impl Permitted {
    fn of_commit(&self, seen: &Seen, world: &World) -> Verdict {
        let Actor::User(user) = &seen.commit.header.actor else { return Ok(()) };
        let own = || seen.events.iter().filter(|it| it.cause == Cause::Command);
        let mut is_known = own().next().is_none();
        for happening in own() {
            match self.takes(happening, seen, world)? {
                Takes::All(all) => {
                    is_known = true;
                    for (permission, place) in all {
                        let allowed = self.grants.allow(user.as_str(), permission, place);
                        allowed.map_err(|why| format!("{why}: {:?}", happening.event))?;
                    }
                }
                Takes::Nothing => is_known = true,
                Takes::Follows => {}
            }
        }
        let events: Vec<_> = own().map(|it| &it.event).collect();
        ensure!(is_known, "U3: nobody can say what {user} did: {events:?}");
        Ok(())
    }

    fn note(&mut self, seen: &Seen) {
        for happening in &seen.events {
            match (&happening.subject, &happening.event) {
                (_, Event::Permissions(event)) => self.grants.note(event),
                (
                    Subject::Pipeline(id),
                    Event::Pipeline(
                        PipelineEvent::Created { definition, .. } | PipelineEvent::Revised { definition, .. },
                    ),
                ) => {
                    self.definitions.insert(*id, Arc::clone(definition));
                }
                (_, Event::Freezes(FreezesEvent::Declared { freeze, scope, .. })) => {
                    self.freezes.insert(freeze.clone(), scope.clone());
                }
                (_, Event::Release(ReleaseEvent::Deployment(event))) => match event {
                    DeploymentEvent::Deferred { deployment, .. } => {
                        self.deferred.insert(*deployment);
                    }
                    DeploymentEvent::InterventionAsked { task, asked, .. } if asked.is_open_to_all() => {
                        self.open_to_all.insert(*task);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn takes(&self, happening: &Happening, seen: &Seen, world: &World) -> Result<Takes, String> {
        Ok(match (&happening.subject, &happening.event) {
            (Subject::Pipeline(id), Event::Pipeline(event)) => self.of_pipeline(*id, event),
            (Subject::PipelineStatus(id), Event::PipelineStatus(event)) => {
                let takes = match event {
                    PipelineStatusEvent::Disabled { .. } | PipelineStatusEvent::Enabled {} => EditPipeline,
                    PipelineStatusEvent::DeletingBegun { .. }
                    | PipelineStatusEvent::Deleted { .. }
                    | PipelineStatusEvent::Restored { .. } => DeletePipeline,
                };
                one(takes, Place::Pipeline(*id))
            }
            (Subject::Release(id), Event::Release(event)) => {
                let release = seen::release(world, *id).ok_or("an event of no release")?;
                let pipeline = release.about().ok_or("a release of no pipeline")?.pipeline;
                match event {
                    ReleaseEvent::Deployment(event) => self.of_deployment(pipeline, event, seen),
                    ReleaseEvent::TargetNamed { target, .. } => {
                        let definition = seen::definition_of(world, release).ok_or("no snapshot")?;
                        let path = path_to(definition, *target).into_iter();
                        Takes::All(
                            path.map(|stage| (ManageDeployments, Place::Stage(pipeline, stage))).collect(),
                        )
                    }
                    event => of_release(pipeline, event),
                }
            }
            (
                Subject::Queue(id),
                Event::Queue(
                    QueueEvent::Paused { .. } | QueueEvent::Resumed { .. } | QueueEvent::MovedToFront { .. },
                ),
            ) => one(ManageQueues, Place::Stage(id.pipeline, id.stage)),
            (_, Event::Artifact(_)) => one(PublishArtifacts, Place::Store),
            (_, Event::Locks(LocksEvent::GroupDefined { .. } | LocksEvent::GroupRemoved { .. })) => {
                one(ManageQueues, Place::Store)
            }
            (_, Event::Locks(_)) => Takes::Follows,
            (_, Event::Pool(PoolEvent::Granted { .. })) => Takes::Follows,
            (_, Event::Pool(_)) => one(ManageQueues, Place::Store),
            (_, Event::Targets(TargetsEvent::CameOnline { .. } | TargetsEvent::WentOffline { .. })) => {
                one(ReportTaskResults, Place::Store)
            }
            (_, Event::Targets(_)) | (_, Event::VariableGroup(_)) => one(EditPipeline, Place::Store),
            (_, Event::Freezes(FreezesEvent::Declared { scope, .. })) => {
                one(ManageDeployments, place_of(scope))
            }
            (_, Event::Freezes(FreezesEvent::Lifted { freeze, .. })) => {
                let scope = self.freezes.get(freeze).ok_or("F1: a freeze is lifted that nobody declared")?;
                one(OverrideFreezes, place_of(scope))
            }
            (
                _,
                Event::Permissions(
                    PermissionsEvent::Granted { grant, by } | PermissionsEvent::Revoked { grant, by },
                ),
            ) => {
                ensure!(*by == seen.commit.header.actor, "U3: {by} gives {grant}, by another's command");
                one(AdministerPermissions, place_of(&grant.scope))
            }
            (_, Event::Cursor(_)) => one(ManageDeployments, Place::Store),
            _ => Takes::Follows,
        })
    }

    fn of_pipeline(&self, id: PipelineId, event: &PipelineEvent) -> Takes {
        match event {
            PipelineEvent::Created { .. } => one(EditPipeline, Place::Root),
            PipelineEvent::Revised { definition: next, .. } => {
                let mut all = vec![(EditPipeline, Place::Pipeline(id))];
                let current = self.definitions.get(&id);
                let stages = current.into_iter().flat_map(|it| &it.stages).chain(&next.stages);
                let stages: BTreeSet<_> = stages.map(|stage| stage.id).collect();
                let is_same = |stage: &StageId| {
                    current.is_some_and(|current| current.stage(*stage) == next.stage(*stage))
                };
                let changed = stages.into_iter().filter(|stage| !is_same(stage));
                all.extend(changed.map(|stage| (EditStage, Place::Stage(id, stage))));
                Takes::All(all)
            }
            PipelineEvent::ReleaseNumbered(_) => one(CreateReleases, Place::Pipeline(id)),
            _ => Takes::Follows,
        }
    }

    fn of_deployment(&self, pipeline: PipelineId, event: &DeploymentEvent, seen: &Seen) -> Takes {
        let id = event.deployment();
        let stage = Place::Stage(pipeline, id.stage);
        match event {
            DeploymentEvent::Triggered(trigger) if trigger.reason == DeploymentReason::Manual => {
                one(ManageDeployments, stage)
            }
            // What an approver put off is started by an approver.
            DeploymentEvent::BroughtForward { .. } if self.deferred.contains(&id) => Takes::Nothing,
            DeploymentEvent::BroughtForward { .. } => one(ManageDeployments, stage),
            DeploymentEvent::CancelAsked { .. } | DeploymentEvent::Over { end: End::Canceled(_), .. }
                if !is_of_another_command(seen) =>
            {
                one(ManageDeployments, stage)
            }
            DeploymentEvent::FreezesOverridden { .. } => one(OverrideFreezes, stage),
            DeploymentEvent::GateIgnored { .. } => one(IgnoreGates, stage),
            DeploymentEvent::InterventionAnswered { task, .. } if self.open_to_all.contains(task) => {
                one(ResumeInterventions, stage)
            }
            DeploymentEvent::InterventionAnswered { .. }
            | DeploymentEvent::ApprovalAnswered { .. }
            | DeploymentEvent::ApprovalReassigned { .. } => Takes::Nothing,
            _ => Takes::Follows,
        }
    }
}

fn of_release(pipeline: PipelineId, event: &ReleaseEvent) -> Takes {
    match event {
        ReleaseEvent::DraftEdited { .. }
        | ReleaseEvent::Edited { .. }
        | ReleaseEvent::KeptForever { .. }
        | ReleaseEvent::LetGo { .. }
        | ReleaseEvent::Started {}
        | ReleaseEvent::Abandoned { .. }
        | ReleaseEvent::Reactivated {} => one(EditReleases, Place::Pipeline(pipeline)),
        ReleaseEvent::SnapshotRevised(revised) => {
            let mut all = vec![(EditReleases, Place::Pipeline(pipeline))];
            let stage = revised.stage.as_ref().map(|revised| revised.stage);
            all.extend(stage.map(|stage| (EditStage, Place::Stage(pipeline, stage))));
            Takes::All(all)
        }
        ReleaseEvent::Deleted { .. } | ReleaseEvent::Restored {} => {
            one(DeleteReleases, Place::Pipeline(pipeline))
        }
        ReleaseEvent::Created(_)
        | ReleaseEvent::TargetNamed { .. }
        | ReleaseEvent::TriggerIgnored { .. }
        | ReleaseEvent::Deployment(_) => Takes::Follows,
    }
}

/// Abandoning cancels whatever goes on; so does an answer that ends what was being cancelled.
fn is_of_another_command(seen: &Seen) -> bool {
    seen.events.iter().any(|it| {
        let Event::Release(event) = &it.event else { return false };
        it.cause == Cause::Command
            && matches!(
                event,
                ReleaseEvent::Abandoned { .. }
                    | ReleaseEvent::Deployment(
                        DeploymentEvent::InterventionAnswered { .. }
                            | DeploymentEvent::ApprovalAnswered { .. }
                    )
            )
    })
}

/// S6: the stages on the ways to it, and itself.
fn path_to(definition: &PipelineDefinition, target: StageId) -> BTreeSet<StageId> {
    let mut path = BTreeSet::from([target]);
    loop {
        let on_it = definition.stages.iter().filter(|stage| path.contains(&stage.id));
        let before: BTreeSet<_> = on_it
            .flat_map(|stage| match &stage.trigger {
                StageTrigger::AfterStages(earlier) => earlier.as_slice(),
                StageTrigger::Manual | StageTrigger::AfterRelease => &[],
            })
            .map(|condition| condition.stage)
            .collect();
        if before.is_subset(&path) {
            return path;
        }
        path.extend(before);
    }
}

fn place_of(scope: &Scope) -> Place {
    match scope {
        Scope::Store => Place::Store,
        Scope::Folder(_) => Place::Root,
        Scope::Pipeline(pipeline) => Place::Pipeline(*pipeline),
        Scope::Stage { pipeline, stage } => Place::Stage(*pipeline, *stage),
    }
}

//! What people do in the course of a history: they steer what goes on, publish, edit, delete and bring back, each by a name of their own.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cutover::deployment::{Deployment, Phase};
use cutover::freeze::FreezesCommand;
use cutover::permission::{Grantee, PermissionsCommand};
use cutover::schedule::Window;
use cutover::transaction::Command;
use cutover::*;
use cutover_engine::simulation::*;

use crate::people::{USERS, user};
use crate::pipelines::{ALIASES, BRANCHES, Plan, source};
use crate::seen;
use crate::staff::any_grant;
use crate::whole_plan::{PIPELINES, variables};
use crate::workload::target_group;

/// Somebody does something, or nobody anything. `turn` counts how often this was asked.
pub fn steer(simulation: &mut Simulation, plan: &Plan, turn: usize, dice: &mut Dice) {
    let what = match dice.below(14) {
        0 | 1 => Some(published(turn, dice)),
        2 => of_queues(simulation, dice),
        3 | 4 => of_deployments(simulation, dice),
        5 => of_the_house(simulation, dice),
        6..=8 => edits_a_pipeline(simulation, plan, dice),
        9 | 10 => edits_a_release(simulation, plan, dice),
        11 if dice.one_in(2) => of_pipelines(simulation, dice),
        12 => deletes(simulation, dice),
        _ => None,
    };
    if let Some(ask) = what {
        simulation.ask_at(simulation.now(), &somebody(dice), ask);
    }
}

/// Mostly Ann, who may do everything wherever anybody is kept from anything.
fn somebody(dice: &mut Dice) -> Actor {
    let name = if dice.one_in(2) { "ann" } else { dice.one_of(&USERS).copied().unwrap_or("ann") };
    Actor::User(user(name))
}

/// A version of any branch, for a pull request or not; or a tag for one that there is.
pub fn published(turn: usize, dice: &mut Dice) -> Ask {
    let alias = dice.one_of(&ALIASES).copied().unwrap_or("app");
    let command = if dice.one_in(4) {
        let version = dice.place(turn + 1).unwrap_or(0).to_string();
        ArtifactCommand::Tag { version, tags: BTreeSet::from(["good".to_owned()]) }
    } else {
        let branch = dice.one_of(&BRANCHES).copied().unwrap_or("main");
        let version = ArtifactVersion::new(turn.to_string()).on_branch(branch);
        let version = if dice.one_in(4) { version.from_pull_request(branch) } else { version };
        ArtifactCommand::Publish(if dice.one_in(4) { version.with_tag("Good") } else { version })
    };
    Ask::Command(Command::Artifact(source(alias).source(), command))
}

fn of_queues(simulation: &Simulation, dice: &mut Dice) -> Option<Ask> {
    let queues: Vec<_> = seen::queues(simulation.world()).collect();
    let (id, queue) = dice.one_of(&queues)?;
    let comment = String::new();
    let last = queue.waiting().last().map(|(deployment, _)| deployment);
    let command = match (dice.below(4), last) {
        (0, _) => QueueCommand::Resume { comment },
        (1, _) | (2, None) => QueueCommand::Pause { reason: "a fire".to_owned() },
        (_, Some(deployment)) => QueueCommand::MoveToFront { deployment, comment },
        (_, None) => return None,
    };
    Some(Ask::Command(Command::Queue(*id, command)))
}

fn of_deployments(simulation: &Simulation, dice: &mut Dice) -> Option<Ask> {
    let now = simulation.now();
    let release = any_release(simulation, dice)?;
    let about = release.about()?;
    let going_on: Vec<&Deployment> = release.going_on().collect();
    let one = dice.one_of(&going_on).copied();
    let stage = one.map_or(StageId(1 + u32::try_from(dice.below(3)).unwrap_or(0)), |it| it.id.stage);
    let comment = "since it must be".to_owned();
    let approval = one.and_then(|it| it.open_approvals().next().map(|(approval, ..)| approval));
    let later = dice.between(TimeDelta::minutes(1), TimeDelta::minutes(50));
    let command = match (dice.below(8), one) {
        (0 | 1, _) => ReleaseCommand::Deploy(DeployRequest::new(stage)),
        (2, _) => ReleaseCommand::Deploy(DeployRequest::new(stage).at(now + later)),
        (3, _) => ReleaseCommand::DeployUpTo { target: stage, comment },
        (4, Some(_)) => ReleaseCommand::Cancel { stage, comment },
        (_, Some(deployment)) => match (&deployment.phase, approval) {
            (_, Some(approval)) if dice.one_in(2) => {
                ReleaseCommand::ApproveForLater { approval, until: now + later, comment }
            }
            (_, Some(approval)) => {
                let to = user(dice.one_of(&USERS).copied().unwrap_or("ann"));
                ReleaseCommand::Reassign { approval, to, comment }
            }
            (Phase::Frozen { .. }, _) => {
                ReleaseCommand::OverrideFreezes { deployment: deployment.id, comment }
            }
            (Phase::Deferred { .. }, _) => {
                ReleaseCommand::StartDeferred { deployment: deployment.id, comment }
            }
            _ => {
                let (moment, _) = deployment.sampling_gates()?;
                let gate = GateId { deployment: deployment.id, moment, gate: 0 };
                ReleaseCommand::IgnoreGate { gate, comment }
            }
        },
        (_, None) => ReleaseCommand::Deploy(DeployRequest::new(stage).failed_jobs_only()),
    };
    Some(Ask::Command(Command::Release(about.id, command)))
}

/// What is the whole store's: freezes, machines, and who may do what.
fn of_the_house(simulation: &Simulation, dice: &mut Dice) -> Option<Ask> {
    let now = simulation.now();
    Some(Ask::Command(match dice.below(4) {
        0 => {
            let until = Some(now + dice.between(TimeDelta::minutes(1), TimeDelta::hours(1)));
            let freeze = FreezeId::new(format!("f{}", dice.below(3))).expect("a short name");
            let pipeline = *dice.one_of(&PIPELINES)?;
            let scope = if dice.one_in(2) { Scope::Store } else { Scope::Pipeline(pipeline) };
            let (reason, window) = ("stocktaking".to_owned(), Window::Once { from: now, until });
            Command::Freezes(FreezesCommand::Declare { freeze, scope, window, reason })
        }
        1 => {
            let target = TargetId::new("m0").expect("a short name");
            let presence = if dice.one_in(2) { Presence::Online } else { Presence::Offline };
            Command::Targets(target_group(), TargetsCommand::SetPresence { target, presence })
        }
        _ => {
            let permissions = seen::permissions(simulation.world());
            if permissions.is_empty() {
                return None;
            }
            // What Ann may do stays: she clears the way in the end.
            let anns = Grantee::User(user("ann"));
            let known: Vec<_> = permissions.iter().filter(|grant| grant.to != anns).collect();
            Command::Permissions(if dice.one_in(2) {
                PermissionsCommand::Give(any_grant(dice))
            } else {
                PermissionsCommand::Revoke(dice.one_of(&known)?.clone())
            })
        }
    }))
}

fn edits_a_pipeline(simulation: &Simulation, plan: &Plan, dice: &mut Dice) -> Option<Ask> {
    let (place, pipeline) = any_pipeline(dice)?;
    let current = current(simulation, pipeline)?;
    let definition = std::sync::Arc::new(plan.revised(place, &current.definition, dice));
    // Now and then against a revision that is none any more, or not yet.
    let against = if dice.one_in(10) { current.revision + 1 } else { current.revision };
    let command = PipelineCommand::Revise { against, definition, comment: String::new() };
    Some(Ask::Command(Command::Pipeline(pipeline, command)))
}

fn edits_a_release(simulation: &Simulation, plan: &Plan, dice: &mut Dice) -> Option<Ask> {
    let release = any_release(simulation, dice)?;
    let about = release.about()?;
    let comment = String::new();
    let going_on = release.going_on().next().map(|deployment| deployment.id.stage);
    let stage = going_on.unwrap_or(StageId(1 + u32::try_from(dice.below(3)).unwrap_or(0)));
    let place = PIPELINES.iter().position(|pipeline| *pipeline == about.pipeline)?;
    let command = match (release.state(), dice.below(8)) {
        (ReleaseState::Draft, 0..=4) => ReleaseCommand::Start,
        (ReleaseState::Draft, _) => {
            let manual_stages = Some(BTreeSet::from([stage]));
            ReleaseCommand::EditDraft(DraftEdit { manual_stages, ..DraftEdit::default() })
        }
        (ReleaseState::Abandoned, 0..=3) => ReleaseCommand::Reactivate,
        (_, 0 | 1) => {
            let variables = Some(variables(dice.place(3).unwrap_or(0)));
            ReleaseCommand::ReviseStage(StageEdit { variables, ..StageEdit::of(stage) })
        }
        (_, 2) => {
            let jobs = plan.jobs(place, stage);
            ReleaseCommand::ReviseStage(StageEdit { jobs, ..StageEdit::of(stage) })
        }
        (_, 3 | 4) => ReleaseCommand::KeepForever { comment },
        (_, 5) => ReleaseCommand::LetGo { comment },
        (_, 6) => {
            let tags = Some(BTreeSet::from(["seen".to_owned()]));
            ReleaseCommand::Edit(ReleaseEdit { tags, ..ReleaseEdit::default() })
        }
        _ => ReleaseCommand::Abandon { comment },
    };
    Some(Ask::Command(Command::Release(about.id, command)))
}

/// Pipelines are disabled, deleted, by force or not, and brought back.
fn of_pipelines(simulation: &Simulation, dice: &mut Dice) -> Option<Ask> {
    let (_, pipeline) = any_pipeline(dice)?;
    let known = known(simulation, pipeline)?;
    let status = seen::status(simulation.world(), pipeline);
    let comment = "it is not needed".to_owned();
    let command = match status.activity() {
        Activity::Active | Activity::Disabled => match dice.below(4) {
            0 => PipelineStatusCommand::Disable { comment },
            1 => PipelineStatusCommand::Enable,
            _ => {
                let not_over = if dice.one_in(3) { NotOver::Refuse } else { NotOver::Cancel };
                PipelineStatusCommand::Delete { stages: known.stages_ever().collect(), not_over, comment }
            }
        },
        Activity::Deleting | Activity::Deleted { .. } => PipelineStatusCommand::Restore,
    };
    Some(Ask::Command(Command::PipelineStatus(pipeline, command)))
}

/// Releases are deleted by hand or by retention, and brought back.
pub fn deletes(simulation: &Simulation, dice: &mut Dice) -> Option<Ask> {
    let (_, pipeline) = any_pipeline(dice)?;
    if dice.one_in(3) {
        known(simulation, pipeline)?;
        return Some(Ask::Retention(pipeline));
    }
    let releases: Vec<_> = seen::releases(simulation.world()).collect();
    let release = *dice.one_of(&releases)?;
    let command = match release.deleted_at() {
        Some(_) if dice.one_in(2) => ReleaseCommand::Restore,
        _ => ReleaseCommand::Delete { comment: String::new() },
    };
    Some(Ask::Command(Command::Release(release.about()?.id, command)))
}

/// Mostly one of which something goes on.
fn any_release<'s>(simulation: &'s Simulation, dice: &mut Dice) -> Option<&'s Release> {
    let all: Vec<_> = seen::releases(simulation.world()).collect();
    let busy: Vec<_> = all.iter().copied().filter(|it| it.going_on().next().is_some()).collect();
    let among = if busy.is_empty() || dice.one_in(4) { &all } else { &busy };
    dice.one_of(among).copied()
}

fn any_pipeline(dice: &mut Dice) -> Option<(usize, PipelineId)> {
    let place = dice.place(PIPELINES.len())?;
    Some((place, PIPELINES[place]))
}

fn known(simulation: &Simulation, pipeline: PipelineId) -> Option<&Pipeline> {
    simulation.world().get(&Subject::Pipeline(pipeline))?.state().as_pipeline()
}

pub fn current(simulation: &Simulation, pipeline: PipelineId) -> Option<&Current> {
    known(simulation, pipeline)?.current()
}

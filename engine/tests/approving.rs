//! What approvers do beside saying yes and no: handing on, deferring, and showing anew who they are.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use common::*;
use cutover::deployment::{Answer, Phase};
use cutover::status::StageStatus;
use cutover::transaction::{Command, Refusal};
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a valid id")
}

fn bob() -> Actor {
    Actor::User(user("bob"))
}

/// One stage with this step before its jobs.
fn asking(step: ApprovalStep) -> PipelineDefinition {
    let stage = stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, step);
    PipelineDefinition::new("Shop").with_stage(stage)
}

fn pending(engine: &Engine, position: store::Position) -> Result<Vec<PendingApproval>, EngineError> {
    Ok(block_on(engine.views().at_least(position))?.all_pending_approvals())
}

#[test]
fn an_approval_that_is_handed_on_is_pending_for_the_new_one_only() -> Fallible {
    let bench = Bench::new();
    let ops = GroupId::new("ops")?;
    let groups = FixedGroups::new().with_member(ops.clone(), user("ann"));
    let engine = block_on(bench.builder().identities(groups).build())?;
    let (_, release) = release_of(&engine, asking(ApprovalStep::group(ops.clone())));
    let open = pending(&engine, engine.written())?;
    let [before] = &open[..] else { panic!("{open:?}") };

    let outcome = block_on(engine.reassign(&ann(), before.id, user("bob"), "on leave"))?;
    let views = block_on(engine.views().at_least(outcome.position))?;
    let of_group = BTreeSet::from([ops]);
    assert_eq!(views.pending_approvals(&user("ann"), &of_group), []);
    let of_bob = views.pending_approvals(&user("bob"), &BTreeSet::new());
    assert_eq!(of_bob, [PendingApproval { approver: Approver::User(user("bob")), ..before.clone() }]);

    assert!(block_on(engine.approve(&ann(), before.id, "")).is_err());
    let outcome = block_on(engine.approve(&bob(), before.id, ""))?;
    assert_eq!(pending(&engine, outcome.position)?, []);
    let standing = block_on(engine.release(release))?;
    assert_eq!(standing.release().latest(DEV).expect("it is deployed").begun_at, Some(bench.clock.now()));
    Ok(())
}

#[test]
fn a_deferred_deployment_begins_by_itself_when_its_moment_comes() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, asking(ApprovalStep::user(user("ann"))));
    let approval = pending(&engine, engine.written())?[0].id;
    let evening = bench.clock.now() + TimeDelta::hours(6);

    let past = bench.clock.now() - TimeDelta::seconds(1);
    let refused = block_on(engine.approve_for_later(&ann(), approval, past, "")).expect_err("it has passed");
    assert!(matches!(
        refused,
        EngineError::Refused(Refusal::Release(ReleaseRefusal::MomentHasPassed { .. }))
    ));
    block_on(engine.approve_for_later(&ann(), approval, evening, "after work"))?;
    let waiting = block_on(engine.release(release))?;
    let phase = &waiting.release().latest(DEV).expect("it is deployed").phase;
    assert_eq!(*phase, Phase::Deferred { since: bench.clock.now(), until: evening });

    bench.clock.advance(TimeDelta::hours(6));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    driven.stop()?;
    Ok(())
}

#[test]
fn an_approver_starts_a_deferred_deployment_at_once_and_nobody_else_does() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (_, release) = release_of(&engine, asking(ApprovalStep::user(user("ann"))));
    let approval = pending(&engine, engine.written())?[0].id;
    block_on(engine.approve_for_later(&ann(), approval, bench.clock.now() + TimeDelta::days(1), ""))?;

    let told = block_on(engine.explain(release, DEV))?;
    let [blocker] = &told.now[..] else { panic!("{told:?}") };
    assert_eq!(blocker.kind, BlockerKind::Deferred { by: Some(ann()) });
    assert_eq!(blocker.cleared_by, [Clearer::User(user("ann"))]);
    assert!(block_on(engine.start_deferred(&bob(), approval.deployment, "")).is_err());
    block_on(engine.start_deferred(&ann(), approval.deployment, "now"))?;
    let standing = block_on(engine.release(release))?;
    assert_eq!(standing.release().latest(DEV).expect("it is deployed").begun_at, Some(bench.clock.now()));
    Ok(())
}

/// Confirms whoever is there, and counts how often it was asked.
#[derive(Default)]
struct Doorkeeper {
    is_there: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl Identities for Doorkeeper {
    async fn groups(&self, _: &UserId) -> BTreeSet<GroupId> {
        BTreeSet::new()
    }

    async fn confirms_anew(&self, _: &UserId) -> bool {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.is_there.load(Ordering::SeqCst)
    }
}

#[test]
fn the_host_is_asked_to_confirm_who_answers_only_where_an_approval_wants_it() -> Fallible {
    let bench = Bench::new();
    let doorkeeper = Arc::new(Doorkeeper::default());
    let engine = block_on(bench.builder().identities(Arc::clone(&doorkeeper)).build())?;
    let mut definition = asking(ApprovalStep::user(user("ann")));
    definition.stages[0].before.approvals.revalidate_identity = true;
    definition.stages[0] =
        definition.stages[0].clone().with_approval(Moment::After, ApprovalStep::user(user("ann")));
    release_of(&engine, definition);
    let approval = pending(&engine, engine.written())?[0].id;

    // What is refused anyway asks nobody to show who they are.
    assert!(block_on(engine.approve(&bob(), approval, "")).is_err());
    let past = bench.clock.now() - TimeDelta::seconds(1);
    assert!(block_on(engine.approve_for_later(&ann(), approval, past, "")).is_err());
    assert_eq!(doorkeeper.asked.load(Ordering::SeqCst), 0);
    let refused = block_on(engine.approve(&ann(), approval, "")).expect_err("nobody confirms it");
    let expected = ReleaseRefusal::IdentityNotConfirmed { actor: ann(), approval };
    assert!(matches!(refused, EngineError::Refused(Refusal::Release(found)) if found == expected));
    assert_eq!(doorkeeper.asked.load(Ordering::SeqCst), 1);

    // What would happen asks nobody either, and is told as if it were confirmed.
    let answer = ReleaseCommand::Answer { approval, answer: Answer::Approve, comment: String::new() };
    let told = block_on(engine.preview(&ann(), Command::Release(approval.deployment.release, answer)))?;
    assert!(!told.is_empty());
    assert_eq!(doorkeeper.asked.load(Ordering::SeqCst), 1);

    doorkeeper.is_there.store(true, Ordering::SeqCst);
    let driven = drive(&engine);
    block_on(engine.approve(&ann(), approval, ""))?;
    assert_eq!(doorkeeper.asked.load(Ordering::SeqCst), 2);
    let is_after = |pending: &PendingApproval| pending.id.moment == Moment::After;
    until(&engine, "the approval after the jobs", |views| views.all_pending_approvals().iter().any(is_after));
    let after = pending(&engine, engine.written())?.into_iter().find(is_after).expect("it was there");
    block_on(engine.approve(&ann(), after.id, ""))?;
    assert_eq!(doorkeeper.asked.load(Ordering::SeqCst), 2, "no identity is to be confirmed after the jobs");
    driven.stop()?;
    Ok(())
}

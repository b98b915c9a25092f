//! Permissions through an engine: what is refused, and what each reader sees (U).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use common::*;
use cutover::permission::{Denied, Grant, Grantee, Permission};
use cutover::transaction::Refusal;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn user(name: &str) -> (Actor, Grantee) {
    let id = UserId::new(name).expect("a valid id");
    (Actor::User(id.clone()), Grantee::User(id))
}

fn administered(engine: &Engine) -> Fallible {
    let (ann, to) = user("ann");
    block_on(engine.grant(&ann, Grant::allow(to, Permission::AdministerPermissions, Scope::Store)))?;
    Ok(())
}

fn allow(engine: &Engine, to: &str, permission: Permission, scope: Scope) -> Fallible {
    block_on(engine.grant(&ann(), Grant::allow(user(to).1, permission, scope)))?;
    Ok(())
}

fn denied(result: Result<impl Sized, EngineError>) -> Option<(Permission, Scope)> {
    match result {
        Err(EngineError::Refused(Refusal::Denied(Denied { permission, scope, .. }))) => {
            Some((permission, scope))
        }
        Err(_) | Ok(_) => None,
    }
}

fn in_folder(name: &str, folder: &str) -> PipelineDefinition {
    let ann = UserId::new("ann").expect("a valid id");
    let asking = stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, ApprovalStep::user(ann));
    let mut definition =
        PipelineDefinition::new(name).with_stage(asking).with_stage(stage(PROD, "Prod", &["ok"]));
    folder.clone_into(&mut definition.folder);
    definition
}

/// A pipeline with a release in each of two folders. Bob may view what is in one of them, Cy a stage of what is in the other.
struct TwoFolders {
    web: PipelineId,
    in_web: ReleaseId,
    bank: PipelineId,
    in_bank: ReleaseId,
    bob: Reader,
    cy: Reader,
}

fn two_folders(engine: &Engine) -> Result<TwoFolders, Box<dyn std::error::Error>> {
    let (web, in_web) = release_of(engine, in_folder("Shop", "\\Web"));
    let (bank, in_bank) = release_of(engine, in_folder("Ledger", "\\Bank"));
    administered(engine)?;
    allow(engine, "bob", Permission::View, Scope::Folder("\\web".to_owned()))?;
    allow(engine, "cy", Permission::View, Scope::Stage { pipeline: bank, stage: PROD })?;
    block_on(engine.views().latest())?;
    let [bob, cy] = ["bob", "cy"].map(|name| block_on(engine.as_seen_by(&user(name).0)));
    Ok(TwoFolders { web, in_web, bank, in_bank, bob: bob?, cy: cy? })
}

#[test]
fn another_engine_on_the_same_store_keeps_to_grants_that_it_has_not_seen() -> Fallible {
    let bench = Bench::new();
    let (one, two) = (bench.engine(), bench.engine());
    let (pipeline, _) = release_of(&two, one_stage(&["ok"]));
    let (bob, _) = user("bob");
    // It has found that there are no grants, and keeps that in memory.
    block_on(two.create_release(&bob, pipeline, NewRelease::default()))?;
    administered(&one)?;
    let refused = denied(block_on(two.create_release(&bob, pipeline, NewRelease::default())));
    assert_eq!(refused, Some((Permission::CreateReleases, Scope::Pipeline(pipeline))));
    allow(&one, "bob", Permission::CreateReleases, Scope::Store)?;
    block_on(two.create_release(&bob, pipeline, NewRelease::default()))?;
    assert_eq!(block_on(two.permissions())?.iter().count(), 2);
    Ok(())
}

#[test]
fn who_drives_needs_no_permission() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let driven = drive(&engine);
    administered(&engine)?;
    for permission in [Permission::EditPipeline, Permission::CreateReleases] {
        allow(&engine, "ann", permission, Scope::Store)?;
    }
    let (_, release) = release_of(&engine, two_stages(&["ok"], &["ok"]));
    until_status(&engine, release, PROD, status::StageStatus::Succeeded);
    Ok(driven.stop()?)
}

#[test]
fn each_reader_sees_what_they_may_view() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let TwoFolders { web, in_web, bank, in_bank, bob, cy } = two_folders(&engine)?;
    let pipelines = |reader: &Reader| reader.pipelines().iter().map(|it| it.id).collect::<Vec<_>>();
    let releases = |reader: &Reader| {
        reader.releases(&ReleaseFilter::all()).iter().map(|it| (it.id, it.stages.len())).collect::<Vec<_>>()
    };
    let stages = |reader: &Reader, pipeline| reader.deployed_where(pipeline).len();

    assert_eq!((pipelines(&bob), releases(&bob)), (vec![web], vec![(in_web, 2)]));
    assert_eq!((stages(&bob, web), stages(&bob, bank)), (2, 0));
    assert_eq!((bob.deployments(&DeploymentFilter::going_on()).len(), bob.pending_approvals().len()), (2, 1));
    assert!(block_on(bob.release(in_web)).is_ok() && block_on(bob.pipeline(web)).is_ok());
    let refused = Some((Permission::View, Scope::Pipeline(bank)));
    assert_eq!(denied(block_on(bob.release(in_bank))), refused);
    assert_eq!(denied(block_on(bob.pipeline(bank))), refused);
    assert_eq!(denied(block_on(bob.release_as_of(in_bank, AsOf::Time(bench.clock.now())))), refused);

    assert_eq!((pipelines(&cy), releases(&cy)), (vec![bank], vec![(in_bank, 1)]));
    assert_eq!((stages(&cy, bank), cy.deployments(&DeploymentFilter::going_on()).len()), (1, 1));
    assert!(block_on(cy.explain(in_bank, PROD)).is_ok());
    let refused = Some((Permission::View, Scope::Stage { pipeline: bank, stage: DEV }));
    assert_eq!(denied(block_on(cy.explain(in_bank, DEV))), refused);
    assert_eq!(denied(block_on(cy.queue(QueueId { pipeline: bank, stage: DEV }))), refused);
    assert!(block_on(cy.queue(QueueId { pipeline: bank, stage: PROD })).is_ok());
    assert!(cy.pending_approvals().is_empty());

    // Who is asked sees it, and nothing else.
    let asked = block_on(engine.as_seen_by(&ann()))?;
    assert!(pipelines(&asked).is_empty() && releases(&asked).is_empty());
    assert_eq!(asked.pending_approvals().len(), 2);
    // The system sees all.
    let system = block_on(engine.as_seen_by(&Actor::System))?;
    assert_eq!((pipelines(&system), releases(&system).len()), (vec![web, bank], 2));
    Ok(())
}

#[test]
fn a_page_of_releases_is_full_although_others_are_left_out() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (shown, first) = release_of(&engine, in_folder("Shop", "\\Web"));
    for _ in 0..3 {
        block_on(engine.create_release(&ann(), shown, NewRelease::default()))?;
    }
    let (hidden, _) = release_of(&engine, in_folder("Ledger", "\\Bank"));
    for _ in 0..3 {
        block_on(engine.create_release(&ann(), hidden, NewRelease::default()))?;
    }
    administered(&engine)?;
    allow(&engine, "bob", Permission::View, Scope::Pipeline(shown))?;
    block_on(engine.views().latest())?;
    let bob = block_on(engine.as_seen_by(&user("bob").0))?;
    let page = bob.releases(&ReleaseFilter::all().at_most(4));
    assert_eq!(page.len(), 4);
    assert_eq!(page.last().map(|release| release.id), Some(first));
    Ok(())
}

#[test]
fn what_may_not_be_viewed_is_neither_found_nor_counted_nor_told_by_what_fits() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let TwoFolders { web, in_web, bank, in_bank, bob, cy } = two_folders(&engine)?;

    assert_eq!(
        (bob.releases(&ReleaseFilter::all()).total, bob.deployments(&DeploymentFilter::all()).total),
        (1, 2)
    );
    let found = bob.search("release", 10);
    assert_eq!(found.releases.iter().map(|it| it.id).collect::<Vec<_>>(), [in_web]);
    assert!(bob.search("ledger", 10).pipelines.is_empty());
    assert_eq!(bob.search("prod", 10).stages.iter().map(|it| it.stage.pipeline).collect::<Vec<_>>(), [web]);
    let found = cy.search("ledger", 10).pipelines;
    assert_eq!(found.iter().map(|it| it.stages.len()).collect::<Vec<_>>(), [1], "nothing but that stage");

    // How a stage shows is not told by which releases fit, either.
    let at = |stage, status| ReleaseFilter::all().at(QueueId { pipeline: bank, stage }, status);
    let shows = |reader: &Reader, stage| {
        let status = engine.views().release(in_bank).map(|release| release.status(stage));
        reader.releases(&at(stage, status.unwrap_or(status::StageStatus::NotStarted))).total
    };
    assert_eq!((shows(&cy, PROD), shows(&cy, DEV), shows(&bob, PROD)), (1, 0, 0));

    let pipelines = |reader: &Reader| {
        let prods = reader.deployed_to("PROD", None, 10);
        prods.iter().map(|at| at.pipeline).collect::<Vec<_>>()
    };
    assert_eq!((pipelines(&bob), pipelines(&cy)), (vec![web], vec![bank]));
    let (now, later) = (bench.clock.now(), bench.clock.now() + chrono::TimeDelta::days(400));
    let comes = |reader: &Reader| {
        let all = reader.calendar(now, later, 100).into_iter().map(|due| match due.what {
            Coming::Deadline { deadline, pipeline } => (pipeline, deadline.deployment().stage),
            other @ (Coming::Release { .. }
            | Coming::FreezeBegins(_)
            | Coming::FreezeEnds(_)
            | Coming::PipelineGone(_)) => {
                panic!("{other:?}")
            }
        });
        all.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(comes(&bob), [(web, DEV), (web, PROD)].into());
    assert_eq!(comes(&cy), [(bank, PROD)].into());
    let queue = |reader: &Reader, stage| {
        let view = reader.queue_view(QueueId { pipeline: bank, stage }, 0, 10);
        block_on(view).map(|view| view.lines.len())
    };
    assert_eq!(queue(&cy, PROD)?, 1);
    assert!(denied(queue(&cy, DEV)).is_some() && denied(queue(&bob, PROD)).is_some());
    Ok(())
}

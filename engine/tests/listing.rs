//! Lists for people: pages, filters, queues with reasons, what comes next, and what is found by its name.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::num::NonZeroU32;

use chrono::TimeDelta;
use common::*;
use cutover::schedule::Window;
use cutover::*;
use cutover_engine::*;
use futures::executor::block_on;

fn asking() -> Stage {
    let ann = UserId::new("ann").expect("a valid id");
    stage(DEV, "Dev", &["ok"]).with_approval(Moment::Before, ApprovalStep::user(ann))
}

fn one_at_a_time() -> PipelineDefinition {
    PipelineDefinition::new("Web Shop")
        .with_stage(asking().with_queuing(QueuingPolicy::in_order(NonZeroU32::MIN)))
}

fn another(engine: &Engine, pipeline: PipelineId) -> ReleaseId {
    block_on(engine.create_release(&ann(), pipeline, NewRelease::default())).expect("it is created")
}

#[test]
fn a_page_goes_on_where_the_one_before_ended_whatever_came_meanwhile() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, first) = release_of(&engine, one_at_a_time());
    let [second, third, fourth] = [(); 3].map(|()| another(&engine, pipeline));
    let views = block_on(engine.views().latest())?;
    let filter = ReleaseFilter::of(pipeline).at_most(2);
    let page = views.releases(&filter);
    assert_eq!(page.iter().map(|release| release.id).collect::<Vec<_>>(), [fourth, third]);
    assert_eq!((page.total, page.next), (4, Some(third)));

    another(&engine, pipeline);
    let views = block_on(engine.views().latest())?;
    let page = views.releases(&filter.before(third));
    assert_eq!(page.iter().map(|release| release.id).collect::<Vec<_>>(), [second, first]);
    assert_eq!((page.total, page.next), (5, None), "nothing comes after these");

    let deployments = views.deployments(&DeploymentFilter::going_on().at_most(3));
    assert_eq!((deployments.len(), deployments.total), (3, 5));
    let next = deployments.next.expect("there are more");
    another(&engine, pipeline);
    let views = block_on(engine.views().latest())?;
    let rest = views.deployments(&DeploymentFilter::going_on().before(next));
    assert_eq!(rest.iter().map(|deployment| deployment.id.release).collect::<Vec<_>>(), [second, first]);
    let nobody = DeploymentId { release: ReleaseId(99), ..next };
    assert_eq!(views.deployments(&DeploymentFilter::all().before(nobody)).total, 0);
    Ok(())
}

#[test]
fn a_page_has_a_hundred_lines_if_nothing_is_said_and_never_more_than_two_hundred_and_fifty() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, _) =
        release_of(&engine, PipelineDefinition::new("Shop").with_stage(stage(DEV, "Dev", &["ok"])));
    for _ in 0..250 {
        another(&engine, pipeline);
    }
    let views = block_on(engine.views().latest())?;
    let lines = |filter: ReleaseFilter| views.releases(&filter).len();
    assert_eq!((lines(ReleaseFilter::all()), lines(ReleaseFilter::all().at_most(251))), (100, 250));
    assert_eq!(lines(ReleaseFilter::all().at_most(250)), 250);
    assert_eq!(lines(ReleaseFilter::all().at_most(0)), 0);
    assert_eq!(views.search("release", 500).releases.len(), 100);
    Ok(())
}

#[test]
fn a_queue_tells_where_everyone_stands_and_why() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, holder) = release_of(&engine, one_at_a_time());
    let [next, last] = [(); 2].map(|()| another(&engine, pipeline));
    let stage = QueueId { pipeline, stage: DEV };
    let views = block_on(engine.views().latest())?;
    let queue = views.queue(stage, 0, 10);
    assert_eq!((queue.holding, queue.waiting, queue.next), (1, 2, None));
    assert!(matches!(queue.lines[0].place, QueuePlace::Holds { .. }));
    assert_eq!(
        (queue.lines[0].deployment.release, queue.lines[0].doing),
        (holder, status::OperationStatus::Pending)
    );
    assert!(queue.lines[0].due.is_some(), "its approval times out");
    for (line, release, before) in [(&queue.lines[1], next, 0), (&queue.lines[2], last, 1)] {
        let QueuePlace::Waits { ahead, because, .. } = &line.place else { panic!("{line:?}") };
        assert_eq!((line.deployment.release, *ahead), (release, before));
        assert_eq!(*because, block_on(engine.explain(release, DEV))?.now);
    }
    let page = views.queue(stage, 1, 1);
    assert_eq!((page.lines, page.next), (queue.lines[1..2].to_vec(), Some(2)));
    assert_eq!(views.queue(QueueId { pipeline: PipelineId(99), ..stage }, 0, 10).lines, []);
    assert_eq!(views.queue(stage, usize::MAX, 10).lines, [], "nobody is that far");

    // Of a pipeline that is being deleted nothing waits for a slot any more.
    block_on(engine.delete_pipeline(&ann(), pipeline, NotOver::Cancel, "out of date"))?;
    let views = block_on(engine.views().latest())?;
    let lines = views.queue(stage, 0, 10).lines;
    assert_eq!(lines.len(), 3, "no engine has cancelled them yet");
    for line in lines {
        let QueuePlace::Waits { because, .. } = line.place else { continue };
        assert!(matches!(because[0].kind, BlockerKind::PipelineDeleted));
        assert_eq!(because, block_on(engine.explain(line.deployment.release, DEV))?.now);
    }
    Ok(())
}

#[test]
fn what_is_due_comes_in_order_up_to_the_moment_that_is_asked_for() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (_, release) = release_of(&engine, one_at_a_time());
    let now = bench.clock.now();
    let [sale, later] = [1, 60].map(|days| (now + TimeDelta::days(days), now + TimeDelta::days(days + 1)));
    for (name, (from, until)) in [("sale", sale), ("later", later)] {
        let window = Window::Once { from, until: Some(until) };
        block_on(engine.declare_freeze(&ann(), FreezeId::new(name)?, Scope::Store, window, "the sale"))?;
    }
    let views = block_on(engine.views().latest())?;
    let approval = views.all_pending_approvals()[0].clone();
    let calendar = |now, until| views.calendar(now, until, 10);
    let freeze = |name| FreezeId::new(name).expect("a valid id");
    let begins = Due { at: sale.0, what: Coming::FreezeBegins(freeze("sale")) };
    let (pipeline, deadline) = (approval.pipeline, deployment::Deadline::ApprovalTimesOut(approval.id));
    let times_out = Due { at: approval.due, what: Coming::Deadline { pipeline, deadline } };
    assert_eq!(approval.id.deployment.release, release);
    assert_eq!(
        calendar(now, approval.due),
        std::slice::from_ref(&begins),
        "what comes then is not before it"
    );
    let after = approval.due + TimeDelta::milliseconds(1);
    assert_eq!(calendar(now, after), [begins, times_out.clone()]);
    let ends = Due { at: sale.1, what: Coming::FreezeEnds(freeze("sale")) };
    assert_eq!(calendar(sale.0, after), [ends, times_out]);
    assert_eq!(views.calendar(now, later.1, 1).len(), 1);
    Ok(())
}

#[test]
fn everything_is_found_by_how_its_words_begin() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let source = ArtifactSource {
        alias: "web".to_owned(),
        kind: ArtifactKind::Build,
        reference: [("definition".to_owned(), "7".to_owned())].into(),
        primary: true,
        default_version: DefaultVersion::ChosenAtCreation,
    };
    let pipeline = PipelineDefinition { artifacts: vec![source], ..one_at_a_time() };
    let pipeline = block_on(engine.create_pipeline(&ann(), pipeline))?;
    let with = |version: &str| NewRelease {
        artifacts: [("web".to_owned(), ArtifactVersion::new(version).on_branch("refs/heads/main"))].into(),
        ..NewRelease::default()
    };
    let first = block_on(engine.create_release(&ann(), pipeline, with("2.4.1-RC")))?;
    let second = block_on(engine.create_release(&ann(), pipeline, with("2.5.0")))?;
    let edit = ReleaseEdit { tags: Some(["Hot".to_owned()].into()), ..ReleaseEdit::default() };
    block_on(engine.edit(&ann(), second, edit))?;
    let views = block_on(engine.views().latest())?;

    let releases = |text: &str| views.search(text, 9).releases.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(
        (releases("RELEASE"), releases("2.4"), releases("5.0 rel")),
        (vec![second, first], vec![first], vec![second])
    );
    assert_eq!((releases("elease"), releases("4.0"), releases(" - ")), (vec![], vec![], vec![]));
    let found = views.search("rc", 9).versions;
    assert_eq!(found, [VersionHit { version: "2.4.1-RC".into(), releases: 1, newest: first }]);
    let found = views.search("shop", 9).pipelines;
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), [pipeline]);
    assert_eq!(views.search("dev", 9).stages[0].stage, QueueId { pipeline, stage: DEV });

    let ids = |filter: ReleaseFilter| views.releases(&filter).iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(ReleaseFilter::all().with_version("2.4.1-rc")), [first]);
    assert_eq!(ids(ReleaseFilter::all().of_branch("main")), [second, first]);
    assert_eq!(ids(ReleaseFilter::all().with_tag("hot")), [second]);
    Ok(())
}

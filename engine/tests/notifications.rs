//! Notifications as they are read, by whoever keeps their own mark or by a cursor of the store (E4).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;

use common::*;
use cutover::notification::*;
use cutover::permission::{Grant, Grantee, Permission};
use cutover::status::StageStatus;
use cutover::store::Position;
use cutover::transaction::Refusal;
use cutover::*;
use cutover_engine::*;
use futures::StreamExt;
use futures::executor::block_on;

fn words(notifications: &[Notification]) -> Vec<String> {
    notifications.iter().map(ToString::to_string).collect()
}

fn all(engine: &Engine) -> Vec<Notification> {
    let told = block_on(engine.notifications_after(Mark::START, usize::MAX)).expect("the log can be read");
    told.notifications
}

/// Two releases: one goes all the way, the other fails.
fn a_day(bench: &Bench, engine: &Engine) {
    let driven = drive(engine);
    let (pipeline, first) = release_of(engine, two_stages(&["ok"], &["ok"]));
    until_status(engine, first, PROD, StageStatus::Succeeded);
    let definition = two_stages(&["ok", "fail"], &["ok"]);
    block_on(engine.revise_pipeline(&ann(), pipeline, 1, definition, "")).expect("it is revised");
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default())).expect("a release");
    until_status(engine, second, DEV, StageStatus::Rejected);
    driven.stop().expect("it ends well");
    assert!(count(&bench.store, "cursor.opened") == 0, "nobody asked for a cursor");
}

const A_DAY: [&str; 8] = [
    "Release-1 of Shop was created",
    "Dev of Release-1 started",
    "Dev of Release-1 succeeded",
    "Prod of Release-1 started",
    "Prod of Release-1 succeeded",
    "Release-2 of Shop was created",
    "Dev of Release-2 started",
    "Dev of Release-2 failed: \"fail\" failed, saying \"as it should\"",
];

#[test]
fn everything_is_told_in_order_however_it_is_read() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    a_day(&bench, &engine);
    let whole = all(&engine);
    assert_eq!(words(&whole), A_DAY);
    assert!(whole.is_sorted_by(|one, next| one.id < next.id));
    for at_most in 1..=whole.len() {
        let (mut mark, mut read) = (Mark::START, Vec::new());
        loop {
            // Anew each time, as a host does that kept nothing but the mark.
            let told = block_on(bench.engine().notifications_after(mark, at_most))?;
            assert!(told.notifications.len() <= at_most && told.mark >= mark);
            mark = told.mark.to_string().parse()?;
            if told.notifications.is_empty() {
                break;
            }
            read.extend(told.notifications);
        }
        assert_eq!(read, whole, "{at_most} at a time");
        assert_eq!(mark, Mark::Through(block_on(store::EventStore::head(&bench.store))?));
    }
    let live: Vec<_> = block_on(engine.notifications(Mark::START).take(whole.len()).collect());
    assert_eq!(live.into_iter().collect::<Result<Vec<_>, _>>()?, whole);
    Ok(())
}

#[test]
fn from_any_notification_on_exactly_the_later_ones_are_told() -> Fallible {
    let bench = Bench::new();
    a_day(&bench, &bench.engine());
    let engine = bench.engine();
    let whole = all(&engine);
    for (place, notification) in whole.iter().enumerate() {
        let told = block_on(engine.notifications_after(Mark::Within(notification.id), usize::MAX))?;
        assert_eq!(told.notifications, whole[place + 1..]);
        let told = block_on(engine.notifications_after(Mark::Through(notification.id.position), usize::MAX))?;
        let later = whole.iter().filter(|it| it.id.position > notification.id.position);
        assert_eq!(told.notifications, later.cloned().collect::<Vec<_>>());
    }
    Ok(())
}

#[test]
fn the_live_stream_goes_on_where_the_log_grows() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, _) = release_of(&engine, one_stage(&["ok"]));
    let mut live = engine.notifications(Mark::Through(engine.written()));
    let release = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    let first = patiently("it is told", live.next()).expect("it never ends")?;
    assert_eq!((first.release.id, first.by), (release, ann()));
    Ok(())
}

#[test]
fn a_cursor_gives_the_same_until_it_is_acknowledged() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    a_day(&bench, &engine);
    let whole = all(&engine);
    let chat = CursorId::new("chat")?;
    assert!(matches!(block_on(engine.notifications_by(&chat, 1)), Err(EngineError::NotFound(_))));
    block_on(engine.open_cursor(&ann(), &chat, Mark::START))?;
    let told = block_on(engine.notifications_by(&chat, 3))?;
    assert_eq!(told.notifications, whole[..3]);
    assert_eq!(block_on(bench.engine().notifications_by(&chat, 3))?, told, "another life gets the same");
    block_on(engine.acknowledge(&ann(), &chat, told.mark, told.epoch))?;
    let next = block_on(bench.engine().notifications_by(&chat, 100))?;
    assert_eq!(next.notifications, whole[3..]);
    // A late word of an earlier reader changes nothing.
    block_on(engine.acknowledge(&ann(), &chat, next.mark, next.epoch))?;
    let late = block_on(engine.acknowledge(&ann(), &chat, told.mark, told.epoch))?;
    assert_eq!(late.events, []);
    assert_eq!(block_on(engine.cursor(&chat))?.mark(), Some(next.mark));
    Ok(())
}

/// Story: somebody moved a cursor back, so that all was delivered again; a host that had read by it before acknowledged what it had, which was
/// further, and the rest never came again.
#[test]
fn who_read_before_a_cursor_was_moved_back_acknowledges_nothing() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    a_day(&bench, &engine);
    let chat = CursorId::new("chat")?;
    block_on(engine.open_cursor(&ann(), &chat, Mark::START))?;
    let told = block_on(engine.notifications_by(&chat, 5))?;
    let first = Mark::Within(told.notifications[0].id);
    block_on(engine.move_cursor(&ann(), &chat, first))?;
    let late = block_on(engine.acknowledge(&ann(), &chat, told.mark, told.epoch));
    let moved = Refusal::Cursor(CursorRefusal::MovedMeanwhile);
    assert!(matches!(late, Err(EngineError::Refused(refusal)) if refusal == moved));
    let again = block_on(engine.notifications_by(&chat, 4))?;
    assert_eq!((again.notifications.as_slice(), again.mark), (&told.notifications[1..], told.mark));
    block_on(engine.acknowledge(&ann(), &chat, again.mark, again.epoch))?;
    assert_eq!(block_on(engine.cursor(&chat))?.mark(), Some(told.mark));
    Ok(())
}

/// Story: a pipeline was created while its reader's notifications were read. The views did not know it yet, so that its release was kept from
/// them; and the mark that they got was behind it.
#[test]
fn a_reader_hears_of_what_is_recorded_while_they_read() -> Fallible {
    let bench = Bench::new();
    let store = FaultyStore::new(Arc::clone(&bench.store));
    let engine = block_on(bench.builder_on(store.clone()).build())?;
    let (_, first) = release_of(&engine, one_stage(&["ok"]));
    let other = bench.engine();
    block_on(engine.views().latest())?;
    // Its views are brought up first.
    let telling = Rule::on(Call::ReadAll).skip(1);
    store.add(telling.happens_first(async move {
        let definition = PipelineDefinition { name: "Other".to_owned(), ..one_stage(&["ok"]) };
        let pipeline = other.create_pipeline(&ann(), definition).await.expect("a pipeline");
        other.create_release(&ann(), pipeline, NewRelease::default()).await.expect("a release");
    }));
    let reader = block_on(engine.as_seen_by(&ann()))?;
    let (mut mark, mut heard) = (Mark::START, Vec::new());
    for _ in 0..2 {
        let told = block_on(reader.notifications_after(mark, usize::MAX))?;
        mark = told.mark;
        heard.extend(told.notifications);
    }
    assert_eq!(heard, all(&engine));
    assert!(heard.iter().any(|told| told.release.id > first), "{heard:?}");
    Ok(())
}

#[test]
fn a_reader_hears_of_what_they_may_view_and_of_what_they_are_asked() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    let [bob, eve, cy] = ["bob", "eve", "cy"].map(|name| Actor::user(name).expect("a valid id"));
    let definition = {
        let mut stage = stage(DEV, "Dev", &["ok"]);
        stage.before.approvals.steps = vec![ApprovalStep::user(UserId::new("bob")?)];
        PipelineDefinition::new("Shop").with_stage(stage).with_stage(stage_prod())
    };
    let (pipeline, release) = release_of(&engine, definition);
    let heard = |actor: &Actor| {
        let reader = block_on(engine.as_seen_by(actor)).expect("the permissions can be read");
        let told =
            block_on(reader.notifications_after(Mark::START, usize::MAX)).expect("the log can be read");
        assert_eq!(told.mark, Mark::Through(engine.written()));
        words(&told.notifications)
    };
    let everything = words(&all(&engine));
    assert_eq!(everything.len(), 4, "{everything:?}");
    assert_eq!(heard(&cy), everything, "before the first grant everybody sees everything");

    let allow = |to: &Actor, permission, scope| {
        let to = Grantee::User(to.as_user().expect("a user").clone());
        block_on(engine.grant(&ann(), Grant::allow(to, permission, scope))).expect("it is granted");
    };
    allow(&ann(), Permission::AdministerPermissions, Scope::Store);
    allow(&eve, Permission::View, Scope::Stage { pipeline, stage: PROD });
    assert_eq!(heard(&cy), Vec::<String>::new());
    assert_eq!(
        heard(&bob),
        ["bob is asked to approve Dev of Release-1 before its jobs, until 2024-11-03 00:00 UTC"]
    );
    assert_eq!(heard(&eve), ["Release-1 of Shop was created", "Prod of Release-1 started"]);
    let approval = block_on(engine.as_seen_by(&bob))?.pending_approvals()[0].id;
    assert_eq!(approval.deployment.release, release);
    Ok(())
}

fn stage_prod() -> Stage {
    stage(PROD, "Prod", &["ok"])
}

#[test]
fn a_mark_that_the_log_has_not_reached_tells_nothing() -> Fallible {
    let bench = Bench::new();
    let engine = bench.engine();
    a_day(&bench, &engine);
    let far = Mark::Through(Position(1_000_000));
    assert_eq!(
        block_on(engine.notifications_after(far, 10))?,
        Told { notifications: vec![], mark: far, epoch: None }
    );
    assert_eq!(block_on(engine.notifications_after(Mark::START, 0))?.mark, Mark::START);
    Ok(())
}

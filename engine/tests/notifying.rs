//! An engine that is driven delivers to its notifiers: in order, at least once, and whatever happens (E4).

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use common::*;
use cutover::notification::*;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::*;
use futures::FutureExt;
use futures::executor::block_on;

fn chat() -> CursorId {
    CursorId::new("chat").expect("a valid id")
}

fn with_chat(bench: &Bench, recorder: &Recorder) -> Engine {
    block_on(bench.builder().notifier(chat(), recorder.clone()).build()).expect("the store can be read")
}

/// What there is to tell after the cursor was opened at the beginning.
fn all(engine: &Engine) -> Vec<NotificationId> {
    let told = block_on(engine.notifications_after(Mark::START, usize::MAX)).expect("the log can be read");
    told.notifications.iter().map(|notification| notification.id).collect()
}

fn mark(engine: &Engine) -> Mark {
    block_on(engine.cursor(&chat())).expect("it can be read").mark().expect("it is open")
}

/// What health says of the one notifier.
fn deliveries(engine: &Engine) -> Deliveries {
    engine.health().notifiers.first().expect("there is a notifier").clone()
}

/// Waits until a delivery has failed so often, and pauses.
fn until_stuck(engine: &Engine, failures: u32) -> Delivery {
    loop {
        let current = deliveries(engine).current;
        if let Some(delivery) = current.filter(|it| it.failures == failures && it.failed.is_some()) {
            return delivery;
        }
        std::thread::yield_now();
    }
}

/// As many releases as there is to tell that much more, at two notifications each while their task runs.
fn tell(engine: &Engine, pipeline: PipelineId, notifications: usize) {
    for _ in 0..notifications.div_ceil(2) {
        block_on(engine.create_release(&ann(), pipeline, NewRelease::default())).expect("a release");
    }
}

#[test]
fn everything_is_delivered_in_order_and_acknowledged_at_the_end() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    let engine = with_chat(&bench, &recorder);
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let mut driven = drive(&engine);
    let (_, release) = release_of(&engine, two_stages(&["ok"], &["ok"]));
    until_status(&engine, release, PROD, StageStatus::Succeeded);
    recorder.until_delivered(5);
    assert_eq!(recorder.ids(), all(&engine));
    engine.shut_down(Duration::from_mins(1));
    driven.end()?;
    let last = *all(&engine).last().expect("there are some");
    assert!(mark(&engine).includes(last));

    let second = Recorder::new();
    let engine = with_chat(&bench, &second);
    let driven = drive(&engine);
    tell(&engine, PipelineId(1), 2);
    second.until_delivered(1);
    assert!(second.ids()[0] > last, "nothing is told twice after a shutdown that was awaited");
    Ok(driven.stop()?)
}

#[test]
fn a_cursor_that_is_new_begins_at_present() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    let (pipeline, first) = release_of(&bench.engine(), one_stage(&[Script::HOLD]));
    let engine = with_chat(&bench, &recorder);
    let driven = drive(&engine);
    until_event(&engine, "the cursor is opened", |event| matches!(event, Event::Cursor(_)));
    let second = block_on(engine.create_release(&ann(), pipeline, NewRelease::default()))?;
    recorder.until_delivered(2);
    assert!(recorder.delivered().iter().all(|told| told.release.id == second && first < second));
    Ok(driven.stop()?)
}

/// Story: an engine dies after its host has delivered, and before that was recorded.
#[test]
fn what_was_delivered_and_not_acknowledged_is_delivered_again_under_the_same_id() -> Fallible {
    let (bench, first) = (Bench::new(), Recorder::new());
    let engine = with_chat(&bench, &first);
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    first.until_delivered(3);
    driven.stop()?;
    assert_eq!(count(&bench.store, "cursor.acknowledged"), 0, "it was killed before");

    let second = Recorder::new();
    let engine = with_chat(&bench, &second);
    let driven = drive(&engine);
    second.until_delivered(3);
    assert_eq!((first.delivered(), first.ids()), (second.delivered(), all(&engine)));
    Ok(driven.stop()?)
}

/// Where a life of an engine ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// When the host has delivered so many, and the engine has not heard of the last one.
    OnceDelivered(usize),
    /// In the first acknowledgement, which is recorded.
    Acknowledging,
    /// In the first acknowledgement, which is not recorded.
    BeforeAcknowledging,
    /// Once everything is delivered.
    AtTheEnd,
}

/// Drives until that moment, then drops everything; gives what was delivered.
fn a_life(bench: &Bench, death: Death, count: usize) -> Vec<NotificationId> {
    let recorder = Recorder::new();
    let store = bench.faulty_store();
    match death {
        Death::Acknowledging => store.next_commits([Some(Fault::Silence)]),
        Death::BeforeAcknowledging => store.next_commits(vec![Some(Fault::LostCall); 100]),
        Death::OnceDelivered(_) | Death::AtTheEnd => {}
    }
    if let Death::OnceDelivered(deliveries) = death {
        recorder.goes_silent_after(deliveries);
    }
    // Each delivery goes as far as it can at once; one that is silent is never heard of again.
    let at_once = |mut task: BoxFuture<'static, ()>| {
        if (&mut task).now_or_never().is_none() {
            std::mem::forget(task);
        }
    };
    let builder = bench.builder_on(store).spawn(at_once).notifier(chat(), recorder.clone());
    let engine = block_on(builder.build()).expect("the store can be read");
    let mut run = Box::pin(engine.run());
    for _ in 0..count {
        // It ends by itself where the store fails.
        if (&mut run).now_or_never().is_some() {
            break;
        }
    }
    recorder.ids()
}

/// Whatever was on its way, all of it arrives; each life tells in order, and begins no later than with what no earlier one has told.
#[test]
fn killed_anywhere_it_loses_nothing() -> Fallible {
    use Death::{Acknowledging, AtTheEnd, BeforeAcknowledging, OnceDelivered};
    let bench = Bench::new();
    let engine = bench.engine();
    let (pipeline, _) = release_of(&engine, one_stage(&[Script::HOLD]));
    for _ in 0..130 {
        let draft = NewRelease { draft: true, ..NewRelease::default() };
        block_on(engine.create_release(&ann(), pipeline, draft))?;
    }
    block_on(engine.cancel(&ann(), ReleaseId(1), DEV, ""))?;
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let whole = all(&engine);
    let mut were_repeated = 0;
    let edges = [1, 2, 63, 64, 65, 128, 129].map(OnceDelivered);
    for first in edges.into_iter().chain([Acknowledging, BeforeAcknowledging, AtTheEnd]) {
        for second in [OnceDelivered(1), OnceDelivered(64), Acknowledging, BeforeAcknowledging] {
            block_on(engine.move_cursor(&ann(), &chat(), Mark::START))?;
            let mut heard = BTreeSet::new();
            for death in [first, second, AtTheEnd] {
                let ids = a_life(&bench, death, 2 * whole.len());
                assert!(ids.is_sorted_by(|one, next| one < next), "in order");
                let next = whole.iter().find(|id| !heard.contains(*id));
                let begins = ids.first().is_none_or(|first| next.is_none_or(|next| first <= next));
                assert!(begins, "{first:?}, {second:?}: nothing is passed over");
                were_repeated += ids.iter().filter(|id| heard.contains(*id)).count();
                heard.extend(ids);
            }
            assert_eq!(heard.into_iter().collect::<Vec<_>>(), whole, "{first:?}, {second:?}");
        }
    }
    assert!(were_repeated > 0, "some were killed between delivery and acknowledgement");
    Ok(())
}

#[test]
fn deliveries_are_acknowledged_in_batches() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    let engine = with_chat(&bench, &recorder);
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let (pipeline, _) = release_of(&engine, one_stage(&[Script::HOLD]));
    tell(&engine, pipeline, 254);
    let mut driven = drive(&engine);
    recorder.until_delivered(256);
    until_event(&engine, "a batch is acknowledged", |event| {
        matches!(event, Event::Cursor(CursorEvent::Acknowledged { .. }))
    });
    engine.shut_down(Duration::from_mins(1));
    for task in bench.runner.ran() {
        bench.runner.end(task, deployment::Report::Succeeded);
    }
    driven.end()?;
    let acknowledged = count(&bench.store, "cursor.acknowledged");
    assert!((4..=6).contains(&acknowledged), "{acknowledged} for 256 notifications");
    Ok(())
}

#[test]
fn a_delivery_is_acknowledged_a_minute_later_at_the_latest() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    let engine = with_chat(&bench, &recorder);
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let driven = drive(&engine);
    let (pipeline, _) = release_of(&engine, one_stage(&[Script::HOLD]));
    recorder.until_delivered(2);
    bench.clock.advance(TimeDelta::seconds(59));
    // Before the last of these is delivered it has looked whether it is time.
    tell(&engine, pipeline, 4);
    recorder.until_delivered(6);
    assert_eq!(count(&bench.store, "cursor.acknowledged"), 0);
    bench.clock.advance(TimeDelta::seconds(1));
    until_event(&engine, "it is acknowledged", |event| {
        matches!(event, Event::Cursor(CursorEvent::Acknowledged { .. }))
    });
    assert!(mark(&engine).includes(recorder.ids()[1]));
    Ok(driven.stop()?)
}

#[test]
fn what_fails_is_tried_again_after_growing_pauses_and_nothing_overtakes_it() -> Fallible {
    let (bench, recorder, other) = (Bench::new(), Recorder::new(), Recorder::new());
    recorder.is_in(Mood::Fails);
    let builder = bench.builder().notifier(chat(), recorder.clone());
    let engine = block_on(builder.notifier(CursorId::new("mail")?, other.clone()).build())?;
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let driven = drive(&engine);
    let (pipeline, release) = release_of(&engine, two_stages(&["ok"], &["ok"]));
    // Deployments go on, whoever is told of them.
    until_status(&engine, release, PROD, StageStatus::Succeeded);
    let first = all(&engine)[0];
    let began = bench.clock.now();
    for (failures, pause) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60)] {
        recorder.until_tried(failures);
        let stuck = until_stuck(&engine, u32::try_from(failures)?);
        let again = bench.clock.now() + TimeDelta::seconds(pause);
        let failed = Some(("the chat is down".to_owned(), again));
        let failures = u32::try_from(failures)?;
        assert_eq!(stuck, Delivery { notification: first, since: began, failures, failed });
        bench.clock.advance(TimeDelta::seconds(pause) - TimeDelta::milliseconds(1));
        // Whoever would try too early has been woken before somebody else is told of this.
        let told = other.delivered().len();
        let draft = NewRelease { draft: true, ..NewRelease::default() };
        block_on(engine.create_release(&ann(), pipeline, draft))?;
        other.until_delivered(told + 1);
        assert!(deliveries(&engine).current.is_some_and(|current| current.failed.is_some()));
        assert_eq!(recorder.tried(), usize::try_from(failures)?);
        if failures == 8 {
            recorder.is_in(Mood::Takes);
        }
        bench.clock.advance(TimeDelta::milliseconds(1));
    }
    recorder.until_delivered(5 + 8);
    assert_eq!(recorder.ids(), all(&engine));
    Ok(driven.stop()?)
}

/// Story: an acknowledgement that could not be recorded counted as recorded, in the health and for the engine.
#[test]
fn what_can_not_be_acknowledged_is_acknowledged_later_and_the_health_says_so() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    let store = FaultyStore::new(Arc::clone(&bench.store));
    let engine = block_on(bench.builder_on(store.clone()).notifier(chat(), recorder.clone()).build())?;
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    store.add(Rule::on(Call::Commit).with_event("cursor.acknowledged").always().meets(Fault::TooLarge));
    let driven = drive(&engine);
    release_of(&engine, one_stage(&[Script::HOLD]));
    recorder.until_delivered(2);
    let delivered = Mark::Within(recorder.ids()[1]);
    soon("it has heard of it", || deliveries(&engine).delivered >= delivered);
    let is_told = |engine: &Engine| {
        engine.health().troubles.iter().any(|trouble| trouble.about == Subject::Cursor(chat()))
    };
    bench.clock.advance(TimeDelta::minutes(1));
    soon("the health tells it", || is_told(&engine));
    assert_eq!(deliveries(&engine).acknowledged, Mark::START);
    store.heal();
    bench.clock.advance(TimeDelta::minutes(1));
    soon("it is acknowledged", || mark(&engine) >= delivered && !is_told(&engine));
    Ok(driven.stop()?)
}

/// Story: driving was dropped and begun again while something was delivered, which was delivered again beside that.
#[test]
fn what_is_delivered_when_driving_is_dropped_is_awaited_by_the_next() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    recorder.is_in(Mood::Blocks);
    let spawned = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&spawned);
    let counts = move |future: BoxFuture<'static, ()>| {
        counted.fetch_add(1, Ordering::SeqCst);
        ThreadSpawn.spawn(future);
    };
    let engine = block_on(bench.builder().spawn(counts).notifier(chat(), recorder.clone()).build())?;
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let draft = NewRelease { draft: true, ..NewRelease::default() };
    let pipeline = block_on(engine.create_pipeline(&ann(), one_stage(&["ok"])))?;
    for _ in 0..2 {
        block_on(engine.create_release(&ann(), pipeline, draft.clone()))?;
    }
    let mut sweeps = 0;
    for _ in 0..2 {
        // With a memory store it goes as far as it can at once.
        let mut run = Box::pin(engine.run());
        for _ in 0..1_000 {
            assert!((&mut run).now_or_never().is_none());
        }
        sweeps += 1;
        assert_eq!(spawned.load(Ordering::SeqCst), sweeps + 1, "one delivery at a time");
    }
    let driven = drive(&engine);
    recorder.is_in(Mood::Takes);
    recorder.until_delivered(3);
    assert_eq!(recorder.ids(), [&all(&engine)[..1], &all(&engine)].concat());
    Ok(driven.stop()?)
}

/// Story: who read a long log in which there was nothing to tell did not hear that the engine was shut down before its end.
#[test]
fn a_log_that_is_read_for_long_holds_up_no_shutdown() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    let store = FaultyStore::new(Arc::clone(&bench.store));
    let engine = block_on(bench.builder_on(store.clone()).notifier(chat(), recorder).build())?;
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let other = CursorId::new("mail")?;
    block_on(engine.open_cursor(&ann(), &other, Mark::START))?;
    for position in 1..10 * limits::PAGE_EVENTS as u64 {
        block_on(engine.move_cursor(&ann(), &other, Mark::Through(store::Position(position))))?;
    }
    block_on(engine.views().latest())?;
    let (counting, shut_down) = (store.clone(), engine.clone());
    let at = Arc::new(AtomicU64::new(0));
    let noted = Arc::clone(&at);
    // The first few are those of the views.
    store.add(Rule::on(Call::ReadAll).skip(4).happens_first(async move {
        noted.store(counting.calls(Call::ReadAll), Ordering::SeqCst);
        shut_down.shut_down(Duration::from_mins(1));
    }));
    block_on(engine.run())?;
    let pages = store.calls(Call::ReadAll) - at.load(Ordering::SeqCst);
    assert!(pages <= 2, "{pages} more were read");
    Ok(())
}

#[test]
fn who_acknowledges_what_can_never_be_delivered_lets_the_rest_go_on() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    recorder.is_in(Mood::Panics);
    let engine = with_chat(&bench, &recorder);
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    recorder.until_tried(1);
    let whole = all(&engine);
    block_on(engine.acknowledge(&ann(), &chat(), Mark::Within(whole[0]), None))?;
    recorder.is_in(Mood::Takes);
    while recorder.delivered().len() < 2 {
        bench.clock.advance(TimeDelta::seconds(1));
        std::thread::yield_now();
    }
    assert_eq!(recorder.ids(), whole[1..]);
    Ok(driven.stop()?)
}

#[test]
fn a_notifier_that_blocks_keeps_nothing_else_waiting() -> Fallible {
    let (bench, blocked, other) = (Bench::new(), Recorder::new(), Recorder::new());
    blocked.is_in(Mood::Blocks);
    let mail = CursorId::new("mail")?;
    let builder = bench.builder().notifier(chat(), blocked.clone()).notifier(mail.clone(), other.clone());
    let engine = block_on(builder.build())?;
    for cursor in [&mail, &chat()] {
        block_on(engine.open_cursor(&ann(), cursor, Mark::START))?;
    }
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, two_stages(&["ok"], &["ok"]));
    until_status(&engine, release, PROD, StageStatus::Succeeded);
    other.until_delivered(5);
    let current = deliveries(&engine).current.expect("it is being delivered");
    assert_eq!((current.notification, current.failures, current.failed), (all(&engine)[0], 0, None));
    blocked.is_in(Mood::Takes);
    blocked.until_delivered(5);
    assert_eq!(blocked.ids(), other.ids());
    Ok(driven.stop()?)
}

#[test]
fn a_cursor_that_is_moved_is_followed_there() -> Fallible {
    let (bench, recorder) = (Bench::new(), Recorder::new());
    let engine = with_chat(&bench, &recorder);
    block_on(engine.open_cursor(&ann(), &chat(), Mark::START))?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, one_stage(&["ok"]));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    recorder.until_delivered(3);
    let whole = recorder.ids();
    block_on(bench.engine().move_cursor(&ann(), &chat(), Mark::Within(whole[0])))?;
    recorder.until_delivered(5);
    assert_eq!(recorder.ids()[3..], whole[1..]);
    block_on(engine.close_cursor(&ann(), &chat()))?;
    tell(&engine, PipelineId(1), 2);
    recorder.until_delivered(6);
    assert!(recorder.ids()[5..].iter().all(|id| !whole.contains(id)), "it begins at present");
    Ok(driven.stop()?)
}

#[test]
fn engines_that_share_a_cursor_lose_nothing() -> Fallible {
    let bench = Bench::new();
    let recorders = [Recorder::new(), Recorder::new()];
    let engines = [("east", &recorders[0]), ("west", &recorders[1])].map(|(name, recorder)| {
        let name = EngineId::new(name).expect("a valid id");
        let builder = bench.builder().name(name).notifier(chat(), recorder.clone());
        block_on(builder.build()).expect("the store can be read")
    });
    block_on(engines[0].open_cursor(&ann(), &chat(), Mark::START))?;
    let driven = engines.each_ref().map(drive);
    let (pipeline, _) = release_of(&engines[0], one_stage(&[Script::HOLD]));
    tell(&engines[1], pipeline, 150);
    let whole = all(&engines[0]);
    let heard = || recorders.iter().flat_map(Recorder::ids).collect::<BTreeSet<_>>();
    while heard().len() < whole.len() {
        std::thread::yield_now();
    }
    assert_eq!(heard().into_iter().collect::<Vec<_>>(), whole);
    for driven in driven {
        driven.stop()?;
    }
    Ok(())
}

//! Any settings, answers and downtimes: the same end in the same second as on paper, with the same samples on record.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::Standing;
use super::naive::{Ending, Reply, Times, Up, World, simulate};
use super::*;

/// Small times, with an interval among those that are given.
fn any_times(intervals: std::ops::Range<u32>) -> impl Strategy<Value = Times> {
    (intervals, 0..3_u32, 0..6_u32, 1..30_u32, 0..50_u32).prop_map(
        |(interval, delay, minimum, samples, more)| {
            let (delay, minimum) = (delay * interval / 2, minimum * interval * 2 / 3);
            // As G1 wants it: longer than the delay and the larger of interval and minimum.
            let timeout = delay + interval.max(minimum) + 1 + interval * samples + more;
            Times { delay, interval, minimum, timeout }
        },
    )
}

/// Mostly good, quick answers; `longest` is about an interval.
fn any_reply(longest: u32) -> impl Strategy<Value = Reply> {
    prop_oneof![
        30 => Just(Some((0, true))),
        4 => (0..=longest).prop_map(|after| Some((after, true))),
        3 => (0..=longest).prop_map(|after| Some((after, false))),
        1 => Just(None),
    ]
}

/// A stretch of seconds.
fn any_up(longest: u32) -> impl Strategy<Value = Vec<Up>> {
    let up = prop_oneof![4 => Just(Up::Running), 1 => Just(Up::Crashed), 1 => Just(Up::Paused)];
    let stretch = (up, 1..=longest).prop_map(|(up, length)| vec![up; length as usize]);
    vec(stretch, 0..12).prop_map(|stretches| stretches.concat())
}

fn any_world_with(intervals: std::ops::Range<u32>, samples: u32) -> impl Strategy<Value = World> {
    (any_times(intervals), 1..4_u32).prop_flat_map(move |(times, gates)| {
        let longest = times.interval + times.interval / 4 + 1;
        let replies = vec(vec(any_reply(longest), gates as usize), 1..12);
        let up = any_up(times.interval * samples);
        let ignored = prop::option::weighted(0.3, (0..times.timeout, 0..gates));
        (replies, up, ignored).prop_map(move |(replies, up, ignored)| World { times, replies, up, ignored })
    })
}

/// Few samples a few seconds apart, samples minutes apart, and hundreds of samples that are much alike.
fn any_world() -> impl Strategy<Value = World> {
    let alike =
        (any_world_with(1..3, 40), 150..400_u32, any::<bool>()).prop_map(|(mut world, more, good)| {
            world.times.timeout += more;
            world.times.minimum = more;
            let gates = world.gates();
            world.replies.truncate(1);
            world.replies[0] = vec![Some((0, good)); gates];
            world
        });
    prop_oneof![3 => any_world_with(1..6, 5), 1 => any_world_with(100..800, 5), 1 => alike]
}

/// What the engine comes to in such a world.
fn observe(world: &World) -> (Ending, Vec<(u32, u32)>) {
    let Times { delay, interval, minimum, timeout } = world.times;
    let times = GateTimes {
        delay_seconds: delay,
        interval_seconds: interval,
        minimum_success_seconds: minimum,
        timeout_seconds: timeout,
    };
    let mut engine = Engine::new(times, u32::try_from(world.gates()).unwrap_or(u32::MAX));
    // Answers on their way: when, to which sample, of which gate, with what.
    let mut coming: Vec<(u32, u32, u32, Answer)> = Vec::new();
    for second in 0.. {
        match world.up(second) {
            Up::Running => {}
            Up::Paused => continue,
            Up::Crashed => {
                engine.crash();
                coming.clear();
                continue;
            }
        }
        if world.ignored.is_some_and(|(when, _)| when <= second) {
            engine.run.fold_ignored(world.ignored.map_or(0, |(_, gate)| gate));
        }
        let begun = engine.tick(second);
        if let Some(sample) = begun {
            for gate in 0..world.gates() {
                let Some((after, good)) = world.reply(sample.0, gate) else { continue };
                let answer = if good { Answer::Succeeded } else { Answer::Failed };
                coming.push((second + after, sample.0, u32::try_from(gate).unwrap_or(u32::MAX), answer));
            }
        }
        coming.retain(|(when, sample, gate, answer)| {
            if *when <= second {
                // Late answers are ignored (G3).
                let _ =
                    engine.sampling.answer(&engine.run, SampleNumber(*sample), *gate, *answer, at(second));
            }
            *when > second
        });
        engine.conclude(second);
        let recorded =
            || engine.recorded.iter().map(|recorded| (recorded.sample, recorded.unrecorded)).collect();
        match engine.run.standing() {
            Standing::Sampling => {}
            Standing::Passed => return (Ending::Passed(second), recorded()),
            Standing::TimedOut => return (Ending::TimedOut(second), recorded()),
        }
    }
    unreachable!("seconds do not end")
}

proptest! {
    #[test]
    fn gates_end_as_they_do_on_paper(world in any_world()) {
        prop_assert_eq!(observe(&world), simulate(&world));
    }

    /// Answers come at once here: a sample that is open when an engine crashes is skipped, and would have failed had the engine only
    /// stood still. And nothing is ignored, so that a sample that is taken once more comes to the same.
    #[test]
    fn what_a_crash_loses_never_lets_gates_pass_earlier(world in any_world()) {
        let mut crashing = world;
        crashing.ignored = None;
        for reply in crashing.replies.iter_mut().flatten() {
            *reply = Some((0, reply.is_some_and(|(_, good)| good)));
        }
        let mut remembering = crashing.clone();
        for up in &mut remembering.up {
            if *up == Up::Crashed {
                *up = Up::Paused;
            }
        }
        if let Ending::Passed(second) = observe(&crashing).0 {
            let without = observe(&remembering).0;
            prop_assert!(matches!(without, Ending::Passed(earlier) if earlier <= second), "{:?}", without);
        }
    }
}

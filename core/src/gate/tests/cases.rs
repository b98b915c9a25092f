//! Case by case.

use std::collections::BTreeMap;

use super::super::{
    AnswerRefusal, GateResult, RecordReason, SampleRefusal, Sampled, Standing, Taken, Unrecorded,
};
use super::*;
use crate::{Gate, Gates, TaskRef};

const OK: Answer = Answer::Succeeded;
const BAD: Answer = Answer::Failed;

const fn minutes(delay: u32, interval: u32, minimum: u32, timeout: u32) -> GateTimes {
    GateTimes {
        delay_seconds: delay * 60,
        interval_seconds: interval * 60,
        minimum_success_seconds: minimum * 60,
        timeout_seconds: timeout * 60,
    }
}

/// Lets each sample be answered as soon as it begins, minute by minute, up to a minute.
fn run_until(engine: &mut Engine, from: u32, to: u32, answers: impl Fn(u32) -> Vec<Answer>) {
    for minute in from..=to {
        if let Some(sample) = engine.tick(minute * 60) {
            engine.hear(minute * 60, sample.0, &answers(sample.0));
        }
    }
}

#[test]
fn scenario_28_gates_pass_at_the_first_sample_and_not_before_the_delay() {
    let mut engine = Engine::new(minutes(5, 5, 0, 60), 2);
    run_until(&mut engine, 0, 4, |_| vec![OK, OK]);
    assert_eq!((engine.run.standing(), engine.recorded.len()), (Standing::Sampling, 0));
    run_until(&mut engine, 5, 5, |_| vec![OK, OK]);
    assert_eq!(engine.run.standing(), Standing::Passed);
    assert_eq!(engine.recorded, [Recorded { sample: 0, unrecorded: 0, passed: true }]);
}

#[test]
fn scenario_29_gates_pass_only_if_all_succeed_in_the_same_sample() {
    let mut engine = Engine::new(minutes(5, 5, 0, 60), 2);
    let answers = |sample| [vec![OK, BAD], vec![BAD, OK], vec![OK, OK]][sample as usize].clone();
    run_until(&mut engine, 0, 14, answers);
    assert_eq!(engine.run.standing(), Standing::Sampling);
    run_until(&mut engine, 15, 15, answers);
    assert_eq!(engine.run.standing(), Standing::Passed);
}

#[test]
fn scenario_30_gates_that_never_all_succeed_time_out() {
    let mut engine = Engine::new(minutes(5, 5, 0, 30), 2);
    run_until(&mut engine, 0, 29, |_| vec![OK, BAD]);
    assert_eq!(engine.run.standing(), Standing::Sampling);
    run_until(&mut engine, 30, 30, |_| vec![OK, OK]);
    assert_eq!(engine.run.standing(), Standing::TimedOut);
}

#[test]
fn scenario_31_a_gate_that_is_ignored_counts_as_succeeded_from_then_on() {
    let mut engine = Engine::new(minutes(5, 5, 0, 60), 2);
    run_until(&mut engine, 0, 7, |_| vec![OK, BAD]);
    engine.run.fold_ignored(1);
    run_until(&mut engine, 8, 9, |_| vec![OK, BAD]);
    assert_eq!(engine.run.standing(), Standing::Sampling, "the sample that was concluded stays as it was");
    run_until(&mut engine, 10, 10, |_| vec![OK, BAD]);
    assert_eq!(engine.run.standing(), Standing::Passed);
    let last = engine.run.last().expect("the passing sample is on record");
    assert_eq!(last.results, BTreeMap::from([(0, GateResult::Succeeded), (1, GateResult::Ignored)]));
}

#[test]
fn ignoring_a_gate_completes_the_sample_that_waits_for_it() {
    let mut engine = Engine::new(minutes(0, 5, 0, 60), 2);
    engine.tick(0);
    engine.hear(1, 0, &[OK]);
    assert_eq!(engine.run.standing(), Standing::Sampling);
    engine.run.fold_ignored(1);
    engine.conclude(2);
    assert_eq!(engine.run.standing(), Standing::Passed);
}

#[test]
fn if_all_gates_are_ignored_the_next_sample_passes_unasked() {
    let mut engine = Engine::new(minutes(5, 5, 0, 60), 1);
    engine.run.fold_ignored(0);
    assert_eq!(engine.tick(299), None);
    engine.tick(300);
    assert_eq!(engine.run.standing(), Standing::Passed);
}

#[test]
fn an_answer_at_the_moment_of_the_next_sample_is_too_late() {
    let mut engine = Engine::new(minutes(0, 5, 0, 60), 2);
    engine.tick(0);
    let mut answer =
        |sample, gate, now| engine.sampling.answer(&engine.run, SampleNumber(sample), gate, OK, at(now));
    assert_eq!(answer(0, 0, 299), Ok(()));
    assert_eq!(answer(0, 0, 299), Err(AnswerRefusal::AlreadyAnswered(0)));
    assert_eq!(answer(0, 2, 299), Err(AnswerRefusal::UnknownGate(2)));
    assert_eq!(answer(0, 1, 300), Err(AnswerRefusal::TooLate(SampleNumber(0))));
    assert_eq!(answer(1, 1, 300), Err(AnswerRefusal::NotOpen(SampleNumber(1))));
    engine.tick(300);
    let last = engine.run.last().expect("the first sample is on record");
    assert_eq!(last.results, BTreeMap::from([(0, GateResult::Succeeded), (1, GateResult::NoAnswer)]));
    engine.hear(300, 0, &[OK, OK]);
    assert_eq!(engine.run.standing(), Standing::Sampling, "the late answer is ignored");
    engine.hear(300, 1, &[OK, OK]);
    assert_eq!(engine.run.standing(), Standing::Passed);
}

#[test]
fn an_answer_at_the_moment_of_the_time_out_is_too_late() {
    for (now, standing) in [(119, Standing::Passed), (120, Standing::TimedOut)] {
        let mut engine = Engine::new(minutes(0, 1, 0, 2), 1);
        engine.tick(60);
        engine.tick(now);
        engine.hear(now, 1, &[OK]);
        assert_eq!(engine.run.standing(), standing);
    }
    let run = Engine::new(minutes(0, 1, 0, 2), 1).run;
    let taken = Taken { sample: SampleNumber(1), answers: BTreeMap::from([(0, OK)]), unrecorded: None };
    assert!(matches!(run.conclude(&taken, at(119)), Ok(Verdict::Passed(_))));
    assert_eq!(run.conclude(&taken, at(120)), Ok(Verdict::TimedOut));
}

#[test]
fn no_sample_begins_at_the_time_out() {
    let run = Engine::new(minutes(0, 1, 0, 2), 1).run;
    assert_eq!(run.sample_due(at(119)), Some(SampleNumber(1)));
    assert_eq!(run.sample_due(at(120)), None);
    assert_eq!(run.next_moment(at(0)), Some(at(60)));
    assert_eq!(run.next_moment(at(60)), Some(at(120)));
    assert_eq!(run.next_moment(at(500)), Some(at(120)));
    let taken = Taken { sample: SampleNumber(2), answers: BTreeMap::from([(0, OK)]), unrecorded: None };
    assert_eq!(run.conclude(&taken, at(119)), Err(SampleRefusal::NeverBegins(SampleNumber(2))));
}

#[test]
fn which_sample_is_due_is_a_function_of_the_time() {
    let run = Engine::new(minutes(5, 5, 0, 60), 1).run;
    let cases = [(0, None), (299, None), (300, Some(0)), (599, Some(0)), (600, Some(1)), (3_599, Some(10))];
    for (now, due) in cases {
        assert_eq!(run.sample_due(at(now)), due.map(SampleNumber), "at {now}");
    }
    assert_eq!(run.sample_due(Timestamp::UNIX_EPOCH - TimeDelta::seconds(1)), None);
    assert_eq!(run.next_moment(at(0)), Some(at(300)));
    assert_eq!(run.next_moment(at(300)), Some(at(600)));
}

#[test]
fn with_a_minimum_duration_one_failure_starts_the_count_again() {
    let mut engine = Engine::new(minutes(0, 5, 10, 60), 1);
    run_until(&mut engine, 0, 24, |sample| vec![if sample == 2 { BAD } else { OK }]);
    // All succeed at 0 and 5, not at 10, again from 15 on: the duration is over at 25.
    assert_eq!(engine.run.standing(), Standing::Sampling);
    run_until(&mut engine, 25, 25, |_| vec![OK]);
    assert_eq!(engine.run.standing(), Standing::Passed);
}

#[test]
fn the_gates_pass_at_the_first_sample_at_or_after_the_duration() {
    for (minimum, passes) in [(10, 10), (11, 15)] {
        let mut engine = Engine::new(minutes(0, 5, minimum, 60), 1);
        run_until(&mut engine, 0, passes - 1, |_| vec![OK]);
        assert_eq!(engine.run.standing(), Standing::Sampling);
        run_until(&mut engine, passes, passes, |_| vec![OK]);
        assert_eq!(engine.run.standing(), Standing::Passed);
    }
}

#[test]
fn the_minimum_duration_starts_again_after_more_than_two_skipped_samples() {
    for (back_at, steady_since) in [(15, 0), (20, 20)] {
        let mut engine = Engine::new(minutes(0, 5, 30, 120), 1);
        run_until(&mut engine, 0, 0, |_| vec![OK]);
        engine.crash();
        run_until(&mut engine, back_at, back_at, |_| vec![OK]);
        let (last, since) = (engine.run.last().expect("a sample"), engine.run.steady_since());
        assert_eq!(since, Some(at(steady_since * 60)), "{last:?}");
    }
}

/// An engine crashed after samples that it had counted and not recorded. They can't be told from skipped ones.
#[test]
fn what_an_engine_counted_and_lost_counts_as_skipped_and_what_it_recorded_as_it_stopped_does_not() {
    let stopped = |in_order: bool| {
        let mut engine = Engine::new(minutes(0, 1, 30, 120), 1);
        run_until(&mut engine, 0, 5, |_| vec![OK]);
        assert_eq!(engine.recorded.len(), 1);
        let counted = engine.sampling.unrecorded(&engine.run).expect("five were counted");
        assert_eq!(counted, Unrecorded { after: SampleNumber(0), count: 5, latest: SampleNumber(5) });
        if in_order {
            let sampled = engine.run.caught_up(counted, at(5 * 60)).expect("it fits");
            assert_eq!((sampled.sample, sampled.unrecorded), (SampleNumber(5), 4));
            engine.run.fold_sampled(sampled);
        }
        engine.crash();
        run_until(&mut engine, 6, 6, |_| vec![OK]);
        engine.run.steady_since()
    };
    assert_eq!(stopped(true), Some(at(0)));
    assert_eq!(stopped(false), Some(at(6 * 60)));
}

#[test]
fn what_does_not_fit_the_record_is_not_counted() {
    let mut engine = Engine::new(minutes(0, 1, 30, 120), 1);
    run_until(&mut engine, 0, 5, |_| vec![OK]);
    let fits = Unrecorded { after: SampleNumber(0), count: 5, latest: SampleNumber(5) };
    for counted in [
        Unrecorded { after: SampleNumber(1), ..fits },
        Unrecorded { count: 0, ..fits },
        Unrecorded { count: 6, ..fits },
        Unrecorded { latest: SampleNumber(0), ..fits },
        Unrecorded { latest: SampleNumber(6), ..fits },
    ] {
        assert_eq!(engine.run.caught_up(counted, at(300)), None, "{counted:?}");
        let answers = BTreeMap::from([(0, OK)]);
        let taken = Taken { sample: SampleNumber(6), answers, unrecorded: Some(counted) };
        let verdict = engine.run.conclude(&taken, at(360)).expect("its time has come");
        let Verdict::Waiting { sampled, .. } = verdict else { panic!("not yet: {verdict:?}") };
        assert_eq!((sampled.unrecorded, sampled.steady_from), (0, Some(SampleNumber(6))), "{counted:?}");
    }
}

#[test]
fn a_sample_is_concluded_once_and_when_its_gates_have_answered() {
    let mut engine = Engine::new(minutes(0, 5, 0, 60), 2);
    let taken = |sample, answers: &[(u32, Answer)]| Taken {
        sample: SampleNumber(sample),
        answers: answers.iter().copied().collect(),
        unrecorded: None,
    };
    let half = taken(0, &[(0, BAD)]);
    let open = SampleRefusal::StillOpen { sample: SampleNumber(0), gate: 1 };
    assert_eq!(engine.run.conclude(&half, at(299)), Err(open));
    let verdict = engine.run.conclude(&half, at(300)).expect("the next sample begins");
    let Verdict::Waiting { sampled, recording } = verdict else { panic!("a gate failed: {verdict:?}") };
    assert_eq!(recording, Recording::Needed(RecordReason::First));
    engine.run.fold_sampled(sampled);
    let (sample, recorded) = (SampleNumber(0), SampleNumber(0));
    let again = engine.run.conclude(&half, at(300));
    assert_eq!(again, Err(SampleRefusal::AlreadyRecorded { sample, recorded }));
    let early = taken(2, &[(0, OK), (1, OK)]);
    assert_eq!(engine.run.conclude(&early, at(599)), Err(SampleRefusal::NotBegun(SampleNumber(2))));
    engine.run.fold_passed();
    assert_eq!(engine.run.conclude(&early, at(600)), Err(SampleRefusal::Over));
    assert_eq!((engine.run.sample_due(at(600)), engine.run.next_moment(at(600))), (None, None));
}

#[test]
fn of_equal_samples_every_hundredth_is_recorded() {
    let times = GateTimes { interval_seconds: 1, ..minutes(0, 0, 0, 60) };
    let mut engine = Engine::new(times, 1);
    for now in 0..=201 {
        if let Some(sample) = engine.tick(now) {
            engine.hear(now, sample.0, &[if sample.0 == 201 { OK } else { BAD }]);
        }
    }
    let recorded = |sample, unrecorded, passed| Recorded { sample, unrecorded, passed };
    let expected =
        [recorded(0, 0, false), recorded(100, 99, false), recorded(200, 99, false), recorded(201, 0, true)];
    assert_eq!(engine.recorded, expected);
}

#[test]
fn no_ten_minutes_pass_without_a_record() {
    // By interval in minutes: which of the first equal samples are recorded.
    let cases: [(u32, &[u32]); 4] =
        [(15, &[0, 1, 2, 3]), (10, &[0, 1, 2, 3]), (6, &[0, 1, 2]), (5, &[0, 2, 4])];
    for (interval, expected) in cases {
        let mut engine = Engine::new(minutes(0, interval, 0, 600), 1);
        run_until(&mut engine, 0, interval * (*expected.last().expect("some")), |_| vec![BAD]);
        let samples: Vec<_> = engine.recorded.iter().map(|recorded| recorded.sample).collect();
        assert_eq!(samples, expected, "every {interval} minutes");
    }
}

#[test]
fn a_change_in_any_gate_is_recorded_also_if_the_sample_fails_as_before() {
    let mut engine = Engine::new(minutes(0, 1, 0, 60), 2);
    let answers = |sample| if sample < 3 { vec![OK, BAD] } else { vec![BAD, BAD] };
    run_until(&mut engine, 0, 4, answers);
    let recorded = |sample, unrecorded| Recorded { sample, unrecorded, passed: false };
    assert_eq!(engine.recorded, [recorded(0, 0), recorded(3, 2)]);
}

#[test]
fn gates_are_those_that_are_enabled_and_without_any_there_is_nothing_to_run() {
    let gate =
        |enabled| Gate { name: String::new(), task: TaskRef::new("probe"), inputs: BTreeMap::new(), enabled };
    let gates = |enabled: bool, each: &[bool]| Gates {
        enabled,
        gates: each.iter().copied().map(gate).collect(),
        ..Gates::default()
    };
    let run = GateRun::of(&gates(true, &[true, false, true]), at(0)).expect("two gates are enabled");
    assert_eq!(run.gates(), &BTreeSet::from([0, 2]));
    assert_eq!(run.times(), minutes(5, 15, 0, 24 * 60), "the defaults of G1");
    assert_eq!(GateRun::of(&gates(true, &[false]), at(0)), None);
    assert_eq!(GateRun::of(&gates(true, &[]), at(0)), None);
    assert_eq!(GateRun::of(&gates(false, &[true]), at(0)), None);
}

#[test]
fn a_record_is_short_and_says_what_was_decided() {
    let sampled = Sampled {
        sample: SampleNumber(7),
        results: BTreeMap::from([(0, GateResult::Succeeded), (2, GateResult::NoAnswer)]),
        unrecorded: 0,
        steady_from: None,
    };
    let written = serde_json::to_string(&sampled).expect("it can be written");
    assert_eq!(written, r#"{"sample":7,"results":{"0":"succeeded","2":"no-answer"}}"#);
}

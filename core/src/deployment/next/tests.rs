use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::*;
use crate::deployment::{DeploymentEvent, DeploymentReason, Entry, Slice, Trigger};
use crate::{
    Actor, DeploymentId, Parallelism, PipelineId, QueueId, QueuingPolicy, ReleaseId, SlotSpan, StageId,
};

const STAGE: StageId = StageId(1);

/// A deployment whose only job has begun, cut into slices of these batches.
struct Bench {
    deployment: Deployment,
    stage: Stage,
}

impl Bench {
    fn new(parallelism: Parallelism, batches: &[u32]) -> Self {
        let id = DeploymentId { release: ReleaseId(1), stage: STAGE, attempt: NonZeroU32::MIN };
        let queue = QueueId { pipeline: PipelineId(1), stage: STAGE };
        let mut deployment = Deployment::triggered(
            &Trigger {
                deployment: id,
                reason: DeploymentReason::Automated,
                by: Actor::System,
                comment: String::new(),
                queue,
                entry: Entry { revision: 1, policy: QueuingPolicy::Unlimited },
                span: SlotSpan::default(),
                until: None,
                occurrence: None,
                variables: BTreeMap::new(),
                succeeded_before: Vec::new(),
                only: None,
                overrides_filters: false,
            },
            Timestamp::UNIX_EPOCH,
        );
        let mut job = Job::agent("roll out");
        job.parallelism = parallelism;
        let stage = Stage::new(STAGE, "Prod").with_job(job);
        let slice = |(place, batch): (usize, &u32)| Slice {
            name: place.to_string(),
            batch: *batch,
            ..Slice::default()
        };
        let slices = batches.iter().enumerate().map(slice).collect();
        let began = DeploymentEvent::JobBegan {
            job: JobId { deployment: id, job: 0 },
            times_out_at: None,
            joined: None,
            slices,
        };
        for event in [
            DeploymentEvent::SlotGranted { deployment: id },
            DeploymentEvent::Begun { deployment: id, queue },
            began,
        ] {
            deployment.fold(&event, Timestamp::UNIX_EPOCH).expect("it is possible");
        }
        Self { deployment, stage }
    }

    fn slice(&self, place: u32) -> SliceId {
        SliceId { job: JobId { deployment: self.deployment.id, job: 0 }, slice: place }
    }

    fn next(&self) -> Vec<Step> {
        next_steps(&self.deployment, &self.stage, &|_| Resolved::default())
    }

    /// Those that may begin now begin.
    fn begin(&mut self) -> Vec<u32> {
        let begins = |step: &Step| if let Step::BeginSlice(slice) = step { Some(*slice) } else { None };
        let found: Vec<SliceId> = self.next().iter().filter_map(begins).collect();
        for slice in &found {
            self.fold(&DeploymentEvent::SliceBegan { slice: *slice, times_out_at: None });
        }
        found.iter().map(|slice| slice.slice).collect()
    }

    fn end(&mut self, place: u32, result: JobResult) {
        self.fold(&DeploymentEvent::SliceEnded { slice: self.slice(place), result, frees: None });
    }

    fn fold(&mut self, event: &DeploymentEvent) {
        self.deployment.fold(event, Timestamp::UNIX_EPOCH).expect("it is possible");
    }
}

fn on_many(continue_on_error: bool) -> Parallelism {
    Parallelism::MultiAgent { agents: NonZeroU32::MIN, continue_on_error }
}

#[test]
fn a_batch_begins_once_the_one_before_it_is_over() {
    let mut bench = Bench::new(on_many(true), &[0, 0, 1, 1, 2]);
    assert_eq!(bench.begin(), [0, 1]);
    bench.end(0, JobResult::Succeeded);
    assert_eq!(bench.begin(), [0_u32; 0]);
    bench.end(1, JobResult::PartiallySucceeded);
    assert_eq!(bench.begin(), [2, 3]);
    bench.end(3, JobResult::Succeeded);
    bench.end(2, JobResult::Succeeded);
    assert_eq!(bench.begin(), [4]);
}

#[test]
fn after_a_batch_that_failed_the_following_ones_are_skipped() {
    let mut bench = Bench::new(on_many(true), &[0, 0, 1, 2]);
    bench.begin();
    bench.end(0, JobResult::Failed);
    let skipped = Step::SkipSlices(bench.slice(0).job, SliceSkip::BatchFailed, vec![2, 3]);
    let next = bench.next();
    assert_eq!(next.first(), Some(&skipped), "before anything else: {next:?}");
    assert!(
        next.contains(&Step::EndSlice(bench.slice(1), JobResult::Succeeded)),
        "the other one of it goes on"
    );
}

#[test]
fn a_job_ends_with_its_last_slice_and_as_the_worst_of_them() {
    let of = |results: &[JobResult]| {
        let mut bench = Bench::new(on_many(true), &[0, 0]);
        bench.begin();
        for (place, result) in (0..).zip(results) {
            bench.end(place, *result);
        }
        bench.next()
    };
    let job = JobId { deployment: Bench::new(Parallelism::None, &[]).deployment.id, job: 0 };
    let (well, partly, failed) = (JobResult::Succeeded, JobResult::PartiallySucceeded, JobResult::Failed);
    assert_eq!(of(&[well, well]), [Step::EndJob(job, well)]);
    assert_eq!(of(&[partly, well]), [Step::EndJob(job, partly)]);
    assert_eq!(of(&[failed, partly]), [Step::EndJob(job, failed)]);
    let second = SliceId { job, slice: 1 };
    assert_eq!(of(&[failed]), [Step::EndSlice(second, well)]);
}

#[test]
fn what_can_not_be_is_not_folded() {
    let mut bench = Bench::new(on_many(true), &[0, 0]);
    let (slice, job) = (bench.slice(0), bench.slice(0).job);
    let began = DeploymentEvent::SliceBegan { slice, times_out_at: None };
    let ended = DeploymentEvent::SliceEnded { slice, result: JobResult::Succeeded, frees: None };
    let of_job = [
        DeploymentEvent::JobEnded { job, result: JobResult::Succeeded },
        DeploymentEvent::JobTimedOut { job },
        DeploymentEvent::SliceBegan { slice: bench.slice(2), times_out_at: None },
    ];
    for event in [&ended, &of_job[0], &of_job[1], &of_job[2]] {
        assert!(bench.deployment.clone().fold(event, Timestamp::UNIX_EPOCH).is_err(), "{event:?}");
    }
    bench.fold(&began);
    for event in [&began, &of_job[0], &of_job[1]] {
        assert!(bench.deployment.clone().fold(event, Timestamp::UNIX_EPOCH).is_err(), "{event:?}");
    }
    bench.fold(&ended);
    assert!(bench.deployment.fold(&ended, Timestamp::UNIX_EPOCH).is_err());
}

#[test]
fn an_event_holds_slices_only_where_there_are_any() {
    let job: JobId = "17/2#1.0".parse().expect("an id");
    let began = |slices| DeploymentEvent::JobBegan { job, times_out_at: None, joined: None, slices };
    let written = |event| serde_json::to_string(&event).expect("it can be written");
    assert_eq!(written(began(Vec::new())), r#"{"job.began":{"job":"17/2#1.0"}}"#);
    let variables = BTreeMap::from([("Browser".to_owned(), "A".to_owned())]);
    let event = began(vec![
        Slice { name: "A".to_owned(), variables, ..Slice::default() },
        Slice { name: "2".to_owned(), batch: 1, ..Slice::default() },
    ]);
    let text = r#"{"job.began":{"job":"17/2#1.0","slices":[{"name":"A","variables":{"Browser":"A"}},{"name":"2","batch":1}]}}"#;
    assert_eq!(written(event.clone()), text);
    assert_eq!(serde_json::from_str::<DeploymentEvent>(text).expect("it can be read"), event);
}

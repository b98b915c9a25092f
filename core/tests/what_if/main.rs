//! Histories that are replayed under another policy, and under the same one.

#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]
#![allow(unreachable_pub, reason = "a test has no interface")]

mod bench;
mod checks;
#[path = "../common/mod.rs"]
mod common;
mod elsewhere;
mod queuing;
mod random;
mod silence;
mod steering;
mod waiting;

use std::num::NonZeroU32;

use cutover::*;

const PIPELINE: PipelineId = PipelineId(1);
const DEV: StageId = StageId(1);
const PROD: StageId = StageId(2);

/// The first attempt at Prod.
fn deployment(release: u64) -> DeploymentId {
    DeploymentId { release: ReleaseId(release), stage: PROD, attempt: NonZeroU32::MIN }
}

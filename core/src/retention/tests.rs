//! K1, K2, K3, case by case.

use std::collections::BTreeMap;
use std::slice::from_ref;

use chrono::TimeDelta;

use super::*;
use crate::{ReleaseId, Retention, StageId, Timestamp};

const DEV: StageId = StageId(1);
const QA: StageId = StageId(2);
const R: ReleaseId = ReleaseId(1);

fn day(day: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(day)
}

/// A stage that keeps `days` and `releases`, and was deployed to last on `begun`.
fn stage(days: u32, releases: u32, begun: Option<i64>) -> StageFacts {
    StageFacts {
        last_begun: begun.map(day),
        ..StageFacts::new(Retention { days, releases, keep_build: false })
    }
}

/// Release `id`, created on day 0 and deployed to Dev (10 days, no releases) then.
fn deployed(id: u64) -> ReleaseFacts {
    ReleaseFacts::new(ReleaseId(id), day(0)).with_stage(DEV, stage(10, 0, Some(0)))
}

fn decided(release: &ReleaseFacts, now: Timestamp) -> Decision {
    let mut decisions = judge(from_ref(release), &BTreeMap::new(), now);
    decisions.remove(&release.release).expect("each release is decided on")
}

fn goes(release: &ReleaseFacts, on: i64) -> bool {
    matches!(decided(release, day(on)), Decision::Goes { .. })
}

fn kept(because: &[Reason], until: Option<i64>) -> Decision {
    Decision::Stays { because: because.to_vec(), until: until.map(day) }
}

#[test]
fn scenario_41_the_longest_over_the_stages_wins() {
    let release = ReleaseFacts::new(R, day(0))
        .with_stage(DEV, stage(10, 0, Some(0)))
        .with_stage(QA, stage(30, 0, Some(8)));
    let qa = Reason::Days { stage: QA, until: day(38) };
    assert_eq!(decided(&release, day(9)), kept(&[Reason::Days { stage: DEV, until: day(10) }, qa], Some(38)));
    assert_eq!(decided(&release, day(10)), kept(&[qa], Some(38)));
    assert_eq!(decided(&release, day(38) - TimeDelta::nanoseconds(1)), kept(&[qa], Some(38)));
    assert_eq!(
        decided(&release, day(38)),
        Decision::Goes { because: Departure::NoStageKeepsIt { since: day(38) } }
    );
}

#[test]
fn scenario_42_a_release_kept_forever_stays_and_once_it_is_not_its_days_start_again() {
    let mut release = deployed(1);
    release.keep_forever = KeepForever::Since(day(5));
    assert_eq!(decided(&release, day(100_000)), kept(&[Reason::KeptForever { since: day(5) }], None));
    release.keep_forever = KeepForever::Until(day(200));
    assert_eq!(decided(&release, day(209)), kept(&[Reason::Days { stage: DEV, until: day(210) }], Some(210)));
    assert!(goes(&release, 210));
}

#[test]
fn a_deployment_after_keeping_forever_ended_counts_from_itself() {
    let mut release = deployed(1).with_stage(DEV, stage(10, 0, Some(7)));
    release.keep_forever = KeepForever::Until(day(3));
    assert!(!goes(&release, 16));
    assert!(goes(&release, 17));
}

#[test]
fn a_restored_release_has_its_days_again() {
    let mut release = deployed(1);
    release.restored_at = Some(day(20));
    assert!(!goes(&release, 29));
    assert!(goes(&release, 30));
}

#[test]
fn the_newest_that_were_deployed_stay_whatever_their_age() {
    let release = |id, begun| ReleaseFacts::new(ReleaseId(id), day(0)).with_stage(DEV, stage(10, 2, begun));
    // 4 was never deployed, so it takes no place; 1 was deployed last, which makes it no newer.
    let releases = [release(4, None), release(3, Some(0)), release(2, Some(0)), release(1, Some(1))];
    let decisions = judge(&releases, &BTreeMap::new(), day(100));
    let newest = |place| kept(&[Reason::Newest { stage: DEV, place, of: 2 }], None);
    assert_eq!(decisions[&ReleaseId(3)], newest(1));
    assert_eq!(decisions[&ReleaseId(2)], newest(2));
    assert!(matches!(decisions[&ReleaseId(1)], Decision::Goes { .. }));
    assert!(matches!(decisions[&ReleaseId(4)], Decision::Goes { .. }));
}

#[test]
fn a_stage_that_was_never_deployed_to_keeps_nothing() {
    let release = deployed(1).with_stage(QA, stage(365, 25, None));
    assert!(!goes(&release, 9));
    assert!(goes(&release, 10));
}

#[test]
fn a_release_that_was_never_deployed_goes_after_the_longest_of_its_stages_days() {
    let release =
        ReleaseFacts::new(R, day(1)).with_stage(DEV, stage(10, 25, None)).with_stage(QA, stage(30, 25, None));
    assert_eq!(decided(&release, day(30)), kept(&[Reason::NeverDeployed { until: day(31) }], Some(31)));
    assert_eq!(
        decided(&release, day(31)),
        Decision::Goes { because: Departure::NeverDeployed { since: day(31) } }
    );
}

#[test]
fn a_draft_stays_while_it_is_young() {
    let mut draft = ReleaseFacts::new(R, day(1)).with_stage(DEV, stage(10, 3, None));
    draft.kind = ReleaseKind::Draft;
    assert_eq!(decided(&draft, day(10)), kept(&[Reason::Draft { until: day(11) }], Some(11)));
    assert_eq!(decided(&draft, day(11)), Decision::Goes { because: Departure::OldDraft { since: day(11) } });
}

#[test]
fn what_is_deployed_somewhere_stays_on_a_stage_that_is_gone_too() {
    let release = deployed(1);
    let other = Some(ReleaseId(2));
    for (here, reason) in [
        (Deployed { current: Some(R), last_good: other }, Reason::Current { stage: QA }),
        (Deployed { current: other, last_good: Some(R) }, Reason::LastGood { stage: QA }),
    ] {
        let stages = BTreeMap::from([(QA, here)]);
        assert_eq!(judge(from_ref(&release), &stages, day(100))[&R], kept(&[reason], None));
        assert_eq!(protections(&release, &stages, day(0)), [reason]);
    }
}

#[test]
fn a_release_of_which_anything_goes_on_stays() {
    for what in [GoingOn::Scheduled, GoingOn::Queued, GoingOn::Pending, GoingOn::InProgress] {
        let busy = StageFacts { going_on: Some(what), ..stage(10, 0, None) };
        let release = deployed(1).with_stage(QA, busy);
        assert_eq!(decided(&release, day(100)), kept(&[Reason::GoingOn { stage: QA, what }], None));
    }
}

#[test]
fn one_reason_without_an_end_keeps_it_without_an_end() {
    let mut release = deployed(1);
    release.keep_forever = KeepForever::Since(day(0));
    let because = [Reason::KeptForever { since: day(0) }, Reason::Days { stage: DEV, until: day(10) }];
    assert_eq!(decided(&release, day(9)), kept(&because, None));
}

#[test]
fn what_its_stages_keep_is_no_protection_from_being_deleted_by_hand() {
    assert_eq!(protections(&deployed(1), &BTreeMap::new(), day(0)), []);
}

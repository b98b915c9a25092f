//! The steps of a case: short, and chosen by place rather than by id, so that they still mean something when others are taken out.
//! What a place stands for, `sight.rs` finds out.

use proptest::prelude::*;
use proptest::strategy::Union;

use crate::model::{Minutes, Model, State, Told};
use crate::plan::{Plan, Policy, plan_of, policies_of};
use crate::sight::Sight;

/// One of several, counted from the newest; beyond the last it begins again. [`UNKNOWN`] is none of them.
pub type Pick = u8;

pub const UNKNOWN: Pick = u8::MAX;

#[derive(Clone, Debug)]
pub enum Step {
    Create {
        by: Pick,
        requested_for: Option<Pick>,
        draft: bool,
        manual: Vec<Pick>,
        target: Option<Pick>,
    },
    CreateAgain(Pick),
    RevisePolicies(Vec<Policy>),
    Revise(Plan),
    ReviseStale,
    EditDraft {
        draft: Pick,
        manual: Option<Vec<Pick>>,
        description: Option<Pick>,
    },
    Start(Pick),
    Deploy {
        release: Pick,
        stage: Pick,
        by: Pick,
    },
    DeployUpTo {
        release: Pick,
        stage: Pick,
        by: Pick,
    },
    Cancel {
        deployment: Pick,
        by: Pick,
    },
    CancelStage {
        release: Pick,
        stage: Pick,
    },
    Approve {
        open: Pick,
        by: Pick,
    },
    Reject {
        open: Pick,
        by: Pick,
    },
    /// With a moment that comes so many minutes after the present one, or before it (AP10).
    ApproveUntil {
        open: Pick,
        by: Pick,
        minutes: Minutes,
    },
    HandOn {
        open: Pick,
        by: Pick,
        to: Pick,
    },
    StartDeferred {
        deployment: Pick,
        by: Pick,
    },
    /// By whoever comes, also of an approval that is not open any more.
    Answer {
        approval: Pick,
        by: Pick,
        yes: bool,
    },
    Abandon(Pick),
    Reactivate(Pick),
    Claim {
        task: Pick,
        engine: Pick,
    },
    ClaimWrongly {
        deployment: Pick,
        job: Pick,
        task: Pick,
    },
    Report {
        task: Pick,
        told: Told,
    },
    ReportWrongly {
        task: Pick,
        told: Told,
    },
    Reattach {
        task: Pick,
        life: Pick,
    },
    Settle(Pick),
    SettleAny(Pick),
    SettleQueue(Pick),
    Ring(Pick),
    Pass(Minutes),
    Repeat(Pick),
}

fn pick() -> impl Strategy<Value = Pick> + Clone {
    prop_oneof![30 => 0..=11_u8, 1 => Just(UNKNOWN)]
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![7 => Just(Told::Succeeded), 2 => Just(Told::WithIssues), 3 => Just(Told::Failed), 1 => Just(Told::Lost)]
}

/// Any step, the more often the more there is for it to do.
pub fn any_step(model: &Model, clock: Minutes) -> BoxedStrategy<Step> {
    let stages = model.plan().stages.len();
    let few = |count: usize, weight: u32| if count == 0 { 1 } else { weight };
    let sight = Sight { model, clock, given: &[] };
    let create = (
        pick(),
        prop::option::weighted(0.2, pick()),
        prop::bool::weighted(0.2),
        prop::collection::vec(0..5_u8, 0..=1),
        prop::option::weighted(0.15, pick()),
    );
    let create = create.prop_map(|(by, requested_for, draft, manual, target)| Step::Create {
        by,
        requested_for,
        draft,
        manual,
        target,
    });
    let edit = (pick(), prop::option::of(prop::collection::vec(0..6_u8, 0..=2)), prop::option::of(0..2_u8));
    let edit = edit.prop_map(|(draft, manual, description)| Step::EditDraft { draft, manual, description });
    let drafts = model.releases.iter().filter(|release| release.state == State::Draft).count();
    let deploy = (pick(), pick(), pick());
    let weighted: Vec<(u32, BoxedStrategy<Step>)> = vec![
        (if model.releases.len() < 14 { 12 } else { 2 }, create.boxed()),
        (1, pick().prop_map(Step::CreateAgain).boxed()),
        (2, policies_of(stages).prop_map(Step::RevisePolicies).boxed()),
        (1, (1..=5_u32).prop_flat_map(plan_of).prop_map(Step::Revise).boxed()),
        (1, Just(Step::ReviseStale).boxed()),
        (few(drafts, 3), edit.boxed()),
        (few(drafts, 5), pick().prop_map(Step::Start).boxed()),
        (5, deploy.clone().prop_map(|(release, stage, by)| Step::Deploy { release, stage, by }).boxed()),
        (3, deploy.prop_map(|(release, stage, by)| Step::DeployUpTo { release, stage, by }).boxed()),
        (4, (pick(), pick()).prop_map(|(deployment, by)| Step::Cancel { deployment, by }).boxed()),
        (1, (pick(), pick()).prop_map(|(release, stage)| Step::CancelStage { release, stage }).boxed()),
        (
            few(sight.open().len(), 14),
            (pick(), pick()).prop_map(|(open, by)| Step::Approve { open, by }).boxed(),
        ),
        (
            few(sight.open().len(), 2),
            (pick(), pick()).prop_map(|(open, by)| Step::Reject { open, by }).boxed(),
        ),
        (
            few(sight.open().len(), 5),
            (pick(), pick(), prop_oneof![5 => 1..=20_i64, 1 => -10..=0_i64])
                .prop_map(|(open, by, minutes)| Step::ApproveUntil { open, by, minutes })
                .boxed(),
        ),
        (
            few(sight.open().len(), 4),
            (pick(), pick(), 0..4_u8).prop_map(|(open, by, to)| Step::HandOn { open, by, to }).boxed(),
        ),
        (
            few(sight.deferred().len(), 3),
            (pick(), pick()).prop_map(|(deployment, by)| Step::StartDeferred { deployment, by }).boxed(),
        ),
        (
            2,
            (pick(), pick(), any::<bool>())
                .prop_map(|(approval, by, yes)| Step::Answer { approval, by, yes })
                .boxed(),
        ),
        (2, pick().prop_map(Step::Abandon).boxed()),
        (1, pick().prop_map(Step::Reactivate).boxed()),
        (
            few(sight.claimable().len(), 14),
            (pick(), 0..2_u8).prop_map(|(task, engine)| Step::Claim { task, engine }).boxed(),
        ),
        (
            1,
            (pick(), pick(), pick())
                .prop_map(|(deployment, job, task)| Step::ClaimWrongly { deployment, job, task })
                .boxed(),
        ),
        (
            few(sight.running().len(), 16),
            (pick(), told()).prop_map(|(task, told)| Step::Report { task, told }).boxed(),
        ),
        (1, (pick(), told()).prop_map(|(task, told)| Step::ReportWrongly { task, told }).boxed()),
        (1, (pick(), 0..4_u8).prop_map(|(task, life)| Step::Reattach { task, life }).boxed()),
        (few(sight.to_settle().len(), 8), pick().prop_map(Step::Settle).boxed()),
        (1, pick().prop_map(Step::SettleAny).boxed()),
        (1, pick().prop_map(Step::SettleQueue).boxed()),
        (few(sight.due().len(), 4), pick().prop_map(Step::Ring).boxed()),
        (
            6,
            prop_oneof![6 => 1..=12_i64, 2 => Just(61), 1 => Just(31 * 24 * 60), 2 => -90..=-1_i64]
                .prop_map(Step::Pass)
                .boxed(),
        ),
        (4, (0..=40_u8).prop_map(Step::Repeat).boxed()),
    ];
    Union::new_weighted(weighted).boxed()
}

//! What somebody does, chosen by place rather than by id: what a place stands for, the world says.

use proptest::prelude::*;

use crate::model::Told;
use crate::plan::{Policy, any_policy};

/// One of several, counted from the newest; beyond the last it begins again.
pub type Pick = u8;

#[derive(Clone, Debug)]
pub enum Step {
    Create {
        second: bool,
        by: Pick,
        draft: bool,
        target: Option<Pick>,
    },
    RevisePolicies {
        second: bool,
        policy: Policy,
    },
    Start(Pick),
    /// Perhaps after so many minutes (S8), perhaps only the jobs that failed (D5).
    Deploy {
        release: Pick,
        stage: Pick,
        by: Pick,
        minutes: Option<i64>,
        failed_only: bool,
    },
    DeployUpTo {
        release: Pick,
        stage: Pick,
        by: Pick,
    },
    /// The variables of a stage, which asks for all that comes before its jobs anew (R7).
    ReviseStage {
        deployment: Pick,
        value: Pick,
    },
    Cancel {
        deployment: Pick,
        by: Pick,
    },
    Abandon(Pick),
    Reactivate(Pick),
    /// An engine goes on with something that there is to do. Each gate answers by two bits: succeeded, failed, or nothing.
    GoOn {
        which: Pick,
        told: Told,
        gates: u8,
        engine: Pick,
    },
    /// A sample that may not be due.
    SampleAnyway {
        which: Pick,
        number: Pick,
        gates: u8,
    },
    IgnoreGate {
        which: Pick,
        gate: Pick,
        by: Pick,
        says_why: bool,
    },
    /// By somebody who is asked, or by anybody.
    Answer {
        open: Pick,
        by: Pick,
        anybody: bool,
        yes: bool,
        minutes: Option<i64>,
    },
    StartDeferred {
        deployment: Pick,
        by: Pick,
    },
    Intervene {
        which: Pick,
        by: Pick,
        resume: bool,
    },
    /// From so many minutes from now on, for so many minutes, or without an end.
    Freeze {
        site: Pick,
        after: i64,
        minutes: Option<i64>,
    },
    /// Each week, from a while before now or after it.
    FreezeWeekly {
        site: Pick,
        after: i64,
        minutes: i64,
    },
    Lift(Pick),
    Override {
        deployment: Pick,
        by: Pick,
        says_why: bool,
    },
    Define {
        group: Pick,
        capacity: u32,
    },
    Remove(Pick),
    Pause(Pick),
    Resume(Pick),
    MoveToFront {
        deployment: Pick,
        by: Pick,
    },
    /// An agent, a new one or one that is there, has Java from now on, or has not.
    SaveAgent {
        agent: Pick,
        java: bool,
    },
    RemoveAgent(Pick),
    /// An agent takes slices of jobs again, or no more of them.
    Serve {
        agent: Pick,
        takes: bool,
    },
    /// A target is registered in the deployment group.
    Register {
        online: bool,
        tagged: bool,
    },
    Presence {
        target: Pick,
        online: bool,
    },
    Unregister(Pick),
    /// Time goes on to what happens next by itself, which then does.
    Next,
    Ring(Pick),
    /// Seconds; less than none: the clock steps back.
    Pass(i64),
    Repeat(Pick),
}

fn pick() -> impl Strategy<Value = Pick> + Clone {
    0..=11_u8
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![10 => Just(Told::Succeeded), 2 => Just(Told::WithIssues), 4 => Just(Told::Failed), 1 => Just(Told::Lost)]
}

/// Mostly all gates succeed.
fn gates() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(0b0101_u8), 1 => Just(0b0110), 1 => Just(0b1001), 1 => any::<u8>()]
}

/// Any step, and perhaps which of the stages of all releases is then looked at for what it waits for (E2).
pub fn any_steps() -> impl Strategy<Value = Vec<(Step, Option<u8>)>> {
    prop::collection::vec((any_step(), prop::option::weighted(0.25, any::<u8>())), 60..100)
}

fn any_step() -> impl Strategy<Value = Step> {
    let minutes = prop::option::weighted(0.3, -2..=30_i64);
    prop_oneof![
        9 => (any::<bool>(), pick(), prop::bool::weighted(0.1), prop::option::weighted(0.1, pick()))
            .prop_map(|(second, by, draft, target)| Step::Create { second, by, draft, target }),
        30 => (pick(), told(), gates(), 0..2_u8)
            .prop_map(|(which, told, gates, engine)| Step::GoOn { which, told, gates, engine }),
        14 => (pick(), pick(), prop::bool::weighted(0.1), prop::bool::weighted(0.85), minutes.clone())
            .prop_map(|(open, by, anybody, yes, minutes)| Step::Answer { open, by, anybody, yes, minutes }),
        8 => Just(Step::Next),
        6 => prop_oneof![6 => 1..=240_i64, 2 => Just(3_600), 1 => Just(-120)].prop_map(Step::Pass),
        5 => (pick(), pick(), pick(), minutes, prop::bool::weighted(0.25)).prop_map(
            |(release, stage, by, minutes, failed_only)| Step::Deploy { release, stage, by, minutes, failed_only },
        ),
        6 => (pick(), pick(), prop::bool::weighted(0.7))
            .prop_map(|(which, by, resume)| Step::Intervene { which, by, resume }),
        13 => prop_oneof![
            3 => (pick(), -20..=20_i64, prop::option::weighted(0.8, 1..=60_i64))
                .prop_map(|(site, after, minutes)| Step::Freeze { site, after, minutes }),
            1 => (pick(), -20..=20_i64, 21..=60_i64)
                .prop_map(|(site, after, minutes)| Step::FreezeWeekly { site, after, minutes }),
            4 => pick().prop_map(Step::Lift),
            2 => (pick(), pick(), prop::bool::weighted(0.8))
                .prop_map(|(deployment, by, says_why)| Step::Override { deployment, by, says_why }),
        ],
        6 => prop_oneof![
            2 => (pick(), prop::bool::weighted(0.9), 0..2_u8, pick())
                .prop_map(|(which, says_why, gate, by)| Step::IgnoreGate { which, gate, by, says_why }),
            1 => (pick(), 0..4_u8, gates())
                .prop_map(|(which, number, gates)| Step::SampleAnyway { which, number, gates }),
            2 => (pick(), pick()).prop_map(|(deployment, by)| Step::StartDeferred { deployment, by }),
        ],
        7 => prop_oneof![
            2 => (pick(), 1..=2_u32).prop_map(|(group, capacity)| Step::Define { group, capacity }),
            1 => pick().prop_map(Step::Remove),
            3 => pick().prop_map(Step::Pause),
            3 => pick().prop_map(Step::Resume),
            4 => (pick(), pick()).prop_map(|(deployment, by)| Step::MoveToFront { deployment, by }),
        ],
        8 => prop_oneof![
            1 => (pick(), any::<bool>()).prop_map(|(agent, java)| Step::SaveAgent { agent, java }),
            1 => pick().prop_map(Step::RemoveAgent),
            2 => (pick(), any::<bool>()).prop_map(|(agent, takes)| Step::Serve { agent, takes }),
            2 => (prop::bool::weighted(0.8), any::<bool>())
                .prop_map(|(online, tagged)| Step::Register { online, tagged }),
            3 => (pick(), any::<bool>()).prop_map(|(target, online)| Step::Presence { target, online }),
            1 => pick().prop_map(Step::Unregister),
        ],
        10 => prop_oneof![
            3 => (pick(), pick()).prop_map(|(deployment, by)| Step::Cancel { deployment, by }),
            1 => pick().prop_map(Step::Abandon),
            1 => pick().prop_map(Step::Reactivate),
            2 => pick().prop_map(Step::Start),
            2 => (pick(), pick(), pick())
                .prop_map(|(release, stage, by)| Step::DeployUpTo { release, stage, by }),
            3 => (pick(), 0..3_u8).prop_map(|(deployment, value)| Step::ReviseStage { deployment, value }),
            1 => (any::<bool>(), any_policy())
                .prop_map(|(second, policy)| Step::RevisePolicies { second, policy }),
            2 => pick().prop_map(Step::Ring),
            2 => (0..=40_u8).prop_map(Step::Repeat),
        ],
    ]
}

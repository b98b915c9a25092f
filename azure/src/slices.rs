//! Into what a job is cut: slices of the same work (J2), and machines of a deployment group (J3).

use std::num::NonZeroU32;

use cutover::{Parallelism, TargetLimit};
use serde_json::{Value, json};

use crate::jobs::Phase;
use crate::left_out;
use crate::read::{Fields, Node};
use crate::write::name_of;

const MOST_SLICES: u32 = 1_000;

#[derive(Clone, Copy, PartialEq)]
enum Slices {
    None,
    Configurations,
    Agents,
}

const SLICES: &[(i64, &str, Slices)] = &[
    (0, "none", Slices::None),
    (1, "multiConfiguration", Slices::Configurations),
    (2, "multiMachine", Slices::Agents),
];

/// Reads how a job is cut. One on a deployment group is cut by its machines already.
pub(crate) fn read(node: &Node<'_>, phase: Phase) -> Parallelism {
    let parallelism = slices(node);
    if matches!(phase, Phase::DeploymentGroup) && parallelism != Parallelism::None {
        node.warn("a job on a deployment group runs once on each machine: read as not parallel");
        return Parallelism::None;
    }
    parallelism
}

fn slices(node: &Node<'_>) -> Parallelism {
    node.object(left_out::NONE, |fields| {
        let kind = fields.take("parallelExecutionType").choice(SLICES, "read as not parallel");
        let agents = fields.take("maxNumberOfAgents").within(1..=MOST_SLICES);
        let agents = agents.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let continue_on_error = fields.take("continueOnError").flag().unwrap_or(false);
        let multipliers = fields.take("multipliers");
        match kind.unwrap_or(Slices::None) {
            Slices::None => Parallelism::None,
            Slices::Configurations => Parallelism::MultiConfiguration {
                multipliers: names_between_commas(&multipliers),
                at_most: agents,
                continue_on_error,
            },
            Slices::Agents => Parallelism::MultiAgent { agents, continue_on_error },
        }
    })
}

/// One text with commas, or a list of texts.
fn names_between_commas(node: &Node<'_>) -> Vec<String> {
    node.one_or_more_texts().iter().flat_map(|text| node.parts(text, &[','])).map(ToOwned::to_owned).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Health {
    One,
    All,
    Half,
    Quarter,
    Custom,
}

const HEALTH: &[(i64, &str, Health)] = &[
    (0, "OneTargetAtATime", Health::One),
    (1, "AllTargetsInParallel", Health::All),
    (2, "HalfOfTargets", Health::Half),
    (3, "QuarterOfTargets", Health::Quarter),
    (4, "Custom", Health::Custom),
];

/// Reads how many machines at once: what `healthPercent` leaves, since that many of 100 are not to be touched.
pub(crate) fn read_at_once(input: &mut Fields<'_>) -> TargetLimit {
    let healthy = input.take("healthPercent").within(0..=100).unwrap_or(0);
    let percent = match input.take("deploymentHealthOption").choice(HEALTH, "read as one at a time") {
        None | Some(Health::One) => return TargetLimit::One,
        Some(Health::All) => 100,
        Some(Health::Half) => 50,
        Some(Health::Quarter) => 25,
        Some(Health::Custom) => 100_u32.saturating_sub(healthy),
    };
    NonZeroU32::new(percent).map_or(TargetLimit::One, TargetLimit::Percent)
}

/// Writes how a job is cut.
pub(crate) fn write(parallelism: &Parallelism) -> Value {
    let (kind, multipliers, agents, go_on) = match parallelism {
        Parallelism::None => return json!({ "parallelExecutionType": name_of(SLICES, &Slices::None) }),
        Parallelism::MultiConfiguration { multipliers, at_most, continue_on_error } => {
            (Slices::Configurations, Some(multipliers.join(",")), at_most, continue_on_error)
        }
        Parallelism::MultiAgent { agents, continue_on_error } => {
            (Slices::Agents, None, agents, continue_on_error)
        }
    };
    let kind = name_of(SLICES, &kind);
    let mut written =
        json!({ "parallelExecutionType": kind, "maxNumberOfAgents": agents, "continueOnError": go_on });
    if let Some(multipliers) = multipliers {
        written["multipliers"] = json!(multipliers);
    }
    written
}

/// Writes how many machines at once, as what is not to be touched. A number of them has no shape there: one at a time is the careful one.
pub(crate) fn write_at_once(at_once: TargetLimit) -> [(&'static str, Value); 2] {
    let (option, healthy) = match at_once {
        TargetLimit::One | TargetLimit::Count(_) => (Health::One, 0),
        TargetLimit::Percent(percent) => match percent.get() {
            100 => (Health::All, 0),
            percent => (Health::Custom, 100_u32.saturating_sub(percent)),
        },
    };
    [("deploymentHealthOption", name_of(HEALTH, &option)), ("healthPercent", json!(healthy))]
}

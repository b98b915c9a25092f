//! Approvals and gates on one side of a stage's jobs (AP, G).

use std::collections::BTreeMap;

use super::names;
use super::report::Report;
use crate::limits;
use crate::pipeline::place::Place;
use crate::pipeline::{
    ApprovalOrder, ApprovalStep, Approvals, Approver, CheckOrder, Checks, Gate, Gates, Required,
};

/// Which side of the jobs is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

pub(super) fn checks(report: &mut Report, at: &Place<'_>, checks: &Checks, side: Side) {
    let place = at.field("approvals");
    approvals(report, &place, &checks.approvals);
    let skips = checks.approvals.skip_if_approved_before;
    if skips && side == Side::After {
        report.add(&place.field("skip_if_approved_before"), "is for approvals before the jobs only");
    }
    let overrules = checks.approvals.check_order == Some(CheckOrder::AfterGatesAlways);
    let has_gates = checks.gates.as_ref().is_some_and(Gates::is_in_force);
    if overrules && has_gates && !checks.approvals.steps.iter().any(is_answered) {
        let what = "leaves the decision to the approvers whatever the gates say, but nobody is asked";
        report.add(&place.field("check_order"), what);
    }
    if let Some(each) = &checks.gates {
        gates(report, &at.field("gates"), each);
    }
}

fn approvals(report: &mut Report, at: &Place<'_>, approvals: &Approvals) {
    let count = approvals.steps.len();
    report.length(&at.field("steps"), count, limits::APPROVAL_STEPS);
    // Who is asked twice at once would count as two.
    let mut seen: BTreeMap<(u32, &Approver), usize> = BTreeMap::new();
    for (index, step) in approvals.steps.iter().enumerate().take(limits::APPROVAL_STEPS) {
        let at = at.item("steps", index);
        if step.rank == 0 {
            report.add(&at.field("rank"), "must be at least 1, is 0");
        }
        let rank = match approvals.order {
            ApprovalOrder::AnyOrder => 1,
            ApprovalOrder::InSequence => step.rank,
        };
        let first = *seen.entry((rank, &step.approver)).or_insert(index);
        if first != index && is_answered(step) {
            report
                .add(&at.field("approver"), format!("is already asked, at the same time, by steps[{first}]"));
        }
    }
    match approvals.required {
        Required::All => {}
        Required::AtLeast(required) => {
            if usize::try_from(required.get()).map_or(true, |required| required > count) {
                let what = format!("must not be more than the number of steps, {count}, is {required}");
                report.add(&at.field("required.at-least"), what);
            }
        }
    }
    let minutes = approvals.timeout_minutes;
    report.range(&at.field("timeout_minutes"), minutes, &(0..=limits::APPROVAL_TIMEOUT_MINUTES));
}

/// Whether a person answers the step.
fn is_answered(step: &ApprovalStep) -> bool {
    step.approver != Approver::Automatic
}

fn gates(report: &mut Report, at: &Place<'_>, gates: &Gates) {
    report.length(&at.field("gates"), gates.gates.len(), limits::GATES);
    for (index, each) in gates.gates.iter().enumerate().take(limits::GATES) {
        gate(report, &at.item("gates", index), each);
    }
    // What is not in force is as if absent (G1): systems that export such gates write anything into them.
    if gates.is_in_force() {
        times(report, at, gates);
    }
}

fn gate(report: &mut Report, at: &Place<'_>, gate: &Gate) {
    report.characters(&at.field("name"), &gate.name, limits::LABEL_CHARACTERS);
    report.filled(&at.field("task.id"), &gate.task.id, limits::NAME_CHARACTERS);
    report.characters(&at.field("task.version"), &gate.task.version, limits::NAME_CHARACTERS);
    let (most, bytes) = (limits::INPUTS_PER_TASK, limits::INPUT_BYTES);
    names::texts(report, at, "inputs", &gate.inputs, most, bytes);
}

fn times(report: &mut Report, at: &Place<'_>, gates: &Gates) {
    let most = limits::GATE_TIMEOUT_MINUTES;
    let delay = &(0..=limits::GATE_DELAY_MINUTES);
    let are_in_range = [
        report.range(&at.field("delay_minutes"), gates.delay_minutes, delay),
        report.range(
            &at.field("sampling_interval_seconds"),
            gates.sampling_interval_seconds,
            &(1..=most * 60),
        ),
        report.range(&at.field("minimum_success_minutes"), gates.minimum_success_minutes, &(0..=most)),
        report.range(&at.field("timeout_minutes"), gates.timeout_minutes, &(1..=most)),
    ];
    // With a number out of its range, what they are together says nothing more.
    if are_in_range.contains(&false) {
        return;
    }
    let minimum = gates.minimum_success_minutes * 60;
    let needed = gates.delay_minutes * 60 + gates.sampling_interval_seconds.max(minimum);
    if gates.timeout_minutes * 60 <= needed {
        let what = format!(
            "must be longer than {needed} seconds, the delay and the larger of sampling interval and minimum \
             success, is {} seconds",
            gates.timeout_minutes * 60
        );
        report.add(&at.field("timeout_minutes"), what);
    }
}

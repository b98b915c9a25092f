//! Approvals before and after the jobs of a stage (AP).

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use cutover::{ApprovalOrder, ApprovalStep, Approvals, Approver, CheckOrder, Moment, Required};
use serde_json::{Value, json};

use crate::read::{Fields, Node};
use crate::write::name_of;
use crate::{ProblemKind, identity, left_out};

const ORDERS: &[(i64, &str, CheckOrder)] = &[
    (1, "beforeGates", CheckOrder::BeforeGates),
    (2, "afterSuccessfulGates", CheckOrder::AfterSuccessfulGates),
    (4, "afterGatesAlways", CheckOrder::AfterGatesAlways),
];

/// Minutes in 365 days (AP5).
const MOST_MINUTES: u32 = 525_600;

/// Reads the approvals of one side of the jobs. If all of them approve themselves, nobody is asked.
pub(crate) fn read(node: &Node<'_>, moment: Moment) -> Approvals {
    node.object(left_out::APPROVALS, |fields| {
        let items = fields.take("approvals").items();
        let steps: Vec<_> = items.iter().filter_map(read_step).collect();
        let options = fields.take("approvalOptions");
        let asks_somebody = steps.iter().any(|step| step.approver != Approver::Automatic);
        let approvals = options.object(left_out::NONE, |options| read_options(options, moment, steps));
        if asks_somebody {
            return approvals;
        }
        if !options.is_missing() {
            options.note("options without an approver change nothing: left out");
        }
        Approvals::default()
    })
}

/// Writes the approvals of one side of the jobs; where nobody is asked, as one that approves itself.
pub(crate) fn write(approvals: &Approvals, moment: Moment) -> Value {
    let Approvals {
        steps,
        // Said by the ranks of the steps.
        order: _,
        required,
        timeout_minutes,
        requester_may_approve,
        skip_if_approved_before,
        revalidate_identity,
        check_order,
    } = approvals;
    if steps.is_empty() {
        let automatic = ApprovalStep { approver: Approver::Automatic, rank: 1, notify: false };
        return json!({ "approvals": [write_step(&automatic)], "approvalOptions": null });
    }
    let required = match required {
        Required::All => 0,
        Required::AtLeast(count) => count.get(),
    };
    let options = json!({
        "requiredApproverCount": required,
        "releaseCreatorCanBeApprover": requester_may_approve,
        "autoTriggeredAndPreviousEnvironmentApprovedCanBeSkipped": skip_if_approved_before,
        "enforceIdentityRevalidation": revalidate_identity,
        "timeoutInMinutes": timeout_minutes,
        "executionOrder": name_of(ORDERS, &check_order.unwrap_or(usual_order(moment))),
    });
    let steps: Vec<_> = steps.iter().map(write_step).collect();
    json!({ "approvals": steps, "approvalOptions": options })
}

fn write_step(step: &ApprovalStep) -> Value {
    let ApprovalStep { approver, rank, notify } = step;
    let is_automated = *approver == Approver::Automatic;
    let who = identity::write(approver);
    json!({ "rank": rank, "isAutomated": is_automated, "isNotificationOn": notify, "approver": who })
}

fn read_step(node: &Node<'_>) -> Option<ApprovalStep> {
    node.object(left_out::APPROVALS, |fields| {
        let rank = fields.take("rank").within(1..=u32::MAX).unwrap_or(1);
        let is_automated = fields.take("isAutomated").flag();
        let notification = fields.take("isNotificationOn");
        let notify = notification.flag().unwrap_or(true);
        let who = fields.take("approver");
        let named = identity::read(&who);
        let approver = match (is_automated, named) {
            (Some(true), named) => {
                if named.is_some() {
                    who.warn("an automated approval names somebody: it stays automated");
                }
                Approver::Automatic
            }
            (None, None) => Approver::Automatic,
            (Some(false) | None, Some(named)) => named,
            (Some(false), None) => {
                node.report().problem(who.path(), ProblemKind::NoApprover);
                return None;
            }
        };
        if approver == Approver::Automatic && !notification.is_idle() {
            notification.note("nobody is told of an approval that is automated");
        }
        Some(ApprovalStep { approver, rank, notify })
    })
}

fn read_options(options: &mut Fields<'_>, moment: Moment, steps: Vec<ApprovalStep>) -> Approvals {
    let skip = options.take("autoTriggeredAndPreviousEnvironmentApprovedCanBeSkipped");
    let timeout = options.take("timeoutInMinutes").within(0..=MOST_MINUTES);
    let order = options.take("executionOrder");
    let order = order.choice(ORDERS, "read as the usual order of its side");
    let revalidate = options.take("enforceIdentityRevalidation").flag();
    let creator = options.take("releaseCreatorCanBeApprover").flag();
    Approvals {
        order: order_of(&steps),
        required: required(&options.take("requiredApproverCount"), &steps),
        timeout_minutes: timeout.unwrap_or(0),
        requester_may_approve: creator.unwrap_or(true),
        skip_if_approved_before: skip_of(&skip, moment),
        revalidate_identity: revalidate.unwrap_or(false),
        check_order: order.filter(|&order| order != usual_order(moment)),
        steps,
    }
}

/// One rank for all: in any order. Several: one after another (AP2).
fn order_of(steps: &[ApprovalStep]) -> ApprovalOrder {
    let ranks: BTreeSet<_> = steps.iter().map(|step| step.rank).collect();
    if ranks.len() > 1 { ApprovalOrder::InSequence } else { ApprovalOrder::AnyOrder }
}

fn required(count: &Node<'_>, steps: &[ApprovalStep]) -> Required {
    let asked = count.within(0..=u32::MAX).unwrap_or(0);
    let steps = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    if asked > steps && steps > 0 {
        count.warn(format!("{asked} of {steps} cannot approve: read as all of them"));
    }
    match NonZeroU32::new(asked) {
        Some(asked) if asked.get() < steps => Required::AtLeast(asked),
        Some(_) | None => Required::All,
    }
}

/// An approval of the stage before can only stand for one before the jobs (AP7).
fn skip_of(skip: &Node<'_>, moment: Moment) -> bool {
    let is_skipped = skip.flag().unwrap_or(false);
    match moment {
        Moment::Before => is_skipped,
        Moment::After => {
            if is_skipped {
                skip.warn("approvals after the jobs are never skipped: left out");
            }
            false
        }
    }
}

/// The order that need not be said (G7).
const fn usual_order(moment: Moment) -> CheckOrder {
    match moment {
        Moment::Before => CheckOrder::BeforeGates,
        Moment::After => CheckOrder::AfterSuccessfulGates,
    }
}

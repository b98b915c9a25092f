//! Who holds a slot, who waits, who is superseded (Q1-Q6).

use super::{Model, Queue, Thing, Why};
use crate::plan::Policy;

/// Releases that one step of a queue grants or supersedes; the rest is pending work (Q5).
const FAN_OUT: usize = 64;

impl Model {
    /// Q2, Q3: at the end, like any other.
    pub(super) fn q2_enter(&mut self, stage: u32, who: (u64, u32), revision: u32) {
        self.write(Thing::Queue(stage));
        self.q5_policy_in_force(stage, revision);
        // What the new policy has room for goes to those that wait already, unless some of them are to be superseded first.
        let mut budget = FAN_OUT;
        if q4_superseded(self.queue_mut(stage)).is_none() {
            self.settle_queue_within(stage, &mut budget);
        }
        self.queue_mut(stage).waiting.push(who);
        self.settle_queue_within(stage, &mut budget);
    }

    /// Q5: the newest revision that has entered; an older one brings nothing back.
    fn q5_policy_in_force(&mut self, stage: u32, revision: u32) {
        let policy = self.revisions[revision as usize - 1].stage(stage).expect("it deploys there").policy;
        match self.queues.iter_mut().find(|queue| queue.stage == stage) {
            None => self.queues.push(Queue {
                stage,
                revision,
                policy,
                holders: Vec::new(),
                waiting: Vec::new(),
                touched: None,
            }),
            Some(queue) if revision > queue.revision => (queue.revision, queue.policy) = (revision, policy),
            Some(_) => {}
        }
    }

    /// Q6: its slot is free, or its place.
    pub(super) fn q6_leave(&mut self, stage: u32, who: (u64, u32)) {
        self.see(Thing::Queue(stage));
        if self.queue(stage).is_none() {
            return;
        }
        let queue = self.queue_mut(stage);
        if queue.holders.contains(&who) || queue.waiting.contains(&who) {
            queue.holders.retain(|known| *known != who);
            queue.waiting.retain(|known| *known != who);
            self.write(Thing::Queue(stage));
            self.settle_queue(stage);
        }
    }

    /// I5: whatever the policy asks for happens at once, superseding before granting.
    pub(super) fn settle_queue(&mut self, stage: u32) {
        self.settle_queue_within(stage, &mut { FAN_OUT });
    }

    fn settle_queue_within(&mut self, stage: u32, budget: &mut usize) {
        self.see(Thing::Queue(stage));
        if self.queue(stage).is_none() {
            return;
        }
        let mut superseded = Vec::new();
        let mut granted = Vec::new();
        while *budget > 0 {
            let queue = self.queue_mut(stage);
            if let Some(older) = q4_superseded(queue) {
                let newest = queue.waiting[queue.waiting.len() - 1];
                queue.waiting.retain(|known| *known != older);
                superseded.push((older, newest));
                *budget -= 1;
            } else if let Some(next) = q3_granted(queue) {
                queue.waiting.retain(|known| *known != next);
                queue.holders.push(next);
                queue.holders.sort_unstable();
                granted.push(next);
                *budget -= 1;
            } else {
                break;
            }
        }
        if superseded.is_empty() && granted.is_empty() {
            return;
        }
        self.write(Thing::Queue(stage));
        for ((number, attempt), (by, _)) in superseded {
            self.d4_cancel((number, stage, attempt), Why::Superseded(by));
        }
        for (number, attempt) in granted {
            self.d1_granted((number, stage, attempt));
        }
    }

    pub(super) fn queue_mut(&mut self, stage: u32) -> &mut Queue {
        self.queues.iter_mut().find(|queue| queue.stage == stage).expect("something entered it")
    }
}

/// Q4: of several that wait, only the newest stays.
fn q4_superseded(queue: &Queue) -> Option<(u64, u32)> {
    match queue.policy {
        Policy::OnlyLatest(_) if queue.waiting.len() > 1 => Some(queue.waiting[0]),
        Policy::OnlyLatest(_) | Policy::InOrder(_) | Policy::Unlimited => None,
    }
}

/// Q3: the first that waits, where there is room.
fn q3_granted(queue: &Queue) -> Option<(u64, u32)> {
    let has_room = match queue.policy {
        Policy::Unlimited => true,
        Policy::InOrder(limit) | Policy::OnlyLatest(limit) => queue.holders.len() < limit,
    };
    if has_room { queue.waiting.first().copied() } else { None }
}

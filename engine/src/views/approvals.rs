//! The approvals that wait for an answer, by who is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use cutover::{ApprovalId, Approver, GroupId, UserId};

use super::filters::{ApprovalFilter, lines};
use super::{Page, PendingApproval};

#[derive(Debug, Default)]
pub(super) struct Approvals {
    waiting: BTreeMap<ApprovalId, PendingApproval>,
    asked: BTreeMap<Approver, BTreeSet<ApprovalId>>,
}

impl Approvals {
    pub(super) fn ask(&mut self, approval: PendingApproval) {
        self.asked.entry(approval.approver.clone()).or_default().insert(approval.id);
        self.waiting.insert(approval.id, approval);
    }

    /// It is answered, or nobody is asked any more.
    pub(super) fn close(&mut self, id: ApprovalId) -> Option<PendingApproval> {
        let approval = self.waiting.remove(&id)?;
        if let Some(asked) = self.asked.get_mut(&approval.approver) {
            asked.remove(&id);
            if asked.is_empty() {
                self.asked.remove(&approval.approver);
            }
        }
        Some(approval)
    }

    pub(super) fn hand_on(&mut self, id: ApprovalId, to: &UserId) {
        if let Some(approval) = self.close(id) {
            self.ask(PendingApproval { approver: Approver::User(to.clone()), ..approval });
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &PendingApproval> {
        self.waiting.values()
    }

    /// Of each who is meant, what they are asked for.
    fn asked_of<'a>(
        &'a self,
        user: &UserId,
        groups: &BTreeSet<GroupId>,
    ) -> impl Iterator<Item = &'a BTreeSet<ApprovalId>> {
        let groups = groups.iter().map(|group| Approver::Group(group.clone()));
        let all = std::iter::once(Approver::User(user.clone())).chain(groups);
        all.filter_map(|approver| self.asked.get(&approver))
    }

    pub(super) fn page(&self, filter: &ApprovalFilter) -> Page<PendingApproval, ApprovalId> {
        let start = filter.after.map_or(Bound::Unbounded, Bound::Excluded);
        let at_most = lines(filter.at_most);
        let (mut ids, total): (Vec<ApprovalId>, usize) = match &filter.asked {
            None => {
                let from_there = self.waiting.range((start, Bound::Unbounded)).map(|(id, _)| *id);
                (from_there.take(at_most + 1).collect(), self.waiting.len())
            }
            // A step asks one user, or one group: none of them is among those of two.
            Some((user, groups)) => {
                let first = |ids: &BTreeSet<ApprovalId>| {
                    ids.range((start, Bound::Unbounded)).take(at_most + 1).copied().collect::<Vec<_>>()
                };
                let mut ids: Vec<_> = self.asked_of(user, groups).flat_map(first).collect();
                ids.sort_unstable();
                (ids, self.asked_of(user, groups).map(BTreeSet::len).sum())
            }
        };
        let is_more = ids.len() > at_most;
        ids.truncate(at_most);
        let items: Vec<_> = ids.iter().filter_map(|id| self.waiting.get(id)).cloned().collect();
        Page { next: ids.last().copied().filter(|_| is_more), items, total: total as u64 }
    }
}

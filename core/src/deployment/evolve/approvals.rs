//! The approvals of a deployment, as events make them (AP).

use super::super::{Approval, Deployment, Reassignment, Standing};
use crate::flow::Impossible;
use crate::{ApprovalId, Approver, Timestamp};

impl Deployment {
    pub(super) fn add_approval(
        &mut self,
        id: ApprovalId,
        approver: Option<&Approver>,
        standing: Standing,
    ) -> Result<(), Impossible> {
        let approver = approver.cloned();
        let approval = Approval { approver, reassigned: Vec::new(), deferred_until: None, standing };
        match self.approvals.insert(id, approval) {
            None => Ok(()),
            Some(_) => Err(Impossible("an approval that is asked twice")),
        }
    }

    pub(super) fn close(&mut self, id: ApprovalId, standing: Standing) -> Result<(), Impossible> {
        match self.approvals.get_mut(&id) {
            Some(approval) if matches!(approval.standing, Standing::Open { .. }) => {
                approval.standing = standing;
                Ok(())
            }
            Some(_) | None => Err(Impossible("an answer to an approval that is not open")),
        }
    }

    pub(super) fn hand_on(&mut self, id: ApprovalId, reassignment: Reassignment) -> Result<(), Impossible> {
        match self.approvals.get_mut(&id) {
            Some(approval) if matches!(approval.standing, Standing::Open { .. }) => {
                approval.approver = Some(Approver::User(reassignment.to.clone()));
                approval.reassigned.push(reassignment);
                Ok(())
            }
            Some(_) | None => Err(Impossible("an approval that is handed on and not open")),
        }
    }

    pub(super) fn defer(&mut self, id: ApprovalId, until: Timestamp) -> Result<(), Impossible> {
        match self.approvals.get_mut(&id) {
            Some(approval) if matches!(approval.standing, Standing::Answered { .. }) => {
                approval.deferred_until = Some(until);
                Ok(())
            }
            Some(_) | None => Err(Impossible("a moment given with an approval that nobody gave")),
        }
    }

    pub(super) fn skip(&mut self, id: ApprovalId, at: Timestamp) -> Result<(), Impossible> {
        if self.approvals.contains_key(&id) {
            return self.close(id, Standing::Skipped { at });
        }
        self.add_approval(id, None, Standing::Skipped { at })
    }
}

use super::{Activity, PipelineStatus, PipelineStatusEvent};
use crate::Timestamp;
use crate::flow::Impossible;

impl PipelineStatus {
    pub(super) fn fold(&mut self, event: &PipelineStatusEvent, at: Timestamp) -> Result<(), Impossible> {
        const WRONG: Impossible = Impossible("a change that what the pipeline may do does not allow");
        self.activity = match (event, self.activity) {
            (PipelineStatusEvent::Disabled { .. }, Activity::Active) => Activity::Disabled,
            (PipelineStatusEvent::Enabled {}, Activity::Disabled) => Activity::Active,
            (PipelineStatusEvent::DeletingBegun { .. }, Activity::Active | Activity::Disabled) => {
                self.was_disabled = self.activity == Activity::Disabled;
                Activity::Deleting
            }
            (PipelineStatusEvent::Deleted { .. }, Activity::Active | Activity::Disabled) => {
                self.was_disabled = self.activity == Activity::Disabled;
                Activity::Deleted { at }
            }
            (PipelineStatusEvent::Deleted { .. }, Activity::Deleting) => Activity::Deleted { at },
            (PipelineStatusEvent::Restored { .. }, Activity::Deleted { .. }) => {
                if self.was_disabled {
                    Activity::Disabled
                } else {
                    Activity::Active
                }
            }
            (
                PipelineStatusEvent::Disabled { .. }
                | PipelineStatusEvent::Enabled {}
                | PipelineStatusEvent::DeletingBegun { .. }
                | PipelineStatusEvent::Deleted { .. }
                | PipelineStatusEvent::Restored { .. },
                _,
            ) => return Err(WRONG),
        };
        self.closed_at = if self.starts_deployments() { None } else { self.closed_at.or(Some(at)) };
        Ok(())
    }
}

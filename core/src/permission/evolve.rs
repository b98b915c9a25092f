use super::{Permissions, PermissionsEvent};
use crate::flow::Impossible;
use crate::limits;

impl Permissions {
    pub(super) fn fold(&mut self, event: &PermissionsEvent) -> Result<(), Impossible> {
        match event {
            PermissionsEvent::Granted { grant, .. } => {
                let scopes = self.grants.entry((grant.permission, grant.to.clone())).or_default();
                if !scopes.insert((grant.scope.clone(), grant.effect)) {
                    return Err(Impossible("a permission that is granted twice"));
                }
                self.count += 1;
                Ok(())
            }
            PermissionsEvent::Revoked { grant, .. } => {
                let key = (grant.permission, grant.to.clone());
                let scopes = self.grants.get_mut(&key).ok_or(NOT_GRANTED)?;
                if !scopes.remove(&(grant.scope.clone(), grant.effect)) {
                    return Err(NOT_GRANTED);
                }
                if scopes.is_empty() {
                    self.grants.remove(&key);
                }
                self.count -= 1;
                self.revoked.retain(|known| known != grant);
                self.revoked.push_back(grant.clone());
                if self.revoked.len() > limits::REVOKED_REMEMBERED {
                    self.revoked.pop_front();
                }
                Ok(())
            }
        }
    }
}

const NOT_GRANTED: Impossible = Impossible("a permission that is revoked and was not granted");

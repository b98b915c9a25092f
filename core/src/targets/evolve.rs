use super::{Join, Presence, Target, Targets, TargetsEvent};
use crate::TargetId;
use crate::flow::Impossible;

impl Targets {
    pub(super) fn fold(&mut self, event: &TargetsEvent) -> Result<(), Impossible> {
        if let Some(joined) = event.joined() {
            if joined <= self.newest {
                return Err(Impossible("a target that joins by a number that was given before"));
            }
            self.newest = joined;
        }
        match event {
            TargetsEvent::Registered { target, name, tags, joined } => {
                self.count += 1;
                let registered = Target {
                    name: name.clone(),
                    tags: tags.clone(),
                    presence: TargetsEvent::presence(*joined),
                    joined: *joined,
                    place: self.count,
                };
                match self.by_id.insert(target.clone(), registered) {
                    None => Ok(()),
                    Some(_) => Err(Impossible("a target that is registered twice")),
                }
            }
            TargetsEvent::Retagged { target, tags } => {
                self.known_mut(target)?.tags.clone_from(tags);
                Ok(())
            }
            TargetsEvent::CameOnline { target, joined } => self.come_online(target, *joined),
            TargetsEvent::WentOffline { target } => {
                self.known_mut(target)?.presence = Presence::Offline;
                Ok(())
            }
            TargetsEvent::Removed { target } => match self.by_id.remove(target) {
                Some(_) => Ok(()),
                None => Err(Impossible("a target that is removed and not there")),
            },
        }
    }

    fn come_online(&mut self, target: &TargetId, joined: Option<Join>) -> Result<(), Impossible> {
        let known = self.known_mut(target)?;
        if known.joined.is_some() == joined.is_some() {
            return Err(Impossible("a target that joins twice, or that is online and has not joined"));
        }
        known.presence = Presence::Online;
        known.joined = known.joined.or(joined);
        Ok(())
    }

    fn known_mut(&mut self, target: &TargetId) -> Result<&mut Target, Impossible> {
        self.by_id.get_mut(target).ok_or(Impossible("a target that is not registered"))
    }
}

use std::collections::BTreeSet;

use super::{Join, Presence, Target, Targets, TargetsCommand, TargetsEvent, TargetsRefusal};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::pipeline::{check_tags, check_target};
use crate::{Context, Subject, TargetId, Timestamp, fold, limits};

impl Aggregate for Targets {
    type Command = TargetsCommand;
    type Event = TargetsEvent;
    type Refusal = TargetsRefusal;

    fn needs(&self, _: &Subject, _: &TargetsCommand) -> Vec<Subject> {
        Vec::new()
    }

    fn decide(
        &self,
        command: &TargetsCommand,
        _: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<TargetsEvent>, TargetsRefusal> {
        match command {
            TargetsCommand::Register { target, name, tags, presence } => {
                self.register(target, name, tags, *presence)
            }
            TargetsCommand::Retag { target, tags } => {
                check_tags(tags).map_err(TargetsRefusal::Invalid)?;
                if self.known(target)?.tags == *tags {
                    return Ok(Vec::new());
                }
                Ok(vec![TargetsEvent::Retagged { target: target.clone(), tags: tags.clone() }])
            }
            TargetsCommand::SetPresence { target, presence } => {
                let known = self.known(target)?;
                if known.presence == *presence {
                    return Ok(Vec::new());
                }
                let target = target.clone();
                Ok(vec![match presence {
                    Presence::Offline => TargetsEvent::WentOffline { target },
                    Presence::Online if known.joined.is_some() => {
                        TargetsEvent::CameOnline { target, joined: None }
                    }
                    Presence::Online => TargetsEvent::CameOnline { target, joined: Some(self.next_join()?) },
                }])
            }
            TargetsCommand::Remove { target } => {
                let is_known = self.get(target).is_some();
                let removed = TargetsEvent::Removed { target: target.clone() };
                Ok(is_known.then_some(removed).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &TargetsEvent, _: Timestamp) -> Result<(), Impossible> {
        self.fold(event)
    }
}

impl Targets {
    /// One that is registered already with the same name and tags is already so, whether it is online or not: that is for
    /// [`TargetsCommand::SetPresence`] to say.
    fn register(
        &self,
        target: &TargetId,
        name: &str,
        tags: &BTreeSet<String>,
        presence: Presence,
    ) -> Result<Vec<TargetsEvent>, TargetsRefusal> {
        check_target(name, tags).map_err(TargetsRefusal::Invalid)?;
        match self.get(target) {
            Some(known) if known.name == name && known.tags == *tags => return Ok(Vec::new()),
            Some(_) => return Err(TargetsRefusal::Exists { target: target.clone() }),
            None => {}
        }
        let folded = fold(name);
        if let Some((other, known)) = self.by_id.iter().find(|(_, known)| fold(&known.name) == folded) {
            return Err(TargetsRefusal::NameTaken { name: known.name.clone(), target: other.clone() });
        }
        if self.len() >= limits::TARGETS {
            return Err(TargetsRefusal::TooMany { limit: limits::TARGETS });
        }
        let joined = match presence {
            Presence::Online => Some(self.next_join()?),
            Presence::Offline => None,
        };
        let (target, name, tags) = (target.clone(), name.to_owned(), tags.clone());
        Ok(vec![TargetsEvent::Registered { target, name, tags, joined }])
    }

    fn known(&self, target: &TargetId) -> Result<&Target, TargetsRefusal> {
        self.get(target).ok_or_else(|| TargetsRefusal::NotFound { target: target.clone() })
    }

    fn next_join(&self) -> Result<Join, Impossible> {
        let next = self.newest.0.checked_add(1);
        next.map(Join).ok_or(Impossible("a group that was joined too often"))
    }
}

use super::{Directory, DirectoryEvent};
use crate::flow::Impossible;
use crate::limits;

impl Directory {
    pub(super) fn fold(&mut self, event: &DirectoryEvent) -> Result<(), Impossible> {
        match event {
            DirectoryEvent::IdsReserved { kind, first, count } => {
                let next = self.next.entry(*kind).or_insert(1);
                if first != next {
                    return Err(Impossible("ids that were handed out before, or not in turn"));
                }
                *next += u64::from(*count);
            }
            DirectoryEvent::NameClaimed { pipeline, folded, command, .. } => {
                if self.names.get(folded).is_some_and(|owner| owner != pipeline) {
                    return Err(Impossible("a name that another pipeline has"));
                }
                if let Some(former) = self.claims.insert(*pipeline, folded.clone()) {
                    self.names.remove(&former);
                }
                self.names.insert(folded.clone(), *pipeline);
                self.commands.push_back((command.clone(), *pipeline));
                if self.commands.len() > limits::COMMANDS_REMEMBERED {
                    self.commands.pop_front();
                }
            }
            DirectoryEvent::NameFreed { pipeline } => {
                let freed = self.claims.remove(pipeline).ok_or(Impossible("a name that nobody has"))?;
                self.names.remove(&freed);
            }
        }
        Ok(())
    }
}

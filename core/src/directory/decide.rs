use super::{Directory, DirectoryCommand, DirectoryEvent, DirectoryRefusal, IdKind};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::{CommandId, Context, PipelineId, Subject, Timestamp, limits};

impl Aggregate for Directory {
    type Command = DirectoryCommand;
    type Event = DirectoryEvent;
    type Refusal = DirectoryRefusal;

    fn needs(&self, _: &Subject, _: &DirectoryCommand) -> Vec<Subject> {
        Vec::new()
    }

    fn decide(
        &self,
        command: &DirectoryCommand,
        context: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<DirectoryEvent>, DirectoryRefusal> {
        match command {
            DirectoryCommand::ReserveIds { kind, count } => self.reserve(*kind, count.get()),
            DirectoryCommand::ClaimName { pipeline, folder, name } => {
                self.claim(*pipeline, folder, name, &context.command)
            }
            DirectoryCommand::FreeName { pipeline } => Ok(match self.claims.get(pipeline) {
                Some(_) => vec![DirectoryEvent::NameFreed { pipeline: *pipeline }],
                None => Vec::new(),
            }),
        }
    }

    fn evolve(&mut self, event: &DirectoryEvent, _: Timestamp) -> Result<(), Impossible> {
        self.fold(event)
    }
}

impl Directory {
    /// R1: a number is never handed out twice.
    fn reserve(&self, kind: IdKind, count: u32) -> Result<Vec<DirectoryEvent>, DirectoryRefusal> {
        if count > limits::ID_BLOCK {
            return Err(DirectoryRefusal::TooManyIds { count, limit: limits::ID_BLOCK });
        }
        let first = self.next.get(&kind).copied().unwrap_or(1);
        Ok(vec![DirectoryEvent::IdsReserved { kind, first, count }])
    }

    /// P1: unique in its folder, compared without case.
    fn claim(
        &self,
        pipeline: PipelineId,
        folder: &str,
        name: &str,
        command: &CommandId,
    ) -> Result<Vec<DirectoryEvent>, DirectoryRefusal> {
        let compared = Self::folded(folder, name);
        if let Some((_, created)) =
            self.commands.iter().find(|(id, created)| id == command && *created != pipeline)
        {
            return Err(DirectoryRefusal::CreatedBefore { pipeline: *created });
        }
        match self.names.get(&compared) {
            Some(owner) if *owner != pipeline => Err(DirectoryRefusal::NameTaken {
                pipeline: *owner,
                folder: folder.to_owned(),
                name: name.to_owned(),
            }),
            Some(_) | None => Ok(vec![DirectoryEvent::NameClaimed {
                pipeline,
                folder: folder.to_owned(),
                name: name.to_owned(),
                folded: compared,
                command: command.clone(),
            }]),
        }
    }
}

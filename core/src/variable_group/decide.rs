use super::{VariableGroup, VariableGroupCommand, VariableGroupEvent, VariableGroupRefusal};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::pipeline::check_group;
use crate::text::text_fits;
use crate::{Context, Subject, Timestamp};

impl Aggregate for VariableGroup {
    type Command = VariableGroupCommand;
    type Event = VariableGroupEvent;
    type Refusal = VariableGroupRefusal;

    fn needs(&self, _: &Subject, _: &VariableGroupCommand) -> Vec<Subject> {
        Vec::new()
    }

    /// V2: a save names the revision that it was made against. One that changes nothing is already so.
    fn decide(
        &self,
        command: &VariableGroupCommand,
        _: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<VariableGroupEvent>, VariableGroupRefusal> {
        let VariableGroupCommand::Save { against, variables, comment } = command;
        let (against, current) = (*against, self.revision);
        if against != current {
            return Err(VariableGroupRefusal::StaleRevision { against, current });
        }
        text_fits("the comment", comment)?;
        check_group(variables).map_err(VariableGroupRefusal::Invalid)?;
        if self.exists() && *variables == self.variables {
            return Ok(Vec::new());
        }
        let revision = current.checked_add(1).ok_or(Impossible("a group that was saved too often"))?;
        Ok(vec![VariableGroupEvent::Saved {
            revision,
            comment: comment.clone(),
            variables: variables.clone(),
        }])
    }

    fn evolve(&mut self, event: &VariableGroupEvent, _: Timestamp) -> Result<(), Impossible> {
        let VariableGroupEvent::Saved { revision, variables, .. } = event;
        if self.revision.checked_add(1) != Some(*revision) {
            return Err(Impossible("a revision of a variable group that is not the next one"));
        }
        self.revision = *revision;
        self.variables.clone_from(variables);
        Ok(())
    }
}

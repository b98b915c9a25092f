//! Repeating what people did, at the times at which they did it.

use std::sync::Arc;

use super::{Order, Run};
use crate::release::{ReleaseCommand, StageEdit};
use crate::transaction::Command;
use crate::what_if::WhatIfError;
use crate::what_if::actions::Given;
use crate::what_if::record::Step;
use crate::{
    Pipeline, PipelineCommand, PipelineDefinition, PipelineId, PipelineStatusCommand, Subject, VariableGroup,
    VariableGroupCommand,
};

impl Run<'_> {
    pub(super) fn repeat(&mut self, step: &Step) -> Result<(), WhatIfError> {
        let order = Order { command: self.command_of(&step.given)?, who: step.who.clone() };
        let refused = self.give(order, None)?.err();
        let (pipeline, revision) = match &step.given {
            Given::Create { pipeline, .. } => (*pipeline, 1),
            Given::Revise { pipeline, revision, .. } => (*pipeline, *revision),
            Given::Command(_)
            | Given::ReviseStage { .. }
            | Given::EditDraft { .. }
            | Given::SaveVariables { .. }
            | Given::DeletePipeline { .. } => return Ok(()),
        };
        if let Some(because) = refused.filter(|_| pipeline == self.pipeline) {
            return Err(WhatIfError::DefinitionRefused { revision, because });
        }
        self.revisions.insert((pipeline, revision), self.revision(pipeline));
        Ok(())
    }

    fn command_of(&mut self, given: &Given) -> Result<Command, WhatIfError> {
        Ok(match given {
            Given::Command(command) => command.as_ref().clone(),
            Given::Create { pipeline, definition } => {
                let definition = self.defined(*pipeline, definition)?;
                Command::Pipeline(*pipeline, PipelineCommand::Create { definition })
            }
            Given::Revise { pipeline, restores, definition, comment, .. } => {
                let definition = self.defined(*pipeline, definition)?;
                let (against, comment) = (self.revision(*pipeline), comment.clone());
                let restored =
                    restores.and_then(|revision| self.revisions.get(&(*pipeline, revision)).copied());
                let command = match restored {
                    Some(revision) => PipelineCommand::Restore { against, revision, definition, comment },
                    None => PipelineCommand::Revise { against, definition, comment },
                };
                Command::Pipeline(*pipeline, command)
            }
            Given::ReviseStage { release, stage, jobs, definition, comment } => {
                let definition = self.changed_in(*release, definition)?;
                let revised = definition.stage(*stage);
                let edit = StageEdit {
                    stage: *stage,
                    variables: revised.map(|stage| stage.variables.clone()),
                    jobs: revised.filter(|_| *jobs).map(|stage| stage.jobs.clone()),
                    comment: comment.clone(),
                };
                Command::Release(*release, ReleaseCommand::ReviseStage(edit))
            }
            Given::EditDraft { release, edit } => {
                let mut edit = edit.as_ref().clone();
                if let Some(snapshot) = &edit.snapshot {
                    edit.snapshot = Some(self.changed_in(*release, snapshot)?);
                }
                Command::Release(*release, ReleaseCommand::EditDraft(edit))
            }
            Given::SaveVariables { group, variables, comment } => {
                let known = self.world.get(&Subject::VariableGroup(group.clone()));
                let against =
                    known.and_then(|it| it.state().as_variable_group()).map_or(0, VariableGroup::revision);
                let (variables, comment) = (variables.clone(), comment.clone());
                let save = VariableGroupCommand::Save { against, variables, comment };
                Command::VariableGroup(group.clone(), save)
            }
            Given::DeletePipeline { pipeline, not_over, comment } => {
                let stages = self.known(*pipeline).into_iter().flat_map(Pipeline::stages_ever).collect();
                let (not_over, comment) = (*not_over, comment.clone());
                let delete = PipelineStatusCommand::Delete { stages, not_over, comment };
                Command::PipelineStatus(*pipeline, delete)
            }
        })
    }

    pub(super) fn known(&self, pipeline: PipelineId) -> Option<&Pipeline> {
        self.world.get(&Subject::Pipeline(pipeline))?.state().as_pipeline()
    }

    /// The present revision, in the replay.
    fn revision(&self, pipeline: PipelineId) -> u32 {
        let current = self.known(pipeline).and_then(Pipeline::current);
        current.map_or(0, |current| current.revision)
    }

    fn defined(
        &mut self,
        pipeline: PipelineId,
        definition: &Arc<PipelineDefinition>,
    ) -> Result<Arc<PipelineDefinition>, WhatIfError> {
        let definition = self.changed(pipeline, definition)?;
        self.replay.courses.entry(pipeline).or_default().name_stages(&definition);
        Ok(definition)
    }

    fn changed_in(
        &self,
        release: crate::ReleaseId,
        definition: &Arc<PipelineDefinition>,
    ) -> Result<Arc<PipelineDefinition>, WhatIfError> {
        let pipeline = self.record.releases.get(&release).copied().unwrap_or(self.pipeline);
        self.changed(pipeline, definition)
    }

    /// The changed definition, if it is of the pipeline that is asked about. Releases come from the script, so that it needs no triggers.
    fn changed(
        &self,
        pipeline: PipelineId,
        definition: &Arc<PipelineDefinition>,
    ) -> Result<Arc<PipelineDefinition>, WhatIfError> {
        let mut changed = definition.as_ref().clone();
        if pipeline == self.pipeline {
            changed = (self.change)(changed);
        }
        if changed.triggers != definition.triggers {
            return Err(WhatIfError::not_replayable("another release trigger"));
        }
        if changed.artifacts != definition.artifacts {
            return Err(WhatIfError::not_replayable("another artifact source"));
        }
        changed.triggers.clear();
        Ok(Arc::new(changed))
    }
}

//! What people ask of a release as a whole, whatever follows in its deployments.

use std::sync::Arc;

use crate::deployment::DeploymentEvent;
use crate::release::{ReleaseCommand, ReleaseEvent};
use crate::transaction::Command;
use crate::what_if::actions::Given;
use crate::{DraftEdit, ReleaseId};

/// `None`: it is about its deployments only, or changes nothing of how they go.
pub(super) fn of_whole_release(id: ReleaseId, events: &[&ReleaseEvent]) -> Option<Given> {
    let mut edit: Option<DraftEdit> = None;
    for event in events {
        let command = match event {
            ReleaseEvent::SnapshotRevised(revised) => {
                let (definition, comment) = (Arc::clone(&revised.definition), revised.comment.clone());
                if let Some(stage) = &revised.stage {
                    let (stage, jobs) = (stage.stage, stage.jobs);
                    return Some(Given::ReviseStage { release: id, stage, jobs, definition, comment });
                }
                let edit = edit.get_or_insert_default();
                (edit.snapshot, edit.comment) = (Some(definition), comment);
                continue;
            }
            ReleaseEvent::DraftEdited { description, variables, manual_stages, artifacts } => {
                let edit = edit.get_or_insert_default();
                edit.description.clone_from(description);
                edit.variables.clone_from(variables);
                edit.manual_stages.clone_from(manual_stages);
                edit.artifacts.clone_from(artifacts);
                continue;
            }
            ReleaseEvent::Started {} => ReleaseCommand::Start,
            ReleaseEvent::Abandoned { comment } => ReleaseCommand::Abandon { comment: comment.clone() },
            ReleaseEvent::Deleted { comment } => ReleaseCommand::Delete { comment: comment.clone() },
            ReleaseEvent::Restored {} => ReleaseCommand::Restore,
            ReleaseEvent::Reactivated {} => ReleaseCommand::Reactivate,
            ReleaseEvent::TargetNamed { target, .. } => {
                ReleaseCommand::DeployUpTo { target: *target, comment: comment_of_trigger(events) }
            }
            // What is said of it changes nothing; the others follow from something else.
            ReleaseEvent::Created(_)
            | ReleaseEvent::Edited { .. }
            | ReleaseEvent::KeptForever { .. }
            | ReleaseEvent::LetGo { .. }
            | ReleaseEvent::TriggerIgnored { .. }
            | ReleaseEvent::Deployment(_) => continue,
        };
        return Some(Given::Command(Box::new(Command::Release(id, command))));
    }
    edit.map(|edit| Given::EditDraft { release: id, edit: Box::new(edit) })
}

fn comment_of_trigger(events: &[&ReleaseEvent]) -> String {
    let of_trigger = events.iter().find_map(|event| {
        if let ReleaseEvent::Deployment(DeploymentEvent::Triggered(trigger)) = event {
            Some(trigger.comment.clone())
        } else {
            None
        }
    });
    of_trigger.unwrap_or_default()
}

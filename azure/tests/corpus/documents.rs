//! Releases, approvals, deployments, interventions and events of services are read, and say the same when they are written.

use std::error::Error;
use std::fmt::Debug;

use cutover_azure::documents::{
    Approval, Deployment, Document, Intervention, Parsed, Release, ReleaseStage, ServiceEvent,
};
use cutover_azure::{DocumentKind, ImportError, import};

use crate::{File, files};

/// Reads one, writes it and reads it again.
fn is_the_same<T: Document + PartialEq + Debug>(file: &File) -> Result<(), Box<dyn Error>> {
    let first: Parsed<T> = T::parse(&file.bytes).map_err(|error| format!("{}: {error}", file.name))?;
    assert_eq!(first.warnings, [], "{}", file.name);
    let second = T::parse(first.document.to_json().as_bytes())?;
    assert_eq!(second, first, "{}", file.name);
    Ok(())
}

fn kind(file: &File) -> Option<DocumentKind> {
    match import(&file.bytes) {
        Err(ImportError::NotADefinition(kind)) => Some(kind),
        Ok(_) | Err(_) => None,
    }
}

#[test]
fn every_document_is_the_same_after_it_was_written() -> Result<(), Box<dyn Error>> {
    let Some(files) = files(&["rel", "rels", "apr", "dep", "evt"])? else { return Ok(()) };
    let mut read = 0;
    for file in &files {
        match kind(file) {
            Some(DocumentKind::Release) => is_the_same::<Release>(file)?,
            Some(DocumentKind::ReleaseStage) => is_the_same::<ReleaseStage>(file)?,
            Some(DocumentKind::Approval) => is_the_same::<Approval>(file)?,
            Some(DocumentKind::Deployment) => is_the_same::<Deployment>(file)?,
            Some(DocumentKind::ManualIntervention) => is_the_same::<Intervention>(file)?,
            // Those of others are no service hook's.
            Some(DocumentKind::Event) if !file.name.contains("-vstsdocs-") && !file.name.contains("-tfs") => {
                assert!(ServiceEvent::parse(&file.bytes).is_err(), "{}", file.name);
                continue;
            }
            Some(DocumentKind::Event) => is_the_same::<ServiceEvent>(file)?,
            kind => return Err(format!("{} is {kind:?}", file.name).into()),
        }
        read += 1;
    }
    assert!(read > 30, "{read} documents");
    Ok(())
}

#[test]
fn events_of_releases_have_what_they_tell_of() -> Result<(), Box<dyn Error>> {
    let Some(files) = files(&["evt"])? else { return Ok(()) };
    for file in files.iter().filter(|file| file.name.contains("-ms-vss-release-")) {
        let event = ServiceEvent::parse(&file.bytes)?.document;
        let resource = event.resource;
        let is_there = if event.kind.contains("approval") {
            resource.approval.is_some_and(|approval| approval.status.is_some() && approval.rest.is_empty())
        } else if event.kind.contains("deployment") {
            resource.stage.is_some_and(|stage| stage.status.is_some() && stage.name == "Dev")
        } else {
            resource.release.is_some_and(|release| !release.stages.is_empty() && release.created_on.is_some())
        };
        assert!(is_there && resource.project.is_some() && resource.rest.is_empty(), "{}", file.name);
    }
    Ok(())
}

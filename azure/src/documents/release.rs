//! Releases (R).

use std::collections::BTreeMap;

use cutover::Timestamp;
use serde_json::{Value, json};

use super::names::names;
use super::record::record;
use super::{Document, Identity, Project, Reference, ReleaseStage};
use crate::kind::DocumentKind;

names! {
    /// Where a release stands (R2).
    pub enum ReleaseStatus {
        /// Not said.
        Undefined = 0 "undefined",
        /// It can be edited, and deploys nothing.
        Draft = 1 "draft",
        /// It deploys.
        Active = 2 "active",
        /// It deploys nothing any more.
        Abandoned = 4 "abandoned",
    }
}

names! {
    /// Why a release was created (T5).
    pub enum ReleaseReason {
        /// Not said.
        None = 0 "none",
        /// Somebody created it.
        Manual = 1 "manual",
        /// A new version of an artifact.
        ContinuousIntegration = 2 "continuousIntegration",
        /// A schedule.
        Schedule = 3 "schedule",
        /// A pull request.
        PullRequest = 4 "pullRequest",
    }
}

record! {
    /// A release.
    ///
    /// ```
    /// use cutover_azure::documents::{Document, Release, ReleaseStatus};
    ///
    /// let sent = br#"{ "id": 17, "name": "Release-17", "status": "active", "keepForever": false, "createdOn": "2026-03-01T12:30:00.12Z" }"#;
    /// let release = Release::parse(sent)?.document;
    /// assert_eq!(release.status, Some(ReleaseStatus::Active));
    /// assert!(release.created_on.is_some_and(|time| time.timestamp_subsec_millis() == 120));
    /// # Ok::<(), cutover_azure::ImportError>(())
    /// ```
    pub struct Release {
        /// Its number.
        id: Option<i64> = "id",
        /// Its name.
        name: String = "name",
        /// Where it stands.
        status: Option<ReleaseStatus> = "status",
        /// Why it was created.
        reason: Option<ReleaseReason> = "reason",
        /// For people.
        description: String = "description",
        /// What was said at its last change.
        comment: String = "comment",
        /// Who created it.
        created_by: Option<Identity> = "createdBy",
        /// For whom.
        created_for: Option<Identity> = "createdFor",
        /// When.
        created_on: Option<Timestamp> = "createdOn",
        /// Who changed it last.
        modified_by: Option<Identity> = "modifiedBy",
        /// When.
        modified_on: Option<Timestamp> = "modifiedOn",
        /// Whether it is excluded from retention.
        keep_forever: bool = "keepForever",
        /// Its pipeline.
        release_definition: Option<Reference> = "releaseDefinition",
        /// The revision of its pipeline that it was made from.
        release_definition_revision: Option<i64> = "releaseDefinitionRevision",
        /// The revision of its snapshot.
        snapshot_revision: Option<i64> = "definitionSnapshotRevision",
        /// How it was named.
        name_format: String = "releaseNameFormat",
        /// Its stages.
        stages: Vec<ReleaseStage> = "environments",
        /// The versions that it deploys.
        artifacts: Vec<ReleaseArtifact> = "artifacts",
        /// Its variables.
        variables: BTreeMap<String, ReleaseVariable> = "variables",
        /// For people and searches.
        tags: Vec<String> = "tags",
        /// The source whose new version made it.
        triggering_alias: String = "triggeringArtifactAlias",
        /// Its project.
        project: Option<Project> = "projectReference",
    }
}

record! {
    /// A version that a release deploys.
    pub struct ReleaseArtifact {
        /// The source's alias.
        alias: String = "alias",
        /// What kind of source it is.
        kind: String = "type",
        /// The source.
        source_id: String = "sourceId",
        /// Whether it is the primary one.
        is_primary: bool = "isPrimary",
        /// What it points to, the version included, by parts.
        parts: BTreeMap<String, ArtifactPart> = "definitionReference",
    }
}

record! {
    /// A part of what an artifact points to.
    pub struct ArtifactPart {
        /// Its id.
        id: String = "id",
        /// Its name.
        name: String = "name",
    }
}

record! {
    /// A variable of a release or of a stage of it. A secret has no value.
    pub struct ReleaseVariable {
        /// Its value.
        value: Option<String> = "value",
        /// Whether it is a secret.
        is_secret: bool = "isSecret",
        /// Whether a value could be given when the release was created.
        allow_override: bool = "allowOverride",
    }
}

impl ReleaseArtifact {
    /// The id of the version; empty if it is not said.
    pub fn version(&self) -> &str {
        let found = self.parts.iter().find(|(key, _)| key.eq_ignore_ascii_case("version"));
        found.map_or("", |(_, version)| &version.id)
    }
}

impl Document for Release {
    const NAME: &'static str = "a release";

    fn is_one(kind: Option<DocumentKind>) -> bool {
        kind == Some(DocumentKind::Release)
    }

    fn known_by() -> Vec<(&'static str, Value)> {
        vec![("keepForever", json!(false))]
    }
}

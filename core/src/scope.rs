//! What a freeze or a grant is for: the store, a folder, a pipeline, a stage (F1, U1).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PipelineId, StageId, fold};

/// A part of the store. Folders nest: one holds the pipelines in it, and those in the folders in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All of it.
    Store,
    /// A folder by its path, compared without case; `\` is the root, which holds all pipelines.
    Folder(String),
    /// A pipeline.
    Pipeline(PipelineId),
    /// A stage of a pipeline.
    Stage {
        /// The pipeline.
        pipeline: PipelineId,
        /// The stage.
        stage: StageId,
    },
}

/// Where something is: what it is part of, from the nearest to the farthest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    scope: Scope,
    folder: Option<String>,
}

/// How near a scope is to a site that it covers: the greater, the nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nearness(usize);

impl Site {
    /// The store as a whole.
    pub const fn store() -> Self {
        Self { scope: Scope::Store, folder: None }
    }

    /// A folder as a whole.
    pub fn folder(path: &str) -> Self {
        Self { scope: Scope::Folder(path.to_owned()), folder: Some(path.to_owned()) }
    }

    /// A pipeline, which is in this folder.
    pub fn pipeline(pipeline: PipelineId, folder: &str) -> Self {
        Self { scope: Scope::Pipeline(pipeline), folder: Some(folder.to_owned()) }
    }

    /// A stage of it.
    #[must_use]
    pub fn stage(mut self, stage: StageId) -> Self {
        if let Scope::Pipeline(pipeline) | Scope::Stage { pipeline, .. } = self.scope {
            self.scope = Scope::Stage { pipeline, stage };
        }
        self
    }

    /// The nearest scope that covers it.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    const fn pipeline_and_stage(&self) -> (Option<PipelineId>, Option<StageId>) {
        match self.scope {
            Scope::Store | Scope::Folder(_) => (None, None),
            Scope::Pipeline(pipeline) => (Some(pipeline), None),
            Scope::Stage { pipeline, stage } => (Some(pipeline), Some(stage)),
        }
    }
}

impl Scope {
    /// How near it is to the site; `None` if it does not cover it.
    ///
    /// ```
    /// use cutover::{PipelineId, Scope, Site};
    ///
    /// let shop = Site::pipeline(PipelineId(1), r"\Web\Shop");
    /// let [web, inner, other] = [r"\web", r"\web\shop", r"\we"].map(|path| Scope::Folder(path.to_owned()));
    /// assert!(inner.nearness_to(&shop) > web.nearness_to(&shop));
    /// assert!(web.nearness_to(&shop) > Scope::Store.nearness_to(&shop));
    /// assert_eq!(other.nearness_to(&shop), None);
    /// ```
    pub fn nearness_to(&self, site: &Site) -> Option<Nearness> {
        let (in_pipeline, in_stage) = site.pipeline_and_stage();
        match self {
            Self::Store => Some(Nearness(0)),
            Self::Folder(path) => {
                let depth = depth_if_within(path, site.folder.as_deref()?)?;
                Some(Nearness(1 + depth))
            }
            Self::Pipeline(pipeline) => (in_pipeline == Some(*pipeline)).then_some(Nearness(usize::MAX - 1)),
            Self::Stage { pipeline, stage } => {
                let is_it = in_pipeline == Some(*pipeline) && in_stage == Some(*stage);
                is_it.then_some(Nearness(usize::MAX))
            }
        }
    }

    /// Whether the site is part of it.
    pub fn covers(&self, site: &Site) -> bool {
        self.nearness_to(site).is_some()
    }

    /// The pipeline that it is, or is in.
    pub const fn in_pipeline(&self) -> Option<PipelineId> {
        match self {
            Self::Store | Self::Folder(_) => None,
            Self::Pipeline(pipeline) | Self::Stage { pipeline, .. } => Some(*pipeline),
        }
    }
}

/// How deep the folder `outer` is, if `inner` is the same or in it: 0 for the root.
fn depth_if_within(outer: &str, inner: &str) -> Option<usize> {
    let (outer, inner) = (fold(outer), fold(inner));
    let mut inner = parts(&inner);
    let mut depth = 0;
    for part in parts(&outer) {
        if inner.next() != Some(part) {
            return None;
        }
        depth += 1;
    }
    Some(depth)
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('\\').filter(|part| !part.is_empty())
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store => f.write_str("the store"),
            Self::Folder(path) => write!(f, "folder {path}"),
            Self::Pipeline(pipeline) => write!(f, "pipeline {pipeline}"),
            Self::Stage { pipeline, stage } => write!(f, "stage {stage} of pipeline {pipeline}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &str) -> Scope {
        Scope::Folder(path.to_owned())
    }

    #[test]
    fn a_stage_is_nearer_than_its_pipeline_than_its_folder_than_the_folder_around_it_than_the_store() {
        let (pipeline, stage) = (PipelineId(1), StageId(2));
        let site = Site::pipeline(pipeline, "\\Web\\Shop").stage(stage);
        let scopes = [
            Scope::Store,
            folder("\\"),
            folder("\\WEB"),
            folder("\\web\\shop"),
            Scope::Pipeline(pipeline),
            Scope::Stage { pipeline, stage },
        ];
        let nearness: Vec<_> = scopes.iter().map(|scope| scope.nearness_to(&site)).collect();
        assert!(nearness.iter().all(Option::is_some) && nearness.is_sorted_by(|one, two| one < two));
    }

    #[test]
    fn what_is_elsewhere_is_not_covered() {
        let site = Site::pipeline(PipelineId(1), "\\web").stage(StageId(2));
        for scope in [
            folder("\\webshop"),
            folder("\\we"),
            folder("\\web\\shop"),
            Scope::Pipeline(PipelineId(2)),
            Scope::Stage { pipeline: PipelineId(2), stage: StageId(2) },
            Scope::Stage { pipeline: PipelineId(1), stage: StageId(1) },
        ] {
            assert!(!scope.covers(&site), "{scope}");
        }
        let whole = Site::pipeline(PipelineId(1), "\\web");
        assert!(!Scope::Stage { pipeline: PipelineId(1), stage: StageId(2) }.covers(&whole));
        assert!(Scope::Store.covers(&Site::store()) && !folder("\\").covers(&Site::store()));
        assert!(folder("\\web").covers(&Site::folder("\\Web\\Shop")));
    }
}

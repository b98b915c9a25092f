//! How far a release goes by itself (S6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{PipelineDefinition, StageId, StageTrigger};

/// The stages that start by themselves in a release: all of them, or those on the paths to the targets that were named (S6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// No target was named.
    #[default]
    Everything,
    /// These stages.
    Stages(BTreeSet<StageId>),
}

impl Reach {
    /// Whether the stage may start by itself.
    pub fn includes(&self, stage: StageId) -> bool {
        match self {
            Self::Everything => true,
            Self::Stages(stages) => stages.contains(&stage),
        }
    }

    /// The reach in another version of the definition: to the same target, of which every stage of it comes before. `None` if it has no
    /// such stage any more.
    #[must_use]
    pub(crate) fn carried_over(&self, from: &PipelineDefinition, to: &PipelineDefinition) -> Option<Self> {
        let Self::Stages(stages) = self else { return Some(Self::Everything) };
        let target = stages.iter().copied().find(|target| path_to(from, *target) == *stages)?;
        to.stage(target)?;
        Some(Self::Stages(path_to(to, target)))
    }

    /// The reach after another path was added: the first target that is named bounds it, each further one widens it.
    #[must_use]
    pub fn with_path(&self, path: &BTreeSet<StageId>) -> Self {
        match self {
            Self::Everything => Self::Stages(path.clone()),
            Self::Stages(stages) => Self::Stages(stages.union(path).copied().collect()),
        }
    }
}

/// The target and all that it comes after, directly or not (S6).
pub fn path_to(definition: &PipelineDefinition, target: StageId) -> BTreeSet<StageId> {
    let mut path = BTreeSet::new();
    let mut open = vec![target];
    while let Some(id) = open.pop() {
        if !path.insert(id) {
            continue;
        }
        if let Some(StageTrigger::AfterStages(after)) = definition.stage(id).map(|stage| &stage.trigger) {
            open.extend(after.iter().map(|condition| condition.stage));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;

    #[test]
    fn the_path_to_a_target_is_all_that_it_comes_after_and_nothing_beside() {
        let [dev, europe, america, prod] = [1, 2, 3, 4].map(StageId);
        let definition = PipelineDefinition::new("p")
            .with_stage(Stage::new(dev, "Dev").after_release())
            .with_stage(Stage::new(europe, "Europe").after(&[dev]))
            .with_stage(Stage::new(america, "America").after(&[dev]))
            .with_stage(Stage::new(prod, "Prod").after(&[europe, america]));
        assert_eq!(path_to(&definition, europe), BTreeSet::from([dev, europe]));
        assert_eq!(path_to(&definition, prod), BTreeSet::from([dev, europe, america, prod]));
        let reach = Reach::Everything.with_path(&path_to(&definition, europe));
        assert!(reach.includes(dev) && !reach.includes(america));
        assert!(reach.with_path(&path_to(&definition, america)).includes(america));
    }
}

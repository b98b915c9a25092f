//! Which stage each id has ever named (P3).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::place::Place;
use super::validate::{Problem, fold};
use super::{PipelineDefinition, Stage};
use crate::{StageId, limits};

/// The ids of all stages that a pipeline ever had, each with the name that its stage had last. Copies share it: it grows only
/// with a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StageIds(Arc<BTreeMap<StageId, String>>);

impl StageIds {
    /// The ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = StageId> + '_ {
        self.0.keys().copied()
    }

    /// Remembers the stages of a definition that was taken.
    pub(super) fn remember(&mut self, definition: &PipelineDefinition) {
        let is_news = |stage: &&Stage| self.0.get(&stage.id) != Some(&stage.name);
        let news: Vec<_> = definition.stages.iter().filter(is_news).collect();
        if !news.is_empty() {
            let names = Arc::make_mut(&mut self.0);
            names.extend(news.into_iter().map(|stage| (stage.id, stage.name.clone())));
        }
    }

    /// What is wrong with the ids of the stages that `next` would add to `current`. A stage that was removed may come back under its
    /// id, whatever the case of its name; a stage that is there may be renamed.
    pub(super) fn problems(&self, current: &PipelineDefinition, next: &PipelineDefinition) -> Vec<Problem> {
        let root = Place::Definition;
        let mut problems = Vec::new();
        let mut ids = self.0.len();
        for (index, stage) in next.stages.iter().enumerate().take(limits::STAGES) {
            if current.stage(stage.id).is_some() {
                continue;
            }
            match self.0.get(&stage.id) {
                None => ids += 1,
                Some(before) if fold(before) == fold(&stage.name) => {}
                Some(before) => problems.push(Problem {
                    path: root.item("stages", index).field("id").to_string(),
                    what: format!(
                        "{} was that of stage {before:?}, which was removed: give {:?} an id of its own",
                        stage.id, stage.name
                    ),
                }),
            }
        }
        if ids > limits::STAGE_IDS {
            let most = limits::STAGE_IDS;
            problems.push(Problem {
                path: root.field("stages").to_string(),
                what: format!("must have at most {most} different ids over all revisions, would have {ids}"),
            });
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(stages: impl IntoIterator<Item = (u32, &'static str)>) -> PipelineDefinition {
        let stages = stages.into_iter().map(|(id, name)| Stage::new(StageId(id), name));
        stages.fold(PipelineDefinition::new("Shop"), PipelineDefinition::with_stage)
    }

    /// What is wrong with the last revision after all before it were taken.
    fn problems(revisions: &[PipelineDefinition]) -> Vec<String> {
        let mut ids = StageIds::default();
        let (next, taken) = revisions.split_last().expect("there are some");
        for definition in taken {
            ids.remember(definition);
        }
        let current = taken.last().expect("there are some");
        ids.problems(current, next).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_stage_that_is_there_may_be_renamed() {
        assert!(problems(&[with([(1, "Dev"), (2, "QA")]), with([(1, "Dev"), (2, "Test")])]).is_empty());
    }

    #[test]
    fn the_id_of_a_stage_that_was_removed_is_not_given_to_another() {
        let revisions =
            [with([(1, "Dev"), (2, "QA")]), with([(1, "Dev")]), with([(1, "Dev"), (3, "A"), (2, "Prod")])];
        let said =
            "stages[2].id: 2 was that of stage \"QA\", which was removed: give \"Prod\" an id of its own";
        assert_eq!(problems(&revisions), [said]);
    }

    #[test]
    fn a_stage_that_was_removed_comes_back_under_its_id_and_its_last_name() {
        let renamed_and_removed =
            [with([(1, "Dev"), (2, "QA")]), with([(1, "Dev"), (2, "Test")]), with([(1, "Dev")])];
        let and_then = |name| {
            let mut revisions = renamed_and_removed.to_vec();
            revisions.push(with([(1, "Dev"), (2, name)]));
            problems(&revisions)
        };
        assert!(and_then("TEST").is_empty());
        assert_eq!(and_then("QA").len(), 1);
    }

    #[test]
    fn there_are_so_many_ids_over_all_revisions_and_no_more() {
        let most = u32::try_from(limits::STAGE_IDS).expect("it is small");
        let mut ids = StageIds::default();
        for id in 1..most {
            ids.remember(&with([(id, "Dev")]));
        }
        let current = with([(most - 1, "Dev")]);
        assert!(ids.problems(&current, &with([(most, "Dev")])).is_empty());
        assert_eq!(ids.problems(&current, &with([(most, "Dev"), (most + 1, "QA")])).len(), 1);
    }
}

//! Who a stage, or a schedule, of an import is: by its id, or else by its name, or by what it says (P3, X2).

use std::collections::{BTreeMap, BTreeSet};

use cutover::{PipelineDefinition, Schedule, ScheduleId, StageId};

use crate::conditions::folded;

/// What a file says of who a stage is.
pub(crate) struct Written {
    /// Its id; zero where it says so.
    pub(crate) id: Option<StageId>,
    /// Its name, [folded]; empty if it has none.
    pub(crate) name: String,
}

/// The ids of the stages of a file. Where a pipeline is known that it is imported over, a stage of the file is the one of the same id; if
/// there is none, the one of the same name. All others are new: they keep an id that is positive and theirs alone, or get the lowest
/// that is left.
pub(crate) fn choose(written: &[Written], known: Option<&PipelineDefinition>) -> Vec<StageId> {
    let mut times: BTreeMap<StageId, usize> = BTreeMap::new();
    for id in written.iter().filter_map(|stage| stage.id) {
        *times.entry(id).or_default() += 1;
    }
    let own: Vec<_> = written
        .iter()
        .map(|stage| stage.id.filter(|id| *id > StageId(0) && times.get(id) == Some(&1)))
        .collect();
    let stages = || known.into_iter().flat_map(|known| &known.stages);
    let known_ids: BTreeSet<_> = stages().map(|stage| stage.id).collect();
    let by_name: BTreeMap<_, _> = stages().map(|stage| (folded(&stage.name), stage.id)).collect();
    let mut chosen: Vec<_> = own.iter().map(|id| id.filter(|id| known_ids.contains(id))).collect();
    let mut taken: BTreeSet<_> = chosen.iter().flatten().copied().collect();
    for (stage, id) in written.iter().zip(&mut chosen).filter(|(_, id)| id.is_none()) {
        *id = by_name.get(&stage.name).copied().filter(|id| taken.insert(*id));
    }
    for (own, id) in own.iter().zip(&mut chosen).filter(|(_, id)| id.is_none()) {
        // What no stage of the file is any more is not given to another one.
        *id = own.filter(|own| !known_ids.contains(own) && taken.insert(*own));
    }
    let mut free = (1..=u32::MAX).map(StageId).filter(|id| !taken.contains(id) && !known_ids.contains(id));
    // There are fewer stages than numbers, so that one is always left.
    chosen.iter().map(|id| id.or_else(|| free.next()).unwrap_or(StageId(u32::MAX))).collect()
}

/// Gives schedules the ids of the known ones that say the same, the others those that are left at their places, or new ones.
pub(crate) fn keep_schedules(schedules: &mut [&mut Schedule], known: &[Schedule]) {
    let mut left: Vec<_> = known.iter().map(Some).collect();
    let mut chosen: Vec<Option<ScheduleId>> = vec![None; schedules.len()];
    for (schedule, id) in schedules.iter().zip(&mut chosen) {
        let is_same = |known: &Schedule| *known == Schedule { id: known.id, ..(**schedule).clone() };
        let found = left.iter_mut().find(|known| known.is_some_and(is_same));
        *id = found.and_then(Option::take).map(|known| known.id);
    }
    for (place, id) in chosen.iter_mut().enumerate().filter(|(_, id)| id.is_none()) {
        *id = left.get_mut(place).and_then(Option::take).map(|known| known.id);
    }
    let highest = known.iter().map(|known| known.id.0).max().unwrap_or(0);
    let mut new = (highest.saturating_add(1)..=u32::MAX).map(ScheduleId);
    for (schedule, id) in schedules.iter_mut().zip(chosen) {
        schedule.id = id.or_else(|| new.next()).unwrap_or(ScheduleId(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use cutover::Stage;

    use super::*;

    fn ids(written: &[(i64, &str)], known: &[(u32, &str)]) -> Vec<u32> {
        let written: Vec<_> = written
            .iter()
            .map(|(id, name)| Written { id: u32::try_from(*id).ok().map(StageId), name: folded(name) })
            .collect();
        let stages = known.iter().map(|(id, name)| Stage::new(StageId(*id), *name));
        let known = stages.fold(PipelineDefinition::new("Shop"), PipelineDefinition::with_stage);
        choose(&written, Some(&known)).iter().map(|id| id.0).collect()
    }

    #[test]
    fn without_a_pipeline_that_is_known_own_ids_are_kept_and_others_filled_in() {
        assert_eq!(ids(&[(7, "Dev"), (0, "QA"), (-2, "Prod")], &[]), [7, 1, 2]);
        assert_eq!(ids(&[(7, "Dev"), (7, "QA"), (1, "Prod")], &[]), [2, 3, 1]);
    }

    #[test]
    fn a_stage_is_known_by_its_id_and_else_by_its_name() {
        let known = [(1, "Dev"), (5, "QA"), (9, "Prod")];
        assert_eq!(ids(&[(5, "Test"), (1, "Dev")], &known), [5, 1], "renamed");
        assert_eq!(ids(&[(0, "prod "), (0, "DEV")], &known), [9, 1], "by name, whatever its case");
        assert_eq!(ids(&[(31, "QA"), (32, "Load")], &known), [5, 32], "exported by another server");
        assert_eq!(ids(&[(5, "Test"), (0, "QA")], &known), [5, 2], "QA is Test now: another one is new");
    }

    #[test]
    fn a_stage_that_is_new_gets_no_id_of_one_that_is_gone() {
        assert_eq!(ids(&[(0, "Load"), (0, "Dev")], &[(1, "Dev"), (2, "QA")]), [3, 1]);
        assert_eq!(ids(&[(4, "Dev"), (1, "Load")], &[(1, "Dev"), (2, "QA")]), [4, 1], "renamed");
    }
}

//! Which stages come after which, and where that goes in a circle (P4).

use std::collections::{BTreeMap, BTreeSet};

use super::report::Report;
use crate::pipeline::place::Place;
use crate::pipeline::{AfterStage, Stage, StageTrigger};
use crate::{StageId, limits};

/// The "after stages" conditions of a pipeline, by the places of its stages.
pub(super) struct Graph<'d> {
    stages: &'d [Stage],
    /// Where each id is first found.
    places: BTreeMap<StageId, usize>,
    /// The circles that were found, by the place of the first stage on each.
    cycles: BTreeMap<usize, Vec<usize>>,
}

impl<'d> Graph<'d> {
    /// All stages can be named; circles are looked for among as many as a pipeline may have.
    pub(super) fn new(stages: &'d [Stage]) -> Self {
        let mut places = BTreeMap::new();
        for (index, stage) in stages.iter().enumerate() {
            places.entry(stage.id).or_insert(index);
        }
        let earlier = stages
            .iter()
            .enumerate()
            .take(limits::STAGES)
            .map(|(index, stage)| {
                let named = conditions(stage).iter().take(limits::STAGES);
                let known = named.filter_map(|after| places.get(&after.stage).copied());
                known.filter(|&earlier| earlier != index && earlier < limits::STAGES).collect()
            })
            .collect();
        let cycles = cycles(earlier);
        Self { stages, places, cycles }
    }

    /// Reports what is wrong with the conditions of one stage.
    pub(super) fn check(&self, report: &mut Report, at: &Place<'_>, index: usize, stage: &Stage) {
        let StageTrigger::AfterStages(after) = &stage.trigger else {
            return;
        };
        let place = at.field("trigger.after-stages");
        if after.is_empty() {
            report.add(&place, "must name at least one stage");
        }
        report.length(&place, after.len(), limits::STAGES);
        let mut seen = BTreeSet::new();
        for (entry, AfterStage { stage: id, .. }) in after.iter().enumerate().take(limits::STAGES) {
            let item = at.item("trigger.after-stages", entry);
            let place = item.field("stage");
            if !self.places.contains_key(id) {
                report.add(&place, format!("there is no stage with id {id}"));
            } else if *id == stage.id {
                report.add(&place, "a stage can't come after itself");
            }
            if !seen.insert(*id) {
                report.add(&place, format!("names the stage with id {id} more than once"));
            }
        }
        if let Some(cycle) = self.cycles.get(&index) {
            let names = cycle.iter().chain([&index]).filter_map(|&on| self.stages.get(on));
            let names: Vec<_> = names.map(|stage| stage.name.as_str()).collect();
            report.add(&place, format!("stages wait for each other in a circle: {}", names.join(" -> ")));
        }
    }
}

fn conditions(stage: &Stage) -> &[AfterStage] {
    match &stage.trigger {
        StageTrigger::AfterStages(after) => after,
        StageTrigger::Manual | StageTrigger::AfterRelease => &[],
    }
}

/// Circles that share no stage, so that every stage which can't be started for one is on a reported one or behind one; each from
/// its first stage in the order in which they would start each other. `earlier` holds for each stage those that it comes after.
///
/// It takes away stages that wait for none that is left, and stages that none that is left waits for, until each that remains has
/// one before it: going from stage to stage then ends in a circle. No recursion, whatever the definition.
fn cycles(earlier: Vec<BTreeSet<usize>>) -> BTreeMap<usize, Vec<usize>> {
    let mut left: BTreeMap<usize, BTreeSet<usize>> = earlier.into_iter().enumerate().collect();
    let mut cycles = BTreeMap::new();
    loop {
        trim(&mut left);
        let Some((&begin, _)) = left.first_key_value() else {
            return cycles;
        };
        let mut walk = vec![begin];
        let mut cycle = loop {
            let next = walk.last().and_then(|stage| left.get(stage)?.first().copied());
            let Some(next) = next else { return cycles };
            if let Some(from) = walk.iter().position(|&stage| stage == next) {
                break walk.split_off(from);
            }
            walk.push(next);
        };
        // It was walked against the order in which stages start.
        cycle.reverse();
        let first = (0..cycle.len()).min_by_key(|&place| cycle[place]).unwrap_or(0);
        cycle.rotate_left(first);
        for stage in &cycle {
            left.remove(stage);
        }
        cycles.insert(cycle[0], cycle);
    }
}

/// Takes away what is on no circle because nothing is left before it.
fn trim(left: &mut BTreeMap<usize, BTreeSet<usize>>) {
    loop {
        let still: BTreeSet<usize> = left.keys().copied().collect();
        for earlier in left.values_mut() {
            earlier.retain(|stage| still.contains(stage));
        }
        left.retain(|_, earlier| !earlier.is_empty());
        if left.len() == still.len() {
            return;
        }
    }
}

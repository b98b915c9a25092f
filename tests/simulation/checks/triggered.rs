//! Each pipeline observes each publication once, in order, and its triggers make of it the releases that they want, each one: none is lost
//! and none is made twice, whatever crashes (T0, T1, T3, T6, I8).

use std::collections::{BTreeMap, BTreeSet};

use cutover::artifact::ArtifactEvent;
use cutover::transaction::World;
use cutover::{
    ArtifactFeed, Event, Occasion, PipelineDefinition, PipelineEvent, PipelineId, ReleaseId, ReleaseTrigger,
    SourceId, Subject, TriggerKind,
};
use cutover_engine::simulation::{Checker, Seen, Simulation};

use super::Verdict;
use crate::published::{Publication, is_wanted};
use crate::seen;

#[derive(Default)]
pub struct Triggered {
    feeds: BTreeMap<SourceId, Vec<Publication>>,
    pipelines: BTreeMap<PipelineId, Pipeline>,
}

#[derive(Default)]
struct Pipeline {
    /// Those of the present definition that are enabled, by their places.
    triggers: BTreeMap<u32, Known>,
    /// How many publications of each source it has observed.
    observed: BTreeMap<SourceId, usize>,
    releases: BTreeSet<ReleaseId>,
}

struct Known {
    trigger: ReleaseTrigger,
    source: SourceId,
    /// How many publications there were when it came.
    since: usize,
    /// The publications that it has answered, each once.
    answered: BTreeSet<usize>,
}

impl Checker for Triggered {
    fn recorded(&mut self, seen: &Seen, _: &World) -> Verdict {
        let numbered: BTreeSet<ReleaseId> = seen
            .events
            .iter()
            .filter_map(|it| match &it.event {
                Event::Pipeline(PipelineEvent::ReleaseNumbered(numbered)) => Some(numbered.release),
                _ => None,
            })
            .collect();
        for happening in &seen.events {
            match (&happening.subject, &happening.event) {
                (Subject::Artifact(source), Event::Artifact(event)) => self.publish(source, event)?,
                (Subject::Pipeline(id), Event::Pipeline(event)) => {
                    self.of_pipeline(*id, event, &numbered)
                        .map_err(|why| format!("{why}, in pipeline {id}: {event:?}"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Triggered {
    fn publish(&mut self, source: &SourceId, event: &ArtifactEvent) -> Verdict {
        let feed = self.feeds.entry(source.clone()).or_default();
        let (number, publication) = match event {
            ArtifactEvent::Published { publication, version } => {
                (publication, Publication { version: version.clone(), before: None })
            }
            ArtifactEvent::Tagged { publication, version, tags } => {
                let known = feed.iter().rev().find(|it| it.version.id == *version);
                let before = known.ok_or("A2: what was never published is tagged")?.version.clone();
                let mut version = before.clone();
                version.tags.extend(tags.iter().cloned());
                (publication, Publication { version, before: Some(before) })
            }
        };
        feed.push(publication);
        ensure!(*number == feed.len() as u64, "A2: publication {number} is the {}th", feed.len());
        Ok(())
    }

    fn of_pipeline(
        &mut self,
        id: PipelineId,
        event: &PipelineEvent,
        numbered: &BTreeSet<ReleaseId>,
    ) -> Verdict {
        let pipeline = self.pipelines.entry(id).or_default();
        match event {
            PipelineEvent::Created { definition, .. } | PipelineEvent::Revised { definition, .. } => {
                pipeline.take(definition, &self.feeds);
                Ok(())
            }
            PipelineEvent::ReleaseNumbered(numbered) => {
                ensure!(pipeline.releases.insert(numbered.release), "R1: numbered twice");
                Ok(())
            }
            PipelineEvent::TriggerFired { trigger, source, publication, version, release, .. } => {
                ensure!(numbered.contains(release), "T1: it fires, and makes no release");
                pipeline.answer(*trigger, source, *publication, version, &self.feeds)
            }
            PipelineEvent::TriggerDeclined { trigger, occasion, .. } => match occasion {
                Occasion::Publication { source, publication, version, .. } => {
                    pipeline.answer(*trigger, source, *publication, version, &self.feeds)
                }
                Occasion::Occurrence { .. } => Ok(()),
            },
            PipelineEvent::PublicationObserved { source, publication, asked, .. } => {
                pipeline.observe(source, *publication, *asked, &self.feeds)
            }
            PipelineEvent::Renamed { .. }
            | PipelineEvent::Observing { .. }
            | PipelineEvent::SchedulesArmed { .. }
            | PipelineEvent::ScheduleCame { .. }
            | PipelineEvent::ScheduleFired { .. } => Ok(()),
        }
    }
}

impl Pipeline {
    /// A trigger that was there, and enabled, stays who it is, whatever its place; each is taken over once (T0).
    fn take(&mut self, definition: &PipelineDefinition, feeds: &BTreeMap<SourceId, Vec<Publication>>) {
        let mut before: Vec<Known> = std::mem::take(&mut self.triggers).into_values().collect();
        let enabled = (0..).zip(&definition.triggers).filter(|(_, trigger)| trigger.enabled);
        for (place, trigger) in enabled {
            let Some(alias) = alias_of(&trigger.kind) else { continue };
            let Some(source) = definition.artifact(alias).map(|source| source.source()) else { continue };
            let there = feeds.get(&source).map_or(0, Vec::len);
            let is_same = |known: &Known| known.trigger == *trigger && known.source == source;
            let known = before.iter().position(is_same).map(|place| before.remove(place));
            let fresh = Known {
                trigger: trigger.clone(),
                source: source.clone(),
                since: there,
                answered: BTreeSet::new(),
            };
            self.triggers.insert(place, known.unwrap_or(fresh));
            self.observed.entry(source).or_insert(there);
        }
        let watched: BTreeSet<_> = self.triggers.values().map(|known| &known.source).collect();
        self.observed.retain(|source, _| watched.contains(source));
    }

    fn answer(
        &mut self,
        trigger: u32,
        source: &SourceId,
        publication: u64,
        version: &str,
        feeds: &BTreeMap<SourceId, Vec<Publication>>,
    ) -> Verdict {
        let number = usize::try_from(publication).map_err(|error| error.to_string())?;
        let known = self.triggers.get_mut(&trigger).ok_or("T1: no such trigger")?;
        let published = feeds.get(source).and_then(|feed| feed.get(number - 1));
        let published = published.ok_or("T0: answered before it is published")?;
        ensure!(known.source == *source && published.version.id == version, "T1: it answers another version");
        ensure!(known.since < number, "T0: the trigger came later");
        ensure!(is_wanted(&known.trigger.kind, published), "T1: no filter of the trigger matches");
        ensure!(known.answered.insert(number), "I8: answered a second time");
        ensure!(self.observed.get(source) == Some(&(number - 1)), "T0: it is not the next publication");
        Ok(())
    }

    /// All that want a release of it have answered, up to the one that is asked next.
    fn observe(
        &mut self,
        source: &SourceId,
        publication: u64,
        asked: Option<u32>,
        feeds: &BTreeMap<SourceId, Vec<Publication>>,
    ) -> Verdict {
        let number = usize::try_from(publication).map_err(|error| error.to_string())?;
        let observed = self.observed.get_mut(source).ok_or("T0: it has no trigger on the feed")?;
        ensure!(*observed + 1 == number, "T0: {observed} were observed before");
        let published = feeds.get(source).and_then(|feed| feed.get(number - 1));
        let published = published.ok_or("T0: observed before it is published")?;
        for (place, known) in self.triggers.iter().filter(|(_, known)| known.source == *source) {
            let is_open = known.since < number
                && is_wanted(&known.trigger.kind, published)
                && !known.answered.contains(&number);
            let is_later = asked.is_some_and(|asked| *place >= asked);
            ensure!(!is_open || is_later, "T1: trigger {place} wants a release, and was not asked");
        }
        if asked.is_none() {
            *observed = number;
        }
        Ok(())
    }
}

fn alias_of(kind: &TriggerKind) -> Option<&str> {
    match kind {
        TriggerKind::ContinuousDeployment { alias, .. } | TriggerKind::PullRequest { alias, .. } => {
            Some(alias)
        }
        TriggerKind::Scheduled(_) => None,
    }
}

/// T0: nothing that was published is left, but for pipelines that are gone.
pub fn everything_is_observed(simulation: &Simulation) -> Verdict {
    let world = simulation.world();
    for (id, pipeline) in super::pipelines(world) {
        if seen::status(world, id).is_gone(simulation.now()) {
            continue;
        }
        for (source, watch) in pipeline.watches() {
            let feed = world.get(&Subject::Artifact(source.clone()));
            let newest = feed.and_then(|folded| folded.state().as_artifact_feed());
            let newest = newest.map_or(0, ArtifactFeed::newest_publication);
            ensure!(
                watch.observed == newest,
                "T0: pipeline {id} has observed {} of {newest} publications",
                watch.observed
            );
        }
    }
    Ok(())
}

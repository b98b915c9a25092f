//! Observing artifact feeds: each publication once, in order, and the releases that triggers make of it (T0, T1, T3, T6).
//!
//! How far a pipeline has observed a feed is part of its state, so that whoever drives it sees what it has not observed yet, also
//! after a crash. It begins where the feed stands when the pipeline gets its first trigger on it; a trigger that comes later, or is
//! edited, answers what is published after that.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Decline, NewRelease, Occasion, Pipeline, PipelineDefinition, PipelineEvent, PipelineRefusal};
use crate::artifact::Publication;
use crate::flow::{Facts, Impossible};
use crate::trigger::{alias_of, reason_for};
use crate::{ArtifactFeed, Context, ReleaseId, ReleaseTrigger, SourceId, Subject};

/// How far a pipeline has observed one feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The newest publication that all its triggers have answered.
    pub observed: u64,
    /// Of the next publication, the triggers before this place have answered: one commit makes at most one release.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub asked: u32,
    /// The triggers on the feed, by their places in the definition, each with the newest publication that it does not answer any more.
    pub since: BTreeMap<u32, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What came of asking triggers about a publication.
struct Answers {
    events: Vec<PipelineEvent>,
    /// The place of the trigger that is to be asked next, if the commit is full.
    next: Option<u32>,
}

/// The triggers of a definition that are enabled and wait for a source, by their places.
fn triggers_on_sources(
    definition: &PipelineDefinition,
) -> impl Iterator<Item = (u32, &ReleaseTrigger, &String, SourceId)> {
    (0..).zip(&definition.triggers).filter(|(_, trigger)| trigger.enabled).filter_map(|(place, trigger)| {
        let alias = alias_of(trigger)?;
        Some((place, trigger, alias, definition.artifact(alias)?.source()))
    })
}

/// The feeds that a definition's triggers wait for.
pub(super) fn watched_by(definition: &PipelineDefinition) -> impl Iterator<Item = Subject> {
    let sources: BTreeSet<_> = triggers_on_sources(definition).map(|(.., source)| source).collect();
    sources.into_iter().map(Subject::Artifact)
}

impl Pipeline {
    /// What it observes once it has this definition; nothing if that changes nothing.
    pub(super) fn observe_from_now(
        &self,
        definition: &PipelineDefinition,
        facts: &Facts<'_>,
    ) -> Option<PipelineEvent> {
        let mut sources: BTreeMap<SourceId, Watch> = BTreeMap::new();
        let mut taken_over = BTreeSet::new();
        for (place, trigger, _, source) in triggers_on_sources(definition) {
            let newest = facts.artifact_feed(&source).map_or(0, ArtifactFeed::newest_publication);
            let before = self.watches.get(&source);
            let since = self.since_of(trigger, &source, &mut taken_over).unwrap_or(newest);
            let observed = before.map_or(newest, |watch| watch.observed);
            let fresh = Watch { observed, asked: 0, since: BTreeMap::new() };
            sources.entry(source).or_insert(fresh).since.insert(place, since);
        }
        (sources != self.watches).then_some(PipelineEvent::Observing { sources })
    }

    /// Since when the trigger is there, if it was there before, whatever its place. Each is taken over once.
    fn since_of(
        &self,
        trigger: &ReleaseTrigger,
        source: &SourceId,
        taken_over: &mut BTreeSet<u32>,
    ) -> Option<u64> {
        let current = self.current.as_ref()?;
        let watch = self.watches.get(source)?;
        let (place, ..) = triggers_on_sources(&current.definition).find(|(place, before, _, of)| {
            *before == trigger && of == source && !taken_over.contains(place)
        })?;
        taken_over.insert(place);
        let since = *watch.since.get(&place)?;
        // It has answered the publication that the others are still to be asked about.
        let answered = if place < watch.asked { watch.observed + 1 } else { 0 };
        Some(since.max(answered))
    }

    /// T0: the next publication, and no other. What was observed before is already so.
    pub(super) fn observe(
        &self,
        source: &SourceId,
        publication: u64,
        release: Option<ReleaseId>,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<PipelineEvent>, PipelineRefusal> {
        let Some(watch) = self.watches.get(source).filter(|watch| watch.observed < publication) else {
            return Ok(Vec::new());
        };
        let feed = facts.artifact_feed(source);
        let next = feed.and_then(|feed| feed.publication_after(watch.observed));
        let next = next.filter(|next| next.number == publication);
        let next = next.ok_or(PipelineRefusal::NotNextPublication { publication })?;
        let Answers { mut events, next: asked } =
            self.ask_triggers(source, watch, &next, release, context, facts)?;
        events.push(PipelineEvent::PublicationObserved {
            source: source.clone(),
            publication,
            forgotten: publication - watch.observed - 1,
            asked,
        });
        Ok(events)
    }

    /// One after another, up to the first that makes a release: a commit makes one at most, and the others are asked in the next.
    fn ask_triggers(
        &self,
        source: &SourceId,
        watch: &Watch,
        publication: &Publication,
        release: Option<ReleaseId>,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Answers, PipelineRefusal> {
        let mut events = Vec::new();
        let mut open = self.open_triggers(source, watch, publication).peekable();
        while let Some((trigger, alias, reason)) = open.next() {
            let release = release.ok_or(PipelineRefusal::ReleaseIdMissing)?;
            let version = &publication.version;
            let request = NewRelease {
                reason: Some(reason),
                artifacts: BTreeMap::from([(alias.clone(), version.as_ref().clone())]),
                triggered_by: Some(alias.clone()),
                ..NewRelease::default()
            };
            match self.number_release(release, &request, context, facts) {
                Ok(numbered) => {
                    events.push(PipelineEvent::TriggerFired {
                        trigger,
                        alias: alias.clone(),
                        source: source.clone(),
                        publication: publication.number,
                        version: version.id.clone(),
                        release,
                    });
                    events.push(PipelineEvent::ReleaseNumbered(numbered));
                    return Ok(Answers { events, next: open.peek().map(|(next, ..)| *next) });
                }
                Err(refusal) => {
                    let occasion = Occasion::Publication {
                        alias: alias.clone(),
                        source: source.clone(),
                        publication: publication.number,
                        version: version.id.clone(),
                    };
                    let because = Decline::of(refusal)?;
                    events.push(PipelineEvent::TriggerDeclined { trigger, occasion, because });
                }
            }
        }
        Ok(Answers { events, next: None })
    }

    /// The triggers that are still to answer a publication and want a release of it, each with its alias and reason.
    fn open_triggers(
        &self,
        source: &SourceId,
        watch: &Watch,
        publication: &Publication,
    ) -> impl Iterator<Item = (u32, &String, super::ReleaseReason)> {
        let definition = self.current.as_ref().map(|current| &*current.definition);
        let on_source = definition.into_iter().flat_map(triggers_on_sources);
        on_source.filter_map(move |(place, trigger, alias, of)| {
            let is_asked = of == *source
                && place >= watch.asked
                && watch.since.get(&place).is_some_and(|since| *since < publication.number);
            if !is_asked {
                return None;
            }
            Some((place, alias, reason_for(trigger, publication)?))
        })
    }

    /// How far it has observed each feed that it has a trigger on.
    pub const fn watches(&self) -> &BTreeMap<SourceId, Watch> {
        &self.watches
    }

    /// The next publication of a feed that it has not observed, and the alias of the source whose trigger wants a release of it, if one
    /// does; `None` if it does not lag.
    pub fn next_publication(&self, source: &SourceId, feed: &ArtifactFeed) -> Option<(u64, Option<&String>)> {
        let watch = self.watches.get(source)?;
        let publication = feed.publication_after(watch.observed)?;
        let wanted_by = self.open_triggers(source, watch, &publication).next().map(|(_, alias, _)| alias);
        Some((publication.number, wanted_by))
    }

    pub(super) fn fold_observed(
        &mut self,
        source: &SourceId,
        publication: u64,
        asked: Option<u32>,
    ) -> Result<(), Impossible> {
        let watch = self
            .watches
            .get_mut(source)
            .ok_or(Impossible("a publication of a feed that it does not observe"))?;
        if publication <= watch.observed {
            return Err(Impossible("a publication that it has observed before"));
        }
        watch.observed = if asked.is_some() { publication - 1 } else { publication };
        watch.asked = asked.unwrap_or(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::flow::Aggregate;
    use crate::transaction::State;
    use crate::{
        Actor, ArtifactCommand, ArtifactKind, ArtifactSource, ArtifactVersion, CommandId, CommitId,
        DefaultVersion, PipelineCommand, Stage, StageId, Timestamp, TriggerKind, limits,
    };

    fn context() -> Context {
        let command = CommandId::new("c").expect("a short text");
        let commit = CommitId::new("k").expect("a short text");
        Context::new(Timestamp::UNIX_EPOCH, Actor::System, command, commit)
    }

    fn publish(feed: &mut ArtifactFeed, id: u64) {
        let command = ArtifactCommand::Publish(ArtifactVersion::new(id.to_string()));
        for event in feed.decide(&command, &context(), &Facts::default()).expect("it is new") {
            feed.evolve(&event, Timestamp::UNIX_EPOCH).expect("it was decided");
        }
    }

    fn definition() -> PipelineDefinition {
        let mut definition = PipelineDefinition::new("Shop").with_stage(Stage::new(StageId(1), "Dev"));
        definition.artifacts = vec![ArtifactSource {
            alias: "app".to_owned(),
            kind: ArtifactKind::Build,
            reference: BTreeMap::from([("definition".to_owned(), "12".to_owned())]),
            primary: true,
            default_version: DefaultVersion::Latest,
        }];
        let kind = TriggerKind::ContinuousDeployment {
            alias: "app".to_owned(),
            filters: Vec::new(),
            on_tagging: false,
        };
        definition.triggers = vec![ReleaseTrigger { enabled: true, kind }];
        definition
    }

    #[test]
    fn what_a_feed_has_forgotten_is_passed_over_and_that_is_recorded() {
        let definition = Arc::new(definition());
        let source = definition.artifacts[0].source();
        let (subject, of) = (Subject::Artifact(source.clone()), source.clone());
        let most = u64::try_from(limits::FEED_VERSIONS).expect("a small number");
        let this = Subject::Pipeline(crate::PipelineId(1));
        let mut feed = ArtifactFeed::default();
        let mut pipeline = Pipeline::default();
        let create = PipelineCommand::Create { definition };
        let empty = State::Artifact(Box::default());
        let created = pipeline.decide(&create, &context(), &Facts::of(&this, [(&subject, &empty)]));
        for event in created.expect("it is valid") {
            pipeline.evolve(&event, Timestamp::UNIX_EPOCH).expect("it was decided");
        }
        (1..=most + 2).for_each(|id| publish(&mut feed, id));

        assert_eq!(pipeline.next_publication(&source, &feed), Some((3, Some(&"app".to_owned()))));
        let feed = State::Artifact(Box::new(feed));
        let facts = Facts::of(&this, [(&subject, &feed)]);
        let release = Some(ReleaseId(1));
        let early = PipelineCommand::Observe { source: source.clone(), publication: 2, release };
        let refused = PipelineRefusal::NotNextPublication { publication: 2 };
        assert_eq!(pipeline.decide(&early, &context(), &facts), Err(refused));
        let observe = PipelineCommand::Observe { source: source.clone(), publication: 3, release };
        let events = pipeline.decide(&observe, &context(), &facts).expect("it is the next one");
        let observed =
            PipelineEvent::PublicationObserved { source, publication: 3, forgotten: 2, asked: None };
        assert_eq!(events.last(), Some(&observed));
        for event in events {
            pipeline.evolve(&event, Timestamp::UNIX_EPOCH).expect("it was decided");
        }
        assert_eq!(pipeline.decide(&observe, &context(), &facts), Ok(Vec::new()), "it is so already");
        let without_id = PipelineCommand::Observe { source: of, publication: 4, release: None };
        assert_eq!(pipeline.decide(&without_id, &context(), &facts), Err(PipelineRefusal::ReleaseIdMissing));
    }
}

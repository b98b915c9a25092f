use super::{Freeze, Freezes, FreezesCommand, FreezesEvent, FreezesRefusal};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::pipeline::folder_problems;
use crate::schedule::Window;
use crate::text::text_fits;
use crate::{Context, FreezeId, Scope, Subject, Timestamp, limits};

impl Aggregate for Freezes {
    type Command = FreezesCommand;
    type Event = FreezesEvent;
    type Refusal = FreezesRefusal;

    fn needs(&self, _: &Subject, command: &FreezesCommand) -> Vec<Subject> {
        match command {
            FreezesCommand::Declare { scope, .. } | FreezesCommand::StopTheLine { scope, .. } => {
                scope.in_pipeline().map(Subject::Pipeline).into_iter().collect()
            }
            FreezesCommand::Lift { .. } => Vec::new(),
        }
    }

    fn decide(
        &self,
        command: &FreezesCommand,
        context: &Context,
        facts: &Facts<'_>,
    ) -> Result<Vec<FreezesEvent>, FreezesRefusal> {
        match command {
            FreezesCommand::Declare { freeze, scope, window, reason } => {
                expect_window(window, context.now)?;
                expect_scope(scope, facts)?;
                self.declare(freeze, scope, window.clone(), reason, context)
            }
            FreezesCommand::StopTheLine { freeze, scope, reason } => {
                expect_scope(scope, facts)?;
                // One that goes on keeps its beginning, so that it is already so.
                let going_on = self.get(freeze).map(|known| &known.window);
                let window = match going_on {
                    Some(window @ Window::Once { from, until: None }) if *from <= context.now => {
                        window.clone()
                    }
                    Some(_) | None => Window::Once { from: context.now, until: None },
                };
                self.declare(freeze, scope, window, reason, context)
            }
            FreezesCommand::Lift { freeze, comment } => {
                text_fits("the comment", comment)?;
                if self.is_over(freeze, context.now) {
                    return Ok(Vec::new());
                }
                if self.get(freeze).is_none() {
                    return Err(FreezesRefusal::NotFound { freeze: freeze.clone() });
                }
                let (by, comment) = (context.actor.clone(), comment.clone());
                Ok(vec![FreezesEvent::Lifted { freeze: freeze.clone(), by, comment }])
            }
        }
    }

    fn evolve(&mut self, event: &FreezesEvent, at: Timestamp) -> Result<(), Impossible> {
        self.fold(event, at)
    }
}

impl Freezes {
    /// F1, F2. The same freeze declared again is already so.
    fn declare(
        &self,
        freeze: &FreezeId,
        scope: &Scope,
        window: Window,
        reason: &str,
        context: &Context,
    ) -> Result<Vec<FreezesEvent>, FreezesRefusal> {
        if reason.trim().is_empty() {
            return Err(FreezesRefusal::NoReason);
        }
        text_fits("the reason", reason)?;
        let mut others = self.known.iter().filter(|(_, known)| !known.is_over(context.now));
        match others.find(|(id, _)| *id == freeze) {
            Some((_, known)) if is_same(known, scope, &window, reason) => return Ok(Vec::new()),
            Some(_) => return Err(FreezesRefusal::Exists { freeze: freeze.clone() }),
            None => {}
        }
        if self.known.values().filter(|known| !known.is_over(context.now)).count() >= limits::FREEZES {
            return Err(FreezesRefusal::TooMany { limit: limits::FREEZES });
        }
        Ok(vec![FreezesEvent::Declared {
            freeze: freeze.clone(),
            scope: scope.clone(),
            window,
            reason: reason.to_owned(),
            by: context.actor.clone(),
        }])
    }
}

fn is_same(known: &Freeze, scope: &Scope, window: &Window, reason: &str) -> bool {
    (&known.scope, &known.window, &*known.reason) == (scope, window, reason)
}

/// F1: it can be said when it is closed, and it will be.
fn expect_window(window: &Window, now: Timestamp) -> Result<(), FreezesRefusal> {
    window.check()?;
    match window {
        Window::Once { until: Some(until), .. } if *until <= now => {
            Err(FreezesRefusal::Over { until: *until })
        }
        Window::Once { .. } | Window::Weekly { .. } => Ok(()),
    }
}

/// A freeze of what is not there would hold nothing back, and nobody would notice.
fn expect_scope(scope: &Scope, facts: &Facts<'_>) -> Result<(), FreezesRefusal> {
    match scope {
        Scope::Store => Ok(()),
        Scope::Folder(path) => folder_problems(path).map_err(FreezesRefusal::InvalidFolder),
        Scope::Pipeline(pipeline) | Scope::Stage { pipeline, .. } => {
            let known = facts.pipeline(*pipeline).filter(|known| known.current().is_some());
            let known = known.ok_or(FreezesRefusal::UnknownPipeline { pipeline: *pipeline })?;
            match scope {
                Scope::Stage { stage, .. } if !known.stages_ever().any(|known| known == *stage) => {
                    Err(FreezesRefusal::UnknownStage { pipeline: *pipeline, stage: *stage })
                }
                Scope::Store | Scope::Folder(_) | Scope::Pipeline(_) | Scope::Stage { .. } => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{Actor, CommandId, CommitId};

    fn freeze(id: usize) -> FreezeId {
        FreezeId::new(format!("freeze-{id}")).expect("a short text")
    }

    fn context(now: Timestamp) -> Context {
        let (command, commit) = (CommandId::new("c").expect("short"), CommitId::new("k").expect("short"));
        Context::new(now, Actor::System, command, commit)
    }

    fn declare(
        freezes: &mut Freezes,
        id: usize,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<usize, FreezesRefusal> {
        let window = Window::Once { from: now, until };
        let reason = "the books are closed".to_owned();
        let command = FreezesCommand::Declare { freeze: freeze(id), scope: Scope::Store, window, reason };
        let events = freezes.decide(&command, &context(now), &Facts::default())?;
        for event in &events {
            freezes.evolve(event, now).expect("it was just decided");
        }
        Ok(events.len())
    }

    #[test]
    fn there_are_so_many_freezes_at_once_and_those_that_are_over_do_not_count() {
        let now = Timestamp::UNIX_EPOCH;
        let end = now + TimeDelta::days(1);
        let mut freezes = Freezes::default();
        for id in 1..limits::FREEZES {
            assert_eq!(declare(&mut freezes, id, None, now), Ok(1));
        }
        assert_eq!(declare(&mut freezes, 0, Some(end), now), Ok(1));
        let refused = Err(FreezesRefusal::TooMany { limit: limits::FREEZES });
        let before = end - TimeDelta::milliseconds(1);
        assert_eq!(declare(&mut freezes, limits::FREEZES, None, before), refused);
        assert_eq!(declare(&mut freezes, limits::FREEZES, None, end), Ok(1));
        assert_eq!(freezes.iter().count(), limits::FREEZES);
    }

    #[test]
    fn an_id_is_free_again_once_its_freeze_is_over() {
        let now = Timestamp::UNIX_EPOCH;
        let end = now + TimeDelta::days(1);
        let mut freezes = Freezes::default();
        assert_eq!(declare(&mut freezes, 1, Some(end), now), Ok(1));
        assert_eq!(declare(&mut freezes, 1, Some(end), now), Ok(0), "it is so already");
        let other = declare(&mut freezes, 1, None, now);
        assert_eq!(other, Err(FreezesRefusal::Exists { freeze: freeze(1) }));
        assert_eq!(declare(&mut freezes, 1, None, end), Ok(1));
    }
}

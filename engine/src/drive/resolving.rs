//! The secrets of a task, resolved at the moment at which it begins (V4).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use cutover::{GateOrder, SecretRef, TaskId};
use futures::future::{Either, pending, select};
use futures::{StreamExt, pin_mut, stream};

use super::orders::Order;
use super::watch::Start;
use crate::engine::Inner;
use crate::secrets::{Keeper, Masks, pause_after, resolve};
use crate::{Clock, Secret, SecretError, SecretsAtHand, StopSignal, Urgency, limits};

const STOPPED: &str = "it was stopped before it began";

/// What came of resolving a task's secrets.
pub(super) enum Resolved {
    /// It can be run, or watched.
    Ready(SecretsAtHand),
    /// It can't begin.
    Failed(String),
    /// The engine was shut down meanwhile.
    Left,
}

/// What came of asking for some.
enum Answer<'r> {
    Values(BTreeMap<&'r SecretRef, Secret>),
    /// One can't be had.
    None(SecretError),
    Stopped,
    ShutDown,
}

impl Inner {
    /// Resolves the secrets that the task sees. Without one that it speaks of it fails; one that can't be reached now is asked for again,
    /// with pauses, while the task's own time-out goes on. The others are resolved to be hidden only, where that can be done at once.
    ///
    /// A task that runs already is watched in any case: if not all that it may say is known, nothing of what it says is shown.
    pub(super) async fn secrets_of_task(
        &self,
        order: &Order,
        start: Start,
        stop: &StopSignal,
        masks: &Arc<Masks>,
    ) -> Resolved {
        let task = order.task.id;
        let needed = order.needed_secrets();
        let mut found = match (self.ask_for(task, &needed, stop, masks).await, start) {
            (Answer::Values(values), _) => values,
            (Answer::ShutDown, _) => return Resolved::Left,
            (Answer::None(error), Start::Run) => {
                return Resolved::Failed(masks.mask(&error.to_string()).into_owned());
            }
            (Answer::Stopped, Start::Run) => return Resolved::Failed(STOPPED.to_owned()),
            (Answer::None(error), Start::Resume) => {
                watch_blindly(task, masks, &error.to_string());
                BTreeMap::new()
            }
            (Answer::Stopped, Start::Resume) => {
                watch_blindly(task, masks, "its secrets were not resolved when it was asked to stop");
                BTreeMap::new()
            }
        };
        // Those that it needs come first: the others are not asked for in vain.
        let others: BTreeSet<_> = order.seen_secrets().difference(&needed).copied().collect();
        found.extend(self.at_once(task, &others, start, stop, masks).await);
        if start == Start::Run && stop.urgency().is_some() {
            return Resolved::Failed(STOPPED.to_owned());
        }
        // Nothing begins once it is shut down, however long this one has waited.
        if start == Start::Run && !order.seen_secrets().is_empty() && self.drive_state.is_shut_down() {
            return Resolved::Left;
        }
        let by_name = order.secrets_by_name().into_iter();
        let values = by_name.filter_map(|(name, reference)| Some((name, found.get(reference)?.clone())));
        let keeper = self.keeper(task, Some(stop.clone()));
        Resolved::Ready(SecretsAtHand::new(values.collect(), Arc::clone(masks), keeper))
    }

    /// Those of the secrets that are known within a few seconds. Whoever runs already is not kept from being watched to its stop.
    async fn at_once<'r>(
        &self,
        task: TaskId,
        references: &BTreeSet<&'r SecretRef>,
        start: Start,
        stop: &StopSignal,
        masks: &Masks,
    ) -> BTreeMap<&'r SecretRef, Secret> {
        let mut found = BTreeMap::new();
        if references.is_empty() {
            return found;
        }
        let asked: Vec<_> = references
            .iter()
            .map(|reference| async { (*reference, self.resolve_hidden(reference, masks).await) })
            .collect();
        let mut asked = stream::iter(asked).buffer_unordered(limits::SECRETS_AT_ONCE);
        let stopped = async {
            match start {
                Start::Run => stop.stopped(Urgency::Gently).await,
                Start::Resume => pending().await,
            }
        };
        let within = TimeDelta::seconds(limits::UNNEEDED_SECRETS_SECONDS);
        let too_late = self.clock.wait_until(self.clock.now() + within);
        pin_mut!(stopped);
        let mut given_up = select(stopped, too_late);
        let mut errors = Vec::new();
        while let Either::Right((Some((reference, answer)), _)) = select(&mut given_up, asked.next()).await {
            match answer {
                Ok(value) => {
                    found.insert(reference, value);
                }
                Err(error) => errors.push(error),
            }
        }
        for error in &errors {
            let error = masks.mask(&error.to_string()).into_owned();
            tracing::debug!(%task, error, "a secret that the task does not need is not hidden");
        }
        let unknown = references.len() - found.len() - errors.len();
        if unknown > 0 {
            tracing::warn!(%task, unknown, "secrets that the task does not need are not hidden: they were not known in time");
        }
        found
    }

    /// Resolves the secrets that a gate speaks of. It is asked again with the next sample.
    pub(super) async fn secrets_of_gate(
        &self,
        order: &GateOrder,
        masks: &Arc<Masks>,
    ) -> Result<SecretsAtHand, SecretError> {
        let asked: Vec<_> = order
            .secrets
            .iter()
            .map(|(name, reference)| async {
                Ok((name.clone(), self.resolve_hidden(reference, masks).await?))
            })
            .collect();
        // All of them, also where one can't be had: what is said of it may tell the others.
        let answers = stream::iter(asked).buffered(limits::SECRETS_AT_ONCE).collect::<Vec<_>>().await;
        let values = answers.into_iter().collect::<Result<_, _>>()?;
        Ok(SecretsAtHand::new(values, Arc::clone(masks), self.keeper(order.id, None)))
    }

    fn keeper(&self, of: impl Display, stop: Option<StopSignal>) -> Keeper {
        let prefix = format!("outputs/{of}");
        let (secrets, clock) = (Arc::clone(&self.secrets), Arc::clone(&self.clock));
        Keeper { secrets, clock, prefix, stop, until: Mutex::default() }
    }

    /// What is known of a secret, which is hidden from then on.
    async fn resolve_hidden(&self, reference: &SecretRef, masks: &Masks) -> Result<Secret, SecretError> {
        let secret = resolve(&*self.secrets, reference).await?;
        masks.hide(&secret);
        Ok(secret)
    }

    /// Asks for all of them at once, and again for those that can't be reached. What is said of one is said once the others have been heard:
    /// it may tell their values.
    async fn ask_for<'r>(
        &self,
        task: TaskId,
        references: &BTreeSet<&'r SecretRef>,
        stop: &StopSignal,
        masks: &Masks,
    ) -> Answer<'r> {
        let stopped = stop.stopped(Urgency::Gently);
        pin_mut!(stopped);
        let (mut found, mut open) = (BTreeMap::new(), references.clone());
        for tries in 1.. {
            let asked: Vec<_> = open
                .iter()
                .map(|reference| async { (*reference, self.resolve_hidden(reference, masks).await) })
                .collect();
            let asked = stream::iter(asked).buffered(limits::SECRETS_AT_ONCE).collect::<Vec<_>>();
            let answers = match select(stopped.as_mut(), asked).await {
                Either::Left(_) => return Answer::Stopped,
                Either::Right((answers, _)) => answers,
            };
            let mut away = Vec::new();
            for (reference, answer) in answers {
                match answer {
                    Ok(value) => {
                        open.remove(reference);
                        found.insert(reference, value);
                    }
                    Err(error @ SecretError::Unavailable { .. }) => away.push(error),
                    Err(error) => return Answer::None(error),
                }
            }
            let Some(first) = away.first() else { break };
            if tries >= limits::SECRET_TRIES {
                return Answer::None(first.clone());
            }
            for error in away.iter().filter(|_| tries == 1) {
                self.log.line(task, self.now(), &masks.mask(&format!("it waits: {error}")));
            }
            let waiting = self.clock.wait_until(self.clock.now() + pause_after(tries));
            if let Either::Left(_) = select(stopped.as_mut(), waiting).await {
                return Answer::Stopped;
            }
            if self.drive_state.is_shut_down() {
                return Answer::ShutDown;
            }
        }
        Answer::Values(found)
    }
}

/// Not all that the task may say is known: nothing of it is shown, and its log says so in the place of what it says first.
fn watch_blindly(task: TaskId, masks: &Masks, why: &str) {
    let instead = format!("what it says is not shown any more: {}", masks.mask(why));
    tracing::warn!(%task, instead, "the task is watched blindly");
    masks.hide_everything(instead);
}

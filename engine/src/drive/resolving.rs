//! The secrets of a task, resolved at the moment at which it begins (V4).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use cutover::{GateOrder, SecretRef, TaskOrder, VariableValue, fold};
use futures::future::{Either, select};
use futures::pin_mut;

use super::watch::Start;
use crate::engine::Inner;
use crate::secrets::{Keeper, Masks, pause_after};
use crate::{Clock, Secret, SecretError, Secrets, SecretsAtHand, StopSignal, Urgency, limits};

/// What came of resolving a task's secrets.
pub(super) enum Resolved {
    /// It can be run, or watched.
    Ready(SecretsAtHand),
    /// It can't begin.
    Failed(String),
    /// The engine was shut down meanwhile.
    Left,
}

/// What came of asking for one.
enum Answer {
    Value(Secret),
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
        order: &TaskOrder,
        start: Start,
        stop: &StopSignal,
        masks: &Arc<Masks>,
    ) -> Resolved {
        let mut by_name = order.secrets.clone();
        by_name.extend(order.variables.iter().filter_map(|variable| match &variable.value {
            VariableValue::Secret(reference) => Some((fold(&variable.name), reference.clone())),
            VariableValue::Plain(_) => None,
        }));
        let needed: BTreeSet<_> = order.secrets.values().collect();
        let all: BTreeSet<_> = by_name.values().collect();
        let mut found: BTreeMap<&SecretRef, Secret> = BTreeMap::new();
        // Those that it needs come first: the others are not asked for in vain.
        for reference in needed.iter().copied().chain(all.difference(&needed).copied()) {
            let is_needed = needed.contains(reference);
            let tries = if is_needed { limits::SECRET_TRIES } else { 1 };
            match (self.ask_for(order, reference, tries, stop).await, start) {
                (Answer::Value(value), _) => {
                    masks.hide(&value);
                    found.insert(reference, value);
                }
                (Answer::None(error), _) if !is_needed => {
                    tracing::debug!(task = %order.id, %error, "a secret that the task does not need is not hidden");
                }
                (Answer::None(error), Start::Run) => {
                    return Resolved::Failed(masks.mask(&error.to_string()).into_owned());
                }
                (Answer::Stopped, Start::Run) => {
                    return Resolved::Failed("it was stopped before it began".to_owned());
                }
                (Answer::ShutDown, _) => return Resolved::Left,
                (Answer::None(error), Start::Resume) => {
                    self.watch_blindly(order, masks, &error.to_string());
                    break;
                }
                (Answer::Stopped, Start::Resume) => {
                    let why = format!("the secret {reference} was not resolved when it was asked to stop");
                    self.watch_blindly(order, masks, &why);
                    break;
                }
            }
        }
        let value_of =
            |(name, reference): (&String, &SecretRef)| Some((name.clone(), found.get(reference)?.clone()));
        let values = by_name.iter().filter_map(value_of).collect();
        Resolved::Ready(SecretsAtHand::new(values, Arc::clone(masks), self.keeper(order.id)))
    }

    /// Resolves the secrets that a gate speaks of. It is asked again with the next sample.
    pub(super) async fn secrets_of_gate(&self, order: &GateOrder) -> Result<SecretsAtHand, SecretError> {
        let mut values = BTreeMap::new();
        for (name, reference) in &order.secrets {
            values.insert(name.clone(), self.resolve_once(reference).await?);
        }
        Ok(SecretsAtHand::new(values, Arc::default(), self.keeper(order.id)))
    }

    fn keeper(&self, of: impl Display) -> Keeper {
        let prefix = format!("outputs/{of}");
        Keeper { secrets: Arc::clone(&self.secrets), clock: Arc::clone(&self.clock), prefix }
    }

    fn watch_blindly(&self, order: &TaskOrder, masks: &Masks, why: &str) {
        let said = format!("what it says is not shown any more: {}", masks.mask(why));
        self.log.line(order.id, self.now(), &said);
        masks.hide_everything(said);
    }

    async fn resolve_once(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        let secret = self.secrets.resolve(reference).await?;
        if secret.reveal().len() > limits::SECRET_BYTES {
            return Err(SecretError::TooLong { reference: reference.clone() });
        }
        Ok(secret)
    }

    async fn ask_for(
        &self,
        order: &TaskOrder,
        reference: &SecretRef,
        most: u32,
        stop: &StopSignal,
    ) -> Answer {
        let stopped = stop.stopped(Urgency::Gently);
        pin_mut!(stopped);
        let mut tries = 1;
        loop {
            let resolving = self.resolve_once(reference);
            pin_mut!(resolving);
            let error = match select(stopped.as_mut(), resolving).await {
                Either::Left(_) => return Answer::Stopped,
                Either::Right((Ok(value), _)) => return Answer::Value(value),
                Either::Right((Err(error), _)) => error,
            };
            if tries >= most || !matches!(error, SecretError::Unavailable { .. }) {
                return Answer::None(error);
            }
            if tries == 1 {
                self.log.line(order.id, self.now(), &format!("it waits: {error}"));
            }
            let waiting = self.clock.wait_until(self.clock.now() + pause_after(tries));
            if let Either::Left(_) = select(stopped.as_mut(), waiting).await {
                return Answer::Stopped;
            }
            // Nothing begins once it is shut down, however long this one has waited.
            if self.drive_state.is_shut_down() {
                return Answer::ShutDown;
            }
            tries += 1;
        }
    }
}

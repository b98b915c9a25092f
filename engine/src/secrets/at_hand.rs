use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;
use cutover::variable::replace;
use cutover::{SecretRef, fold};

use super::Masks;
use crate::{Clock, Secret, SecretError, Secrets, limits};

/// The secrets that a task or a gate speaks of, resolved for as long as it runs (V4).
///
/// What it hides, the engine hides too: in the log that the runner is given, in what it reports, in why it fails.
#[derive(Clone, Default)]
pub struct SecretsAtHand {
    /// By the folded name of the variable.
    values: Arc<BTreeMap<String, Secret>>,
    masks: Arc<Masks>,
    keeper: Option<Arc<Keeper>>,
}

/// Where what a task sets as a secret is put.
pub(crate) struct Keeper {
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What the names begin with.
    pub(crate) prefix: String,
}

impl SecretsAtHand {
    /// No secrets, and nobody who keeps one: for tests of runners.
    pub fn none() -> Self {
        Self::default()
    }

    pub(crate) fn new(values: BTreeMap<String, Secret>, masks: Arc<Masks>, keeper: Keeper) -> Self {
        for value in values.values() {
            masks.hide(value);
        }
        Self { values: Arc::new(values), masks, keeper: Some(Arc::new(keeper)) }
    }

    /// The same, with the value of a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: Secret) -> Self {
        self.masks.hide(&value);
        Arc::make_mut(&mut self.values).insert(fold(name), value);
        self
    }

    /// The value of the variable with this name, compared without case; `None` if it is no secret that is at hand.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.values.get(&fold(name))
    }

    /// An input with every `$(name)` that stands for a secret replaced. What results is as secret as that, and is not read again (V3).
    ///
    /// ```
    /// use cutover_engine::{Secret, SecretsAtHand};
    ///
    /// let secrets = SecretsAtHand::none().with("password", Secret::new("hunter2"));
    /// assert_eq!(secrets.expand("login $(Password) $(other)").reveal(), "login hunter2 $(other)");
    /// ```
    pub fn expand(&self, text: &str) -> Secret {
        Secret::new(replace(text, |name| self.get(name).map(Secret::reveal)))
    }

    /// Hides a value from now on, in the log and in all else that is said of the task.
    pub fn hide(&self, value: &Secret) {
        self.masks.hide(value);
    }

    /// The text with `***` in place of everything that is hidden.
    pub fn mask(&self, text: &str) -> String {
        self.masks.mask(text).into_owned()
    }

    /// Puts the value of a variable that the task set as a secret where the host keeps secrets, and hides it from now on. What it
    /// returns is what the runner reports, as [`SetVariable::secret`](cutover::deployment::SetVariable::secret) (J10).
    ///
    /// # Errors
    /// If nobody keeps secrets, or whoever does refuses. It is asked again for a while if it can't be reached.
    pub async fn keep(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        self.masks.hide(&value);
        let reference = SecretRef::newest(name);
        let Some(keeper) = &self.keeper else { return Err(SecretError::Nobody { reference }) };
        let name = format!("{}/{name}", keeper.prefix);
        let mut tries = 1;
        loop {
            match put(&*keeper.secrets, &name, value.clone()).await {
                Err(SecretError::Unavailable { .. }) if tries < limits::SECRET_TRIES => {
                    keeper.clock.wait_until(keeper.clock.now() + pause_after(tries)).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    pub(crate) fn masks(&self) -> &Masks {
        &self.masks
    }
}

/// Has a value kept that is short enough.
pub(crate) async fn put(secrets: &dyn Secrets, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
    if value.reveal().len() > limits::SECRET_BYTES {
        return Err(SecretError::TooLong { reference: SecretRef::newest(name) });
    }
    secrets.put(name, value).await
}

/// The pause after so many tries in vain: 1, 2, 4, ... seconds, at most a minute.
pub(crate) fn pause_after(tries: u32) -> TimeDelta {
    let seconds = 1_i64.checked_shl(tries.saturating_sub(1)).unwrap_or(i64::MAX);
    TimeDelta::seconds(seconds.clamp(1, limits::LONGEST_SECRET_PAUSE_SECONDS))
}

impl fmt::Debug for SecretsAtHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretsAtHand").field("names", &self.values.keys()).finish_non_exhaustive()
    }
}

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use cutover::variable::replace;
use cutover::{SecretRef, Timestamp, fold};
use futures::FutureExt;
use futures::future::{Either, pending, select};
use futures::pin_mut;

use super::Masks;
use crate::{Clock, Secret, SecretError, Secrets, StopSignal, Urgency, limits};

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
    /// Says when the task should stop; a gate is never told.
    pub(crate) stop: Option<StopSignal>,
    /// How long it is asked again whatever could not be put, once that happened.
    pub(crate) until: Mutex<Option<Timestamp>>,
}

impl SecretsAtHand {
    /// No secrets, and nobody who keeps one: for tests of runners.
    pub fn none() -> Self {
        Self::default()
    }

    /// These values, each of which the masks hide already.
    pub(crate) fn new(values: BTreeMap<String, Secret>, masks: Arc<Masks>, keeper: Keeper) -> Self {
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

    /// Hides a value from now on, in the log and in all else that is said of the task, and of those that follow in its slice of the job.
    /// Where more is hidden than can be looked for, nothing is shown any more.
    pub fn hide(&self, value: &Secret) {
        self.masks.declare(value);
    }

    /// The text with `***` in place of everything that is hidden.
    pub fn mask(&self, text: &str) -> String {
        self.masks.mask(text).into_owned()
    }

    /// Puts the value of a variable that the task set as a secret where the host keeps secrets, and hides it from now on. What it
    /// returns is what the runner reports, as [`SetVariable::secret`](cutover::deployment::SetVariable::secret) (J10).
    ///
    /// # Errors
    /// If nobody keeps secrets, or whoever does refuses. If it can't be reached it is asked again for a while: for all values of the task
    /// together some two minutes, and not any more once the task is asked to stop.
    pub async fn keep(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        self.masks.declare(&value);
        let reference = SecretRef::newest(name);
        match &self.keeper {
            Some(keeper) => keeper.keep(name, value).await,
            None => Err(SecretError::Nobody { reference }),
        }
    }

    pub(crate) fn masks(&self) -> &Masks {
        &self.masks
    }
}

impl Keeper {
    async fn keep(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        let name = format!("{}/{name}", self.prefix);
        let keeping = self.try_to_keep(&name, value);
        let left = async {
            self.stopped().await;
            self.clock
                .wait_until(self.clock.now() + TimeDelta::seconds(limits::STOPPED_SECRET_SECONDS))
                .await;
        };
        pin_mut!(keeping, left);
        match select(keeping, left).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => {
                let (reference, why) =
                    (SecretRef::newest(name.as_str()), "its task was asked to stop".to_owned());
                Err(SecretError::Unavailable { reference, why })
            }
        }
    }

    /// Tries at least once, also for a task that was asked to stop: whoever cleans up may need the value.
    async fn try_to_keep(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        let mut tries = 1;
        loop {
            match put(&*self.secrets, name, value.clone()).await {
                Err(error @ SecretError::Unavailable { .. })
                    if tries < limits::SECRET_TRIES && !self.is_too_late() =>
                {
                    let pause = self.clock.wait_until(self.clock.now() + pause_after(tries));
                    let stopped = self.stopped();
                    pin_mut!(stopped);
                    if let Either::Right(_) = select(pause, stopped).await {
                        return Err(error);
                    }
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    /// Whether nothing is tried again any more.
    fn is_too_late(&self) -> bool {
        let now = self.clock.now();
        let longest = TimeDelta::seconds(limits::LONGEST_SECRET_WAIT_SECONDS);
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now + longest);
        now >= until || self.stop.as_ref().is_some_and(|stop| stop.urgency().is_some())
    }

    async fn stopped(&self) {
        match &self.stop {
            Some(stop) => stop.stopped(Urgency::Gently).await,
            None => pending().await,
        }
    }
}

/// Has a value kept that is short enough.
pub(crate) async fn put(secrets: &dyn Secrets, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
    if value.reveal().len() > limits::SECRET_BYTES {
        return Err(SecretError::TooLong { reference: SecretRef::newest(name) });
    }
    let put = AssertUnwindSafe(async { secrets.put(name, value).await }).catch_unwind().await;
    put.unwrap_or_else(|_| Err(panicked(SecretRef::newest(name))))
}

/// What is known of a secret.
pub(crate) async fn resolve(secrets: &dyn Secrets, reference: &SecretRef) -> Result<Secret, SecretError> {
    let resolved = AssertUnwindSafe(async { secrets.resolve(reference).await }).catch_unwind().await;
    let secret = resolved.unwrap_or_else(|_| Err(panicked(reference.clone())))?;
    if secret.reveal().len() > limits::SECRET_BYTES {
        return Err(SecretError::TooLong { reference: reference.clone() });
    }
    Ok(secret)
}

/// What a panic of whoever keeps secrets comes to. What it said may hold a value.
fn panicked(reference: SecretRef) -> SecretError {
    SecretError::Refused { reference, why: "whoever keeps it panicked".to_owned() }
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

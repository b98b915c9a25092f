use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cutover::SecretRef;

use super::Secret;
use crate::limits;

/// Keeps secrets (V4). What is recorded are references only; values are asked for at the moment at which a task begins.
///
/// An error must not say what a value is: it is recorded as why a task failed.
#[async_trait]
pub trait Secrets: Send + Sync + 'static {
    /// Keeps a value as the newest version of this name, durably before it returns, and says where. Earlier versions stay: releases
    /// refer to them. A value that is that of the newest version already is answered with that one, so that what is put again after a
    /// crash is kept once.
    ///
    /// It is called for several values at once, and again where it is unavailable. One that panics has refused.
    ///
    /// # Errors
    /// [`SecretError::Refused`] if it does not keep values, or not this one; [`SecretError::Unavailable`] if it can't at present.
    async fn put(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError>;

    /// The value of a version, of the newest where the reference names none. A reference with a version stands for the same value for
    /// ever. Where the newest changes while a task runs and its engine crashes, the next incarnation knows the new value only, and
    /// hides that one.
    ///
    /// It is called while a task waits to begin, for several secrets at once, and dropped when the task is asked to stop, or where the
    /// task does not need it and it takes longer than a few seconds. One that panics has refused.
    ///
    /// # Errors
    /// [`SecretError::Unknown`] and [`SecretError::Refused`], with which the task fails; [`SecretError::Unavailable`], after which it is
    /// asked again, with pauses that grow.
    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError>;
}

/// Why a secret could not be kept or resolved. It names the secret, and never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Nothing is kept there.
    #[error("there is no secret {reference}")]
    Unknown {
        /// Where.
        reference: SecretRef,
    },
    /// Whoever keeps secrets says no.
    #[error("the secret {reference} is refused: {why}")]
    Refused {
        /// Which.
        reference: SecretRef,
        /// Why, without any value.
        why: String,
    },
    /// Not now; perhaps later.
    #[error("the secret {reference} can't be reached now: {why}")]
    Unavailable {
        /// Which.
        reference: SecretRef,
        /// Why, without any value.
        why: String,
    },
    /// Its value is longer than it may be.
    #[error("the secret {reference} is longer than {} bytes", limits::SECRET_BYTES)]
    TooLong {
        /// Which.
        reference: SecretRef,
    },
    /// The engine was built without anybody who keeps secrets.
    #[error("nobody keeps the secret {reference}: name who does when the engine is built")]
    Nobody {
        /// Which.
        reference: SecretRef,
    },
}

/// Keeps nothing. References that a task needs can't be resolved.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSecrets;

#[async_trait]
impl Secrets for NoSecrets {
    async fn put(&self, name: &str, _: Secret) -> Result<SecretRef, SecretError> {
        Err(SecretError::Nobody { reference: SecretRef::newest(name) })
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        Err(SecretError::Nobody { reference: reference.clone() })
    }
}

/// Keeps secrets in memory, for tests and for hosts that live shortly: with the process they are gone. Clones are the same.
///
/// ```
/// use cutover::SecretRef;
/// use cutover_engine::{MemorySecrets, Secret, Secrets};
///
/// # futures::executor::block_on(async {
/// let secrets = MemorySecrets::new().with("shop/password", "hunter2");
/// let changed = secrets.put("shop/password", Secret::new("hunter3")).await?;
/// assert_eq!(changed, SecretRef::versioned("shop/password", "2"));
/// assert_eq!(secrets.resolve(&SecretRef::versioned("shop/password", "1")).await?.reveal(), "hunter2");
/// # Ok::<(), cutover_engine::SecretError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct MemorySecrets(Arc<Mutex<BTreeMap<String, Vec<Secret>>>>);

impl MemorySecrets {
    /// Nothing is kept yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with a value as the newest version of a name.
    #[must_use]
    pub fn with(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.keep(&name.into(), Secret::new(value));
        self
    }

    fn keep(&self, name: &str, value: Secret) -> SecretRef {
        let mut kept = self.kept();
        let versions = kept.entry(name.to_owned()).or_default();
        if versions.last() != Some(&value) {
            versions.push(value);
        }
        SecretRef::versioned(name, versions.len().to_string())
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Secret>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Secrets for MemorySecrets {
    async fn put(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        Ok(self.keep(name, value))
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        let kept = self.kept();
        let versions = kept.get(&reference.name);
        let found = versions.and_then(|versions| match &reference.version {
            None => versions.last(),
            Some(version) => {
                let number: usize = version.0.parse().ok()?;
                versions.get(number.checked_sub(1)?)
            }
        });
        found.cloned().ok_or_else(|| SecretError::Unknown { reference: reference.clone() })
    }
}

impl fmt::Debug for MemorySecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySecrets").field("names", &self.kept().len()).finish()
    }
}

#[async_trait]
impl<S: Secrets + ?Sized> Secrets for Arc<S> {
    async fn put(&self, name: &str, value: Secret) -> Result<SecretRef, SecretError> {
        (**self).put(name, value).await
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        (**self).resolve(reference).await
    }
}

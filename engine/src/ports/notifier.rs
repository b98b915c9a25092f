use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cutover::notification::Notification;

/// Delivers notifications to people: by mail, in a chat, to a web hook (E4).
///
/// An engine that is driven gives each of its notifiers one notification after the other, in the order of the log, and the next one only
/// when this one was delivered. It is at least once: after a crash, the last ones come again, under the
/// [ids](cutover::notification::Notification::id) that they had.
///
/// ```
/// use async_trait::async_trait;
/// use cutover::CursorId;
/// use cutover::notification::Notification;
/// use cutover_engine::{Engine, NotDelivered, Notifier};
/// use cutover_store_memory::MemoryStore;
///
/// struct Chat;
///
/// #[async_trait]
/// impl Notifier for Chat {
///     async fn deliver(&self, notification: &Notification) -> Result<(), NotDelivered> {
///         // The id tells a repeat from what is new; the text says, in one line, what there is to know.
///         post(&notification.id.to_string(), &notification.to_string()).map_err(|error| NotDelivered(error.to_string()))
///     }
/// }
///
/// # fn post(_: &str, _: &str) -> std::io::Result<()> { Ok(()) }
/// let engine = Engine::builder(MemoryStore::new()).notifier(CursorId::new("chat")?, Chat);
/// # Ok::<(), cutover::InvalidId>(())
/// ```
#[async_trait]
pub trait Notifier: Send + Sync + 'static {
    /// Delivers it. One that is not delivered is given again, after a pause that grows from a second to a minute, until it is
    /// delivered, or somebody acknowledges it for the cursor ([`Engine::acknowledge`](crate::Engine::acknowledge)).
    ///
    /// It is driven by the host's [`Spawn`](super::Spawn), so that it may take its time: nothing waits for it but what this notifier is
    /// told next. One that panics did not deliver. One that never returns is to be given up by itself.
    ///
    /// # Errors
    /// Why it could not be delivered.
    async fn deliver(&self, notification: &Notification) -> Result<(), NotDelivered>;
}

/// Why a notification could not be delivered: for people, who see it in [`Engine::health`](crate::Engine::health).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDelivered(pub String);

impl fmt::Display for NotDelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotDelivered {}

#[async_trait]
impl<N: Notifier + ?Sized> Notifier for Arc<N> {
    async fn deliver(&self, notification: &Notification) -> Result<(), NotDelivered> {
        (**self).deliver(notification).await
    }
}

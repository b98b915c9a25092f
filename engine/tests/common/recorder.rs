use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use cutover::notification::{Notification, NotificationId};
use cutover_engine::{NotDelivered, Notifier};

/// What a delivery comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Takes,
    Fails,
    Panics,
    /// Blocks its thread until it is in another mood.
    Blocks,
}

/// Remembers what it was told, in the order in which it was told.
#[derive(Clone, Default)]
pub struct Recorder(Arc<(Mutex<Heard>, Condvar)>);

#[derive(Default)]
struct Heard {
    mood: Mood,
    delivered: Vec<Notification>,
    tried: usize,
    /// After so many deliveries it is not heard of any more.
    silent_after: Option<usize>,
}

impl Recorder {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_in(&self, mood: Mood) {
        self.heard().mood = mood;
        self.0.1.notify_all();
    }

    /// It delivers so many, and does not return from the last one.
    pub fn goes_silent_after(&self, deliveries: usize) {
        self.heard().silent_after = Some(deliveries);
    }

    pub fn delivered(&self) -> Vec<Notification> {
        self.heard().delivered.clone()
    }

    pub fn ids(&self) -> Vec<NotificationId> {
        self.heard().delivered.iter().map(|notification| notification.id).collect()
    }

    /// How often it was asked to deliver anything.
    pub fn tried(&self) -> usize {
        self.heard().tried
    }

    /// Waits until so many were delivered.
    pub fn until_delivered(&self, count: usize) {
        self.until("notifications are delivered", |heard| heard.delivered.len() >= count);
    }

    pub fn until_tried(&self, count: usize) {
        self.until("deliveries are tried", |heard| heard.tried >= count);
    }

    fn until(&self, what: &str, is_so: impl Fn(&Heard) -> bool) {
        let end = Instant::now() + super::PATIENCE;
        let mut heard = self.heard();
        while !is_so(&heard) {
            let left = end.checked_duration_since(Instant::now());
            let left = left.unwrap_or_else(|| panic!("waited in vain: {what}: {}", heard.delivered.len()));
            heard = self.0.1.wait_timeout(heard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for Recorder {
    async fn deliver(&self, notification: &Notification) -> Result<(), NotDelivered> {
        let mood = {
            let mut heard = self.heard();
            heard.tried += 1;
            self.0.1.notify_all();
            heard.mood
        };
        match mood {
            Mood::Takes => {}
            Mood::Fails => return Err(NotDelivered("the chat is down".to_owned())),
            Mood::Panics => panic!("a notifier that panics"),
            Mood::Blocks => self.until("it is in another mood", |heard| heard.mood != Mood::Blocks),
        }
        let is_silent = {
            let mut heard = self.heard();
            heard.delivered.push(notification.clone());
            heard.silent_after == Some(heard.delivered.len())
        };
        self.0.1.notify_all();
        if is_silent {
            futures::future::pending::<()>().await;
        }
        Ok(())
    }
}

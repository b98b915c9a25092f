//! Notifications: what somebody may want to hear of, told from what was recorded (E4).
//!
//! A [`Narrator`] folds the events of one release, and gives the [`News`] that there is in one of them: with names, and all that it
//! takes to act. It does no I/O, remembers nothing but its release, and tells the same whenever it is asked, so that a notification's
//! [id](NotificationId) is where its event stands in the log. It is *not* a list of who is told: that is for the host, who knows how
//! people are reached.
//!
//! Read `narrator.rs` first; `news.rs` is what is told, `words.rs` the same in one line, `mark.rs` how far somebody has read.

mod caused_by;
mod mark;
mod narrator;
mod news;
mod words;

pub use caused_by::caused_by;
pub use mark::{Mark, NotificationId};
pub use narrator::Narrator;
pub use news::{
    Completion, DeploymentNews, FailedTask, Failure, HandedOn, News, Notification, Outcome, ToldRelease,
    UnbegunJob,
};

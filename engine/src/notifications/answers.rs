use std::fmt;

use cutover::notification::{DeploymentNews, Mark, News, Notification};
use cutover::{Approver, GroupId, UserId};
use futures::stream::{BoxStream, StreamExt, unfold};

use super::Telling;
use crate::{Engine, EngineError, Reader};

/// Notifications in the order in which they became true, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What there is after the mark that was asked from, up to [`Told::mark`].
    pub notifications: Vec<Notification>,
    /// Where the next question begins. It moves on also where there was nothing to tell.
    pub mark: Mark,
    /// By which the cursor stood that was read by, for [`Engine::acknowledge`]; `None` if none was.
    pub epoch: Option<u64>,
}

impl Engine {
    /// The notifications after `mark`, at most so many (E4). Who keeps the mark that comes with the answer, in the same transaction as
    /// what they do with it, gets each once.
    ///
    /// From the beginning it is [`Mark::START`], from now on `Mark::Through(head of the log)`. Of a release of which nothing goes on, all
    /// earlier events are read to tell the next one.
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Fold`] if the log can't be read. Who asks for what comes before that gets it first.
    pub async fn notifications_after(&self, mark: Mark, at_most: usize) -> Result<Told, EngineError> {
        told(Telling::from(&self.0, mark), at_most, |_| true).await
    }

    /// The notifications after `mark`, and then each further one as it is recorded. It never ends by itself.
    ///
    /// An error ends it: the store could not be read, or holds what this version does not know.
    pub fn notifications(&self, mark: Mark) -> BoxStream<'static, Result<Notification, EngineError>> {
        let telling = Some(Telling::from(&self.0, mark));
        unfold(telling, |telling| async move {
            let mut telling = telling?;
            loop {
                match telling.next().await {
                    Ok(Some(notification)) => return Some((Ok(notification), Some(telling))),
                    Ok(None) => {}
                    Err(error) => return Some((Err(error), None)),
                }
                if let Err(error) = telling.more().await {
                    return Some((Err(error), None));
                }
            }
        })
        .boxed()
    }
}

impl Reader {
    /// As [`Engine::notifications_after`], of what the actor may view, and of what they are asked to answer (U2).
    ///
    /// # Errors
    /// The same.
    pub async fn notifications_after(&self, mark: Mark, at_most: usize) -> Result<Told, EngineError> {
        // What is told of pipelines that are newer than the views would be kept from everybody: also what is recorded while it is read.
        let seen = self.engine().views().latest().await?.position();
        let telling = Telling::from(&self.engine().0, mark).until(seen);
        told(telling, at_most, |notification| self.may_hear(notification)).await
    }

    fn may_hear(&self, notification: &Notification) -> bool {
        let pipeline = notification.release.pipeline;
        match &notification.news {
            News::ReleaseCreated { .. } | News::ReleaseStarted | News::ReleaseAbandoned { .. } => {
                self.may_view_some_of(pipeline)
            }
            News::Deployment { id, news, .. } => {
                self.may_view_stage(pipeline, id.stage)
                    || self.is_asked(|user, groups| asks(news, user, groups))
            }
        }
    }
}

/// Whether it asks somebody for an answer, or says that they need not give it any more.
fn asks(news: &DeploymentNews, user: &UserId, groups: &std::collections::BTreeSet<GroupId>) -> bool {
    match news {
        DeploymentNews::ApprovalAsked { approver, .. }
        | DeploymentNews::ApprovalAnswered { approver, .. } => match approver {
            Approver::User(asked) => asked == user,
            Approver::Group(asked) => groups.contains(asked),
            Approver::Automatic => false,
        },
        DeploymentNews::InterventionAsked { asked, .. } => asked.includes(user, groups),
        DeploymentNews::Started { .. } | DeploymentNews::Completed(_) | DeploymentNews::Failed(_) => false,
    }
}

async fn told(
    mut telling: Telling,
    at_most: usize,
    is_shown: impl Fn(&Notification) -> bool,
) -> Result<Told, EngineError> {
    let mut notifications = Vec::new();
    while notifications.len() < at_most {
        match telling.next().await {
            Ok(Some(notification)) if is_shown(&notification) => notifications.push(notification),
            Ok(Some(_)) => {}
            Err(error) if notifications.is_empty() => return Err(error),
            // The next question, from there on, is answered by the error.
            Ok(None) | Err(_) => break,
        }
    }
    Ok(Told { notifications, mark: telling.mark(), epoch: None })
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling").field("mark", &self.mark()).finish_non_exhaustive()
    }
}

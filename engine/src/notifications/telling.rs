use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::Poll;

use cutover::flow::Impossible;
use cutover::limits::PAGE_EVENTS;
use cutover::notification::{Mark, Narrator, News, Notification, NotificationId, ToldRelease, caused_by};
use cutover::store::{EventStore, Position, RecordedCommit, RecordedEvent, Sequence, StoreExt};
use cutover::transaction::FoldError;
use cutover::{Event, ReleaseId, Subject};
use futures::TryStreamExt;
use futures::future::poll_fn;

use crate::EngineError;
use crate::decode::happening;
use crate::engine::Inner;

/// Reads on in the log from a mark, and tells one notification after the other.
pub(crate) struct Telling {
    engine: Arc<Inner>,
    /// What was told or passed over before.
    from: Mark,
    /// The last commit that was read.
    read: Position,
    /// What was read and not told yet.
    ready: VecDeque<Notification>,
    /// What was told last.
    last: Option<NotificationId>,
    /// Of the releases of which something goes on. What is forgotten is read again when it is needed.
    narrators: BTreeMap<ReleaseId, Narrator>,
}

impl Telling {
    pub(crate) fn from(engine: &Arc<Inner>, mark: Mark) -> Self {
        Self {
            engine: Arc::clone(engine),
            from: mark,
            read: mark.read_through(),
            ready: VecDeque::new(),
            last: None,
            narrators: BTreeMap::new(),
        }
    }

    /// The next notification; `None` once there is none among what is recorded.
    pub(crate) async fn next(&mut self) -> Result<Option<Notification>, EngineError> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                self.last = Some(next.id);
                return Ok(Some(next));
            }
            let page = self.engine.store.read_all(self.read, PAGE_EVENTS).await?;
            if page.is_empty() {
                return Ok(None);
            }
            for commit in page {
                self.tell(&commit).await?;
                self.read = commit.position;
            }
            give_way().await;
        }
    }

    /// How far it is, with everything that it gave.
    pub(crate) fn mark(&self) -> Mark {
        let told = match self.last {
            Some(last) if !self.ready.is_empty() => Mark::Within(last),
            // Nothing of what was read so far is left to be told.
            Some(_) | None if self.ready.is_empty() => Mark::Through(self.read),
            Some(_) | None => self.from,
        };
        told.max(self.from)
    }

    /// Returns once something is recorded that it has not read.
    pub(crate) async fn more(&self) -> Result<(), EngineError> {
        self.engine.store.wait_past(self.read).await?;
        Ok(())
    }

    async fn tell(&mut self, commit: &RecordedCommit) -> Result<(), EngineError> {
        for recorded in &commit.events {
            let subject = Subject::try_from(&recorded.stream).map_err(FoldError::from)?;
            let Subject::Release(release) = subject else { continue };
            let mut narrator = match self.narrators.remove(&release) {
                Some(narrator) => narrator,
                None => self.narrator_before(release, recorded).await?,
            };
            let told = self.tell_one(&mut narrator, recorded).await?;
            let id = NotificationId { position: commit.position, index: recorded.index };
            if let Some((release, news)) = told
                && !self.from.includes(id)
            {
                let by = caused_by(commit, recorded.index);
                let at = commit.header.time;
                self.ready.push_back(Notification { id, at, by, release, news });
            }
            self.narrators.insert(release, narrator);
        }
        self.narrators.retain(|_, narrator| narrator.release().going_on().next().is_some());
        Ok(())
    }

    /// A release as it stood before one of its events.
    async fn narrator_before(
        &self,
        release: ReleaseId,
        event: &RecordedEvent,
    ) -> Result<Narrator, EngineError> {
        let mut narrator = Narrator::new();
        let stream = Subject::Release(release).stream();
        let mut events = self.engine.store.events_of(&stream, Sequence::NONE);
        while event.sequence > Sequence(1)
            && let Some(earlier) = events.try_next().await?.filter(|it| it.sequence < event.sequence)
        {
            self.tell_one(&mut narrator, &earlier).await?;
        }
        Ok(narrator)
    }

    async fn tell_one(
        &self,
        narrator: &mut Narrator,
        recorded: &RecordedEvent,
    ) -> Result<Option<(ToldRelease, News)>, EngineError> {
        let told = happening(recorded)?;
        let Event::Release(event) = told.event else { return Ok(None) };
        let impossible = |source| FoldError::Impossible {
            subject: told.subject.clone(),
            sequence: recorded.sequence,
            source,
        };
        let none = || impossible(Impossible("an event of a release that was not created"));
        let digest = narrator.snapshot_for(&event).ok_or_else(none)?;
        let definition = self.engine.definition(digest).await?;
        let news = narrator.tell(&event, recorded.header.time, &definition).map_err(impossible)?;
        Ok(news.and_then(|news| Some((narrator.told(&definition)?, news))))
    }
}

/// Lets others have their turn: a store that answers at once would otherwise keep who drives for as long as the log is.
async fn give_way() {
    let mut has_given_way = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_given_way, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

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

/// What came of going on.
#[derive(Debug)]
pub(crate) enum Progress {
    Told(Box<Notification>),
    /// Something was read, of which there may be something to tell.
    ReadOn,
    AtTheEnd,
}

/// Reads on in the log from a mark, and tells one notification after the other.
pub(crate) struct Telling {
    engine: Arc<Inner>,
    /// What was told or passed over before the page that was read last.
    from: Mark,
    /// The last commit that was read.
    read: Position,
    /// The last commit that is to be read; `None`: whatever is recorded.
    until: Option<Position>,
    /// What was read and not told yet.
    ready: VecDeque<Notification>,
    /// What was told last.
    last: Option<NotificationId>,
    /// Why it can't go on once that is told.
    failed: Option<EngineError>,
    /// Of the releases of which something goes on. What is forgotten is read again when it is needed.
    narrators: BTreeMap<ReleaseId, Narrator>,
}

impl Telling {
    pub(crate) fn from(engine: &Arc<Inner>, mark: Mark) -> Self {
        Self {
            engine: Arc::clone(engine),
            from: mark,
            read: mark.read_through(),
            until: None,
            ready: VecDeque::new(),
            last: None,
            failed: None,
            narrators: BTreeMap::new(),
        }
    }

    /// The same, of what is recorded up to there.
    pub(crate) fn until(self, until: Position) -> Self {
        Self { until: Some(until), ..self }
    }

    /// The next notification; `None` once there is none among what is recorded. What comes before an event that can't be read is told before
    /// that is said.
    pub(crate) async fn next(&mut self) -> Result<Option<Notification>, EngineError> {
        loop {
            match self.go_on().await? {
                Progress::Told(next) => return Ok(Some(*next)),
                Progress::ReadOn => {}
                Progress::AtTheEnd => return Ok(None),
            }
        }
    }

    /// As [`Telling::next`], but that it returns each time that a page was read.
    pub(crate) async fn go_on(&mut self) -> Result<Progress, EngineError> {
        if let Some(next) = self.ready.pop_front() {
            self.last = Some(next.id);
            return Ok(Progress::Told(Box::new(next)));
        }
        if let Some(error) = self.failed.take() {
            // A commit of which a part was told is read again as a whole.
            *self = Self { until: self.until, ..Self::from(&self.engine, self.mark()) };
            return Err(error);
        }
        self.from = self.mark();
        let mut page = self.engine.store.read_all(self.read, PAGE_EVENTS).await?;
        if let Some(until) = self.until {
            page.retain(|commit| commit.position <= until);
        }
        if page.is_empty() {
            return Ok(Progress::AtTheEnd);
        }
        for commit in page {
            if let Err(error) = self.tell(&commit).await {
                self.failed = Some(error);
                break;
            }
            self.read = commit.position;
        }
        give_way().await;
        Ok(Progress::ReadOn)
    }

    /// How far it is, with everything that it gave.
    pub(crate) fn mark(&self) -> Mark {
        // Nothing of what was read so far is left to be told.
        let through = if self.ready.is_empty() { Mark::Through(self.read) } else { self.from };
        self.last.map_or(through, |last| through.max(Mark::Within(last))).max(self.from)
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
        let mut told = 0;
        while event.sequence > Sequence(1)
            && let Some(earlier) = events.try_next().await?.filter(|it| it.sequence < event.sequence)
        {
            self.tell_one(&mut narrator, &earlier).await?;
            told += 1;
            if told % PAGE_EVENTS == 0 {
                give_way().await;
            }
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

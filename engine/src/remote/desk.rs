//! What is on offer, and who has what.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::mem;

use chrono::TimeDelta;
use cutover::deployment::Report;
use cutover::{AgentId, DeploymentId, Digest, TaskId, TaskOrder, Timestamp};
use futures::channel::oneshot;

use super::kept::{Kept, Record};
use super::lease::{Heartbeat, Lease, LeaseEnd, LeaseError, LeaseToken};
use crate::{TaskControl, limits};

/// All tasks of a runner that are not forgotten.
pub(super) struct Desk {
    lease: TimeDelta,
    kept: Option<Kept>,
    tasks: BTreeMap<TaskId, Entry>,
    by_token: BTreeMap<Digest, TaskId>,
    /// Those that are over, the oldest first, where they are in memory only: late words about them are answered for a while.
    over: VecDeque<TaskId>,
    /// The number of the next offer.
    next: u64,
    /// Woken by the next offer.
    waiting: Vec<oneshot::Sender<()>>,
}

struct Entry {
    stage: Stage,
    /// What watches it: `None` while no engine does.
    watch: Option<Watch>,
}

struct Watch {
    control: TaskControl,
    changed: Option<oneshot::Sender<()>>,
}

enum Stage {
    /// Nobody has taken it.
    Offered { number: u64, order: Box<TaskOrder> },
    /// An agent has it.
    Leased { agent: AgentId, token: Digest, ends_at: Timestamp },
    /// An agent has reported it.
    Reported { report: Report },
    /// Its lease has ended.
    Ended { agent: AgentId, end: LeaseEnd },
    /// It was offered, and never will be taken.
    Withdrawn,
}

/// How a task stands, for whoever watches it.
pub(super) enum Standing {
    Offered(oneshot::Receiver<()>),
    Leased(Timestamp, oneshot::Receiver<()>),
    Over(Report),
}

/// How a task stands, for whoever looks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trace {
    None,
    Offered,
    Leased,
    Reported,
    Ended(String),
    Withdrawn,
}

impl Desk {
    /// With nothing on it.
    pub(super) fn new(lease: TimeDelta, kept: Option<Kept>) -> Self {
        let (tasks, by_token) = (BTreeMap::new(), BTreeMap::new());
        let (over, waiting) = (VecDeque::new(), Vec::new());
        Self { lease, kept, tasks, by_token, over, next: 0, waiting }
    }

    /// With what an earlier life left in the folder.
    pub(super) fn open(lease: TimeDelta, kept: Kept, now: Timestamp) -> io::Result<Self> {
        let records = kept.all()?;
        let mut desk = Self::new(lease, Some(kept));
        for Record { task, agent, token, report, ended } in records {
            let stage = match (report, ended) {
                (Some(report), _) => Stage::Reported { report },
                (None, Some(end)) => Stage::Ended { agent, end },
                // It was not away: we were. It has all of its time again.
                (None, None) => Stage::Leased { agent, token, ends_at: now + lease },
            };
            desk.by_token.insert(token, task);
            desk.tasks.insert(task, Entry { stage, watch: None });
        }
        Ok(desk)
    }

    /// Offers a task; the error says why not.
    pub(super) fn offer(&mut self, order: TaskOrder, control: TaskControl) -> Result<(), String> {
        let task = order.id;
        match self.trace(task) {
            Trace::None => {}
            Trace::Withdrawn => self.over.retain(|over| *over != task),
            Trace::Offered | Trace::Leased | Trace::Reported | Trace::Ended(_) => {
                return Err(format!("a task with its id, {task}, was offered before"));
            }
        }
        let stage = Stage::Offered { number: self.next, order: Box::new(order) };
        self.next += 1;
        self.tasks.insert(task, Entry { stage, watch: Some(Watch { control, changed: None }) });
        mem::take(&mut self.waiting).into_iter().for_each(wake);
        Ok(())
    }

    /// Has the task watched again.
    pub(super) fn watch(&mut self, task: TaskId, control: TaskControl) {
        if let Some(entry) = self.tasks.get_mut(&task) {
            entry.watch = Some(Watch { control, changed: None });
        }
    }

    /// How the task stands; a lease that is over is ended by this. `None` if it is not known.
    pub(super) fn look(&mut self, task: TaskId, now: Timestamp) -> Option<Standing> {
        self.expire(task, now);
        let entry = self.tasks.get_mut(&task)?;
        let (waker, woken) = oneshot::channel();
        let standing = match &entry.stage {
            Stage::Offered { .. } => Standing::Offered(woken),
            Stage::Leased { ends_at, .. } => Standing::Leased(*ends_at, woken),
            Stage::Reported { report } => return Some(Standing::Over(report.clone())),
            Stage::Ended { agent, end } => {
                return Some(Standing::Over(Report::Lost { message: lost(agent, *end) }));
            }
            Stage::Withdrawn => {
                let message = "it was withdrawn before an agent took it".to_owned();
                return Some(Standing::Over(Report::Failed { message }));
            }
        };
        if let Some(watch) = &mut entry.watch {
            watch.changed = Some(waker);
        }
        Some(standing)
    }

    /// What became of the task, for an engine that asks.
    pub(super) fn trace(&self, task: TaskId) -> Trace {
        match self.tasks.get(&task).map(|entry| &entry.stage) {
            None => Trace::None,
            Some(Stage::Offered { .. }) => Trace::Offered,
            Some(Stage::Leased { .. }) => Trace::Leased,
            Some(Stage::Reported { .. }) => Trace::Reported,
            Some(Stage::Ended { agent, end }) => Trace::Ended(lost(agent, *end)),
            Some(Stage::Withdrawn) => Trace::Withdrawn,
        }
    }

    pub(super) const fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// What is on offer, in the order in which it was offered.
    pub(super) fn offers(&self) -> Vec<&TaskOrder> {
        let mut offers: Vec<_> = self
            .tasks
            .values()
            .filter_map(|entry| match &entry.stage {
                Stage::Offered { number, order } if !entry.is_to_stop() => Some((*number, &**order)),
                Stage::Offered { .. }
                | Stage::Leased { .. }
                | Stage::Reported { .. }
                | Stage::Ended { .. }
                | Stage::Withdrawn => None,
            })
            .collect();
        offers.sort_unstable_by_key(|(number, _)| *number);
        offers.into_iter().map(|(_, order)| order).collect()
    }

    /// Gives the oldest offer that suits to the agent.
    pub(super) fn take(
        &mut self,
        agent: &AgentId,
        suits: impl Fn(&TaskOrder) -> bool,
        now: Timestamp,
    ) -> io::Result<Option<Lease>> {
        let is_for = |order: &TaskOrder| order.agent.as_ref().is_none_or(|chosen| chosen.agent == *agent);
        let found =
            self.offers().into_iter().find(|order| is_for(order) && suits(order)).map(|order| order.id);
        let Some(task) = found else { return Ok(None) };
        let token = LeaseToken::draw();
        let digest = token.digest();
        if let Some(kept) = &self.kept {
            // Before it is given away: what is not written here never began.
            kept.take(task, agent, digest)?;
        }
        let Some(entry) = self.tasks.get_mut(&task) else { return Ok(None) };
        let ends_at = now + self.lease;
        let leased = Stage::Leased { agent: agent.clone(), token: digest, ends_at };
        let Stage::Offered { order, .. } = mem::replace(&mut entry.stage, leased) else { return Ok(None) };
        self.by_token.insert(digest, task);
        let secrets = entry.watch.as_ref().map(|watch| watch.control.secrets.clone()).unwrap_or_default();
        entry.tell();
        Ok(Some(Lease { token, order: *order, secrets, ends_at }))
    }

    /// Wakes whoever waits for the next offer.
    pub(super) fn next_offer(&mut self) -> oneshot::Receiver<()> {
        self.waiting.retain(|waiting| !waiting.is_canceled());
        let (waker, woken) = oneshot::channel();
        self.waiting.push(waker);
        woken
    }

    pub(super) fn beat(&mut self, token: &LeaseToken, now: Timestamp) -> Result<Heartbeat, LeaseError> {
        let task = self.leased(token, now)?;
        let until = now + self.lease;
        let Some(entry) = self.tasks.get_mut(&task) else { return Err(LeaseError::Unknown) };
        if let Stage::Leased { ends_at, .. } = &mut entry.stage {
            // A clock that was set back takes nothing away.
            *ends_at = until.max(*ends_at);
        }
        entry.tell();
        let stop = entry.watch.as_ref().and_then(|watch| watch.control.stop.urgency());
        Ok(Heartbeat { ends_at: until, stop })
    }

    /// What is at hand for a task that an agent has.
    pub(super) fn control(
        &mut self,
        token: &LeaseToken,
        now: Timestamp,
    ) -> Result<(TaskId, TaskControl), LeaseError> {
        let task = self.leased(token, now)?;
        let watch = self.tasks.get(&task).and_then(|entry| entry.watch.as_ref());
        let control = watch.map(|watch| watch.control.clone()).ok_or(LeaseError::NotNow { task })?;
        Ok((task, control))
    }

    pub(super) fn report(
        &mut self,
        token: &LeaseToken,
        report: Report,
        now: Timestamp,
    ) -> Result<(), LeaseError> {
        let task = self.leased(token, now)?;
        if let Some(kept) = &self.kept {
            kept.report(task, &report)?;
        }
        self.finish(task, Stage::Reported { report });
        Ok(())
    }

    /// Nobody watches the task any more: what was not taken never will be, and what was given up has no lease any more. Any other
    /// goes on.
    pub(super) fn leave(&mut self, task: TaskId, is_given_up: bool) {
        let Some(entry) = self.tasks.get_mut(&task) else { return };
        entry.watch = None;
        match entry.stage {
            Stage::Offered { .. } => self.finish(task, Stage::Withdrawn),
            Stage::Leased { .. } if is_given_up => self.end(task, LeaseEnd::GivenUp),
            Stage::Leased { .. } | Stage::Reported { .. } | Stage::Ended { .. } | Stage::Withdrawn => {}
        }
    }

    /// Takes an offer back, unless somebody was faster.
    pub(super) fn withdraw(&mut self, task: TaskId) {
        if self.trace(task) == Trace::Offered {
            self.finish(task, Stage::Withdrawn);
        }
    }

    /// Ends whatever goes on of the task.
    pub(super) fn kill(&mut self, task: TaskId) {
        self.withdraw(task);
        if self.trace(task) == Trace::Leased {
            self.end(task, LeaseEnd::GivenUp);
        }
    }

    /// The tasks that agents have.
    pub(super) fn leased_tasks(&self) -> Vec<TaskId> {
        let is_leased = |entry: &Entry| matches!(entry.stage, Stage::Leased { .. });
        self.tasks.iter().filter(|(_, entry)| is_leased(entry)).map(|(task, _)| *task).collect()
    }

    pub(super) fn forget(&mut self, deployment: DeploymentId) -> io::Result<()> {
        let is_over = |entry: &Entry| !matches!(entry.stage, Stage::Offered { .. } | Stage::Leased { .. });
        self.tasks.retain(|task, entry| task.deployment() != deployment || !is_over(entry));
        self.clean();
        if self.tasks.keys().any(|task| task.deployment() == deployment) {
            return Err(io::Error::other(format!("agents still have tasks of deployment {deployment}")));
        }
        self.kept.as_ref().map_or(Ok(()), |kept| kept.forget(deployment))
    }

    /// The task that the token is a lease of, if that has not ended.
    fn leased(&mut self, token: &LeaseToken, now: Timestamp) -> Result<TaskId, LeaseError> {
        let task = *self.by_token.get(&token.digest()).ok_or(LeaseError::Unknown)?;
        self.expire(task, now);
        match self.tasks.get(&task).map(|entry| &entry.stage) {
            Some(Stage::Leased { token: digest, .. }) if *digest == token.digest() => Ok(task),
            Some(Stage::Reported { .. }) => Err(LeaseError::AlreadyReported { task }),
            Some(Stage::Ended { agent, end }) => {
                Err(LeaseError::Ended { task, agent: agent.clone(), end: *end })
            }
            Some(Stage::Leased { .. } | Stage::Offered { .. } | Stage::Withdrawn) | None => {
                Err(LeaseError::Unknown)
            }
        }
    }

    /// At its end a lease is over: a heartbeat at that moment comes too late.
    fn expire(&mut self, task: TaskId, now: Timestamp) {
        if let Some(Entry { stage: Stage::Leased { ends_at, .. }, .. }) = self.tasks.get(&task)
            && *ends_at <= now
        {
            let at = *ends_at;
            self.end(task, LeaseEnd::Expired { at });
        }
    }

    fn end(&mut self, task: TaskId, end: LeaseEnd) {
        let Some(Entry { stage: Stage::Leased { agent, .. }, .. }) = self.tasks.get(&task) else { return };
        let agent = agent.clone();
        if let Some(kept) = &self.kept
            && let Err(error) = kept.end(task, end)
        {
            // After a restart it has a lease again, until that ends.
            tracing::warn!(%task, %error, "that the lease has ended can't be kept");
        }
        tracing::warn!(%task, %agent, ?end, "the lease has ended without a report");
        self.finish(task, Stage::Ended { agent, end });
    }

    fn finish(&mut self, task: TaskId, stage: Stage) {
        let Some(entry) = self.tasks.get_mut(&task) else { return };
        entry.stage = stage;
        entry.tell();
        if self.kept.is_some() {
            // It goes when its host says so: a task that is not known any more would count as one that never began.
            return;
        }
        self.over.push_back(task);
        while self.over.len() > limits::LEASES_REMEMBERED {
            if let Some(oldest) = self.over.pop_front()
                && self.tasks.get(&oldest).is_some_and(|entry| entry.watch.is_none())
            {
                self.tasks.remove(&oldest);
                self.clean();
            }
        }
    }

    fn clean(&mut self) {
        let tasks = &self.tasks;
        self.by_token.retain(|_, task| tasks.contains_key(task));
        self.over.retain(|task| tasks.contains_key(task));
    }
}

impl Entry {
    fn is_to_stop(&self) -> bool {
        self.watch.as_ref().is_none_or(|watch| watch.control.stop.urgency().is_some())
    }

    /// Wakes whoever watches it.
    fn tell(&mut self) {
        if let Some(changed) = self.watch.as_mut().and_then(|watch| watch.changed.take()) {
            wake(changed);
        }
    }
}

fn wake(waiting: oneshot::Sender<()>) {
    // Nobody may be waiting any more.
    let _ = waiting.send(());
}

fn lost(agent: &AgentId, end: LeaseEnd) -> String {
    match end {
        LeaseEnd::Expired { at } => {
            format!("agent {agent} was not heard of before its lease ended, at {}", at.to_rfc3339())
        }
        LeaseEnd::GivenUp => format!("it was taken from agent {agent}, for nobody wanted it any more"),
    }
}

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use cutover::deployment::Report;
use cutover::{AgentId, DeploymentId, TaskId, TaskOrder, Timestamp};
use futures::future::{Either, select};
use futures::pin_mut;

use super::desk::{Desk, Standing, Trace};
use super::kept::Kept;
use super::lease::{Heartbeat, Lease, LeaseError, LeaseToken};
use crate::secrets::without_secrets;
use crate::{
    Clock, Found, SecretsAtHand, StillRunning, StopSignal, TaskControl, TaskRunner, Urgency, limits,
};

/// Hands tasks to the host's own agents, each with a lease. See [the module](crate::remote) for what that means. Clones are the same.
///
/// ```
/// use std::time::Duration;
///
/// use cutover::deployment::Report;
/// use cutover::{Actor, AgentId, NewRelease, PipelineDefinition, Stage, StageId, Task};
/// use cutover_engine::remote::RemoteRunner;
/// use cutover_engine::{Clock, Engine, Runners, SystemClock};
/// use cutover_store_memory::MemoryStore;
///
/// # futures::executor::block_on(async {
/// let agents = RemoteRunner::in_memory(Duration::from_secs(60), SystemClock::new());
/// let engine = Engine::builder(MemoryStore::new()).runner(Runners::new().otherwise(agents.clone())).build().await?;
/// # let driving = std::thread::spawn({ let run = engine.run(); move || futures::executor::block_on(run) });
/// # let ann = Actor::user("ann")?;
/// # let dev = Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("deploy"));
/// # let pipeline = engine.create_pipeline(&ann, PipelineDefinition::new("Shop").with_stage(dev)).await?;
/// # engine.create_release(&ann, pipeline, NewRelease::default()).await?;
///
/// // What the host's transport does when agent `linux-1` asks for work:
/// let lease = agents.next(&AgentId::new("linux-1")?, |order| order.task.id == "command").await?;
/// assert_eq!(lease.order.inputs["script"], "deploy");
/// // ... and when it says something about it, by its token:
/// let heartbeat = agents.heartbeat(&lease.token)?;
/// assert_eq!(heartbeat.stop, None);
/// agents.log(&lease.token, SystemClock::new().now(), "deploying")?;
/// agents.report(&lease.token, Report::Succeeded).await?;
/// assert!(agents.report(&lease.token, Report::Succeeded).await.is_err(), "once is enough");
/// # engine.shut_down(Duration::from_secs(1));
/// # driving.join().expect("it does not panic")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct RemoteRunner(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    desk: Mutex<Desk>,
}

impl RemoteRunner {
    /// Keeps leases in memory: after a restart of the host, tasks that agents had are lost. A lease ends so long after the last heartbeat;
    /// a hundred years at most. Of the tasks that are over, the last 10,000 are known yet, so that late words about them are answered.
    pub fn in_memory(lease: Duration, clock: impl Clock) -> Self {
        Self::new(Desk::new(bounded(lease), None), clock)
    }

    /// Keeps leases in a folder, which is created where it is missing. One store, one folder.
    ///
    /// None of them is forgotten by itself, for a task of which nothing is known counts as one that never began. What is kept of each task
    /// stays in the folder, and from when it is offered or the folder is opened in memory, too, until the host says
    /// [`RemoteRunner::forget`]: some 400 bytes there, and what its agent reported, its messages and the variables that it set.
    ///
    /// # Errors
    /// If what is in the folder can't be read.
    pub fn kept_in(folder: impl Into<PathBuf>, lease: Duration, clock: impl Clock) -> io::Result<Self> {
        let desk = Desk::open(bounded(lease), Kept::open(folder.into())?, clock.now())?;
        Ok(Self::new(desk, clock))
    }

    fn new(desk: Desk, clock: impl Clock) -> Self {
        Self(Arc::new(Shared { clock: Arc::new(clock), desk: Mutex::new(desk) }))
    }

    /// What is on offer, the oldest first.
    pub fn offers(&self) -> Vec<TaskOrder> {
        self.0.desk().offers().into_iter().cloned().collect()
    }

    /// Gives the oldest task to an agent that suits; `None` if none does at present. A task that the core gave to an agent (J11) suits
    /// no other.
    ///
    /// # Errors
    /// If the lease can't be written where it is kept. The task then stays on offer.
    pub fn take(&self, agent: &AgentId, suits: impl Fn(&TaskOrder) -> bool) -> io::Result<Option<Lease>> {
        self.0.desk().take(agent, suits, self.0.clock.now())
    }

    /// The same, as soon as there is one. It may be dropped at any time.
    ///
    /// # Errors
    /// As [`RemoteRunner::take`].
    pub async fn next(&self, agent: &AgentId, suits: impl Fn(&TaskOrder) -> bool) -> io::Result<Lease> {
        loop {
            let offered = {
                let mut desk = self.0.desk();
                if let Some(lease) = desk.take(agent, &suits, self.0.clock.now())? {
                    return Ok(lease);
                }
                desk.next_offer()
            };
            // Its other end goes only with the runner, of which this is one.
            let _ = offered.await;
        }
    }

    /// Says that the agent is there; the lease is as long again from now on.
    ///
    /// # Errors
    /// [`LeaseError`]. After [`LeaseError::Ended`] the agent must stop the task.
    pub fn heartbeat(&self, token: &LeaseToken) -> Result<Heartbeat, LeaseError> {
        self.0.desk().beat(token, self.0.clock.now())
    }

    /// Takes a whole line that the task wrote. Its secrets are masked.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub fn log(&self, token: &LeaseToken, at: Timestamp, line: &str) -> Result<(), LeaseError> {
        let (task, control) = self.control(token)?;
        control.log.line(task, at, line);
        Ok(())
    }

    /// The secrets of the task: by them a value is [hidden](SecretsAtHand::hide) that the task declares, or
    /// [kept](SecretsAtHand::keep) that it sets.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub fn secrets(&self, token: &LeaseToken) -> Result<SecretsAtHand, LeaseError> {
        self.control(token).map(|(_, control)| control.secrets)
    }

    /// Takes what came of the task. Once this returns well the agent has done its part, and no restart loses it where leases are kept in
    /// a folder.
    ///
    /// # Errors
    /// [`LeaseError`]; of two reports the first one counts.
    pub async fn report(&self, token: &LeaseToken, report: Report) -> Result<(), LeaseError> {
        let (task, control) = self.control(token)?;
        // Before it is kept: nothing secret is (V4).
        let now = self.0.clock.now();
        let report = without_secrets(report, &control.secrets, &*control.log, task, now).await;
        let now = self.0.clock.now();
        // When it was said, for whoever hears of it later.
        let report = if report.end().is_some() { report } else { report.ended_at(now) };
        self.0.desk().report(token, report, now)
    }

    /// Forgets the tasks of a deployment, and removes what is kept of them.
    ///
    /// Only for one that is over: afterwards nothing keeps its tasks from being run again. Where leases are kept in a folder, a host calls it for
    /// every deployment, as soon as that is over or when its release is deleted. An agent that says something afterwards hears
    /// that its lease is not known.
    ///
    /// # Errors
    /// If agents still have some of them, or something can't be removed.
    pub fn forget(&self, deployment: DeploymentId) -> io::Result<()> {
        self.0.desk().forget(deployment)
    }

    fn control(&self, token: &LeaseToken) -> Result<(TaskId, TaskControl), LeaseError> {
        self.0.desk().control(token, self.0.clock.now())
    }

    /// Until it is over.
    async fn watch(&self, task: TaskId, stop: &StopSignal) -> Report {
        let watching = Watching { shared: &self.0, task, stop };
        loop {
            let standing = self.0.desk().look(task, self.0.clock.now());
            match standing {
                None => return Report::Lost { message: "its lease is not known".to_owned() },
                Some(Standing::Over(report)) => return report,
                Some(Standing::Offered(changed)) => {
                    let stopped = stop.stopped(Urgency::Gently);
                    pin_mut!(stopped);
                    if let Either::Right(_) = select(changed, stopped).await {
                        watching.shared.desk().withdraw(task);
                    }
                }
                Some(Standing::Leased(ends_at, changed)) => {
                    select(changed, self.0.clock.wait_until(ends_at)).await;
                }
            }
        }
    }
}

fn bounded(lease: Duration) -> TimeDelta {
    let longest = TimeDelta::days(limits::LONGEST_LEASE_DAYS);
    TimeDelta::from_std(lease).map_or(longest, |lease| lease.min(longest))
}

/// Sees to it that a task is left as it should be when nobody waits for it any more.
struct Watching<'w> {
    shared: &'w Shared,
    task: TaskId,
    stop: &'w StopSignal,
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.shared.desk().leave(self.task, self.stop.urgency().is_some());
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TaskRunner for RemoteRunner {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        let (task, stop) = (order.id, control.stop.clone());
        let offered = self.0.desk().offer(order, control);
        match offered {
            Ok(()) => self.watch(task, &stop).await,
            Err(message) => Report::Failed { message },
        }
    }

    async fn find(&self, order: &TaskOrder) -> Found {
        let desk = self.0.desk();
        match desk.trace(order.id) {
            Trace::Leased => Found::Begun,
            Trace::Reported => Found::Ended,
            Trace::Withdrawn => Found::NeverBegan,
            // A lease is written before it is given.
            Trace::None if desk.is_kept() => Found::NeverBegan,
            Trace::None => {
                let message = "nothing is known of it: its lease, if it had one, was in memory".to_owned();
                Found::Lost { message }
            }
            Trace::Offered => Found::NotNow { message: "it is on offer, for another engine".to_owned() },
            Trace::Ended(message) => Found::Lost { message },
        }
    }

    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        let stop = control.stop.clone();
        self.0.desk().watch(order.id, control);
        self.watch(order.id, &stop).await
    }

    async fn running(&self) -> StillRunning {
        self.0.desk().leased_tasks().into()
    }

    async fn kill(&self, task: TaskId) {
        self.0.desk().kill(task);
    }
}

impl fmt::Debug for RemoteRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let desk = self.0.desk();
        f.debug_struct("RemoteRunner")
            .field("offers", &desk.offers().len())
            .field("leases", &desk.leased_tasks().len())
            .finish_non_exhaustive()
    }
}

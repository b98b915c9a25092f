use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cutover::deployment::Report;
use cutover::{TaskId, TaskOrder};

use super::{Found, StillRunning, TaskControl, TaskRunner};

/// Which runner runs which tasks, by the id that a task says it is run by. Ids are compared without case.
///
/// A task whose id nobody runs fails, and says so.
#[derive(Clone, Default)]
pub struct Runners {
    by_id: BTreeMap<String, Arc<dyn TaskRunner>>,
    otherwise: Option<Arc<dyn TaskRunner>>,
}

impl Runners {
    /// Nobody runs anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tasks of this id are run by `runner`, in place of who ran them before.
    #[must_use]
    pub fn with(mut self, id: impl AsRef<str>, runner: impl TaskRunner) -> Self {
        self.by_id.insert(id.as_ref().to_lowercase(), Arc::new(runner));
        self
    }

    /// Tasks of every other id are run by `runner`.
    #[must_use]
    pub fn otherwise(mut self, runner: impl TaskRunner) -> Self {
        self.otherwise = Some(Arc::new(runner));
        self
    }

    fn of(&self, order: &TaskOrder) -> Option<&Arc<dyn TaskRunner>> {
        self.by_id.get(&order.task.id.to_lowercase()).or(self.otherwise.as_ref())
    }
}

fn nobody(order: &TaskOrder) -> String {
    format!("nobody runs tasks of id {:?}: name a runner for it when the engine is built", order.task.id)
}

#[async_trait]
impl TaskRunner for Runners {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        match self.of(&order) {
            Some(runner) => Arc::clone(runner).run(order, control).await,
            None => Report::Failed { message: nobody(&order) },
        }
    }

    async fn find(&self, order: &TaskOrder) -> Found {
        match self.of(order) {
            Some(runner) => runner.find(order).await,
            None => Found::Lost { message: nobody(order) },
        }
    }

    async fn resume(&self, order: TaskOrder, control: TaskControl) -> Report {
        match self.of(&order) {
            Some(runner) => Arc::clone(runner).resume(order, control).await,
            None => Report::Lost { message: nobody(&order) },
        }
    }

    async fn running(&self) -> StillRunning {
        // Runners that share a folder name the same tasks.
        let (mut all, mut not_all) = (BTreeSet::new(), None);
        for runner in self.by_id.values().chain(&self.otherwise) {
            let running = runner.running().await;
            all.extend(running.tasks);
            not_all = not_all.or(running.not_all);
        }
        StillRunning { tasks: all.into_iter().collect(), not_all }
    }

    async fn kill(&self, task: TaskId) {
        for runner in self.by_id.values().chain(&self.otherwise) {
            runner.kill(task).await;
        }
    }
}

impl fmt::Debug for Runners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runners")
            .field("ids", &self.by_id.keys().collect::<Vec<_>>())
            .field("has_otherwise", &self.otherwise.is_some())
            .finish()
    }
}

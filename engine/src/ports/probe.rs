use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cutover::GateOrder;

/// Evaluates gates (G2). The host maps task ids to probes, with [`Probes`].
#[async_trait]
pub trait GateProbe: Send + Sync + 'static {
    /// Looks once whether all is well.
    ///
    /// It is driven by the host's [`Spawn`](super::Spawn). It has until the next sample begins: then its answer comes too late, and its
    /// future is dropped (G3). One that panics has failed in this sample. Several engines on one store each evaluate for themselves, so
    /// that it must change nothing.
    async fn evaluate(&self, order: GateOrder) -> Evaluation;
}

/// What a gate's evaluation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluation {
    /// All is well.
    Succeeded,
    /// Something is not, or it could not be evaluated.
    Failed {
        /// What, for people. It is not recorded: [`Engine::health`](crate::Engine::health) tells the newest.
        message: String,
    },
}

/// Which probe evaluates which gates, by the id that a gate says it is evaluated by. Ids are compared without case.
///
/// A gate whose id nobody evaluates fails, and says so.
#[derive(Clone, Default)]
pub struct Probes {
    by_id: BTreeMap<String, Arc<dyn GateProbe>>,
    otherwise: Option<Arc<dyn GateProbe>>,
}

impl Probes {
    /// Nobody evaluates anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gates of this id are evaluated by `probe`, in place of who evaluated them before.
    #[must_use]
    pub fn with(mut self, id: impl AsRef<str>, probe: impl GateProbe) -> Self {
        self.by_id.insert(id.as_ref().to_lowercase(), Arc::new(probe));
        self
    }

    /// Gates of every other id are evaluated by `probe`.
    #[must_use]
    pub fn otherwise(mut self, probe: impl GateProbe) -> Self {
        self.otherwise = Some(Arc::new(probe));
        self
    }
}

#[async_trait]
impl GateProbe for Probes {
    async fn evaluate(&self, order: GateOrder) -> Evaluation {
        let id = &order.task.id;
        if let Some(probe) = self.by_id.get(&id.to_lowercase()).or(self.otherwise.as_ref()) {
            return probe.evaluate(order).await;
        }
        let message =
            format!("nobody evaluates gates of id {id:?}: name a probe for it when the engine is built");
        Evaluation::Failed { message }
    }
}

impl fmt::Debug for Probes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probes")
            .field("ids", &self.by_id.keys().collect::<Vec<_>>())
            .field("has_otherwise", &self.otherwise.is_some())
            .finish()
    }
}

#[async_trait]
impl<P: GateProbe + ?Sized> GateProbe for Arc<P> {
    async fn evaluate(&self, order: GateOrder) -> Evaluation {
        (**self).evaluate(order).await
    }
}

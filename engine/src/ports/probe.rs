use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cutover::GateOrder;

use crate::SecretsAtHand;

/// Evaluates gates (G2). The host maps task ids to probes, with [`Probes`].
#[async_trait]
pub trait GateProbe: Send + Sync + 'static {
    /// Looks once whether all is well.
    ///
    /// It is driven by the host's [`Spawn`](super::Spawn). It has until the next sample begins: then its answer comes too late, and its
    /// future is dropped (G3). One that panics has failed in this sample. Several engines on one store each evaluate for themselves, so
    /// that it must change nothing.
    async fn evaluate(&self, order: GateOrder) -> Evaluation;

    /// The same for a gate that speaks of secrets, which were resolved (V4): [`SecretsAtHand::expand`] replaces what is left of them in
    /// its inputs. What the answer says is told without them.
    ///
    /// A probe that has nothing to do with secrets leaves this as it is.
    async fn evaluate_with(&self, order: GateOrder, secrets: SecretsAtHand) -> Evaluation {
        let _ = secrets;
        self.evaluate(order).await
    }
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

    fn of(&self, order: &GateOrder) -> Option<&Arc<dyn GateProbe>> {
        self.by_id.get(&order.task.id.to_lowercase()).or(self.otherwise.as_ref())
    }
}

#[async_trait]
impl GateProbe for Probes {
    async fn evaluate(&self, order: GateOrder) -> Evaluation {
        match self.of(&order) {
            Some(probe) => probe.evaluate(order).await,
            None => nobody(&order),
        }
    }

    async fn evaluate_with(&self, order: GateOrder, secrets: SecretsAtHand) -> Evaluation {
        match self.of(&order) {
            Some(probe) => probe.evaluate_with(order, secrets).await,
            None => nobody(&order),
        }
    }
}

fn nobody(order: &GateOrder) -> Evaluation {
    let id = &order.task.id;
    let message =
        format!("nobody evaluates gates of id {id:?}: name a probe for it when the engine is built");
    Evaluation::Failed { message }
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

    async fn evaluate_with(&self, order: GateOrder, secrets: SecretsAtHand) -> Evaluation {
        (**self).evaluate_with(order, secrets).await
    }
}

//! What is spawned for a gate that is asked, beside the engine.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use cutover::gate::GateRun;
use cutover::{GateId, GateOrder, PipelineDefinition, Release};
use futures::FutureExt;
use futures::future::abortable;
use tracing::Instrument;

use super::samplings::{Asking, Due, Side};
use super::watch::words_of;
use crate::engine::Inner;
use crate::secrets::Masks;
use crate::{Evaluation, GateProbe};

impl Inner {
    /// Goes on with the gates of one side: asks those whose sample begins, and says what is to be recorded.
    pub(super) fn sample(
        self: &Arc<Self>,
        release: &Release,
        definition: &PipelineDefinition,
        side: Side,
        run: &GateRun,
    ) -> Option<cutover::gate::Taken> {
        loop {
            match self.samplings.go_on(side, run, self.now()) {
                Due::Record(taken) => return Some(taken),
                Due::Ask(sample, gates) => {
                    let asking = Asking { begun_at: run.begun_at(), sample };
                    for gate in gates {
                        let (deployment, moment) = side;
                        self.ask(release, definition, GateId { deployment, moment, gate }, asking);
                    }
                }
                Due::Nothing => return None,
            }
        }
    }

    /// Has a gate evaluated, until it answers, panics, or its sample is over. If none of that is heard of, it did not answer.
    fn ask(
        self: &Arc<Self>,
        release: &Release,
        definition: &PipelineDefinition,
        gate: GateId,
        asking: Asking,
    ) {
        let sample = asking.sample;
        let order = match release.gate_order(definition, gate) {
            Ok(order) => order,
            Err(error) => {
                let evaluation = Evaluation::Failed { message: error.to_string() };
                return self.samplings.hear(gate, asking, evaluation, self.now());
            }
        };
        let span = tracing::info_span!("gate", %gate, %sample, probe = order.task.id, name = order.name, stage = order.stage);
        let probe = Arc::clone(&self.probe);
        let token = Arc::new(());
        let counted = Arc::downgrade(&token);
        let inner = Arc::clone(self);
        let masks = Arc::new(Masks::default());
        let said = Arc::clone(&masks);
        let evaluating = async move {
            let evaluation = inner.evaluate(&*probe, order, &masks).await;
            drop(token);
            evaluation
        };
        let (evaluating, handle) = abortable(AssertUnwindSafe(evaluating).catch_unwind());
        if self.samplings.ask(gate, handle, counted).is_none() {
            tracing::warn!(%gate, %sample, "it is not asked: earlier evaluations of it have not come to their end");
            return;
        }
        let engine = Arc::clone(self);
        let future = async move {
            let evaluation = match evaluating.await {
                Ok(Ok(evaluation)) => evaluation,
                Ok(Err(panic)) => {
                    Evaluation::Failed { message: format!("its probe panicked: {}", words_of(&*panic)) }
                }
                Err(_too_late) => return,
            };
            let evaluation = match evaluation {
                Evaluation::Succeeded => Evaluation::Succeeded,
                Evaluation::Failed { message } => {
                    Evaluation::Failed { message: said.mask(&message).into_owned() }
                }
            };
            tracing::info!(?evaluation, "the gate has answered");
            engine.samplings.hear(gate, asking, evaluation, engine.now());
            engine.feed.note_release(gate.deployment.release);
        };
        self.spawn.spawn(future.instrument(span).boxed());
    }

    /// Has a gate evaluated with the secrets that it speaks of. One that can't be resolved fails it in this sample, and no other.
    async fn evaluate(&self, probe: &dyn GateProbe, order: GateOrder, masks: &Arc<Masks>) -> Evaluation {
        if order.secrets.is_empty() {
            return probe.evaluate(order).await;
        }
        match self.secrets_of_gate(&order, masks).await {
            Ok(secrets) => probe.evaluate_with(order, secrets).await,
            Err(error) => Evaluation::Failed { message: error.to_string() },
        }
    }
}

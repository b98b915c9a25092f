use async_trait::async_trait;
use cutover::GateOrder;

use super::call::Call;
use super::client::{HttpClient, hide};
use crate::{Evaluation, GateProbe, SecretsAtHand};

/// A gate that calls a server and is well if it answers as expected.
///
/// | input | |
/// |---|---|
/// | `url` | what is called; or `connection` (`connectedServiceName`, ...) and `urlSuffix`: one that the [`HttpClient`] knows, and what comes after its address |
/// | `method` | `GET` if nothing is said. `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`, `OPTIONS`. A gate should change nothing |
/// | `headers` | a JSON object, or lines as `name: value` |
/// | `body` | what is sent, unless it is a `GET` or a `HEAD` |
/// | `timeoutSeconds` | until all of the answer must be there; what the client says, and at most that |
/// | `expectedStatus` | `200`, `200-299`, `200, 204`; 200 to 299 if nothing is said |
/// | `jsonPath` | a path by RFC 9535 that must find something in the answer |
/// | `expectedValue` | what everything must be that it finds |
/// | `successCriteria` | an expression over the answer, such as `and(eq(root['status'], 'ok'), lt(count(root['open']), 3))`; the functions are those of conditions (C1) |
/// | `waitForCompletion` | `true` is not known here, and fails |
///
/// Names are compared without case. It follows redirects to the same scheme, host and port, and to no other; of a call that may change
/// something it follows none.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use cutover::{Gate, TaskRef};
/// use cutover_engine::http::{HttpClient, HttpProbe};
/// use cutover_engine::{Engine, Probes};
/// use cutover_store_memory::MemoryStore;
///
/// let builder = Engine::builder(MemoryStore::new()).probe(Probes::new().with("http", HttpProbe::new(HttpClient::new())));
///
/// let inputs = [("url", "https://shop.example/health"), ("jsonPath", "$.status"), ("expectedValue", "UP")];
/// let inputs = inputs.map(|(name, text)| (name.to_owned(), text.to_owned()));
/// let gate = Gate { name: "health".to_owned(), task: TaskRef::new("http"), inputs: BTreeMap::from(inputs), enabled: true };
/// ```
#[derive(Debug, Clone)]
pub struct HttpProbe {
    client: HttpClient,
}

impl HttpProbe {
    /// Asks by this client.
    pub const fn new(client: HttpClient) -> Self {
        Self { client }
    }

    async fn ask(&self, order: &GateOrder, secrets: &SecretsAtHand) -> Result<(), String> {
        let call = Call::read(&self.client, &order.inputs, secrets)?;
        hide(&call, secrets);
        let (call, answer) = self.client.make(call).await?;
        call.expected.judge(&answer?)
    }
}

#[async_trait]
impl GateProbe for HttpProbe {
    async fn evaluate(&self, order: GateOrder) -> Evaluation {
        self.evaluate_with(order, SecretsAtHand::none()).await
    }

    async fn evaluate_with(&self, order: GateOrder, secrets: SecretsAtHand) -> Evaluation {
        match self.ask(&order, &secrets).await {
            Ok(()) => Evaluation::Succeeded,
            // What its connection proves itself by, the engine does not know.
            Err(message) => Evaluation::Failed { message: secrets.mask(&message) },
        }
    }
}

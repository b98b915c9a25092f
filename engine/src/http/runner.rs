use std::time::SystemTime;

use async_trait::async_trait;
use cutover::deployment::Report;
use cutover::{TaskOrder, Timestamp};
use futures::future::{Either, select};
use futures::pin_mut;

use super::call::Call;
use super::client::{Answer, HttpClient, hide};
use super::place;
use crate::{TaskControl, TaskRunner, Urgency, limits};

/// The task "Invoke REST API": calls a server, and succeeds if it answers as expected. What it is told is what [`HttpProbe`](super::HttpProbe)
/// is told.
///
/// It is made for the jobs that need no agent. What is answered goes to the task's log, as far as it is not too long. A task that is
/// asked to stop waits for no answer any more; whether the server did what it was asked is then not known. A call that was
/// under way when its engine died is lost, and not made again.
///
/// ```
/// use cutover_engine::Runners;
/// use cutover_engine::http::{HttpClient, RestCall};
///
/// let runners = Runners::new().with(RestCall::ID, RestCall::new(HttpClient::new()));
/// ```
#[derive(Debug, Clone)]
pub struct RestCall {
    client: HttpClient,
}

impl RestCall {
    /// The public id of the task "Invoke REST API".
    pub const ID: &'static str = "9c3e8943-130d-4c78-ac63-8af81df62dfb";

    /// Calls by this client.
    pub const fn new(client: HttpClient) -> Self {
        Self { client }
    }

    async fn call(&self, order: &TaskOrder, control: &TaskControl) -> Result<(), String> {
        let say = |text: &str| control.log.line(order.id, Timestamp::from(SystemTime::now()), text);
        if let Some(name) = order.secrets.keys().find(|name| control.secrets.get(name).is_none()) {
            return Err(format!("it refers to the secret {name:?}, which was not resolved"));
        }
        let call = Call::read(&self.client, &order.inputs, &control.secrets)?;
        hide(&call, &control.secrets);
        // Not the whole address: a part of it may prove who calls.
        say(&format!("{} {}{}", call.method, place::of(&call.uri), call.uri.path()));
        let calling = self.client.make(call);
        let stopped = control.stop.stopped(Urgency::Gently);
        pin_mut!(calling, stopped);
        let (call, answer) = match select(stopped, calling).await {
            Either::Left(((), _)) => return Err("it was asked to stop before it was answered".to_owned()),
            Either::Right((outcome, _)) => outcome?,
        };
        let answer = answer?;
        show(&answer, say);
        call.expected.judge(&answer)
    }
}

/// Says what was answered.
fn show(answer: &Answer, say: impl Fn(&str)) {
    say(&format!("answered {}", answer.status));
    let mut left = limits::ANSWER_BYTES_SHOWN;
    for line in answer.text.lines() {
        match left.checked_sub(line.len() + 1) {
            Some(rest) => left = rest,
            None => return say("the rest of the answer is not shown: it is too long"),
        }
        say(line);
    }
}

#[async_trait]
impl TaskRunner for RestCall {
    async fn run(&self, order: TaskOrder, control: TaskControl) -> Report {
        match self.call(&order, &control).await {
            Ok(()) => Report::Succeeded,
            Err(message) => Report::Failed { message },
        }
    }
}

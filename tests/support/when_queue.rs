//! Steps in which people pause queues and move what waits in them (Q9).

use cucumber::when;
use cutover::QueueCommand;
use cutover::transaction::Command;

use super::spec::Spec;
use super::when::text;
use super::words;

#[when(regex = r#"^(\S+) (pauses|resumes) the queue of (\S+?)(?:, saying "(.*)")?$"#)]
async fn pauses(spec: &mut Spec, who: String, what: String, stage: String, said: String) {
    spec.save_if_new().await;
    let queue = spec.queue_id(&stage);
    let said = text(&said);
    let command = match what.as_str() {
        "pauses" => QueueCommand::Pause { reason: said },
        _ => QueueCommand::Resume { comment: said },
    };
    spec.give(&words::actor(&who), Command::Queue(queue, command)).await;
}

#[when(regex = r#"^(\S+) moves (\S+) of (R\d+) to the front(?:, saying "(.*)")?$"#)]
async fn moves(spec: &mut Spec, who: String, stage: String, release: String, comment: String) {
    let queue = spec.queue_id(&stage);
    let latest = spec.release(&release).latest(queue.stage).expect("it was deployed");
    let command = QueueCommand::MoveToFront { deployment: latest.id, comment: text(&comment) };
    spec.give(&words::actor(&who), Command::Queue(queue, command)).await;
}

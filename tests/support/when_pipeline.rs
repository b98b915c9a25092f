//! Steps in which a pipeline is disabled, deleted and brought back (P6).

use cucumber::when;
use cutover::transaction::Command;
use cutover::{NotOver, PipelineStatusCommand};

use super::spec::Spec;
use super::words;

async fn give(spec: &mut Spec, who: &str, command: PipelineStatusCommand) {
    spec.save_if_new().await;
    let pipeline = spec.editor().id;
    spec.give(&words::actor(who), Command::PipelineStatus(pipeline, command)).await;
}

#[when(regex = r#"^(\S+) (disables|enables|restores) the pipeline(?:, saying "(.*)")?$"#)]
async fn changes(spec: &mut Spec, who: String, what: String, comment: String) {
    let command = match what.as_str() {
        "disables" => PipelineStatusCommand::Disable { comment },
        "enables" => PipelineStatusCommand::Enable,
        _ => PipelineStatusCommand::Restore,
    };
    give(spec, &who, command).await;
}

#[when(regex = r#"^(\S+) deletes the pipeline( by force)?(?:, saying "(.*)")?$"#)]
async fn deletes(spec: &mut Spec, who: String, force: String, comment: String) {
    spec.save_if_new().await;
    let pipeline = spec.editor().id;
    let stages = spec.seen().pipeline(pipeline).expect("it exists").stages_ever().collect();
    let not_over = if force.is_empty() { NotOver::Refuse } else { NotOver::Cancel };
    give(spec, &who, PipelineStatusCommand::Delete { stages, not_over, comment }).await;
}

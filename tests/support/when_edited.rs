//! Steps in which pipelines and releases are changed, and only what failed is deployed again.

use cucumber::gherkin::Step;
use cucumber::when;
use cutover::{DeployRequest, ReleaseCommand, ReleaseEdit, StageEdit};

use super::spec::Spec;
use super::when::{fields, text};
use super::words;

/// The stage as the editor has it before him.
#[when(regex = r#"^(\S+) revises (tasks|variables) of (\S+) of (R\d+)(?:, saying "(.*)")?$"#)]
async fn revises(
    spec: &mut Spec,
    who: String,
    what: String,
    stage: String,
    release: String,
    comment: String,
) {
    let edited = spec.editor().definition.stage_named(&stage).cloned();
    let id = spec.stage_id(Some(&release), &stage);
    let mut edit = StageEdit { comment: text(&comment), ..StageEdit::of(id) };
    match (&*what, edited) {
        ("tasks", Some(edited)) => edit.jobs = Some(edited.jobs),
        (_, Some(edited)) => edit.variables = Some(edited.variables),
        (_, None) => {}
    }
    spec.give_release(&who, &release, ReleaseCommand::ReviseStage(edit)).await;
}

#[when(regex = r"^(\S+) changes (R\d+):$")]
async fn changes(spec: &mut Spec, who: String, release: String, step: &Step) {
    let mut edit = ReleaseEdit::default();
    for (field, value) in fields(step) {
        match field.as_str() {
            "name" => edit.name = Some(text(&value)),
            "description" => edit.description = Some(text(&value)),
            "tags" => edit.tags = Some(words::list(&value).into_iter().collect()),
            other => panic!("nothing of a release changes by {other:?}"),
        }
    }
    spec.give_release(&who, &release, ReleaseCommand::Edit(edit)).await;
}

#[when(regex = r#"^(\S+) (keeps|no longer keeps) (R\d+) forever(?:, saying "(.*)")?$"#)]
async fn keeps(spec: &mut Spec, who: String, how: String, release: String, comment: String) {
    let comment = text(&comment);
    let command = match &*how {
        "keeps" => ReleaseCommand::KeepForever { comment },
        _ => ReleaseCommand::LetGo { comment },
    };
    spec.give_release(&who, &release, command).await;
}

#[when(regex = r#"^(\S+) deploys the failed jobs of (\S+) of (R\d+)$"#)]
async fn deploys_failed(spec: &mut Spec, who: String, stage: String, release: String) {
    let request = DeployRequest::new(spec.stage_id(Some(&release), &stage)).failed_jobs_only();
    spec.give_release(&who, &release, ReleaseCommand::Deploy(request)).await;
}

#[when(regex = r#"^(\S+) restores revision (\d+)(?: against revision (\d+))?(?:, saying "(.*)")?$"#)]
async fn restores(spec: &mut Spec, who: String, revision: u32, against: String, comment: String) {
    let newest = spec.newest_revision();
    // A revision that there is not has no definition to be given.
    let definition = spec.definition_at(revision).unwrap_or_else(|| spec.editor().definition.clone().into());
    spec.restore(&who, against.parse().unwrap_or(newest), revision, definition, text(&comment)).await;
}

#[when(regex = r"^(\S+) passes revision (\d+) off as revision (\d+)$")]
async fn passes_off(spec: &mut Spec, who: String, given: u32, revision: u32) {
    let (newest, definition) = (spec.newest_revision(), spec.definition_at(given));
    let definition = definition.expect("there is such a revision");
    spec.restore(&who, newest, revision, definition, String::new()).await;
}

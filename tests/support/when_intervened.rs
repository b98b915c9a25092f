//! Steps about manual interventions: resumed or rejected (J8).

use cucumber::when;
use cutover::ReleaseCommand;
use cutover::deployment::InterventionAnswer;

use super::spec::Spec;

#[when(regex = r#"^(\S+) (resumes|rejects) task (\S+) of (\S+) of (R\d+)(?:, saying "(.*)")?$"#)]
async fn answers(
    spec: &mut Spec,
    who: String,
    answer: String,
    name: String,
    stage: String,
    release: String,
    comment: String,
) {
    let task = spec.task_id(&release, &stage, &name);
    let answer = match &*answer {
        "resumes" => InterventionAnswer::Resume,
        _ => InterventionAnswer::Reject,
    };
    spec.give_release(&who, &release, ReleaseCommand::AnswerIntervention { task, answer, comment }).await;
}

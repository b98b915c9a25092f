//! The sample pipelines of `examples/pipelines` are imported without a warning, and are what they say.

use std::error::Error;
use std::num::NonZeroU32;

use cutover::{AfterStage, Approver, Condition, PipelineDefinition, QueuingPolicy, StageTrigger, UserId};
use cutover_azure::{import, tasks};

fn sample(name: &str) -> Result<PipelineDefinition, Box<dyn Error>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/pipelines").join(name);
    let imported = import(&std::fs::read(path)?)?;
    assert_eq!(imported.warnings, []);
    cutover::validate(&imported.definition)?;
    let stages = imported.definition.stages.iter();
    for task in stages.flat_map(|stage| &stage.jobs).flat_map(|job| &job.tasks) {
        assert_eq!(task.task.id, tasks::COMMAND_LINE);
        assert!(task.inputs.get("script").is_some_and(|script| script.ends_with('\n')), "{}", task.name);
    }
    Ok(imported.definition)
}

#[test]
fn the_web_shop_has_approvers_before_qa_and_after_production() -> Result<(), Box<dyn Error>> {
    let shop = sample("web-shop.json")?;

    let names: Vec<_> = shop.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["Dev", "QA", "Production"]);
    assert_eq!(shop.release_name_format, "Release-$(rev:r)");
    assert_eq!(shop.stages[0].trigger, StageTrigger::AfterRelease);
    assert_eq!(shop.stages[1].before.approvals.steps[0].approver, Approver::User(UserId::new("ann")?));
    assert_eq!(shop.stages[2].after.approvals.steps[0].approver, Approver::User(UserId::new("pat")?));
    assert_eq!(shop.stages[2].queuing, QueuingPolicy::only_latest(NonZeroU32::MIN));
    for stage in &shop.stages {
        assert_eq!(stage.jobs[0].tasks.last().map(|task| &task.condition), Some(&Condition::Always));
    }
    Ok(())
}

#[test]
fn the_fork_joins_when_europe_has_succeeded_partially() -> Result<(), Box<dyn Error>> {
    let fork = sample("fork-join.json")?;

    let [check, europe, america, worldwide] = fork.stages.as_slice() else {
        return Err("four stages".into());
    };
    for region in [europe, america] {
        let after = AfterStage { stage: check.id, or_partially: false };
        assert_eq!(region.trigger, StageTrigger::AfterStages(vec![after]));
    }
    let both = [(europe, true), (america, false)]
        .map(|(region, or_partially)| AfterStage { stage: region.id, or_partially });
    assert_eq!(worldwide.trigger, StageTrigger::AfterStages(both.to_vec()));
    let two = NonZeroU32::new(2).ok_or("two")?;
    assert_eq!(worldwide.queuing, QueuingPolicy::in_order(two));
    assert!(europe.jobs[0].tasks.iter().any(|task| task.continue_on_error));
    Ok(())
}

#[test]
fn the_failing_one_has_a_task_for_failures() -> Result<(), Box<dyn Error>> {
    let failing = sample("failing.json")?;

    let conditions: Vec<_> =
        failing.stages[0].jobs[0].tasks.iter().map(|task| task.condition.clone()).collect();
    assert_eq!(
        conditions,
        [
            Condition::Succeeded,
            Condition::Succeeded,
            Condition::Succeeded,
            Condition::Failed,
            Condition::Always
        ]
    );
    Ok(())
}

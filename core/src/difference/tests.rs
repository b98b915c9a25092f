use super::*;
use crate::{ApprovalStep, Job, Moment, Stage, StageId, Task, UserId, Variable};

fn shop() -> PipelineDefinition {
    let dev = Stage::new(StageId(1), "Dev").after_release().with_task(Task::command("deploy dev"));
    let qa = Stage::new(StageId(2), "QA")
        .after(&[StageId(1)])
        .with_task(Task::command("fetch"))
        .with_task(Task::command("deploy qa"));
    PipelineDefinition::new("Shop")
        .with_stage(dev)
        .with_stage(qa)
        .with_variable("color", Variable::plain("blue"))
}

fn told(change: impl FnOnce(&mut PipelineDefinition)) -> Vec<String> {
    let mut is = shop();
    change(&mut is);
    between_definitions(&shop(), &is).changes().iter().map(Change::to_string).collect()
}

#[test]
fn what_is_equal_has_no_difference() {
    assert!(between_definitions(&shop(), &shop()).is_empty());
}

#[test]
fn a_change_is_told_by_its_place_with_what_it_was_and_is() {
    let changed = told(|shop| {
        shop.variables.insert("color".to_owned(), Variable::plain("green"));
        shop.stages[1].name = "Quality".to_owned();
        shop.stages[1].jobs[0].tasks[1].timeout_minutes = 5;
        let ann = UserId::new("ann").expect("an id");
        shop.stages[0].before.approvals.steps.push(ApprovalStep::user(ann));
    });
    let mentions = |text: &str| changed.iter().any(|line| line.contains(text));
    assert!(mentions("variables[color].value.plain: \"blue\" became \"green\""), "{changed:#?}");
    assert!(mentions("stages[Quality].name: \"QA\" became \"Quality\""), "{changed:#?}");
    assert!(mentions("stages[Quality].jobs[Agent job].tasks[deploy qa].timeout_minutes"), "{changed:#?}");
    assert!(mentions("stages[Dev].before.approvals"), "{changed:#?}");
    assert_eq!(changed.len(), 4, "{changed:#?}");
}

#[test]
fn a_task_that_is_put_in_front_changes_nothing_behind_it() {
    let changed = told(|shop| shop.stages[1].jobs[0].tasks.insert(0, Task::command("check")));
    assert_eq!(changed.len(), 1, "{changed:#?}");
    assert!(changed[0].starts_with("stages[QA].jobs[Agent job].tasks[check]: {"), "{changed:#?}");
    assert!(changed[0].ends_with(" is new"), "{changed:#?}");
}

#[test]
fn what_only_moved_is_told_as_another_order() {
    let changed = told(|shop| shop.stages[1].jobs[0].tasks.reverse());
    let order =
        r#"stages[QA].jobs[Agent job].tasks (order): ["fetch","deploy qa"] became ["deploy qa","fetch"]"#;
    assert_eq!(changed, [order]);
}

#[test]
fn parts_of_the_same_name_are_told_apart() {
    let mut was = shop();
    was.stages[0].jobs.push(Job::agent("Agent job"));
    let mut is = was.clone();
    is.stages[0].jobs[1].timeout_minutes = Some(7);
    let difference = between_definitions(&was, &is);
    assert_eq!(difference.changes().len(), 1, "{difference}");
    assert_eq!(difference.changes()[0].path(), "stages[Dev].jobs[Agent job#2].timeout_minutes");
}

#[test]
fn releases_differ_in_versions_and_values_too_and_each_change_says_what_it_is_about() {
    let definition = shop();
    let mut other = shop();
    other.stages[1].jobs[0].tasks.pop();
    other.description = "better".to_owned();
    let versions = |id: &str| BTreeMap::from([("app".to_owned(), ArtifactVersion::new(id))]);
    let (was, is) = (versions("18"), versions("19"));
    let values = BTreeMap::from([("color".to_owned(), "red".to_owned())]);
    let none = BTreeMap::new();
    let was = Contents { versions: &was, values: &none, definition: &definition };
    let is = Contents { versions: &is, values: &values, definition: &other };
    let difference = between_releases(was, is);
    let of = |area| difference.of(area).map(Change::path).collect::<Vec<_>>();
    assert_eq!(of(Area::Versions), ["versions[app].id", "versions[app].name"]);
    assert_eq!(of(Area::Variables), ["values[color]"]);
    assert_eq!(of(Area::Stage(StageId(2))), ["stages[QA].jobs[Agent job].tasks[deploy qa]"]);
    assert_eq!(of(Area::Pipeline), ["description"]);
    assert!(between_releases(was, was).is_empty());
}

#[test]
fn a_secret_is_told_by_its_name_only() {
    let changed = told(|shop| {
        shop.variables.insert("color".to_owned(), Variable::secret("shop-color"));
    });
    assert!(changed.iter().any(|line| line.contains("\"shop-color\"")), "{changed:#?}");
}

#[test]
fn an_approver_on_the_other_side_is_another_place() {
    let step = || ApprovalStep::user(UserId::new("ann").expect("an id"));
    let side = |moment| {
        PipelineDefinition::new("p").with_stage(Stage::new(StageId(1), "Dev").with_approval(moment, step()))
    };
    let difference = between_definitions(&side(Moment::Before), &side(Moment::After));
    assert_eq!(difference.changes().len(), 2, "{difference}");
}

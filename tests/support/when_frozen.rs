//! Steps about freezes: declared, lifted, overridden (F).

use cucumber::when;
use cutover::freeze::FreezesCommand;
use cutover::schedule::{WeekTime, Window};
use cutover::transaction::Command;
use cutover::{FreezeId, ReleaseCommand, Scope, Weekday};

use super::spec::Spec;
use super::words;

fn freeze(name: &str) -> FreezeId {
    FreezeId::new(name).expect("a freeze's id")
}

/// `the store`, `folder \Web`, `the pipeline`, `pipeline Shop`, or the name of a stage of the pipeline.
pub fn scope(spec: &mut Spec, text: &str) -> Scope {
    match text.split_once(' ') {
        Some(("the", "store")) => return Scope::Store,
        Some(("the", "pipeline")) => return Scope::Pipeline(spec.editor().id),
        Some(("folder", path)) => return Scope::Folder(path.to_owned()),
        Some(("pipeline", name)) => {
            let known = spec.pipelines.get(name).unwrap_or_else(|| panic!("no pipeline {name}"));
            return Scope::Pipeline(known.id);
        }
        Some(_) | None => {}
    }
    Scope::Stage { pipeline: spec.editor().id, stage: spec.stage_id(None, text) }
}

/// `Friday 16:00`.
fn week_time(text: &str) -> WeekTime {
    let (day, time) = text.split_once(' ').expect("a day and a time");
    let (hour, minute) = time.split_once(':').expect("a time of day");
    let day = match day {
        "Monday" => Weekday::Monday,
        "Tuesday" => Weekday::Tuesday,
        "Wednesday" => Weekday::Wednesday,
        "Thursday" => Weekday::Thursday,
        "Friday" => Weekday::Friday,
        "Saturday" => Weekday::Saturday,
        "Sunday" => Weekday::Sunday,
        other => panic!("no day: {other:?}"),
    };
    WeekTime { day, hour: hour.parse().expect("an hour"), minute: minute.parse().expect("a minute") }
}

async fn declare(spec: &mut Spec, who: &str, what: &str, name: &str, window: Window, reason: String) {
    spec.save_if_new().await;
    let scope = scope(spec, what);
    let command = FreezesCommand::Declare { freeze: freeze(name), scope, window, reason };
    spec.give(&words::actor(who), Command::Freezes(command)).await;
}

#[when(
    regex = r#"^(\S+) freezes (.+) from (\d{4}-\d\d-\d\d \d\d:\d\d) until (\d{4}-\d\d-\d\d \d\d:\d\d) as "(.*)", saying "(.*)"$"#
)]
async fn freezes(
    spec: &mut Spec,
    who: String,
    what: String,
    from: String,
    until: String,
    name: String,
    why: String,
) {
    let window = Window::Once { from: words::moment(&from), until: Some(words::moment(&until)) };
    declare(spec, &who, &what, &name, window, why).await;
}

#[when(
    regex = r#"^(\S+) freezes (.+) every week from (\w+ \d\d:\d\d) until (\w+ \d\d:\d\d) in (\S+) as "(.*)", saying "(.*)"$"#
)]
async fn freezes_weekly(spec: &mut Spec, step: &cucumber::gherkin::Step) {
    let text = &step.value;
    let part = |after: &str, before: &str| {
        let rest = &text[text.find(after).expect("as in the step") + after.len()..];
        rest[..rest.find(before).unwrap_or(rest.len())].to_owned()
    };
    let who = text.split(' ').next().expect("somebody").to_owned();
    let (from, until) = (week_time(&part(" from ", " until ")), week_time(&part(" until ", " in ")));
    let window = Window::Weekly { from, until, zone: part(" in ", " as ") };
    let (what, name, why) =
        (part(" freezes ", " every week"), part(" as \"", "\","), part(" saying \"", "\""));
    declare(spec, &who, &what, &name, window, why).await;
}

#[when(regex = r#"^(\S+) stops the line of (.+) as "(.*)", saying "(.*)"$"#)]
async fn stops(spec: &mut Spec, who: String, what: String, name: String, reason: String) {
    spec.save_if_new().await;
    let scope = scope(spec, &what);
    let command = FreezesCommand::StopTheLine { freeze: freeze(&name), scope, reason };
    spec.give(&words::actor(&who), Command::Freezes(command)).await;
}

#[when(regex = r#"^(\S+) lifts "(.*)"$"#)]
async fn lifts(spec: &mut Spec, who: String, name: String) {
    let command = FreezesCommand::Lift { freeze: freeze(&name), comment: String::new() };
    spec.give(&words::actor(&who), Command::Freezes(command)).await;
}

#[when(regex = r#"^(\S+) overrides the freezes of (\S+) of (R\d+)(?:, saying "(.*)")?$"#)]
async fn overrides(spec: &mut Spec, who: String, stage: String, release: String, comment: String) {
    let state = spec.release(&release);
    let stage = spec.stage_of(state, &stage).id;
    let deployment = state.latest(stage).expect("it was deployed").id;
    spec.give_release(&who, &release, ReleaseCommand::OverrideFreezes { deployment, comment }).await;
}

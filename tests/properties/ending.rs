//! The end of each case: every approval is answered, every task succeeds, what can be settled is settled, and time goes on. Then
//! everything that can end has ended (I14), and every stream folds again from its first event (I15).

use cutover::transaction::Folded;
use cutover::{Release, Work};

use crate::machine::{Cutover, Reference};
use crate::model::{Ask, State, TaskPlace, Told};
use crate::sight::right_people;
use crate::world::{World, minutes};

/// More than any case needs.
const MOST_COMMANDS: usize = 3_000;

pub fn bring_to_an_end(cutover: &mut Cutover, mut reference: Reference) {
    // What is read from the core is what it says there is to do: if it says nothing, nothing is done.
    for _ in 0..MOST_COMMANDS {
        let Some((by, ask)) = next(cutover, &mut reference) else {
            return everything_has_ended(cutover);
        };
        reference.ask(by, ask);
        cutover.follow(&reference);
    }
    cutover.fail("I14: it does not come to an end");
}

fn next(cutover: &Cutover, reference: &mut Reference) -> Option<(&'static str, Ask)> {
    if let Some(draft) = reference.model.releases.iter().find(|release| release.state == State::Draft) {
        return Some(("ann", Ask::Start { release: draft.number }));
    }
    let world = &cutover.world;
    // What is due goes first, as an engine's timers do: a command that is refused takes what was due before it along.
    let newest = world.live.iter().filter_map(|folded| folded.newest()).max().map(minutes);
    reference.clock = reference.clock.max(newest.unwrap_or_default());
    let deadlines =
        world.releases().filter_map(|release| Some((release.deadline()?.0, release.about()?.id.0)));
    let next_deadline = deadlines.min().map(|(at, release)| (minutes(at), release));
    if let Some((_, release)) = next_deadline.filter(|(at, _)| *at <= reference.clock) {
        return Some(("system", Ask::Ring { release }));
    }
    for release in world.releases() {
        if let Some(work) = world.definition_of(release).and_then(|it| release.work(it).into_iter().next()) {
            return Some(("system", carried_out(work)));
        }
        if let Some(answer) = answered(release, reference) {
            return Some(answer);
        }
    }
    for (id, queue) in world.queues() {
        if queue.has_pending_work() {
            return Some(("system", Ask::SettleQueue { stage: id.stage.0 }));
        }
    }
    // Nobody may answer what is left: its time must run out.
    let (at, release) = next_deadline?;
    reference.clock = at;
    Some(("system", Ask::Ring { release }))
}

fn carried_out(work: Work) -> Ask {
    let number = |id: &str| id[1..].parse().expect("a number");
    let place = |task: cutover::TaskId| TaskPlace {
        stage: task.deployment().stage.0,
        attempt: task.deployment().attempt.get(),
        job: task.job.job,
        task: task.task,
    };
    match work {
        Work::Run(task) => Ask::Claim { release: task.deployment().release.0, task: place(task), engine: 1 },
        Work::Watch { task, claim, .. } => Ask::Report {
            release: task.deployment().release.0,
            task: place(task),
            engine: number(claim.engine.as_str()),
            told: Told::Succeeded,
        },
        Work::Sample(..) => unreachable!("no plan has gates"),
        Work::Settle(id) => {
            Ask::Settle { release: id.release.0, stage: id.stage.0, attempt: id.attempt.get() }
        }
    }
}

/// The first open approval that somebody may answer.
fn answered(release: &Release, reference: &Reference) -> Option<(&'static str, Ask)> {
    for deployment in release.going_on() {
        for (id, ..) in deployment.open_approvals() {
            let (number, stage, after) =
                (id.deployment.release.0, id.deployment.stage.0, id.moment == cutover::Moment::After);
            let model = reference.model.release(number)?;
            let planned = reference.model.frozen(model).stage(stage)?;
            let asking = if after { &planned.after } else { &planned.before };
            let attempt = id.deployment.attempt.get();
            let requested_by = &model.deployment(stage, attempt)?.by;
            let is_requester = |name: &str| {
                model.creator == name || model.requested_for.as_deref() == Some(name) || requested_by == name
            };
            let may = |name: &&'static str| asking.requester_may || !is_requester(name);
            let people = right_people(&reference.model, (number, stage, attempt), after, id.step);
            if let Some(by) = people.into_iter().find(may) {
                return Some((
                    by,
                    Ask::Answer {
                        release: number,
                        stage,
                        attempt,
                        after,
                        step: id.step,
                        yes: true,
                        until: None,
                    },
                ));
            }
        }
    }
    None
}

fn everything_has_ended(cutover: &Cutover) {
    let world = &cutover.world;
    for release in world.releases() {
        if let Some(deployment) = release.going_on().next() {
            cutover.fail(&format!("I14: {} never ends: {:?}", deployment.id, deployment.phase));
        }
    }
    all_is_empty_and_folds_again(world).unwrap_or_else(|what| cutover.fail(&what));
}

/// Nothing goes on: no queue holds anything, and every stream folds again from its first event (I15).
pub fn all_is_empty_and_folds_again(world: &World) -> Result<(), String> {
    for (id, queue) in world.queues() {
        if queue.going_on().next().is_some() {
            return Err(format!("I5: nothing goes on, and the queue of {id:?} is {queue:?}"));
        }
    }
    for (subject, stream) in &world.streams {
        let mut folded = Folded::empty(subject.clone());
        for event in stream {
            folded.apply(event).map_err(|error| format!("I15: {error}: {error:?}"))?;
        }
        if world.live.get(subject).map(AsRef::as_ref) != Some(&folded) {
            return Err(format!("I15: {subject} folds to {folded:#?}"));
        }
    }
    Ok(())
}

//! Approvals, answered on the keyboard: say yes or no, say yes for later, hand the question on to somebody else.
//!
//! `cargo run --release --example approvals` asks you in the place of everybody. With `--yes`, or where there is no terminal, a script
//! answers: it shows a step that is handed on, one whose approver approved before, an identity that is confirmed anew, a deployment that
//! is deferred and then started at once, and who is refused and why.

use std::collections::{BTreeSet, VecDeque};
use std::error::Error;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use cutover::deployment::{Phase, Standing};
use cutover::{
    Actor, ApprovalId, ApprovalStep, Approver, DeploymentId, GroupId, Moment, NewRelease, PipelineDefinition,
    Release, ReleaseId, Stage, StageId, Task, TaskRef, UserId,
};
use cutover_engine::process::ProcessRunner;
use cutover_engine::{Clock, Engine, EngineError, Identities, ReleaseAt, Runners, SystemClock};
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const STAGES: [StageId; 3] = [StageId(1), StageId(2), StageId(3)];

/// Shows what approvers can do: answer, hand on, defer.
#[derive(Debug, Parser)]
#[command(name = "approvals")]
struct Arguments {
    /// Let a script answer. It is so, too, where there is no terminal to ask on.
    #[arg(long)]
    yes: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_scripted = arguments.yes || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal();
    match block_on(play(is_scripted)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The company's directory: who is in which group. Asked to confirm who somebody is, it believes whoever sits at the keyboard.
struct Company {
    is_scripted: bool,
}

#[async_trait::async_trait]
impl Identities for Company {
    async fn groups(&self, user: &UserId) -> BTreeSet<GroupId> {
        let is_member = ["cy", "dee"].contains(&user.as_str());
        if is_member { GroupId::new("operations").into_iter().collect() } else { BTreeSet::new() }
    }

    async fn confirms_anew(&self, user: &UserId) -> bool {
        if self.is_scripted {
            println!("   {user} is asked to sign in again, and does");
            return true;
        }
        read_line(&format!("   sign in again: type \"{user}\" ")).is_some_and(|line| line == user.as_str())
    }
}

/// QA: ann and bob. Live: ann, who is not asked twice, and somebody of operations, who must sign in again. Prod: eve made the release
/// and may not approve it.
fn web_shop() -> Outcome<PipelineDefinition> {
    let user = |name: &str| UserId::new(name).map(ApprovalStep::user);
    let [qa, live, prod] = STAGES;
    let mut stages = [
        Stage::new(qa, "QA")
            .after_release()
            .with_approval(Moment::Before, user("ann")?)
            .with_approval(Moment::Before, user("bob")?),
        Stage::new(live, "Live")
            .after(&[qa])
            .with_approval(Moment::Before, user("ann")?)
            .with_approval(Moment::Before, ApprovalStep::group(GroupId::new("operations")?)),
        Stage::new(prod, "Prod").after(&[live]).with_approval(Moment::Before, user("eve")?),
    ];
    stages[1].before.approvals.skip_if_approved_before = true;
    stages[1].before.approvals.revalidate_identity = true;
    stages[2].before.approvals.requester_may_approve = false;
    let mut shop = PipelineDefinition::new("Web shop");
    for stage in stages {
        let task = Task::command(format!("echo deploying to {}", stage.name));
        shop = shop.with_stage(stage.with_task(task));
    }
    Ok(shop)
}

async fn play(is_scripted: bool) -> Outcome {
    let work = std::env::temp_dir().join(format!("cutover-approvals-{}", std::process::id()));
    let runners = Runners::new().with(TaskRef::COMMAND, ProcessRunner::new(&work));
    let builder = Engine::builder(MemoryStore::new()).runner(runners);
    let engine = builder.identities(Company { is_scripted }).build().await?;
    let driving = std::thread::spawn({
        let engine = engine.clone();
        move || block_on(engine.run())
    });
    let eve = Actor::user("eve")?;
    let pipeline = engine.create_pipeline(&eve, web_shop()?).await?;
    let release = engine.create_release(&eve, pipeline, NewRelease::default()).await?;
    println!("eve creates a release of the web shop.");
    let mut player = if is_scripted { Player::Script(script()) } else { Player::Keyboard };
    answer_all(&engine, release, &mut player).await?;
    tell_what_was_recorded(&engine.release(release).await?);
    engine.shut_down(Duration::from_secs(1));
    driving.join().map_err(|_| "the engine stopped unexpectedly")??;
    if work.exists() {
        std::fs::remove_dir_all(work)?;
    }
    Ok(())
}

/// What somebody does about what waits.
#[derive(Debug, Clone)]
enum Act {
    Approve,
    ApproveForLater(TimeDelta),
    Reject,
    HandOnTo(&'static str),
    StartAtOnce,
}

/// Who acts, and what on: an approval, or a deployment that is deferred.
struct Line {
    who: String,
    act: Act,
    comment: String,
}

enum Player {
    Keyboard,
    Script(VecDeque<Line>),
}

/// What waits for a person: an open approval with who is asked, or a deployment that was approved for later.
enum Waiting {
    Approval(ApprovalId, Approver),
    Deferred(DeploymentId, DateTime<Utc>),
}

/// Each line is about the first thing that waits then.
fn script() -> VecDeque<Line> {
    let line = |who: &str, act, comment: &str| Line { who: who.to_owned(), act, comment: comment.to_owned() };
    let lines = [
        line("cy", Act::Approve, "may I?"),
        line("ann", Act::Approve, "looks good"),
        line("bob", Act::HandOnTo("fay"), "I am on leave"),
        line("bob", Act::Approve, "after all"),
        line("fay", Act::Approve, "for bob"),
        line("cy", Act::ApproveForLater(TimeDelta::minutes(-5)), "five minutes ago"),
        line("cy", Act::ApproveForLater(TimeDelta::hours(6)), "after work"),
        line("bob", Act::StartAtOnce, "hurry"),
        line("dee", Act::StartAtOnce, "the shop is empty"),
        line("eve", Act::Approve, "it is mine"),
        line("eve", Act::HandOnTo("ann"), "then you"),
        line("ann", Act::ApproveForLater(TimeDelta::seconds(2)), "in two seconds"),
    ];
    lines.into()
}

async fn answer_all(engine: &Engine, id: ReleaseId, player: &mut Player) -> Outcome {
    let mut told = String::new();
    let mut idle_rounds = 0;
    loop {
        let standing = engine.release(id).await?;
        let release = standing.release();
        let situation = situation(engine, &standing).await?;
        if situation != told {
            print!("\n{situation}");
            told = situation;
            idle_rounds = 0;
        }
        if release.going_on().next().is_none() {
            return Ok(());
        }
        match waiting(release) {
            Some(waiting) if player.has_something_to_say() => {
                let line = player.say(&waiting);
                let Some(line) = line else {
                    idle_rounds += 1;
                    player.wait_for_a_turn(idle_rounds)?;
                    continue;
                };
                match act(engine, &waiting, &line).await {
                    Ok(()) => {}
                    Err(EngineError::Refused(refusal)) => println!("   refused: {refusal}"),
                    Err(error) => return Err(error.into()),
                }
            }
            Some(_) | None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Each stage with what it waits for.
async fn situation(engine: &Engine, standing: &ReleaseAt) -> Outcome<String> {
    let mut lines = String::new();
    let Some(about) = standing.release().about() else { return Ok(lines) };
    for stage in &standing.definition().stages {
        let explained = engine.explain(about.id, stage.id).await?;
        // What runs takes a moment only, and would be told at another moment each time.
        let waits =
            explained.now.iter().filter(|blocker| !blocker.cleared_by.contains(&cutover::Clearer::Engine));
        let why: Vec<String> = waits.map(|blocker| blocker.tell(standing.definition())).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
        lines.push_str(&format!("{:>5} is {}{why}\n", stage.name, explained.status));
    }
    Ok(lines)
}

/// What waits for a person, open approvals first.
fn waiting(release: &Release) -> Option<Waiting> {
    let mut open = release.going_on().flat_map(|deployment| deployment.open_approvals());
    if let Some((id, approver, ..)) = open.next() {
        return Some(Waiting::Approval(id, approver.clone()));
    }
    release.going_on().find_map(|deployment| match deployment.phase {
        Phase::Deferred { until, .. } => Some(Waiting::Deferred(deployment.id, until)),
        _ => None,
    })
}

async fn act(engine: &Engine, waiting: &Waiting, line: &Line) -> Result<(), EngineError> {
    let Ok(actor) = Actor::user(line.who.clone()) else { return Ok(()) };
    let comment = &line.comment;
    match (waiting, &line.act) {
        (Waiting::Approval(id, _), Act::Approve) => engine.approve(&actor, *id, comment).await?,
        (Waiting::Approval(id, _), Act::Reject) => engine.reject(&actor, *id, comment).await?,
        (Waiting::Approval(id, _), Act::ApproveForLater(by)) => {
            let until = SystemClock::new().now() + *by;
            engine.approve_for_later(&actor, *id, until, comment).await?
        }
        (Waiting::Approval(id, _), Act::HandOnTo(to)) => {
            let Ok(to) = UserId::new(*to) else { return Ok(()) };
            engine.reassign(&actor, *id, to, comment).await?
        }
        (Waiting::Deferred(id, _), Act::StartAtOnce) => engine.start_deferred(&actor, *id, comment).await?,
        (Waiting::Approval(..), Act::StartAtOnce) | (Waiting::Deferred(..), _) => return Ok(()),
    };
    Ok(())
}

impl Player {
    fn has_something_to_say(&self) -> bool {
        match self {
            Self::Keyboard => true,
            Self::Script(lines) => !lines.is_empty(),
        }
    }

    /// The keyboard waits for as long as it takes, a script only for what comes soon.
    fn wait_for_a_turn(&self, rounds: u32) -> Outcome {
        match self {
            Self::Keyboard => Ok(()),
            Self::Script(_) if rounds > 400 => Err("the script waits for what does not come".into()),
            Self::Script(_) => {
                std::thread::sleep(Duration::from_millis(50));
                Ok(())
            }
        }
    }

    fn say(&mut self, waiting: &Waiting) -> Option<Line> {
        match self {
            Self::Keyboard => ask_on_the_keyboard(waiting),
            Self::Script(lines) => {
                // A line about a deferred deployment waits for one, and so does one about an approval.
                let fits = matches!(
                    (waiting, lines.front().map(|line| &line.act)),
                    (Waiting::Deferred(..), Some(Act::StartAtOnce))
                        | (
                            Waiting::Approval(..),
                            Some(Act::Approve | Act::ApproveForLater(_) | Act::Reject | Act::HandOnTo(_))
                        )
                );
                let line = if fits { lines.pop_front()? } else { return None };
                println!("   {} {}, saying {:?}", line.who, told(&line.act), line.comment);
                Some(line)
            }
        }
    }
}

fn told(act: &Act) -> String {
    match act {
        Act::Approve => "approves".to_owned(),
        Act::ApproveForLater(by) if *by < TimeDelta::zero() => {
            format!("approves, not before {} minutes ago", -by.num_minutes())
        }
        Act::ApproveForLater(by) => format!("approves, not before {} seconds from now", by.num_seconds()),
        Act::Reject => "rejects".to_owned(),
        Act::HandOnTo(to) => format!("hands it on to {to}"),
        Act::StartAtOnce => "starts it at once".to_owned(),
    }
}

fn ask_on_the_keyboard(waiting: &Waiting) -> Option<Line> {
    const PEOPLE: [&str; 6] = ["ann", "bob", "cy", "dee", "eve", "fay"];
    let prompt = match waiting {
        Waiting::Approval(id, approver) => {
            let who = match approver {
                Approver::User(user) => user.to_string(),
                Approver::Group(group) => format!("cy or dee, of {group}"),
                Approver::Automatic => "nobody".to_owned(),
            };
            format!(
                "   {id} asks {who}. WHO yes | no | later MINUTES | to WHOM, and a comment\n   (of {}): ",
                PEOPLE.join(", ")
            )
        }
        Waiting::Deferred(id, until) => {
            format!("   {id} waits until {}. WHO now, or enter to look again: ", until.format("%H:%M:%S"))
        }
    };
    let Some(typed) = read_line(&prompt) else { std::process::exit(0) };
    let mut words = typed.split_whitespace();
    let who = words.next()?.to_owned();
    let act = match words.next()? {
        "yes" | "y" => Act::Approve,
        "no" | "n" => Act::Reject,
        "now" => Act::StartAtOnce,
        "later" => Act::ApproveForLater(TimeDelta::minutes(words.next()?.parse().ok()?)),
        "to" => {
            let whom = words.next()?;
            Act::HandOnTo(PEOPLE.into_iter().find(|known| *known == whom)?)
        }
        _ => return None,
    };
    Some(Line { who, act, comment: words.collect::<Vec<_>>().join(" ") })
}

fn read_line(prompt: &str) -> Option<String> {
    print!("{prompt}");
    std::io::stdout().flush().ok()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim().to_owned())
}

/// Who was asked, who answered, as what, and what it was about: all of it is kept.
fn tell_what_was_recorded(standing: &ReleaseAt) {
    println!("\nWhat was recorded:");
    for stage in &standing.definition().stages {
        for deployment in standing.release().attempts(stage.id) {
            for (id, approval) in &deployment.approvals {
                let handed: Vec<String> = approval
                    .reassigned
                    .iter()
                    .map(|step| format!(", handed on to {} by {}", step.to, step.by))
                    .collect();
                let standing = match &approval.standing {
                    Standing::Answered { answer, by, capacity, .. } => {
                        format!("{answer:?} by {by} as {capacity:?}")
                    }
                    Standing::ApprovedBefore { rests_on, .. } => {
                        let rests_on: Vec<String> = rests_on.iter().map(ToString::to_string).collect();
                        format!("nobody was asked, it rests on {}", rests_on.join(", "))
                    }
                    other => format!("{other:?}"),
                };
                let until =
                    approval.deferred_until.map(|until| format!(", not before {}", until.format("%H:%M:%S")));
                println!(
                    "{:>5} {id}: {standing}{}{}",
                    stage.name,
                    until.unwrap_or_default(),
                    handed.concat()
                );
            }
        }
    }
}

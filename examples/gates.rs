//! Gates: a deployment waits until a server is healthy. The server is in this example, and is not well at first; a second gate never
//! succeeds, and somebody ignores it.
//!
//! `cargo run --example gates`

mod common;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use common::{Outcome, ended};
use cutover::deployment::Report;
use cutover::{
    Actor, BlockerKind, Gate, Gates, NewRelease, PipelineDefinition, Stage, StageId, Task, TaskOrder,
    TaskRef, Variable,
};
use cutover_engine::http::{HttpClient, HttpProbe};
use cutover_engine::{Engine, Evaluation, Probes, Runners, TaskControl, TaskRunner};
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;

/// Answers `/health` with 503 for two seconds and then with 200, and everything else with 503.
fn serve(listener: &TcpListener) {
    let begun = Instant::now();
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let mut request = [0; 1024];
        let read = stream.read(&mut request).unwrap_or(0);
        let is_health = request[..read].starts_with(b"GET /health ");
        let is_well = is_health && begun.elapsed() > Duration::from_secs(2);
        let status = if is_well { "200 OK" } else { "503 Service Unavailable" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        // A client that is gone needs no answer.
        let _gone = stream.write_all(answer.as_bytes());
    }
}

/// Deploys by saying so.
struct Deploy;

#[async_trait]
impl TaskRunner for Deploy {
    async fn run(&self, order: TaskOrder, _: TaskControl) -> Report {
        println!("{}: {}", order.stage, order.name);
        Report::Succeeded
    }
}

fn gate(name: &str, path: &str) -> Gate {
    let inputs = BTreeMap::from([("url".to_owned(), format!("http://$(server)/{path}"))]);
    Gate { name: name.to_owned(), task: TaskRef::new("http"), inputs, enabled: true }
}

fn main() -> ExitCode {
    ended(block_on(deploy_behind_gates()))
}

async fn deploy_behind_gates() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?.to_string();
    std::thread::spawn(move || serve(&listener));

    let prod = StageId(1);
    let mut stage = Stage::new(prod, "Prod").after_release().with_task(Task::command("deploy"));
    stage.before.gates = Some(Gates {
        gates: vec![gate("health", "health"), gate("tickets", "tickets")],
        delay_minutes: 0,
        sampling_interval_seconds: 1,
        timeout_minutes: 1,
        ..Gates::default()
    });
    let mut shop = PipelineDefinition::new("Web shop").with_stage(stage);
    shop.variables.insert("server".to_owned(), Variable::plain(&*server));

    let client = HttpClient::new().timeout(Duration::from_secs(1));
    let engine = Engine::builder(MemoryStore::new())
        .runner(Runners::new().otherwise(Deploy))
        .probe(Probes::new().with("http", HttpProbe::new(client)))
        .build()
        .await?;
    let driving = std::thread::spawn({
        let engine = engine.clone();
        move || block_on(engine.run())
    });
    let eve = Actor::user("eve")?;
    let pipeline = engine.create_pipeline(&eve, shop).await?;
    let release = engine.create_release(&eve, pipeline, NewRelease::default()).await?;

    let mut told_before = String::new();
    loop {
        let standing = engine.release(release).await?;
        let explained = engine.explain(release, prod).await?;
        if let Some(blocker) = explained.now.first() {
            let answers = engine.health().gates.into_iter().map(|answer| match answer.evaluation {
                Evaluation::Succeeded => format!("gate {}: well", answer.gate.gate),
                Evaluation::Failed { message } => format!("gate {}: {message}", answer.gate.gate),
            });
            let told = format!(
                "{}; {}",
                blocker.tell(standing.definition()),
                answers.collect::<Vec<_>>().join(", ")
            );
            if told != told_before {
                println!("Prod is {}: {told}", explained.status);
                told_before = told;
            }
            // Once the server is well, only the tickets are in the way, and somebody knows why.
            if let BlockerKind::Gates(open) = &blocker.kind
                && let [tickets] = &*open.failing
                && tickets.name == "tickets"
            {
                println!("ann ignores the gate {:?}", tickets.name);
                engine
                    .ignore_gate(&Actor::user("ann")?, tickets.id, "the ticket is about the old server")
                    .await?;
            }
        }
        if standing.release().latest(prod).is_some_and(|deployment| deployment.is_over()) {
            println!("Prod is {}", explained.status);
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    engine.shut_down(Duration::from_secs(1));
    driving.join().map_err(|_| "the engine stopped unexpectedly")??;
    Ok(())
}

//! Gates and tasks that call a server.

#![cfg(feature = "http")]
#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::calls::{Server, assert_fails, evaluate, gate, inputs, run, task};
use common::*;
use cutover::deployment::Report;
use cutover::status::StageStatus;
use cutover::*;
use cutover_engine::http::{Connection, HttpClient, HttpProbe, RestCall};
use cutover_engine::*;
use futures::executor::block_on;

#[test]
fn a_gate_is_well_if_it_answers_as_expected() {
    let server = Server::new(|path| match path {
        "/well" => Some((200, String::new(), r#"{"status": "UP", "open": [1, 2]}"#.to_owned())),
        "/other" => Some((404, String::new(), "not here".to_owned())),
        _ => Some((503, String::new(), String::new())),
    });
    let [well, other, ill] = ["/well", "/other", "/ill"].map(|path| server.url(path));
    assert_eq!(evaluate(&[("url", &well)]), Evaluation::Succeeded);
    assert_fails(&evaluate(&[("url", &ill)]), "answered 503");
    assert_fails(&evaluate(&[("url", &other)]), "answered 404");
    assert_eq!(evaluate(&[("url", &other), ("expectedStatus", "404, 410")]), Evaluation::Succeeded);
    assert_fails(&evaluate(&[("url", &well), ("expectedStatus", "204")]), "answered 200");

    let up = [("url", &*well), ("jsonPath", "$.status"), ("ExpectedValue", "UP")];
    assert_eq!(evaluate(&up), Evaluation::Succeeded);
    let down = [("url", &*well), ("jsonPath", "$.status"), ("expectedValue", "DOWN")];
    assert_fails(&evaluate(&down), "is \"UP\", and not DOWN");
    assert_fails(&evaluate(&[("url", &well), ("jsonPath", "$.gone")]), "there is nothing at");
    let few = "and(eq(root['status'], 'up'), lt(count(root['open']), 3))";
    assert_eq!(evaluate(&[("url", &well), ("successCriteria", few)]), Evaluation::Succeeded);
    assert_fails(&evaluate(&[("url", &well), ("successCriteria", "eq(root['open'][0], 2)")]), "is false");
    let text = [("url", &*other), ("expectedStatus", "404"), ("jsonPath", "$")];
    assert_fails(&evaluate(&text), "no JSON");
}

#[test]
fn what_does_not_answer_fails_in_its_time() {
    let server = Server::new(|_| None);
    let begun = Instant::now();
    let evaluation = evaluate(&[("url", &server.url("/")), ("timeoutSeconds", "1")]);
    assert_fails(&evaluation, "it has not answered within 1 s");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // Nobody who tests serves there.
    assert_fails(&evaluate(&[("url", "http://127.0.0.1:1/")]), "it can't be called");
}

/// Story: each redirect had the whole time again.
#[test]
fn redirects_share_the_time() {
    let server = Server::new(|path| {
        // Six of them take longer than there is, and each by itself is answered well within that.
        thread::sleep(Duration::from_millis(300));
        Some((302, format!("location: {path}x\r\n"), String::new()))
    });
    assert_fails(
        &evaluate(&[("url", &server.url("/")), ("timeoutSeconds", "1")]),
        "it has not answered within 1 s",
    );
}

#[test]
fn what_goes_on_answering_fails_in_its_time_too() {
    // One byte of the answer after the other, for ever.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("it is called");
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let evaluation = evaluate(&[("url", &url), ("timeoutSeconds", "1")]);
    assert_fails(&evaluation, "it has not answered within 1 s");
}

#[test]
fn nothing_is_sent_to_another_place() {
    let elsewhere = Arc::new(Server::json("{}"));
    let target = elsewhere.url("/taken");
    let server = Server::new(move |path| match path {
        "/away" => Some((302, format!("Location: {target}\r\n"), String::new())),
        "/here" => Some((302, "Location: there?x=1\r\n".to_owned(), String::new())),
        "/round" => Some((302, "Location: /round\r\n".to_owned(), String::new())),
        "/there?x=1" => Some((200, String::new(), "{}".to_owned())),
        _ => Some((500, String::new(), String::new())),
    });
    let token = ("headers", "X-Token: hunter2");
    let [away, here, round] = ["/away", "/here", "/round"].map(|path| server.url(path));
    assert_fails(&evaluate(&[("url", &away), token]), "it redirects to another place, http://127.0.0.1:");
    assert_eq!(elsewhere.asked(), Vec::<String>::new());
    assert_eq!(evaluate(&[("url", &here), token]), Evaluation::Succeeded);
    assert_fails(&evaluate(&[("url", &here), ("method", "POST")]), "a POST is not sent twice");
    assert_eq!(evaluate(&[("url", &away), ("expectedStatus", "302")]), Evaluation::Succeeded);
    assert_fails(&evaluate(&[("url", &round)]), "it redirects more than 5 times");
    assert_eq!(server.asked().iter().filter(|head| head.starts_with("GET /round ")).count(), 6);
}

#[test]
fn an_answer_without_end_is_not_kept() {
    let server = Server::new(|_| Some((200, String::new(), "x".repeat(3 * 1_024 * 1_024))));
    let url = server.url("/");
    assert_eq!(evaluate(&[("url", &url)]), Evaluation::Succeeded, "its status is enough");
    assert_fails(&evaluate(&[("url", &url), ("jsonPath", "$")]), "is longer than 1048576 bytes");
    let (report, lines) =
        run(HttpClient::new(), task(&[("url", &url)]), &StopHandle::new(), &SecretsAtHand::none());
    assert_eq!(report, Report::Succeeded);
    assert!(lines.last().is_some_and(|line| line.contains("is not shown: it is too long")), "{lines:?}");
}

#[test]
fn a_task_calls_a_server_by_its_connection() {
    let server = Server::json("{\"id\": 7,\n\"said\": \"Bearer hunter2 and hunter3\"}");
    let api = Connection::new(server.url("/api")).with_header("Authorization", Secret::new("Bearer hunter2"));
    let client = HttpClient::new().connection("shop", api);
    assert!(!format!("{client:?}").contains("hunter2"));
    let mut order = task(&[
        ("connectedServiceName", "Shop"),
        ("urlSuffix", "orders?key=$(token)"),
        ("method", "POST"),
        ("headers", "{\"X-Token\": \"$(token)\"}"),
        ("body", "{\"a\": \"$(token)\"}"),
        ("waitForCompletion", "false"),
        ("successCriteria", "eq(root['id'], 7)"),
    ]);
    let secrets = SecretsAtHand::none().with("token", Secret::new("hunter3"));
    order.secrets.insert("token".to_owned(), SecretRef::newest("shop/token"));
    let (report, lines) = run(client.clone(), order.clone(), &StopHandle::new(), &secrets);
    assert_eq!(report, Report::Succeeded);
    let asked = server.asked();
    let [asked] = &*asked else { panic!("{asked:?}") };
    let heads = asked.to_ascii_lowercase();
    assert!(asked.starts_with("POST /api/orders?key=hunter3 HTTP/1.1\r\n"), "{asked}");
    assert!(heads.contains("x-token: hunter3\r\n") && heads.contains("authorization: bearer hunter2\r\n"));
    assert!(asked.ends_with("{\"a\": \"hunter3\"}"), "{asked}");
    let shown = format!("POST {}", server.url("/api/orders"));
    assert_eq!(lines, [&*shown, "answered 200 OK", "{\"id\": 7,", "\"said\": \"*** and ***\"}"]);

    order.inputs.insert("successCriteria".to_owned(), "eq(root['said'], 1)".to_owned());
    let (report, _) = run(client.clone(), order.clone(), &StopHandle::new(), &secrets);
    let Report::Failed { message } = report else { panic!("{report:?}") };
    let message = secrets.mask(&message);
    assert!(message.contains("does not meet") && message.contains("*** and ***"), "{message}");
    let (report, _) = run(client, order, &StopHandle::new(), &SecretsAtHand::none());
    let message = "it refers to the secret \"token\", which was not resolved".to_owned();
    assert_eq!(report, Report::Failed { message });
}

#[test]
fn a_probe_does_not_tell_what_its_connection_proves_itself_by() {
    let server = Server::json("{\"said\": \"hunter2\"}");
    let api = Connection::new(server.url("")).with_header("X-Key", Secret::new("hunter2"));
    let probe = HttpProbe::new(HttpClient::new().connection("shop", api));
    let order = gate(&[("connection", "shop"), ("jsonPath", "$.said"), ("expectedValue", "x")]);
    let message = "$.said is \"***\", and not x".to_owned();
    assert_eq!(block_on(probe.evaluate(order)), Evaluation::Failed { message });
}

#[test]
fn a_task_that_is_asked_to_stop_waits_for_no_answer() {
    let server = Arc::new(Server::new(|_| None));
    let stop = StopHandle::new();
    let url = server.url("/");
    let asked = Arc::clone(&server);
    let asking = thread::spawn({
        let stop = stop.clone();
        move || {
            soon("it is called", || !asked.asked().is_empty());
            stop.stop(Urgency::Gently);
        }
    });
    let client = HttpClient::new().timeout(Duration::from_mins(10));
    let (report, _) = run(client, task(&[("url", &url)]), &stop, &SecretsAtHand::none());
    let message = "it was asked to stop before it was answered".to_owned();
    assert_eq!(report, Report::Failed { message });
    asking.join().expect("it does not panic");
}

/// A whole deployment: its gate asks a server until that is well, and its task calls it.
#[test]
fn a_stage_waits_for_a_server_and_then_calls_it() -> Fallible {
    let times = Arc::new(Mutex::new(0));
    let server = Server::new(move |path| {
        let mut times = times.lock().expect("nobody panics");
        *times += 1;
        let is_well = path == "/deploy" || *times > 1;
        Some((if is_well { 200 } else { 503 }, String::new(), "{\"done\": true}".to_owned()))
    });
    let mut job = Job::agent("call");
    let mut call = Task::new("call", TaskRef::new(RestCall::ID));
    call.inputs = inputs(&[("url", "http://$(server)/deploy"), ("successCriteria", "root['done']")]);
    job.tasks.push(call);
    let mut stage = Stage::new(DEV, "Dev").after_release();
    stage.jobs = vec![job];
    let task = TaskRef::new("http");
    let inputs = inputs(&[("url", "http://$(server)/health")]);
    stage.before.gates = Some(Gates {
        gates: vec![Gate { name: "health".to_owned(), task, inputs, enabled: true }],
        delay_minutes: 0,
        sampling_interval_seconds: 60,
        timeout_minutes: 30,
        ..Gates::default()
    });
    let mut shop = PipelineDefinition::new("Shop").with_stage(stage);
    shop.variables.insert("server".to_owned(), Variable::plain(&*server.at));
    let bench = Bench::new();
    let client = HttpClient::new();
    let builder = bench
        .builder()
        .runner(Runners::new().with(RestCall::ID, RestCall::new(client.clone())))
        .probe(Probes::new().with("http", HttpProbe::new(client)));
    let engine = block_on(builder.build())?;
    let driven = drive(&engine);
    let (_, release) = release_of(&engine, shop);
    soon("the gate has failed once", || {
        let gates = engine.health().gates;
        matches!(&*gates, [answer] if matches!(&answer.evaluation, Evaluation::Failed { message } if message.contains("503")))
    });
    // To the next sample and no further: calls take real time.
    bench.clock.advance(chrono::TimeDelta::seconds(60));
    until_status(&engine, release, DEV, StageStatus::Succeeded);
    assert!(server.asked().last().is_some_and(|asked| asked.starts_with("GET /deploy ")));
    Ok(driven.stop()?)
}

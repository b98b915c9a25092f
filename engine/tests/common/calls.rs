//! Servers, and orders that call them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use cutover::deployment::Report;
use cutover::variable::Resolved;
use cutover::*;
use cutover_engine::http::{HttpClient, HttpProbe, RestCall};
use cutover_engine::*;
use futures::executor::block_on;

/// A server that answers each path as it is told, and remembers what it was asked.
pub struct Server {
    scheme: &'static str,
    pub at: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What is spoken by: a socket, or what is in it.
pub trait Connected: Read + Write {}

impl<C: Read + Write> Connected for C {}

/// Status, further headers and body of an answer; `None`: it never answers.
pub type Answer = Option<(u16, String, String)>;

impl Server {
    /// `answer` says what each path is answered.
    pub fn new(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::behind("http", answer, |socket| Box::new(socket))
    }

    /// The same, for what `open` makes of each connection.
    pub fn behind(
        scheme: &'static str,
        answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
        open: impl Fn(TcpStream) -> Box<dyn Connected> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("it is bound").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (does, log) = (Arc::new((answer, open)), Arc::clone(&asked));
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (does, log) = (Arc::clone(&does), Arc::clone(&log));
                thread::spawn(move || serve(&mut *does.1(socket), &does.0, &log));
            }
        });
        Self { scheme, at, asked }
    }

    pub fn json(body: &'static str) -> Self {
        Self::new(move |_| Some((200, String::new(), body.to_owned())))
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.at)
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

fn serve(connection: &mut dyn Connected, answer: &dyn Fn(&str) -> Answer, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(&mut *connection);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        head.push_str(&line);
    }
    if head.is_empty() {
        // Whoever called has gone away without a word.
        return;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("all of it");
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().expect("nobody panics").push(format!("{head}{}", String::from_utf8_lossy(&body)));
    let Some((status, headers, body)) = answer(&path) else {
        // Until whoever asked is gone.
        let _gone = reader.read(&mut [0]);
        return;
    };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    );
    let _gone = connection.write_all(text.as_bytes()).and_then(|()| connection.flush());
}

pub fn inputs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

pub fn gate(pairs: &[(&str, &str)]) -> GateOrder {
    GateOrder {
        id: "17/2#1-pre-gate.0".parse().expect("an id"),
        name: "health".to_owned(),
        stage: "prod".to_owned(),
        release: "Release-17".to_owned(),
        task: TaskRef::new("http"),
        inputs: inputs(pairs),
        variables: Resolved::default(),
        secrets: BTreeMap::new(),
    }
}

pub fn task(pairs: &[(&str, &str)]) -> TaskOrder {
    TaskOrder {
        id: "17/2#1.0.3".parse().expect("an id"),
        name: "a call".to_owned(),
        stage: "prod".to_owned(),
        release: "Release-17".to_owned(),
        task: TaskRef::new(RestCall::ID),
        inputs: inputs(pairs),
        environment: BTreeMap::new(),
        variables: Resolved::default(),
        secrets: BTreeMap::new(),
        target: None,
        cancel_timeout_minutes: 1,
        agent: None,
    }
}

pub fn evaluate(pairs: &[(&str, &str)]) -> Evaluation {
    block_on(HttpProbe::new(HttpClient::new()).evaluate(gate(pairs)))
}

#[track_caller]
pub fn assert_fails(evaluation: &Evaluation, part: &str) {
    let Evaluation::Failed { message } = evaluation else { panic!("it succeeded; expected: {part}") };
    assert!(message.contains(part), "{message}");
}

/// Runs a task; what came of it, and its log.
pub fn run(
    client: HttpClient,
    order: TaskOrder,
    stop: &StopHandle,
    secrets: &SecretsAtHand,
) -> (Report, Vec<String>) {
    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);
    impl LogSink for Heard {
        fn line(&self, _: TaskId, _: Timestamp, line: &str) {
            self.0.lock().expect("nobody panics").push(line.to_owned());
        }
    }
    let heard = Arc::new(Heard::default());
    let control = TaskControl::new(stop.signal(), Arc::<Heard>::clone(&heard)).with_secrets(secrets.clone());
    let report = block_on(RestCall::new(client).run(order, control));
    let lines = heard.0.lock().expect("nobody panics").iter().map(|line| secrets.mask(line)).collect();
    (report, lines)
}

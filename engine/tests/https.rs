//! Gates and tasks that call a server by https, whose certificate an authority of their own has signed.

#![cfg(feature = "https")]
#![allow(clippy::expect_used, reason = "a test that expects what is not there has failed")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::Fallible;
use common::calls::{Server, assert_fails, gate, run, task};
use cutover::deployment::Report;
use cutover_engine::http::{Connection, HttpClient, HttpProbe};
use cutover_engine::*;
use futures::executor::block_on;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Who signs certificates.
struct Authority {
    itself: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut about = CertificateParams::default();
        about.distinguished_name.push(DnType::CommonName, name);
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let itself = about.self_signed(&key).expect("a certificate");
        Self { itself, issuer: Issuer::new(about, key) }
    }

    /// A server with a certificate for this host, with more said of it.
    fn server(&self, host: &str, more: impl FnOnce(&mut CertificateParams)) -> Server {
        let mut about = CertificateParams::new([host.to_owned()]).expect("a name");
        more(&mut about);
        let key = KeyPair::generate().expect("a key");
        let certificate = about.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of the protocol")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key is that of the certificate");
        let config = Arc::new(config);
        let answer = |_: &str| Some((200, String::new(), "{\"status\": \"UP\"}".to_owned()));
        Server::behind("https", answer, move |socket| {
            let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
            Box::new(StreamOwned::new(session, socket))
        })
    }

    /// A client that trusts whom this one has signed.
    fn trusted(&self) -> HttpClient {
        patient().trust_only(self.itself.pem().as_bytes()).expect("a certificate")
    }
}

/// A client that waits for as long as a slow machine takes.
fn patient() -> HttpClient {
    HttpClient::new().timeout(Duration::from_mins(10))
}

/// What a gate says that sends a secret along.
fn asks(client: HttpClient, server: &Server) -> Evaluation {
    let key = Connection::new(server.url("/health")).with_header("X-Key", Secret::new("hunter2"));
    let order = gate(&[("connection", "shop"), ("jsonPath", "$.status"), ("expectedValue", "UP")]);
    block_on(HttpProbe::new(client.connection("shop", key)).evaluate(order))
}

#[test]
fn a_server_that_is_trusted_is_called() {
    let ours = Authority::new("ours");
    let server = ours.server("127.0.0.1", |_| ());
    assert_eq!(asks(ours.trusted(), &server), Evaluation::Succeeded);
    let order = task(&[("url", &server.url("/deploy")), ("method", "POST"), ("body", "{}")]);
    let (report, lines) = run(ours.trusted(), order, &StopHandle::new(), &SecretsAtHand::none());
    assert_eq!((report, lines[1].as_str()), (Report::Succeeded, "answered 200 OK"));
    let asked = server.asked();
    assert!(asked[0].to_ascii_lowercase().contains("x-key: hunter2"), "{asked:?}");
    assert!(asked[1].starts_with("POST /deploy ") && asked[1].ends_with("{}"), "{asked:?}");
}

#[test]
fn one_that_is_not_trusted_is_sent_nothing_and_that_is_said() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let server = theirs.server("127.0.0.1", |_| ());
    let unknown = "its certificate is not trusted, and nothing was sent: no authority that is trusted here has signed it";
    assert_fails(&asks(ours.trusted(), &server), unknown);
    assert_fails(&asks(patient(), &server), unknown);
    // A name is nothing: anybody may take it.
    let impostor = Authority::new("theirs");
    assert_fails(
        &asks(impostor.trusted(), &server),
        "its signature is not that of the authority which it names",
    );
    let order = task(&[("url", &server.url("/"))]);
    let (report, _) = run(ours.trusted(), order, &StopHandle::new(), &SecretsAtHand::none());
    assert!(matches!(&report, Report::Failed { message } if message.starts_with(unknown)), "{report:?}");
    assert_eq!(server.asked(), [""; 0]);
}

#[test]
fn one_whose_certificate_is_for_another_host_or_another_time_is_not_trusted() {
    let ours = Authority::new("ours");
    let other = ours.server("shop.example", |_| ());
    let for_another = "its certificate is not trusted, and nothing was sent: it is not for the host that is called, but for ";
    assert_fails(&asks(ours.trusted(), &other), for_another);
    assert_fails(&asks(ours.trusted(), &other), "shop.example");
    let old = ours.server("127.0.0.1", |about| about.not_after = date_time_ymd(2001, 1, 1));
    assert_fails(&asks(ours.trusted(), &old), "its time is over");
    let early = ours.server("127.0.0.1", |about| about.not_before = date_time_ymd(3001, 1, 1));
    assert_fails(&asks(ours.trusted(), &early), "its time has not begun");
    for server in [other, old, early] {
        assert_eq!(server.asked(), [""; 0]);
    }
}

#[test]
fn a_server_without_tls_is_not_called_by_https() {
    let ours = Authority::new("ours");
    let plain = Server::json("{}");
    let url = plain.url("/").replace("http:", "https:");
    let evaluation = block_on(HttpProbe::new(ours.trusted()).evaluate(gate(&[("url", &url)])));
    assert_fails(&evaluation, "it can't be called");
}

/// Story: a certificate that nobody can read was left out without a word, and nobody trusted.
#[test]
fn what_is_no_certificate_is_refused() -> Fallible {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let garbage = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    let key = theirs.issuer.key().serialize_pem();
    let cut = ours.itself.pem().replace("-----END", "");
    for pem in ["", "hello", garbage, &*key, &*cut] {
        assert!(HttpClient::new().trust_only(pem.as_bytes()).is_err(), "{pem}");
    }
    // Several authorities, and a key that is beside them.
    let all = format!("{}\n{key}\n{}", ours.itself.pem(), theirs.itself.pem());
    let client = patient().trust_only(all.as_bytes())?;
    for authority in [ours, theirs] {
        assert_eq!(asks(client.clone(), &authority.server("127.0.0.1", |_| ())), Evaluation::Succeeded);
    }
    Ok(())
}

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use futures::channel::oneshot;
use ureq::http::header::LOCATION;
use ureq::http::{HeaderValue, Method, Request, StatusCode, Uri};
use ureq::{Agent, Body, Proxy};

use super::call::Call;
use super::failure::CallError;
use super::place;
use crate::{Secret, limits};

/// Makes calls for [`RestCall`](super::RestCall) and [`HttpProbe`](super::HttpProbe). Clones are the same.
///
/// ```
/// use std::time::Duration;
///
/// use cutover_engine::Secret;
/// use cutover_engine::http::{Connection, HttpClient};
///
/// let shop = Connection::new("https://shop.example/api").with_header("Authorization", Secret::new("Bearer hunter2"));
/// let client = HttpClient::new().timeout(Duration::from_secs(5)).connection("shop", shop);
/// ```
///
/// It uses no proxy unless it is told to, and keeps no cookies and no connections. `https` takes the feature of that name.
#[derive(Clone)]
pub struct HttpClient {
    timeout: Duration,
    proxy: UseProxy,
    connections: BTreeMap<String, Connection>,
    #[cfg(feature = "https")]
    trusted: Option<ureq::tls::RootCerts>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UseProxy {
    Never,
    OfEnvironment,
}

/// A server that calls name by an id, so that its address and what proves who calls stand in no pipeline: what exported definitions call a
/// service connection.
#[derive(Clone)]
pub struct Connection {
    pub(super) url: String,
    pub(super) headers: Vec<(String, Secret)>,
}

impl Connection {
    /// A server whose addresses all begin so.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), headers: Vec::new() }
    }

    /// The same, with a header that goes with every call. Its value is not shown.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.headers.push((name.into(), value));
        self
    }
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) text: String,
    /// Whether there was more than is read.
    pub(super) is_cut: bool,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient {
    /// Waits 20 seconds for an answer, and knows no connections.
    pub const fn new() -> Self {
        Self {
            timeout: limits::CALL_TIMEOUT,
            proxy: UseProxy::Never,
            connections: BTreeMap::new(),
            #[cfg(feature = "https")]
            trusted: None,
        }
    }

    /// How long a call may take in all, redirects included; 20 seconds if nothing is said. What a call asks for itself is at most this.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Uses the proxy that the host's environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), if it names one.
    #[must_use]
    pub const fn proxy_of_environment(mut self) -> Self {
        self.proxy = UseProxy::OfEnvironment;
        self
    }

    /// A server that calls may name by this id, which is compared without case.
    #[must_use]
    pub fn connection(mut self, id: impl AsRef<str>, connection: Connection) -> Self {
        self.connections.insert(id.as_ref().to_lowercase(), connection);
        self
    }

    /// Trusts servers that show certificates signed by these authorities, and no others: those of a company's own, in PEM. Who
    /// trusts others beside them gives all of them; of two such calls the last one counts.
    ///
    /// Without this, those that Mozilla trusts. A server whose certificate is not trusted is sent nothing.
    ///
    /// ```no_run
    /// use cutover_engine::Runners;
    /// use cutover_engine::http::{Connection, HttpClient, RestCall};
    ///
    /// let authority = std::fs::read("/etc/shop/authority.pem")?;
    /// let shop = Connection::new("https://shop.internal/api");
    /// let client = HttpClient::new().trust_only(&authority)?.connection("shop", shop);
    /// let runners = Runners::new().with(RestCall::ID, RestCall::new(client));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no certificate in it, or one that can't be read.
    #[cfg(feature = "https")]
    pub fn trust_only(mut self, pem: &[u8]) -> io::Result<Self> {
        use rustls::pki_types::CertificateDer;

        let mut certificates = Vec::new();
        let mut readable = rustls::RootCertStore::empty();
        for item in ureq::tls::parse_pem(pem) {
            // A private key next to it is none of ours.
            if let ureq::tls::PemItem::Certificate(certificate) = item.map_err(invalid)? {
                // One that can't be read would be left out later, without a word.
                readable.add(CertificateDer::from(certificate.der())).map_err(invalid)?;
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "there is no certificate in it"));
        }
        self.trusted = Some(ureq::tls::RootCerts::new_with_certs(&certificates));
        Ok(self)
    }

    pub(super) const fn longest(&self) -> Duration {
        self.timeout
    }

    pub(super) fn connected(&self, id: &str) -> Option<&Connection> {
        self.connections.get(&id.to_lowercase())
    }

    /// Makes the call on a thread of its own: whoever waits may stop waiting at any time.
    pub(super) async fn make(&self, call: Call) -> Result<(Call, Result<Answer, CallError>), CallError> {
        let agent = self.agent(call.timeout);
        let (answer, answered) = oneshot::channel();
        let work = move || {
            let outcome = ask(&agent, &call);
            // Nobody may be waiting any more.
            let _ = answer.send((call, outcome));
        };
        let named = thread::Builder::new().name("cutover-call".to_owned());
        named.spawn(work).map_err(CallError::NoThread)?;
        answered.await.map_err(|_| CallError::Panicked)
    }

    fn agent(&self, timeout: Duration) -> Agent {
        let proxy = match self.proxy {
            UseProxy::Never => None,
            UseProxy::OfEnvironment => Proxy::try_from_env(),
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(timeout))
            .user_agent(concat!("cutover/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy);
        #[cfg(feature = "https")]
        let config = match &self.trusted {
            Some(trusted) => {
                config.tls_config(ureq::tls::TlsConfig::builder().root_certs(trusted.clone()).build())
            }
            None => config,
        };
        config.build().new_agent()
    }
}

#[cfg(feature = "https")]
fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Asks, and goes where the answer points as long as that is the same place and only reads.
fn ask(agent: &Agent, call: &Call) -> Result<Answer, CallError> {
    let mut uri = call.uri.clone();
    let begun = Instant::now();
    for _ in 0..=limits::CALL_REDIRECTS {
        // The time is for all of it.
        let left = call.timeout.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(CallError::TooLate { timeout: call.timeout });
        }
        let request = agent.configure_request(request(call, &uri)?).timeout_global(Some(left)).build();
        let mut response = agent.run(request).map_err(|error| CallError::of(error, call.timeout))?;
        let status = response.status();
        let points = response.headers().get(LOCATION).cloned();
        match points {
            Some(to) if is_redirect(status) && !call.expected.statuses.includes(status) => {
                uri = follow(call, &uri, &to)?;
            }
            Some(_) | None => {
                return read(response.body_mut(), call.timeout).map(|(text, is_cut)| Answer {
                    status,
                    text,
                    is_cut,
                });
            }
        }
    }
    Err(CallError::TooManyRedirects)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn follow(call: &Call, from: &Uri, to: &HeaderValue) -> Result<Uri, CallError> {
    let text = to.to_str().map_err(|_| CallError::RedirectsNowhere)?;
    let next = place::join(from, text).ok_or(CallError::RedirectsNowhere)?;
    if !place::is_same(from, &next) {
        return Err(CallError::RedirectsAway { place: place::of(&next) });
    }
    if ![Method::GET, Method::HEAD].contains(&call.method) {
        return Err(CallError::NotTwice { method: call.method.clone() });
    }
    Ok(next)
}

fn request(call: &Call, uri: &Uri) -> Result<Request<String>, CallError> {
    let mut request = Request::builder().method(call.method.clone()).uri(uri.clone());
    for (name, value) in &call.headers {
        let mut secret = HeaderValue::from_str(value.reveal())
            .map_err(|_| CallError::UnsendableHeader { name: name.clone() })?;
        secret.set_sensitive(true);
        request = request.header(name, secret);
    }
    let body = call.body.as_ref().map(|body| body.reveal().to_owned()).unwrap_or_default();
    request.body(body).map_err(CallError::Unsendable)
}

fn read(body: &mut Body, timeout: Duration) -> Result<(String, bool), CallError> {
    let mut bytes = Vec::new();
    let limit = limits::ANSWER_BYTES as u64;
    let reading = body.as_reader().take(limit + 1).read_to_end(&mut bytes);
    reading.map_err(|error| {
        let is_too_late = |inner: &ureq::Error| matches!(inner, ureq::Error::Timeout(_));
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        if error.kind() == io::ErrorKind::TimedOut || inner.is_some_and(is_too_late) {
            CallError::TooLate { timeout }
        } else {
            CallError::Unreadable(error)
        }
    })?;
    let is_cut = bytes.len() > limits::ANSWER_BYTES;
    bytes.truncate(limits::ANSWER_BYTES);
    Ok((String::from_utf8_lossy(&bytes).into_owned(), is_cut))
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("timeout", &self.timeout)
            .field("proxy", &self.proxy)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("url", &self.url).field("headers", &self.headers.len()).finish()
    }
}

/// Hides what a call's connection proves itself by.
pub(super) fn hide(call: &Call, secrets: &crate::SecretsAtHand) {
    call.hidden.iter().for_each(|value| secrets.hide(value));
}

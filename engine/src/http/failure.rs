//! Why a call has no answer.

use std::io;
use std::time::Duration;

use ureq::http::Method;

use crate::limits;

/// Why a server was not called, or has not answered. What it shows is for whoever reads why a task or a gate failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("it has not answered within {} s", timeout.as_secs_f64())]
    TooLate { timeout: Duration },
    #[error("there is no such host")]
    NoSuchHost,
    #[error("it can't be called: https takes the engine's feature of that name")]
    NoTls,
    #[cfg(feature = "https")]
    #[error("its certificate is not trusted, and nothing was sent: {0}")]
    Untrusted(Untrusted),
    #[error("it can't be called: {0}")]
    Unreachable(ureq::Error),
    #[error("the value of its header {name:?} can't be sent")]
    UnsendableHeader { name: String },
    #[error("it can't be sent: {0}")]
    Unsendable(ureq::http::Error),
    #[error("its answer can't be read: {0}")]
    Unreadable(io::Error),
    #[error("it redirects to what is no address")]
    RedirectsNowhere,
    #[error("it redirects to another place, {place}, where nothing is sent")]
    RedirectsAway { place: String },
    #[error("it redirects, and a {method} is not sent twice")]
    NotTwice { method: Method },
    #[error("it redirects more than {} times", limits::CALL_REDIRECTS)]
    TooManyRedirects,
    #[error("no thread can be started for the call: {0}")]
    NoThread(io::Error),
    #[error("the call panicked")]
    Panicked,
}

impl CallError {
    /// What the client says, of a call that could take so long.
    pub(super) fn of(error: ureq::Error, timeout: Duration) -> Self {
        #[cfg(feature = "https")]
        if let Some(why) = Untrusted::of(&error) {
            return Self::Untrusted(why);
        }
        if matches!(error, ureq::Error::Timeout(_)) {
            Self::TooLate { timeout }
        } else if matches!(error, ureq::Error::HostNotFound) {
            Self::NoSuchHost
        } else if matches!(error, ureq::Error::TlsRequired) {
            Self::NoTls
        } else {
            Self::Unreachable(error)
        }
    }
}

impl From<CallError> for String {
    fn from(error: CallError) -> Self {
        error.to_string()
    }
}

/// Why a server's certificate is not trusted.
#[cfg(feature = "https")]
#[derive(Debug, thiserror::Error)]
pub(super) enum Untrusted {
    #[error("no authority that is trusted here has signed it; `HttpClient::trust_only` names others")]
    UnknownIssuer,
    #[error("its signature is not that of the authority which it names")]
    WrongSignature,
    #[error("it is not for the host that is called, but for {names}")]
    OtherHost { names: String },
    #[error("its time is over")]
    Expired,
    #[error("its time has not begun")]
    NotYetValid,
    #[error("{0}")]
    Invalid(rustls::Error),
}

#[cfg(feature = "https")]
impl Untrusted {
    /// `None` if the certificate is not what is wrong.
    fn of(error: &ureq::Error) -> Option<Self> {
        use rustls::CertificateError as Problem;

        // What goes wrong while the two come to terms is said by way of the connection.
        let error = if let ureq::Error::Io(error) = error {
            error.get_ref()?.downcast_ref::<rustls::Error>()?
        } else if let ureq::Error::Rustls(error) = error {
            error
        } else {
            return None;
        };
        let rustls::Error::InvalidCertificate(problem) = error else { return None };
        Some(if matches!(problem, Problem::UnknownIssuer) {
            Self::UnknownIssuer
        } else if matches!(problem, Problem::BadSignature) {
            Self::WrongSignature
        } else if let Problem::NotValidForNameContext { presented, .. } = problem {
            // The server says these: any number of them.
            Self::OtherHost {
                names: presented.join(", ").chars().take(limits::VALUE_CHARACTERS_SHOWN).collect(),
            }
        } else if matches!(problem, Problem::Expired | Problem::ExpiredContext { .. }) {
            Self::Expired
        } else if matches!(problem, Problem::NotValidYet | Problem::NotValidYetContext { .. }) {
            Self::NotYetValid
        } else {
            Self::Invalid(error.clone())
        })
    }
}

//! What can go wrong below HTTP, sorted into the four kinds that a person can act on.

use std::error::Error;
use std::fmt::{self, Write as _};

use super::{MAX_HEAD_BYTES, MAX_HEAD_LINES};

/// At which layer the exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// No connection: name not found, refused, unreachable.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// No answer in time.
    Timeout,
    /// What came back was not HTTP, or broke off.
    Protocol,
}

/// A failed exchange, with a text for people.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind}: {text}")]
pub(crate) struct NetFailure {
    pub(crate) kind: FailureKind,
    pub(crate) text: String,
}

impl FailureKind {
    /// The word for it in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl NetFailure {
    pub(crate) fn connect(text: impl Into<String>) -> Self {
        Self::new(FailureKind::Connect, text)
    }

    pub(crate) fn tls(text: impl Into<String>) -> Self {
        Self::new(FailureKind::Tls, text)
    }

    pub(crate) fn timeout(text: impl Into<String>) -> Self {
        Self::new(FailureKind::Timeout, text)
    }

    pub(crate) fn protocol(text: impl Into<String>) -> Self {
        Self::new(FailureKind::Protocol, text)
    }

    /// Sorts an error of the HTTP client.
    pub(crate) fn of_client(error: &(dyn Error + 'static)) -> Self {
        if let Some(own) = find::<NetFailure>(error) {
            return own.clone();
        }
        if let Some(tls) = find_tls(error) {
            return Self::tls(tls.to_string());
        }
        let Some(hyper) = find::<hyper::Error>(error) else {
            return Self::protocol(chain(error));
        };
        if hyper.is_parse_too_large() {
            return Self::protocol(format!(
                "the response head is larger than {MAX_HEAD_BYTES} bytes or {MAX_HEAD_LINES} lines"
            ));
        }
        if hyper.is_incomplete_message() {
            return Self::protocol("the server closed the connection before it had sent a response head");
        }
        if hyper.is_parse() {
            return Self::protocol(format!("the response head is malformed: {}", chain(hyper)));
        }
        if find::<std::io::Error>(hyper).is_some() {
            return Self::protocol(format!("the connection broke: {}", chain(hyper)));
        }
        Self::protocol(chain(hyper))
    }

    /// Sorts an error of a body.
    pub(crate) fn of_body(error: &hyper::Error) -> Self {
        Self::protocol(format!("the body broke off: {}", chain(error)))
    }

    fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// The first error of type `T` in a chain of sources.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    std::iter::successors(Some(error), |&e| e.source()).find_map(|e| e.downcast_ref())
}

/// A TLS error hides inside an I/O error, which does not name it as its source.
fn find_tls<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e tokio_rustls::rustls::Error> {
    find::<std::io::Error>(error)?.get_ref()?.downcast_ref::<tokio_rustls::rustls::Error>()
}

/// An error with its sources, in one line, without saying anything twice.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for source in std::iter::successors(error.source(), |&e| e.source()) {
        let more = source.to_string();
        if !text.contains(&more) {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {more}");
        }
    }
    text
}

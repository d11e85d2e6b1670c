//! Failures of the host: it has no response.

use std::borrow::Cow;

/// Why the host has no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFailure {
    pub(super) kind: HostFailureKind,
    pub(super) text: Cow<'static, str>,
}

/// What kind of failure the host met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostFailureKind {
    /// No connection: name look-up included.
    Connect,
    /// TLS failed.
    Tls,
    /// It took too long.
    Timeout,
    /// The answer is no HTTP, or more of it than the host takes.
    Protocol,
    /// The host does not fetch this scheme.
    UnsupportedScheme,
    /// The HTTP cache holds no response, and the cache mode allows no other.
    NotCached,
    /// Anything else.
    Other,
}

impl HostFailureKind {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::UnsupportedScheme => "unsupported-scheme",
            Self::NotCached => "not-cached",
            Self::Other => "other",
        }
    }
}

impl From<std::io::Error> for HostFailure {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let kind = match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => HostFailureKind::Timeout,
            // The connection was there, and its end is no HTTP.
            ErrorKind::InvalidData
            | ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => HostFailureKind::Protocol,
            ErrorKind::ConnectionRefused
            | ErrorKind::NotConnected
            | ErrorKind::AddrNotAvailable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable => HostFailureKind::Connect,
            _ => HostFailureKind::Other,
        };
        Self::new(kind, error.to_string())
    }
}

impl HostFailure {
    /// A failure of this kind, in the host's words.
    pub fn new(kind: HostFailureKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, text: text.into() }
    }

    /// No connection.
    pub fn connect(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(HostFailureKind::Connect, text)
    }

    /// TLS failed.
    pub fn tls(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(HostFailureKind::Tls, text)
    }

    /// It took too long.
    pub fn timeout(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(HostFailureKind::Timeout, text)
    }

    /// The answer is no HTTP.
    pub fn protocol(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(HostFailureKind::Protocol, text)
    }

    /// The host does not fetch this scheme.
    pub const fn unsupported_scheme() -> Self {
        Self { kind: HostFailureKind::UnsupportedScheme, text: Cow::Borrowed("this host does not fetch the scheme") }
    }

    /// The HTTP cache holds no response, with cache mode `only-if-cached`.
    pub const fn not_cached() -> Self {
        Self { kind: HostFailureKind::NotCached, text: Cow::Borrowed("no response in the HTTP cache") }
    }

    /// Anything else.
    pub fn other(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(HostFailureKind::Other, text)
    }

    /// The kind.
    pub const fn kind(&self) -> HostFailureKind {
        self.kind
    }

    /// The host's words.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn io_errors_have_a_kind() {
        let kind = |kind: ErrorKind| HostFailure::from(Error::from(kind)).kind();
        assert_eq!(kind(ErrorKind::TimedOut), HostFailureKind::Timeout);
        assert_eq!(kind(ErrorKind::UnexpectedEof), HostFailureKind::Protocol);
        assert_eq!(kind(ErrorKind::ConnectionRefused), HostFailureKind::Connect);
        assert_eq!(kind(ErrorKind::PermissionDenied), HostFailureKind::Other);
    }
}

//! [Origins](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin), serialized once.

use std::sync::Arc;

use url::Url;

use crate::scheme::SchemePolicy;

/// An origin: a tuple of scheme, host and port, or opaque.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum Origin {
    /// Scheme, host and port.
    Tuple(TupleOrigin),
    /// An identity without content; it serializes as `null`.
    Opaque(OpaqueOrigin),
}

/// A tuple origin. Cloning counts a reference.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TupleOrigin {
    /// `scheme://host` and, unless it is the scheme's default, `:port`.
    serialization: Arc<str>,
    scheme_len: usize,
    /// Where the host ends.
    host_end: usize,
    port: Option<u16>,
}

/// An opaque origin, same as another one exactly if the host gave both the same identity.
///
/// Two documents with opaque origins need two identities; one that is used twice makes two pages
/// the same origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpaqueOrigin {
    identity: u64,
}

/// Text that is no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// It is no URL.
    #[error("{text:?} is no origin: it does not parse as a URL ({reason})")]
    NotAUrl {
        /// What was given.
        text: String,
        /// The parser's reason.
        reason: url::ParseError,
    },
    /// URLs of this scheme have opaque origins.
    #[error(
        "{0:?} is no tuple origin: its scheme has opaque origins, or it has no host; a scheme policy can make a scheme standard"
    )]
    Opaque(String),
    /// It says more than scheme, host and port.
    #[error("{0:?} is no origin: an origin is scheme, host and port, without userinfo, path, query or fragment")]
    NotOnlyAnOrigin(String),
}

/// A URL's origin, borrowed from the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlOrigin<'a> {
    Tuple {
        scheme: &'a str,
        host: &'a str,
        port: Option<u16>,
    },
    /// Fresh for each URL, so never the same as anything.
    Opaque,
}

impl<'a> UrlOrigin<'a> {
    /// The [origin of a URL](https://url.spec.whatwg.org/#concept-url-origin) that is no blob URL.
    ///
    /// HOST: the origin of a blob URL is that of its entry, which only the host knows; see
    /// [`with_url_origin`].
    fn of(url: &'a Url, policy: &SchemePolicy) -> Self {
        match url.host_str() {
            Some(host) if policy.is_standard(url.scheme()) && is_canonical_host(url, host) => {
                Self::Tuple { scheme: url.scheme(), host, port: url.port() }
            }
            _ => Self::Opaque,
        }
    }

    /// [Same origin](https://html.spec.whatwg.org/multipage/browsers.html#same-origin).
    pub(crate) fn same_origin(self, other: UrlOrigin<'_>) -> bool {
        match (self, other) {
            (
                UrlOrigin::Tuple { scheme, host, port },
                UrlOrigin::Tuple { scheme: other_scheme, host: other_host, port: other_port },
            ) => scheme == other_scheme && host == other_host && port == other_port,
            _ => false,
        }
    }
}

/// Whether a host has one spelling. The URL parser sees to that for its special schemes; for others it
/// leaves case and percent-encoding as they are, so that a second spelling of a host would pass by
/// rules made for the first: such a URL has an opaque origin.
fn is_canonical_host(url: &Url, host: &str) -> bool {
    !host.is_empty() && (url.is_special() || !host.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'%'))
}

/// Hands `read` the [origin of a URL](https://url.spec.whatwg.org/#concept-url-origin). A blob URL has
/// the origin of the http(s) URL inside it, and an opaque one otherwise.
pub(crate) fn with_url_origin<T>(url: &Url, policy: &SchemePolicy, read: impl FnOnce(UrlOrigin<'_>) -> T) -> T {
    if url.scheme() == "blob" {
        return match Url::parse(url.path()) {
            Ok(inside) if crate::scheme::is_http_scheme(inside.scheme()) => read(UrlOrigin::of(&inside, policy)),
            _ => read(UrlOrigin::Opaque),
        };
    }
    read(UrlOrigin::of(url, policy))
}

/// Whether the origins of two URLs are [same origin](https://html.spec.whatwg.org/multipage/browsers.html#same-origin).
pub(crate) fn are_same_origin(a: &Url, b: &Url, policy: &SchemePolicy) -> bool {
    with_url_origin(a, policy, |a| with_url_origin(b, policy, |b| a.same_origin(b)))
}

impl Origin {
    /// An opaque origin with an identity that the host chose.
    pub const fn opaque(identity: u64) -> Self {
        Self::Opaque(OpaqueOrigin { identity })
    }

    /// Reads a serialized tuple origin of one of the URL standard's schemes, for example
    /// `https://a.example:8443`. A trailing slash is accepted, a default port dropped.
    ///
    /// # Errors
    /// The text is no URL, has an opaque origin, or says more than an origin.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        Self::parse_with(text, &SchemePolicy::new())
    }

    /// As [`parse`](Self::parse), and for the schemes that `policy` calls standard.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, policy: &SchemePolicy) -> Result<Self, OriginError> {
        // What the URL parser would repair is a mistake here.
        let is_repaired =
            text.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control() || byte == b'\\');
        if is_repaired || text.trim_end_matches('/').ends_with(':') {
            return Err(OriginError::NotOnlyAnOrigin(text.to_owned()));
        }
        let url = Url::parse(text).map_err(|reason| OriginError::NotAUrl { text: text.to_owned(), reason })?;
        let origin = if url.scheme() == "blob" { None } else { Self::of_url(&url, policy) };
        let origin = origin.ok_or_else(|| OriginError::Opaque(text.to_owned()))?;
        let has_userinfo = !url.username().is_empty() || url.password().is_some();
        let has_more = !text.contains("://")
            || !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some();
        if has_userinfo || has_more {
            return Err(OriginError::NotOnlyAnOrigin(text.to_owned()));
        }
        Ok(origin)
    }

    /// The [origin of a URL](https://url.spec.whatwg.org/#concept-url-origin), or `None` if it is
    /// opaque: then the host gives it an identity with [`Origin::opaque`].
    pub fn of_url(url: &Url, policy: &SchemePolicy) -> Option<Self> {
        with_url_origin(url, policy, |origin| match origin {
            UrlOrigin::Tuple { scheme, host, port } => Some(Self::Tuple(TupleOrigin::new(scheme, host, port))),
            UrlOrigin::Opaque => None,
        })
    }

    /// The [serialization](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin).
    pub fn serialize(&self) -> &str {
        match self {
            Self::Tuple(tuple) => &tuple.serialization,
            Self::Opaque(_) => "null",
        }
    }

    /// Whether the origin is opaque.
    pub const fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque(_))
    }

    /// [Same origin](https://html.spec.whatwg.org/multipage/browsers.html#same-origin).
    pub fn same_origin(&self, other: &Origin) -> bool {
        self == other
    }

    /// Whether this is same origin with the origin of `url`.
    pub fn same_origin_with_url(&self, url: &Url, policy: &SchemePolicy) -> bool {
        with_url_origin(url, policy, |origin| self.as_url_origin().same_origin(origin))
    }

    /// The parts, for a comparison with a URL's; an opaque origin is never that of a URL.
    pub(crate) fn as_url_origin(&self) -> UrlOrigin<'_> {
        match self {
            Self::Tuple(tuple) => UrlOrigin::Tuple { scheme: tuple.scheme(), host: tuple.host(), port: tuple.port },
            Self::Opaque(_) => UrlOrigin::Opaque,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.serialize())
    }
}

impl TupleOrigin {
    fn new(scheme: &str, host: &str, port: Option<u16>) -> Self {
        let serialization = match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        let host_end = scheme.len().saturating_add(3).saturating_add(host.len());
        Self { serialization: serialization.into(), scheme_len: scheme.len(), host_end, port }
    }

    /// The scheme.
    pub fn scheme(&self) -> &str {
        self.serialization.get(..self.scheme_len).unwrap_or_default()
    }

    /// The host as it serializes: a domain, an IPv4 address, or an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.serialization.get(self.scheme_len.saturating_add(3)..self.host_end).unwrap_or_default()
    }

    /// The port, or `None` if it is the scheme's default.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }
}

impl std::fmt::Debug for TupleOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TupleOrigin({})", self.serialization)
    }
}

impl OpaqueOrigin {
    /// The identity that the host chose.
    pub const fn identity(self) -> u64 {
        self.identity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::SchemeTraits;

    #[test]
    fn tuples_serialize_without_a_default_port() {
        for (text, serialized) in [
            ("https://A.example:443/", "https://a.example"),
            ("http://a.example:8000", "http://a.example:8000"),
            ("http://[::1]:1", "http://[::1]:1"),
            ("ws://127.0.0.1", "ws://127.0.0.1"),
        ] {
            let origin = Origin::parse(text).expect("an origin");
            assert_eq!(origin.serialize(), serialized);
            let Origin::Tuple(tuple) = origin else { panic!("a tuple") };
            assert!(serialized.starts_with(tuple.scheme()) && serialized.contains(tuple.host()));
        }
    }

    #[test]
    fn text_that_is_more_or_less_than_an_origin_is_refused() {
        assert!(matches!(Origin::parse("a.example"), Err(OriginError::NotAUrl { .. })));
        for opaque in ["null:x", "data:,x", "file:///x", "app://localhost", "about:blank", "blob:https://a.example/x"] {
            assert!(matches!(Origin::parse(opaque), Err(OriginError::Opaque(_))), "{opaque}");
        }
        for more in [
            " https://a.example",
            "https://a.example\t",
            "https:\\\\a.example",
            "https:a.example",
            "https://a.example:",
            "https://a.example/x",
            "https://u@a.example",
            "https://a.example?q",
            "https://a.example#f",
        ] {
            assert!(matches!(Origin::parse(more), Err(OriginError::NotOnlyAnOrigin(_))), "{more}");
        }
    }

    #[test]
    fn custom_schemes_have_tuple_origins_under_a_policy() {
        let policy = SchemePolicy::new().with("app", SchemeTraits::new().standard()).expect("a scheme");
        let origin = Origin::parse_with("app://localhost", &policy).expect("a standard scheme");
        assert_eq!(origin.serialize(), "app://localhost");
        assert!(origin.same_origin_with_url(&Url::parse("app://localhost/x").expect("a URL"), &policy));
        assert!(!origin.same_origin_with_url(&Url::parse("app://localhost:1/x").expect("a URL"), &policy));
        for opaque in ["app:///x", "app://LOCALHOST", "app://%6cocalhost"] {
            assert!(Origin::parse_with(opaque, &policy).is_err(), "{opaque}");
        }
    }

    #[test]
    fn origins_of_urls_follow_the_url_standard() {
        let policy = SchemePolicy::new();
        let of = |url: &str| Origin::of_url(&Url::parse(url).expect("a URL"), &policy).map(|origin| origin.to_string());
        assert_eq!(of("blob:https://a.example/id").as_deref(), Some("https://a.example"));
        for opaque in
            ["blob:blob:https://a.example/id", "blob:ftp://a.example/id", "blob:null/id", "data:,x", "file:///x"]
        {
            assert_eq!(of(opaque), None, "{opaque}");
        }
        let origin = Origin::parse("https://a.example").expect("an origin");
        let same = |url: &str| origin.same_origin_with_url(&Url::parse(url).expect("a URL"), &policy);
        assert!(same("https://a.example:443/x") && same("blob:https://a.example/id"));
        assert!(!same("http://a.example/") && !same("https://a.example:1/") && !same("https://b.example/"));
    }

    #[test]
    fn opaque_origins_are_their_identity() {
        assert!(Origin::opaque(1).same_origin(&Origin::opaque(1)));
        assert!(!Origin::opaque(1).same_origin(&Origin::opaque(2)));
        assert_eq!(Origin::opaque(1).serialize(), "null");
        let data = Url::parse("data:,x").expect("a URL");
        assert!(!Origin::opaque(1).same_origin_with_url(&data, &SchemePolicy::new()));
    }
}

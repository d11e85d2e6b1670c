//! Why a fetch came to a network error.
//!
//! **Reasons are for developer tools and must never reach page script.** The standard makes network
//! errors look alike on purpose: their difference would tell a page about servers it may not read.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use crate::request::RequestMode;

/// The most bytes of a received value that a reason keeps.
pub const MAX_EXCERPT_BYTES: usize = 1024;
/// The most names that a reason keeps.
pub const MAX_EXCERPT_NAMES: usize = 64;

/// Bytes that were received, the first [`MAX_EXCERPT_BYTES`] of them. Displays in ASCII, escaped.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt {
    bytes: Box<[u8]>,
    total: usize,
}

impl Excerpt {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let kept = bytes.get(..MAX_EXCERPT_BYTES).unwrap_or(bytes);
        Self { bytes: kept.into(), total: bytes.len() }
    }

    /// The bytes that were kept.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there were.
    pub const fn total(&self) -> usize {
        self.total
    }
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.bytes.escape_ascii())?;
        if self.total > self.bytes.len() {
            write!(f, "… ({} bytes)", self.total)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Names of headers or methods, the first [`MAX_EXCERPT_NAMES`] of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    names: Vec<Excerpt>,
    total: usize,
}

impl Names {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut list = Self::default();
        for name in names {
            list.total = list.total.saturating_add(1);
            if list.names.len() < MAX_EXCERPT_NAMES {
                list.names.push(Excerpt::new(name));
            }
        }
        list
    }

    /// The names that were kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(Excerpt::as_bytes)
    }

    /// How many there were.
    pub const fn total(&self) -> usize {
        self.total
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.total == 0 {
            return f.write_str("(none)");
        }
        for (index, name) in self.names.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}")?;
        }
        if self.total > self.names.len() {
            write!(f, ", … ({} in all)", self.total)?;
        }
        Ok(())
    }
}

/// Where in the fetch it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Before anything was sent for the hop.
    BeforeRequest,
    /// At the CORS-preflight request or its response.
    Preflight,
    /// At a response with a redirect status.
    Redirect,
    /// At the request or its response.
    Response,
}

impl Stage {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeRequest => "before-request",
            Self::Preflight => "preflight",
            Self::Redirect => "redirect",
            Self::Response => "response",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why the host has no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFailure {
    kind: HostFailureKind,
    text: Cow<'static, str>,
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

/// Defines [`Reason`] with, per variant: number, code, the anchor of the algorithm, the step.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$fact_doc:meta])* $fact:ident: $type:ty),+ $(,)? })? =
        $number:literal, $code:literal, $anchor:literal, $step:literal;)+) => {
        /// Why a fetch came to a network error. **Never show it to page script.**
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* #[non_exhaustive] $variant $({ $($(#[$fact_doc])* $fact: $type),+ })?,)+
        }

        impl Reason {
            /// Every code, with its number and anchor.
            pub const CODES: &'static [(&'static str, u16, &'static str)] = &[$(($code, $number, $anchor),)+];

            /// A stable word in kebab case.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)+ }
            }

            /// A stable number.
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant { .. } => $number,)+ }
            }

            /// The URL fragment of the algorithm in the Fetch standard, or a whole URL if the
            /// algorithm stands elsewhere.
            pub const fn anchor(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $anchor,)+ }
            }

            /// The step of that algorithm.
            pub const fn step(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $step,)+ }
            }

            /// What was compared: a label and a value each.
            pub fn facts(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$variant $({ $($fact),+ })? => {
                        vec![$($((stringify!($fact), fact($fact))),+)?]
                    })+
                }
            }
        }
    };
}

reasons! {
    /// The local-URLs-only flag is set and the URL is not local.
    LocalUrlsOnly = 1, "local-urls-only", "concept-main-fetch", "3";
    /// The URL's port is a bad port.
    BadPort {
        /// The port.
        port: u16,
    } = 2, "bad-port", "concept-main-fetch", "7";
    /// The host's gate blocked the request or response.
    GateBlocked {
        /// The host's words.
        why: Cow<'static, str>,
    } = 3, "gate-blocked", "concept-main-fetch", "7";
    /// Mode same-origin and a URL of another origin.
    SameOriginModeBlocked {
        /// The request's origin.
        origin: String,
        /// The URL's origin.
        url_origin: String,
    } = 4, "same-origin-mode-blocked", "concept-main-fetch", "12, mode is same-origin";
    /// Mode no-cors, a URL of another origin, and a redirect mode that is not follow.
    NoCorsNeedsFollow {
        /// The redirect mode.
        redirect_mode: &'static str,
    } = 5, "no-cors-needs-follow", "concept-main-fetch", "12, mode is no-cors, 1";
    /// Mode cors and a URL that is not HTTP(S).
    SchemeNotHttp {
        /// The scheme.
        scheme: String,
    } = 6, "scheme-not-http", "concept-main-fetch", "12, scheme is not HTTP(S)";
    /// The response's MIME type is not for scripts.
    MimeType {
        /// The MIME type's essence.
        essence: String,
        /// The destination.
        destination: &'static str,
    } = 7, "mime-type", "concept-main-fetch", "20";
    /// `nosniff`, and a MIME type that is not for the destination.
    Nosniff {
        /// The MIME type's essence, or nothing.
        essence: String,
        /// The destination.
        destination: &'static str,
    } = 8, "nosniff", "concept-main-fetch", "20";
    /// A partial opaque response to a request that asked for no range.
    OpaqueRange {
        /// The status.
        status: u16,
    } = 9, "opaque-range", "concept-main-fetch", "21";
    /// The service worker's response is not one that this request may get.
    ServiceWorkerResponse {
        /// The response's type.
        response_type: &'static str,
        /// The request's mode.
        mode: &'static str,
        /// The request's redirect mode.
        redirect_mode: &'static str,
        /// URLs in the response's URL list.
        urls: usize,
    } = 10, "service-worker-response", "concept-http-fetch", "3.5.7";
    /// There is no `Access-Control-Allow-Origin`.
    AllowOriginMissing {
        /// The request's origin, as it was sent.
        wanted: String,
    } = 11, "allow-origin-missing", "concept-cors-check", "2";
    /// `Access-Control-Allow-Origin` holds more than one value.
    AllowOriginMultiple {
        /// The request's origin, as it was sent.
        wanted: String,
        /// The value, lines joined.
        received: Excerpt,
        /// Lines of that name.
        lines: usize,
    } = 12, "allow-origin-multiple", "concept-cors-check", "4";
    /// `Access-Control-Allow-Origin` is another origin, or none.
    AllowOriginMismatch {
        /// The request's origin, as it was sent.
        wanted: String,
        /// The value.
        received: Excerpt,
    } = 13, "allow-origin-mismatch", "concept-cors-check", "4";
    /// `Access-Control-Allow-Origin` is `*` and the credentials mode is include.
    AllowOriginWildcardWithCredentials {
        /// The request's origin, as it was sent.
        wanted: String,
    } = 14, "allow-origin-wildcard-with-credentials", "concept-cors-check", "4";
    /// `Access-Control-Allow-Credentials` is not `true` and the credentials mode is include.
    AllowCredentialsNotTrue {
        /// The value, or nothing.
        received: Option<Excerpt>,
    } = 15, "allow-credentials-not-true", "concept-cors-check", "7";
    /// The preflight's response is a redirect.
    PreflightRedirected {
        /// The status.
        status: u16,
        /// The first `Location`, or nothing.
        location: Option<Excerpt>,
    } = 16, "preflight-redirected", "cors-preflight-fetch-0", "7";
    /// The preflight's status is not 200 to 299.
    PreflightStatusNotOk {
        /// The status.
        status: u16,
    } = 17, "preflight-status-not-ok", "cors-preflight-fetch-0", "7";
    /// `Access-Control-Allow-Methods` does not parse.
    AllowMethodsUnparsable {
        /// The first item that is no method.
        item: Excerpt,
    } = 18, "allow-methods-unparsable", "cors-preflight-fetch-0", "7.3";
    /// `Access-Control-Allow-Headers` does not parse.
    AllowHeadersUnparsable {
        /// The first item that is no header name.
        item: Excerpt,
    } = 19, "allow-headers-unparsable", "cors-preflight-fetch-0", "7.3";
    /// The method is not allowed.
    MethodNotAllowed {
        /// The request's method.
        method: String,
        /// `Access-Control-Allow-Methods`.
        allowed: Names,
        /// The credentials mode, under which `*` may be a plain name.
        credentials_mode: &'static str,
    } = 20, "method-not-allowed", "cors-preflight-fetch-0", "7.5";
    /// `Authorization` is not named, and `*` does not cover it.
    AuthorizationNotNamed {
        /// `Access-Control-Allow-Headers`.
        allowed: Names,
    } = 21, "authorization-not-named", "cors-preflight-fetch-0", "7.6";
    /// Headers are not allowed.
    HeaderNotAllowed {
        /// All names that are missing.
        missing: Names,
        /// `Access-Control-Allow-Headers`.
        allowed: Names,
        /// The credentials mode, under which `*` may be a plain name.
        credentials_mode: &'static str,
    } = 22, "header-not-allowed", "cors-preflight-fetch-0", "7.7";
    /// `Cross-Origin-Resource-Policy`, or an embedder policy without it, keeps the response out.
    ResourcePolicyBlocked {
        /// The header's value, or nothing.
        policy: Option<Excerpt>,
        /// The embedder policy value.
        embedder_policy: &'static str,
        /// The request's origin.
        origin: String,
        /// The response's URL's origin.
        url_origin: String,
    } = 23, "resource-policy-blocked", "concept-http-fetch", "5";
    /// A redirect, and redirect mode error.
    RedirectModeError {
        /// The status.
        status: u16,
    } = 24, "redirect-mode-error", "concept-http-fetch", "6.3, error";
    /// `Location` is no URL, or stands on several lines.
    RedirectLocationInvalid {
        /// The lines, joined.
        location: Excerpt,
    } = 25, "redirect-location-invalid", "concept-http-redirect-fetch", "5";
    /// `Location` is not HTTP(S).
    RedirectSchemeNotHttp {
        /// The scheme.
        scheme: String,
    } = 26, "redirect-scheme-not-http", "concept-http-redirect-fetch", "6";
    /// The twenty-first redirect.
    RedirectLimit {
        /// Redirects that were followed.
        followed: u8,
    } = 27, "redirect-limit", "concept-http-redirect-fetch", "7";
    /// `Location` has userinfo, across origins or after them.
    RedirectHasCredentials {
        /// The URL without its userinfo.
        location: String,
    } = 28, "redirect-has-credentials", "concept-http-redirect-fetch", "9, 10";
    /// The body came from a stream and cannot be sent again.
    RedirectBodyNotReplayable {
        /// The status.
        status: u16,
    } = 29, "redirect-body-not-replayable", "concept-http-redirect-fetch", "11";
    /// More bytes in flight than keepalive requests may have.
    KeepaliveQuota {
        /// This request's body.
        content_length: u64,
        /// The others'.
        in_flight: u64,
    } = 30, "keepalive-quota", "concept-http-network-or-cache-fetch", "8.10.5";
    /// The host has no response to the request.
    NetworkFailure {
        /// What it met.
        failure: HostFailure,
    } = 31, "network-failure", "concept-http-network-or-cache-fetch", "11.2";
    /// The host has no response to the preflight.
    PreflightNetworkFailure {
        /// What it met.
        failure: HostFailure,
    } = 32, "preflight-network-failure", "cors-preflight-fetch-0", "6";
    /// The response's head is none that HTTP has.
    ResponseMalformed {
        /// What is wrong with it.
        what: String,
    } = 33, "response-malformed", "concept-http-network-fetch", "8.5";
    /// A proxy asks for credentials, and the host brought its answer here.
    ProxyAuthenticationRequired = 34, "proxy-authentication-required", "concept-http-network-or-cache-fetch", "16.1";
    /// The fetch was aborted.
    Aborted = 35, "aborted", "concept-aborted-network-error", "";
    /// The lines that the engine must add do not fit.
    HeaderListTooLarge = 36, "header-list-too-large", "concept-header-list", "";
}

trait Fact {
    fn text(&self) -> String;
}
macro_rules! fact_by_display {
    ($($type:ty),+) => { $(impl Fact for $type { fn text(&self) -> String { self.to_string() } })+ };
}
fact_by_display!(u8, u16, u64, usize, String, &'static str, Excerpt, Names, Cow<'static, str>);
impl Fact for Option<Excerpt> {
    fn text(&self) -> String {
        self.as_ref().map_or_else(|| "(absent)".to_owned(), Excerpt::to_string)
    }
}
impl Fact for HostFailure {
    fn text(&self) -> String {
        format!("{}: {}", self.kind.as_str(), self.text.escape_debug())
    }
}
fn fact(fact: &impl Fact) -> String {
    fact.text()
}

impl std::fmt::Display for Reason {
    /// One line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LocalUrlsOnly => f.write_str("only local URLs are allowed here and this one is not local"),
            Self::BadPort { port } => write!(f, "port {port} is a bad port; browsers never connect to it"),
            Self::GateBlocked { why } => write!(f, "blocked by the host: {}", why.escape_debug()),
            Self::SameOriginModeBlocked { origin, url_origin } => {
                write!(f, "request mode is same-origin, but origin {origin} is not the URL's origin {url_origin}")
            }
            Self::NoCorsNeedsFollow { redirect_mode } => {
                write!(f, "request mode no-cors across origins needs redirect mode follow, not {redirect_mode}")
            }
            Self::SchemeNotHttp { scheme } => {
                write!(f, "request mode is cors, but scheme {scheme:?} is not http, https or one that the host CORS-enabled")
            }
            Self::MimeType { essence, destination } => write!(f, "a {destination} cannot be {essence:?}"),
            Self::Nosniff { essence, destination } => {
                let essence = if essence.is_empty() { "no MIME type" } else { essence };
                write!(f, "X-Content-Type-Options is nosniff, and a {destination} cannot be {essence}")
            }
            Self::OpaqueRange { status } => {
                write!(f, "an opaque response with status {status} to a range request, for a request that asked for no range")
            }
            Self::ServiceWorkerResponse { response_type, mode, redirect_mode, urls } => write!(
                f,
                "a service worker's response of type {response_type} with {urls} URLs is not for a request with mode {mode} and redirect mode {redirect_mode}"
            ),
            Self::AllowOriginMissing { wanted } => {
                write!(f, "the response has no Access-Control-Allow-Origin; wanted {wanted}")
            }
            Self::AllowOriginMultiple { wanted, received, lines } => write!(
                f,
                "Access-Control-Allow-Origin holds more than one value on {lines} line(s): {received}; wanted exactly {wanted}"
            ),
            Self::AllowOriginMismatch { wanted, received } => {
                write!(f, "Access-Control-Allow-Origin is \"{received}\"; wanted exactly {wanted}")
            }
            Self::AllowOriginWildcardWithCredentials { wanted } => write!(
                f,
                "Access-Control-Allow-Origin is *, which does not count when the credentials mode is include; wanted exactly {wanted}"
            ),
            Self::AllowCredentialsNotTrue { received: None } => {
                f.write_str("the response has no Access-Control-Allow-Credentials; wanted exactly true, as the credentials mode is include")
            }
            Self::AllowCredentialsNotTrue { received: Some(received) } => {
                write!(f, "Access-Control-Allow-Credentials is \"{received}\"; wanted exactly true, as the credentials mode is include")
            }
            Self::PreflightRedirected { status, location } => {
                write!(f, "the preflight was answered with a redirect, status {status}")?;
                location.as_ref().map_or(Ok(()), |location| write!(f, " to {location}"))?;
                f.write_str("; preflights are never redirected")
            }
            Self::PreflightStatusNotOk { status } => {
                write!(f, "the preflight was answered with status {status}; wanted 200 to 299")
            }
            Self::AllowMethodsUnparsable { item } => {
                write!(f, "Access-Control-Allow-Methods does not parse: \"{item}\" is no method")
            }
            Self::AllowHeadersUnparsable { item } => {
                write!(f, "Access-Control-Allow-Headers does not parse: \"{item}\" is no header name")
            }
            Self::MethodNotAllowed { method, allowed, credentials_mode } => write!(
                f,
                "method {method} is not in Access-Control-Allow-Methods: {allowed} (credentials mode {credentials_mode})"
            ),
            Self::AuthorizationNotNamed { allowed } => write!(
                f,
                "authorization is not in Access-Control-Allow-Headers: {allowed}; * does not cover it"
            ),
            Self::HeaderNotAllowed { missing, allowed, credentials_mode } => write!(
                f,
                "not in Access-Control-Allow-Headers: {missing}; allowed are {allowed} (credentials mode {credentials_mode})"
            ),
            Self::ResourcePolicyBlocked { policy, embedder_policy, origin, url_origin } => {
                let policy = policy.as_ref().map_or_else(|| "absent".to_owned(), Excerpt::to_string);
                write!(f, "Cross-Origin-Resource-Policy is {policy}, embedder policy {embedder_policy}: {url_origin} is kept from {origin}")
            }
            Self::RedirectModeError { status } => write!(f, "redirect mode is error and the status is {status}"),
            Self::RedirectLocationInvalid { location } => {
                write!(f, "Location is no URL, or stands on several lines: \"{location}\"")
            }
            Self::RedirectSchemeNotHttp { scheme } => write!(f, "redirect to scheme {scheme:?}; only http and https are followed"),
            Self::RedirectLimit { followed } => write!(f, "one redirect more than the {followed} that are followed"),
            Self::RedirectHasCredentials { location } => {
                write!(f, "redirect across origins to a URL with user name or password: {location}")
            }
            Self::RedirectBodyNotReplayable { status } => {
                write!(f, "redirect with status {status} would send the body again, but it came from a stream")
            }
            Self::KeepaliveQuota { content_length, in_flight } => write!(
                f,
                "{content_length} bytes of body and {in_flight} in flight are more than the 65536 of keepalive requests"
            ),
            Self::NetworkFailure { failure } => write!(f, "no response ({})", fact(failure)),
            Self::PreflightNetworkFailure { failure } => write!(f, "no response to the preflight ({})", fact(failure)),
            Self::ResponseMalformed { what } => write!(f, "the response's head is malformed: {what}"),
            Self::ProxyAuthenticationRequired => f.write_str("status 407: a proxy asks for credentials, and nobody can be asked"),
            Self::Aborted => f.write_str("the fetch was aborted"),
            Self::HeaderListTooLarge => f.write_str("the request's header list is too large for the lines that must be added"),
        }
    }
}

impl Reason {
    /// What the server's author, or for some reasons the page's, can do about it.
    pub fn remedy(&self) -> Cow<'static, str> {
        match self {
            Self::AllowOriginMissing { wanted } | Self::AllowOriginMismatch { wanted, .. } => {
                format!("answer with `Access-Control-Allow-Origin: {wanted}`, taken from a list of origins that you trust, and with `Vary: Origin`").into()
            }
            Self::AllowOriginMultiple { wanted, .. } => {
                format!("answer with one line `Access-Control-Allow-Origin: {wanted}`; look for a proxy or framework that adds a second one").into()
            }
            Self::AllowOriginWildcardWithCredentials { wanted } => {
                format!("answer with `Access-Control-Allow-Origin: {wanted}` instead of `*`, or send the request without credentials").into()
            }
            Self::MethodNotAllowed { method, .. } => {
                format!("answer the preflight with `Access-Control-Allow-Methods: {method}`; methods are case-sensitive").into()
            }
            Self::HeaderNotAllowed { missing, .. } => {
                format!("answer the preflight with `Access-Control-Allow-Headers: {missing}`").into()
            }
            _ => Cow::Borrowed(self.fixed_remedy()),
        }
    }

    const fn fixed_remedy(&self) -> &'static str {
        match self {
            Self::LocalUrlsOnly => "use an about:, blob: or data: URL",
            Self::BadPort { .. } => "serve on another port",
            Self::GateBlocked { .. } => "see the host's policy",
            Self::SameOriginModeBlocked { .. } => "use mode cors, and let the server allow it, or a same-origin URL",
            Self::NoCorsNeedsFollow { .. } => "use redirect mode follow",
            Self::SchemeNotHttp { .. } => "use an http or https URL; a host can CORS-enable a scheme of its own",
            Self::MimeType { .. } | Self::Nosniff { .. } => "serve it with the Content-Type that it has",
            Self::OpaqueRange { .. } => "do not answer a request without Range from a stored partial response",
            Self::ServiceWorkerResponse { .. } => {
                "let the service worker answer with a response that the request's modes allow"
            }
            Self::AllowCredentialsNotTrue { .. } => {
                "answer with `Access-Control-Allow-Credentials: true`, in lower case, or send the request without credentials"
            }
            Self::PreflightRedirected { .. } => {
                "answer OPTIONS on this URL itself, before any redirect to a login page, https or a trailing slash"
            }
            Self::PreflightStatusNotOk { .. } => {
                "answer OPTIONS with 204 or 200; preflights never carry credentials, so do not ask for them"
            }
            Self::AllowMethodsUnparsable { .. } | Self::AllowHeadersUnparsable { .. } => {
                "separate names by commas only"
            }
            Self::AuthorizationNotNamed { .. } => "name authorization in `Access-Control-Allow-Headers`",
            Self::ResourcePolicyBlocked { .. } => {
                "answer with `Cross-Origin-Resource-Policy: cross-origin`, or same-site if that is what is meant"
            }
            Self::RedirectModeError { .. } => "use redirect mode follow, or the URL to which the redirect leads",
            Self::RedirectLocationInvalid { .. } => "send one Location line with a valid URL",
            Self::RedirectSchemeNotHttp { .. } => "redirect to http or https only",
            Self::RedirectLimit { .. } => "look for a redirect loop",
            Self::RedirectHasCredentials { .. } => "take user name and password out of the Location",
            Self::RedirectBodyNotReplayable { .. } => "answer with 303, or send a body that is no stream",
            Self::KeepaliveQuota { .. } => "send less, or without keepalive",
            Self::NetworkFailure { .. } | Self::PreflightNetworkFailure { .. } => {
                "see whether the server is there and speaks HTTP"
            }
            Self::ResponseMalformed { .. } => {
                "let the server send a status from 100 to 999 and lines without NUL, CR and LF"
            }
            Self::ProxyAuthenticationRequired => "give the host credentials for the proxy",
            Self::HeaderListTooLarge => "send fewer or shorter headers",
            _ => "",
        }
    }
}

/// A [network error](https://fetch.spec.whatwg.org/#concept-network-error) and why it came about.
/// **To page script all network errors look alike.**
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    stage: Stage,
    redirects: u8,
    reason: Reason,
    url: Url,
    mode: RequestMode,
}

impl NetworkError {
    pub(crate) fn new(stage: Stage, redirects: u8, reason: Reason, url: Url, mode: RequestMode) -> Self {
        Self(Arc::new(Inner { stage, redirects, reason, url, mode }))
    }

    /// Where in the hop it ended.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// How many redirects had been followed: the number of the hop.
    pub fn redirects(&self) -> u8 {
        self.0.redirects
    }

    /// Why.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The URL of the hop.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// Whether it is an [aborted network error](https://fetch.spec.whatwg.org/#concept-aborted-network-error).
    pub fn is_aborted(&self) -> bool {
        matches!(self.0.reason, Reason::Aborted)
    }
}

impl std::fmt::Display for NetworkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { stage, redirects, reason, .. } = &*self.0;
        write!(f, "{}: {reason} (stage {stage}, after {redirects} redirects)", reason.code())
    }
}

impl std::error::Error for NetworkError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_numbers_are_unique_and_stable_in_form() {
        let mut codes: Vec<&str> = Reason::CODES.iter().map(|(code, ..)| *code).collect();
        let mut numbers: Vec<u16> = Reason::CODES.iter().map(|(_, number, _)| *number).collect();
        codes.sort_unstable();
        codes.dedup();
        numbers.dedup();
        assert_eq!((codes.len(), numbers.len()), (Reason::CODES.len(), Reason::CODES.len()));
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn excerpts_are_bounded_and_escaped() {
        let excerpt = Excerpt::new(&[b'\x1b'; 5000]);
        assert_eq!((excerpt.as_bytes().len(), excerpt.total()), (MAX_EXCERPT_BYTES, 5000));
        assert!(!excerpt.to_string().contains('\x1b') && excerpt.to_string().ends_with("(5000 bytes)"));
        let names = Names::new((0..100).map(|_| &b"x"[..]));
        assert_eq!((names.iter().count(), names.total()), (MAX_EXCERPT_NAMES, 100));
        assert_eq!(Names::default().to_string(), "(none)");
    }

    #[test]
    fn facts_name_what_was_compared() {
        let reason = Reason::AllowOriginMismatch {
            wanted: "https://a.example".into(),
            received: Excerpt::new(b"https://a.example/"),
        };
        assert_eq!(
            reason.facts(),
            [("wanted", "https://a.example".to_owned()), ("received", "https://a.example/".to_owned())]
        );
        assert!(reason.remedy().contains("`Access-Control-Allow-Origin: https://a.example`"));
        assert_eq!(
            (reason.code(), reason.number(), reason.anchor()),
            ("allow-origin-mismatch", 13, "concept-cors-check")
        );
    }
}

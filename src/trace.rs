//! What was decided, step by step, for hosts that switch it on. Costs nothing when off.
//!
//! **A trace is for developer tools and must never reach page script**, for the same reason as a
//! [`Reason`](crate::Reason).

use crate::reason::{Excerpt, Names};
use crate::safelist::Unsafe;

/// One decision of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceEvent {
    /// How many redirects had been followed.
    pub redirects: u8,
    /// The URL fragment of the algorithm in the Fetch standard.
    pub anchor: &'static str,
    /// The step of that algorithm.
    pub step: &'static str,
    /// What was decided.
    pub decision: Decision,
}

impl std::fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.decision.fmt(f)
    }
}

/// Why a request needs a preflight.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreflightCause {
    /// The use-CORS-preflight flag is set.
    UseCorsPreflightFlag,
    /// The method is not GET, HEAD or POST.
    Method(Excerpt),
    /// A header is not safelisted.
    #[non_exhaustive]
    Header {
        /// Its name.
        name: Excerpt,
        /// Its value, unless it is the name that is not safelisted: then the value may be a secret.
        value: Option<Excerpt>,
        /// The rule that it breaks.
        why: Unsafe,
    },
    /// Safelisted headers are too long together.
    TotalLength(usize),
}

impl std::fmt::Display for PreflightCause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UseCorsPreflightFlag => {
                f.write_str("the use-CORS-preflight flag is set (upload listeners, or a stream as body)")
            }
            Self::Method(method) => write!(f, "method {method} is none of GET, HEAD and POST"),
            Self::Header { name, value, why } => {
                write!(f, "header {name}")?;
                value.as_ref().map_or(Ok(()), |value| write!(f, ": {value}"))?;
                write!(f, " is not safelisted, {why}")
            }
            Self::TotalLength(bytes) => {
                write!(f, "values of safelisted headers have {bytes} bytes together, more than 1024")
            }
        }
    }
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// A hop starts.
    Hop {
        /// Method.
        method: Excerpt,
        /// URL, without userinfo.
        url: Excerpt,
    },
    /// The access list grants the hop.
    AccessListGrant,
    /// Which branch main fetch takes, and the response tainting there.
    Tainting {
        /// Why.
        why: &'static str,
        /// The response tainting.
        tainting: &'static str,
    },
    /// A preflight is needed.
    PreflightNeeded(Vec<PreflightCause>),
    /// No preflight is needed.
    NoPreflightNeeded,
    /// The preflight cache grants all of it.
    CacheHit,
    /// The preflight cache does not; why.
    CacheMiss(String),
    /// A preflight's answer allows the request.
    PreflightPassed {
        /// `Access-Control-Allow-Methods`.
        methods: Names,
        /// `Access-Control-Allow-Headers`.
        headers: Names,
        /// Seconds that it may be stored.
        max_age: u64,
    },
    /// Whether credentials go along.
    Credentials {
        /// Whether they do.
        included: bool,
        /// Why.
        why: &'static str,
    },
    /// A CORS check passed.
    CorsCheckPassed {
        /// The request's origin, as it was sent.
        wanted: String,
        /// `Access-Control-Allow-Origin`.
        received: Excerpt,
    },
    /// The TAO check.
    TaoCheck {
        /// Whether it passed.
        passed: bool,
    },
    /// The cross-origin resource policy check allowed.
    CorpCheckPassed,
    /// A redirect is followed.
    Redirect {
        /// The status.
        status: u16,
        /// The URL to which it leads, without userinfo.
        location: Excerpt,
    },
    /// A redirect changed the method, and the body is gone.
    MethodChanged {
        /// What it was.
        from: Excerpt,
        /// What it is.
        to: &'static str,
    },
    /// A redirect removed `Authorization`.
    AuthorizationRemoved,
    /// The request is redirect-tainted from here on: its origin serializes as `null`.
    RedirectTainted(&'static str),
    /// A service worker answered.
    ServiceWorkerAnswered {
        /// The response's type.
        response_type: &'static str,
    },
    /// Entries of the preflight cache were cleared.
    CacheCleared,
    /// The fetch ended in a network error.
    NetworkError {
        /// The reason's code.
        code: &'static str,
        /// The reason's message.
        message: String,
    },
    /// The response was delivered.
    Delivered {
        /// Its type.
        response_type: &'static str,
    },
    /// A finding that changed nothing.
    Note(Note),
}

/// A finding that changed nothing, but may explain or foretell something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// `*` in a header is a plain name, as the credentials mode is include.
    WildcardIsPlainName(&'static str),
    /// `Access-Control-Max-Age` does not parse; five seconds count.
    MaxAgeMalformed(Excerpt),
    /// `Access-Control-Max-Age` is more than the limit.
    MaxAgeLimited {
        /// What was received, in seconds.
        received: u64,
        /// What counts.
        limit: u64,
    },
    /// The answer to a preflight has too many items to be stored.
    AnswerNotStored,
    /// `Access-Control-Allow-Origin` would match without what stands here.
    AllowOriginNearMiss(&'static str),
    /// `Access-Control-Allow-Credentials` is `true` in another case.
    AllowCredentialsCase,
    /// `Authorization` was let through by `*`, which the standard does not do.
    AuthorizationByWildcard,
    /// `Access-Control-Expose-Headers` does not parse; nothing is exposed.
    ExposeHeadersUnparsable(Excerpt),
    /// Sites were compared without a public suffix list: only equal hosts are same site.
    NoPublicSuffixList,
    /// The embedder policy's report only value would have blocked the response.
    ResourcePolicyReportOnly,
}

impl Note {
    /// A stable word in kebab case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WildcardIsPlainName(_) => "wildcard-is-plain-name",
            Self::MaxAgeMalformed(_) => "max-age-malformed",
            Self::MaxAgeLimited { .. } => "max-age-limited",
            Self::AnswerNotStored => "answer-not-stored",
            Self::AllowOriginNearMiss(_) => "allow-origin-near-miss",
            Self::AllowCredentialsCase => "allow-credentials-case",
            Self::AuthorizationByWildcard => "authorization-by-wildcard",
            Self::ExposeHeadersUnparsable(_) => "expose-headers-unparsable",
            Self::NoPublicSuffixList => "no-public-suffix-list",
            Self::ResourcePolicyReportOnly => "resource-policy-report-only",
        }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WildcardIsPlainName(header) => {
                write!(f, "* in {header} counts as a plain name, as the credentials mode is include")
            }
            Self::MaxAgeMalformed(value) => {
                write!(f, "Access-Control-Max-Age \"{value}\" is not one number of seconds")
            }
            Self::MaxAgeLimited { received, limit } => {
                write!(f, "Access-Control-Max-Age {received} is over the limit; {limit} counts")
            }
            Self::AnswerNotStored => f.write_str("the answer lists too many items to be stored"),
            Self::AllowOriginNearMiss(what) => write!(f, "Access-Control-Allow-Origin would match but for {what}"),
            Self::AllowCredentialsCase => {
                f.write_str("Access-Control-Allow-Credentials is true in another case; only lower case counts")
            }
            Self::AuthorizationByWildcard => f.write_str("* covered authorization; the standard wants it named"),
            Self::ExposeHeadersUnparsable(item) => {
                write!(f, "Access-Control-Expose-Headers does not parse at \"{item}\"; nothing is exposed by it")
            }
            Self::NoPublicSuffixList => f.write_str("no public suffix list: only equal hosts count as same site"),
            Self::ResourcePolicyReportOnly => {
                f.write_str("the embedder policy's report only value would block this response")
            }
        }
    }
}

impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hop { method, url } => write!(f, "{method} {url}"),
            Self::AccessListGrant => f.write_str("the access list grants this target without CORS"),
            Self::Tainting { why, tainting } => write!(f, "{why}: response tainting {tainting}"),
            Self::PreflightNeeded(causes) => {
                f.write_str("preflight: ")?;
                for (index, cause) in causes.iter().enumerate() {
                    write!(f, "{}{cause}", if index == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            Self::NoPreflightNeeded => f.write_str("no preflight: method and headers are safelisted"),
            Self::CacheHit => f.write_str("preflight cache: hit, no preflight is sent"),
            Self::CacheMiss(why) => write!(f, "preflight cache: {why}"),
            Self::PreflightPassed { methods, headers, max_age } => {
                write!(f, "preflight passed: methods {methods}; headers {headers}; for {max_age} s")
            }
            Self::Credentials { included: true, why } => write!(f, "credentials are included: {why}"),
            Self::Credentials { included: false, why } => write!(f, "no credentials: {why}"),
            Self::CorsCheckPassed { wanted, received } => {
                write!(f, "CORS check passed: Access-Control-Allow-Origin \"{received}\" for {wanted}")
            }
            Self::TaoCheck { passed: true } => f.write_str("timing may be shown"),
            Self::TaoCheck { passed: false } => {
                f.write_str("timing is hidden: Timing-Allow-Origin does not name the origin")
            }
            Self::CorpCheckPassed => f.write_str("cross-origin resource policy check passed"),
            Self::Redirect { status, location } => write!(f, "redirect {status} to {location}"),
            Self::MethodChanged { from, to } => {
                write!(f, "method {from} becomes {to}; body and request-body-headers are dropped")
            }
            Self::AuthorizationRemoved => f.write_str("another origin: Authorization is removed"),
            Self::RedirectTainted(taint) => {
                write!(f, "redirect-taint is {taint}: the origin is sent as null from here on")
            }
            Self::ServiceWorkerAnswered { response_type } => {
                write!(f, "a service worker answered with type {response_type}")
            }
            Self::CacheCleared => f.write_str("preflight cache: entries for this origin and URL are cleared"),
            Self::NetworkError { code, message } => write!(f, "blocked, {code}: {message}"),
            Self::Delivered { response_type } => write!(f, "delivered as a response of type {response_type}"),
            Self::Note(note) => write!(f, "note: {note}"),
        }
    }
}

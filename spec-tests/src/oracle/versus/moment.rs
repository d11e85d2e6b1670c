//! What one side did, moment by moment, and what its cache held then.

use std::time::Duration;

use url::Url;

use super::requests::origin;
use crate::oracle::cache::{Entry, OriginKey, PreflightCache, Subject};
use crate::oracle::checks::navigation_tao_check;
use crate::oracle::header_list::HeaderList;
use crate::oracle::host::Wire;
use crate::oracle::infra::{Bytes, decode, lowercase};
use crate::oracle::request::Word;
use crate::oracle::response::{NetworkError, Response};
use crate::scenario::CacheEntryModel;

/// A moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Moment {
    /// What happened.
    pub event: Event,
    /// The cache, sorted.
    pub cache: Vec<CacheLine>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Event {
    /// A request goes on the wire.
    Exchange(Box<Wire>),
    /// A gate is asked about a URL.
    Gate(String),
    /// A service worker is asked about a URL.
    Worker(String),
    /// A response is delivered.
    Response(Box<Seen>),
    /// The fetch ended in a network error.
    Error(NetworkError),
    /// There was no manual redirect to process.
    NoManualRedirect,
    /// The cache was cleared, or time passed.
    Step,
}

/// A delivered response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Seen {
    /// The type.
    pub response_type: Word,
    /// The status, as script sees it.
    pub status: u16,
    /// The lines, as script sees them.
    pub lines: HeaderList,
    /// The URL list, as script's view is made of it.
    pub url_list: Vec<String>,
    /// What becomes of the body: `null`, `ignore` or `read`.
    pub body: Word,
    /// The timing allow passed flag.
    pub timing_allow_passed: bool,
    /// The redirect taint.
    pub redirect_taint: Word,
    /// Whether the navigation TAO check succeeds for the two origins of [`destinations`].
    pub navigation_tao: [bool; 2],
    /// The internal response's status.
    pub internal_status: u16,
    /// The internal response's URL list.
    pub internal_url_list: Vec<String>,
    /// The range-requested flag.
    pub range_requested: bool,
    /// Request-includes-credentials.
    pub request_includes_credentials: bool,
}

/// Origins for the navigation TAO check.
#[must_use]
pub fn destinations() -> [&'static str; 2] {
    ["https://a.example", "https://b.example"]
}

impl Seen {
    /// The oracle's response, as it is seen.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let tao = |text: &str| navigation_tao_check(response, &origin(text));
        Self {
            response_type: response.response_type(),
            status: response.visible_status(),
            lines: response.visible_header_list(),
            url_list: response.visible_url_list().iter().map(Url::to_string).collect(),
            body: response.body(),
            timing_allow_passed: response.timing_allow_passed,
            redirect_taint: response.redirect_taint,
            navigation_tao: destinations().map(tao),
            internal_status: response.status,
            internal_url_list: response.url_list.iter().map(Url::to_string).collect(),
            range_requested: response.range_requested,
            request_includes_credentials: response.request_includes_credentials,
        }
    }
}

/// An entry of a cache.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct CacheLine {
    /// The network partition key.
    pub partition: Option<Bytes>,
    /// The origin's serialization.
    pub origin: String,
    /// Whether the request was redirect-tainted, where the profile tells.
    pub is_tainted: bool,
    /// The URL.
    pub url: String,
    /// Method, or header name in lower case.
    pub subject: Subject,
    /// Credentials.
    pub credentials: bool,
    /// How long it lives on, up to [`FOREVER`].
    pub remaining: Duration,
}

/// More than a hundred years. Beyond, how numbers saturate would show.
pub const FOREVER: Duration = Duration::from_millis(CacheEntryModel::FOREVER_MS);

impl CacheLine {
    /// As a fixture writes it.
    #[must_use]
    pub fn model(&self) -> CacheEntryModel {
        let (method, header_name) = match &self.subject {
            Subject::Method(method) => (Some(decode(method)), None),
            Subject::HeaderName(name) => (None, Some(decode(name))),
        };
        CacheEntryModel {
            partition: self.partition.as_deref().map(decode),
            origin: self.origin.clone(),
            tainted: self.is_tainted,
            url: self.url.clone(),
            method,
            header_name,
            credentials: self.credentials,
            remaining_ms: u64::try_from(self.remaining.as_millis()).unwrap_or(CacheEntryModel::FOREVER_MS),
        }
    }

    /// The oracle's entry.
    #[must_use]
    pub fn of(entry: &Entry, cache: &PreflightCache, now: Duration) -> Self {
        let (origin, is_tainted) = match &entry.origin {
            OriginKey::Serialized(text) => (text.clone(), false),
            OriginKey::Identity(origin, is_tainted) => (origin.serialize(), *is_tainted),
        };
        let subject = match &entry.subject {
            Subject::HeaderName(name) => Subject::HeaderName(lowercase(name)),
            method @ Subject::Method(_) => method.clone(),
        };
        Self {
            partition: entry.key.clone(),
            origin,
            is_tainted,
            url: entry.url.as_str().to_owned(),
            subject,
            credentials: entry.credentials,
            remaining: cache.remaining(entry, now).min(FOREVER),
        }
    }
}

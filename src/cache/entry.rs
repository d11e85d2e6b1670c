//! [Cache entries](https://fetch.spec.whatwg.org/#cache-entry), without what their group holds.

use std::time::Duration;

use crate::infra::matches_ignoring_case;
use crate::request_header::is_cors_non_wildcard_request_header_name;
use crate::time::Timestamp;

/// Whether an entry stands for a method or a header name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum CacheEntryKind {
    /// A method, or `*`.
    Method,
    /// A header name, or `*`.
    HeaderName,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: CacheEntryKind,
    pub(super) name: Box<[u8]>,
    pub(super) stored_at: Timestamp,
    /// In seconds. Apart from `stored_at`, as the standard sets it without restarting the clock.
    pub(super) max_age: u64,
    pub(super) credentials: bool,
}

impl Entry {
    /// How long the entry lives on; none once its max-age has passed.
    pub(super) fn remaining(&self, now: Timestamp) -> Option<Duration> {
        remaining(self.stored_at, self.max_age, now)
    }

    /// [Cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match), less what the group
    /// compares.
    pub(super) fn cache_entry_match(&self, include_credentials: bool, now: Timestamp) -> bool {
        (self.credentials || !include_credentials) && self.remaining(now).is_some()
    }

    pub(super) fn matches(&self, kind: CacheEntryKind, name: &[u8]) -> bool {
        self.kind == kind && matches(kind, &self.name, name)
    }

    /// Bytes that the entry takes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.name.len())
    }
}

/// Whether an entry's method or header name is `name`, or `*` and that is covered by it: what a
/// [method cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-method) and a
/// [header-name cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-header) compare.
#[inline]
pub(super) fn matches(kind: CacheEntryKind, stored: &[u8], name: &[u8]) -> bool {
    match (kind, stored) {
        (CacheEntryKind::Method, b"*") => true,
        (CacheEntryKind::Method, _) => stored == name,
        (CacheEntryKind::HeaderName, b"*") => !is_cors_non_wildcard_request_header_name(name),
        (CacheEntryKind::HeaderName, _) => matches_ignoring_case(stored, name),
    }
}

/// How long an entry lives on; none once its max-age has passed.
pub(super) fn remaining(stored_at: Timestamp, max_age: u64, now: Timestamp) -> Option<Duration> {
    let remaining = Duration::from_secs(max_age).saturating_sub(now.since(stored_at));
    (!remaining.is_zero()).then_some(remaining)
}

/// One entry of the cache, for inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheEntry {
    /// The network partition key.
    pub partition: Option<Vec<u8>>,
    /// The origin's serialization.
    pub origin: String,
    /// Whether the origin was opaque.
    pub opaque: bool,
    /// Whether the request was redirect-tainted.
    pub tainted: bool,
    /// The URL.
    pub url: String,
    /// Method or header name.
    pub kind: CacheEntryKind,
    /// The method or header name, or `*`.
    pub name: Vec<u8>,
    /// Whether it was stored by a request with credentials mode include.
    pub credentials: bool,
    /// How long it lives on.
    pub remaining: Duration,
}

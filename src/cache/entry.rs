//! [Cache entries](https://fetch.spec.whatwg.org/#cache-entry), without what their group holds.

use std::time::Duration;

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

    /// Bytes that the entry takes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.name.len())
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

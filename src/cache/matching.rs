//! [Cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match), less what the group compares.

use super::entry::{CacheEntryKind, Entry};
use crate::infra::matches_ignoring_case;
use crate::profile::{
    AuthorizationUnderWildcard, CacheCredentials, StoredWildcard, Switches, WildcardOfCredentialedPreflight,
};
use crate::request_header::is_cors_non_wildcard_request_header_name;
use crate::time::Timestamp;

/// What entries match for a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matching {
    include_credentials: bool,
    /// Whether credentialed entries serve credentialed requests alone.
    apart: bool,
    wildcard: Wildcard,
    /// Whether a `*` of credentialed entries is a plain name.
    is_credentialed_star_plain: bool,
}

/// What a stored `*` covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wildcard {
    AllButAuthorization,
    All,
    /// It is a plain name.
    Nothing,
}

impl Matching {
    #[inline]
    pub(super) const fn new(include_credentials: bool, switches: &Switches) -> Self {
        let wildcard = match (switches.stored_wildcard, switches.authorization_under_wildcard) {
            (StoredWildcard::Nothing, _) => Wildcard::Nothing,
            (StoredWildcard::UncredentialedRequests, _) if include_credentials => Wildcard::Nothing,
            (_, AuthorizationUnderWildcard::AllowedAndStored) => Wildcard::All,
            _ => Wildcard::AllButAuthorization,
        };
        let apart = matches!(switches.cache_credentials, CacheCredentials::Apart);
        let is_credentialed_star_plain =
            matches!(switches.wildcard_of_credentialed_preflight, WildcardOfCredentialedPreflight::StoredAsName);
        Self { include_credentials, apart, wildcard, is_credentialed_star_plain }
    }

    /// What entries that were stored with or without credentials match.
    #[inline]
    pub(super) const fn of_entries(self, credentials: bool) -> Self {
        let wildcard = if credentials && self.is_credentialed_star_plain { Wildcard::Nothing } else { self.wildcard };
        Self { wildcard, ..self }
    }

    /// Whether an entry that was stored with or without credentials counts.
    #[inline]
    pub(super) const fn serves(self, credentials: bool) -> bool {
        credentials == self.include_credentials || (credentials && !self.apart)
    }

    /// The match of an entry but for its name.
    pub(super) fn is_served_by(self, entry: &Entry, now: Timestamp) -> bool {
        self.serves(entry.credentials) && entry.remaining(now).is_some()
    }

    /// The match of an entry as a whole.
    pub(super) fn matches(self, entry: &Entry, kind: CacheEntryKind, name: &[u8], now: Timestamp) -> bool {
        entry.kind == kind
            && self.of_entries(entry.credentials).matches_name(kind, &entry.name, name)
            && self.is_served_by(entry, now)
    }

    /// Whether an entry's method or header name is `name`, or `*` and that is covered by it: what a
    /// [method cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-method) and a
    /// [header-name cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-header) compare.
    #[inline]
    pub(super) fn matches_name(self, kind: CacheEntryKind, stored: &[u8], name: &[u8]) -> bool {
        match (kind, stored) {
            (_, b"*") => self.wildcard_matches(kind, name),
            (CacheEntryKind::Method, _) => stored == name,
            (CacheEntryKind::HeaderName, _) => matches_ignoring_case(stored, name),
        }
    }

    // OPTIMIZATION: apart, so that the loop over all other names stays as it is without switches.
    #[inline(never)]
    fn wildcard_matches(self, kind: CacheEntryKind, name: &[u8]) -> bool {
        match (self.wildcard, kind) {
            (Wildcard::Nothing, _) => name == b"*",
            (Wildcard::All, _) | (_, CacheEntryKind::Method) => true,
            (Wildcard::AllButAuthorization, CacheEntryKind::HeaderName) => {
                !is_cors_non_wildcard_request_header_name(name)
            }
        }
    }
}

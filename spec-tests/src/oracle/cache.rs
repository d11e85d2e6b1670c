//! The [CORS-preflight cache](https://fetch.spec.whatwg.org/#cors-preflight-cache): a list of entries.

use std::time::Duration;

use url::Url;

use super::infra::{Bytes, matches};
use super::origin::Origin;
use super::request::Request;
use super::request_headers::is_cors_non_wildcard_request_header_name;
use super::rules::{Fault, Rules};

/// By what an entry tells origins apart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum OriginKey {
    /// The byte-serialized origin, as the text has it.
    Serialized(String),
    /// Which origin it was, and whether the request was redirect-tainted.
    Identity(Origin, bool),
}

impl OriginKey {
    fn of(request: &Request, rules: &Rules) -> Self {
        if rules.switches.tells_origins_apart {
            let is_tainted = request.redirect_taint(rules) != "same-origin";
            Self::Identity(request.origin().clone(), is_tainted)
        } else {
            Self::Serialized(request.serialize_origin(rules))
        }
    }
}

/// A method or a header name, or `*` for all of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Subject {
    /// A method.
    Method(Bytes),
    /// A header name.
    HeaderName(Bytes),
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Method(method) => write!(f, "method {}", method.escape_ascii()),
            Self::HeaderName(name) => write!(f, "header name {}", name.escape_ascii()),
        }
    }
}

/// A [cache entry](https://fetch.spec.whatwg.org/#cache-entry).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Entry {
    /// The key.
    pub key: Option<Bytes>,
    /// The byte-serialized origin, or what stands for it.
    pub origin: OriginKey,
    /// The URL.
    pub url: Url,
    /// Max-age, in seconds.
    pub max_age: u64,
    /// Credentials.
    pub credentials: bool,
    /// Method or header name.
    pub subject: Subject,
    /// When it was stored.
    pub stored_at: Duration,
}

impl Entry {
    /// When it is dead.
    fn end(&self) -> Duration {
        self.stored_at.saturating_add(Duration::from_secs(self.max_age))
    }
}

/// The list.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct PreflightCache {
    /// The entries, in the order in which they came.
    pub entries: Vec<Entry>,
    /// The latest moment of which the cache was told. By a choice of the project a clock that goes back
    /// counts as no time passed.
    pub latest: Duration,
}

impl PreflightCache {
    /// The time that counts for `now`.
    fn time(&self, now: Duration) -> Duration {
        self.latest.max(now)
    }

    /// Whether an entry has been there for as many seconds as its max-age.
    #[must_use]
    pub fn is_dead(&self, entry: &Entry, now: Duration, rules: &Rules) -> bool {
        let now = self.time(now);
        entry.end() < now || (entry.end() == now && !rules.has(Fault::CacheEntryLivesAtItsEnd))
    }

    /// Tells the time, for a look-up or for entries to come: what is dead then is removed. Returns the
    /// time that counts.
    pub fn tell(&mut self, now: Duration, rules: &Rules) -> Duration {
        if rules.has(Fault::CacheClockGoesBack) {
            self.latest = now;
        }
        self.latest = self.time(now);
        let dead: Vec<bool> = self.entries.iter().map(|entry| self.is_dead(entry, now, rules)).collect();
        let mut dead = dead.into_iter();
        self.entries.retain(|_| !dead.next().unwrap_or_default());
        self.latest
    }

    /// How long an entry lives on.
    #[must_use]
    pub fn remaining(&self, entry: &Entry, now: Duration) -> Duration {
        entry.end().saturating_sub(self.time(now))
    }

    /// A restart of the host, by the project's own rules: entries of tuple origins are written down with
    /// whole seconds, those for URLs with userinfo left out, and read again.
    pub fn restart(&mut self, now: Duration, rules: &Rules) {
        let written: Vec<(Entry, u64)> = self
            .entries
            .iter()
            .filter(|entry| !self.is_dead(entry, now, rules))
            .filter(|entry| entry.url.username().is_empty() && entry.url.password().is_none())
            .filter(|entry| match &entry.origin {
                _ if rules.has(Fault::RestartKeepsOpaqueOrigins) => true,
                OriginKey::Serialized(text) => text != "null",
                OriginKey::Identity(origin, _) => !origin.is_opaque(),
            })
            .map(|entry| (entry.clone(), self.remaining(entry, now).as_secs()))
            .collect();
        self.entries.clear();
        let now = self.tell(now, rules);
        for (entry, seconds) in written {
            let text = match &entry.origin {
                OriginKey::Serialized(text) => text.clone(),
                OriginKey::Identity(origin, _) => origin.serialize(),
            };
            let is_read = rules.has(Fault::RestartKeepsOpaqueOrigins)
                || Url::parse(&text).is_ok_and(|url| Origin::of(&url, rules).serialize() == text);
            let max_age = seconds.min(rules.switches.max_age_limit.unwrap_or(u64::MAX));
            if is_read && max_age > 0 {
                self.entries.push(Entry { max_age, stored_at: now, ..entry });
            }
        }
    }

    /// [Create a new cache entry](https://fetch.spec.whatwg.org/#concept-cache-create-entry).
    pub fn create(&mut self, request: &Request, max_age: u64, subject: Subject, now: Duration, rules: &Rules) {
        // 1.
        let entry = Entry {
            key: request.network_partition_key(),
            origin: OriginKey::of(request, rules),
            url: request.current_url().clone(),
            max_age,
            credentials: request.credentials_mode == "include",
            subject,
            stored_at: now,
        };
        // 2.
        self.entries.push(entry);
    }

    /// [Clear cache entries](https://fetch.spec.whatwg.org/#concept-cache-clear).
    pub fn clear(&mut self, request: &Request, rules: &Rules) {
        if rules.has(Fault::FailureKeepsCacheEntries) {
            return;
        }
        let key = request.network_partition_key();
        let origin = OriginKey::of(request, rules);
        self.entries.retain(|entry| entry.key != key || entry.origin != origin || entry.url != *request.current_url());
    }

    /// [Cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match).
    fn is_match(entry: &Entry, request: &Request, rules: &Rules) -> bool {
        (entry.key == request.network_partition_key() || rules.has(Fault::CacheIgnoresPartition))
            && entry.origin == OriginKey::of(request, rules)
            && entry.url == *request.current_url()
            && (entry.credentials || request.credentials_mode != "include" || rules.has(Fault::CacheIgnoresCredentials))
    }

    /// The places of all entries with a [method cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-method).
    fn method_matches(&self, method: &[u8], request: &Request, rules: &Rules) -> Vec<usize> {
        self.places(request, rules, |subject| match subject {
            Subject::Method(stored) => stored == method || stored == b"*",
            Subject::HeaderName(_) => false,
        })
    }

    /// The places of all entries with a [header-name cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-header).
    fn header_name_matches(&self, name: &[u8], request: &Request, rules: &Rules) -> Vec<usize> {
        let is_under_wildcard = !is_cors_non_wildcard_request_header_name(name);
        self.places(request, rules, |subject| match subject {
            Subject::HeaderName(stored) => matches(stored, name) || (stored == b"*" && is_under_wildcard),
            Subject::Method(_) => false,
        })
    }

    fn places(&self, request: &Request, rules: &Rules, fits: impl Fn(&Subject) -> bool) -> Vec<usize> {
        let places = self.entries.iter().enumerate();
        places
            .filter(|(_, entry)| fits(&entry.subject) && Self::is_match(entry, request, rules))
            .map(|(place, _)| place)
            .collect()
    }

    /// The places of the entries that match a method or header name.
    #[must_use]
    pub fn matches(&self, subject: &Subject, request: &Request, rules: &Rules) -> Vec<usize> {
        match subject {
            Subject::Method(method) => self.method_matches(method, request, rules),
            Subject::HeaderName(name) => self.header_name_matches(name, request, rules),
        }
    }

    /// Forgets everything: the user agent may, at any time.
    pub fn clear_all(&mut self) {
        self.entries.clear();
    }

    /// Forgets what was stored for requests of an origin.
    pub fn clear_origin(&mut self, origin: &Origin) {
        self.entries.retain(|entry| !is_of(entry, origin));
    }

    /// Forgets what was stored from, or for URLs of, an origin's site.
    pub fn clear_site(&mut self, origin: &Origin, rules: &Rules) {
        self.entries.retain(|entry| {
            let from = match &entry.origin {
                OriginKey::Serialized(text) => {
                    Url::parse(text).map_or(Origin::OpaqueOfUrl, |url| Origin::of(&url, rules))
                }
                OriginKey::Identity(origin, _) => origin.clone(),
            };
            let to = Origin::of(&entry.url, rules);
            !(is_of(entry, origin) || origin.same_site(&from, rules) || origin.same_site(&to, rules))
        });
    }

    /// Forgets what was stored under a network partition key.
    pub fn clear_partition(&mut self, key: Option<&[u8]>) {
        self.entries.retain(|entry| entry.key.as_deref() != key);
    }
}

fn is_of(entry: &Entry, origin: &Origin) -> bool {
    match &entry.origin {
        OriginKey::Serialized(text) => *text == origin.serialize(),
        OriginKey::Identity(stored, _) => stored.same_origin(origin),
    }
}

//! What outlives a fetch: configuration and preflight cache.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

use crate::access_list::OriginAccessList;
use crate::cache::{CacheEntry, CacheLimits, CacheRestoreError, CorsPreflightCache, ExportedEntry};
use crate::fetch::Fetch;
use crate::header_list::{HeaderError, is_header_value};
use crate::origin::{Origin, UrlOrigin, with_url_origin};
use crate::profile::Profile;
use crate::request::Request;
use crate::scheme::SchemePolicy;
use crate::site::{PublicSuffix, same_site};
use crate::time::Timestamp;

/// How a [`UserAgent`] decides. Start from `Config::default()`: the standard, nothing granted.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Config {
    pub(crate) profile: Profile,
    pub(crate) schemes: SchemePolicy,
    pub(crate) access_list: OriginAccessList,
    pub(crate) public_suffix: Option<Arc<dyn PublicSuffix + Send + Sync>>,
    pub(crate) cache_limits: CacheLimits,
    pub(crate) hash_seed: Option<[u64; 2]>,
    pub(crate) gates: bool,
    pub(crate) service_workers: bool,
    pub(crate) trace: bool,
    pub(crate) user_agent: Option<Box<[u8]>>,
    pub(crate) accept_language: Option<Box<[u8]>>,
}

impl Config {
    /// The standard, with nothing granted and nothing switched on.
    pub fn new() -> Self {
        Self::default()
    }

    /// How corners of the standard are turned.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// What further schemes may do.
    #[must_use]
    pub fn scheme_policy(mut self, schemes: SchemePolicy) -> Self {
        self.schemes = schemes;
        self
    }

    /// Targets that origins may reach **without CORS**.
    #[must_use]
    pub fn access_list(mut self, access_list: OriginAccessList) -> Self {
        self.access_list = access_list;
        self
    }

    /// A public suffix list, for "same site". Without one, only equal hosts are.
    #[must_use]
    pub fn public_suffix(mut self, list: Arc<dyn PublicSuffix + Send + Sync>) -> Self {
        self.public_suffix = Some(list);
        self
    }

    /// Bounds of the preflight cache.
    #[must_use]
    pub const fn cache_limits(mut self, limits: CacheLimits) -> Self {
        self.cache_limits = limits;
        self
    }

    /// 128 secret random bits that key the cache's hash; without them std's random state does.
    #[must_use]
    pub const fn hash_seed(mut self, seed: [u64; 2]) -> Self {
        self.hash_seed = Some(seed);
        self
    }

    /// Asks for an [`Action::Gate`](crate::Action::Gate) before each hop.
    #[must_use]
    pub const fn gates(mut self, gates: bool) -> Self {
        self.gates = gates;
        self
    }

    /// Asks for an [`Action::ServiceWorker`](crate::Action::ServiceWorker) where a service worker may
    /// answer.
    #[must_use]
    pub const fn service_workers(mut self, service_workers: bool) -> Self {
        self.service_workers = service_workers;
        self
    }

    /// Keeps a trace of every decision.
    #[must_use]
    pub const fn trace(mut self, trace: bool) -> Self {
        self.trace = trace;
        self
    }

    /// The default `User-Agent` value.
    ///
    /// # Errors
    /// It is no header value.
    pub fn user_agent(mut self, value: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        self.user_agent = Some(checked("user-agent", value.as_ref())?);
        Ok(self)
    }

    /// The `Accept-Language` value of requests that have none.
    ///
    /// # Errors
    /// It is no header value.
    pub fn accept_language(mut self, value: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        self.accept_language = Some(checked("accept-language", value.as_ref())?);
        Ok(self)
    }
}

fn checked(name: &str, value: &[u8]) -> Result<Box<[u8]>, HeaderError> {
    if is_header_value(value) { Ok(value.into()) } else { Err(HeaderError::InvalidValue(name.to_owned())) }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("profile", &self.profile)
            .field("schemes", &self.schemes)
            .field("access_list", &self.access_list)
            .field("public_suffix", &self.public_suffix.is_some())
            .field("cache_limits", &self.cache_limits)
            .finish_non_exhaustive()
    }
}

/// A user agent: a configuration, and the CORS-preflight cache that its fetches share.
///
/// A cheap handle: clones share the cache. The cache's lock is taken only when a preflight is in
/// question.
#[derive(Clone, Debug)]
pub struct UserAgent {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    cache: Mutex<CorsPreflightCache>,
}

impl Shared {
    /// The cache. A thread that panicked while it held the lock leaves a cache whose entries are
    /// each whole, so it is used on.
    pub(crate) fn cache(&self) -> MutexGuard<'_, CorsPreflightCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn same_site(&self, a: UrlOrigin<'_>, b: UrlOrigin<'_>) -> bool {
        same_site(a, b, self.public_suffix())
    }

    pub(crate) fn public_suffix(&self) -> Option<&dyn PublicSuffix> {
        self.config.public_suffix.as_deref().map(|list| list as &dyn PublicSuffix)
    }
}

impl UserAgent {
    /// A user agent with an empty cache.
    pub fn new(config: Config) -> Self {
        let cache = Mutex::new(CorsPreflightCache::new(config.cache_limits, config.hash_seed));
        Self { shared: Arc::new(Shared { config, cache }) }
    }

    /// Starts a [fetch](https://fetch.spec.whatwg.org/#concept-fetch). Does no I/O.
    pub fn fetch(&self, request: Request, now: Timestamp) -> Fetch {
        Fetch::start(Arc::clone(&self.shared), request, now)
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The CORS-preflight cache, for inspection and clearing.
    pub fn preflight_cache(&self) -> PreflightCache<'_> {
        PreflightCache { shared: &self.shared }
    }
}

impl Default for UserAgent {
    fn default() -> Self {
        Self::new(Config::default())
    }
}

/// The [CORS-preflight cache](https://fetch.spec.whatwg.org/#cors-preflight-cache) of a user agent.
///
/// What matches what is a security rule and stays inside; this is for looking, clearing, and carrying
/// over a restart. All of it is linear but [`clear_all`](Self::clear_all).
#[derive(Debug)]
pub struct PreflightCache<'a> {
    shared: &'a Shared,
}

impl PreflightCache<'_> {
    /// How many combinations of partition, origin and URL have entries, dead ones included.
    pub fn len(&self) -> usize {
        self.shared.cache().len()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes, by the cache's own count.
    pub fn bytes(&self) -> usize {
        self.shared.cache().bytes()
    }

    /// Every living entry.
    pub fn entries(&self, now: Timestamp) -> Vec<CacheEntry> {
        self.shared.cache().entries(now)
    }

    /// Forgets everything.
    pub fn clear_all(&self) {
        self.shared.cache().clear();
    }

    /// Forgets what was stored for requests of this origin, redirect-tainted ones included where
    /// the profile tells them apart.
    pub fn clear_origin(&self, origin: &Origin) {
        self.shared.cache().clear_where(|key| key.origin.is_of(origin));
    }

    /// Forgets what was stored by requests from, or for URLs of, the site of this origin: what a user
    /// agent does when a site's data is cleared.
    pub fn clear_site(&self, origin: &Origin) {
        let schemes = &self.shared.config.schemes;
        let is_of_site = |url: &Url| {
            with_url_origin(url, schemes, |url_origin| self.shared.same_site(origin.as_url_origin(), url_origin))
        };
        self.shared.cache().clear_where(|key| {
            let from = Url::parse(key.origin.serialization());
            let to = Url::parse(key.url);
            key.origin.is_of(origin) || from.is_ok_and(|url| is_of_site(&url)) || to.is_ok_and(|url| is_of_site(&url))
        });
    }

    /// Forgets what was stored under this network partition key.
    pub fn clear_partition(&self, key: Option<&[u8]>) {
        self.shared.cache().clear_where(|group| group.partition == key);
    }

    /// Every living entry of a tuple origin, with whole remaining seconds.
    pub fn export(&self, now: Timestamp) -> Vec<ExportedEntry> {
        self.shared.cache().export(now)
    }

    /// Takes exported entries back. The limits hold, and what is malformed is dropped and told.
    pub fn restore(&self, entries: impl IntoIterator<Item = ExportedEntry>, now: Timestamp) -> Vec<CacheRestoreError> {
        let Config { schemes, profile, .. } = &self.shared.config;
        self.shared.cache().restore(entries, now, schemes, profile.cache_origin_key, profile.max_age_limit)
    }
}

//! Configuration, and what the fetches of a user agent share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::access_list::OriginAccessList;
use crate::cache::{CacheLimits, CorsPreflightCache};
use crate::header_list::{HeaderError, checked_header_value};
use crate::origin::UrlOrigin;
use crate::profile::Profile;
use crate::scheme::SchemePolicy;
use crate::site::{PublicSuffix, same_site, schemelessly_same_site};

/// How a [`UserAgent`](crate::UserAgent) decides. Start from `Config::default()`: the standard, nothing granted.
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
        self.user_agent = Some(checked_header_value("user-agent", value.as_ref())?);
        Ok(self)
    }

    /// The `Accept-Language` value of requests that have none. It becomes part of the request before CORS
    /// looks at it: one that is not safelisted makes every request of a page preflighted.
    ///
    /// # Errors
    /// It is no header value.
    pub fn accept_language(mut self, value: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        self.accept_language = Some(checked_header_value("accept-language", value.as_ref())?);
        Ok(self)
    }
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

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    cache: Mutex<CorsPreflightCache>,
}

impl Shared {
    pub(crate) fn new(config: Config) -> Self {
        let cache = Mutex::new(CorsPreflightCache::new(config.cache_limits, config.profile.switches, config.hash_seed));
        Self { config, cache }
    }

    /// The cache. A thread that panicked while it held the lock leaves a cache whose entries are
    /// each whole, so it is used on.
    pub(crate) fn cache(&self) -> MutexGuard<'_, CorsPreflightCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn same_site(&self, a: UrlOrigin<'_>, b: UrlOrigin<'_>) -> bool {
        same_site(a, b, self.public_suffix())
    }

    pub(crate) fn schemelessly_same_site(&self, a: UrlOrigin<'_>, b: UrlOrigin<'_>) -> bool {
        schemelessly_same_site(a, b, self.public_suffix())
    }

    pub(crate) fn public_suffix(&self) -> Option<&dyn PublicSuffix> {
        self.config.public_suffix.as_deref().map(|list| list as &dyn PublicSuffix)
    }
}

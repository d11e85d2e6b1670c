//! What outlives a fetch: the user agent and its preflight cache.

use std::sync::Arc;

use url::Url;

use crate::cache::{CacheEntry, CacheRestoreError, ExportedEntry};
use crate::config::{Config, Shared};
use crate::fetch::Fetch;
use crate::origin::{Origin, with_url_origin};
use crate::request::Request;
use crate::time::Timestamp;

/// A user agent: a configuration, and the CORS-preflight cache that its fetches share.
///
/// A cheap handle: clones share the cache. The cache's lock is taken only when a preflight is in
/// question.
#[derive(Clone, Debug)]
pub struct UserAgent {
    shared: Arc<Shared>,
}

impl UserAgent {
    /// A user agent with an empty cache.
    pub fn new(config: Config) -> Self {
        Self { shared: Arc::new(Shared::new(config)) }
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
        self.shared.cache().restore(entries, now, schemes, profile)
    }
}

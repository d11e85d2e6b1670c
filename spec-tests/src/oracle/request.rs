//! [Requests](https://fetch.spec.whatwg.org/#requests) as plain data, in the standard's own words.

use url::Url;

use super::header_list::HeaderList;
use super::infra::Bytes;
use super::origin::Origin;
use super::rules::Rules;

/// A word of the standard.
pub type Word = &'static str;

/// A body: what the algorithms ask of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Body {
    /// Null.
    #[default]
    Null,
    /// With a source, and a length in bytes.
    Source(u64),
    /// Without either.
    Stream,
}

/// A referrer.
#[derive(Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Referrer {
    /// None.
    NoReferrer,
    /// To be taken from the client.
    #[default]
    Client,
    /// A URL.
    Url(Url),
}

/// The facts of an environment settings object.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Client {
    /// Its origin.
    pub origin: Origin,
    /// The URL of its document, or its creation URL.
    pub creation_url: Option<Url>,
    /// Whether its global object is a `Window`.
    pub is_window: bool,
    /// Whether that has a navigable.
    pub has_navigable: bool,
    /// The policy container's referrer policy.
    pub referrer_policy: Word,
    /// The embedder policy's value.
    pub embedder_policy: Word,
    /// The embedder policy's report only value.
    pub embedder_policy_report_only: Word,
    /// The network partition key.
    pub network_partition_key: Option<Bytes>,
    /// Has cross-site ancestor.
    pub cross_site_ancestor: bool,
    /// The emulated language.
    pub emulated_language: Option<Bytes>,
    /// The emulated `User-Agent`.
    pub emulated_user_agent: Option<Bytes>,
}

impl Client {
    /// A document of this origin, with no URL, no policies and no partition.
    #[must_use]
    pub const fn new(origin: Origin) -> Self {
        Self {
            origin,
            creation_url: None,
            is_window: true,
            has_navigable: false,
            referrer_policy: "",
            embedder_policy: "unsafe-none",
            embedder_policy_report_only: "unsafe-none",
            network_partition_key: None,
            cross_site_ancestor: false,
            emulated_language: None,
            emulated_user_agent: None,
        }
    }
}

/// A request. The fields up to `user_initiated` are what a caller gives; the rest is bookkeeping.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the standard's fields")]
pub struct Request {
    /// The method.
    pub method: Bytes,
    /// The URL list; the current URL is its last.
    pub url_list: Vec<Url>,
    /// The local-URLs-only flag.
    pub local_urls_only: bool,
    /// The header list.
    pub header_list: HeaderList,
    /// The unsafe-request flag.
    pub unsafe_request: bool,
    /// The body.
    pub body: Body,
    /// The client.
    pub client: Option<Client>,
    /// The traversable for user prompts: `client`, `no-traversable` or `traversable`.
    pub traversable: Word,
    /// Keepalive.
    pub keepalive: bool,
    /// Bytes of the client's other keepalive requests that are not done.
    pub in_flight_keepalive_bytes: u64,
    /// The service-workers mode.
    pub service_workers_mode: Word,
    /// The initiator.
    pub initiator: Word,
    /// The destination.
    pub destination: Word,
    /// The origin; none is "client".
    pub origin: Option<Origin>,
    /// The top-level navigation initiator origin.
    pub top_level_navigation_initiator_origin: Option<Origin>,
    /// The referrer policy of a policy container of the request's own; none is "client".
    pub policy_container_referrer_policy: Option<Word>,
    /// The referrer.
    pub referrer: Referrer,
    /// The referrer policy.
    pub referrer_policy: Word,
    /// The mode.
    pub mode: Word,
    /// The use-CORS-preflight flag.
    pub use_cors_preflight: bool,
    /// The credentials mode.
    pub credentials_mode: Word,
    /// The use-URL-credentials flag.
    pub use_url_credentials: bool,
    /// The cache mode.
    pub cache_mode: Word,
    /// The redirect mode.
    pub redirect_mode: Word,
    /// User-activation.
    pub user_activation: bool,
    /// The prevent no-cache cache-control header modification flag.
    pub prevent_no_cache_cache_control: bool,
    /// Whether the user caused the navigation by dealing with the user agent itself.
    pub user_initiated: bool,
    /// The redirect count.
    pub redirect_count: u8,
    /// The response tainting.
    pub response_tainting: Word,
    /// Whether the access list granted a hop.
    pub was_granted: bool,
    /// The timing allow failed flag.
    pub timing_allow_failed: bool,
    /// The navigation timing allow values list.
    pub navigation_timing_allow_values: Vec<Vec<String>>,
}

impl Request {
    /// A request for a URL, with the standard's defaults.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            method: b"GET".to_vec(),
            url_list: vec![url],
            local_urls_only: false,
            header_list: HeaderList::default(),
            unsafe_request: false,
            body: Body::Null,
            client: None,
            traversable: "client",
            keepalive: false,
            in_flight_keepalive_bytes: 0,
            service_workers_mode: "all",
            initiator: "",
            destination: "",
            origin: None,
            top_level_navigation_initiator_origin: None,
            policy_container_referrer_policy: None,
            referrer: Referrer::Client,
            referrer_policy: "",
            mode: "no-cors",
            use_cors_preflight: false,
            credentials_mode: "same-origin",
            use_url_credentials: false,
            cache_mode: "default",
            redirect_mode: "follow",
            user_activation: false,
            prevent_no_cache_cache_control: false,
            user_initiated: false,
            redirect_count: 0,
            response_tainting: "basic",
            was_granted: false,
            timing_allow_failed: false,
            navigation_timing_allow_values: Vec::new(),
        }
    }

    /// The current URL.
    ///
    /// # Panics
    /// The URL list is empty, which it never is.
    #[must_use]
    pub fn current_url(&self) -> &Url {
        self.url_list.last().expect("a URL list starts with one URL and only grows")
    }

    /// The origin, once it is no longer "client".
    ///
    /// # Panics
    /// It still is.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.origin.as_ref().expect("populated from the client")
    }

    /// Whether it is a [navigation request](https://fetch.spec.whatwg.org/#navigation-request).
    #[must_use]
    pub fn is_navigation_request(&self) -> bool {
        ["document", "embed", "frame", "iframe", "object"].contains(&self.destination)
    }

    /// Whether the destination is [script-like](https://fetch.spec.whatwg.org/#request-destination-script-like).
    #[must_use]
    pub fn is_script_like(&self) -> bool {
        ["audioworklet", "paintworklet", "script", "serviceworker", "sharedworker", "worker"]
            .contains(&self.destination)
    }

    /// [Redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin).
    #[must_use]
    pub fn redirect_taint(&self, rules: &Rules) -> Word {
        // 1. The origin is not "client".
        let origin = self.origin();
        // 2. and 3.
        let mut last_url: Option<&Url> = None;
        let mut taint = "same-origin";
        // 4. Each URL:
        for url in &self.url_list {
            // 4.1. The first one only starts it.
            let Some(last) = last_url else {
                last_url = Some(url);
                continue;
            };
            let (here, before) = (Origin::of(url, rules), Origin::of(last, rules));
            // 4.2. From a site that is not the request's to yet another.
            if !here.same_site(&before, rules) && !origin.same_site(&before, rules) {
                return "cross-site";
            }
            // 4.3. The same with origins.
            if !here.same_origin(&before) && !origin.same_origin(&before) {
                taint = "same-site";
            }
            // 4.4.
            last_url = Some(url);
        }
        // 5.
        taint
    }

    /// [Serializing a request origin](https://fetch.spec.whatwg.org/#serializing-a-request-origin).
    #[must_use]
    pub fn serialize_origin(&self, rules: &Rules) -> String {
        // 1. The origin is not "client". 2. A tainted one is not told.
        if self.redirect_taint(rules) != "same-origin" && !rules.has(super::rules::Fault::RedirectKeepsOrigin) {
            return "null".to_owned();
        }
        // 3.
        self.origin().serialize()
    }

    /// [Cross-Origin-Embedder-Policy allows credentials](https://fetch.spec.whatwg.org/#cross-origin-embedder-policy-allows-credentials).
    #[must_use]
    pub fn embedder_policy_allows_credentials(&self, rules: &Rules) -> bool {
        // 1. The origin is not "client". 2. Only no-cors asks.
        if self.mode != "no-cors" {
            return true;
        }
        // 3. and 4. Only a client with an embedder policy of credentialless asks.
        let Some(client) = &self.client else { return true };
        if client.embedder_policy != "credentialless" {
            return true;
        }
        // 5. Same-origin, and the redirect-taint as the switch has it.
        let is_untainted = self.redirect_taint(rules) == "same-origin";
        if self.origin().same_origin(&Origin::of(self.current_url(), rules))
            && is_untainted == rules.switches.credentialless_wants_untainted
        {
            return true;
        }
        // 6.
        false
    }

    /// [Determine the network partition key](https://fetch.spec.whatwg.org/#request-determine-the-network-partition-key).
    #[must_use]
    pub fn network_partition_key(&self) -> Option<Bytes> {
        // 1. There are no reserved clients here. 2. The client's. 3. Or none.
        self.client.as_ref().and_then(|client| client.network_partition_key.clone())
    }

    /// [Determine the same-site mode](https://fetch.spec.whatwg.org/#determine-the-same-site-mode).
    #[must_use]
    pub fn same_site_mode(&self, rules: &Rules) -> Word {
        // 1. Other methods are asked about too.
        if rules.switches.same_site_mode_looks_at_origin {
            return self.same_site_mode_as_meant(rules);
        }
        // 2. A navigation that another site began. The request's URL is the first one.
        if self.is_begun_elsewhere(rules) {
            return "unset-or-less";
        }
        // 3. Top-level navigations by GET.
        if self.method == b"GET" && self.destination == "document" {
            return "lax-or-less";
        }
        // 4. Embedded by another site.
        if self.client.as_ref().is_some_and(|client| client.cross_site_ancestor) {
            return "unset-or-less";
        }
        // 5. Through another site.
        if self.redirect_taint(rules) == "cross-site" {
            return "unset-or-less";
        }
        // 6.
        "strict-or-less"
    }

    fn is_begun_elsewhere(&self, rules: &Rules) -> bool {
        let initiator = self.top_level_navigation_initiator_origin.as_ref();
        initiator.is_some_and(|initiator| !initiator.same_site(&Origin::of(&self.url_list[0], rules), rules))
    }

    /// The project's choice: the navigation's initiator, the ancestors, and the request's origin against
    /// every URL decide, and top-level navigations by GET or HEAD are lax. A navigation that the user
    /// began is no origin's, so that only its redirects count.
    fn same_site_mode_as_meant(&self, rules: &Rules) -> Word {
        let is_cross_site = if self.is_navigation_request() && self.user_initiated {
            self.redirect_taint(rules) == "cross-site"
        } else {
            self.url_list.iter().any(|url| !Origin::of(url, rules).same_site(self.origin(), rules))
        };
        let is_embedded = self.client.as_ref().is_some_and(|client| client.cross_site_ancestor);
        if !self.is_begun_elsewhere(rules) && !is_embedded && !is_cross_site {
            return "strict-or-less";
        }
        if self.destination == "document" && (self.method == b"GET" || self.method == b"HEAD") {
            return "lax-or-less";
        }
        "unset-or-less"
    }
}

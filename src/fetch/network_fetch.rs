//! [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch): what a hop
//! sends, and how its answer comes in.

use super::http_fetch::{Facts, Filtered};
use super::{Fetch, State};
use crate::action::{Delivery, RequestHead};
use crate::client::Client;
use crate::fetch_metadata::{FetchMetadata, SecFetchSite};
use crate::head::ResponseHead;
use crate::header_list::HeaderList;
use crate::network::{HopLines, HttpRequest, LastOrigin};
use crate::origin::{Origin, are_same_origin, with_url_origin};
use crate::profile::{
    CredentiallessPolicy, EmbedderPolicyCredentials, NoCorsCredentials, RedirectedMetadata, RedirectedOrigin,
    SameSiteModeRule,
};
use crate::reason::{Reason, Stage};
use crate::redirect::has_contradicting_locations;
use crate::referrer::StrippedReferrer;
use crate::request::{
    Body, CacheMode, CredentialsMode, Destination, EmbedderPolicy, RedirectMode, RedirectTaint, RequestMode,
    ResponseTainting, ServiceWorkersMode, TraversableForUserPrompts,
};
use crate::scheme::is_potentially_trustworthy;
use crate::time::Timestamp;
use crate::trace::Decision;
use crate::words::SameSiteMode;

impl Fetch {
    /// [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch),
    /// up to the network.
    pub(super) fn http_network_fetch(&mut self) {
        self.preflight = None;
        if let Some(reason) = self.late_refusal.take() {
            return self.fail_unfollowed(*reason);
        }
        // HTTP fetch, 4.2. A redirect from the network is not shown to a service worker.
        if self.request.redirect_mode == RedirectMode::Follow {
            self.request.service_workers = ServiceWorkersMode::None;
        }
        // 8.3. and 8.4. includeCredentials
        let (include_credentials, why) = self.include_credentials();
        self.include_credentials = include_credentials;
        if self.request.redirect_count == 0 {
            self.began_with_credentials = include_credentials;
        }
        self.recorder.record(self.request.redirect_count, "concept-http-network-or-cache-fetch", "8.3", || {
            Decision::Credentials { included: include_credentials, why }
        });
        // 8.2. The lines of the hop stand behind the request's own, which come back after it.
        let mut list = std::mem::take(&mut self.request.header_list);
        if has_metadata_line(&list) {
            self.own_list = Some(Box::new(list.clone()));
        }
        let appended = HopLines::behind(&mut list).append_all(&self.http_request(self.request.mode));
        self.request.header_list = list;
        match appended {
            Ok(cache_mode) => {
                self.cache_mode = cache_mode;
                self.keep_last_origin();
                self.begin_exchange(State::Request);
            }
            Err(reason) => self.fail(Stage::BeforeRequest, reason),
        }
    }

    /// Keeps the `Origin` of this hop, if redirects within an origin do not change it.
    fn keep_last_origin(&mut self) {
        if self.shared.config.profile.switches.redirected_origin == RedirectedOrigin::KeptWithinOrigin {
            let origin = self.request.header_list.get("Origin");
            self.last_origin = Some(LastOrigin(origin.map(|origin| origin.as_ref().into())));
        }
    }

    /// HTTP-network-or-cache fetch, steps 8.3 and 8.4.
    pub(super) fn include_credentials(&self) -> (bool, &'static str) {
        let request = &self.request;
        // 8.3. By credentials mode and response tainting.
        match (request.credentials_mode, request.response_tainting) {
            (CredentialsMode::Omit, _) => return (false, "credentials mode omit"),
            (CredentialsMode::SameOrigin, ResponseTainting::Opaque) if self.keeps_no_cors_credentials() => {}
            (CredentialsMode::SameOrigin, ResponseTainting::Cors | ResponseTainting::Opaque) => {
                return (false, "credentials mode same-origin, and response tainting is not basic");
            }
            (CredentialsMode::SameOrigin, ResponseTainting::Basic) | (CredentialsMode::Include, _) => {}
        }
        // 8.4. Cross-Origin-Embedder-Policy.
        if !self.cross_origin_embedder_policy_allows_credentials() {
            return (false, "Cross-Origin-Embedder-Policy credentialless");
        }
        match request.credentials_mode {
            CredentialsMode::Include => (true, "credentials mode include"),
            _ => (true, "credentials mode same-origin, and response tainting basic"),
        }
    }

    /// Whether what the first hop got counts for all.
    fn keeps_no_cors_credentials(&self) -> bool {
        self.shared.config.profile.switches.no_cors_credentials == NoCorsCredentials::FirstHop
            && self.request.redirect_count > 0
            && self.include_credentials
    }

    /// [Cross-Origin-Embedder-Policy allows credentials](https://fetch.spec.whatwg.org/#cross-origin-embedder-policy-allows-credentials).
    pub(super) fn cross_origin_embedder_policy_allows_credentials(&self) -> bool {
        let request = &self.request;
        // 2. Only no-cors is restricted.
        if request.mode != RequestMode::NoCors {
            return true;
        }
        // 3. and 4. Without a client, or with another policy, nothing is.
        let is_credentialless =
            request.client.as_deref().is_some_and(|client| self.policy_of(client) == EmbedderPolicy::Credentialless);
        if !is_credentialless {
            return true;
        }
        // 5. A same-origin URL.
        // DEVIATION: the text wants redirect-taint to be other than same-origin, by a slip.
        let is_untainted = self.walk.taint == RedirectTaint::SameOrigin;
        let taint_fits = match self.shared.config.profile.switches.embedder_policy_credentials {
            EmbedderPolicyCredentials::IfUntainted => is_untainted,
            EmbedderPolicyCredentials::IfTainted => !is_untainted,
        };
        // 6. Otherwise not.
        taint_fits && self.walk.is_same_origin
    }

    /// A client's embedder policy, as far as it is known.
    pub(super) fn policy_of(&self, client: &Client) -> EmbedderPolicy {
        match (client.embedder_policy, self.shared.config.profile.switches.credentialless_policy) {
            (EmbedderPolicy::Credentialless, CredentiallessPolicy::Unknown) => EmbedderPolicy::UnsafeNone,
            (policy, _) => policy,
        }
    }

    /// What the lines of a hop ask of the request, sent with this mode.
    pub(super) fn http_request(&self, mode: RequestMode) -> HttpRequest<'_> {
        let request = &self.request;
        let config = &self.shared.config;
        let url = request.current_url();
        HttpRequest {
            method: &request.method,
            body: request.body,
            keepalive_in_flight: request.keepalive.then_some(request.in_flight_keepalive_bytes),
            referrer: request.referrer.as_ref().and_then(StrippedReferrer::serialize),
            referrer_policy: request.referrer_policy,
            origin: &request.origin,
            has_referrer: request.referrer.is_some(),
            serialized_origin: self.serialized_origin(),
            has_crossed_origins: self.has_crossed_origins,
            current_url_is_same_origin: self.walk.is_same_origin,
            current_url_is_https: url.scheme() == "https",
            mode,
            destination: request.destination,
            response_tainting: request.response_tainting,
            metadata: self.metadata(mode).filter(|_| !self.has_lost_metadata()),
            initiator: request.initiator,
            client: request.client.as_deref(),
            user_agent: config.user_agent.as_deref(),
            cache_mode: request.cache_mode,
            prevent_no_cache_cache_control: request.prevent_no_cache_cache_control,
            last_origin: self.last_origin.as_ref().filter(|_| !self.comes_from_another_origin()),
            switches: &config.profile.switches,
        }
    }

    /// Whether a redirect led to this hop from another origin.
    fn comes_from_another_origin(&self) -> bool {
        let schemes = &self.shared.config.schemes;
        match &**self.request.url_list {
            [.., last, current] => !are_same_origin(last, current, schemes),
            _ => false,
        }
    }

    /// Whether the redirect to this hop took `Sec-Fetch-*` away.
    fn has_lost_metadata(&self) -> bool {
        self.shared.config.profile.switches.redirected_metadata == RedirectedMetadata::Absent
            && self.request.mode == RequestMode::Cors
            && self.comes_from_another_origin()
    }

    /// What `Sec-Fetch-*` tell, if the current URL is potentially trustworthy.
    pub(super) fn metadata(&self, mode: RequestMode) -> Option<FetchMetadata> {
        let request = &self.request;
        // DEVIATION: Fetch Metadata asks for request's URL, which is the first one; engines and its own note on
        // redirects mean the one that is fetched.
        is_potentially_trustworthy(request.current_url(), &self.shared.config.schemes).then_some(FetchMetadata {
            destination: request.destination,
            mode,
            site: self.walk.site,
            user_activation: request.user_activation,
        })
    }

    pub(crate) fn request_head(&self) -> RequestHead<'_> {
        let request = &self.request;
        let preflight = self.preflight.as_ref();
        let is_preflight = preflight.is_some();
        let include_credentials = self.include_credentials && matches!(self.state, State::Request);
        RequestHead {
            method: if is_preflight { "OPTIONS" } else { &request.method },
            url: request.current_url(),
            headers: preflight.unwrap_or(&request.header_list),
            include_credentials,
            body: if is_preflight { Body::Null } else { request.body },
            mode: if is_preflight { RequestMode::Cors } else { request.mode },
            cache_mode: if is_preflight { CacheMode::NoStore } else { self.cache_mode },
            is_preflight,
            may_prompt: include_credentials
                && request.response_tainting != ResponseTainting::Cors
                && request.traversable == TraversableForUserPrompts::Traversable,
            use_url_credentials: request.use_url_credentials && !is_preflight,
            same_site_mode: self.same_site_mode(),
            network_partition_key: request.network_partition_key(),
            redirect_count: request.redirect_count,
        }
    }

    /// [Determine the same-site mode](https://fetch.spec.whatwg.org/#determine-the-same-site-mode).
    pub(super) fn same_site_mode(&self) -> SameSiteMode {
        let request = &self.request;
        let schemes = &self.shared.config.schemes;
        // 2. A top-level navigation from another site.
        let is_from_another_site = |initiator: &Origin| {
            request.url_list.first().is_some_and(|url| {
                with_url_origin(url, schemes, |origin| !self.shared.same_site(initiator.as_url_origin(), origin))
            })
        };
        let is_initiated_by_another_site =
            request.top_level_navigation_initiator_origin.as_ref().is_some_and(is_from_another_site);
        if self.shared.config.profile.switches.same_site_mode == SameSiteModeRule::SiteForCookies {
            return self.same_site_mode_by_site_for_cookies(is_initiated_by_another_site);
        }
        if is_initiated_by_another_site {
            return SameSiteMode::UnsetOrLess;
        }
        // 3. A top-level navigation by GET.
        if request.method == "GET" && request.destination == Destination::Document {
            return SameSiteMode::LaxOrLess;
        }
        // 4. A cross-site ancestor.
        if request.client.as_deref().is_some_and(|client| client.cross_site_ancestor) {
            return SameSiteMode::UnsetOrLess;
        }
        // 5. A cross-site redirect.
        if self.walk.taint == RedirectTaint::CrossSite {
            return SameSiteMode::UnsetOrLess;
        }
        // 6. Otherwise every cookie.
        SameSiteMode::StrictOrLess
    }

    pub(crate) fn respond<H: ResponseHead>(&mut self, head: H, now: Timestamp) -> Option<Delivery<'_, H>> {
        let status = head.status();
        // HTTP-network fetch, 8.5. A 1xx is followed by the final response.
        if self.is_interim(status) && !matches!(self.state, State::Scheme) {
            return None;
        }
        if let Some(what) = malformed(&head) {
            self.fail(self.stage(), Reason::ResponseMalformed { what });
            return None;
        }
        if has_contradicting_locations(&head, &self.shared.config.profile.switches) {
            let what = "several Location lines that differ".to_owned();
            self.fail(self.stage(), Reason::ResponseMalformed { what });
            return None;
        }
        match self.state {
            State::Preflight => {
                self.respond_to_preflight(&head, now);
                None
            }
            State::Request => self.respond_to_request(head, now),
            State::Scheme => {
                // What scheme fetch returns has no credentials of its own to speak of: the initial value.
                // Of its branches only blob: looks at Range.
                let is_blob = self.request.current_url().scheme() == "blob";
                let facts = Facts::of(self);
                let range_requested = facts.range_requested && is_blob;
                let facts = Facts { request_includes_credentials: true, range_requested, ..facts };
                self.finish_response(head, Filtered::No(None), facts, None)
            }
            // No exchange exists in another state.
            _ => None,
        }
    }

    /// What cookies ask for: is the request cross-site?
    // DEVIATION: the text never compares the request's origin with its URL, so that any page could send
    // another site's strict cookies; and it gives a link from another site fewer cookies than Lax.
    fn same_site_mode_by_site_for_cookies(&self, is_initiated_by_another_site: bool) -> SameSiteMode {
        let request = &self.request;
        let is_cross_site = is_initiated_by_another_site
            || self.walk.site == SecFetchSite::CrossSite
            || self.walk.taint == RedirectTaint::CrossSite
            || request.client.as_deref().is_some_and(|client| client.cross_site_ancestor);
        let is_safe = matches!(&*request.method, "GET" | "HEAD");
        match (is_cross_site, request.destination) {
            (false, _) => SameSiteMode::StrictOrLess,
            (true, Destination::Document) if is_safe => SameSiteMode::LaxOrLess,
            (true, _) => SameSiteMode::UnsetOrLess,
        }
    }

    /// Whether a status is that of an interim response.
    pub(crate) fn is_interim(&self, status: u16) -> bool {
        matches!(status, 100..=199) && !(status == 101 && self.request.mode == RequestMode::WebSocket)
    }

    /// Cuts the list back to the request's own lines.
    pub(super) fn remove_hop_lines(&mut self) {
        match self.own_list.take() {
            Some(list) => self.request.header_list = *list,
            None => self.request.header_list.truncate(self.own_lines),
        }
    }
}

/// What makes a head none of HTTP's.
pub(super) fn malformed(head: &impl ResponseHead) -> Option<String> {
    let status = head.status();
    if !matches!(status, 100..=999) {
        return Some(format!("status {status} is not in the range 100 to 999"));
    }
    let (name, value) = head.malformed_line()?;
    let name = crate::reason::Excerpt::new(name);
    let value = crate::reason::Excerpt::new(value);
    Some(format!("no HTTP header line: name \"{name}\", value \"{value}\""))
}

/// Whether a hop would have to change a line of the request's own: pages cannot give these names.
pub(super) fn has_metadata_line(list: &HeaderList) -> bool {
    list.iter().any(|(name, _)| crate::infra::starts_with_ignore_ascii_case(name, b"sec-"))
}

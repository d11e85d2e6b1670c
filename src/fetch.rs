//! One running fetch: every change of its state, in the standard's own steps.
//!
//! ```text
//!  start ─► main fetch ─► [gate] ─┬─► scheme fetch ───────────────► SchemeFetch ─┐
//!              ▲                  └─► HTTP fetch ─► [service worker] ──────────┐ │
//!              │                         ├─► cache miss ─► SendPreflight ─┐    │ │
//!              │                         └─► cache hit, or none needed ───┴► SendRequest
//!              └──── redirect, mode follow ◄──────────────────────────────────┤ │
//!                                                          Delivery ◄──────────┴─┘
//!  anywhere ─► NetworkError
//! ```

use std::sync::Arc;

use url::{Host, Url};

use crate::action::{Action, Delivery, Exchange, Gate, RequestHead, ServiceWorkerExchange};
use crate::cache::{GroupKey, Lookup, OriginKey};
use crate::checks::{CorpInput, CorpVerdict, TaoInput, cors_check, cross_origin_resource_policy_check, tao_check};
use crate::fetch_metadata::{FetchMetadata, SecFetchSite};
use crate::head::{ResponseHead, get};
use crate::header_list::{HeaderList, Mark};
use crate::header_value::get_decode_and_split_header;
use crate::method::is_cors_safelisted_method;
use crate::mime::{extract_mime_type, should_be_blocked_due_to_mime_type, should_be_blocked_due_to_nosniff};
use crate::network::{HttpRequest, append_hop_lines};
use crate::origin::{Origin, UrlOrigin, with_url_origin};
use crate::port::should_be_blocked_due_to_a_bad_port;
use crate::preflight::{is_preflight_needed, judge_preflight_response, preflight_causes, preflight_header_list};
use crate::profile::{CacheOriginKey, EmbedderPolicyCredentials, WildcardOfCredentialedPreflight};
use crate::reason::{HostFailure, NetworkError, Reason, Stage};
use crate::recorder::{Recorder, note_cors_check_failure, note_exposed_headers, note_preflight};
use crate::redirect::{LocationUrl, Redirect, changes_method, includes_credentials};
use crate::referrer::StrippedReferrer;
use crate::request::{
    Body, CacheMode, CredentialsMode, Destination, EmbedderPolicy, Initiator, RedirectMode, RedirectTaint,
    ReferrerPolicy, Request, RequestMode, ResponseTainting, ResponseType, ServiceWorkersMode,
    TraversableForUserPrompts,
};
use crate::request_header::{REQUEST_BODY_HEADER_NAMES, unsafe_lines};
use crate::response::{CorsExposed, CorsProof, Filter, Response, ResponseBody, ServiceWorkerResponse, filter_for};
use crate::scheme::{is_http_scheme, is_local, is_potentially_trustworthy};
use crate::status::{is_null_body_status, is_range_status, is_redirect_status};
use crate::time::Timestamp;
use crate::trace::{Decision, Note, TraceEvent};
use crate::user_agent::Shared;
use crate::words::SameSiteMode;

/// How many redirects are followed.
const MAX_REDIRECTS: u8 = 20;

const DOCUMENT_ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// One running [fetch](https://fetch.spec.whatwg.org/#concept-fetch): ask [`action`](Self::action) what
/// to do, answer, ask again.
#[derive(Debug)]
pub struct Fetch {
    shared: Arc<Shared>,
    request: Request,
    state: State,
    /// Where the request's own header lines end; behind it stand those of the hop.
    own_lines: Mark,
    /// The request's own list, if the hop had to change a line of it.
    own_list: Option<Box<HeaderList>>,
    preflight: Option<Box<HeaderList>>,
    /// Redirect-taint and `Sec-Fetch-Site` for the URL list, and for the list without its last URL.
    walk: Walk,
    walk_before: Walk,
    /// Whether main fetch, at this hop or an outer one, made a CORS preflight: then a network error
    /// clears cache entries.
    makes_cors_preflight: bool,
    include_credentials: bool,
    cache_mode: CacheMode,
    recorder: Recorder,
}

/// What the standard computes by walks over the URL list.
#[derive(Clone, Copy, Debug)]
struct Walk {
    taint: RedirectTaint,
    site: SecFetchSite,
}

#[derive(Debug)]
enum State {
    Gate,
    ServiceWorker { make_cors_preflight: bool },
    Preflight,
    Request,
    Scheme,
    Delivered { next_manual_redirect: Option<Box<Redirect>> },
    NetworkError(NetworkError),
}

/// What a gate says to http.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upgrade {
    None,
    BeforeReferrer,
    AfterReferrer,
}

impl Fetch {
    /// [Fetch](https://fetch.spec.whatwg.org/#concept-fetch).
    pub(crate) fn start(shared: Arc<Shared>, request: Request, now: Timestamp) -> Self {
        let user_initiated = request.user_initiated && request.destination.is_navigation();
        let site = if user_initiated { SecFetchSite::None } else { SecFetchSite::SameOrigin };
        let walk = Walk { taint: RedirectTaint::SameOrigin, site };
        let mut fetch = Self {
            recorder: Recorder::new(shared.config.trace),
            own_lines: Mark::default(),
            own_list: None,
            preflight: None,
            walk,
            walk_before: walk,
            makes_cors_preflight: false,
            include_credentials: false,
            cache_mode: request.cache_mode,
            // Nothing reads it before main fetch has set another one.
            state: State::Gate,
            shared,
            request,
        };
        // 1. to 3. and 5. to 11. HOST: callbacks, tasks, timing, preloaded responses.
        // 4. Populate request from client: done when the request was built.
        // 12. to 14. Accept and Accept-Language.
        if fetch.append_default_headers().is_err() {
            fetch.fail(Stage::BeforeRequest, Reason::HeaderListTooLarge);
            return fetch;
        }
        fetch.own_lines = fetch.request.header_list.mark();
        // 15. and 16. HOST: priority, fetch records.
        // 17. Main fetch.
        fetch.main_fetch(now);
        fetch
    }

    fn append_default_headers(&mut self) -> Result<(), crate::header_list::HeaderError> {
        let list = &mut self.request.header_list;
        // 12. Accept
        if !list.contains("Accept") {
            // 12.1. to 12.3. By initiator and destination.
            let value = match (self.request.initiator, self.request.destination) {
                (Initiator::Prefetch, _) | (_, Destination::Document | Destination::Frame | Destination::Iframe) => {
                    DOCUMENT_ACCEPT
                }
                (_, Destination::Image) => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
                (_, Destination::Json) => "application/json,*/*;q=0.5",
                (_, Destination::Style) => "text/css,*/*;q=0.1",
                (_, Destination::Text) => "text/plain,*/*;q=0.5",
                _ => "*/*",
            };
            // 12.4. Append it.
            list.push(b"Accept", value.as_bytes())?;
        }
        // 13. and 14. Accept-Language: the emulated one, or the user agent's.
        if !list.contains("Accept-Language") {
            let emulated = self.request.client.as_deref().and_then(|client| client.emulated_language.as_deref());
            if let Some(value) = emulated.or(self.shared.config.accept_language.as_deref()) {
                list.push(b"Accept-Language", value)?;
            }
        }
        Ok(())
    }

    /// What the host must do now. A question, not a step: asking again gives the same answer, so a
    /// host may park the fetch and ask when its socket has news.
    pub fn action(&mut self) -> Action<'_> {
        match self.state {
            State::Gate => Action::Gate(Gate { fetch: self }),
            State::ServiceWorker { .. } => Action::ServiceWorker(ServiceWorkerExchange { fetch: self }),
            State::Preflight => Action::SendPreflight(Exchange { fetch: self }),
            State::Request => Action::SendRequest(Exchange { fetch: self }),
            State::Scheme => Action::SchemeFetch(Exchange { fetch: self }),
            State::Delivered { .. } => Action::Delivered,
            State::NetworkError(ref error) => Action::NetworkError(error),
        }
    }

    /// The request as it is now, with the URLs of the redirects that were followed.
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The network error in which the fetch ended, if it did.
    pub const fn network_error(&self) -> Option<&NetworkError> {
        match &self.state {
            State::NetworkError(error) => Some(error),
            _ => None,
        }
    }

    /// Every decision so far, if [`Config::trace`](crate::Config::trace) is on. **Not for script.**
    pub fn trace(&self) -> &[TraceEvent] {
        self.recorder.events()
    }

    /// The findings among the decisions, if the trace is on. **Not for script.**
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.trace().iter().filter_map(|event| match &event.decision {
            Decision::Note(note) => Some(note),
            _ => None,
        })
    }

    /// [Aborts](https://fetch.spec.whatwg.org/#fetch-controller-abort) the fetch: it ends in an aborted
    /// network error, unless it has ended.
    pub fn abort(&mut self) {
        if !matches!(self.state, State::Delivered { .. } | State::NetworkError(_)) {
            self.fail(self.stage(), Reason::Aborted);
        }
    }

    /// [Processes the next manual redirect](https://fetch.spec.whatwg.org/#fetch-controller-process-the-next-manual-redirect)
    /// of a navigation whose redirect was delivered. Whether there was one: then ask
    /// [`action`](Self::action).
    pub fn process_next_manual_redirect(&mut self, now: Timestamp) -> bool {
        let State::Delivered { next_manual_redirect } = &mut self.state else { return false };
        let Some(redirect) = next_manual_redirect.take() else { return false };
        self.http_redirect_fetch(*redirect, now);
        true
    }

    // ---- main fetch ----------------------------------------------------------------------------

    /// [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch), up to the gate.
    fn main_fetch(&mut self, now: Timestamp) {
        let request = &self.request;
        self.recorder.record(request.redirect_count, "concept-main-fetch", "1", || Decision::Hop {
            method: request.method.to_string(),
            url: without_userinfo(request.current_url()),
        });
        self.walk_url_list();
        // 3. The local-URLs-only flag.
        if self.request.local_urls_only && !is_local(self.request.current_url()) {
            return self.fail(Stage::BeforeRequest, Reason::LocalUrlsOnly);
        }
        // 4. to 6. HOST, through the gate: Content Security Policy reports and upgrades.
        if self.shared.config.gates {
            self.state = State::Gate;
            return;
        }
        self.pass_gate(Upgrade::None, now);
    }

    /// Main fetch, steps 5 to 12, with what the gate says.
    pub(crate) fn pass_gate(&mut self, upgrade: Upgrade, now: Timestamp) {
        // 5. and 6. Upgrades before the referrer.
        if upgrade == Upgrade::BeforeReferrer {
            self.upgrade_current_url();
        }
        // 7. Bad ports. HOST: mixed content, Content Security Policy and Integrity Policy, at the gate.
        let url = self.request.current_url();
        if should_be_blocked_due_to_a_bad_port(url) {
            let port = url.port().unwrap_or_default();
            return self.fail(Stage::BeforeRequest, Reason::BadPort { port });
        }
        // 8. The referrer policy of the policy container.
        if self.request.referrer_policy == ReferrerPolicy::Empty {
            self.request.referrer_policy = self.request.policy_container_referrer_policy;
        }
        // 9. The referrer.
        let policy = self.request.referrer_policy;
        if let (Some(referrer), Some(url)) = (&mut self.request.referrer, self.request.url_list.last()) {
            referrer.determine(policy, url, &self.shared.config.schemes);
        }
        // 10. Upgrades after it.
        if upgrade == Upgrade::AfterReferrer && is_upgradable_host(self.request.current_url()) {
            self.upgrade_current_url();
        }
        // 12. The switch. (11. is about threads.)
        self.main_fetch_switch(now);
    }

    fn upgrade_current_url(&mut self) {
        if let Some(url) = Arc::make_mut(&mut self.request.url_list).last_mut()
            && url.scheme() == "http"
        {
            // http and https are both special schemes, between which a URL may change.
            let _ = url.set_scheme("https");
        }
        self.walk_url_list();
    }

    pub(crate) fn block_at_gate(&mut self, why: std::borrow::Cow<'static, str>) {
        // 7. Blocked.
        self.fail(Stage::BeforeRequest, Reason::GateBlocked { why });
    }

    /// Main fetch, step 12: the first matching statement.
    fn main_fetch_switch(&mut self, now: Timestamp) {
        let request = &self.request;
        let schemes = &self.shared.config.schemes;
        let url = request.current_url();
        let is_same_origin = request.origin.same_origin_with_url(url, schemes);
        // HOST: a preloaded response candidate.
        let basic = if is_same_origin && request.response_tainting == ResponseTainting::Basic {
            Some("same origin")
        } else if self.is_granted_by_access_list() {
            self.recorder.record(request.redirect_count, "concept-main-fetch", "12", || Decision::AccessListGrant);
            Some("granted by the access list")
        } else if url.scheme() == "data" {
            Some("a data: URL")
        } else if matches!(request.mode, RequestMode::Navigate | RequestMode::WebSocket | RequestMode::WebTransport) {
            Some("mode navigate, websocket or webtransport")
        } else {
            None
        };
        if let Some(why) = basic {
            // basic 1. and 2.
            self.set_response_tainting(ResponseTainting::Basic, why);
            return self.scheme_fetch(now);
        }
        // Mode same-origin.
        if request.mode == RequestMode::SameOrigin {
            let url_origin =
                Origin::of_url(url, schemes).map_or_else(|| "null".to_owned(), |origin| origin.to_string());
            let origin = request.origin.to_string();
            return self.fail(Stage::BeforeRequest, Reason::SameOriginModeBlocked { origin, url_origin });
        }
        // Mode no-cors.
        if request.mode == RequestMode::NoCors {
            // no-cors 1. Only with redirect mode follow.
            if request.redirect_mode != RedirectMode::Follow {
                let redirect_mode = request.redirect_mode.as_str();
                return self.fail(Stage::BeforeRequest, Reason::NoCorsNeedsFollow { redirect_mode });
            }
            // no-cors 2. and 3.
            self.set_response_tainting(ResponseTainting::Opaque, "another origin, mode no-cors");
            return self.scheme_fetch(now);
        }
        // A scheme that is not HTTP(S), nor CORS-enabled by the host.
        if !schemes.is_cors_enabled(url.scheme()) {
            let scheme = url.scheme().to_owned();
            return self.fail(Stage::BeforeRequest, Reason::SchemeNotHttp { scheme });
        }
        // A preflight, by flag, method or headers; or otherwise none.
        let make_cors_preflight = is_preflight_needed(request);
        self.recorder.record(request.redirect_count, "concept-main-fetch", "12", || {
            if make_cors_preflight {
                Decision::PreflightNeeded(preflight_causes(request))
            } else {
                Decision::NoPreflightNeeded
            }
        });
        // preflight 1. and otherwise 1.
        self.set_response_tainting(ResponseTainting::Cors, "another origin, mode cors");
        // preflight 3. A network error from here on clears cache entries: see `fail`.
        self.makes_cors_preflight |= make_cors_preflight;
        // preflight 2. and otherwise 2. Override fetch is HOST: through the gate.
        self.http_fetch(make_cors_preflight, now);
    }

    /// Asked at each hop with the untainted origin; an opaque origin is never granted anything.
    fn is_granted_by_access_list(&self) -> bool {
        let config = &self.shared.config;
        self.walk.taint == RedirectTaint::SameOrigin
            && config.access_list.grants(&self.request.origin, self.request.current_url(), &config.schemes)
    }

    fn set_response_tainting(&mut self, tainting: ResponseTainting, why: &'static str) {
        self.request.response_tainting = tainting;
        self.recorder.record(self.request.redirect_count, "concept-main-fetch", "12", || Decision::Tainting {
            why,
            tainting: tainting.as_str(),
        });
    }

    /// [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch).
    fn scheme_fetch(&mut self, now: Timestamp) {
        // 3. HTTP(S), and a scheme that the host CORS-enabled for requests across origins.
        let scheme = self.request.current_url().scheme();
        if is_http_scheme(scheme) {
            return self.http_fetch(false, now);
        }
        // 3. about, blob, data, file. HOST: their bytes. 4. Another scheme, which the host may know.
        self.state = State::Scheme;
    }

    // ---- HTTP fetch ----------------------------------------------------------------------------

    /// [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch).
    fn http_fetch(&mut self, make_cors_preflight: bool, now: Timestamp) {
        // 3. A service worker may answer. HOST: which, and how.
        if self.request.service_workers == ServiceWorkersMode::All && self.shared.config.service_workers {
            self.state = State::ServiceWorker { make_cors_preflight };
            return;
        }
        self.http_fetch_without_service_worker(make_cors_preflight, now);
    }

    pub(crate) fn pass_service_worker(&mut self, now: Timestamp) {
        if let State::ServiceWorker { make_cors_preflight } = self.state {
            self.http_fetch_without_service_worker(make_cors_preflight, now);
        }
    }

    /// HTTP fetch, step 4: no service worker answered.
    fn http_fetch_without_service_worker(&mut self, make_cors_preflight: bool, now: Timestamp) {
        // 4.1. A preflight, unless the cache grants everything.
        if make_cors_preflight && !self.is_granted_by_cache(now) {
            return self.cors_preflight_fetch();
        }
        self.http_network_fetch();
    }

    /// HTTP fetch, step 4.1: whether neither condition is true.
    fn is_granted_by_cache(&mut self, now: Timestamp) -> bool {
        let request = &self.request;
        let method = request.method.as_bytes();
        // 4.1. first condition: safelisted methods need no entry unless the flag is set.
        let method = (!is_cors_safelisted_method(method) || request.use_cors_preflight).then_some(method);
        let include = request.credentials_mode == CredentialsMode::Include;
        let mut cache = self.shared.cache();
        let lookup = cache.look_up(&self.cache_key(), include, now, method, unsafe_lines(&request.header_list));
        drop(cache);
        self.recorder.record(request.redirect_count, "concept-http-fetch", "4.1", || match lookup {
            Lookup::Hit => Decision::CacheHit,
            Lookup::NothingStored => Decision::CacheMiss("nothing is stored for this origin and URL".to_owned()),
            Lookup::MethodNotGranted => {
                Decision::CacheMiss(format!("method {} is not granted, or no longer", request.method))
            }
            Lookup::HeaderNameNotGranted(name) => {
                Decision::CacheMiss(format!("header {} is not granted, or no longer", name.escape_ascii()))
            }
        });
        lookup == Lookup::Hit
    }

    fn cache_key(&self) -> GroupKey<'_> {
        let tainted = self.walk.taint != RedirectTaint::SameOrigin;
        let origin = match (self.shared.config.profile.cache_origin_key, &self.request.origin) {
            (CacheOriginKey::Serialization, _) => OriginKey::Serialization(self.serialized_origin()),
            (CacheOriginKey::Identity, Origin::Tuple(_)) => {
                OriginKey::Tuple { serialization: self.request.origin.serialize(), tainted }
            }
            (CacheOriginKey::Identity, Origin::Opaque(opaque)) => {
                OriginKey::Opaque { identity: opaque.identity(), tainted }
            }
        };
        GroupKey { partition: self.request.network_partition_key(), origin, url: self.request.current_url().as_str() }
    }

    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0), steps 1 to 6.
    fn cors_preflight_fetch(&mut self) {
        let referrer_len = self.request.referrer.as_ref().map_or(0, StrippedReferrer::max_len);
        let room = referrer_len.saturating_add(self.serialized_origin().len()).saturating_add(512);
        // 1. A request of its own: GET's body, client, cache mode and credentials are not copied.
        // 2. to 5. Its headers.
        let Ok(mut list) = preflight_header_list(&self.request, room) else {
            return self.fail(Stage::Preflight, Reason::HeaderListTooLarge);
        };
        // 6. HTTP-network-or-cache fetch.
        let as_sent = self.http_request(RequestMode::Cors);
        let http_request = HttpRequest {
            method: "OPTIONS",
            body: Body::Null,
            // A new request has no user-activation.
            metadata: as_sent.metadata.map(|metadata| FetchMetadata { user_activation: false, ..metadata }),
            keepalive_in_flight: None,
            mode: RequestMode::Cors,
            client: None,
            cache_mode: CacheMode::Default,
            prevent_no_cache_cache_control: false,
            ..as_sent
        };
        if let Err(reason) = append_hop_lines(&mut list, &http_request) {
            return self.fail(Stage::Preflight, reason);
        }
        self.preflight = Some(Box::new(list));
        self.state = State::Preflight;
    }

    /// [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch),
    /// up to the network.
    fn http_network_fetch(&mut self) {
        self.preflight = None;
        // HTTP fetch, 4.2. A redirect from the network is not shown to a service worker.
        if self.request.redirect_mode == RedirectMode::Follow {
            self.request.service_workers = ServiceWorkersMode::None;
        }
        // 8.3. and 8.4. includeCredentials
        let (include_credentials, why) = self.include_credentials();
        self.include_credentials = include_credentials;
        self.recorder.record(self.request.redirect_count, "concept-http-network-or-cache-fetch", "8.3", || {
            Decision::Credentials { included: include_credentials, why }
        });
        // 8.2. The lines of the hop stand behind the request's own, which come back after it.
        let mut list = std::mem::take(&mut self.request.header_list);
        if has_metadata_line(&list) {
            self.own_list = Some(Box::new(list.clone()));
        }
        let appended = append_hop_lines(&mut list, &self.http_request(self.request.mode));
        self.request.header_list = list;
        match appended {
            Ok(cache_mode) => {
                self.cache_mode = cache_mode;
                self.state = State::Request;
            }
            Err(reason) => self.fail(Stage::BeforeRequest, reason),
        }
    }

    /// HTTP-network-or-cache fetch, steps 8.3 and 8.4.
    fn include_credentials(&self) -> (bool, &'static str) {
        let request = &self.request;
        // 8.3. By credentials mode and response tainting.
        match (request.credentials_mode, request.response_tainting) {
            (CredentialsMode::Omit, _) => return (false, "credentials mode omit"),
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

    /// [Cross-Origin-Embedder-Policy allows credentials](https://fetch.spec.whatwg.org/#cross-origin-embedder-policy-allows-credentials).
    fn cross_origin_embedder_policy_allows_credentials(&self) -> bool {
        let request = &self.request;
        // 2. Only no-cors is restricted.
        if request.mode != RequestMode::NoCors {
            return true;
        }
        // 3. and 4. Without a client, or with another policy, nothing is.
        let is_credentialless =
            request.client.as_deref().is_some_and(|client| client.embedder_policy == EmbedderPolicy::Credentialless);
        if !is_credentialless {
            return true;
        }
        // 5. A same-origin URL.
        // DEVIATION: the text wants redirect-taint to be other than same-origin, by a slip.
        let is_untainted = self.walk.taint == RedirectTaint::SameOrigin;
        let taint_fits = match self.shared.config.profile.embedder_policy_credentials {
            EmbedderPolicyCredentials::IfUntainted => is_untainted,
            EmbedderPolicyCredentials::IfTainted => !is_untainted,
        };
        // 6. Otherwise not.
        taint_fits && request.origin.same_origin_with_url(request.current_url(), &self.shared.config.schemes)
    }

    /// What HTTP-network-or-cache fetch asks of the request, sent with this mode.
    fn http_request(&self, mode: RequestMode) -> HttpRequest<'_> {
        let request = &self.request;
        let config = &self.shared.config;
        let url = request.current_url();
        // Fetch Metadata asks for request's URL, which is the first one; engines and its own note on
        // redirects mean the one that is fetched.
        let metadata = is_potentially_trustworthy(url, &config.schemes).then_some(FetchMetadata {
            destination: request.destination,
            mode,
            site: self.walk.site,
            user_activation: request.user_activation,
        });
        HttpRequest {
            method: &request.method,
            body: request.body,
            keepalive_in_flight: request.keepalive.then_some(request.in_flight_keepalive_bytes),
            referrer: request.referrer.as_ref().and_then(StrippedReferrer::serialize),
            referrer_policy: request.referrer_policy,
            origin: &request.origin,
            serialized_origin: self.serialized_origin(),
            current_url_is_same_origin: request.origin.same_origin_with_url(url, &config.schemes),
            current_url_is_https: url.scheme() == "https",
            mode,
            response_tainting: request.response_tainting,
            metadata,
            initiator: request.initiator,
            client: request.client.as_deref(),
            user_agent: config.user_agent.as_deref(),
            cache_mode: request.cache_mode,
            prevent_no_cache_cache_control: request.prevent_no_cache_cache_control,
        }
    }

    /// [Serializing a request origin](https://fetch.spec.whatwg.org/#serializing-a-request-origin).
    fn serialized_origin(&self) -> &str {
        // 2. and 3.
        if self.walk.taint == RedirectTaint::SameOrigin { self.request.origin.serialize() } else { "null" }
    }

    pub(crate) fn request_head(&self) -> RequestHead<'_> {
        let request = &self.request;
        let preflight = self.preflight.as_deref();
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
    fn same_site_mode(&self) -> SameSiteMode {
        let request = &self.request;
        let schemes = &self.shared.config.schemes;
        // 2. A top-level navigation from another site.
        let is_from_another_site = |initiator: &Origin| {
            request.url_list.first().is_some_and(|url| {
                with_url_origin(url, schemes, |origin| !self.shared.same_site(initiator.as_url_origin(), origin))
            })
        };
        if request.top_level_navigation_initiator_origin.as_ref().is_some_and(is_from_another_site) {
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

    // ---- answers -------------------------------------------------------------------------------

    pub(crate) fn respond<H: ResponseHead>(&mut self, head: H, now: Timestamp) -> Option<Delivery<'_, H>> {
        let status = head.status();
        // HTTP-network fetch, 8.5. A 1xx is followed by the final response.
        let is_final = !matches!(status, 100..=199) || (status == 101 && self.request.mode == RequestMode::WebSocket);
        if !is_final && !matches!(self.state, State::Scheme) {
            return None;
        }
        if let Some(what) = malformed(&head) {
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
                let facts = Facts { request_includes_credentials: true, ..Facts::of(self) };
                self.finish_response(head, Filtered::No(None), facts, None)
            }
            // No exchange exists in another state.
            _ => None,
        }
    }

    /// CORS-preflight fetch, steps 7 and 8.
    fn respond_to_preflight(&mut self, head: &impl ResponseHead, now: Timestamp) {
        if head.status() == 407 {
            return self.fail(Stage::Preflight, Reason::ProxyAuthenticationRequired);
        }
        let profile = &self.shared.config.profile;
        // 7.1. to 7.10. and 8.
        let passed = match judge_preflight_response(&self.request, self.serialized_origin(), head, profile) {
            Ok(passed) => passed,
            Err(reason) => {
                note_cors_check_failure(&mut self.recorder, &self.request, &reason);
                return self.fail(Stage::Preflight, reason);
            }
        };
        note_preflight(&mut self.recorder, &self.request, &passed, head);
        let include_credentials = self.request.credentials_mode == CredentialsMode::Include;
        let store_wildcard = !include_credentials
            || profile.wildcard_of_credentialed_preflight == WildcardOfCredentialedPreflight::Stored;
        // 7.11. to 7.15. Refresh and create cache entries.
        let grant = crate::cache::Grant {
            include_credentials,
            max_age: passed.max_age,
            methods: &passed.methods,
            header_names: &passed.header_names,
            store_wildcard,
            key: self.cache_key(),
        };
        let stored = self.shared.cache().store(grant, now);
        drop(passed);
        if !stored {
            self.note(Note::AnswerNotStored);
        }
        // 7.16. Back in HTTP fetch, 4.1.2. and on.
        self.http_network_fetch();
    }

    /// HTTP-network-or-cache fetch, steps 15 on, and HTTP fetch, steps 4.4 to 7.
    fn respond_to_request<H: ResponseHead>(&mut self, head: H, now: Timestamp) -> Option<Delivery<'_, H>> {
        let status = head.status();
        // HTTP-network-or-cache fetch, 16.1. HOST: 15. (401), 16.2. to 16.5. and 17. (421).
        if status == 407 {
            self.fail(Stage::Response, Reason::ProxyAuthenticationRequired);
            return None;
        }
        let stage = if is_redirect_status(status) { Stage::Redirect } else { Stage::Response };
        // HTTP fetch, 4.4. The CORS check.
        let mut proof = None;
        if self.request.response_tainting == ResponseTainting::Cors {
            match cors_check(self.serialized_origin(), self.request.credentials_mode, &head) {
                Ok(passed) => proof = Some(CorsProof::Checked(passed)),
                Err(reason) => {
                    note_cors_check_failure(&mut self.recorder, &self.request, &reason);
                    self.fail(stage, reason);
                    return None;
                }
            }
            self.record_cors_check(&head);
        }
        // 4.5. The TAO check.
        if !self.tao_check(&head) {
            self.request.timing_allow_failed = true;
        }
        // 5. The cross-origin resource policy check.
        if self.request.response_tainting == ResponseTainting::Opaque
            && let Err(reason) = self.corp_check(&head, None)
        {
            self.fail(stage, reason);
            return None;
        }
        // 6. A redirect status.
        if is_redirect_status(status) {
            return self.respond_with_redirect(head, Filtered::No(proof), Facts::of(self), now);
        }
        // 7. Return response.
        self.finish_response(head, Filtered::No(proof), Facts::of(self), None)
    }

    /// HTTP fetch, step 6.
    fn respond_with_redirect<H: ResponseHead>(
        &mut self,
        head: H,
        filtered: Filtered,
        facts: Facts,
        now: Timestamp,
    ) -> Option<Delivery<'_, H>> {
        // 6.1. A navigation keeps the values of Timing-Allow-Origin.
        if self.request.destination.is_navigation() {
            self.append_navigation_timing_allow_values(&head);
        }
        // 6.2. HOST: RST_STREAM.
        // 6.3. Switch on redirect mode.
        match self.request.redirect_mode {
            RedirectMode::Error => {
                self.fail(Stage::Redirect, Reason::RedirectModeError { status: head.status() });
                None
            }
            RedirectMode::Manual if self.request.mode == RequestMode::Navigate => {
                // manual 1. The response goes to the navigation, which may follow it.
                let redirect = Box::new(Redirect::new(&head, self.request.current_url()));
                let next = (redirect.location != LocationUrl::Null).then_some(redirect);
                self.finish_response(head, filtered, facts, next)
            }
            RedirectMode::Manual => {
                // manual 2. An opaque-redirect filtered response.
                self.finish_response(head, Filtered::Yes(Filter::OpaqueRedirect), facts, None)
            }
            RedirectMode::Follow => {
                // follow 2. HTTP-redirect fetch; 4. a null location URL returns the response.
                let redirect = Redirect::new(&head, self.request.current_url());
                if redirect.location == LocationUrl::Null {
                    return self.finish_response(head, filtered, facts, None);
                }
                self.http_redirect_fetch(redirect, now);
                None
            }
        }
    }

    /// Main fetch, step 14: filters what is not filtered, and goes on.
    fn finish_response<H: ResponseHead>(
        &mut self,
        head: H,
        filtered: Filtered,
        facts: Facts,
        next: Option<Box<Redirect>>,
    ) -> Option<Delivery<'_, H>> {
        let request = &self.request;
        let filter = match filtered {
            Filtered::Yes(filter) => filter,
            Filtered::No(proof) => {
                if request.response_tainting == ResponseTainting::Cors {
                    note_exposed_headers(&mut self.recorder, request, &head);
                }
                filter_for(request.response_tainting, proof, &head, request.credentials_mode)
            }
        };
        self.main_fetch_tail(head, filter, facts, next)
    }

    /// [TAO check](https://fetch.spec.whatwg.org/#concept-tao-check) for the request and this head.
    fn tao_check(&mut self, head: &impl ResponseHead) -> bool {
        let request = &self.request;
        let passed = tao_check(
            TaoInput {
                timing_allow_failed: request.timing_allow_failed,
                serialized_origin: self.serialized_origin(),
                mode: request.mode,
                current_url_is_same_origin: request
                    .origin
                    .same_origin_with_url(request.current_url(), &self.shared.config.schemes),
                response_tainting: request.response_tainting,
            },
            head,
        );
        self.recorder.record(request.redirect_count, "concept-tao-check", "", || Decision::TaoCheck { passed });
        passed
    }

    /// The check for the request and this head, whose URL is the current one or that of a service
    /// worker's response.
    fn corp_check(&mut self, head: &impl ResponseHead, of_service_worker: Option<(&Url, bool)>) -> Result<(), Reason> {
        let request = &self.request;
        let (url, request_includes_credentials) =
            of_service_worker.unwrap_or((request.current_url(), self.include_credentials));
        let client = request.client.as_deref();
        let verdict = cross_origin_resource_policy_check(
            CorpInput {
                origin: &request.origin,
                embedder_policy: client.map_or(EmbedderPolicy::UnsafeNone, |client| client.embedder_policy),
                embedder_policy_report_only: client
                    .map_or(EmbedderPolicy::UnsafeNone, |client| client.embedder_policy_report_only),
                url,
                request_includes_credentials,
                for_navigation: false,
                schemes: &self.shared.config.schemes,
                public_suffix: self.shared.config.public_suffix.as_deref(),
            },
            head,
        )?;
        self.recorder.record(request.redirect_count, "concept-http-fetch", "5", || match verdict {
            CorpVerdict::Allowed => Decision::CorpCheckPassed,
            CorpVerdict::AllowedButReported => Decision::Note(Note::ResourcePolicyReportOnly),
        });
        Ok(())
    }

    /// [Append to a request's navigation timing allow values list](https://fetch.spec.whatwg.org/#append-to-a-requests-navigation-timing-allow-values-list).
    fn append_navigation_timing_allow_values(&mut self, head: &impl ResponseHead) {
        // 2. and 3. taoValues, null as the empty list.
        let values = get_decode_and_split_header(head, "timing-allow-origin", |values| {
            values.into_iter().flatten().map(Into::into).collect()
        });
        // 4. Append them.
        self.request.navigation_timing_allow_values.push(values);
    }

    /// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch).
    fn http_redirect_fetch(&mut self, redirect: Redirect, now: Timestamp) {
        self.remove_hop_lines();
        let Redirect { status, ref location, referrer_policy, .. } = redirect;
        // 3. and 4. locationURL; null was answered before.
        // 5. Failure.
        let LocationUrl::Url(location) = location else {
            return self.fail(Stage::Redirect, redirect.failure());
        };
        // 6. Only HTTP(S).
        if !is_http_scheme(location.scheme()) {
            let scheme = location.scheme().to_owned();
            return self.fail(Stage::Redirect, Reason::RedirectSchemeNotHttp { scheme });
        }
        // 7. and 8. Twenty of them.
        if self.request.redirect_count >= MAX_REDIRECTS {
            let followed = self.request.redirect_count;
            return self.fail(Stage::Redirect, Reason::RedirectLimit { followed });
        }
        let redirects = self.request.redirect_count.saturating_add(1);
        let schemes = &self.shared.config.schemes;
        let request = &mut self.request;
        let location_has_credentials = includes_credentials(location);
        // 9. Mode cors, and userinfo for another origin.
        let refused = (request.mode == RequestMode::Cors
            && location_has_credentials
            && !request.origin.same_origin_with_url(location, schemes))
            // 10. Userinfo after another origin.
            || (request.response_tainting == ResponseTainting::Cors && location_has_credentials);
        if refused {
            let location = without_userinfo(location);
            return self.fail(Stage::Redirect, Reason::RedirectHasCredentials { location });
        }
        // 11. A body that cannot be sent again.
        if status != 303 && request.body == Body::Stream {
            return self.fail(Stage::Redirect, Reason::RedirectBodyNotReplayable { status });
        }
        self.recorder.record(request.redirect_count, "concept-http-redirect-fetch", "3", || Decision::Redirect {
            status,
            location: without_userinfo(location),
        });
        // 12. The method becomes GET.
        if changes_method(status, request) {
            self.recorder.record(request.redirect_count, "concept-http-redirect-fetch", "12", || {
                Decision::MethodChanged { from: request.method.to_string(), to: "GET" }
            });
            // 12.1. Method and body.
            request.method = std::borrow::Cow::Borrowed("GET");
            request.body = Body::Null;
            // 12.2. Headers that describe the body.
            for name in REQUEST_BODY_HEADER_NAMES {
                request.header_list.delete(name);
            }
        }
        // 13. Another origin than the current URL's: Authorization goes.
        let is_same_origin = with_url_origin(request.current_url(), schemes, |current| {
            with_url_origin(location, schemes, |next| current.same_origin(next))
        });
        if !is_same_origin && request.header_list.contains("Authorization") {
            request.header_list.delete("Authorization");
            self.recorder
                .record(request.redirect_count, "concept-http-redirect-fetch", "13", || Decision::AuthorizationRemoved);
        }
        self.own_lines = request.header_list.mark();
        // 14. HOST: the body is made again from its source. 15. to 17. HOST: timing.
        request.redirect_count = redirects;
        // 18. The URL list grows.
        Arc::make_mut(&mut request.url_list).push(location.clone());
        self.walk_before = self.walk;
        // 19. Set request's referrer policy on redirect.
        if referrer_policy != ReferrerPolicy::Empty {
            request.referrer_policy = referrer_policy;
        }
        // 20. to 22. Main fetch.
        self.main_fetch(now);
    }

    /// Walks one URL further for [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin)
    /// and `Sec-Fetch-Site`.
    fn walk_url_list(&mut self) {
        let shared = &*self.shared;
        let schemes = &shared.config.schemes;
        let origin = self.request.origin.as_url_origin();
        let (url, last_url) = match &**self.request.url_list {
            [.., last_url, url] => (url, Some(last_url)),
            [url] => (url, None),
            [] => return,
        };
        let before = self.walk_before;
        self.walk = with_url_origin(url, schemes, |url| {
            let site = before.site.walk(origin.same_origin(url), || shared.same_site(origin, url));
            // taint 4.1. The first URL taints nothing.
            let taint = last_url.map_or(before.taint, |last_url| {
                with_url_origin(last_url, schemes, |last| redirect_taint(before.taint, shared, origin, last, url))
            });
            Walk { taint, site }
        });
        let is_same_origin = self.request.origin.same_origin_with_url(url, schemes);
        if shared.config.public_suffix.is_none() && !is_same_origin {
            self.recorder.record(self.request.redirect_count, "concept-request-tainted-origin", "4", || {
                Decision::Note(Note::NoPublicSuffixList)
            });
        }
        let (taint, tainted_before) = (self.walk.taint, before.taint);
        if taint != tainted_before {
            let redirects = self.request.redirect_count;
            self.recorder
                .record(redirects, "concept-request-tainted-origin", "4", || Decision::RedirectTainted(taint.as_str()));
        }
    }

    /// Cuts the list back to the request's own lines.
    fn remove_hop_lines(&mut self) {
        match self.own_list.take() {
            Some(list) => self.request.header_list = *list,
            None => self.request.header_list.truncate(self.own_lines),
        }
    }

    // ---- service workers -----------------------------------------------------------------------

    /// HTTP fetch, steps 3.5 and 5 on, for a service worker's response.
    pub(crate) fn respond_from_service_worker<H: ResponseHead>(
        &mut self,
        response: ServiceWorkerResponse<H>,
        now: Timestamp,
    ) -> Option<Delivery<'_, H>> {
        let ServiceWorkerResponse { response_type, url_list, head, .. } = &response;
        let request = &self.request;
        self.recorder.record(request.redirect_count, "concept-http-fetch", "3.5", || Decision::ServiceWorkerAnswered {
            response_type: response_type.as_str(),
        });
        if let Some(what) = malformed(head) {
            self.fail(Stage::Response, Reason::ResponseMalformed { what });
            return None;
        }
        // 3.5.7. What this request may not get.
        let refused = match response_type {
            ResponseType::Error => true,
            ResponseType::Cors => request.mode == RequestMode::SameOrigin,
            ResponseType::Opaque => request.mode != RequestMode::NoCors,
            ResponseType::OpaqueRedirect => request.redirect_mode != RedirectMode::Manual,
            ResponseType::Basic | ResponseType::Default => false,
        } || (request.redirect_mode != RedirectMode::Follow && url_list.len() > 1);
        if refused {
            let reason = Reason::ServiceWorkerResponse {
                response_type: response_type.as_str(),
                mode: request.mode.as_str(),
                redirect_mode: request.redirect_mode.as_str(),
                urls: url_list.len(),
            };
            self.fail(Stage::Response, reason);
            return None;
        }
        // 5. The cross-origin resource policy check.
        let is_opaque = request.response_tainting == ResponseTainting::Opaque || *response_type == ResponseType::Opaque;
        if is_opaque {
            let url = url_list.last().unwrap_or_else(|| request.current_url()).clone();
            if let Err(reason) = self.corp_check(head, Some((&url, response.request_includes_credentials))) {
                self.fail(Stage::Response, reason);
                return None;
            }
        }
        let facts = Facts {
            url_list: (!response.url_list.is_empty()).then(|| Arc::new(response.url_list)),
            range_requested: response.range_requested,
            request_includes_credentials: response.request_includes_credentials,
        };
        let filtered = match response.response_type {
            ResponseType::Basic => Filtered::Yes(Filter::Basic),
            ResponseType::Cors => Filtered::Yes(Filter::Cors(CorsExposed::sorted(
                response.cors_exposed_header_names.iter().map(Vec::as_slice),
            ))),
            ResponseType::Opaque | ResponseType::Error => Filtered::Yes(Filter::Opaque),
            ResponseType::OpaqueRedirect => Filtered::Yes(Filter::OpaqueRedirect),
            ResponseType::Default => Filtered::No(Some(CorsProof::ServiceWorker)),
        };
        let head = response.head;
        // 6. A redirect status of the internal response.
        if is_redirect_status(head.status()) {
            return self.respond_with_redirect(head, filtered, facts, now);
        }
        // 7. Return response.
        self.finish_response(head, filtered, facts, None)
    }

    // ---- the end -------------------------------------------------------------------------------

    /// Main fetch, steps 15 to 22, for a response that is filtered.
    fn main_fetch_tail<H: ResponseHead>(
        &mut self,
        head: H,
        filter: Filter,
        facts: Facts,
        manual_redirect: Option<Box<Redirect>>,
    ) -> Option<Delivery<'_, H>> {
        let request = &self.request;
        let destination = request.destination;
        let essence = || extract_mime_type(&head).unwrap_or_default();
        // 20. MIME type and nosniff. HOST: mixed content and Content Security Policy, on the delivery.
        if should_be_blocked_due_to_mime_type(&head, destination) {
            let reason = Reason::MimeType { essence: essence(), destination: destination.as_str() };
            self.fail_after_the_switch(reason);
            return None;
        }
        if should_be_blocked_due_to_nosniff(&head, destination) {
            let reason = Reason::Nosniff { essence: essence(), destination: destination.as_str() };
            self.fail_after_the_switch(reason);
            return None;
        }
        // 21. A partial opaque response that was not asked for.
        let status = head.status();
        if matches!(filter, Filter::Opaque)
            && is_range_status(status)
            && facts.range_requested
            && !request.header_list.contains("Range")
        {
            self.fail_after_the_switch(Reason::OpaqueRange { status });
            return None;
        }
        // 22. A null body. Opaque responses hide theirs.
        let body = if matches!(&*request.method, "HEAD" | "CONNECT") || is_null_body_status(status) {
            ResponseBody::Null
        } else if matches!(filter, Filter::Opaque | Filter::OpaqueRedirect) {
            ResponseBody::Ignore
        } else {
            ResponseBody::Read
        };
        let response = Response {
            head,
            filter,
            // 15. and 16. The URL list of internalResponse.
            url_list: facts.url_list.unwrap_or_else(|| Arc::clone(&request.url_list)),
            body,
            // 17. Redirect taint.
            redirect_taint: self.walk.taint,
            // 18. Values for navigations.
            navigation_timing_allow_values: request.navigation_timing_allow_values.clone(),
            // 19. The timing allow passed flag.
            timing_allow_passed: !request.timing_allow_failed,
            range_requested: facts.range_requested,
            request_includes_credentials: facts.request_includes_credentials,
        };
        // 23. HOST: integrity. 24. Handover.
        Some(Delivery { fetch: self, response, manual_redirect })
    }

    pub(crate) fn deliver<H: ResponseHead>(&mut self, response: &Response<H>, redirect: Option<Box<Redirect>>) {
        self.recorder.record(self.request.redirect_count, "fetch-finale", "5", || Decision::Delivered {
            response_type: response.response_type().as_str(),
        });
        self.state = State::Delivered { next_manual_redirect: redirect };
    }

    pub(crate) fn block_delivery(&mut self, why: std::borrow::Cow<'static, str>) {
        // Main fetch, 20. Blocked.
        self.fail_after_the_switch(Reason::GateBlocked { why });
    }

    pub(crate) fn fail_exchange(&mut self, failure: HostFailure) {
        let reason = match self.state {
            State::Preflight => Reason::PreflightNetworkFailure { failure },
            _ => Reason::NetworkFailure { failure },
        };
        self.fail(self.stage(), reason);
    }

    const fn stage(&self) -> Stage {
        match self.state {
            State::Preflight => Stage::Preflight,
            State::Request | State::Scheme => Stage::Response,
            _ => Stage::BeforeRequest,
        }
    }

    /// Ends the fetch in a network error.
    fn fail(&mut self, stage: Stage, reason: Reason) {
        // Main fetch, 12, preflight 3. The network error of a fetch with a preflight, at this hop or an
        // outer one, clears entries for the request as it is now.
        if self.makes_cors_preflight {
            self.shared.cache().clear_entries(&self.cache_key());
            self.recorder.record(self.request.redirect_count, "concept-cache-clear", "", || Decision::CacheCleared);
        }
        self.end(stage, reason);
    }

    /// Ends the fetch in a network error of main fetch's own last steps, which clear nothing.
    fn fail_after_the_switch(&mut self, reason: Reason) {
        self.end(Stage::Response, reason);
    }

    fn end(&mut self, stage: Stage, reason: Reason) {
        let Request { redirect_count, mode, .. } = self.request;
        self.recorder.record(redirect_count, reason.anchor(), reason.step(), || Decision::NetworkError {
            code: reason.code(),
            message: reason.to_string(),
        });
        let url = self.request.current_url().clone();
        self.preflight = None;
        self.state = State::NetworkError(NetworkError::new(stage, redirect_count, reason, url, mode));
    }

    fn record_cors_check(&mut self, head: &impl ResponseHead) {
        let wanted =
            if self.walk.taint == RedirectTaint::SameOrigin { self.request.origin.serialize() } else { "null" };
        self.recorder.record(self.request.redirect_count, "concept-cors-check", "", || Decision::CorsCheckPassed {
            wanted: wanted.to_owned(),
            received: crate::reason::Excerpt::new(&get(head, "access-control-allow-origin").unwrap_or_default()),
        });
    }

    fn note(&mut self, note: Note) {
        self.recorder.record(self.request.redirect_count, "cors-preflight-fetch-0", "7.11", || Decision::Note(note));
    }
}

/// Whether a response is filtered already, or what its filter needs.
enum Filtered {
    Yes(Filter),
    No(Option<CorsProof>),
}

/// Fields of a response that depend on where it came from.
struct Facts {
    /// `None` is the request's.
    url_list: Option<Arc<Vec<Url>>>,
    range_requested: bool,
    request_includes_credentials: bool,
}

impl Facts {
    /// HTTP-network-or-cache fetch, steps 12 to 14.
    fn of(fetch: &Fetch) -> Self {
        Self {
            url_list: None,
            range_requested: fetch.request.header_list.contains("Range"),
            request_includes_credentials: fetch.include_credentials,
        }
    }
}

/// [Redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin), step 4, for one URL
/// and the one before it.
fn redirect_taint(
    taint: RedirectTaint,
    shared: &Shared,
    origin: UrlOrigin<'_>,
    last_url: UrlOrigin<'_>,
    url: UrlOrigin<'_>,
) -> RedirectTaint {
    // 4.2. Once cross-site, always so.
    if taint == RedirectTaint::CrossSite || (!shared.same_site(url, last_url) && !shared.same_site(origin, last_url)) {
        return RedirectTaint::CrossSite;
    }
    // 4.3. From another origin to a third.
    if !url.same_origin(last_url) && !origin.same_origin(last_url) {
        return RedirectTaint::SameSite;
    }
    taint
}

/// Main fetch, step 10, second and third condition: a domain that is not `localhost`.
fn is_upgradable_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => {
            let domain = domain.strip_suffix('.').unwrap_or(domain);
            domain != "localhost" && !domain.ends_with(".localhost")
        }
        _ => false,
    }
}

/// What makes a head none of HTTP's.
fn malformed(head: &impl ResponseHead) -> Option<String> {
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
fn has_metadata_line(list: &HeaderList) -> bool {
    list.iter().any(|(name, _)| crate::infra::starts_with_ignore_ascii_case(name, b"sec-"))
}

fn without_userinfo(url: &Url) -> String {
    let mut url = url.clone();
    // A URL that has userinfo can have it set.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.into()
}

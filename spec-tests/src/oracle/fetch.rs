//! [Fetching](https://fetch.spec.whatwg.org/#fetching): fetch, main fetch, scheme fetch.

use super::Oracle;
use super::header_list::{Extracted, HeaderList};
use super::host::{Answer, GateAnswer, Host, Kind, Wire};
use super::infra::decode;
use super::mime::{is_blocked_due_to_mime_type, is_blocked_due_to_nosniff};
use super::origin::{Origin, is_http_scheme, is_local, upgrade};
use super::referrer::determine_referrer;
use super::request::{Referrer, Request, Word};
use super::request_headers::{cors_unsafe_request_header_names, is_cors_safelisted_method};
use super::response::{NetworkError, Response, is_null_body_status, is_range_status};
use super::rules::Fault;

/// A response, or a network error.
pub type Outcome = Result<Response, NetworkError>;

/// [Fetch params](https://fetch.spec.whatwg.org/#fetch-params), as far as they show.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct FetchParams {
    /// The request.
    pub request: Request,
    /// What the controller's next manual redirect steps would go on from.
    pub next_manual_redirect: Option<Response>,
}

/// The document `Accept` header value.
const DOCUMENT_ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A network error.
pub(super) const fn network_error(stage: Word, hop: u8, reason: Word) -> NetworkError {
    NetworkError { stage, redirects: hop, reason }
}

impl Oracle {
    /// [Fetch](https://fetch.spec.whatwg.org/#concept-fetch).
    pub fn fetch(&mut self, request: Request, host: &mut dyn Host) -> (FetchParams, Outcome) {
        // 1. to 3. concern callers and tasks.
        let mut params = FetchParams { request, next_manual_redirect: None };
        // 4.
        populate_from_client(&mut params.request);
        // 5. to 11. Tasks, timing, bodies, preloads.
        let request = &mut params.request;
        // 12. Accept:
        if !request.header_list.contains("Accept") {
            // 12.1. to 12.3.
            let value = match (request.initiator, request.destination) {
                ("prefetch", _) | (_, "document" | "frame" | "iframe") => DOCUMENT_ACCEPT,
                (_, "image") => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
                (_, "json") => "application/json,*/*;q=0.5",
                (_, "style") => "text/css,*/*;q=0.1",
                (_, "text") => "text/plain,*/*;q=0.5",
                _ => "*/*",
            };
            // 12.4.
            request.header_list.append("Accept", value);
        }
        // 13. The emulated language.
        if !request.header_list.contains("Accept-Language") {
            let language = request.client.as_ref().and_then(|client| client.emulated_language.clone());
            if let Some(language) = language {
                request.header_list.append("Accept-Language", language);
            }
        }
        // 14. Or an appropriate one.
        if !request.header_list.contains("Accept-Language")
            && let Some(language) = &self.rules.accept_language
        {
            request.header_list.append("Accept-Language", language);
        }
        // 15. and 16. Priority, fetch groups. 17. and 18.
        let outcome = self.main_fetch(&mut params, false, host);
        (params, outcome)
    }

    /// [Process the next manual redirect](https://fetch.spec.whatwg.org/#fetch-controller-process-the-next-manual-redirect).
    /// None if there is none to process.
    pub fn process_next_manual_redirect(&mut self, params: &mut FetchParams, host: &mut dyn Host) -> Option<Outcome> {
        let response = params.next_manual_redirect.take()?;
        // HTML looks at the location first, and ends there without one.
        let fragment = params.request.current_url().fragment().map(str::to_owned);
        if response.location_url(fragment.as_deref()) == Ok(None) {
            return None;
        }
        Some(self.http_redirect_fetch(params, response, host))
    }

    /// [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch).
    pub(super) fn main_fetch(&mut self, params: &mut FetchParams, recursive: bool, host: &mut dyn Host) -> Outcome {
        // 1. and 2.
        let mut response: Option<Outcome> = None;
        let request = &mut params.request;
        let hop = request.redirect_count;
        let before = |reason| Some(Err(network_error("before-request", hop, reason)));
        // 3. Local URLs only.
        if request.local_urls_only && !is_local(request.current_url()) {
            response = before("local-urls-only");
        }
        // 4. to 6. The host's, who is not asked about what has already failed.
        let gate = if self.rules.gates && response.is_none() {
            host.gate(request.current_url(), &mut self.cache)
        } else {
            GateAnswer::Proceed
        };
        if gate == GateAnswer::UpgradeBeforeReferrer {
            upgrade(current_url_mut(request));
        }
        // 7. Bad ports, and the host's again, whose reason it is if there are two.
        if gate == GateAnswer::Block {
            response = before("gate-blocked");
        } else if response.is_none() && is_blocked_due_to_bad_port(request.current_url()) {
            response = before("bad-port");
        }
        // 8.
        if request.referrer_policy.is_empty() {
            request.referrer_policy = container_referrer_policy(request);
        }
        // 9.
        if request.referrer != Referrer::NoReferrer {
            let original = request.referrer.clone();
            let referrer = determine_referrer(request, &self.rules).map_or(Referrer::NoReferrer, Referrer::Url);
            request.referrer = referrer;
            if self.rules.has(Fault::ReferrerForgetsFirstHop) && original != Referrer::Client {
                request.referrer = original;
            }
        }
        // 10. HSTS and the like, for domains that are not localhost's.
        if gate == GateAnswer::UpgradeAfterReferrer
            && let Some(url::Host::Domain(domain)) = request.current_url().host()
        {
            let domain = domain.strip_suffix('.').unwrap_or(domain);
            if domain != "localhost" && !domain.ends_with(".localhost") {
                upgrade(current_url_mut(request));
            }
        }
        // 11. In parallel. 12.
        let mut response = match response {
            Some(response) => response,
            None => self.dispatch(params, host),
        };
        // 13.
        if recursive {
            return response;
        }
        let request = &params.request;
        // 14. Filtered:
        if let Ok(response) = &mut response
            && response.filter.is_none()
        {
            // 14.1. What a CORS response exposes.
            if request.response_tainting == "cors" {
                self.expose_headers(request, response);
            }
            // 14.2.
            response.filter = Some(request.response_tainting);
        }
        // 15. From here on, a network error stays one.
        let mut response = response?;
        // 16.
        if response.url_list.is_empty() {
            response.url_list.clone_from(&request.url_list);
        }
        // 17.
        response.redirect_taint = request.redirect_taint(&self.rules);
        // 18.
        if request.is_navigation_request() {
            response.navigation_timing_allow_values.clone_from(&request.navigation_timing_allow_values);
        }
        // 19.
        if !request.timing_allow_failed {
            response.timing_allow_passed = true;
        }
        let hop = request.redirect_count;
        // 20. Of the checks, two are not the host's.
        if is_blocked_due_to_mime_type(&response.header_list, request) {
            return Err(network_error("response", hop, "mime-type"));
        }
        if is_blocked_due_to_nosniff(&response.header_list, request, &self.rules) {
            return Err(network_error("response", hop, "nosniff"));
        }
        // 21. A range that this request did not ask for.
        if response.filter == Some("opaque")
            && is_range_status(response.status)
            && response.range_requested
            && !request.header_list.contains("Range")
        {
            return Err(network_error("response", hop, "opaque-range"));
        }
        // 22.
        if request.method == b"HEAD" || request.method == b"CONNECT" || is_null_body_status(response.status) {
            response.has_null_body = true;
        }
        // 23. Integrity is the host's. 24.
        Ok(response)
    }

    /// Main fetch, step 14.1.
    fn expose_headers(&self, request: &Request, response: &mut Response) {
        // 14.1.1.
        let header_names = response.header_list.extract_tokens("Access-Control-Expose-Headers");
        let is_include = request.credentials_mode == "include";
        // 14.1.2. The wildcard, without credentials.
        if (!is_include || self.rules.has(Fault::ExposeWildcardUnderCredentials)) && header_names.contain(b"*") {
            response.cors_exposed_header_names = response.header_list.unique_names();
        } else if let Extracted::Values(values) = header_names {
            // 14.1.3. The text's "non-null or failure" is a slip: neither counts.
            response.cors_exposed_header_names = values;
        }
    }

    /// Main fetch, step 12.
    fn dispatch(&mut self, params: &mut FetchParams, host: &mut dyn Host) -> Outcome {
        let request = &mut params.request;
        let hop = request.redirect_count;
        let before = |reason| Err(network_error("before-request", hop, reason));
        let is_same_origin = Origin::of(request.current_url(), &self.rules).same_origin(request.origin());
        // Preloaded responses are the host's. An access list, which the text does not know, grants to
        // untainted requests what same-origin ones have; so only untainted ones stay same-origin.
        let is_untainted = request.redirect_taint(&self.rules) == "same-origin";
        let is_grantable = is_untainted || self.rules.has(Fault::AccessListGrantsTheTainted);
        let is_granted = is_grantable && self.rules.grants(request.origin(), request.current_url());
        let is_same_origin_so_far = is_same_origin && is_untainted && request.response_tainting == "basic";
        request.was_granted |= is_granted && !is_same_origin_so_far;
        // Same-origin so far, data:, or a mode that does not look:
        if is_same_origin_so_far
            || is_granted
            || request.current_url().scheme() == "data"
            || ["navigate", "websocket", "webtransport"].contains(&request.mode)
        {
            // 1. and 2.
            request.response_tainting = "basic";
            return self.scheme_fetch(params, host);
        }
        // Mode same-origin.
        if request.mode == "same-origin" {
            return before("same-origin-mode-blocked");
        }
        // Mode no-cors:
        if request.mode == "no-cors" {
            // 1.
            if request.redirect_mode != "follow" {
                return before("no-cors-needs-follow");
            }
            // 2. and 3.
            request.response_tainting = "opaque";
            return self.scheme_fetch(params, host);
        }
        // Not HTTP(S), nor a scheme that the host enabled.
        let is_enabled = self.rules.scheme(request.current_url().scheme()).is_some_and(|it| it.is_cors_enabled)
            && !self.rules.has(Fault::NoSchemeIsCorsEnabled);
        if !is_http_scheme(request.current_url()) && !is_enabled {
            return before("scheme-not-http");
        }
        // To be preflighted:
        if request.use_cors_preflight
            || (request.unsafe_request
                && (!is_cors_safelisted_method(&request.method)
                    || !cors_unsafe_request_header_names(&request.header_list, &self.rules).is_empty()))
        {
            // 1.
            request.response_tainting = "cors";
            // 2.
            let response = self.http_fetch(params, true, host);
            // 3. Even if what failed is a later hop: by the request as it then is.
            if response.is_err() {
                self.cache.clear(&params.request, &self.rules);
            }
            // 4.
            return response;
        }
        // Otherwise 1.
        request.response_tainting = "cors";
        // Otherwise 2.
        self.http_fetch(params, false, host)
    }

    /// [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch). What is not HTTP(S) is the
    /// host's.
    fn scheme_fetch(&mut self, params: &mut FetchParams, host: &mut dyn Host) -> Outcome {
        let request = params.request.clone();
        if is_http_scheme(request.current_url()) {
            return self.http_fetch(params, false, host);
        }
        let wire = Wire {
            kind: Kind::Scheme,
            method: decode(&request.method),
            url: request.current_url().to_string(),
            lines: request.header_list.clone(),
            include_credentials: false,
            mode: request.mode,
            cache_mode: request.cache_mode,
            body: request.body,
            same_site_mode: None,
            may_prompt: false,
            redirect_count: request.redirect_count,
        };
        let (hop, mode) = (request.redirect_count, request.mode);
        let (status, lines) =
            self.final_head(&wire, mode, host).map_err(|reason| network_error("response", hop, reason))?;
        let mut response = Response::new(status, lines);
        // blob 14.1. Nothing else has ranges.
        response.range_requested = request.current_url().scheme() == "blob" && request.header_list.contains("Range");
        Ok(response)
    }

    /// The final head of an exchange: interim ones are passed over.
    pub(super) fn final_head(
        &mut self,
        wire: &Wire,
        mode: Word,
        host: &mut dyn Host,
    ) -> Result<(u16, HeaderList), Word> {
        loop {
            let answer = host.exchange(wire.clone(), &mut self.cache);
            let (status, lines) = match answer {
                Answer::Head(status, lines) => (status, lines),
                Answer::Failure if wire.kind == Kind::Preflight => return Err("preflight-network-failure"),
                Answer::Failure if wire.kind == Kind::Scheme => return Err("scheme-fetch-failure"),
                Answer::Failure => return Err("network-failure"),
                Answer::Abort => return Err("aborted"),
            };
            // HTTP-network fetch, in the loop, 5. Nobody looks at an interim head.
            if (100..=199).contains(&status) && !(mode == "websocket" && status == 101) {
                continue;
            }
            // What is no HTTP response.
            let is_no_value = |value: &[u8]| value.iter().any(|byte| [0x00, 0x0a, 0x0d].contains(byte));
            let is_malformed = lines.iter().any(|(name, value)| !super::infra::is_token(name) || is_no_value(value));
            if !(100..=999).contains(&status) || is_malformed {
                return Err("response-malformed");
            }
            let lines = lines.into_iter().map(|(name, value)| (name, super::infra::strip(&value))).collect();
            return Ok((status, HeaderList(lines)));
        }
    }
}

/// [Populate request from client](https://fetch.spec.whatwg.org/#populate-request-from-client).
fn populate_from_client(request: &mut Request) {
    // 1. Where prompts appear:
    if request.traversable == "client" {
        // 1.1. and 1.2.
        let has_one = request.client.as_ref().is_some_and(|client| client.is_window && client.has_navigable);
        request.traversable = if has_one { "traversable" } else { "no-traversable" };
    }
    // 2.
    if request.origin.is_none() {
        request.origin = request.client.as_ref().map(|client| client.origin.clone());
    }
    // 3. The policy container is read where it is needed.
}

/// The referrer policy of the request's policy container, which is the client's, or a new one, unless
/// it has one of its own.
fn container_referrer_policy(request: &Request) -> Word {
    let client = request.client.as_ref().map(|client| client.referrer_policy);
    match request.policy_container_referrer_policy.or(client) {
        None | Some("") => "strict-origin-when-cross-origin",
        Some(policy) => policy,
    }
}

fn current_url_mut(request: &mut Request) -> &mut url::Url {
    request.url_list.last_mut().expect("a URL list starts with one URL and only grows")
}

/// [Bad port](https://fetch.spec.whatwg.org/#bad-port).
pub(super) fn is_bad_port(port: u16) -> bool {
    const BAD_PORTS: [u16; 83] = [
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
        109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
        530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
        4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    ];
    BAD_PORTS.contains(&port)
}

/// [Should be blocked due to a bad port](https://fetch.spec.whatwg.org/#block-bad-port).
fn is_blocked_due_to_bad_port(url: &url::Url) -> bool {
    // 1. to 3.
    is_http_scheme(url) && url.port().is_some_and(is_bad_port)
}

//! [HTTP fetch](https://fetch.spec.whatwg.org/#http-fetch) and
//! [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch).

use super::Oracle;
use super::cache::Subject;
use super::checks::{append_navigation_timing_allow_values, cors_check, is_blocked_by_resource_policy, tao_check};
use super::fetch::{FetchParams, Outcome, network_error};
use super::header_list::HeaderList;
use super::host::{Host, WorkerResponse};
use super::infra::strip;
use super::origin::{Origin, includes_credentials, is_http_scheme};
use super::referrer::set_referrer_policy_on_redirect;
use super::request::{Body, Request, Word};
use super::request_headers::{REQUEST_BODY_HEADER_NAMES, cors_unsafe_request_header_names, is_cors_safelisted_method};
use super::response::{Response, is_redirect_status};
use super::rules::Fault;

impl Oracle {
    /// [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch).
    pub(super) fn http_fetch(
        &mut self,
        params: &mut FetchParams,
        make_cors_preflight: bool,
        host: &mut dyn Host,
    ) -> Outcome {
        // 1. and 2.
        let mut response: Option<Response> = None;
        let request = &mut params.request;
        let hop = request.redirect_count;
        // 3. A service worker:
        if self.rules.service_workers && request.service_workers_mode == "all" {
            // 3.1. to 3.4.
            let answer = host.service_worker(request.current_url(), &mut self.cache);
            // 3.5. A response:
            if let Some(answer) = answer {
                // 3.5.1. to 3.5.6. 3.5.7. Not every type suits every request.
                if !suits(&answer, request) {
                    return Err(network_error("response", hop, "service-worker-response"));
                }
                response = Some(worker_response(answer));
            }
            // 3.6. Timing.
        }
        // 4. The network:
        let mut response = if let Some(response) = response {
            response
        } else {
            // 4.1. A preflight, unless the cache has the method and every header name.
            if make_cors_preflight && self.needs_preflight(request, host) {
                // 4.1.1. and 4.1.2.
                self.cors_preflight_fetch(request, host)?;
            }
            // 4.2. Network redirects are none of a service worker's business.
            if request.redirect_mode == "follow" {
                request.service_workers_mode = "none";
            }
            // 4.3.
            let response = self.http_network_or_cache_fetch(request, host)?;
            // 4.4.
            if request.response_tainting == "cors"
                && let Err(reason) = cors_check(request, &response, &self.rules)
            {
                return Err(network_error(stage_of(&response), hop, reason));
            }
            // 4.5.
            if !tao_check(request, &response, &self.rules) && !self.rules.has(Fault::TimingAllowIsForgotten) {
                request.timing_allow_failed = true;
            }
            response
        };
        // 5. Resource policy, of opaque responses.
        if (request.response_tainting == "opaque" || response.filter == Some("opaque"))
            && is_blocked_by_resource_policy(request, &response, false, &self.rules)
        {
            return Err(network_error(stage_of(&response), hop, "resource-policy-blocked"));
        }
        // 6. A redirect:
        if is_redirect_status(response.status) {
            // 6.1.
            if request.is_navigation_request() {
                append_navigation_timing_allow_values(request, &response);
            }
            // 6.2. The host's. 6.3. By redirect mode:
            match request.redirect_mode {
                "error" => return Err(network_error("redirect", hop, "redirect-mode-error")),
                // manual 1.
                "manual" if request.mode == "navigate" => params.next_manual_redirect = Some(response.clone()),
                // manual 2.
                "manual" => response.filter = Some("opaqueredirect"),
                // follow 1. and 2.
                _ => return self.http_redirect_fetch(params, response, host),
            }
        }
        // 7.
        Ok(response)
    }

    /// HTTP fetch, step 4.1.
    fn needs_preflight(&mut self, request: &Request, host: &dyn Host) -> bool {
        self.cache.tell(host.now(), &self.rules);
        let method = Subject::Method(request.method.clone());
        let has_method = !self.cache.matches(&method, request, &self.rules).is_empty();
        if !has_method && (!is_cors_safelisted_method(&request.method) || request.use_cors_preflight) {
            return true;
        }
        let names = cors_unsafe_request_header_names(&request.header_list, &self.rules);
        names.into_iter().any(|name| self.cache.matches(&Subject::HeaderName(name), request, &self.rules).is_empty())
    }

    /// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch).
    pub(super) fn http_redirect_fetch(
        &mut self,
        params: &mut FetchParams,
        response: Response,
        host: &mut dyn Host,
    ) -> Outcome {
        // 1.
        let request = &mut params.request;
        let hop = request.redirect_count;
        let failure = |reason| Err(network_error("redirect", hop, reason));
        // 2. and 3.
        let fragment = request.current_url().fragment().map(str::to_owned);
        let location_url = response.location_url(fragment.as_deref());
        let location_url = match location_url {
            // 4. Not redirected after all.
            Ok(None) => return Ok(response),
            // 5.
            Err(_) => return failure("redirect-location-invalid"),
            Ok(Some(url)) => url,
        };
        // 6.
        if !is_http_scheme(&location_url) {
            return failure("redirect-scheme-not-http");
        }
        // 7.
        let limit = if self.rules.has(Fault::TwentyOneRedirects) { 21 } else { 20 };
        if request.redirect_count == limit {
            return failure("redirect-limit");
        }
        // 8.
        request.redirect_count += 1;
        let location_origin = Origin::of(&location_url, &self.rules);
        let may_carry_userinfo = self.rules.has(Fault::RedirectMayCarryUserinfo);
        // 9. Userinfo, to another origin than the request's.
        if request.mode == "cors"
            && includes_credentials(&location_url)
            && !request.origin().same_origin(&location_origin)
            && !may_carry_userinfo
        {
            return failure("redirect-has-credentials");
        }
        // 10. Userinfo, from another origin.
        if request.response_tainting == "cors" && includes_credentials(&location_url) && !may_carry_userinfo {
            return failure("redirect-has-credentials");
        }
        // Nor after a hop that the access list granted, which the text does not know.
        if request.was_granted
            && !self.rules.has(Fault::GrantsAreForgotten)
            && includes_credentials(&location_url)
            && !may_carry_userinfo
        {
            return failure("redirect-has-credentials");
        }
        // 11. A body that cannot be sent again.
        if response.status != 303 && request.body == Body::Stream {
            return failure("redirect-body-not-replayable");
        }
        // 12. What becomes a GET:
        let becomes_get = match response.status {
            301 | 302 => request.method == b"POST",
            303 => request.method != b"GET" && request.method != b"HEAD",
            _ => false,
        };
        if becomes_get {
            // 12.1.
            request.method = b"GET".to_vec();
            request.body = Body::Null;
            // 12.2.
            if !self.rules.has(Fault::RedirectKeepsBodyHeaders) {
                for name in REQUEST_BODY_HEADER_NAMES {
                    request.header_list.delete(name);
                }
            }
        }
        // 13. Another origin is not shown the page's own credentials.
        if !Origin::of(request.current_url(), &self.rules).same_origin(&location_origin)
            && !self.rules.has(Fault::RedirectKeepsAuthorization)
        {
            request.header_list.delete("Authorization");
        }
        // 14. The source is read again. 15. to 17. Timing. 18.
        request.url_list.push(location_url);
        // 19.
        set_referrer_policy_on_redirect(request, &response.header_list);
        // 20. and 21. A manual redirect was delivered before.
        let recursive = request.redirect_mode != "manual";
        // 22.
        self.main_fetch(params, recursive, host)
    }
}

/// The engine's word for where a response is refused.
fn stage_of(response: &Response) -> Word {
    if is_redirect_status(response.status) { "redirect" } else { "response" }
}

/// HTTP fetch, step 3.5.7.
fn suits(answer: &WorkerResponse, request: &Request) -> bool {
    // What is seen of the URL list: an opaque response has none.
    let urls = if answer.response_type == "opaque" { 0 } else { answer.url_list.len() };
    let is_type = |word| answer.response_type == word;
    !(is_type("error")
        || (request.mode == "same-origin" && is_type("cors"))
        || (request.mode != "no-cors" && is_type("opaque"))
        || (request.redirect_mode != "manual" && is_type("opaqueredirect"))
        || (request.redirect_mode != "follow" && urls > 1))
}

fn worker_response(answer: WorkerResponse) -> Response {
    let lines = answer.lines.into_iter().map(|(name, value)| (name, strip(&value))).collect();
    let mut response = Response::new(answer.status, HeaderList(lines));
    response.filter = Some(answer.response_type).filter(|word| *word != "default");
    response.url_list = answer.url_list;
    response.cors_exposed_header_names = answer.cors_exposed_header_names;
    response.range_requested = answer.range_requested;
    response.request_includes_credentials = answer.request_includes_credentials;
    response
}

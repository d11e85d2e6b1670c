//! [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch).

use super::Oracle;
use super::fetch::{Outcome, network_error};
use super::host::{Host, Kind, Wire};
use super::infra::decode;
use super::metadata::append_fetch_metadata_headers;
use super::origin::Origin;
use super::request::{Body, Referrer, Request, Word};
use super::response::Response;
use super::rules::Rules;

impl Oracle {
    /// [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch)
    /// of the request itself.
    pub(super) fn http_network_or_cache_fetch(&mut self, request: &Request, host: &mut dyn Host) -> Outcome {
        self.network_or_cache(Kind::Request, request, host)
    }

    /// The same, of the request itself or of a preflight.
    pub(super) fn network_or_cache(&mut self, kind: Kind, request: &Request, host: &mut dyn Host) -> Outcome {
        let hop = request.redirect_count;
        let stage: Word = if kind == Kind::Preflight { "preflight" } else { "response" };
        // 1. to 7. 8.1. and 8.2. Nothing later looks at what would differ without a clone.
        let mut http_request = request.clone();
        // 8.3. and 8.4.
        let include_credentials = self.includes_credentials(request);
        // 8.5. The length of the body.
        let content_length = if let Body::Source(length) = http_request.body { Some(length) } else { None };
        // 8.6.
        let mut content_length_header_value = None;
        // 8.7.
        if http_request.body == Body::Null && (http_request.method == b"POST" || http_request.method == b"PUT") {
            content_length_header_value = Some("0".to_owned());
        }
        // 8.8.
        if let Some(length) = content_length {
            content_length_header_value = Some(length.to_string());
        }
        // 8.9.
        if let Some(value) = content_length_header_value {
            http_request.header_list.append("Content-Length", value);
        }
        // 8.10. What keepalive requests may have in flight.
        if let Some(length) = content_length
            && http_request.keepalive
        {
            // 8.10.1. to 8.10.4. The host has counted. 8.10.5.
            if length.saturating_add(http_request.in_flight_keepalive_bytes) > 64 * 1024 {
                return Err(network_error("before-request", hop, "keepalive-quota"));
            }
        }
        // 8.11.
        if let Referrer::Url(url) = &http_request.referrer {
            let value = url.as_str().to_owned();
            http_request.header_list.append("Referer", value);
        }
        // 8.12.
        append_origin_header(&mut http_request, &self.rules);
        // 8.13.
        append_fetch_metadata_headers(&mut http_request, &self.rules);
        // 8.14.
        if http_request.initiator == "prefetch" {
            http_request.header_list.set("Sec-Purpose", "prefetch");
        }
        // 8.15.
        if !http_request.header_list.contains("User-Agent") {
            let emulated = http_request.client.as_ref().and_then(|client| client.emulated_user_agent.clone());
            if let Some(value) = emulated.or_else(|| self.rules.user_agent.clone()) {
                http_request.header_list.append("User-Agent", value);
            }
        }
        // 8.16. to 8.19.
        apply_cache_mode(&mut http_request);
        // 8.20. to 8.23. The host's, but for: 8.24. and 8.25. No partition, no cache.
        if http_request.network_partition_key().is_none() {
            http_request.cache_mode = "no-store";
        }
        // 8.26. to 11.2. The HTTP cache is the host's.
        let wire = Wire {
            kind,
            method: decode(&http_request.method),
            url: http_request.current_url().to_string(),
            lines: http_request.header_list.clone(),
            include_credentials,
            mode: http_request.mode,
            cache_mode: http_request.cache_mode,
            body: http_request.body,
            // 8.21.1. Told without credentials too, where no cookie asks for it. A preflight never has any.
            same_site_mode: (kind == Kind::Request).then(|| http_request.same_site_mode(&self.rules)),
            // The condition of 15.
            may_prompt: http_request.response_tainting != "cors"
                && include_credentials
                && request.traversable == "traversable",
            redirect_count: http_request.redirect_count,
        };
        let (status, header_list) =
            self.final_head(&wire, http_request.mode, host).map_err(|reason| network_error(stage, hop, reason))?;
        let mut response = Response::new(status, header_list);
        // 12.
        response.url_list.clone_from(&http_request.url_list);
        // 13.
        response.range_requested = http_request.header_list.contains("Range");
        // 14.
        response.request_includes_credentials = include_credentials;
        // 15. A 401 for which the user would be asked:
        if status == 401
            && http_request.response_tainting != "cors"
            && include_credentials
            && request.traversable == "traversable"
        {
            // 15.1. needs testing. 15.2.1. A body without a source cannot be sent again.
            if request.body == Body::Stream {
                return Err(network_error(stage, hop, "authentication-body-not-replayable"));
            }
            // 15.2.2. to 15.4. The host has done them: this is the answer that stays.
        }
        // 16. Nobody can be asked here. 17. is the host's.
        if status == 407 {
            return Err(network_error(stage, hop, "proxy-authentication-required"));
        }
        // 18. and 19.
        Ok(response)
    }

    /// Steps 8.3. and 8.4.
    fn includes_credentials(&self, request: &Request) -> bool {
        // 8.3.
        let mut include_credentials = request.credentials_mode == "include"
            || (request.credentials_mode == "same-origin" && request.response_tainting == "basic");
        // 8.4.
        if !request.embedder_policy_allows_credentials(&self.rules) {
            include_credentials = false;
        }
        include_credentials
    }
}

/// Steps 8.16. to 8.19.
fn apply_cache_mode(http_request: &mut Request) {
    let list = &mut http_request.header_list;
    // 8.16. A conditional request of the page's own goes past the cache.
    const CONDITIONAL: [&str; 5] =
        ["If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "If-Match", "If-Range"];
    if http_request.cache_mode == "default" && CONDITIONAL.iter().any(|name| list.contains(name)) {
        http_request.cache_mode = "no-store";
    }
    // 8.17.
    if http_request.cache_mode == "no-cache"
        && !http_request.prevent_no_cache_cache_control
        && !list.contains("Cache-Control")
    {
        list.append("Cache-Control", "max-age=0");
    }
    // 8.18.
    if http_request.cache_mode == "no-store" || http_request.cache_mode == "reload" {
        // 8.18.1.
        if !list.contains("Pragma") {
            list.append("Pragma", "no-cache");
        }
        // 8.18.2.
        if !list.contains("Cache-Control") {
            list.append("Cache-Control", "no-cache");
        }
    }
    // 8.19.
    if list.contains("Range") {
        list.append("Accept-Encoding", "identity");
    }
}

/// [Append a request `Origin` header](https://fetch.spec.whatwg.org/#append-a-request-origin-header).
fn append_origin_header(request: &mut Request, rules: &Rules) {
    // 1. The origin is not "client". 2.
    let mut serialized_origin = request.serialize_origin(rules);
    // 3. CORS and the two handshakes tell it always.
    if request.response_tainting == "cors" || request.mode == "websocket" || request.mode == "webtransport" {
        request.header_list.append("Origin", serialized_origin);
    } else if request.method != b"GET" && request.method != b"HEAD" {
        // 4. Methods that may change something tell it too: 4.1. The referrer policy counts, unless
        // the mode is cors.
        if request.mode != "cors" {
            let is_null = match request.referrer_policy {
                "no-referrer" => true,
                "no-referrer-when-downgrade" | "strict-origin" | "strict-origin-when-cross-origin" => {
                    let is_https = matches!(request.origin(), Origin::Tuple(scheme, ..) if scheme == "https");
                    is_https && request.current_url().scheme() != "https"
                }
                "same-origin" => !request.origin().same_origin(&Origin::of(request.current_url(), rules)),
                _ => false,
            };
            if is_null {
                serialized_origin = "null".to_owned();
            }
        }
        // 4.2.
        request.header_list.append("Origin", serialized_origin);
    }
}

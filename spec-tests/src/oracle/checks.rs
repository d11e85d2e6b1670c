//! CORS check, TAO check and cross-origin resource policy check.

use super::origin::Origin;
use super::request::{Request, Word};
use super::response::Response;
use super::rules::{Fault, Rules};

/// [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check).
///
/// # Errors
/// Failure, by the reason's code. Which code a mismatch has is not the standard's affair: several
/// values, a wildcard under credentials, or simply another value.
pub fn cors_check(request: &Request, response: &Response, rules: &Rules) -> Result<(), Word> {
    // 1. and 2.
    let Some(origin) = response.header_list.get("Access-Control-Allow-Origin") else {
        return Err("allow-origin-missing");
    };
    // 3. The wildcard, without credentials.
    let is_include = request.credentials_mode == "include";
    if origin == b"*" && (!is_include || rules.has(Fault::WildcardOriginUnderCredentials)) {
        return Ok(());
    }
    // 4. The very origin.
    if request.serialize_origin(rules).as_bytes() != origin {
        return Err(if origin.contains(&b',') {
            "allow-origin-multiple"
        } else if origin == b"*" {
            "allow-origin-wildcard-with-credentials"
        } else {
            "allow-origin-mismatch"
        });
    }
    // 5. Enough without credentials.
    if !is_include {
        return Ok(());
    }
    // 6.
    let credentials = response.header_list.get("Access-Control-Allow-Credentials").unwrap_or_default();
    // 7.
    if credentials == b"true" {
        return Ok(());
    }
    if rules.has(Fault::AllowCredentialsInAnyCase) && credentials.eq_ignore_ascii_case(b"true") {
        return Ok(());
    }
    // 8.
    Err("allow-credentials-not-true")
}

/// [TAO check](https://fetch.spec.whatwg.org/#concept-tao-check): whether it succeeds.
#[must_use]
pub fn tao_check(request: &Request, response: &Response, rules: &Rules) -> bool {
    // 1. The origin is not "client". 2. Once failed, failed.
    if request.timing_allow_failed {
        return false;
    }
    // 3. By a choice of the project, null is an empty list.
    let values = response.header_list.get_decode_and_split("Timing-Allow-Origin").unwrap_or_default();
    // 4.
    if values.contains(&"*".to_owned()) {
        return true;
    }
    // 5.
    if values.contains(&request.serialize_origin(rules)) {
        return true;
    }
    // 6. A navigation across origins.
    if request.mode == "navigate" && !Origin::of(request.current_url(), rules).same_origin(request.origin()) {
        return false;
    }
    // 7. and 8.
    request.response_tainting == "basic"
}

/// [Append to a request's navigation timing allow values list](https://fetch.spec.whatwg.org/#append-to-a-requests-navigation-timing-allow-values-list).
pub fn append_navigation_timing_allow_values(request: &mut Request, response: &Response) {
    // 1. It is a navigation request. 2. and 3.
    let values = response.header_list.get_decode_and_split("Timing-Allow-Origin").unwrap_or_default();
    // 4.
    request.navigation_timing_allow_values.push(values);
}

/// [Navigation TAO check](https://fetch.spec.whatwg.org/#navigation-tao-check): whether it succeeds.
#[must_use]
pub fn navigation_tao_check(response: &Response, destination_origin: &Origin) -> bool {
    // 1. Each list:
    for values in &response.navigation_timing_allow_values {
        // 1.1.
        if values.contains(&"*".to_owned()) {
            continue;
        }
        // 1.2.
        if values.contains(&destination_origin.serialize()) {
            continue;
        }
        // 1.3.
        return false;
    }
    // 2.
    true
}

/// [Cross-origin resource policy check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check):
/// whether it blocks.
#[must_use]
pub fn is_blocked_by_resource_policy(
    request: &Request,
    response: &Response,
    for_navigation: bool,
    rules: &Rules,
) -> bool {
    // 1. It is given. 2. Without a client there is no embedder policy.
    let embedder_policy = request.client.as_ref().map_or("unsafe-none", |client| client.embedder_policy);
    // 3.
    if is_blocked_internally(request, "unsafe-none", response, for_navigation, rules) {
        return true;
    }
    // 4. Only a report. 5.
    if !is_blocked_internally(request, embedder_policy, response, for_navigation, rules) {
        return false;
    }
    // 6. Only a report. 7.
    true
}

/// [Cross-origin resource policy internal check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check):
/// whether it blocks.
fn is_blocked_internally(
    request: &Request,
    embedder_policy: Word,
    response: &Response,
    for_navigation: bool,
    rules: &Rules,
) -> bool {
    // 1.
    if for_navigation && embedder_policy == "unsafe-none" {
        return false;
    }
    // 2.
    let mut policy = response.header_list.get("Cross-Origin-Resource-Policy");
    // 3. Unknown ones do not count.
    if !matches!(policy.as_deref(), Some(b"same-origin" | b"same-site" | b"cross-origin")) {
        policy = None;
    }
    // 4. Without one, by embedder policy.
    if policy.is_none() {
        let same_origin = Some(b"same-origin".to_vec());
        match embedder_policy {
            "credentialless" if response.request_includes_credentials => policy = same_origin,
            "require-corp" => policy = same_origin,
            _ => {}
        }
    }
    // 5. By policy. By a choice of the project, a response without a URL has the request's, which it
    // gets in the end anyway.
    let origin = request.origin();
    let url = response.url_list.last().unwrap_or(request.current_url());
    let url_origin = Origin::of(url, rules);
    match policy.as_deref() {
        Some(b"same-origin") => !origin.same_origin(&url_origin),
        Some(b"same-site") => {
            let is_origin_https = matches!(origin, Origin::Tuple(scheme, ..) if scheme == "https");
            let is_url_https = url.scheme() == "https";
            let is_scheme_fine = is_origin_https || !is_url_https;
            !(origin.schemelessly_same_site(&url_origin, rules)
                && (is_scheme_fine || rules.has(Fault::ResourcePolicyIgnoresScheme)))
        }
        // null, cross-origin
        _ => false,
    }
}

//! What APIs and elements make of a request before it is fetched.

use super::infra::{Bytes, matches};
use super::request::{Request, Word};

/// The states of a [CORS settings attribute](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attribute),
/// by what it says.
#[must_use]
pub fn cors_settings_attribute(attribute: Option<&str>) -> Word {
    match attribute {
        // Missing value default.
        None => "no-cors",
        Some(text) if text.eq_ignore_ascii_case("use-credentials") => "use-credentials",
        // anonymous, the empty value default and the invalid value default.
        Some(_) => "anonymous",
    }
}

/// [Create a potential-CORS request](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#create-a-potential-cors-request).
#[must_use]
pub fn create_a_potential_cors_request(
    url: url::Url,
    destination: Word,
    cors_attribute_state: Word,
    same_origin_fallback: bool,
) -> Request {
    // 1.
    let mut mode = if cors_attribute_state == "no-cors" { "no-cors" } else { "cors" };
    // 2.
    if same_origin_fallback && mode == "no-cors" {
        mode = "same-origin";
    }
    // 3.
    let mut credentials_mode = "include";
    // 4.
    if cors_attribute_state == "anonymous" {
        credentials_mode = "same-origin";
    }
    // 5.
    let mut request = Request::new(url);
    request.destination = destination;
    request.mode = mode;
    request.credentials_mode = credentials_mode;
    request.use_url_credentials = true;
    request
}

/// [Normalize a method](https://fetch.spec.whatwg.org/#concept-method-normalize).
#[must_use]
pub fn normalize_method(method: &[u8]) -> Bytes {
    const NORMALIZED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    let known = NORMALIZED.iter().find(|known| matches(method, known.as_bytes()));
    known.map_or_else(|| method.to_vec(), |known| known.as_bytes().to_vec())
}

/// [Forbidden method](https://fetch.spec.whatwg.org/#forbidden-method).
#[must_use]
pub fn is_forbidden_method(method: &[u8]) -> bool {
    ["CONNECT", "TRACE", "TRACK"].iter().any(|forbidden| matches(method, forbidden.as_bytes()))
}

//! What the standard says of the names of request headers, and which of them a page may not set.

use crate::header_value::get_decode_and_split;
use crate::infra::{is_one_of, matches_ignoring_case, starts_with_ignore_ascii_case};
use crate::method::is_forbidden_method;
use crate::safelist::is_cors_safelisted_request_header;

/// [CORS non-wildcard request-header name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name).
pub fn is_cors_non_wildcard_request_header_name(name: &[u8]) -> bool {
    matches_ignoring_case(name, b"authorization")
}

/// [Privileged no-CORS request-header name](https://fetch.spec.whatwg.org/#privileged-no-cors-request-header-name).
pub fn is_privileged_no_cors_request_header_name(name: &[u8]) -> bool {
    matches_ignoring_case(name, b"range")
}

/// [No-CORS-safelisted request-header name](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header-name).
pub fn is_no_cors_safelisted_request_header_name(name: &[u8]) -> bool {
    is_one_of(name, &["accept", "accept-language", "content-language", "content-type"])
}

/// [No-CORS-safelisted request-header](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header).
pub fn is_no_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    // 1. and 2.
    is_no_cors_safelisted_request_header_name(name) && is_cors_safelisted_request_header(name, value)
}

/// [Forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header).
pub fn is_forbidden_request_header(name: &[u8], value: &[u8]) -> bool {
    const NAMES: [&str; 21] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    // 1. By name.
    if is_one_of(name, &NAMES) {
        return true;
    }
    // 2. By prefix.
    if starts_with_ignore_ascii_case(name, b"proxy-") || starts_with_ignore_ascii_case(name, b"sec-") {
        return true;
    }
    // 3. A method override that names a forbidden method.
    if is_one_of(name, &["x-http-method", "x-http-method-override", "x-method-override"]) {
        return get_decode_and_split(value).any(is_forbidden_method);
    }
    // 4. Otherwise not.
    false
}

/// The [request-body-header names](https://fetch.spec.whatwg.org/#request-body-header-name).
pub const REQUEST_BODY_HEADER_NAMES: [&str; 4] =
    ["content-encoding", "content-language", "content-location", "content-type"];

/// Whether a name is a [request-body-header name](https://fetch.spec.whatwg.org/#request-body-header-name).
pub fn is_request_body_header_name(name: &[u8]) -> bool {
    is_one_of(name, &REQUEST_BODY_HEADER_NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_headers_by_name_prefix_and_override() {
        let forbidden = |name: &str, value: &str| is_forbidden_request_header(name.as_bytes(), value.as_bytes());
        assert!(forbidden("COOKIE", "") && forbidden("Proxy-x", "") && forbidden("sec-", "") && forbidden("te", ""));
        assert!(forbidden("X-HTTP-Method-Override", "GET , trace") && !forbidden("x-http-method", "\"a,trace\""));
        assert!(forbidden("x-method-override", "CONNECT") && !forbidden("x-method-override", "PUT"));
        assert!(!forbidden("user-agent", "") && !forbidden("secx", "") && !forbidden("authorization", ""));
    }
}

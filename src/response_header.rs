//! What the standard says of single response-header names.

use crate::infra::{is_one_of, matches_ignoring_case};

/// [Forbidden response-header name](https://fetch.spec.whatwg.org/#forbidden-response-header-name).
pub fn is_forbidden_response_header_name(name: &[u8]) -> bool {
    is_one_of(name, &["set-cookie", "set-cookie2"])
}

/// [CORS-safelisted response-header name](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name),
/// given a list of exposed names.
pub fn is_cors_safelisted_response_header_name<'a>(name: &[u8], list: impl IntoIterator<Item = &'a [u8]>) -> bool {
    is_safelisted_by_default(name)
        || (!is_forbidden_response_header_name(name) && list.into_iter().any(|item| matches_ignoring_case(item, name)))
}

/// The seven names that need no list.
pub(crate) fn is_safelisted_by_default(name: &[u8]) -> bool {
    // OPTIMIZATION: a length picks the only candidates.
    match name.len() {
        6 => matches_ignoring_case(name, b"pragma"),
        7 => matches_ignoring_case(name, b"expires"),
        12 => matches_ignoring_case(name, b"content-type"),
        13 => is_one_of(name, &["cache-control", "last-modified"]),
        14 => matches_ignoring_case(name, b"content-length"),
        16 => matches_ignoring_case(name, b"content-language"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_names_and_the_listed_ones_are_visible() {
        let none = || std::iter::empty::<&[u8]>();
        for name in [
            "Cache-Control",
            "Content-Language",
            "Content-Length",
            "Content-Type",
            "Expires",
            "Last-Modified",
            "Pragma",
        ] {
            assert!(is_cors_safelisted_response_header_name(name.as_bytes(), none()), "{name}");
        }
        assert!(!is_cors_safelisted_response_header_name(b"x-a", none()));
        assert!(is_cors_safelisted_response_header_name(b"x-a", [&b"X-A"[..]]));
        assert!(!is_cors_safelisted_response_header_name(b"Set-Cookie", [&b"set-cookie"[..]]));
    }
}

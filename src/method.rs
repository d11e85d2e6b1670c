//! [Methods](https://fetch.spec.whatwg.org/#methods). Methods are case-sensitive bytes; only
//! [`normalize_method`] and [`is_forbidden_method`] look past the case.

use std::borrow::Cow;

use crate::infra::{is_one_of, is_token};

/// Whether `bytes` is a [method](https://fetch.spec.whatwg.org/#concept-method): an HTTP token.
pub fn is_method(bytes: &[u8]) -> bool {
    is_token(bytes)
}

/// [CORS-safelisted method](https://fetch.spec.whatwg.org/#cors-safelisted-method).
pub fn is_cors_safelisted_method(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"POST")
}

/// [Forbidden method](https://fetch.spec.whatwg.org/#forbidden-method).
pub fn is_forbidden_method(method: &[u8]) -> bool {
    is_one_of(method, &["CONNECT", "TRACE", "TRACK"])
}

/// [Normalize](https://fetch.spec.whatwg.org/#concept-method-normalize) a method: the six that the
/// standard names become upper case, others (`patch` among them) stay as they are.
pub fn normalize_method(method: &[u8]) -> Cow<'_, [u8]> {
    if is_one_of(method, &["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]) {
        return Cow::Owned(method.to_ascii_uppercase());
    }
    Cow::Borrowed(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_methods_normalize_and_patch_does_not() {
        for method in ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"] {
            assert_eq!(*normalize_method(method.to_ascii_lowercase().as_bytes()), *method.as_bytes());
        }
        assert_eq!(*normalize_method(b"patch"), *b"patch");
        assert_eq!(*normalize_method(b"gett"), *b"gett");
    }

    #[test]
    fn safelisted_methods_are_exact_and_forbidden_ones_are_not() {
        assert!(is_cors_safelisted_method(b"POST") && !is_cors_safelisted_method(b"post"));
        assert!(is_forbidden_method(b"tRaCk") && is_forbidden_method(b"CONNECT") && is_forbidden_method(b"trace"));
        assert!(!is_forbidden_method(b"TRAC"));
    }
}

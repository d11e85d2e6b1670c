//! Which request headers need a preflight.

use super::header_list::{HeaderList, sorted_lowercase_set};
use super::infra::{Bytes, collect, decode, lowercase, matches};
use super::mime::parse_essence;
use super::rules::{Fault, Rules};

/// [CORS-safelisted method](https://fetch.spec.whatwg.org/#cors-safelisted-method).
#[must_use]
pub fn is_cors_safelisted_method(method: &[u8]) -> bool {
    method == b"GET" || method == b"HEAD" || method == b"POST"
}

/// [CORS non-wildcard request-header name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name).
#[must_use]
pub fn is_cors_non_wildcard_request_header_name(name: &[u8]) -> bool {
    matches(name, b"authorization")
}

/// [Request-body-header names](https://fetch.spec.whatwg.org/#request-body-header-name).
pub const REQUEST_BODY_HEADER_NAMES: [&str; 4] =
    ["Content-Encoding", "Content-Language", "Content-Location", "Content-Type"];

/// [CORS-unsafe request-header byte](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte).
fn is_cors_unsafe_request_header_byte(byte: u8) -> bool {
    (byte < 0x20 && byte != 0x09)
        || [0x22, 0x28, 0x29, 0x3a, 0x3c, 0x3e, 0x3f, 0x40, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f].contains(&byte)
}

/// [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
#[must_use]
pub fn is_cors_safelisted_request_header(name: &[u8], value: &[u8], rules: &Rules) -> bool {
    // 1. Too long.
    let limit = if rules.has(Fault::SafelistTakes129Bytes) { 129 } else { 128 };
    if value.len() > limit {
        return false;
    }
    // 2. By name:
    match &lowercase(name)[..] {
        b"accept" => {
            if value.iter().any(|byte| is_cors_unsafe_request_header_byte(*byte)) {
                return false;
            }
        }
        b"accept-language" | b"content-language" => {
            let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(byte);
            if !value.iter().all(is_allowed) {
                return false;
            }
        }
        b"content-type" => {
            // content-type 1.
            if value.iter().any(|byte| is_cors_unsafe_request_header_byte(*byte)) {
                return false;
            }
            // content-type 2. and 3.
            let Some(essence) = parse_essence(&decode(value)) else { return false };
            // content-type 4.
            if !["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"].contains(&&essence[..]) {
                return false;
            }
        }
        b"range" => {
            // range 1. and 2.
            let Some((start, _)) = parse_single_range_header_value(value, false) else { return false };
            // range 3. From the end is not safelisted.
            if start.is_none() && !rules.has(Fault::SafelistTakesOpenRange) {
                return false;
            }
        }
        _ => return false,
    }
    // 3.
    true
}

/// A number of any length, as its digits without leading zeros.
type Decimal = String;

/// [Parse a single range header value](https://fetch.spec.whatwg.org/#simple-range-header-value).
#[must_use]
pub fn parse_single_range_header_value(
    value: &[u8],
    allow_whitespace: bool,
) -> Option<(Option<Decimal>, Option<Decimal>)> {
    let skip_whitespace = |data: &[char], position: &mut usize| {
        if allow_whitespace {
            collect(data, position, |c| c == ' ' || c == '\t');
        }
    };
    let number = |digits: &str| {
        let significant = digits.trim_start_matches('0');
        (!digits.is_empty()).then(|| if significant.is_empty() { "0".to_owned() } else { significant.to_owned() })
    };
    // 1. and 2. The unit.
    let text = decode(value);
    if !text.starts_with("bytes") {
        return None;
    }
    let data: Vec<char> = text.chars().collect();
    // 3. Past the unit.
    let mut position = 5;
    // 4.
    skip_whitespace(&data, &mut position);
    // 5. and 6. An equals sign.
    if data.get(position) != Some(&'=') {
        return None;
    }
    position += 1;
    // 7.
    skip_whitespace(&data, &mut position);
    // 8. and 9. The start.
    let start = number(&collect(&data, &mut position, |c| c.is_ascii_digit()));
    // 10.
    skip_whitespace(&data, &mut position);
    // 11. and 12. A hyphen.
    if data.get(position) != Some(&'-') {
        return None;
    }
    position += 1;
    // 13.
    skip_whitespace(&data, &mut position);
    // 14. and 15. The end.
    let end = number(&collect(&data, &mut position, |c| c.is_ascii_digit()));
    // 16. Nothing more.
    if position < data.len() {
        return None;
    }
    // 17. One of the two must be there.
    if start.is_none() && end.is_none() {
        return None;
    }
    // 18. In order.
    if let (Some(start), Some(end)) = (&start, &end)
        && (start.len(), start) > (end.len(), end)
    {
        return None;
    }
    // 19.
    Some((start, end))
}

/// [CORS-unsafe request-header names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names).
#[must_use]
pub fn cors_unsafe_request_header_names(headers: &HeaderList, rules: &Rules) -> Vec<Bytes> {
    // 1. to 3.
    let mut unsafe_names = Vec::new();
    let mut potentially_unsafe_names = Vec::new();
    let mut safelist_value_size = 0;
    // 4. Each header:
    for (name, value) in &headers.0 {
        if is_cors_safelisted_request_header(name, value, rules) {
            // 4.2.
            potentially_unsafe_names.push(name.clone());
            safelist_value_size += value.len();
        } else {
            // 4.1.
            unsafe_names.push(name.clone());
        }
    }
    // 5. Together too long.
    if safelist_value_size > 1024 && !rules.has(Fault::SafelistHasNoSum) {
        unsafe_names.extend(potentially_unsafe_names);
    }
    // 6.
    sorted_lowercase_set(&unsafe_names)
}

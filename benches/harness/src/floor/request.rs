//! Rows 1 to 3: is a preflight needed, and what does it say?

use super::lines::{Line, has_unsafe_byte, is_language, is_token, trim};

pub(crate) fn is_safelisted(name: &[u8], value: &[u8]) -> bool {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    match name.len() {
        5 if is(b"range") => value.len() <= 128 && is_simple_range(value),
        6 if is(b"accept") => value.len() <= 128 && !has_unsafe_byte(value),
        12 if is(b"content-type") => value.len() <= 128 && !has_unsafe_byte(value) && is_safelisted_type(value),
        15 if is(b"accept-language") => value.len() <= 128 && is_language(value),
        16 if is(b"content-language") => value.len() <= 128 && is_language(value),
        _ => false,
    }
}

fn is_safelisted_type(value: &[u8]) -> bool {
    let essence = trim(value.split(|byte| *byte == b';').next().unwrap_or_default());
    let Some(slash) = essence.iter().position(|byte| *byte == b'/') else { return false };
    is_token(&essence[..slash])
        && is_token(&essence[slash + 1..])
        && [&b"application/x-www-form-urlencoded"[..], b"multipart/form-data", b"text/plain"]
            .iter()
            .any(|known| essence.eq_ignore_ascii_case(known))
}

fn is_simple_range(value: &[u8]) -> bool {
    let Some((first, last)) = value
        .strip_prefix(b"bytes=")
        .and_then(|rest| rest.iter().position(|byte| *byte == b'-').map(|at| rest.split_at(at)))
    else {
        return false;
    };
    let last = &last[1..];
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
    match (number(first), number(last)) {
        (Some(first), Some(last)) => first <= last,
        (Some(_), None) => last.is_empty(),
        _ => false,
    }
}

pub(crate) fn is_safelisted_method(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"POST")
}

/// Row 1.
pub(crate) fn is_preflight_needed<'a>(method: &[u8], lines: impl Iterator<Item = Line<'a>>) -> bool {
    if !is_safelisted_method(method) {
        return true;
    }
    let mut total = 0;
    for (name, value) in lines {
        if !is_safelisted(name, value) {
            return true;
        }
        total += value.len();
    }
    total > 1024
}

/// The unsafe names of a request, sorted, unique, in their own case.
pub(crate) fn unsafe_names<'a>(lines: impl Iterator<Item = Line<'a>> + Clone, names: &mut Vec<&'a [u8]>) {
    names.clear();
    let mut total = 0;
    for (name, value) in lines.clone() {
        if is_safelisted(name, value) {
            total += value.len();
        } else {
            names.push(name);
        }
    }
    if total > 1024 {
        names.clear();
        names.extend(lines.map(|(name, _)| name));
    }
    names.sort_unstable_by(|a, b| compare(a, b));
    names.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
}

pub(crate) fn compare(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    for (a, b) in a.iter().zip(b) {
        let order = a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// Row 2: the value of `Access-Control-Request-Headers`.
pub(crate) fn write_names(names: &[&[u8]], value: &mut Vec<u8>) {
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            value.push(b',');
        }
        value.extend(name.iter().map(u8::to_ascii_lowercase));
    }
}

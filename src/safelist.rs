//! [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header), and the
//! [names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names) of those that are none.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::header_list::HeaderList;
use crate::infra::{ByteSet, is_one_of, matches_ignoring_case};
use crate::mime::parse_mime_essence;
use crate::profile::{
    ClientHints, ContentTypeSyntax, RangeSyntax, RepeatedRequestHeaders, SafelistedBytes, SafelistedTotal, Switches,
};
use crate::range::{AllowWhitespace, Decimal, parse_single_range_header_value};

/// The longest value that a safelisted header has, in bytes.
pub const MAX_SAFELISTED_VALUE_BYTES: usize = 128;
/// The most bytes that the values of all safelisted headers of a request have together.
pub const MAX_SAFELISTED_TOTAL_BYTES: usize = 1024;

/// Why a header is no CORS-safelisted request-header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsafe {
    /// The name is none of the five.
    Name,
    /// The value is longer than 128 bytes; its length.
    Length(usize),
    /// The value holds this byte, which the rule for the name does not allow.
    Byte(u8),
    /// The value does not parse as a MIME type.
    MimeType,
    /// The MIME type's essence is none of the three.
    Essence,
    /// The value is not a single range.
    Range,
    /// The range has no start.
    RangeStart,
}

impl std::fmt::Display for Unsafe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name => {
                f.write_str("its name is none of accept, accept-language, content-language, content-type and range")
            }
            Self::Length(length) => write!(f, "its value has {length} bytes, more than {MAX_SAFELISTED_VALUE_BYTES}"),
            Self::Byte(byte) => write!(f, "its value holds the byte 0x{byte:02X} ({})", byte.escape_ascii()),
            Self::MimeType => f.write_str("its value is no MIME type"),
            Self::Essence => f.write_str(
                "its essence is none of application/x-www-form-urlencoded, multipart/form-data and text/plain",
            ),
            Self::Range => f.write_str("its value is no single range of the form bytes=first-last"),
            Self::RangeStart => f.write_str("its range has no start"),
        }
    }
}

/// Whether a header is a
/// [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
pub fn is_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    why_unsafe(name, value).is_none()
}

/// The steps of
/// [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header):
/// what makes them return false, or `None` for true.
pub fn why_unsafe(name: &[u8], value: &[u8]) -> Option<Unsafe> {
    why_unsafe_by(&Switches::STANDARD, name, value)
}

/// [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header), where engines
/// may have it otherwise.
#[inline]
pub(crate) fn why_unsafe_by(switches: &Switches, name: &[u8], value: &[u8]) -> Option<Unsafe> {
    // 1. More than 128 bytes.
    // A name outside the switch is the better answer for a long value, and both mean false.
    let safelisted = SafelistedName::of(name).ok_or(Unsafe::Name);
    if safelisted.is_ok() && value.len() > MAX_SAFELISTED_VALUE_BYTES {
        return Some(Unsafe::Length(value.len()));
    }
    // 2. Switch on the name.
    match safelisted {
        Ok(SafelistedName::Accept) => unsafe_byte(switches, value).map(Unsafe::Byte),
        Ok(SafelistedName::Language) => LANGUAGE.find_other(value).map(Unsafe::Byte),
        Ok(SafelistedName::ContentType) => {
            // content-type 1. to 4.
            if let Some(byte) = unsafe_byte(switches, value) {
                return Some(Unsafe::Byte(byte));
            }
            if switches.content_type_syntax == ContentTypeSyntax::Strict && !is_strict_mime_type(value) {
                return Some(Unsafe::MimeType);
            }
            let Some(essence) = parse_mime_essence(value) else { return Some(Unsafe::MimeType) };
            let safelisted = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
                .iter()
                .any(|safelisted| essence.is(safelisted));
            (!safelisted).then_some(Unsafe::Essence)
        }
        Ok(SafelistedName::Range) => match has_range_start(switches, value) {
            // range 1. to 3.
            None => Some(Unsafe::Range),
            Some(false) => Some(Unsafe::RangeStart),
            Some(true) => None,
        },
        // Otherwise
        Err(_) if switches.client_hints == ClientHints::Safelisted && is_client_hint(name, value) => None,
        Err(name) => Some(name),
    }
    // 3. Return true.
}

/// The first byte that makes a value unsafe.
fn unsafe_byte(switches: &Switches, value: &[u8]) -> Option<u8> {
    let unsafe_byte = UNSAFE.find(value);
    match switches.safelisted_bytes {
        SafelistedBytes::NotUnsafe => unsafe_byte,
        SafelistedBytes::Ascii => unsafe_byte.or_else(|| value.iter().copied().find(|byte| !byte.is_ascii())),
    }
}

/// Whether a value has no comma, and no `;` at its end behind another one.
fn is_strict_mime_type(value: &[u8]) -> bool {
    let semicolons = value.iter().filter(|byte| **byte == b';').count();
    !(value.contains(&b',') || (semicolons > 1 && value.ends_with(b";")))
}

/// Whether a single range has a start; `None` if the value is none as the profile reads it.
// OPTIMIZATION: few requests have one.
#[inline(never)]
fn has_range_start(switches: &Switches, value: &[u8]) -> Option<bool> {
    let fits: fn(Ordering) -> bool = match switches.range_syntax {
        RangeSyntax::Text => |_| true,
        RangeSyntax::Below63Bits => Ordering::is_lt,
        RangeSyntax::SixtyThreeBits | RangeSyntax::Lenient => Ordering::is_le,
    };
    let value = match switches.range_syntax {
        RangeSyntax::Lenient => Cow::Owned(without_range_blanks(value)?),
        _ => Cow::Borrowed(value),
    };
    let (start, end) = parse_single_range_header_value(&value, AllowWhitespace::No)?;
    let fit = [start, end].into_iter().flatten().all(|number| fits(number.cmp(&Decimal::MAX_SIGNED)));
    fit.then_some(start.is_some())
}

/// A range with its unit in lower case, and without what [`RangeSyntax::Lenient`] allows before a number.
fn without_range_blanks(value: &[u8]) -> Option<Vec<u8>> {
    let (unit, range) = value.split_at_checked(6)?;
    let dash = range.iter().position(|byte| *byte == b'-')?;
    let (start, end) = range.split_at_checked(dash)?;
    let number = |text: &[u8]| {
        let blanks = text.iter().take_while(|byte| matches!(byte, 0x0A..=0x0D)).count();
        let digits = text.get(blanks..).unwrap_or_default();
        digits.strip_prefix(b"+").unwrap_or(digits).to_vec()
    };
    Some([unit.to_ascii_lowercase(), number(start), b"-".to_vec(), number(end.get(1..)?)].concat())
}

/// The client hints that a page can set.
pub(crate) const CLIENT_HINTS: [&str; 7] =
    ["device-memory", "downlink", "dpr", "ect", "rtt", "viewport-width", "width"];

/// Client hints, and two headers like them, that an engine safelists with values of their kind.
#[cold]
#[inline(never)]
fn is_client_hint(name: &[u8], value: &[u8]) -> bool {
    let is = |names: &[&str]| is_one_of(name, names);
    if is(&["dpr", "device-memory", "downlink"]) {
        let (whole, fraction) = match value.iter().position(|byte| *byte == b'.') {
            Some(dot) => value.split_at_checked(dot).unwrap_or_default(),
            None => (value, &b".0"[..]),
        };
        let are_digits = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        return value.len() <= MAX_SAFELISTED_VALUE_BYTES
            && are_digits(whole)
            && are_digits(fraction.get(1..).unwrap_or_default());
    }
    if is(&["width", "viewport-width", "rtt"]) {
        return !value.is_empty() && value.iter().all(u8::is_ascii_digit) && value.len() <= MAX_SAFELISTED_VALUE_BYTES;
    }
    match name {
        _ if is(&["save-data"]) => matches_ignoring_case(value, b"on"),
        _ if is(&["ect"]) => matches!(value, b"slow-2g" | b"2g" | b"3g" | b"4g"),
        _ => is(&["intervention"]) && value.len() <= MAX_SAFELISTED_VALUE_BYTES,
    }
}

#[derive(Clone, Copy)]
enum SafelistedName {
    Accept,
    Language,
    ContentType,
    Range,
}

impl SafelistedName {
    fn of(name: &[u8]) -> Option<Self> {
        // OPTIMIZATION: the lengths of the five names differ but for one, so one comparison decides.
        let (candidate, known) = match name.len() {
            5 => (&b"range"[..], Self::Range),
            6 => (&b"accept"[..], Self::Accept),
            12 => (&b"content-type"[..], Self::ContentType),
            15 => (&b"accept-language"[..], Self::Language),
            16 => (&b"content-language"[..], Self::Language),
            _ => return None,
        };
        matches_ignoring_case(name, candidate).then_some(known)
    }
}

/// [CORS-unsafe request-header byte](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte).
pub fn is_cors_unsafe_request_header_byte(byte: u8) -> bool {
    UNSAFE.contains(byte)
}

static UNSAFE: ByteSet = ByteSet::of(&[
    // Less than 0x20, and not 0x09.
    (0x00, 0x08),
    (0x0A, 0x1F),
    // Delimiters.
    (b'"', b'"'),
    (b'(', b')'),
    (b':', b':'),
    (b'<', b'<'),
    (b'>', b'@'),
    (b'[', b']'),
    (b'{', b'{'),
    (b'}', b'}'),
    (0x7F, 0x7F),
]);

/// The bytes that a language header may hold.
static LANGUAGE: ByteSet = ByteSet::of(&[
    (b' ', b' '),
    (b'*', b'*'),
    (b',', b'.'),
    (b'0', b'9'),
    (b';', b';'),
    (b'=', b'='),
    (b'A', b'Z'),
    (b'a', b'z'),
]);

/// The [CORS-unsafe request-header names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names)
/// of a list: lower case, sorted, each once.
pub fn cors_unsafe_request_header_names(headers: &HeaderList) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> =
        unsafe_lines(headers, &Switches::STANDARD).map(|name| name.to_ascii_lowercase()).collect();
    // 6. To a sorted-lowercase set.
    names.sort_unstable();
    names.dedup();
    names
}

/// The value that a safelist looks at for a line: its own, or that of all lines of its name.
#[inline]
pub(crate) fn safelisted_value<'a>(
    headers: &'a HeaderList,
    switches: &Switches,
    name: &[u8],
    value: &'a [u8],
) -> Cow<'a, [u8]> {
    match switches.repeated_request_headers {
        RepeatedRequestHeaders::Separate => Cow::Borrowed(value),
        RepeatedRequestHeaders::Joined => headers.get(name).unwrap_or(Cow::Borrowed(value)),
    }
}

/// Whether a line is unsafe by itself.
#[inline]
pub(crate) fn is_unsafe_line(headers: &HeaderList, switches: &Switches, name: &[u8], value: &[u8]) -> bool {
    match switches.repeated_request_headers {
        RepeatedRequestHeaders::Separate => why_unsafe_by(switches, name, value).is_some(),
        RepeatedRequestHeaders::Joined => is_unsafe_joined(headers, switches, name, value),
    }
}

// OPTIMIZATION: out of the way of those for whom lines stand for themselves.
#[cold]
#[inline(never)]
fn is_unsafe_joined(headers: &HeaderList, switches: &Switches, name: &[u8], value: &[u8]) -> bool {
    why_unsafe_by(switches, name, &safelisted_value(headers, switches, name, value)).is_some()
}

/// Whether there is a [CORS-unsafe request-header name](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names)
/// in a list.
pub(crate) fn has_cors_unsafe_request_header_name(headers: &HeaderList, switches: &Switches) -> bool {
    // OPTIMIZATION: one look at each line, and none after the first that is unsafe.
    headers.iter().any(|(name, value)| is_unsafe_line(headers, switches, name, value))
        || is_over_total(headers, switches)
}

/// [CORS-unsafe request-header names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names),
/// steps 1 to 5: the name of each line that is unsafe, in order and as it stands, with repetitions.
pub(crate) fn unsafe_lines<'a>(headers: &'a HeaderList, switches: &Switches) -> impl Iterator<Item = &'a [u8]> {
    // 1. to 4. Which lines are unsafe by themselves, and how long the others are together.
    let is_over = is_over_total(headers, switches);
    // 5. Over 1,024 bytes, the safelisted ones are unsafe too.
    headers
        .iter()
        .filter(move |(name, value)| is_over || is_unsafe_line(headers, switches, name, value))
        .map(|(name, _)| name)
}

/// The name of the first line that `test` names and that is unsafe.
// OPTIMIZATION: a cache tests names in less time than it takes to see that a line is unsafe.
pub(crate) fn first_unsafe_line<'a>(
    headers: &'a HeaderList,
    switches: &Switches,
    test: impl Fn(&[u8]) -> bool,
) -> Option<&'a [u8]> {
    let is_over = is_over_total(headers, switches);
    let is_unsafe = |name: &[u8], value: &[u8]| is_over || is_unsafe_line(headers, switches, name, value);
    headers.iter().find(|(name, value)| test(name) && is_unsafe(name, value)).map(|(name, _)| name)
}

/// Whether safelisted lines are unsafe too, as they are too long together.
#[inline]
pub(crate) fn is_over_total(headers: &HeaderList, switches: &Switches) -> bool {
    safelist_value_size(headers, switches) > MAX_SAFELISTED_TOTAL_BYTES
}

/// The length of all values of safelisted headers together, or 0 if it does not matter.
#[inline]
pub(crate) fn safelist_value_size(headers: &HeaderList, switches: &Switches) -> usize {
    // OPTIMIZATION: in a short list it cannot reach the limit, and only the limit matters.
    if headers.byte_len() <= MAX_SAFELISTED_TOTAL_BYTES || switches.safelisted_total == SafelistedTotal::Unlimited {
        return 0;
    }
    headers
        .iter()
        .filter(|(name, value)| !is_unsafe_line(headers, switches, name, value))
        .fold(0, |sum: usize, (_, value)| sum.saturating_add(value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_of_the_safelist_has_its_reason() {
        let why = |name: &str, value: &str| why_unsafe(name.as_bytes(), value.as_bytes());
        let long = "x".repeat(129);
        assert_eq!(why("Accept", &long[1..]), None);
        assert_eq!(why("Accept", &long), Some(Unsafe::Length(129)));
        assert_eq!(why("accept", "a\"b"), Some(Unsafe::Byte(b'"')));
        assert_eq!(why("Accept-Language", "en, *;q=0.5-"), None);
        assert_eq!(why("content-language", "en_GB"), Some(Unsafe::Byte(b'_')));
        assert_eq!(why("content-type", "text/plain; charset=x"), None);
        assert_eq!(why("content-type", "text/plain; charset=\"x\""), Some(Unsafe::Byte(b'"')));
        assert_eq!(why("content-type", "text"), Some(Unsafe::MimeType));
        assert_eq!(why("content-type", "text/plain+json"), Some(Unsafe::Essence));
        assert_eq!(why("content-type", "application/json, text/plain"), Some(Unsafe::MimeType));
        assert_eq!(why("Range", "bytes=0-"), None);
        assert_eq!(why("range", "bytes=-5"), Some(Unsafe::RangeStart));
        assert_eq!(why("range", "bytes= 0-5"), Some(Unsafe::Range));
        assert_eq!(why("accepd", ""), Some(Unsafe::Name));
    }

    #[test]
    fn unsafe_bytes_are_exactly_the_listed_ones() {
        let listed: Vec<u8> = (0..=u8::MAX).filter(|byte| is_cors_unsafe_request_header_byte(*byte)).collect();
        let mut expected: Vec<u8> = (0..0x20).filter(|byte| *byte != 9).collect();
        expected.extend(b"\"():<>?@[\\]{}\x7f");
        expected.sort_unstable();
        assert_eq!(listed, expected);
    }

    #[test]
    fn ranges_have_any_number_of_digits() {
        let safe = |value: &str| is_cors_safelisted_request_header(b"range", value.as_bytes());
        assert!(safe("bytes=99999999999999999999999999-99999999999999999999999999"));
        assert!(safe("bytes=0005-6") && safe("bytes=0-00"));
        for bad in [
            "bytes=7-6",
            "bytes=0",
            "bytes=0-10-20",
            "bytes=+5-10",
            "BYTES=0-1",
            "bytes=-",
            "bytes 0-1",
            "bytes=0-1,2-3",
        ] {
            assert!(!safe(bad), "{bad}");
        }
    }

    #[test]
    fn the_total_of_safelisted_values_is_bounded() {
        let mut list = HeaderList::new();
        for _ in 0..8 {
            list.append("Accept", "x".repeat(128)).expect("valid");
        }
        assert!(cors_unsafe_request_header_names(&list).is_empty());
        list.append("content-language", "y").expect("valid");
        list.append("X-b", "").expect("valid");
        assert_eq!(cors_unsafe_request_header_names(&list), [&b"accept"[..], b"content-language", b"x-b"]);
    }

    #[test]
    fn client_hints_are_safelisted_by_kind() {
        for (names, safe, bad) in [
            (
                &["dpr", "Device-memory", "downlink"][..],
                &["1", "1.25", "10.0"][..],
                &["", "abc", "1.25-2.5", "-1", "1e2", "1.", ".1", ".", "1.2.3", "NaN"][..],
            ),
            (&["width", "viewport-Width", "RTT"], &["1", "2147483648"], &["", "-1", "1.0", "2g"]),
            (&["ect"], &["slow-2g", "2g", "3g", "4g"], &["", "1", "6g", "2G"]),
            (&["save-data"], &["on", "On"], &["", "off", "1"]),
            (&["intervention"], &["", "<https://x.example/>; level=\"warning\""], &[]),
            (&["sec-ch-dpr", "x-dpr"], &[], &["1"]),
        ] {
            for name in names {
                let safelisted = |value: &str| why_unsafe_by(&Switches::CHROMIUM, name.as_bytes(), value.as_bytes());
                safe.iter().for_each(|value| assert_eq!(safelisted(value), None, "{name}: {value}"));
                bad.iter().for_each(|value| assert_eq!(safelisted(value), Some(Unsafe::Name), "{name}: {value}"));
                safe.iter().for_each(|value| {
                    assert_eq!(why_unsafe(name.as_bytes(), value.as_bytes()), Some(Unsafe::Name), "{name}: {value}");
                });
                assert_eq!(safelisted(&"1".repeat(129)), Some(Unsafe::Name), "{name}");
            }
        }
    }
}

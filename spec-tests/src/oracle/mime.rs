//! MIME types, as far as their essence, and the two checks that look at it.

use super::header_list::HeaderList;
use super::infra::is_token;
use super::request::Request;
use super::rules::{Fault, Rules};

/// [Parse a MIME type](https://mimesniff.spec.whatwg.org/#parse-a-mime-type), for its essence. The
/// parameters cannot make it fail.
#[must_use]
pub fn parse_essence(input: &str) -> Option<String> {
    const HTTP_WHITESPACE: [char; 4] = ['\n', '\r', '\t', ' '];
    // 1. and 2. Without whitespace around.
    let input = input.trim_matches(HTTP_WHITESPACE);
    // 3. to 5. The type ends at the slash; without one there is no MIME type.
    let (mime_type, rest) = input.split_once('/')?;
    if !is_http_token(mime_type) {
        return None;
    }
    // 6. to 8. The subtype ends at the semicolon, and may have whitespace before it.
    let subtype = rest.split(';').next().unwrap_or(rest).trim_end_matches(HTTP_WHITESPACE);
    // 9.
    if !is_http_token(subtype) {
        return None;
    }
    // 10. In lower case.
    Some(format!("{}/{}", mime_type.to_ascii_lowercase(), subtype.to_ascii_lowercase()))
}

fn is_http_token(text: &str) -> bool {
    text.is_ascii() && is_token(text.as_bytes())
}

/// [JavaScript MIME type](https://mimesniff.spec.whatwg.org/#javascript-mime-type).
#[must_use]
pub fn is_javascript(essence: &str) -> bool {
    const ESSENCES: [&str; 16] = [
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "text/ecmascript",
        "text/javascript",
        "text/javascript1.0",
        "text/javascript1.1",
        "text/javascript1.2",
        "text/javascript1.3",
        "text/javascript1.4",
        "text/javascript1.5",
        "text/jscript",
        "text/livescript",
        "text/x-ecmascript",
        "text/x-javascript",
    ];
    ESSENCES.contains(&essence)
}

/// [Extract a MIME type](https://fetch.spec.whatwg.org/#concept-header-extract-mime-type), for its
/// essence.
#[must_use]
pub fn extract_essence(headers: &HeaderList) -> Option<String> {
    // 1. to 3. Charset is not wanted here.
    let mut mime_type = None;
    // 4. and 5.
    let values = headers.get_decode_and_split("Content-Type")?;
    // 6. Each value:
    for value in values {
        // 6.1.
        let temporary = parse_essence(&value);
        // 6.2. Passed over.
        if temporary.is_none() || temporary.as_deref() == Some("*/*") {
            continue;
        }
        // 6.3. The last one counts. 6.4. and 6.5. are about the charset.
        mime_type = temporary;
    }
    // 7. and 8.
    mime_type
}

/// [Should be blocked due to its MIME type](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?).
#[must_use]
pub fn is_blocked_due_to_mime_type(headers: &HeaderList, request: &Request) -> bool {
    // 1. and 2.
    let Some(essence) = extract_essence(headers) else { return false };
    // 3. and 4.
    request.is_script_like()
        && (essence.starts_with("audio/")
            || essence.starts_with("image/")
            || essence.starts_with("video/")
            || essence == "text/csv")
    // 5. Otherwise not.
}

/// [Determine nosniff](https://fetch.spec.whatwg.org/#determine-nosniff).
#[must_use]
pub fn determine_nosniff(headers: &HeaderList, rules: &Rules) -> bool {
    // 1. and 2.
    let Some(values) = headers.get_decode_and_split("X-Content-Type-Options") else { return false };
    // 3. and 4. The first value alone.
    let value = if rules.has(Fault::NosniffReadsLastValue) { values.last() } else { values.first() };
    value.is_some_and(|value| value.eq_ignore_ascii_case("nosniff"))
}

/// [Should be blocked due to nosniff](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?).
#[must_use]
pub fn is_blocked_due_to_nosniff(headers: &HeaderList, request: &Request, rules: &Rules) -> bool {
    // 1.
    if !determine_nosniff(headers, rules) {
        return false;
    }
    // 2. and 3.
    let essence = extract_essence(headers);
    // 4. Scripts must be JavaScript.
    if request.is_script_like() && !essence.as_deref().is_some_and(is_javascript) {
        return true;
    }
    // 5. Style sheets must be CSS.
    if request.destination == "style" && essence.as_deref() != Some("text/css") {
        return true;
    }
    // 6.
    false
}

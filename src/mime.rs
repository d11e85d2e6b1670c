//! The little of [MIME Sniffing](https://mimesniff.spec.whatwg.org/) on which CORS decisions rest.
//!
//! No decision of this crate looks at a parameter, and no parameter makes parsing fail, so that the
//! essence is all that is parsed here.

use crate::head::ResponseHead;
use crate::header_value::{get_decode_and_split, get_decode_and_split_header};
use crate::infra::{
    is_http_whitespace, is_one_of, is_token, matches_ignoring_case, starts_with_ignore_ascii_case, trim,
};
use crate::request::Destination;

/// A MIME type's [essence](https://mimesniff.spec.whatwg.org/#mime-type-essence), as it stands in a
/// value: comparisons ignore ASCII case.
#[derive(Clone, Copy, Debug)]
pub struct Essence<'a> {
    /// Two tokens and the slash between them.
    bytes: &'a [u8],
}

impl Essence<'_> {
    /// Whether the essence is `essence`, written in lower case.
    pub fn is(&self, essence: &str) -> bool {
        matches_ignoring_case(self.bytes, essence.as_bytes())
    }

    /// The essence in lower case, as `type/subtype`.
    pub fn serialize(&self) -> String {
        self.bytes.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect()
    }
}

/// [Parse a MIME type](https://mimesniff.spec.whatwg.org/#parse-a-mime-type) as far as its essence;
/// `None` is the standard's failure.
pub fn parse_mime_essence(input: &[u8]) -> Option<Essence<'_>> {
    // 1. HTTP whitespace goes from both ends.
    let input = trim(input, is_http_whitespace);
    // 2. to 6. The type ends at a slash, which must be there.
    let slash = input.iter().position(|byte| *byte == b'/')?;
    let (r#type, rest) = input.split_at_checked(slash)?;
    // 7. to 9. The subtype ends at a semicolon, less the white space before it.
    let rest = rest.get(1..)?;
    let subtype = rest.split(|byte| *byte == b';').next()?;
    let subtype = subtype.get(..subtype.len().saturating_sub(trailing_http_whitespace(subtype)))?;
    // 4. and 9. Both are tokens.
    let bytes = input.get(..slash.saturating_add(1).saturating_add(subtype.len()))?;
    (is_token(r#type) && is_token(subtype)).then_some(Essence { bytes })
}

fn trailing_http_whitespace(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| is_http_whitespace(**byte)).count()
}

/// [Extract a MIME type](https://fetch.spec.whatwg.org/#concept-header-extract-mime-type) from a
/// head: its essence in lower case, or `None` for failure.
pub fn extract_mime_type(head: &(impl ResponseHead + ?Sized)) -> Option<String> {
    // 1. to 3. and the steps on charset only concern parameters.
    // 4. values
    get_decode_and_split_header(head, "content-type", |values| {
        // 5. Null is failure.
        // 6. The last value that parses and is not `*/*` counts.
        let mut mime_type = None;
        for essence in values?.filter_map(parse_mime_essence) {
            if !essence.is("*/*") {
                mime_type = Some(essence.serialize());
            }
        }
        // 7. and 8.
        mime_type
    })
}

/// Whether an essence is that of a
/// [JavaScript MIME type](https://mimesniff.spec.whatwg.org/#javascript-mime-type).
pub fn is_javascript_mime_type(essence: &str) -> bool {
    is_one_of(
        essence.as_bytes(),
        &[
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
        ],
    )
}

/// [Determine nosniff](https://fetch.spec.whatwg.org/#determine-nosniff): only the first value of
/// `X-Content-Type-Options` counts.
pub fn determine_nosniff(head: &(impl ResponseHead + ?Sized)) -> bool {
    // 1. to 4.
    match crate::head::get(head, "x-content-type-options") {
        None => false,
        Some(value) => {
            get_decode_and_split(&value).next().is_some_and(|first| matches_ignoring_case(first, b"nosniff"))
        }
    }
}

/// [Should response to request be blocked due to nosniff?](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?)
pub fn should_be_blocked_due_to_nosniff(head: &(impl ResponseHead + ?Sized), destination: Destination) -> bool {
    // OPTIMIZATION: steps 4 and 5 block for these destinations only; most fetches have none of them.
    if !destination.is_script_like() && destination != Destination::Style {
        return false;
    }
    // 1. Without nosniff, allowed.
    if !determine_nosniff(head) {
        return false;
    }
    // 2. and 3.
    let mime_type = extract_mime_type(head);
    // 4. Script-like and not JavaScript, or no MIME type.
    if destination.is_script_like() && !mime_type.as_deref().is_some_and(is_javascript_mime_type) {
        return true;
    }
    // 5. Style and not CSS, or no MIME type.
    if destination == Destination::Style && mime_type.as_deref() != Some("text/css") {
        return true;
    }
    // 6. Otherwise allowed.
    false
}

/// [Should response to request be blocked due to its MIME type?](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?)
pub fn should_be_blocked_due_to_mime_type(head: &(impl ResponseHead + ?Sized), destination: Destination) -> bool {
    // 3. and 4. OPTIMIZATION: only script-like destinations block, so nothing is parsed for others.
    if !destination.is_script_like() {
        return false;
    }
    // 1. and 2. Failure is allowed.
    let Some(essence) = extract_mime_type(head) else { return false };
    // 4. Media types and CSV are no scripts.
    let starts_with = |prefix: &str| starts_with_ignore_ascii_case(essence.as_bytes(), prefix.as_bytes());
    // 5. Otherwise allowed.
    starts_with("audio/") || starts_with("image/") || starts_with("video/") || essence == "text/csv"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn essences_parse_or_fail() {
        let essence = |input: &str| parse_mime_essence(input.as_bytes()).map(|essence| essence.serialize());
        assert_eq!(essence(" \r\nText/Plain \n; x").as_deref(), Some("text/plain"));
        assert_eq!(essence("text/plain+json").as_deref(), Some("text/plain+json"));
        assert_eq!(essence("text/plain;charset=\"a;b").as_deref(), Some("text/plain"));
        for bad in [
            "",
            "text",
            "text/",
            "/plain",
            "text /plain",
            "text/ plain",
            "text/pl ain",
            "t\u{e9}xt/plain",
            "text;/plain",
        ] {
            assert_eq!(essence(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_last_usable_content_type_counts() {
        let extract = |lines: &[&str]| {
            extract_mime_type(&(200, lines.iter().map(|line| ("Content-Type", *line)).collect::<Vec<_>>()))
        };
        assert_eq!(extract(&[]), None);
        assert_eq!(extract(&["text/plain;charset=gbk, text/HTML"]).as_deref(), Some("text/html"));
        assert_eq!(extract(&["text/html", "cannot-parse"]).as_deref(), Some("text/html"));
        assert_eq!(extract(&["text/html", "*/*"]).as_deref(), Some("text/html"));
        assert_eq!(extract(&["text/html", ""]).as_deref(), Some("text/html"));
        assert_eq!(extract(&["*/*"]), None);
    }

    #[test]
    fn nosniff_is_the_first_value_only() {
        let nosniff = |value: &str| determine_nosniff(&(200, vec![("x-content-type-options", value)]));
        assert!(nosniff("NoSniff, x") && !nosniff("x, nosniff") && !nosniff("\"nosniff\""));
        assert!(!determine_nosniff(&(200, Vec::<(&str, &str)>::new())));
    }

    #[test]
    fn blocking_depends_on_the_destination() {
        let head = |content_type: &'static str| {
            (200, vec![("X-Content-Type-Options", "nosniff"), ("Content-Type", content_type)])
        };
        let nosniff = |content_type, destination| should_be_blocked_due_to_nosniff(&head(content_type), destination);
        assert!(nosniff("text/html", Destination::Script) && !nosniff("text/JavaScript;x", Destination::Script));
        assert!(nosniff("text/html", Destination::Style) && !nosniff("text/css", Destination::Style));
        assert!(
            nosniff("x", Destination::Worker)
                && nosniff("", Destination::Style)
                && !nosniff("text/html", Destination::Image)
        );
        let mime = |content_type, destination| should_be_blocked_due_to_mime_type(&head(content_type), destination);
        for blocked in ["audio/x", "image/png", "VIDEO/x", "text/csv"] {
            assert!(mime(blocked, Destination::Script), "{blocked}");
            assert!(!mime(blocked, Destination::Image));
        }
        assert!(!mime("text/plain", Destination::Script) && !mime("", Destination::Script));
    }
}

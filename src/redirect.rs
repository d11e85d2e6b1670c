//! What a redirect says: its [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url)
//! and referrer policy.

use std::borrow::Cow;

use url::Url;

use crate::head::{ResponseHead, get, values};
use crate::profile::{EmptyLocation, RedirectStatuses, RepeatedLocation, Switches};
use crate::reason::{Excerpt, Reason};
use crate::referrer::parse_referrer_policy;
use crate::request::ReferrerPolicy;
use crate::status::is_redirect_status;

/// A [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url).
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard names three outcomes")]
pub enum LocationUrl {
    /// The status is no redirect status, or there is no `Location`.
    Null,
    /// `Location` is no URL, or stands on several lines.
    Failure,
    /// Where the redirect leads.
    Url(Url),
}

impl std::fmt::Debug for LocationUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Failure => f.write_str("Failure"),
            Self::Url(url) => write!(f, "Url({:?})", without_userinfo(url)),
        }
    }
}

/// The [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url) of a response with
/// the URL `url`, given the fragment of the request's current URL. A response that script made has no
/// URL; then only an absolute `Location` parses.
///
/// The standard does not say how bytes become a URL's text: valid UTF-8 is read as such, and otherwise
/// each byte that is not ASCII is percent-encoded as it is, as the platform tests have it.
pub fn location_url(
    response: &(impl ResponseHead + ?Sized),
    url: Option<&Url>,
    request_fragment: Option<&str>,
) -> LocationUrl {
    location_url_by(&Switches::STANDARD, response, url, request_fragment)
}

/// [Location URL](https://fetch.spec.whatwg.org/#concept-response-location-url), where engines may have it otherwise.
fn location_url_by(
    switches: &Switches,
    response: &(impl ResponseHead + ?Sized),
    url: Option<&Url>,
    request_fragment: Option<&str>,
) -> LocationUrl {
    // 1. Not a redirect status.
    if !counts_as_redirect(response.status(), switches) {
        return LocationUrl::Null;
    }
    // 2. location: null without a line, failure with several.
    let mut lines = locations(response, switches);
    let Some(mut location) = lines.next() else { return LocationUrl::Null };
    let joined;
    if let Some(second) = lines.next() {
        match switches.repeated_location {
            RepeatedLocation::EqualOnes if second == location && lines.all(|line| line == location) => {}
            RepeatedLocation::Joined => {
                joined = locations(response, switches).collect::<Vec<_>>().join(&b", "[..]);
                location = &joined;
            }
            RepeatedLocation::None | RepeatedLocation::EqualOnes => return LocationUrl::Failure,
        }
    }
    if location.is_empty() && switches.empty_location == EmptyLocation::NetworkError {
        return LocationUrl::Failure;
    }
    // 3. Parse it with the response's URL as base.
    let text = match std::str::from_utf8(location) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(percent_encode_bytes(location)),
    };
    let parsed = Url::options().base_url(url).parse(&text);
    let Ok(mut location) = parsed else { return LocationUrl::Failure };
    // 4. A null fragment is inherited; an empty one is not null.
    if location.fragment().is_none() {
        location.set_fragment(request_fragment);
    }
    // 5. Return it.
    LocationUrl::Url(location)
}

/// Whether a status is that of a redirect.
pub(crate) fn counts_as_redirect(status: u16, switches: &Switches) -> bool {
    match switches.redirect_statuses {
        RedirectStatuses::Five => is_redirect_status(status),
        RedirectStatuses::Any3xx => matches!(status, 301..=303 | 307..=399),
    }
}

/// Whether a response has several `Location` lines that cannot all be meant.
pub(crate) fn has_contradicting_locations(head: &impl ResponseHead, switches: &Switches) -> bool {
    if switches.repeated_location != RepeatedLocation::EqualOnes {
        return false;
    }
    let mut lines = values(head, "location");
    lines.next().is_some_and(|first| lines.any(|line| line != first))
}

/// Whether a response says where it leads.
pub(crate) fn has_location(head: &impl ResponseHead, switches: &Switches) -> bool {
    locations(head, switches).any(|value| !value.is_empty() || switches.empty_location == EmptyLocation::SameUrl)
}

/// The values of `Location` that count.
fn locations<'a, H: ResponseHead + ?Sized>(
    response: &'a H,
    switches: &Switches,
) -> impl Iterator<Item = &'a [u8]> + use<'a, H> {
    let counts_empty = switches.empty_location != EmptyLocation::Nowhere;
    values(response, "location").filter(move |value| counts_empty || !value.is_empty())
}

fn percent_encode_bytes(bytes: &[u8]) -> String {
    let encode = |byte: &u8| if byte.is_ascii() { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    bytes.iter().map(encode).collect()
}

/// All that [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch) needs of a
/// response, so that the head itself can go.
#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    pub(crate) status: u16,
    pub(crate) location: LocationUrl,
    /// What `Location` held, for the report of a failure.
    pub(crate) received: Option<Excerpt>,
    pub(crate) referrer_policy: ReferrerPolicy,
}

impl Redirect {
    /// `url` is the response's, `request_url` the request's current one.
    pub(crate) fn new(
        switches: &Switches,
        response: &(impl ResponseHead + ?Sized),
        url: Option<&Url>,
        request_url: &Url,
    ) -> Self {
        let location = location_url_by(switches, response, url, request_url.fragment());
        let failed = location == LocationUrl::Failure;
        Self {
            status: response.status(),
            received: failed.then(|| Excerpt::new(&hide_userinfo(&get(response, "location").unwrap_or_default()))),
            location,
            referrer_policy: parse_referrer_policy(response),
        }
    }

    /// Why a location URL that is failure fails, given what was received.
    pub(crate) fn failure(received: Option<Excerpt>) -> Reason {
        Reason::RedirectLocationInvalid { location: received.unwrap_or_else(|| Excerpt::new(b"")) }
    }
}

/// Whether a redirect with this status makes a request of this method a GET:
/// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch), step 12.
pub(crate) fn changes_method(status: u16, method: &str) -> bool {
    match status {
        301 | 302 => method == "POST",
        303 => !matches!(method, "GET" | "HEAD"),
        _ => false,
    }
}

/// A URL [includes credentials](https://url.spec.whatwg.org/#include-credentials).
pub(crate) fn includes_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some_and(|password| !password.is_empty())
}

/// A URL's serialization without its userinfo.
pub(crate) fn without_userinfo(url: &Url) -> String {
    let mut url = url.clone();
    // A URL that has userinfo can have it set.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.into()
}

/// A URL's text without the userinfo that may stand in it, whether it parses or not.
pub(crate) fn hide_userinfo(text: &[u8]) -> Cow<'_, [u8]> {
    let is_slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    let Some(start) = text.windows(2).position(|pair| pair.iter().all(is_slash)) else { return Cow::Borrowed(text) };
    let (before, rest) = text.split_at_checked(start.saturating_add(2)).unwrap_or((text, &[]));
    let end = rest.iter().position(|byte| is_slash(byte) || matches!(byte, b'?' | b'#')).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    match authority.iter().rposition(|byte| *byte == b'@') {
        None => Cow::Borrowed(text),
        Some(at) => Cow::Owned([before, rest.get(at.saturating_add(1)..).unwrap_or_default()].concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(status: u16, lines: &[&[u8]], base: &str) -> Option<String> {
        let head = (status, lines.iter().map(|line| ("Location", *line)).collect::<Vec<_>>());
        let base = Url::parse(base).expect("a URL");
        match location_url(&head, Some(&base), base.fragment()) {
            LocationUrl::Null => None,
            LocationUrl::Failure => Some("failure".to_owned()),
            LocationUrl::Url(url) => Some(url.to_string()),
        }
    }

    #[test]
    fn locations_are_resolved_and_inherit_a_null_fragment() {
        let base = "https://a.example/x/y#f";
        assert_eq!(location(302, &[b"z"], base).as_deref(), Some("https://a.example/x/z#f"));
        assert_eq!(location(302, &[b"z#"], base).as_deref(), Some("https://a.example/x/z#"));
        assert_eq!(location(302, &[b"//b.example#g"], base).as_deref(), Some("https://b.example/#g"));
        assert_eq!(location(302, &[b""], base).as_deref(), Some("https://a.example/x/y#f"));
        assert_eq!(location(302, &["é".as_bytes()], base).as_deref(), Some("https://a.example/x/%C3%A9#f"));
        assert_eq!(location(302, &[b"\xe9"], base).as_deref(), Some("https://a.example/x/%E9#f"));
        assert_eq!(location(302, &[b"https://[x"], base).as_deref(), Some("failure"));
        assert_eq!(location(302, &[b"a", b"a"], base).as_deref(), Some("failure"));
        assert_eq!(location(302, &[], base), None);
        assert_eq!(location(300, &[b"z"], base), None);
    }

    #[test]
    fn userinfo_is_hidden_even_where_nothing_parses() {
        for (text, hidden) in [
            ("https://u:p@a.example/x@y", "https://a.example/x@y"),
            ("//u:p@[x", "//[x"),
            ("/\\u@h", "/\\h"),
            ("https://a.example/", "https://a.example/"),
            ("x@y", "x@y"),
        ] {
            assert_eq!(hide_userinfo(text.as_bytes()), hidden.as_bytes(), "{text}");
        }
    }

    #[test]
    fn without_a_url_only_an_absolute_location_parses() {
        let location = |value: &str| location_url(&(302, vec![("location", value)]), None, None);
        assert_eq!(location("/x"), LocationUrl::Failure);
        assert!(matches!(location("https://b.example/x"), LocationUrl::Url(_)));
    }

    #[test]
    fn an_empty_password_is_no_credentials() {
        let includes = |url: &str| includes_credentials(&Url::parse(url).expect("a URL"));
        assert!(includes("https://u@a.example/") && includes("https://:p@a.example/"));
        assert!(!includes("https://a.example/") && !includes("https://:@a.example/"));
    }
}

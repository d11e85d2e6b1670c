//! What a redirect says: its [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url)
//! and referrer policy.

use url::Url;

use crate::head::{ResponseHead, get, values};
use crate::reason::{Excerpt, Reason};
use crate::referrer::parse_referrer_policy;
use crate::request::{ReferrerPolicy, Request};
use crate::status::is_redirect_status;

/// A [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard names three outcomes")]
pub enum LocationUrl {
    /// The status is no redirect status, or there is no `Location`.
    Null,
    /// `Location` is no URL, or stands on several lines.
    Failure,
    /// Where the redirect leads.
    Url(Url),
}

/// The [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url) of a response with
/// the URL `url`, given the fragment of the request's current URL.
///
/// Bytes that are valid UTF-8 are read as such, others isomorphically, as browsers do.
pub fn location_url(response: &(impl ResponseHead + ?Sized), url: &Url, request_fragment: Option<&str>) -> LocationUrl {
    // 1. Not a redirect status.
    if !is_redirect_status(response.status()) {
        return LocationUrl::Null;
    }
    // 2. location: null without a line, failure with several.
    let mut lines = values(response, "location");
    let Some(location) = lines.next() else { return LocationUrl::Null };
    if lines.next().is_some() {
        return LocationUrl::Failure;
    }
    // 3. Parse it with the response's URL as base.
    let parsed = match std::str::from_utf8(location) {
        Ok(text) => url.join(text),
        Err(_) => url.join(&location.iter().copied().map(char::from).collect::<String>()),
    };
    let Ok(mut location) = parsed else { return LocationUrl::Failure };
    // 4. A null fragment is inherited; an empty one is not null.
    if location.fragment().is_none() {
        location.set_fragment(request_fragment);
    }
    // 5. Return it.
    LocationUrl::Url(location)
}

/// All that [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch) needs of a
/// response, so that the head itself can go.
#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    pub(crate) status: u16,
    pub(crate) location: LocationUrl,
    /// What `Location` held, for the report of a failure.
    received: Option<Excerpt>,
    pub(crate) referrer_policy: ReferrerPolicy,
}

impl Redirect {
    pub(crate) fn new(response: &(impl ResponseHead + ?Sized), url: &Url) -> Self {
        let location = location_url(response, url, url.fragment());
        let failed = location == LocationUrl::Failure;
        Self {
            status: response.status(),
            received: failed.then(|| Excerpt::new(&get(response, "location").unwrap_or_default())),
            location,
            referrer_policy: parse_referrer_policy(response),
        }
    }

    pub(crate) fn failure(&self) -> Reason {
        Reason::RedirectLocationInvalid { location: self.received.clone().unwrap_or_else(|| Excerpt::new(b"")) }
    }
}

/// Whether a redirect with this status makes the request a GET:
/// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch), step 12.
pub(crate) fn changes_method(status: u16, request: &Request) -> bool {
    match status {
        301 | 302 => request.method == "POST",
        303 => !matches!(&*request.method, "GET" | "HEAD"),
        _ => false,
    }
}

/// A URL [includes credentials](https://url.spec.whatwg.org/#include-credentials).
pub(crate) fn includes_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some_and(|password| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(status: u16, lines: &[&[u8]], base: &str) -> Option<String> {
        let head = (status, lines.iter().map(|line| ("Location", *line)).collect::<Vec<_>>());
        let base = Url::parse(base).expect("a URL");
        match location_url(&head, &base, base.fragment()) {
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
        assert_eq!(location(302, &[b"\xe9"], base).as_deref(), Some("https://a.example/x/%C3%A9#f"));
        assert_eq!(location(302, &[b"https://[x"], base).as_deref(), Some("failure"));
        assert_eq!(location(302, &[b"a", b"a"], base).as_deref(), Some("failure"));
        assert_eq!(location(302, &[], base), None);
        assert_eq!(location(300, &[b"z"], base), None);
    }

    #[test]
    fn an_empty_password_is_no_credentials() {
        let includes = |url: &str| includes_credentials(&Url::parse(url).expect("a URL"));
        assert!(includes("https://u@a.example/") && includes("https://:p@a.example/"));
        assert!(!includes("https://a.example/") && !includes("https://:@a.example/"));
    }
}

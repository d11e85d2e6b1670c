//! The standard's algorithms as pure functions, under the standard's names and on bytes: for hosts
//! with a fetch of their own, and for conformance work.

use url::Url;

use crate::header_list::HeaderList;
use crate::origin::Origin;
use crate::profile::Switches;
use crate::reason::Reason;
use crate::referrer::StrippedReferrer;
use crate::request::{RedirectTaint, ReferrerPolicy, Request};
use crate::scheme::SchemePolicy;
use crate::site::PublicSuffix;

pub use crate::checks::{
    CorpInput, CorpVerdict, CorsCheckPassed, TaoInput, cors_check, cross_origin_resource_policy_check,
    navigation_tao_check, tao_check,
};
pub use crate::head::get;
pub use crate::header_list::{is_header_name, is_header_value, normalize_header_value};
pub use crate::header_value::{
    Extracted, Split, TokenList, extract_max_age, extract_token_list, get_decode_and_split, get_decode_and_split_header,
};
pub use crate::method::{is_cors_safelisted_method, is_forbidden_method, is_method, normalize_method};
pub use crate::mime::{
    Essence, determine_nosniff, extract_mime_type, is_javascript_mime_type, parse_mime_essence,
    should_be_blocked_due_to_mime_type, should_be_blocked_due_to_nosniff,
};
pub use crate::port::{is_bad_port, should_be_blocked_due_to_a_bad_port};
pub use crate::range::{AllowWhitespace, Decimal, parse_single_range_header_value};
pub use crate::redirect::{LocationUrl, location_url};
pub use crate::referrer::parse_referrer_policy;
pub use crate::request_header::{
    REQUEST_BODY_HEADER_NAMES, is_cors_non_wildcard_request_header_name, is_forbidden_request_header,
    is_no_cors_safelisted_request_header, is_no_cors_safelisted_request_header_name,
    is_privileged_no_cors_request_header_name, is_request_body_header_name,
};
pub use crate::response::cors_filtered_headers;
pub use crate::response_header::{is_cors_safelisted_response_header_name, is_forbidden_response_header_name};
pub use crate::safelist::{
    MAX_SAFELISTED_TOTAL_BYTES, MAX_SAFELISTED_VALUE_BYTES, Unsafe, cors_unsafe_request_header_names,
    is_cors_safelisted_request_header, is_cors_unsafe_request_header_byte, why_unsafe,
};
pub use crate::scheme::{is_http_scheme, is_local, is_potentially_trustworthy};
pub use crate::status::{is_null_body_status, is_ok_status, is_range_status, is_redirect_status};

/// [Convert header names to a sorted-lowercase set](https://fetch.spec.whatwg.org/#convert-header-names-to-a-sorted-lowercase-set).
pub fn convert_header_names_to_a_sorted_lowercase_set<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    // 1. and 2. Lower-case them.
    let mut set: Vec<Vec<u8>> = names.into_iter().map(<[u8]>::to_ascii_lowercase).collect();
    // 3. Sort them; a set has each once.
    set.sort_unstable();
    set.dedup();
    set
}

/// [Same site](https://html.spec.whatwg.org/multipage/browsers.html#same-site). Without a list, only
/// equal hosts are.
pub fn same_site(a: &Origin, b: &Origin, list: Option<&dyn PublicSuffix>) -> bool {
    (a.is_opaque() && a == b) || crate::site::same_site(a.as_url_origin(), b.as_url_origin(), list)
}

/// [Schemelessly same site](https://html.spec.whatwg.org/multipage/browsers.html#schemelessly-same-site).
pub fn schemelessly_same_site(a: &Origin, b: &Origin, list: Option<&dyn PublicSuffix>) -> bool {
    (a.is_opaque() && a == b) || crate::site::schemelessly_same_site(a.as_url_origin(), b.as_url_origin(), list)
}

/// The [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin) of a request with
/// this URL list and origin.
pub fn redirect_taint(
    url_list: &[Url],
    origin: &Origin,
    schemes: &SchemePolicy,
    list: Option<&dyn PublicSuffix>,
) -> RedirectTaint {
    // 2. to 4.
    let pairs = url_list.iter().zip(url_list.iter().skip(1));
    pairs.fold(RedirectTaint::SameOrigin, |taint, (last_url, url)| {
        crate::walk::redirect_taint(taint, origin, last_url, url, schemes, list)
    })
    // 5. Return taint.
}

/// [Serializing a request origin](https://fetch.spec.whatwg.org/#serializing-a-request-origin), given its
/// origin and redirect-taint.
pub fn serialize_a_request_origin(origin: &Origin, taint: RedirectTaint) -> &str {
    // 2. and 3.
    if taint == RedirectTaint::SameOrigin { origin.serialize() } else { "null" }
}

/// [Determine request's referrer](https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer),
/// given a referrer source that is a URL: what `Referer` says, or `None` for no referrer.
pub fn determine_referrer(
    referrer_source: Url,
    policy: ReferrerPolicy,
    current_url: &Url,
    schemes: &SchemePolicy,
) -> Option<String> {
    let mut referrer = StrippedReferrer::new(referrer_source)?;
    referrer.determine(policy, current_url, schemes);
    referrer.serialize().map(str::to_owned)
}

/// Whether [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch) makes a CORS preflight for a
/// request across origins with mode cors.
pub fn is_cors_preflight_needed(request: &Request) -> bool {
    crate::preflight::is_preflight_needed(request, &Switches::STANDARD)
}

/// The header list of a [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request) for
/// `request`, before a hop adds its lines.
///
/// # Errors
/// The list would be too large.
pub fn cors_preflight_header_list(request: &Request) -> Result<HeaderList, crate::HeaderError> {
    // Room for the lines that a host adds.
    crate::preflight::preflight_header_list(request, &request.header_list, &Switches::STANDARD, 256)
}

/// The same as `http` has it.
///
/// # Errors
/// The map cannot hold a value: it is too large.
pub fn cors_preflight_header_map(request: &Request) -> Result<http::HeaderMap, crate::HeaderError> {
    crate::preflight::preflight_header_map(request, &Switches::STANDARD)
}

/// Judges the response to a CORS preflight for `request`: [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0),
/// steps 7 and 8, without the cache. Returns the seconds for which it may be stored.
///
/// # Errors
/// The standard's network error.
pub fn judge_cors_preflight_response(
    request: &Request,
    request_origin: &str,
    response: &(impl crate::ResponseHead + ?Sized),
    profile: &crate::Profile,
) -> Result<u64, Reason> {
    crate::preflight::judge_preflight_response(
        request,
        &request.header_list,
        Some(request_origin),
        response,
        profile,
        0,
    )
    .map(|passed| passed.max_age.seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    #[test]
    fn taint_comes_from_third_parties_that_redirect() {
        let taint = |urls: &[&str]| {
            let urls: Vec<Url> = urls.iter().map(|url| Url::parse(url).expect("a URL")).collect();
            redirect_taint(&urls, &origin("https://a.example"), &SchemePolicy::new(), None)
        };
        let (a, a_port, b, c) = ("https://a.example", "https://a.example:1", "https://b.example", "https://c.example");
        assert_eq!(taint(&[a]), RedirectTaint::SameOrigin);
        assert_eq!(taint(&[a, b]), RedirectTaint::SameOrigin, "the origin itself redirects");
        assert_eq!(taint(&[b, b]), RedirectTaint::SameOrigin, "within one origin");
        assert_eq!(taint(&[b, c]), RedirectTaint::CrossSite);
        assert_eq!(taint(&[b, a]), RedirectTaint::CrossSite);
        assert_eq!(taint(&[a_port, a]), RedirectTaint::SameSite);
        assert_eq!(taint(&[b, a, a]), RedirectTaint::CrossSite, "it stays");
        assert_eq!(serialize_a_request_origin(&origin(a), RedirectTaint::SameSite), "null");
        assert_eq!(serialize_a_request_origin(&origin(a), RedirectTaint::SameOrigin), a);
    }

    #[test]
    fn opaque_origins_are_their_own_site() {
        let (one, two) = (Origin::opaque(1), Origin::opaque(2));
        assert!(same_site(&one, &one, None) && !same_site(&one, &two, None));
        assert!(schemelessly_same_site(&one, &one, None) && !schemelessly_same_site(&one, &two, None));
        assert!(schemelessly_same_site(&origin("http://a.example"), &origin("https://a.example"), None));
        assert!(!same_site(&origin("http://a.example"), &origin("https://a.example"), None));
    }

    #[test]
    fn a_cors_filtered_response_shows_what_is_exposed() {
        use crate::CredentialsMode::{Include, Omit};
        let shown = |mode, listed: &str, extra: usize| {
            let mut lines = vec![
                ("Access-Control-Allow-Origin".to_owned(), "https://a.example"),
                ("access-control-allow-credentials".to_owned(), "true"),
                ("Access-Control-Expose-Headers".to_owned(), listed),
                ("Set-Cookie".to_owned(), "a=b"),
                ("X-A".to_owned(), " 1\t"),
                ("*".to_owned(), "2"),
                ("Pragma".to_owned(), "3"),
            ];
            lines.extend((0..extra).map(|index| (format!("x-{index}"), "")));
            let head = (200, lines);
            let passed = cors_check("https://a.example", mode, &head).expect("it is allowed");
            let lines = cors_filtered_headers(passed, mode, &head);
            lines.map(|(name, value)| format!("{}={}", name.escape_ascii(), value.escape_ascii())).collect::<Vec<_>>()
        };
        assert_eq!(shown(Omit, "", 0), ["Pragma=3"]);
        assert_eq!(shown(Omit, "x-a, Set-Cookie, set-cookie2", 0), ["X-A=1", "Pragma=3"]);
        assert_eq!(shown(Omit, "x a, x-a", 0), ["Pragma=3"], "it does not parse");
        assert_eq!(shown(Omit, "y, *", 0).len(), 6, "all but the cookie");
        assert_eq!(shown(Include, "y, *", 0), ["*=2", "Pragma=3"], "a plain name");
        for names in [1, 8, 9, 32, 33, 100] {
            let list: Vec<String> = (0..names).map(|index| format!("X-{index}")).collect();
            for lines in [names, 200] {
                assert_eq!(shown(Include, &list.join(","), lines).len(), 1 + names, "{names} names, {lines} lines");
            }
        }
    }

    #[test]
    fn sets_of_names_are_sorted_and_unique() {
        let names = [&b"X-b"[..], b"a", b"x-B"];
        assert_eq!(convert_header_names_to_a_sorted_lowercase_set(names), [&b"a"[..], b"x-b"]);
    }
}

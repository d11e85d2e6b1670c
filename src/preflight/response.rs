//! What the response to a preflight grants.

use crate::checks::cors_check_by;
use crate::coverage::Coverage;
use crate::head::{ResponseHead, get, get_each};
use crate::header_list::HeaderList;
use crate::header_value::{Extracted, TokenList, bad_token, extract_max_age_with, extract_token_list_with};
use crate::method::is_cors_safelisted_method;
use crate::profile::{
    AbsentAllowMethods, AuthorizationUnderWildcard, EmptyResponseLines, MalformedMaxAge, PreflightListOrder,
    PreflightResponseOrder, Profile, Switches, ZeroMaxAge,
};
use crate::reason::{Excerpt, Names, Reason};
use crate::redirect::hide_userinfo;
use crate::request::{CredentialsMode, Request};
use crate::request_header::is_cors_non_wildcard_request_header_name;
use crate::status::{is_ok_status, is_redirect_status};

/// Seconds that an answer counts without a valid `Access-Control-Max-Age`.
const DEFAULT_MAX_AGE: u64 = 5;

/// A list that an answer gives.
#[derive(Debug)]
pub(crate) enum Allowed<'h, H: ?Sized> {
    /// Null.
    Nothing,
    /// The request's own method, by the use-CORS-preflight flag.
    Implied(&'h [u8]),
    Listed(TokenList<'h, H>),
}

impl<'h, H: ResponseHead + ?Sized> Allowed<'h, H> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'h [u8]> + use<'h, H> {
        let (implied, listed) = match self {
            Self::Nothing => (None, None),
            Self::Implied(method) => (Some(*method), None),
            Self::Listed(list) => (None, Some(list.iter())),
        };
        implied.into_iter().chain(listed.into_iter().flatten())
    }
}

/// What an answer to a preflight grants.
#[derive(Debug)]
pub(crate) struct PreflightPassed<'h, H: ?Sized> {
    /// The standard's methods.
    pub(crate) methods: Allowed<'h, H>,
    /// The standard's headerNames.
    pub(crate) header_names: Allowed<'h, H>,
    pub(crate) items: Items<'h>,
    pub(crate) max_age: MaxAge,
    pub(crate) authorization_by_wildcard: bool,
}

/// The items of both lists, as many of them as a cache would store.
#[derive(Debug)]
pub(crate) struct Items<'h> {
    kept: Vec<&'h [u8]>,
    limit: usize,
    methods: usize,
    count: usize,
}

impl<'h> Items<'h> {
    /// Room that the usual answer fits into.
    const USUAL: usize = 16;

    fn new(limit: usize) -> Self {
        Self { kept: Vec::with_capacity(limit.min(Self::USUAL)), limit, methods: 0, count: 0 }
    }

    fn push(&mut self, item: &'h [u8]) {
        self.count = self.count.saturating_add(1);
        if self.count <= self.limit {
            self.kept.push(item);
        }
    }

    /// Whether none had to be left out.
    pub(crate) const fn is_complete(&self) -> bool {
        self.count <= self.limit
    }

    pub(crate) fn methods(&self) -> &[&'h [u8]] {
        self.kept.get(..self.methods).unwrap_or_default()
    }

    pub(crate) fn header_names(&self) -> &[&'h [u8]] {
        self.kept.get(self.methods..).unwrap_or_default()
    }
}

/// How long an answer counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxAge {
    pub(crate) seconds: u64,
    pub(crate) finding: Option<MaxAgeFinding>,
    /// Whether the cache hears of the answer.
    pub(crate) is_stored: bool,
}

/// What is odd about `Access-Control-Max-Age`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaxAgeFinding {
    Malformed,
    Limited { received: u64, limit: u64 },
}

const ALLOW_METHODS: &str = "access-control-allow-methods";
const ALLOW_HEADERS: &str = "access-control-allow-headers";
const MAX_AGE: &str = "access-control-max-age";

/// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0), steps 7.1 to 7.10
/// and 8: judges the response to a preflight for `request`. At most `kept_items` items are kept for a
/// cache.
pub(crate) fn judge_preflight_response<'h, H: ResponseHead + ?Sized>(
    request: &'h Request,
    named: &'h HeaderList,
    serialized_origin: Option<&str>,
    response: &'h H,
    profile: &Profile,
    kept_items: usize,
) -> Result<PreflightPassed<'h, H>, Reason> {
    // 7. CORS check and ok status. The check is on `request`, for its credentials mode; its proof is
    // not kept, as a preflight's response is never delivered.
    let status = response.status();
    let order = profile.switches.preflight_response_order;
    let is_redirect = is_redirect_status(status);
    if is_redirect && order != PreflightResponseOrder::CorsCheckFirst {
        return Err(redirected(response));
    }
    // Without an origin there is nothing to check: an engine's preflight to the page's own.
    if let Some(serialized_origin) = serialized_origin
        && (order != PreflightResponseOrder::StatusFirst || is_ok_status(status))
    {
        cors_check_by(&profile.switches, serialized_origin, request.credentials_mode, response)?;
    }
    if is_redirect {
        return Err(redirected(response));
    }
    // 8. Otherwise a network error.
    if !is_ok_status(status) {
        return Err(Reason::PreflightStatusNotOk { status });
    }
    let method = request.method.as_bytes();
    let mut items = Items::new(kept_items);
    // 7.1. methods
    let (mut names_method, mut all_methods) = (false, false);
    let methods = extract_token_list_with(response, ALLOW_METHODS, |item| {
        items.push(item);
        names_method |= item == method;
        all_methods |= item == b"*";
    });
    // 7.4. Null, and the use-CORS-preflight flag.
    let is_implied = matches!(methods, Extracted::Null) && is_method_implied(request, profile);
    if is_implied {
        items.push(method);
        names_method = true;
    }
    items.methods = items.count;
    // 7.2. headerNames
    let mut coverage = Coverage::new(named, &profile.switches);
    let mut all_names = false;
    let header_names = extract_token_list_with(response, ALLOW_HEADERS, |item| {
        items.push(item);
        coverage.see(item);
        all_names |= item == b"*";
    });
    let item = |name| Excerpt::new(bad_token(response, name).unwrap_or_default());
    let is_method_first = profile.switches.preflight_list_order == PreflightListOrder::MethodFirst;
    // 7.3. Failure of either.
    let methods = match methods {
        Extracted::Failure => return Err(Reason::AllowMethodsUnparsable { item: item(ALLOW_METHODS) }),
        Extracted::Null if is_implied => Allowed::Implied(method),
        Extracted::Null => Allowed::Nothing,
        Extracted::Values(list) => Allowed::Listed(list),
    };
    let include = request.credentials_mode == CredentialsMode::Include;
    let is_method_allowed = names_method || is_cors_safelisted_method(method) || (!include && all_methods);
    let header_names = match header_names {
        Extracted::Failure if is_method_allowed || !is_method_first => {
            return Err(Reason::AllowHeadersUnparsable { item: item(ALLOW_HEADERS) });
        }
        Extracted::Failure | Extracted::Null => Allowed::Nothing,
        Extracted::Values(list) => Allowed::Listed(list),
    };
    // 7.5. The method.
    if !is_method_allowed {
        return Err(Reason::MethodNotAllowed {
            method: Excerpt::new(method),
            allowed: Names::new(methods.iter()),
            credentials_mode: request.credentials_mode.as_str(),
        });
    }
    let wildcard = !include && all_names;
    // 7.6. Names that no wildcard covers; they are unsafe names too.
    let authorization_by_wildcard = coverage.missing().any(is_cors_non_wildcard_request_header_name);
    let allowed_by_profile =
        wildcard && profile.switches.authorization_under_wildcard != AuthorizationUnderWildcard::Refused;
    if authorization_by_wildcard && !allowed_by_profile {
        return Err(Reason::AuthorizationNotNamed { allowed: Names::new(header_names.iter()) });
    }
    // 7.7. All other unsafe names.
    if !wildcard && coverage.missing().next().is_some() {
        let mut missing: Vec<Vec<u8>> = coverage.missing().map(<[u8]>::to_ascii_lowercase).collect();
        missing.sort_unstable();
        missing.dedup();
        return Err(Reason::HeaderNotAllowed {
            missing: Names::new(missing.iter().map(|name| &**name)),
            allowed: Names::new(header_names.iter()),
            credentials_mode: request.credentials_mode.as_str(),
        });
    }
    let max_age = max_age(response, profile);
    Ok(PreflightPassed { methods, header_names, items, max_age, authorization_by_wildcard })
}

fn is_method_implied(request: &Request, profile: &Profile) -> bool {
    request.use_cors_preflight && profile.switches.absent_allow_methods == AbsentAllowMethods::RequestMethod
}

#[cold]
fn redirected(response: &(impl ResponseHead + ?Sized)) -> Reason {
    let location = get(response, "location").map(|location| Excerpt::new(&hide_userinfo(&location)));
    Reason::PreflightRedirected { status: response.status(), location }
}

/// Whether an answer whose lists parse does not grant what is asked.
pub(crate) const fn is_of_lists(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::MethodNotAllowed { .. } | Reason::AuthorizationNotNamed { .. } | Reason::HeaderNotAllowed { .. }
    )
}

/// What an answer would grant whatever is asked; nothing if a list does not parse.
pub(crate) fn unjudged_items<'h, H: ResponseHead + ?Sized>(
    request: &'h Request,
    response: &'h H,
    profile: &Profile,
    kept_items: usize,
) -> Option<(Items<'h>, MaxAge)> {
    let mut items = Items::new(kept_items);
    match extract_token_list_with(response, ALLOW_METHODS, |item| items.push(item)) {
        Extracted::Failure => return None,
        Extracted::Null if is_method_implied(request, profile) => items.push(request.method.as_bytes()),
        _ => {}
    }
    items.methods = items.count;
    let header_names = extract_token_list_with(response, ALLOW_HEADERS, |item| items.push(item));
    (!matches!(header_names, Extracted::Failure)).then(|| (items, max_age(response, profile)))
}

/// Steps 7.8 to 7.10.
fn max_age(response: &(impl ResponseHead + ?Sized), profile: &Profile) -> MaxAge {
    let Switches { malformed_max_age, zero_max_age, empty_response_lines, .. } = profile.switches;
    let counts = |value: &[u8]| empty_response_lines == EmptyResponseLines::Kept || !value.is_empty();
    // 7.8. and 7.9. Failure and null are five seconds.
    let (seconds, finding) = match (extract_max_age_with(response, counts), malformed_max_age) {
        (Extracted::Null, _) => (DEFAULT_MAX_AGE, None),
        (Extracted::Values(seconds), MalformedMaxAge::SignedNumber) if i64::try_from(seconds).is_err() => {
            (DEFAULT_MAX_AGE, Some(MaxAgeFinding::Malformed))
        }
        (Extracted::Values(seconds), _) => (seconds, None),
        (Extracted::Failure, MalformedMaxAge::SignedNumber) => {
            (signed_max_age(response, counts).unwrap_or(DEFAULT_MAX_AGE), Some(MaxAgeFinding::Malformed))
        }
        (Extracted::Failure, _) => (DEFAULT_MAX_AGE, Some(MaxAgeFinding::Malformed)),
    };
    let is_refused = malformed_max_age == MalformedMaxAge::NotStored
        && finding == Some(MaxAgeFinding::Malformed)
        && get(response, MAX_AGE).is_some_and(|value| !value.is_empty());
    if is_refused {
        return MaxAge { seconds: 0, finding, is_stored: false };
    }
    // 7.10. The imposed limit.
    let (seconds, finding) = match profile.max_age_limit.map(u64::from) {
        Some(limit) if seconds > limit => (limit, Some(MaxAgeFinding::Limited { received: seconds, limit })),
        _ => (seconds, finding),
    };
    MaxAge { seconds, finding, is_stored: seconds > 0 || zero_max_age == ZeroMaxAge::Stored }
}

/// The value as a number with or without a sign, which is 0 if it is less.
#[cold]
fn signed_max_age(response: &(impl ResponseHead + ?Sized), counts: impl Fn(&[u8]) -> bool) -> Option<u64> {
    let [value] = get_each(response, [MAX_AGE], counts);
    let number: i64 = std::str::from_utf8(&value?).ok()?.parse().ok()?;
    Some(number.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::super::tests::request;
    use super::*;
    use crate::origin::Origin;
    use url::Url;

    fn judge(request: &Request, status: u16, lines: &[(&str, &str)]) -> Result<(usize, usize, u64), &'static str> {
        let mut head =
            vec![("Access-Control-Allow-Origin", "https://a.example"), ("Access-Control-Allow-Credentials", "true")];
        head.extend_from_slice(lines);
        judge_preflight_response(
            request,
            &request.header_list,
            Some("https://a.example"),
            &(status, head),
            &Profile::standard(),
            8,
        )
        .map(|passed| (passed.methods.iter().count(), passed.header_names.iter().count(), passed.max_age.seconds))
        .map_err(|reason| reason.code())
    }

    const M: &str = "Access-Control-Allow-Methods";
    const H: &str = "Access-Control-Allow-Headers";

    #[test]
    fn status_comes_with_the_cors_check() {
        let put = request("PUT", &[], CredentialsMode::SameOrigin);
        assert_eq!(judge(&put, 204, &[(M, "PUT")]), Ok((1, 0, 5)));
        assert_eq!(judge(&put, 199, &[(M, "PUT")]), Err("preflight-status-not-ok"));
        assert_eq!(judge(&put, 300, &[(M, "PUT")]), Err("preflight-status-not-ok"));
        assert_eq!(judge(&put, 302, &[(M, "PUT")]), Err("preflight-redirected"));
        let head = (200, vec![(M, "PUT")]);
        let error =
            judge_preflight_response(&put, &put.header_list, Some("https://a.example"), &head, &Profile::standard(), 8)
                .expect_err("no ACAO");
        assert_eq!(error.code(), "allow-origin-missing");
    }

    #[test]
    fn methods_are_named_exactly_or_by_wildcard_without_credentials() {
        let put = request("PUT", &[], CredentialsMode::SameOrigin);
        for bad in ["put", "GET, POST", ""] {
            assert_eq!(judge(&put, 200, &[(M, bad)]), Err("method-not-allowed"), "{bad}");
        }
        assert_eq!(judge(&put, 200, &[]), Err("method-not-allowed"));
        assert_eq!(judge(&put, 200, &[(M, "GET, *")]), Ok((2, 0, 5)));
        assert_eq!(judge(&put, 200, &[(M, "PUT, DEL ETE")]), Err("allow-methods-unparsable"));
        let include = request("PUT", &[], CredentialsMode::Include);
        assert_eq!(judge(&include, 200, &[(M, "*")]), Err("method-not-allowed"));
        let star = request("*", &[], CredentialsMode::Include);
        assert_eq!(judge(&star, 200, &[(M, "*")]), Ok((1, 0, 5)), "a method named *");
        let post = request("POST", &[("x-a", "")], CredentialsMode::Include);
        assert_eq!(judge(&post, 200, &[(M, "PUT"), (H, "x-a")]), Ok((1, 1, 5)), "safelisted methods need no name");
    }

    #[test]
    fn header_names_are_named_or_covered() {
        let get = request("GET", &[("X-b", ""), ("x-A", ""), ("X-B", "")], CredentialsMode::SameOrigin);
        assert_eq!(judge(&get, 200, &[(H, "X-a,,x-B")]), Ok((0, 2, 5)));
        assert_eq!(judge(&get, 200, &[(H, "*")]), Ok((0, 1, 5)));
        assert_eq!(judge(&get, 200, &[(H, "x-a")]), Err("header-not-allowed"));
        assert_eq!(judge(&get, 200, &[(H, "x-a, x b")]), Err("allow-headers-unparsable"));
        let include = request("GET", &[("x-a", "")], CredentialsMode::Include);
        assert_eq!(judge(&include, 200, &[(H, "*")]), Err("header-not-allowed"));
        let head = (200, vec![("access-control-allow-origin", "*"), (H, "x-c")]);
        let error =
            judge_preflight_response(&get, &get.header_list, Some("https://a.example"), &head, &Profile::standard(), 8)
                .expect_err("missing");
        assert_eq!(error.facts()[0], ("missing", "x-a, x-b".to_owned()));
    }

    #[test]
    fn many_names_are_judged_as_few_are() {
        let names: Vec<String> = (0..200).map(|index| format!("X-{index}")).collect();
        let headers: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "")).collect();
        let get = request("GET", &headers, CredentialsMode::SameOrigin);
        let all = names.join(",").to_ascii_lowercase();
        assert_eq!(judge(&get, 200, &[(H, &all)]), Ok((0, 200, 5)));
        assert_eq!(judge(&get, 200, &[(H, all.trim_end_matches("x-199"))]), Err("header-not-allowed"));
    }

    #[test]
    fn authorization_must_be_named_unless_a_profile_says_otherwise() {
        let get = request("GET", &[("Authorization", "x")], CredentialsMode::SameOrigin);
        assert_eq!(judge(&get, 200, &[(H, "*")]), Err("authorization-not-named"));
        assert_eq!(judge(&get, 200, &[(H, "*, AUTHORIZATION")]), Ok((0, 2, 5)));
        let compat = Profile::standard().with_authorization_under_wildcard(AuthorizationUnderWildcard::Allowed);
        let head = (200, vec![("access-control-allow-origin", "*"), (H, "*")]);
        let passed = judge_preflight_response(&get, &get.header_list, Some("https://a.example"), &head, &compat, 0)
            .expect("allowed");
        assert!(passed.authorization_by_wildcard);
        let nothing = (200, vec![("access-control-allow-origin", "*")]);
        assert!(
            judge_preflight_response(&get, &get.header_list, Some("https://a.example"), &nothing, &compat, 0).is_err()
        );
    }

    #[test]
    fn the_use_cors_preflight_flag_implies_the_method_only_without_the_header() {
        let url = Url::parse("https://b.example/").expect("a URL");
        let upload = Request::builder(url)
            .origin(Origin::opaque(1))
            .method("PUT")
            .use_cors_preflight(true)
            .build()
            .expect("a request");
        let judge = |lines: Vec<(&str, &str)>| {
            judge_preflight_response(&upload, &upload.header_list, Some("null"), &(200, lines), &Profile::standard(), 8)
                .map(|passed| passed.methods.iter().count())
                .map_err(|reason| reason.code())
        };
        assert_eq!(judge(vec![("access-control-allow-origin", "*")]), Ok(1));
        assert_eq!(judge(vec![("access-control-allow-origin", "*"), (M, "")]), Err("method-not-allowed"));
    }

    #[test]
    fn max_age_defaults_and_is_limited() {
        let put = request("PUT", &[], CredentialsMode::SameOrigin);
        let max_age =
            |value: &str| judge(&put, 200, &[(M, "PUT"), ("Access-Control-Max-Age", value)]).map(|(.., age)| age);
        assert_eq!((max_age("60"), max_age("-1"), max_age("7201"), max_age("0")), (Ok(60), Ok(5), Ok(7200), Ok(0)));
    }
}

//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch): when one is needed,
//! the request, and the judgement of its response.

use std::borrow::Cow;

use http::header::{ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::checks::cors_check_by;
use crate::coverage::Coverage;
use crate::head::{ResponseHead, get, get_each};
use crate::header_list::{HeaderError, HeaderList, write_names};
use crate::header_value::{Extracted, TokenList, bad_token, extract_max_age_with, extract_token_list_with};
use crate::infra::compare_ignoring_case;
use crate::method::is_cors_safelisted_method;
use crate::network::cache_mode_of;
use crate::profile::{
    AbsentAllowMethods, AuthorizationUnderWildcard, CacheBypass, CacheMethods, EmptyResponseLines, MalformedMaxAge,
    PreflightListOrder, PreflightResponseOrder, Profile, RepeatedPreflightNames, Switches, UploadListener, ZeroMaxAge,
};
use crate::reason::{Excerpt, Names, Reason};
use crate::redirect::hide_userinfo;
use crate::request::{CacheMode, CredentialsMode, Request};
use crate::request_header::{
    MAX_SAFELISTED_TOTAL_BYTES, Unsafe, has_cors_unsafe_request_header_name, is_cors_non_wildcard_request_header_name,
    safelist_value_size, safelisted_value, unsafe_lines, why_unsafe_by as why_unsafe,
};
use crate::status::{is_ok_status, is_redirect_status};
use crate::trace::PreflightCause;

/// Seconds that an answer counts without a valid `Access-Control-Max-Age`.
const DEFAULT_MAX_AGE: u64 = 5;

/// Whether [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch) takes the branch with a
/// CORS-preflight fetch.
pub(crate) fn is_preflight_needed(request: &Request, switches: &Switches) -> bool {
    is_preflight_forced(request, switches)
        || (request.unsafe_request
            && (!is_cors_safelisted_method(request.method.as_bytes())
                || has_cors_unsafe_request_header_name(&request.header_list, switches)))
}

/// Whether the use-CORS-preflight flag is set, and counts.
fn is_preflight_forced(request: &Request, switches: &Switches) -> bool {
    request.use_cors_preflight
        && (switches.upload_listener == UploadListener::AnyRequest || !matches!(&*request.method, "GET" | "HEAD"))
}

/// Whether the cache is asked for the request's method.
pub(crate) fn is_method_looked_up(request: &Request, switches: &Switches) -> bool {
    let method = request.method.as_bytes();
    match switches.cache_methods {
        CacheMethods::UnsafeOrForced => !is_cors_safelisted_method(method) || request.use_cors_preflight,
        CacheMethods::Unsafe => !is_cors_safelisted_method(method),
        CacheMethods::AllButGetAndPost => method != b"GET" && method != b"POST",
    }
}

/// The cache mode that takes a request past the CORS-preflight cache, if one does.
#[inline]
pub(crate) fn bypassing_cache_mode(request: &Request, switches: &Switches) -> Option<CacheMode> {
    if switches.cache_bypass == CacheBypass::Never {
        return None;
    }
    // HTTP-network-or-cache fetch comes later, and changes the mode of its own request alone.
    let cache_mode = cache_mode_of(request.cache_mode, &request.header_list, switches);
    let is_past = match cache_mode {
        CacheMode::NoStore | CacheMode::Reload => true,
        CacheMode::NoCache => switches.cache_bypass == CacheBypass::NoStoreReloadAndNoCache,
        _ => false,
    };
    is_past.then_some(cache_mode)
}

/// All that makes a preflight needed, for a trace.
pub(crate) fn preflight_causes(request: &Request, switches: &Switches) -> Vec<PreflightCause> {
    let mut causes = Vec::new();
    if is_preflight_forced(request, switches) {
        causes.push(PreflightCause::UseCorsPreflightFlag);
    }
    if !is_cors_safelisted_method(request.method.as_bytes()) {
        causes.push(PreflightCause::Method(Excerpt::new(request.method.as_bytes())));
    }
    for (name, value) in &request.header_list {
        let value = safelisted_value(&request.header_list, switches, name, value);
        if let Some(why) = why_unsafe(switches, name, &value) {
            let value = (why != Unsafe::Name).then(|| Excerpt::new(&value));
            causes.push(PreflightCause::Header { name: Excerpt::new(name), value, why });
        }
    }
    let total = safelist_value_size(&request.header_list, switches);
    if total > MAX_SAFELISTED_TOTAL_BYTES {
        causes.push(PreflightCause::TotalLength(total));
    }
    causes
}

/// The header list of a [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request),
/// steps 2 to 5, to which the lines of a hop come.
pub(crate) fn preflight_header_list(
    request: &Request,
    named: &HeaderList,
    switches: &Switches,
    room: usize,
) -> Result<HeaderList, HeaderError> {
    // 4. headers
    let mut headers = UnsafeNames::new(named, switches);
    headers.sort();
    let value = headers.value_len();
    let line = HeaderList::line_bytes;
    let own = [line(6, 3), line(29, request.method.len()), line(30, value)];
    let repeat = switches.repeated_preflight_names == RepeatedPreflightNames::Repeated;
    let mut list = HeaderList::with_capacity(own.into_iter().fold(room, usize::saturating_add));
    // 2. Accept
    list.push(b"Accept", b"*/*")?;
    // 3. Access-Control-Request-Method
    list.push(b"Access-Control-Request-Method", request.method.as_bytes())?;
    // 5. Access-Control-Request-Headers
    if value > 0 {
        list.push_names(b"Access-Control-Request-Headers", headers.as_slice(), repeat)?;
    }
    Ok(list)
}

/// The same as `http` has it, without a detour over a list.
pub(crate) fn preflight_header_map(request: &Request, switches: &Switches) -> Result<HeaderMap, HeaderError> {
    let refused = |name: &HeaderName| HeaderError::NotRepresentable(name.as_str().to_owned());
    // Room for a few lines that a host adds.
    let mut map = HeaderMap::try_with_capacity(8).map_err(|_| HeaderError::TooLarge)?;
    let mut insert = |name: HeaderName, value: HeaderValue| match map.try_insert(&name, value) {
        Ok(_) => Ok(()),
        Err(_) => Err(refused(&name)),
    };
    // 4. headers
    let mut headers = UnsafeNames::new(&request.header_list, switches);
    headers.sort();
    // 2. Accept
    insert(ACCEPT, HeaderValue::from_static("*/*"))?;
    // 3. Access-Control-Request-Method
    let method = match request.method {
        Cow::Borrowed(method) => HeaderValue::from_static(method),
        Cow::Owned(ref method) => HeaderValue::from_str(method).map_err(|_| refused(&ACCESS_CONTROL_REQUEST_METHOD))?,
    };
    insert(ACCESS_CONTROL_REQUEST_METHOD, method)?;
    // 5. Access-Control-Request-Headers
    // As many commas as names, less one: a vector without spare room becomes a value as it is.
    let mut value = Vec::with_capacity(headers.value_len().saturating_sub(1));
    write_names(&mut value, headers.as_slice(), false);
    if !value.is_empty() {
        let value = HeaderValue::try_from(value).map_err(|_| refused(&ACCESS_CONTROL_REQUEST_HEADERS))?;
        insert(ACCESS_CONTROL_REQUEST_HEADERS, value)?;
    }
    Ok(map)
}

/// How many unsafe names are kept without an allocation.
const FEW_NAMES: usize = 8;

/// The CORS-unsafe request-header names of a list, as they stand, with repetitions.
struct UnsafeNames<'a> {
    few: [&'a [u8]; FEW_NAMES],
    count: usize,
    /// All of them, if they are not few.
    many: Vec<&'a [u8]>,
}

impl<'a> UnsafeNames<'a> {
    fn new(headers: &'a HeaderList, switches: &Switches) -> Self {
        let mut names = Self { few: [&[]; FEW_NAMES], count: 0, many: Vec::new() };
        for name in unsafe_lines(headers, switches) {
            let Some(place) = names.few.get_mut(names.count) else {
                names.many = unsafe_lines(headers, switches).collect();
                break;
            };
            *place = name;
            names.count = names.count.saturating_add(1);
        }
        names
    }

    fn as_slice(&self) -> &[&'a [u8]] {
        if self.many.is_empty() { self.few.get(..self.count).unwrap_or_default() } else { &self.many }
    }

    /// The most bytes that they have, joined by commas.
    fn value_len(&self) -> usize {
        self.as_slice().iter().fold(0, |sum: usize, name| sum.saturating_add(name.len()).saturating_add(1))
    }

    fn sort(&mut self) {
        let by_name = |a: &&[u8], b: &&[u8]| compare_ignoring_case(a, b);
        self.few.get_mut(..self.count).unwrap_or_default().sort_unstable_by(by_name);
        self.many.sort_unstable_by(by_name);
    }
}

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
    use super::*;
    use crate::origin::Origin;
    use url::Url;

    fn request(method: &str, headers: &[(&str, &str)], credentials_mode: CredentialsMode) -> Request {
        let url = Url::parse("https://b.example/").expect("a URL");
        let mut builder = Request::builder(url)
            .origin(Origin::parse("https://a.example").expect("an origin"))
            .method(method)
            .credentials_mode(credentials_mode)
            .as_fetch_api();
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        builder.build().expect("a request")
    }

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

    #[test]
    fn the_request_is_the_standards() {
        let put =
            request("PUT", &[("x-B", "1"), ("Accept", "a"), ("X-a", "2"), ("x-b", "3")], CredentialsMode::SameOrigin);
        let list = preflight_header_list(&put, &put.header_list, &Switches::STANDARD, 0).expect("room");
        let lines: Vec<(&[u8], &[u8])> = list.iter().collect();
        assert_eq!(
            lines,
            [
                (&b"Accept"[..], &b"*/*"[..]),
                (b"Access-Control-Request-Method", b"PUT"),
                (b"Access-Control-Request-Headers", b"x-a,x-b"),
            ]
        );
        let as_map = |request: &Request| {
            let list = preflight_header_list(request, &request.header_list, &Switches::STANDARD, 0).expect("room");
            let map = preflight_header_map(request, &Switches::STANDARD).expect("room");
            assert_eq!(HeaderMap::try_from(&list).expect("plain bytes"), map);
        };
        as_map(&put);
        as_map(&request("PUT", &[], CredentialsMode::Omit));
        as_map(&request("X-Own", &[("x-a", "1")], CredentialsMode::Omit));
        let put = request("PUT", &[], CredentialsMode::Omit);
        let list = preflight_header_list(&put, &put.header_list, &Switches::STANDARD, 0).expect("room");
        assert!(!list.contains("access-control-request-headers"));
    }

    #[test]
    fn a_preflight_is_needed_for_what_is_not_safelisted() {
        let needed = |request: &Request| {
            let standard = &Switches::STANDARD;
            (is_preflight_needed(request, standard), preflight_causes(request, standard).len())
        };
        assert_eq!(needed(&request("GET", &[("accept", "x")], CredentialsMode::Omit)), (false, 0));
        assert_eq!(needed(&request("PATCH", &[("x-a", "x")], CredentialsMode::Omit)), (true, 2));
        let url = Url::parse("https://b.example/").expect("a URL");
        let report = Request::builder(url.clone())
            .origin(Origin::opaque(1))
            .method("PUT")
            .mode(crate::RequestMode::Cors)
            .build();
        assert!(
            !is_preflight_needed(&report.expect("a request"), &Switches::STANDARD),
            "the unsafe-request flag is unset"
        );
        let upload =
            Request::builder(url).origin(Origin::opaque(1)).use_cors_preflight(true).build().expect("a request");
        assert_eq!(needed(&upload), (true, 1));
    }
}

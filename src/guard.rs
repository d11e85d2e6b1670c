//! Guards for API layers: what `fetch()`, `Headers` and XMLHttpRequest refuse or drop before a request
//! reaches the engine.

use url::Url;

use crate::header_list::{HeaderError, HeaderList, is_header_name, is_header_value, normalize_header_value};
use crate::method::{is_cors_safelisted_method, is_forbidden_method, is_method, normalize_method};
use crate::redirect::includes_credentials;
use crate::request::{CacheMode, RequestMode};
use crate::request_header::{
    is_forbidden_request_header, is_no_cors_safelisted_request_header, is_no_cors_safelisted_request_header_name,
    is_privileged_no_cors_request_header_name,
};
use crate::response_header::is_forbidden_response_header_name;

/// What an API throws for: a `TypeError` from `fetch()`, and mostly another exception from XHR.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiRefusal {
    /// The URL has a user name or password.
    #[error("the URL has a user name or password, which fetch() refuses")]
    UrlHasCredentials,
    /// The method is no token.
    #[error("method {0:?} is not a token")]
    InvalidMethod(String),
    /// The method is CONNECT, TRACE or TRACK.
    #[error("method {0:?} is forbidden: CONNECT, TRACE and TRACK are, in any case")]
    ForbiddenMethod(String),
    /// Mode no-cors with a method other than GET, HEAD and POST.
    #[error("method {0:?} cannot be used with mode no-cors: only GET, HEAD and POST can")]
    NoCorsMethod(String),
    /// Mode navigate, websocket or webtransport.
    #[error("mode {0} cannot be chosen by a page")]
    Mode(RequestMode),
    /// Cache mode only-if-cached with a mode other than same-origin.
    #[error("cache mode only-if-cached needs mode same-origin")]
    OnlyIfCached,
    /// A body with GET or HEAD.
    #[error("a request with method GET or HEAD has no body")]
    BodyWithGetOrHead,
    /// The name is no header name or the value no header value.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The headers cannot be changed.
    #[error("the headers are immutable")]
    Immutable,
}

/// What `fetch()` refuses of a URL: [Request constructor](https://fetch.spec.whatwg.org/#dom-request), step 5.3.
///
/// # Errors
/// The URL includes credentials.
pub fn check_fetch_url(url: &Url) -> Result<(), ApiRefusal> {
    if includes_credentials(url) { Err(ApiRefusal::UrlHasCredentials) } else { Ok(()) }
}

/// The method that `fetch()` and XHR send for the one they are given: checked, and normalized.
///
/// # Errors
/// It is no method, or a forbidden one.
pub fn check_method(method: &[u8]) -> Result<String, ApiRefusal> {
    let text = || method.escape_ascii().to_string();
    if !is_method(method) {
        return Err(ApiRefusal::InvalidMethod(text()));
    }
    if is_forbidden_method(method) {
        return Err(ApiRefusal::ForbiddenMethod(text()));
    }
    // A token is ASCII.
    Ok(normalize_method(method).iter().copied().map(char::from).collect())
}

/// What `fetch()` refuses of modes, given a checked method and whether there is a body.
///
/// # Errors
/// A combination for which the [Request constructor](https://fetch.spec.whatwg.org/#dom-request) throws.
pub fn check_modes(method: &str, mode: RequestMode, cache_mode: CacheMode, has_body: bool) -> Result<(), ApiRefusal> {
    if matches!(mode, RequestMode::Navigate | RequestMode::WebSocket | RequestMode::WebTransport) {
        return Err(ApiRefusal::Mode(mode));
    }
    if cache_mode == CacheMode::OnlyIfCached && mode != RequestMode::SameOrigin {
        return Err(ApiRefusal::OnlyIfCached);
    }
    if mode == RequestMode::NoCors && !is_cors_safelisted_method(method.as_bytes()) {
        return Err(ApiRefusal::NoCorsMethod(method.to_owned()));
    }
    if has_body && matches!(method, "GET" | "HEAD") {
        return Err(ApiRefusal::BodyWithGetOrHead);
    }
    Ok(())
}

/// XHR's [`setRequestHeader()`](https://xhr.spec.whatwg.org/#the-setrequestheader()-method). Whether the
/// header was taken: a forbidden one is dropped without a word.
///
/// # Errors
/// The name or the normalized value is none, or the list is full.
pub fn xhr_set_request_header(list: &mut HeaderList, name: &[u8], value: &[u8]) -> Result<bool, ApiRefusal> {
    // 3. Normalize value.
    let value = normalize_header_value(value);
    // 4. Syntax.
    check_syntax(name, value)?;
    // 5. Forbidden ones are dropped.
    if is_forbidden_request_header(name, value) {
        return Ok(false);
    }
    // 6. Combine.
    list.combine(name, value)?;
    Ok(true)
}

fn check_syntax(name: &[u8], value: &[u8]) -> Result<(), HeaderError> {
    let text = || name.escape_ascii().to_string();
    if !is_header_name(name) {
        return Err(HeaderError::InvalidName(text()));
    }
    if !is_header_value(value) {
        return Err(HeaderError::InvalidValue(text()));
    }
    Ok(())
}

/// A [headers guard](https://fetch.spec.whatwg.org/#headers-guard).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these five")]
pub enum HeadersGuard {
    /// No restriction.
    None,
    /// No change.
    Immutable,
    /// No forbidden request-headers.
    Request,
    /// Only no-CORS-safelisted request-headers.
    RequestNoCors,
    /// No forbidden response-header names.
    Response,
}

/// The standard's [`Headers` class](https://fetch.spec.whatwg.org/#headers-class): a header list behind a
/// guard. A change that a guard does not allow is dropped without a word, unless it throws.
#[derive(Clone, Debug)]
pub struct Headers {
    guard: HeadersGuard,
    header_list: HeaderList,
}

impl Headers {
    /// No headers, behind this guard.
    pub const fn new(guard: HeadersGuard) -> Self {
        Self { guard, header_list: HeaderList::new() }
    }

    /// A list that is there, behind this guard.
    pub const fn with_list(guard: HeadersGuard, header_list: HeaderList) -> Self {
        Self { guard, header_list }
    }

    /// The list.
    pub const fn header_list(&self) -> &HeaderList {
        &self.header_list
    }

    /// The list, taken out.
    pub fn into_header_list(self) -> HeaderList {
        self.header_list
    }

    /// [Validate](https://fetch.spec.whatwg.org/#headers-validate).
    fn validate(&self, name: &[u8], value: &[u8]) -> Result<bool, ApiRefusal> {
        // 1. Syntax.
        check_syntax(name, value)?;
        match self.guard {
            // 2. Immutable.
            HeadersGuard::Immutable => Err(ApiRefusal::Immutable),
            // 3. Forbidden request-headers.
            HeadersGuard::Request => Ok(!is_forbidden_request_header(name, value)),
            // 4. Forbidden response-header names.
            HeadersGuard::Response => Ok(!is_forbidden_response_header_name(name)),
            // 5. Otherwise true.
            HeadersGuard::None | HeadersGuard::RequestNoCors => Ok(true),
        }
    }

    /// [Append](https://fetch.spec.whatwg.org/#concept-headers-append).
    ///
    /// # Errors
    /// What the API throws a `TypeError` for.
    pub fn append(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), ApiRefusal> {
        let name = name.as_ref();
        // 1. Normalize value.
        let value = normalize_header_value(value.as_ref());
        // 2. Validate.
        if !self.validate(name, value)? {
            return Ok(());
        }
        // 3. The no-cors guard looks at what the values would be together.
        if self.guard == HeadersGuard::RequestNoCors {
            // 3.1. to 3.3. temporaryValue
            let temporary_value = match self.header_list.get(name) {
                None => value.to_vec(),
                Some(present) => [&present, &b", "[..], value].concat(),
            };
            // 3.4. Dropped.
            if !is_no_cors_safelisted_request_header(name, &temporary_value) {
                return Ok(());
            }
        }
        // 4. Append.
        self.header_list.append(name, value)?;
        // 5. Remove privileged no-CORS request-headers.
        self.remove_privileged_no_cors_request_headers();
        Ok(())
    }

    /// [`delete(name)`](https://fetch.spec.whatwg.org/#dom-headers-delete).
    ///
    /// # Errors
    /// What the API throws a `TypeError` for.
    pub fn delete(&mut self, name: impl AsRef<[u8]>) -> Result<(), ApiRefusal> {
        let name = name.as_ref();
        // 1. Validate.
        if !self.validate(name, b"")? {
            return Ok(());
        }
        // 2. The no-cors guard.
        if self.guard == HeadersGuard::RequestNoCors
            && !is_no_cors_safelisted_request_header_name(name)
            && !is_privileged_no_cors_request_header_name(name)
        {
            return Ok(());
        }
        // 3. Nothing to delete.
        if !self.header_list.contains(name) {
            return Ok(());
        }
        // 4. Delete.
        self.header_list.delete(name);
        // 5. Remove privileged no-CORS request-headers.
        self.remove_privileged_no_cors_request_headers();
        Ok(())
    }

    /// [`set(name, value)`](https://fetch.spec.whatwg.org/#dom-headers-set).
    ///
    /// # Errors
    /// What the API throws a `TypeError` for.
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), ApiRefusal> {
        let name = name.as_ref();
        // 1. Normalize value.
        let value = normalize_header_value(value.as_ref());
        // 2. Validate.
        if !self.validate(name, value)? {
            return Ok(());
        }
        // 3. The no-cors guard.
        if self.guard == HeadersGuard::RequestNoCors && !is_no_cors_safelisted_request_header(name, value) {
            return Ok(());
        }
        // 4. Set.
        self.header_list.set(name, value)?;
        // 5. Remove privileged no-CORS request-headers.
        self.remove_privileged_no_cors_request_headers();
        Ok(())
    }

    /// [Remove privileged no-CORS request-headers](https://fetch.spec.whatwg.org/#concept-headers-remove-privileged-no-cors-request-headers),
    /// if the guard is that of no-cors.
    fn remove_privileged_no_cors_request_headers(&mut self) {
        if self.guard == HeadersGuard::RequestNoCors {
            self.header_list.delete("Range");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_checked_and_normalized() {
        assert_eq!(check_method(b"put").as_deref(), Ok("PUT"));
        assert_eq!(check_method(b"patch").as_deref(), Ok("patch"));
        assert_eq!(check_method(b"Trace"), Err(ApiRefusal::ForbiddenMethod("Trace".into())));
        assert_eq!(check_method(b"a b"), Err(ApiRefusal::InvalidMethod("a b".into())));
    }

    #[test]
    fn pages_choose_among_three_modes() {
        let check = |method, mode, cache_mode, body| check_modes(method, mode, cache_mode, body);
        assert_eq!(
            check("PUT", RequestMode::NoCors, CacheMode::Default, false),
            Err(ApiRefusal::NoCorsMethod("PUT".into()))
        );
        assert_eq!(
            check("GET", RequestMode::Navigate, CacheMode::Default, false),
            Err(ApiRefusal::Mode(RequestMode::Navigate))
        );
        assert_eq!(check("GET", RequestMode::Cors, CacheMode::OnlyIfCached, false), Err(ApiRefusal::OnlyIfCached));
        assert_eq!(check("HEAD", RequestMode::Cors, CacheMode::Default, true), Err(ApiRefusal::BodyWithGetOrHead));
        assert_eq!(check("PUT", RequestMode::Cors, CacheMode::Default, true), Ok(()));
        assert_eq!(check("GET", RequestMode::SameOrigin, CacheMode::OnlyIfCached, false), Ok(()));
    }

    #[test]
    fn urls_with_userinfo_are_refused() {
        let check = |url: &str| check_fetch_url(&Url::parse(url).expect("a URL"));
        assert_eq!(check("https://u@a.example/"), Err(ApiRefusal::UrlHasCredentials));
        assert_eq!(check("https://a.example/"), Ok(()));
    }

    #[test]
    fn the_no_cors_guard_keeps_only_what_is_safelisted_together() {
        let mut headers = Headers::with_list(HeadersGuard::RequestNoCors, {
            let mut list = HeaderList::new();
            list.append("Range", "bytes=0-").expect("valid");
            list
        });
        headers.append("x-a", "1").expect("dropped");
        assert!(headers.header_list().contains("range"), "a dropped change removes nothing");
        headers.append("Accept", "x".repeat(127)).expect("taken");
        assert!(!headers.header_list().contains("range"), "a change removes privileged headers");
        headers.append("accept", "").expect("dropped: 129 bytes together");
        assert_eq!(headers.header_list().len(), 1);
        headers.set("content-type", "application/json").expect("dropped");
        headers.append("range", "bytes=0-").expect("dropped");
        assert_eq!(headers.header_list().len(), 1);
        headers.delete("accept").expect("a safelisted name");
        assert!(headers.header_list().is_empty());
    }

    #[test]
    fn guards_drop_or_throw() {
        let mut request = Headers::new(HeadersGuard::Request);
        request.append("Cookie", "a").expect("dropped");
        request.set("sec-x", "a").expect("dropped");
        request.append("x-a", " \r\n1\t").expect("taken, normalized");
        assert_eq!(request.header_list().iter().collect::<Vec<_>>(), [(&b"x-a"[..], &b"1"[..])]);
        request.delete("cookie").expect("dropped");
        assert!(request.append("a b", "1").is_err() && request.append("a", "1\n2").is_err());
        let mut response = Headers::new(HeadersGuard::Response);
        response.append("Set-Cookie", "a").expect("dropped");
        assert!(response.header_list().is_empty());
        let mut immutable = Headers::new(HeadersGuard::Immutable);
        assert_eq!(immutable.append("a", "1"), Err(ApiRefusal::Immutable));
        assert_eq!(immutable.delete("a"), Err(ApiRefusal::Immutable));
        assert_eq!(immutable.set("a", "1"), Err(ApiRefusal::Immutable));
    }

    #[test]
    fn xhr_combines_and_drops() {
        let mut list = HeaderList::new();
        assert_eq!(xhr_set_request_header(&mut list, b"x-a", b" 1 "), Ok(true));
        assert_eq!(xhr_set_request_header(&mut list, b"X-A", b"2"), Ok(true));
        assert_eq!(xhr_set_request_header(&mut list, b"origin", b"x"), Ok(false));
        assert!(xhr_set_request_header(&mut list, b"", b"x").is_err());
        assert_eq!(list.get("x-a").as_deref(), Some(&b"1, 2"[..]));
    }
}

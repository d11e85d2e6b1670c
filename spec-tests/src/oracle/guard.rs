//! What API layers refuse or drop: the [`Headers` class](https://fetch.spec.whatwg.org/#headers-class),
//! the [`Request` constructor](https://fetch.spec.whatwg.org/#dom-request) and XHR's
//! [`setRequestHeader()`](https://xhr.spec.whatwg.org/#the-setrequestheader()-method).

use super::api::is_forbidden_method;
use super::header_list::{HeaderList, get_decode_and_split};
use super::infra::{Bytes, encode, is_header_value, is_token, lowercase, matches, normalize};
use super::request::Word;
use super::request_headers::{is_cors_safelisted_method, is_cors_safelisted_request_header};
use super::response::is_forbidden_response_header_name;
use super::rules::Rules;

/// A `TypeError`, or XHR's exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Thrown;

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|one| matches(name, one.as_bytes()))
}

/// [Forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header).
#[must_use]
pub fn is_forbidden_request_header(name: &[u8], value: &[u8]) -> bool {
    const FORBIDDEN: [&str; 21] = [
        "Accept-Charset",
        "Accept-Encoding",
        "Access-Control-Request-Headers",
        "Access-Control-Request-Method",
        "Connection",
        "Content-Length",
        "Cookie",
        "Cookie2",
        "Date",
        "DNT",
        "Expect",
        "Host",
        "Keep-Alive",
        "Origin",
        "Referer",
        "Set-Cookie",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Via",
    ];
    // 1. By name.
    if is_one_of(name, &FORBIDDEN) {
        return true;
    }
    // 2. By how the name starts.
    if lowercase(name).starts_with(b"proxy-") || lowercase(name).starts_with(b"sec-") {
        return true;
    }
    // 3. Names of headers that carry methods:
    if is_one_of(name, &["X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override"]) {
        // 3.1.
        let parsed_values = get_decode_and_split(value);
        // 3.2.
        if parsed_values.iter().any(|method| is_forbidden_method(&encode(method))) {
            return true;
        }
    }
    // 4.
    false
}

/// [Privileged no-CORS request-header name](https://fetch.spec.whatwg.org/#privileged-no-cors-request-header-name).
#[must_use]
pub fn is_privileged_no_cors_request_header_name(name: &[u8]) -> bool {
    matches(name, b"Range")
}

/// [No-CORS-safelisted request-header name](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header-name).
#[must_use]
pub fn is_no_cors_safelisted_request_header_name(name: &[u8]) -> bool {
    is_one_of(name, &["Accept", "Accept-Language", "Content-Language", "Content-Type"])
}

/// [No-CORS-safelisted request-header](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header).
#[must_use]
pub fn is_no_cors_safelisted_request_header(name: &[u8], value: &[u8], rules: &Rules) -> bool {
    // 1.
    if !is_no_cors_safelisted_request_header_name(name) {
        return false;
    }
    // 2.
    is_cors_safelisted_request_header(name, value, rules)
}

/// A `Headers` object.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Headers {
    /// The guard.
    pub guard: Word,
    /// The header list.
    pub header_list: HeaderList,
}

impl Headers {
    /// [Validate](https://fetch.spec.whatwg.org/#headers-validate).
    fn validate(&self, name: &[u8], value: &[u8]) -> Result<bool, Thrown> {
        // 1. Syntax.
        if !is_token(name) || !is_header_value(value) {
            return Err(Thrown);
        }
        // 2.
        if self.guard == "immutable" {
            return Err(Thrown);
        }
        // 3.
        if self.guard == "request" && is_forbidden_request_header(name, value) {
            return Ok(false);
        }
        // 4.
        if self.guard == "response" && is_forbidden_response_header_name(name) {
            return Ok(false);
        }
        // 5.
        Ok(true)
    }

    /// [Append](https://fetch.spec.whatwg.org/#concept-headers-append).
    ///
    /// # Errors
    /// It throws.
    pub fn append(&mut self, name: &[u8], value: &[u8], rules: &Rules) -> Result<(), Thrown> {
        // 1.
        let value = normalize(value);
        // 2.
        if !self.validate(name, &value)? {
            return Ok(());
        }
        // 3. Together with what is there:
        if self.guard == "request-no-cors" {
            // 3.1. to 3.3.
            let temporary_value: Bytes = match self.header_list.get_bytes(name) {
                None => value.clone(),
                Some(before) => [before, b", ".to_vec(), value.clone()].concat(),
            };
            // 3.4.
            if !is_no_cors_safelisted_request_header(name, &temporary_value, rules) {
                return Ok(());
            }
        }
        // 4.
        self.header_list.append(name, value);
        // 5.
        self.remove_privileged_no_cors_request_headers();
        Ok(())
    }

    /// [`delete(name)`](https://fetch.spec.whatwg.org/#dom-headers-delete).
    ///
    /// # Errors
    /// It throws.
    pub fn delete(&mut self, name: &[u8]) -> Result<(), Thrown> {
        // 1.
        if !self.validate(name, b"")? {
            return Ok(());
        }
        // 2.
        if self.guard == "request-no-cors"
            && !is_no_cors_safelisted_request_header_name(name)
            && !is_privileged_no_cors_request_header_name(name)
        {
            return Ok(());
        }
        // 3.
        if self.header_list.get_bytes(name).is_none() {
            return Ok(());
        }
        // 4.
        self.header_list.0.retain(|(other, _)| !matches(other, name));
        // 5.
        self.remove_privileged_no_cors_request_headers();
        Ok(())
    }

    /// [`set(name, value)`](https://fetch.spec.whatwg.org/#dom-headers-set).
    ///
    /// # Errors
    /// It throws.
    pub fn set(&mut self, name: &[u8], value: &[u8], rules: &Rules) -> Result<(), Thrown> {
        // 1.
        let value = normalize(value);
        // 2.
        if !self.validate(name, &value)? {
            return Ok(());
        }
        // 3.
        if self.guard == "request-no-cors" && !is_no_cors_safelisted_request_header(name, &value, rules) {
            return Ok(());
        }
        // 4.
        self.header_list.set(name, value);
        // 5.
        self.remove_privileged_no_cors_request_headers();
        Ok(())
    }

    /// [Remove privileged no-CORS request-headers](https://fetch.spec.whatwg.org/#concept-headers-remove-privileged-no-cors-request-headers),
    /// where the guard asks for it.
    fn remove_privileged_no_cors_request_headers(&mut self) {
        if self.guard == "request-no-cors" {
            // 1.
            self.header_list.0.retain(|(name, _)| !is_privileged_no_cors_request_header_name(name));
        }
    }
}

/// [`setRequestHeader(name, value)`](https://xhr.spec.whatwg.org/#the-setrequestheader()-method).
///
/// # Errors
/// It throws.
pub fn set_request_header(author_request_headers: &mut HeaderList, name: &[u8], value: &[u8]) -> Result<(), Thrown> {
    // 1. and 2. are about the state. 3.
    let value = normalize(value);
    // 4.
    if !is_token(name) || !is_header_value(&value) {
        return Err(Thrown);
    }
    // 5.
    if is_forbidden_request_header(name, &value) {
        return Ok(());
    }
    // 6.
    author_request_headers.combine(name, &value);
    Ok(())
}

/// What the [`Request` constructor](https://fetch.spec.whatwg.org/#dom-request) throws for, given a
/// normalized method.
///
/// # Errors
/// It throws.
pub fn check_modes(method: &[u8], mode: Word, cache_mode: Word, has_body: bool) -> Result<(), Thrown> {
    // 17. Mode navigate; IDL does not let the other two be given.
    if ["navigate", "websocket", "webtransport"].contains(&mode) {
        return Err(Thrown);
    }
    // 21.
    if cache_mode == "only-if-cached" && mode != "same-origin" {
        return Err(Thrown);
    }
    // 32.1.
    if mode == "no-cors" && !is_cors_safelisted_method(method) {
        return Err(Thrown);
    }
    // 35.
    if has_body && (method == b"GET" || method == b"HEAD") {
        return Err(Thrown);
    }
    Ok(())
}

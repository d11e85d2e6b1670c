//! The [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request).

use std::borrow::Cow;

use http::header::{ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::header_list::{HeaderError, HeaderList, write_names};
use crate::infra::compare_ignoring_case;
use crate::profile::{RepeatedPreflightNames, Switches};
use crate::request::Request;
use crate::safelist::unsafe_lines;

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

#[cfg(test)]
mod tests {
    use super::super::tests::request;
    use super::*;
    use crate::request::CredentialsMode;

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
}

//! [Responses](https://fetch.spec.whatwg.org/#responses), filtered and not.

use url::Url;

use super::header_list::{Extracted, HeaderList};
use super::infra::{Bytes, matches};
use super::request::Word;

/// Why and where a fetch came to a network error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct NetworkError {
    /// The stage, by the engine's word.
    pub stage: Word,
    /// The number of the hop.
    pub redirects: u8,
    /// The reason, by the engine's code.
    pub reason: Word,
}

/// A response. `filter` says by what filtered response it is seen; the fields are those of the
/// internal response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the standard's fields")]
pub struct Response {
    /// `basic`, `cors`, `opaque`, `opaqueredirect`, or no filter.
    pub filter: Option<Word>,
    /// The URL list.
    pub url_list: Vec<Url>,
    /// The status.
    pub status: u16,
    /// The header list.
    pub header_list: HeaderList,
    /// Whether the body is null.
    pub has_null_body: bool,
    /// The CORS-exposed header-name list.
    pub cors_exposed_header_names: Vec<Bytes>,
    /// The range-requested flag.
    pub range_requested: bool,
    /// Request-includes-credentials.
    pub request_includes_credentials: bool,
    /// The timing allow passed flag.
    pub timing_allow_passed: bool,
    /// The navigation timing allow values list.
    pub navigation_timing_allow_values: Vec<Vec<String>>,
    /// The redirect taint.
    pub redirect_taint: Word,
}

/// `Location` is no URL, or stands on several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct LocationFailure;

impl Response {
    /// A response with a body and the standard's defaults.
    #[must_use]
    pub fn new(status: u16, header_list: HeaderList) -> Self {
        Self {
            filter: None,
            url_list: Vec::new(),
            status,
            header_list,
            has_null_body: false,
            cors_exposed_header_names: Vec::new(),
            range_requested: false,
            request_includes_credentials: true,
            timing_allow_passed: false,
            navigation_timing_allow_values: Vec::new(),
            redirect_taint: "same-origin",
        }
    }

    /// The type, as seen from outside.
    #[must_use]
    pub fn response_type(&self) -> Word {
        self.filter.unwrap_or("default")
    }

    /// The status, as seen from outside.
    #[must_use]
    pub fn visible_status(&self) -> u16 {
        match self.filter {
            Some("opaque" | "opaqueredirect") => 0,
            _ => self.status,
        }
    }

    /// The URL list, as seen from outside.
    #[must_use]
    pub fn visible_url_list(&self) -> Vec<Url> {
        if self.filter == Some("opaque") { Vec::new() } else { self.url_list.clone() }
    }

    /// The header list, as seen from outside.
    #[must_use]
    pub fn visible_header_list(&self) -> HeaderList {
        let is_visible = |name: &Bytes| match self.filter {
            Some("opaque" | "opaqueredirect") => false,
            Some("basic") => !is_forbidden_response_header_name(name),
            Some("cors") => is_cors_safelisted_response_header_name(name, &self.cors_exposed_header_names),
            _ => true,
        };
        HeaderList(self.header_list.0.iter().filter(|(name, _)| is_visible(name)).cloned().collect())
    }

    /// What becomes of the body, as seen from outside: `null`, `ignore` or `read`.
    #[must_use]
    pub fn body(&self) -> Word {
        match self.filter {
            _ if self.has_null_body => "null",
            Some("opaque" | "opaqueredirect") => "ignore",
            _ => "read",
        }
    }

    /// [Location URL](https://fetch.spec.whatwg.org/#concept-response-location-url).
    ///
    /// # Errors
    /// Failure.
    pub fn location_url(&self, request_fragment: Option<&str>) -> Result<Option<Url>, LocationFailure> {
        // 1. Only redirects have one.
        if !is_redirect_status(self.status) {
            return Ok(None);
        }
        // 2. At most one line. The URL parser, not the ABNF, says what a location is.
        let location =
            self.header_list.extract_header_list_values("Location", true, |value| Some(vec![value.to_vec()]));
        let location = match location {
            Extracted::Null => return Ok(None),
            Extracted::Failure => return Err(LocationFailure),
            Extracted::Values(values) => values.concat(),
        };
        // 3. Parsed. By a choice of the project as UTF-8, if it is, or else with bytes that are not
        // ASCII percent-encoded.
        let text = String::from_utf8(location).unwrap_or_else(|error| {
            let encode =
                |byte: &u8| if byte.is_ascii() { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
            error.as_bytes().iter().map(encode).collect()
        });
        let parsed = match self.url_list.last() {
            Some(base) => base.join(&text),
            None => Url::parse(&text),
        };
        let mut location = parsed.map_err(|_| LocationFailure)?;
        // 4. The request's fragment goes along.
        if location.fragment().is_none() {
            location.set_fragment(request_fragment);
        }
        // 5.
        Ok(Some(location))
    }
}

/// [Redirect status](https://fetch.spec.whatwg.org/#redirect-status).
#[must_use]
pub fn is_redirect_status(status: u16) -> bool {
    [301, 302, 303, 307, 308].contains(&status)
}

/// [Ok status](https://fetch.spec.whatwg.org/#ok-status).
#[must_use]
pub const fn is_ok_status(status: u16) -> bool {
    status >= 200 && status <= 299
}

/// [Range status](https://fetch.spec.whatwg.org/#range-status).
#[must_use]
pub const fn is_range_status(status: u16) -> bool {
    status == 206 || status == 416
}

/// [Null body status](https://fetch.spec.whatwg.org/#null-body-status).
#[must_use]
pub fn is_null_body_status(status: u16) -> bool {
    [101, 103, 204, 205, 304].contains(&status)
}

/// [Forbidden response-header name](https://fetch.spec.whatwg.org/#forbidden-response-header-name).
#[must_use]
pub fn is_forbidden_response_header_name(name: &[u8]) -> bool {
    matches(name, b"Set-Cookie") || matches(name, b"Set-Cookie2")
}

/// [CORS-safelisted response-header name](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name).
#[must_use]
pub fn is_cors_safelisted_response_header_name(name: &[u8], list: &[Bytes]) -> bool {
    const ALWAYS: [&str; 7] =
        ["Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma"];
    ALWAYS.iter().any(|always| matches(name, always.as_bytes()))
        || list.iter().any(|item| matches(name, item) && !is_forbidden_response_header_name(item))
}

//! What an implementation is seen to do, in words that all of them share.

use crate::Failure;

use super::answer::Lines;

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three that a scenario knows")]
pub enum ExchangeKind {
    /// A CORS-preflight request.
    Preflight,
    /// The request itself.
    Request,
    /// A scheme fetch that is not HTTP(S).
    Scheme,
}

impl ExchangeKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Request => "request",
            Self::Scheme => "scheme fetch",
        }
    }
}

/// A request on the wire, and what its host is told about it.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every implementation fills in all of it")]
pub struct Sent {
    /// What it is for.
    pub kind: ExchangeKind,
    /// The method.
    pub method: String,
    /// The URL, fragment and userinfo included.
    pub url: url::Url,
    /// The header lines.
    pub lines: Lines,
    /// Whether credentials go along.
    pub credentials: bool,
    /// `null`, `source` or `stream`.
    pub body: &'static str,
    /// The same-site mode of cookies; none if it was not determined, as nothing could carry cookies.
    pub same_site: Option<&'static str>,
    /// The cache mode.
    pub cache_mode: &'static str,
    /// The mode.
    pub mode: &'static str,
    /// Whether the user may be asked.
    pub may_prompt: bool,
    /// How many redirects were followed.
    pub redirect_count: u8,
}

impl Sent {
    /// The value of a header: all its lines, with a comma between.
    pub(crate) fn header(&self, name: &str) -> Option<Vec<u8>> {
        combined(&self.lines, name)
    }
}

pub(super) fn combined(lines: &Lines, name: &str) -> Option<Vec<u8>> {
    let is_it = |line: &&(Vec<u8>, Vec<u8>)| line.0.eq_ignore_ascii_case(name.as_bytes());
    let values: Vec<&[u8]> = lines.iter().filter(is_it).map(|(_, value)| value.as_slice()).collect();
    if values.is_empty() { None } else { Some(values.join(&b", "[..])) }
}

/// A delivered response.
#[expect(clippy::exhaustive_structs, reason = "every implementation fills in all of it")]
pub struct Seen<'a> {
    /// The type.
    pub response_type: &'static str,
    /// The status.
    pub status: u16,
    /// The URL.
    pub url: Option<String>,
    /// The URL list.
    pub urls: Vec<String>,
    /// Whether script is told of a redirect.
    pub redirected: bool,
    /// Every visible line, in order.
    pub lines: Lines,
    /// The value that script gets by a name.
    pub header: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// `null`, `ignore` or `read`.
    pub body: &'static str,
    /// The timing allow passed flag.
    pub timing_allow: bool,
    /// The redirect taint.
    pub redirect_taint: &'static str,
    /// The status of the internal response.
    pub internal_status: u16,
    /// The navigation TAO check, by a fixture's word for the destination origin.
    pub navigation_tao: &'a dyn Fn(&str) -> Result<bool, Failure>,
}

impl std::fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen")
            .field("response_type", &self.response_type)
            .field("status", &self.status)
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// A network error.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every implementation fills in all of it")]
pub struct SeenError {
    /// The stage.
    pub stage: &'static str,
    /// The reason's code.
    pub reason: &'static str,
    /// How many redirects had been followed.
    pub redirects: u8,
    /// Whether it is an aborted network error.
    pub aborted: bool,
    /// For whoever reads of it.
    pub message: String,
}

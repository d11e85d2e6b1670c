//! Network errors: a reason, and where in the fetch it came about.

use std::sync::Arc;

use url::Url;

use super::Reason;
use crate::redirect::without_userinfo;
use crate::request::RequestMode;

/// Where in the fetch it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Before anything was sent for the hop.
    BeforeRequest,
    /// At the CORS-preflight request or its response.
    Preflight,
    /// At a response with a redirect status.
    Redirect,
    /// At the request or its response.
    Response,
}

impl Stage {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeRequest => "before-request",
            Self::Preflight => "preflight",
            Self::Redirect => "redirect",
            Self::Response => "response",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A [network error](https://fetch.spec.whatwg.org/#concept-network-error) and why it came about.
/// **To page script all network errors look alike.**
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    stage: Stage,
    redirects: u8,
    reason: Reason,
    url: Url,
    mode: RequestMode,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetworkError")
            .field("stage", &self.stage)
            .field("redirects", &self.redirects)
            .field("reason", &self.reason)
            .field("url", &without_userinfo(&self.url))
            .finish_non_exhaustive()
    }
}

impl NetworkError {
    pub(crate) fn new(stage: Stage, redirects: u8, reason: Reason, url: Url, mode: RequestMode) -> Self {
        Self(Arc::new(Inner { stage, redirects, reason, url, mode }))
    }

    /// Where in the hop it ended.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// How many redirects had been followed: the number of the hop.
    pub fn redirects(&self) -> u8 {
        self.0.redirects
    }

    /// Why.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The URL of the hop.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// Whether it is an [aborted network error](https://fetch.spec.whatwg.org/#concept-aborted-network-error).
    pub fn is_aborted(&self) -> bool {
        matches!(self.0.reason, Reason::Aborted)
    }
}

impl std::fmt::Display for NetworkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { stage, redirects, reason, .. } = &*self.0;
        write!(f, "{}: {reason} (stage {stage}, redirects followed: {redirects})", reason.code())
    }
}

impl std::error::Error for NetworkError {}

//! The world around the oracle: network, gates, service workers and clock.

use std::time::Duration;

use url::Url;

use super::cache::PreflightCache;
use super::header_list::HeaderList;
use super::infra::Bytes;
use super::request::{Body, Word};

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Kind {
    /// A CORS-preflight request.
    Preflight,
    /// The request itself.
    Request,
    /// A scheme fetch that is not HTTP(S).
    Scheme,
}

/// A request as it goes on the wire, and what the host is told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Wire {
    /// What it is for.
    pub kind: Kind,
    /// The method.
    pub method: String,
    /// The URL, with fragment and userinfo.
    pub url: String,
    /// The header lines.
    pub lines: HeaderList,
    /// Whether credentials go along.
    pub include_credentials: bool,
    /// The mode.
    pub mode: Word,
    /// The cache mode.
    pub cache_mode: Word,
    /// The body.
    pub body: Body,
    /// The same-site mode, of a request itself over HTTP.
    pub same_site_mode: Option<Word>,
    /// Whether a 401 may lead to a prompt.
    pub may_prompt: bool,
    /// The redirect count.
    pub redirect_count: u8,
}

/// What the network says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Answer {
    /// A status and header lines, as they came.
    Head(u16, Vec<(Bytes, Bytes)>),
    /// No response.
    Failure,
    /// The fetch was aborted meanwhile.
    Abort,
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum GateAnswer {
    /// Nothing stands against it.
    Proceed,
    /// To https, before the referrer is determined.
    UpgradeBeforeReferrer,
    /// To https, after it.
    UpgradeAfterReferrer,
    /// Blocked.
    Block,
}

/// What a service worker answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct WorkerResponse {
    /// The type.
    pub response_type: Word,
    /// The URL list of the internal response.
    pub url_list: Vec<Url>,
    /// The status of the internal response.
    pub status: u16,
    /// The header lines of the internal response.
    pub lines: Vec<(Bytes, Bytes)>,
    /// The CORS-exposed header-name list.
    pub cors_exposed_header_names: Vec<Bytes>,
    /// The range-requested flag.
    pub range_requested: bool,
    /// Request-includes-credentials.
    pub request_includes_credentials: bool,
}

/// The world. Each question comes with the cache as it then is, so that a host may look at it and, as
/// a user agent may at any time, remove entries.
pub trait Host {
    /// The clock.
    fn now(&self) -> Duration;

    /// Sends a request.
    fn exchange(&mut self, wire: Wire, cache: &mut PreflightCache) -> Answer;

    /// Decides on a hop.
    fn gate(&mut self, url: &Url, cache: &mut PreflightCache) -> GateAnswer;

    /// Lets a service worker answer, or not.
    fn service_worker(&mut self, url: &Url, cache: &mut PreflightCache) -> Option<WorkerResponse>;
}

//! What a scenario says of exchanges and outcomes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fixture::present;

/// One thing that is asked of the host, and its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExchangeModel {
    /// A CORS-preflight request.
    pub preflight: Option<RequestModel>,
    /// The request.
    pub request: Option<RequestModel>,
    /// A scheme fetch.
    pub scheme: Option<RequestModel>,
    /// A service worker may answer.
    pub service_worker: Option<UrlModel>,
    /// The gate before a hop.
    pub gate: Option<UrlModel>,
    /// A navigation's redirect was delivered, and the host decides whether to follow it.
    pub next_manual_redirect: Option<ResponseModel>,
    /// The answer.
    pub answer: Option<AnswerModel>,
    /// Whether the manual redirect is followed.
    pub followed: Option<bool>,
    /// How often the exchange comes, in a row.
    pub repeat: Option<u32>,
}

/// Where a hop goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct UrlModel {
    /// The URL.
    pub url: Option<String>,
}

/// What a request must carry. What is not named is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RequestModel {
    /// The method.
    pub method: Option<String>,
    /// The URL, fragment and userinfo included.
    pub url: Option<String>,
    /// Whether credentials go along.
    pub credentials: Option<bool>,
    /// By lower-case name: the whole value, or null for absent.
    pub headers: BTreeMap<String, Option<String>>,
    /// Every line, in order, the host's cookies aside.
    pub all_headers: Option<Vec<(String, String)>>,
    /// `null`, `source` or `stream`.
    pub body: Option<String>,
    /// The same-site mode of cookies.
    pub same_site: Option<String>,
    /// The cache mode.
    pub cache_mode: Option<String>,
    /// The mode.
    pub mode: Option<String>,
    /// Whether the user may be asked.
    pub may_prompt: Option<bool>,
    /// How many redirects were followed.
    pub redirect_count: Option<u8>,
}

/// What the host answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AnswerModel {
    /// The status.
    pub status: Option<u16>,
    /// The header lines.
    pub headers: Vec<(String, String)>,
    /// A failure of this kind instead.
    pub failure: Option<String>,
    /// The host aborts the fetch instead.
    pub abort: bool,
    /// What a gate says: `proceed`, `upgrade-before-referrer`, `upgrade-after-referrer` or `block`.
    pub gate: Option<String>,
    /// No service worker answers.
    pub pass: bool,
    /// The type of a service worker's response.
    #[serde(rename = "type")]
    pub response_type: Option<String>,
    /// The URL list of a service worker's response.
    pub urls: Vec<String>,
    /// The CORS-exposed header-name list of a service worker's response.
    pub exposed: Vec<String>,
    /// The range-requested flag of a service worker's response.
    pub range_requested: bool,
    /// The request-includes-credentials of a service worker's response; true by default.
    pub includes_credentials: Option<bool>,
    /// Moves the clock on before the answer.
    pub after_ms: u64,
}

/// What comes out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeModel {
    /// A response.
    Response(Box<ResponseModel>),
    /// A network error.
    Error(ErrorModel),
}

/// What script sees of a response. What is not named is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ResponseModel {
    /// The type.
    #[serde(rename = "type")]
    pub response_type: Option<String>,
    /// The status.
    pub status: Option<u16>,
    /// The URL; null for none.
    #[serde(deserialize_with = "present")]
    pub url: Option<Option<String>>,
    /// The URL list.
    pub urls: Option<Vec<String>>,
    /// Whether script is told of a redirect.
    pub redirected: Option<bool>,
    /// By name: the value that script gets, or null for none.
    pub headers: BTreeMap<String, Option<String>>,
    /// Every visible line, in order.
    pub all_headers: Option<Vec<(String, String)>>,
    /// `null`, `ignore` or `read`.
    pub body: Option<String>,
    /// The timing allow passed flag.
    pub timing_allow: Option<bool>,
    /// The redirect taint.
    pub redirect_taint: Option<String>,
    /// The status of the internal response.
    pub internal_status: Option<u16>,
    /// The navigation TAO check, by destination origin.
    pub navigation_tao: BTreeMap<String, bool>,
}

/// What a network error says. Only `stage` and `redirects` follow from the standard alone; `reason` is
/// this project's word for the step that failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ErrorModel {
    /// The stage.
    pub stage: Option<String>,
    /// The reason's code, or several of which one must be it.
    pub reason: Option<OneOrMore>,
    /// How many redirects had been followed.
    pub redirects: Option<u8>,
    /// Whether it is an aborted network error.
    pub aborted: Option<bool>,
}

/// A word, or several of which one must match.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum OneOrMore {
    /// This one.
    One(String),
    /// One of these.
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn contains(&self, word: &str) -> bool {
        match self {
            Self::One(one) => one == word,
            Self::More(more) => more.iter().any(|one| one == word),
        }
    }
}

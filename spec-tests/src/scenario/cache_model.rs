//! What a scenario does with the preflight cache between fetches, and what it expects in it.

use serde::{Deserialize, Serialize};

/// What is cleared.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ClearModel {
    /// Everything; always true.
    All(bool),
    /// A part.
    Part(ClearPart),
}

/// A part of the preflight cache.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClearPart {
    /// What was stored for requests of this origin.
    Origin(String),
    /// What was stored from, or for URLs of, this origin's site.
    Site(String),
    /// What was stored under this network partition key.
    Partition(Option<String>),
}

/// A living entry of the preflight cache.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "every implementation fills in all of it")]
pub struct CacheEntryModel {
    /// The network partition key.
    pub partition: Option<String>,
    /// The origin's serialization.
    pub origin: String,
    /// Whether the request was redirect-tainted, where the profile tells.
    pub tainted: bool,
    /// The URL.
    pub url: String,
    /// The method, if that is what is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The header name in lower case, if that is what is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_name: Option<String>,
    /// Whether it was stored by a request with credentials mode include.
    pub credentials: bool,
    /// Milliseconds that it lives on, up to [`FOREVER_MS`](Self::FOREVER_MS).
    pub remaining_ms: u64,
}

impl CacheEntryModel {
    /// More than a hundred years. Beyond, how numbers saturate would show.
    pub const FOREVER_MS: u64 = 1000 << 32;
}

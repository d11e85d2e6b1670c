//! The oracle: a second transcription of the standard, literal, slow and plain.
//!
//! It shares no code with the engine, only the words by which the two are compared: stages and
//! reasons. Lists are lists, everything is cloned, and every step that shows stands in order with its
//! number. Where the text leaves a corner open or slips, [`rules::Switches`] says how it is turned;
//! where the project chose once for all profiles, the place says so.
//!
//! The HTTP cache, cookies, prompts, Content Security Policy, mixed content, HSTS and service workers
//! are the [`host`]'s.

pub mod api;
pub mod cache;
pub mod checks;
pub mod fetch;
pub mod guard;
pub mod header_list;
pub mod host;
mod http_fetch;
pub mod infra;
pub mod metadata;
pub mod mime;
mod network;
pub mod origin;
mod preflight;
pub mod read;
pub mod referrer;
pub mod request;
pub mod request_headers;
pub mod response;
pub mod rules;
pub mod scenario;
mod show;
pub mod skips;
pub mod table;
pub mod versus;

use cache::PreflightCache;
use rules::Rules;

/// A user agent: rules, and a CORS-preflight cache.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "nothing to hide")]
pub struct Oracle {
    /// How it decides.
    pub rules: Rules,
    /// The CORS-preflight cache.
    pub cache: PreflightCache,
}

impl Oracle {
    /// A user agent with an empty cache.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self { rules, cache: PreflightCache::default() }
    }
}

//! The facts of an environment settings object on which fetching depends.

use std::sync::Arc;

use url::Url;

use crate::header_list::{HeaderError, checked_header_value};
use crate::origin::Origin;
use crate::words::{EmbedderPolicy, ReferrerPolicy};

/// A request's [client](https://fetch.spec.whatwg.org/#concept-request-client): what the engine must
/// know of the page or worker that fetches. Many requests share one.
#[derive(Clone)]
pub struct Client {
    pub(crate) origin: Origin,
    pub(crate) creation_url: Option<Url>,
    pub(crate) global: Global,
    pub(crate) referrer_policy: ReferrerPolicy,
    pub(crate) embedder_policy: EmbedderPolicy,
    pub(crate) embedder_policy_report_only: EmbedderPolicy,
    pub(crate) network_partition_key: Option<Arc<[u8]>>,
    pub(crate) secure_context: bool,
    pub(crate) cross_site_ancestor: bool,
    pub(crate) traversable: bool,
    pub(crate) emulated_language: Option<Box<[u8]>>,
    pub(crate) user_agent: Option<Box<[u8]>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("origin", &self.origin).field("global", &self.global).finish_non_exhaustive()
    }
}

/// Whether the client's global object is a `Window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard tells these two apart")]
pub enum Global {
    /// A document.
    Window,
    /// A worker or worklet.
    Worker,
}

impl Client {
    /// A document of this origin, with the defaults of HTML: no URL to refer to, referrer policy
    /// `strict-origin-when-cross-origin`, embedder policy `unsafe-none`, no partition key.
    pub const fn new(origin: Origin) -> Self {
        Self {
            origin,
            creation_url: None,
            global: Global::Window,
            referrer_policy: ReferrerPolicy::StrictOriginWhenCrossOrigin,
            embedder_policy: EmbedderPolicy::UnsafeNone,
            embedder_policy_report_only: EmbedderPolicy::UnsafeNone,
            network_partition_key: None,
            secure_context: false,
            cross_site_ancestor: false,
            traversable: false,
            emulated_language: None,
            user_agent: None,
        }
    }

    /// The URL that the referrer is made of: a document's URL (for an `iframe srcdoc` document that
    /// of the nearest ancestor that is none), a worker's creation URL.
    #[must_use]
    pub fn creation_url(mut self, url: Url) -> Self {
        self.creation_url = Some(url);
        self
    }

    /// Window or worker.
    #[must_use]
    pub const fn global(mut self, global: Global) -> Self {
        self.global = global;
        self
    }

    /// The policy container's referrer policy; the empty one means the default.
    #[must_use]
    pub fn referrer_policy(mut self, policy: ReferrerPolicy) -> Self {
        let is_empty = policy == ReferrerPolicy::Empty;
        self.referrer_policy = if is_empty { ReferrerPolicy::StrictOriginWhenCrossOrigin } else { policy };
        self
    }

    /// The policy container's embedder policy value.
    #[must_use]
    pub const fn embedder_policy(mut self, value: EmbedderPolicy) -> Self {
        self.embedder_policy = value;
        self
    }

    /// The policy container's embedder policy report only value.
    #[must_use]
    pub const fn embedder_policy_report_only(mut self, value: EmbedderPolicy) -> Self {
        self.embedder_policy_report_only = value;
        self
    }

    /// The [network partition key](https://fetch.spec.whatwg.org/#network-partition-keys), as bytes
    /// that the host makes of the top-level site and perhaps more. Requests of different keys share
    /// no entry of the CORS-preflight cache. Without one the HTTP cache is off, as the standard says.
    #[must_use]
    pub fn network_partition_key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.network_partition_key = Some(key.as_ref().into());
        self
    }

    /// Whether the client is a secure context.
    #[must_use]
    pub const fn secure_context(mut self, secure_context: bool) -> Self {
        self.secure_context = secure_context;
        self
    }

    /// Whether the client has a cross-site ancestor.
    #[must_use]
    pub const fn cross_site_ancestor(mut self, cross_site_ancestor: bool) -> Self {
        self.cross_site_ancestor = cross_site_ancestor;
        self
    }

    /// Whether the client is a window with a navigable, so that prompts have a place to appear.
    #[must_use]
    pub const fn traversable(mut self, traversable: bool) -> Self {
        self.traversable = traversable;
        self
    }

    /// The emulated language of WebDriver BiDi.
    ///
    /// # Errors
    /// It is no header value.
    pub fn emulated_language(mut self, language: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        self.emulated_language = Some(checked_header_value("accept-language", language.as_ref())?);
        Ok(self)
    }

    /// The environment default `User-Agent` value, in place of the user agent's own.
    ///
    /// # Errors
    /// It is no header value.
    pub fn user_agent(mut self, value: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        self.user_agent = Some(checked_header_value("user-agent", value.as_ref())?);
        Ok(self)
    }

    /// The client's origin.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether the client is a secure context.
    pub const fn is_secure_context(&self) -> bool {
        self.secure_context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_for_lines_are_header_values() {
        let client = || Client::new(Origin::opaque(1));
        assert!(client().user_agent("x\r\nEvil: 1").is_err() && client().user_agent("x/1").is_ok());
        assert!(client().emulated_language("en\n").is_err() && client().emulated_language("en").is_ok());
    }
}

//! What the host must do now. Each action carries the only object that takes its answer.

use std::borrow::Cow;

use url::{Position, Url};

use crate::fetch::{Fetch, Upgrade};
use crate::head::ResponseHead;
use crate::header_list::{HeaderError, HeaderList};
use crate::reason::{HostFailure, NetworkError};
use crate::redirect::without_userinfo;
use crate::request::{Body, CacheMode, RequestMode};
use crate::response::{Response, ServiceWorkerResponse};
use crate::time::Timestamp;
use crate::words::SameSiteMode;

/// What the host must do now.
///
/// Exhaustive on purpose: an action that a host ignored through `_` would be a hole, so a new one
/// must break its build.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "see the type's page")]
pub enum Action<'f> {
    /// Send this CORS-preflight request and answer with the response's head. Its URL may have a scheme
    /// that the host CORS-enabled.
    SendPreflight(Exchange<'f>),
    /// Send this request and answer with the response's head. Its URL is HTTP(S), or has a scheme that
    /// the host CORS-enabled and another origin than the request.
    SendRequest(Exchange<'f>),
    /// Fetch this URL that is not HTTP(S) (a page's own `app:` URLs among them), by [scheme fetch](https://fetch.spec.whatwg.org/#scheme-fetch),
    /// or fail.
    SchemeFetch(Exchange<'f>),
    /// Decide on a hop before anything is sent. Only with [`Config::gates`](crate::Config::gates).
    Gate(Gate<'f>),
    /// Let a service worker answer, or pass. Only with
    /// [`Config::service_workers`](crate::Config::service_workers).
    ServiceWorker(ServiceWorkerExchange<'f>),
    /// The fetch ended in a network error.
    NetworkError(&'f NetworkError),
    /// The response was delivered. See
    /// [`Fetch::process_next_manual_redirect`].
    Delivered,
}

/// A request that the host sends, and the place for its answer.
#[derive(Debug)]
#[must_use]
pub struct Exchange<'f> {
    pub(crate) fetch: &'f mut Fetch,
}

impl<'f> Exchange<'f> {
    /// The exchange's number within the fetch, from 1. A host that drives fetches by events keys them by
    /// it, so that a late answer to an earlier exchange is not taken for one to this.
    pub const fn number(&self) -> u32 {
        self.fetch.exchange_number()
    }

    /// Whether a head with this status is an interim one, behind which the final one follows: 1xx, but
    /// for the 101 of a WebSocket handshake. No cookie of it is stored.
    pub fn is_interim(&self, status: u16) -> bool {
        self.fetch.is_interim(status)
    }

    /// The URL to fetch.
    pub fn url(&self) -> &Url {
        self.fetch.request().current_url()
    }

    /// What to send.
    pub fn head(&self) -> RequestHead<'_> {
        self.fetch.request_head()
    }

    /// Answers with the head of the response, as it came.
    ///
    /// `None` means: ask [`Fetch::action`] what is next.
    ///
    /// **After an interim head that is the same action again, with the same [`number`](Self::number): read
    /// on, do not send again.** A host whose HTTP parser skips 1xx, as most do, never meets this.
    ///
    /// Otherwise the head must be the final one of the exchange: not a 304 to the host's own revalidation,
    /// not a 407 before the proxy was given credentials.
    #[must_use]
    pub fn respond<H: ResponseHead>(self, head: H, now: Timestamp) -> Option<Delivery<'f, H>> {
        self.fetch.respond(head, now)
    }

    /// Answers that there is no response.
    pub fn fail(self, failure: HostFailure) {
        self.fetch.fail_exchange(failure);
    }
}

/// The decision on a hop: Content Security Policy, mixed content, HSTS and whatever else the host
/// knows. The engine turns http into https itself; a host cannot swap URLs.
#[derive(Debug)]
#[must_use]
pub struct Gate<'f> {
    pub(crate) fetch: &'f mut Fetch,
}

impl Gate<'_> {
    /// The URL of the hop.
    pub fn url(&self) -> &Url {
        self.fetch.request().current_url()
    }

    /// Lets the hop go on.
    pub fn proceed(self, now: Timestamp) {
        self.fetch.pass_gate(Upgrade::None, now);
    }

    /// Turns http into https before the referrer is determined: upgrade-insecure-requests, mixed
    /// content. Another scheme stays as it is.
    pub fn upgrade_before_referrer(self, now: Timestamp) {
        self.fetch.pass_gate(Upgrade::BeforeReferrer, now);
    }

    /// Turns http into https after the referrer is determined: HSTS, an HTTPS record in DNS. Only for
    /// a domain that is not `localhost`; another scheme or host stays as it is.
    pub fn upgrade_after_referrer(self, now: Timestamp) {
        self.fetch.pass_gate(Upgrade::AfterReferrer, now);
    }

    /// Ends the fetch in a network error, for a reason in the host's words.
    pub fn block(self, why: impl Into<Cow<'static, str>>) {
        self.fetch.block_at_gate(why.into());
    }
}

/// A request that a service worker may answer.
#[derive(Debug)]
#[must_use]
pub struct ServiceWorkerExchange<'f> {
    pub(crate) fetch: &'f mut Fetch,
}

impl<'f> ServiceWorkerExchange<'f> {
    /// The URL of the hop.
    pub fn url(&self) -> &Url {
        self.fetch.request().current_url()
    }

    /// No service worker answers: the hop goes to the network.
    pub fn pass(self, now: Timestamp) {
        self.fetch.pass_service_worker(now);
    }

    /// A service worker answers. `None` means: ask [`Fetch::action`] what is next.
    #[must_use]
    pub fn respond<H: ResponseHead>(
        self,
        response: ServiceWorkerResponse<H>,
        now: Timestamp,
    ) -> Option<Delivery<'f, H>> {
        self.fetch.respond_from_service_worker(response, now)
    }
}

/// A response that passed every check, one step before it is delivered: the place for checks of the
/// host's own, such as those of Content Security Policy and mixed content.
///
/// Dropping it aborts the fetch.
#[derive(Debug)]
#[must_use]
pub struct Delivery<'f, H> {
    pub(crate) fetch: &'f mut Fetch,
    pub(crate) response: Response<H>,
    pub(crate) manual_redirect: Option<Box<crate::redirect::Redirect>>,
}

impl<H: ResponseHead> Delivery<'_, H> {
    /// The response.
    pub const fn response(&self) -> &Response<H> {
        &self.response
    }

    /// Takes the response. The fetch is done.
    pub fn accept(self) -> Response<H> {
        self.fetch.deliver(&self.response, self.manual_redirect);
        self.response
    }

    /// Ends the fetch in a network error instead, for a reason in the host's words.
    pub fn block(self, why: impl Into<Cow<'static, str>>) {
        self.fetch.block_delivery(why.into());
    }
}

/// A request's head as it goes on the wire, borrowed from the fetch.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a HeaderList,
    pub(crate) include_credentials: bool,
    pub(crate) body: Body,
    pub(crate) mode: RequestMode,
    pub(crate) cache_mode: CacheMode,
    pub(crate) is_preflight: bool,
    pub(crate) may_prompt: bool,
    pub(crate) use_url_credentials: bool,
    pub(crate) same_site_mode: SameSiteMode,
    pub(crate) network_partition_key: Option<&'a [u8]>,
    pub(crate) redirect_count: u8,
}

impl std::fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("url", &without_userinfo(self.url))
            .field("headers", &self.headers)
            .field("include_credentials", &self.include_credentials)
            .finish_non_exhaustive()
    }
}

impl<'a> RequestHead<'a> {
    /// The method.
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// The URL, with its fragment and userinfo still on it; neither goes on the wire.
    pub const fn url(&self) -> &'a Url {
        self.url
    }

    /// Every header line. A host adds one only if its name is not here, and never `Accept`,
    /// `Accept-Language`, `Accept-Charset`, `Origin`, `Referer`, `Sec-*` or
    /// `Access-Control-Request-*`; to a preflight nothing that carries credentials.
    pub const fn headers(&self) -> &'a HeaderList {
        self.headers
    }

    /// Whether cookies, client certificates and authentication entries go along, and `Set-Cookie` of
    /// the answer is stored: exactly if this says so.
    pub const fn include_credentials(&self) -> bool {
        self.include_credentials
    }

    /// The body to send. After a redirect, a body with a source is to be sent again.
    pub const fn body(&self) -> Body {
        self.body
    }

    /// Whether there is a body to send. Over HTTP/1 one from a stream is a failure.
    pub const fn sends_body(&self) -> bool {
        !matches!(self.body, Body::Null)
    }

    /// The request target of HTTP/1.1, or `:path` of HTTP/2: path and query.
    ///
    /// A URL of a custom scheme may have no path at all; then it is `/`, and a query is left out.
    pub fn target(&self) -> &'a str {
        if self.url.path().is_empty() { "/" } else { &self.url[Position::BeforePath..Position::AfterQuery] }
    }

    /// `Host` of HTTP/1.1, or `:authority` of HTTP/2: host and port.
    pub fn authority(&self) -> &'a str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// The mode.
    pub const fn mode(&self) -> RequestMode {
        self.mode
    }

    /// The cache mode that counts for the HTTP cache.
    pub const fn cache_mode(&self) -> CacheMode {
        self.cache_mode
    }

    /// Whether this is a CORS-preflight request.
    pub const fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// Whether the user may be asked for credentials upon a 401: never for a response with tainting
    /// cors, without credentials, or without a place to ask. A 401 that is brought here although the user
    /// might have been asked is delivered, unless the body is a stream: that is a network error, as it
    /// could not be sent again.
    pub const fn may_prompt(&self) -> bool {
        self.may_prompt
    }

    /// The use-URL-credentials flag.
    pub const fn use_url_credentials(&self) -> bool {
        self.use_url_credentials
    }

    /// By what a cookie store picks cookies, if credentials are included.
    pub const fn same_site_mode(&self) -> SameSiteMode {
        self.same_site_mode
    }

    /// The network partition key, for connections, HTTP cache and cookies.
    pub const fn network_partition_key(&self) -> Option<&'a [u8]> {
        self.network_partition_key
    }

    /// How many redirects were followed.
    pub const fn redirect_count(&self) -> u8 {
        self.redirect_count
    }
}

/// Why a head cannot be an `http::Request`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotRepresentable {
    /// A header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The URL: `http::Uri` holds at most 65,534 bytes, and not every scheme.
    #[error("http::Uri cannot hold the URL: {0}")]
    Uri(http::uri::InvalidUri),
    /// The method.
    #[error("http::Method cannot hold the method: {0}")]
    Method(http::method::InvalidMethod),
}

impl TryFrom<&RequestHead<'_>> for http::Request<()> {
    type Error = NotRepresentable;

    /// The fragment and userinfo are left out.
    fn try_from(head: &RequestHead<'_>) -> Result<Self, NotRepresentable> {
        let mut url = Cow::Borrowed(head.url);
        let has_userinfo = !url.username().is_empty() || url.password().is_some();
        if has_userinfo || url.fragment().is_some() {
            let url = url.to_mut();
            // A URL that has userinfo can have it set.
            let _ = url.set_username("").and_then(|()| url.set_password(None));
            url.set_fragment(None);
        }
        let mut request = http::Request::new(());
        *request.uri_mut() = url.as_str().parse().map_err(NotRepresentable::Uri)?;
        *request.method_mut() = http::Method::from_bytes(head.method.as_bytes()).map_err(NotRepresentable::Method)?;
        *request.headers_mut() = http::HeaderMap::try_from(head.headers)?;
        Ok(request)
    }
}

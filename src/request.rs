//! [Requests](https://fetch.spec.whatwg.org/#requests): what a fetch starts from and keeps its books in.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use crate::client::{Client, Global};
use crate::header_list::{HeaderError, HeaderList};
use crate::method::is_method;
use crate::network::HopLines;
use crate::origin::Origin;
use crate::redirect::without_userinfo;
use crate::referrer::StrippedReferrer;
pub(crate) use crate::words::{
    CacheMode, CredentialsMode, Destination, EmbedderPolicy, Initiator, RedirectMode, RedirectTaint, ReferrerPolicy,
    RequestMode, ResponseTainting, ResponseType, ServiceWorkersMode,
};

/// A request's [referrer](https://fetch.spec.whatwg.org/#concept-request-referrer).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these three")]
pub enum Referrer {
    /// None.
    NoReferrer,
    /// That of the client.
    #[default]
    Client,
    /// This URL.
    Url(Url),
}

/// A request's [body](https://fetch.spec.whatwg.org/#concept-request-body), as far as the engine must
/// know it; its bytes stay with the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard's algorithms tell these three apart")]
pub enum Body {
    /// No body.
    #[default]
    Null,
    /// A body with a source, of this many bytes: it can be sent again.
    Source {
        /// The body's length in bytes.
        length: u64,
    },
    /// A body without a source, read from a stream: it cannot be sent again, its length is unknown.
    Stream,
}

impl Body {
    /// A body of these bytes, which can be sent again; no bytes are still a body.
    pub const fn of(bytes: &[u8]) -> Self {
        Self::Source { length: bytes.len() as u64 }
    }
}

/// Where prompts for the request appear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these three")]
pub enum TraversableForUserPrompts {
    /// As the client has it.
    #[default]
    Client,
    /// Nowhere: what would need a prompt fails.
    NoTraversable,
    /// In a traversable that the host knows.
    Traversable,
}

/// A request that cannot be built: the caller's mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Neither an origin nor a client was given.
    #[error("the request has neither an origin nor a client to take it from")]
    NoOrigin,
    /// The method is no token.
    #[error("method {0:?} is not a token: one or more of letters, digits and !#$%&'*+-.^_`|~")]
    InvalidMethod(String),
    /// A header is refused.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

/// A request, built and checked. See [`Request::builder`].
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Cow<'static, str>,
    pub(crate) url_list: Arc<Vec<Url>>,
    pub(crate) local_urls_only: bool,
    pub(crate) header_list: HeaderList,
    pub(crate) unsafe_request: bool,
    pub(crate) body: Body,
    pub(crate) client: Option<Arc<Client>>,
    pub(crate) traversable: TraversableForUserPrompts,
    pub(crate) keepalive: bool,
    pub(crate) in_flight_keepalive_bytes: u64,
    pub(crate) service_workers: ServiceWorkersMode,
    pub(crate) initiator: Initiator,
    pub(crate) destination: Destination,
    pub(crate) origin: Origin,
    pub(crate) top_level_navigation_initiator_origin: Option<Origin>,
    pub(crate) referrer: Option<StrippedReferrer>,
    pub(crate) referrer_policy: ReferrerPolicy,
    pub(crate) policy_container_referrer_policy: ReferrerPolicy,
    pub(crate) mode: RequestMode,
    pub(crate) use_cors_preflight: bool,
    pub(crate) credentials_mode: CredentialsMode,
    pub(crate) use_url_credentials: bool,
    pub(crate) cache_mode: CacheMode,
    pub(crate) redirect_mode: RedirectMode,
    pub(crate) user_activation: bool,
    pub(crate) user_initiated: bool,
    pub(crate) prevent_no_cache_cache_control: bool,
    pub(crate) redirect_count: u8,
    pub(crate) response_tainting: ResponseTainting,
    pub(crate) timing_allow_failed: bool,
    /// Per redirect of a navigation, the values of `Timing-Allow-Origin`, joined.
    pub(crate) navigation_timing_allow_values: Option<Arc<Vec<Box<[u8]>>>>,
}

/// `Accept` for a document.
const LONGEST_ACCEPT_LINE: usize = HeaderList::line_bytes(6, 63);

impl Request {
    /// Starts a request for `url` with the standard's defaults: method GET, mode no-cors,
    /// credentials mode same-origin, redirect mode follow.
    pub const fn builder(url: Url) -> RequestBuilder {
        RequestBuilder::new(url)
    }

    /// Bytes of the lines that the engine will append, but for values that are not the request's.
    fn engine_lines_bytes(&self) -> usize {
        let accept = if self.header_list.contains("Accept") { 0 } else { LONGEST_ACCEPT_LINE };
        accept.saturating_add(HopLines::max_bytes(self))
    }

    /// The method, as it is now.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The [current URL](https://fetch.spec.whatwg.org/#concept-request-current-url).
    pub fn current_url(&self) -> &Url {
        // The list is never empty: it starts with one URL and only grows.
        self.url_list.last().unwrap_or_else(|| unreachable_url())
    }

    /// The [URL list](https://fetch.spec.whatwg.org/#concept-request-url-list): the request's URL and
    /// those of the redirects that were followed.
    pub fn url_list(&self) -> &[Url] {
        &self.url_list
    }

    /// The header list. That of a running fetch has the lines of the hop that is out behind its own.
    pub const fn header_list(&self) -> &HeaderList {
        &self.header_list
    }

    /// The origin.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The mode.
    pub const fn mode(&self) -> RequestMode {
        self.mode
    }

    /// The credentials mode.
    pub const fn credentials_mode(&self) -> CredentialsMode {
        self.credentials_mode
    }

    /// The response tainting, as it is now.
    pub const fn response_tainting(&self) -> ResponseTainting {
        self.response_tainting
    }

    /// The body, as it is now.
    pub const fn body(&self) -> Body {
        self.body
    }

    /// How many redirects were followed.
    pub const fn redirect_count(&self) -> u8 {
        self.redirect_count
    }

    /// [Determine the network partition key](https://fetch.spec.whatwg.org/#request-determine-the-network-partition-key).
    pub fn network_partition_key(&self) -> Option<&[u8]> {
        self.client.as_deref().and_then(|client| client.network_partition_key.as_deref())
    }
}

/// Stands in for the last URL of an empty list, which no code path makes.
fn unreachable_url() -> &'static Url {
    static URL: std::sync::LazyLock<Url> = std::sync::LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "a constant that parses")]
        Url::parse("about:invalid").expect("a constant that parses")
    });
    &URL
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Userinfo does not belong into a log; header lists hide their secrets themselves.
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url_list", &self.url_list.iter().map(without_userinfo).collect::<Vec<_>>())
            .field("header_list", &self.header_list)
            .field("origin", &self.origin)
            .field("mode", &self.mode)
            .field("credentials_mode", &self.credentials_mode)
            .field("redirect_mode", &self.redirect_mode)
            .field("response_tainting", &self.response_tainting)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Request`]; every field has the standard's default.
#[derive(Clone)]
pub struct RequestBuilder {
    url: Url,
    method: Cow<'static, str>,
    header_list: HeaderList,
    error: Option<RequestError>,
    client: Option<Arc<Client>>,
    origin: Option<Origin>,
    referrer: Referrer,
    policy_container_referrer_policy: Option<ReferrerPolicy>,
    flags: Flags,
}

impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("url", &without_userinfo(&self.url))
            .field("method", &self.method)
            .field("header_list", &self.header_list)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

/// The fields that the builder hands on as they are.
#[derive(Clone, Debug)]
struct Flags {
    local_urls_only: bool,
    unsafe_request: bool,
    body: Body,
    traversable: TraversableForUserPrompts,
    keepalive: bool,
    in_flight_keepalive_bytes: u64,
    service_workers: ServiceWorkersMode,
    initiator: Initiator,
    destination: Destination,
    top_level_navigation_initiator_origin: Option<Origin>,
    referrer_policy: ReferrerPolicy,
    mode: RequestMode,
    use_cors_preflight: bool,
    credentials_mode: CredentialsMode,
    use_url_credentials: bool,
    cache_mode: CacheMode,
    redirect_mode: RedirectMode,
    user_activation: bool,
    user_initiated: bool,
    prevent_no_cache_cache_control: bool,
}

/// Defines setters that store their argument.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)+) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $name: $type) -> Self {
                self.flags.$name = $name;
                self
            }
        )+
    };
}

impl RequestBuilder {
    const fn new(url: Url) -> Self {
        Self {
            url,
            method: Cow::Borrowed("GET"),
            header_list: HeaderList::new(),
            error: None,
            client: None,
            origin: None,
            referrer: Referrer::Client,
            policy_container_referrer_policy: None,
            flags: Flags {
                local_urls_only: false,
                unsafe_request: false,
                body: Body::Null,
                traversable: TraversableForUserPrompts::Client,
                keepalive: false,
                in_flight_keepalive_bytes: 0,
                service_workers: ServiceWorkersMode::All,
                initiator: Initiator::Empty,
                destination: Destination::Empty,
                top_level_navigation_initiator_origin: None,
                referrer_policy: ReferrerPolicy::Empty,
                mode: RequestMode::NoCors,
                use_cors_preflight: false,
                credentials_mode: CredentialsMode::SameOrigin,
                use_url_credentials: false,
                cache_mode: CacheMode::Default,
                redirect_mode: RedirectMode::Follow,
                user_activation: false,
                user_initiated: false,
                prevent_no_cache_cache_control: false,
            },
        }
    }

    /// The method, as it goes on the wire. `fetch()` and XHR normalize first; see
    /// [`guard::check_method`](crate::guard::check_method).
    #[must_use]
    pub fn method(mut self, method: impl AsRef<[u8]>) -> Self {
        let method = method.as_ref();
        match std::str::from_utf8(method) {
            Ok(text) if is_method(method) => self.method = well_known_method(text),
            _ => {
                let text = method.escape_ascii().to_string();
                self.error.get_or_insert(RequestError::InvalidMethod(text));
            }
        }
        self
    }

    /// Appends a header. Forbidden ones are the API layer's to keep out; see
    /// [`guard`](crate::guard).
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        if let Err(error) = self.header_list.append(name, value) {
            self.error.get_or_insert(error.into());
        }
        self
    }

    /// Replaces the header list.
    #[must_use]
    pub fn headers(mut self, header_list: HeaderList) -> Self {
        self.header_list = header_list;
        self
    }

    /// The client: what is fetching. Its origin counts unless [`origin`](Self::origin) is given.
    #[must_use]
    pub fn client(mut self, client: impl Into<Arc<Client>>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// The origin, in place of the client's.
    #[must_use]
    pub fn origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The referrer.
    #[must_use]
    pub fn referrer(mut self, referrer: Referrer) -> Self {
        self.referrer = referrer;
        self
    }

    /// The referrer policy of the request's own policy container, in place of the client's.
    #[must_use]
    pub fn policy_container_referrer_policy(mut self, policy: ReferrerPolicy) -> Self {
        self.policy_container_referrer_policy = Some(policy);
        self
    }

    /// Sets what `fetch()` and XHR set: mode cors and the unsafe-request flag.
    #[must_use]
    pub fn as_fetch_api(self) -> Self {
        self.mode(RequestMode::Cors).unsafe_request(true)
    }

    setters! {
        /// The [local-URLs-only flag](https://fetch.spec.whatwg.org/#local-urls-only-flag).
        local_urls_only: bool,
        /// The [unsafe-request flag](https://fetch.spec.whatwg.org/#unsafe-request-flag): method and
        /// headers come from a page, and are preflighted unless safelisted.
        unsafe_request: bool,
        /// The body.
        body: Body,
        /// Where prompts appear.
        traversable: TraversableForUserPrompts,
        /// Whether the request may outlive its client.
        keepalive: bool,
        /// Lengths of the bodies of the client's other keepalive requests that are not done.
        in_flight_keepalive_bytes: u64,
        /// The service-workers mode.
        service_workers: ServiceWorkersMode,
        /// The initiator.
        initiator: Initiator,
        /// The destination.
        destination: Destination,
        /// The mode. Mode cors alone does not make a page's request: without
        /// [`unsafe_request`](Self::unsafe_request) method and headers are trusted and never preflighted.
        /// For what a page asks for, use [`as_fetch_api`](Self::as_fetch_api).
        mode: RequestMode,
        /// The [use-CORS-preflight flag](https://fetch.spec.whatwg.org/#use-cors-preflight-flag):
        /// upload listeners on an XHR, or a stream as the body.
        use_cors_preflight: bool,
        /// The credentials mode.
        credentials_mode: CredentialsMode,
        /// The [use-URL-credentials flag](https://fetch.spec.whatwg.org/#concept-request-use-url-credentials-flag).
        use_url_credentials: bool,
        /// The cache mode, for the HTTP cache.
        cache_mode: CacheMode,
        /// The redirect mode.
        redirect_mode: RedirectMode,
        /// The referrer policy; the empty one means the policy container's.
        referrer_policy: ReferrerPolicy,
        /// The [user-activation](https://fetch.spec.whatwg.org/#request-user-activation) of a navigation.
        user_activation: bool,
        /// Whether a navigation was caused by the user's dealing with the user agent itself, such as
        /// the address bar; then `Sec-Fetch-Site` is `none`.
        user_initiated: bool,
        /// The [prevent no-cache cache-control header modification flag](https://fetch.spec.whatwg.org/#no-cache-prevent-cache-control).
        prevent_no_cache_cache_control: bool,
    }

    /// The top-level navigation initiator origin.
    #[must_use]
    pub fn top_level_navigation_initiator_origin(mut self, origin: Origin) -> Self {
        self.flags.top_level_navigation_initiator_origin = Some(origin);
        self
    }

    /// Checks and builds, with room for all that the engine adds on a hop.
    ///
    /// # Errors
    /// A mistake of the caller. What the standard answers with a network error is none: a bad port
    /// or a no-cors request with redirect mode `error` builds, and fails when fetched.
    pub fn build(self) -> Result<Request, RequestError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let client = self.client;
        let flags = self.flags;
        // Populate request from client, 2.: an origin must come from somewhere.
        let origin = self.origin.or_else(|| client.as_deref().map(|client| client.origin.clone()));
        let origin = origin.ok_or(RequestError::NoOrigin)?;
        let referrer_source = match self.referrer {
            Referrer::NoReferrer => None,
            Referrer::Url(url) => Some(url),
            Referrer::Client => client.as_deref().and_then(client_referrer_source),
        };
        let referrer = referrer_source.and_then(StrippedReferrer::new);
        // Populate request from client, 3., as far as it shows: the referrer policy.
        let container =
            self.policy_container_referrer_policy.or(client.as_deref().map(|client| client.referrer_policy));
        let container = match container {
            None | Some(ReferrerPolicy::Empty) => ReferrerPolicy::StrictOriginWhenCrossOrigin,
            Some(policy) => policy,
        };
        let traversable = match (flags.traversable, client.as_deref()) {
            // Populate request from client, 1.
            (TraversableForUserPrompts::Client, Some(client))
                if client.traversable && client.global == Global::Window =>
            {
                TraversableForUserPrompts::Traversable
            }
            (TraversableForUserPrompts::Client, _) => TraversableForUserPrompts::NoTraversable,
            (chosen, _) => chosen,
        };
        let mut request = Request {
            method: self.method,
            url_list: Arc::new(vec![self.url]),
            header_list: self.header_list,
            client,
            origin,
            referrer,
            policy_container_referrer_policy: container,
            traversable,
            local_urls_only: flags.local_urls_only,
            unsafe_request: flags.unsafe_request,
            body: flags.body,
            keepalive: flags.keepalive,
            in_flight_keepalive_bytes: flags.in_flight_keepalive_bytes,
            service_workers: flags.service_workers,
            initiator: flags.initiator,
            destination: flags.destination,
            top_level_navigation_initiator_origin: flags.top_level_navigation_initiator_origin,
            referrer_policy: flags.referrer_policy,
            mode: flags.mode,
            use_cors_preflight: flags.use_cors_preflight,
            credentials_mode: flags.credentials_mode,
            use_url_credentials: flags.use_url_credentials,
            cache_mode: flags.cache_mode,
            redirect_mode: flags.redirect_mode,
            user_activation: flags.user_activation,
            user_initiated: flags.user_initiated,
            prevent_no_cache_cache_control: flags.prevent_no_cache_cache_control,
            redirect_count: 0,
            response_tainting: ResponseTainting::Basic,
            timing_allow_failed: false,
            navigation_timing_allow_values: None,
        };
        request.header_list.reserve(request.engine_lines_bytes());
        Ok(request)
    }
}

/// [Determine request's referrer](https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer),
/// step 3 for "client".
fn client_referrer_source(client: &Client) -> Option<Url> {
    // client 1.2. A document with an opaque origin sends none; a worker may.
    if client.global == Global::Window && client.origin.is_opaque() {
        return None;
    }
    // client 1.4. and 2.
    client.creation_url.clone()
}

fn well_known_method(method: &str) -> Cow<'static, str> {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    let known = KNOWN.into_iter().find(|known| *known == method);
    known.map_or_else(|| Cow::Owned(method.to_owned()), Cow::Borrowed)
}

//! [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch), the
//! steps that decide headers and credentials.

use crate::client::Client;
use crate::fetch_metadata::{FetchMetadata, append_the_fetch_metadata_headers};
use crate::header_list::{HeaderError, HeaderList};
use crate::infra::{is_one_of, matches_ignoring_case, serialize_integer};
use crate::origin::Origin;
use crate::profile::{ConditionalRequests, ElementOrigin, NoCorsOrigin, RedirectedOrigin, Switches};
use crate::reason::Reason;
use crate::referrer::StrippedReferrer;
use crate::request::{Body, CacheMode, Destination, Initiator, ReferrerPolicy, Request, RequestMode, ResponseTainting};

/// The most bytes that the bodies of a client's keepalive requests have together.
const MAX_KEEPALIVE_BYTES: u64 = 64 * 1024;

/// What the steps ask of the request that they send, a preflight or the request itself.
#[derive(Debug)]
pub(crate) struct HttpRequest<'a> {
    pub(crate) method: &'a str,
    pub(crate) body: Body,
    /// Bytes in flight of other keepalive requests, if this is one.
    pub(crate) keepalive_in_flight: Option<u64>,
    /// The serialized referrer.
    pub(crate) referrer: Option<&'a str>,
    /// Whether the request has one, whatever the policy leaves of it.
    pub(crate) has_referrer: bool,
    pub(crate) referrer_policy: ReferrerPolicy,
    pub(crate) origin: &'a Origin,
    /// The byte-serialized request origin.
    pub(crate) serialized_origin: &'a str,
    /// Whether a redirect led from one origin to another.
    pub(crate) has_crossed_origins: bool,
    /// Whether the origin is same origin with the current URL's.
    pub(crate) current_url_is_same_origin: bool,
    pub(crate) current_url_is_https: bool,
    pub(crate) mode: RequestMode,
    pub(crate) destination: Destination,
    pub(crate) response_tainting: ResponseTainting,
    /// `None` if the URL is not potentially trustworthy.
    pub(crate) metadata: Option<FetchMetadata>,
    pub(crate) initiator: Initiator,
    pub(crate) client: Option<&'a Client>,
    /// The user agent's default `User-Agent` value.
    pub(crate) user_agent: Option<&'a [u8]>,
    pub(crate) cache_mode: CacheMode,
    pub(crate) prevent_no_cache_cache_control: bool,
    /// The `Origin` of the last hop, if that counts.
    pub(crate) last_origin: Option<&'a LastOrigin>,
    pub(crate) switches: &'a Switches,
}

/// What the last hop of a request that is not CORS had as `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastOrigin(pub(crate) Option<Box<[u8]>>);

/// The lines of one hop, behind the request's own.
pub(crate) struct HopLines<'l> {
    list: &'l mut HeaderList,
    /// Whether a line of the request's own has a name that a hop looks for.
    has_own: bool,
}

impl<'l> HopLines<'l> {
    // OPTIMIZATION: one look at the request's own lines; pages rarely give one of these names, and then
    // no search is needed for any of them.
    pub(crate) fn behind(list: &'l mut HeaderList) -> Self {
        let has_own = list.iter().any(|(name, _)| is_hop_name(name));
        Self { list, has_own }
    }

    /// The most bytes that the lines of any hop of a request have, but for `User-Agent`, which is not its own.
    pub(crate) fn max_bytes(request: &Request) -> usize {
        let line = HeaderList::line_bytes;
        let Request { header_list, body, method, cache_mode, .. } = request;
        let has_length = *body != Body::Null || matches!(&**method, "POST" | "PUT");
        let is_past_cache = *cache_mode != CacheMode::Default || header_list.iter().any(|(name, _)| is_hop_name(name));
        let referrer = request.referrer.as_ref().map(StrippedReferrer::max_len);
        [
            // Origin and Referer
            line(6, request.origin.serialize().len()),
            referrer.map_or(0, |length| line(7, length)),
            // Sec-Fetch-Dest, -Mode, -Site and -User
            line(14, 13),
            line(14, 11),
            line(14, 11),
            if request.user_activation { line(14, 2) } else { 0 },
            // Content-Length
            if has_length { line(14, 20) } else { 0 },
            // Sec-Purpose
            if request.initiator == Initiator::Prefetch { line(11, 8) } else { 0 },
            // Cache-Control, Pragma, Accept-Encoding
            if is_past_cache { line(13, 9).saturating_add(line(6, 8)).saturating_add(line(15, 8)) } else { 0 },
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    /// Whether there is a line of this name: one of the request's own, as each step appends its own names.
    fn contains(&self, name: &str) -> bool {
        self.has_own && self.list.contains(name)
    }

    /// Appends a line whose value is known to be valid.
    fn append(&mut self, name: &str, value: &[u8]) -> Result<(), HeaderError> {
        debug_assert!(is_hop_name(name.as_bytes()), "{name}");
        if self.contains(name) { self.list.append(name, value) } else { self.list.push(name.as_bytes(), value) }
    }

    /// Sets a structured field value that is a token or boolean.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), HeaderError> {
        debug_assert!(is_hop_name(name.as_bytes()), "{name}");
        if self.contains(name) { self.list.set(name, value) } else { self.list.push(name.as_bytes(), value.as_bytes()) }
    }

    /// Appends the lines of [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch),
    /// steps 8.5 to 8.19, to the request's own; returns the cache mode that then counts.
    ///
    /// HOST: 8.20 (headers of HTTP itself), 8.21 and 8.22 (cookies, authentication entries), 8.23, and
    /// 8.26 on (the HTTP cache).
    pub(crate) fn append_all(&mut self, request: &HttpRequest<'_>) -> Result<CacheMode, Reason> {
        self.append_content_length(request)?;
        self.append_lines(request).map_err(|_| Reason::HeaderListTooLarge)
    }

    fn append_content_length(&mut self, request: &HttpRequest<'_>) -> Result<(), Reason> {
        // 8.5. contentLength
        let content_length = match request.body {
            Body::Source { length } => Some(length),
            Body::Null | Body::Stream => None,
        };
        // 8.6. to 8.8. contentLengthHeaderValue: 0 for POST and PUT without a body.
        let sends_zero = request.body == Body::Null && matches!(request.method, "POST" | "PUT");
        let value = content_length.or(sends_zero.then_some(0));
        // 8.9. Append it.
        if let Some(value) = value {
            let mut digits = [0; 20];
            let value = serialize_integer(value, &mut digits);
            self.append("Content-Length", value).map_err(|_| Reason::HeaderListTooLarge)?;
        }
        // 8.10. The quota of keepalive requests.
        if let (Some(content_length), Some(in_flight)) = (content_length, request.keepalive_in_flight)
            && content_length.saturating_add(in_flight) > MAX_KEEPALIVE_BYTES
        {
            return Err(Reason::KeepaliveQuota { content_length, in_flight });
        }
        Ok(())
    }

    fn append_lines(&mut self, request: &HttpRequest<'_>) -> Result<CacheMode, HeaderError> {
        // 8.11. Referer
        if let Some(referrer) = request.referrer {
            self.append("Referer", referrer.as_bytes())?;
        }
        // 8.12. Origin
        self.append_a_request_origin_header(request)?;
        // 8.13. Sec-Fetch-*
        if let Some(metadata) = request.metadata {
            append_the_fetch_metadata_headers(self, metadata)?;
        }
        // 8.14. Sec-Purpose
        if request.initiator == Initiator::Prefetch {
            self.set("Sec-Purpose", "prefetch")?;
        }
        // 8.15. User-Agent
        if !self.contains("User-Agent") {
            let of_client = request.client.and_then(|client| client.user_agent.as_deref());
            if let Some(user_agent) = of_client.or(request.user_agent) {
                self.append("User-Agent", user_agent)?;
            }
        }
        // 8.16. A conditional request of the page's own goes past the cache.
        let mut cache_mode = request.cache_mode;
        if cache_mode == CacheMode::Default && CONDITIONAL.iter().any(|name| self.contains(name)) {
            cache_mode = conditional_cache_mode(request.switches);
        }
        // 8.17. no-cache
        if cache_mode == CacheMode::NoCache
            && !request.prevent_no_cache_cache_control
            && !self.contains("Cache-Control")
        {
            self.append("Cache-Control", b"max-age=0")?;
        }
        // 8.18. no-store and reload
        if matches!(cache_mode, CacheMode::NoStore | CacheMode::Reload) {
            if !self.contains("Pragma") {
                self.append("Pragma", b"no-cache")?;
            }
            if !self.contains("Cache-Control") {
                self.append("Cache-Control", b"no-cache")?;
            }
        }
        // 8.19. Part of an encoded response could not be decoded.
        if self.contains("Range") {
            self.append("Accept-Encoding", b"identity")?;
        }
        // 8.24. and 8.25. Without a partition there is no HTTP cache.
        let has_partition = request.client.is_some_and(|client| client.network_partition_key.is_some());
        Ok(if has_partition { cache_mode } else { CacheMode::NoStore })
    }

    /// [Append a request `Origin` header](https://fetch.spec.whatwg.org/#append-a-request-origin-header).
    fn append_a_request_origin_header(&mut self, request: &HttpRequest<'_>) -> Result<(), HeaderError> {
        // 2. serializedOrigin
        let mut serialized_origin = request.serialized_origin;
        // 3. cors, websocket and webtransport always send it.
        if request.response_tainting == ResponseTainting::Cors
            || matches!(request.mode, RequestMode::WebSocket | RequestMode::WebTransport)
        {
            return self.append("Origin", serialized_origin.as_bytes());
        }
        if request.mode == RequestMode::Cors
            && request.destination != Destination::Empty
            && is_element_origin_sent(request)
        {
            return self.append("Origin", serialized_origin.as_bytes());
        }
        if let Some(LastOrigin(last)) = request.last_origin {
            return last.as_deref().map_or(Ok(()), |origin| self.append("Origin", origin));
        }
        // 4. So do methods other than GET and HEAD,
        if !matches!(request.method, "GET" | "HEAD") {
            // 4.1. but less of it, where the referrer policy says so.
            if request.mode != RequestMode::Cors
                && match request.switches.no_cors_origin {
                    NoCorsOrigin::Always => false,
                    NoCorsOrigin::ByReferrerPolicy => is_origin_withheld(request),
                    NoCorsOrigin::ByReferrer => !request.has_referrer || is_origin_withheld(request),
                }
            {
                serialized_origin = "null";
            }
            if request.mode != RequestMode::Cors
                && request.has_crossed_origins
                && request.switches.redirected_origin == RedirectedOrigin::NullAcrossOrigins
            {
                serialized_origin = "null";
            }
            // 4.2. Append it.
            self.append("Origin", serialized_origin.as_bytes())?;
        }
        Ok(())
    }
}

const CONDITIONAL: [&str; 5] = ["If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "If-Match", "If-Range"];

/// The cache mode that counts, given the request's own lines.
pub(crate) fn cache_mode_of(cache_mode: CacheMode, own: &HeaderList, switches: &Switches) -> CacheMode {
    if cache_mode == CacheMode::Default && CONDITIONAL.iter().any(|name| own.contains(name)) {
        conditional_cache_mode(switches)
    } else {
        cache_mode
    }
}

const fn conditional_cache_mode(switches: &Switches) -> CacheMode {
    match switches.conditional_requests {
        ConditionalRequests::NoStore => CacheMode::NoStore,
        ConditionalRequests::NoCache => CacheMode::NoCache,
    }
}

/// Whether a request with a destination sends `Origin` to the page's own origin too.
fn is_element_origin_sent(request: &HttpRequest<'_>) -> bool {
    match request.switches.element_origin {
        ElementOrigin::Absent => false,
        ElementOrigin::Present => true,
        ElementOrigin::PresentButForWorklets => {
            !matches!(request.destination, Destination::AudioWorklet | Destination::PaintWorklet)
        }
    }
}

/// Append a request `Origin` header, 4.1.: the switch on referrer policy.
fn is_origin_withheld(request: &HttpRequest<'_>) -> bool {
    match request.referrer_policy {
        ReferrerPolicy::NoReferrer => true,
        ReferrerPolicy::NoReferrerWhenDowngrade
        | ReferrerPolicy::StrictOrigin
        | ReferrerPolicy::StrictOriginWhenCrossOrigin => {
            matches!(request.origin, Origin::Tuple(tuple) if tuple.scheme() == "https") && !request.current_url_is_https
        }
        ReferrerPolicy::SameOrigin => !request.current_url_is_same_origin,
        _ => false,
    }
}

/// Whether a name is one that the steps above append, set or look for.
fn is_hop_name(name: &[u8]) -> bool {
    // A length picks the only candidates.
    match name.len() {
        5 => matches_ignoring_case(name, b"range"),
        6 => is_one_of(name, &["origin", "pragma"]),
        7 => matches_ignoring_case(name, b"referer"),
        8 => is_one_of(name, &["if-match", "if-range"]),
        10 => matches_ignoring_case(name, b"user-agent"),
        11 => matches_ignoring_case(name, b"sec-purpose"),
        13 => is_one_of(name, &["cache-control", "if-none-match"]),
        14 => {
            is_one_of(name, &["content-length", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user"])
        }
        15 => matches_ignoring_case(name, b"accept-encoding"),
        17 => matches_ignoring_case(name, b"if-modified-since"),
        19 => matches_ignoring_case(name, b"if-unmodified-since"),
        _ => false,
    }
}

//! The wire: one request goes out, one response head comes back.
//!
//! HTTP/1.1 and HTTP/2 over TCP and TLS with hyper. Nothing here follows a redirect, keeps a
//! cookie, undoes a content coding or reads a proxy from the environment: all of that is the
//! engine's word or nobody's. Header lines go out as given, and only `Host` (`:authority` in
//! HTTP/2) is added.

mod connect;
mod failure;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use url::Url;

use connect::Connector;
pub(crate) use connect::{AddressBook, NameService};
pub(crate) use failure::{FailureKind, NetFailure};
pub(crate) use tls::Trust;

/// The largest response head, in bytes: what large browsers allow.
const MAX_HEAD_BYTES: usize = 256 * 1024;
/// The most header lines in a response head.
const MAX_HEAD_LINES: usize = 2_000;
/// The most informational (1xx) responses before the real one.
const MAX_INFORMATIONAL: u32 = 32;

/// One header line: name and value.
pub(crate) type Line = (Vec<u8>, Vec<u8>);

/// Which versions of HTTP the client may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpVersions {
    /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
    Any,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 over TLS or nothing.
    Http2,
    /// HTTP/2 without negotiation, over clear text too.
    Http2PriorKnowledge,
}

/// What a [`Transport`] is made from.
#[derive(Debug)]
pub(crate) struct TransportOptions {
    pub(crate) names: NameService,
    pub(crate) trust: Trust,
    pub(crate) versions: HttpVersions,
}

/// A client with its pool of connections.
#[derive(Debug)]
pub(crate) struct Transport {
    client: Client<Connector, Full<Bytes>>,
    versions: HttpVersions,
}

/// A request as the engine wants it sent.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a [u8],
    pub(crate) url: &'a Url,
    pub(crate) lines: &'a [Line],
    pub(crate) body: Option<Bytes>,
}

/// A response head as it came. Lines of one name keep their order; names are in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) version: &'static str,
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) lines: Vec<Line>,
}

/// A response head and the body that is still to be read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: BodyReader,
}

/// The rest of a response.
#[derive(Debug)]
pub(crate) struct BodyReader(Option<Incoming>);

impl Transport {
    /// Sets the client up; connects to nothing yet.
    pub(crate) fn new(options: &TransportOptions) -> Result<Self, NetFailure> {
        let tls = tls::client_config(&options.trust, options.versions)?;
        let connector = Connector::new(options.names.clone(), tls, options.versions);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .http1_title_case_headers(true)
            .http1_max_buf_size(MAX_HEAD_BYTES)
            .http1_max_headers(MAX_HEAD_LINES)
            .http2_max_header_list_size(MAX_HEAD_BYTES as u32)
            .http2_only(options.versions == HttpVersions::Http2PriorKnowledge)
            .build(connector);
        Ok(Self { client, versions: options.versions })
    }

    /// The version that a request is shown with as long as no answer told which it was.
    pub(crate) fn likely_version(&self) -> &'static str {
        match self.versions {
            HttpVersions::Any | HttpVersions::Http1 => "HTTP/1.1",
            HttpVersions::Http2 | HttpVersions::Http2PriorKnowledge => "HTTP/2",
        }
    }

    /// Sends a request and waits for the head of its final response.
    pub(crate) async fn send(&self, outgoing: &Outgoing<'_>, deadline: Instant) -> Result<Answer, NetFailure> {
        let mut request = wire_request(outgoing)?;
        let flood = count_informational(&mut request);
        let exchange = async {
            tokio::select! {
                answer = self.client.request(request) => answer.map_err(|e| NetFailure::of_client(&e)),
                () = flood.notified() => Err(NetFailure::protocol(format!(
                    "the server sent more than {MAX_INFORMATIONAL} informational (1xx) responses"
                ))),
            }
        };
        let response = match timeout_at(deadline, exchange).await {
            Ok(result) => result?,
            Err(_) => {
                return Err(NetFailure::timeout("no response head came within the time allowed by --max-time"));
            }
        };
        let (parts, body) = response.into_parts();
        let head = received_head(parts);
        if head.status < 200 {
            return Err(NetFailure::protocol(format!(
                "the server answered {} although no protocol switch was asked for",
                head.status
            )));
        }
        Ok(Answer { head, body: BodyReader(Some(body)) })
    }
}

impl BodyReader {
    /// Of an answer whose body is gone.
    pub(crate) const fn empty() -> Self {
        Self(None)
    }

    /// The next piece of the body, or `None` at its end.
    pub(crate) async fn next(&mut self, deadline: Instant) -> Result<Option<Bytes>, NetFailure> {
        let Some(body) = &mut self.0 else { return Ok(None) };
        loop {
            let frame = match timeout_at(deadline, body.frame()).await {
                Ok(frame) => frame,
                Err(_) => {
                    return Err(NetFailure::timeout("the body did not end within the time allowed by --max-time"));
                }
            };
            match frame {
                None => return Ok(None),
                Some(Err(e)) => return Err(NetFailure::of_body(&e)),
                // A frame that is no data is a trailer section, which script never sees.
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

/// The form in which a header name goes onto the wire.
pub(crate) fn wire_name(name: &[u8], version: &str) -> Vec<u8> {
    let mut wire = name.to_ascii_lowercase();
    if version.starts_with("HTTP/1") {
        let mut start_of_word = true;
        for byte in &mut wire {
            if start_of_word {
                byte.make_ascii_uppercase();
            }
            start_of_word = *byte == b'-';
        }
    }
    wire
}

/// The line that the client adds by itself.
pub(crate) fn added_line(url: &Url, version: &str) -> Line {
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let name: &[u8] = if version.starts_with("HTTP/1") { b"Host" } else { b":authority" };
    (name.to_vec(), authority.as_bytes().to_vec())
}

fn wire_request(outgoing: &Outgoing<'_>) -> Result<Request<Full<Bytes>>, NetFailure> {
    let mut request = Request::new(Full::new(outgoing.body.clone().unwrap_or_default()));
    *request.method_mut() =
        Method::from_bytes(outgoing.method).map_err(|_| NetFailure::protocol("the method cannot be sent"))?;
    *request.uri_mut() = wire_uri(outgoing.url)?;
    for (name, value) in outgoing.lines {
        let shown = String::from_utf8_lossy(name).into_owned();
        let unsendable =
            || NetFailure::protocol(format!("the header {shown} holds a byte that the client cannot send"));
        let name = HeaderName::from_bytes(name).map_err(|_| unsendable())?;
        let value = HeaderValue::from_bytes(value).map_err(|_| unsendable())?;
        request
            .headers_mut()
            .try_append(name, value)
            .map_err(|_| NetFailure::protocol("the request has too many headers to be sent"))?;
    }
    Ok(request)
}

/// The URL without the parts that never go onto the wire: userinfo and fragment.
fn wire_uri(url: &Url) -> Result<Uri, NetFailure> {
    let target = format!(
        "{}://{}{}",
        url.scheme(),
        &url[url::Position::BeforeHost..url::Position::AfterPort],
        &url[url::Position::BeforePath..url::Position::AfterQuery],
    );
    target.parse().map_err(|e| NetFailure::protocol(format!("the client cannot send this URL: {e}")))
}

/// Lets a flood of 1xx responses be noticed. HTTP/2 has no such hook; there `--max-time` bounds it.
fn count_informational(request: &mut Request<Full<Bytes>>) -> Arc<Notify> {
    let flood = Arc::new(Notify::new());
    let seen = AtomicU32::new(0);
    let bell = Arc::clone(&flood);
    hyper::ext::on_informational(request, move |_| {
        if seen.fetch_add(1, Ordering::Relaxed) == MAX_INFORMATIONAL {
            bell.notify_one();
        }
    });
    flood
}

fn received_head(parts: http::response::Parts) -> Head {
    let reason = match parts.extensions.get::<hyper::ext::ReasonPhrase>() {
        Some(phrase) => String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
        None if parts.version == Version::HTTP_2 => String::new(),
        None => parts.status.canonical_reason().unwrap_or("").to_owned(),
    };
    Head {
        version: version_name(parts.version),
        status: parts.status.as_u16(),
        reason,
        lines: parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect(),
    }
}

fn version_name(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

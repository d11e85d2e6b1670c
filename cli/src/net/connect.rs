//! From a URL's host and port to a byte stream: names, TCP, TLS.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tower_service::Service;

use super::{HttpVersions, NetFailure};

/// How long an address may take as long as another one is left to try.
const PATIENCE: Duration = Duration::from_secs(5);

/// Addresses given by hand for a host and port (`--resolve`).
pub(crate) type AddressBook = HashMap<(String, u16), Vec<SocketAddr>>;

/// Where names get their addresses from.
#[derive(Clone, Debug)]
pub(crate) enum NameService {
    /// The book first, then the system's resolver.
    System(AddressBook),
    /// The book alone: a name that is not in it does not exist.
    BookOnly(AddressBook),
}

impl NameService {
    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NetFailure> {
        let (Self::System(book) | Self::BookOnly(book)) = self;
        if let Some(given) = book.get(&(host.to_owned(), port)) {
            return Ok(given.clone());
        }
        if let Some(own) = without_lookup(host) {
            return Ok(own.iter().map(|ip| SocketAddr::new(*ip, port)).collect());
        }
        if let Self::BookOnly(_) = self {
            return Err(NetFailure::connect(format!("no address is known for {host}")));
        }
        let found =
            lookup_host((host, port)).await.map_err(|e| NetFailure::connect(format!("cannot resolve {host}: {e}")))?;
        Ok(found.collect())
    }
}

/// Hosts that need no resolver: addresses, and `localhost` as browsers treat it.
fn without_lookup(host: &str) -> Option<Vec<IpAddr>> {
    if let Ok(ip) = host.parse() {
        return Some(vec![ip]);
    }
    let local = host == "localhost" || host.ends_with(".localhost");
    local.then(|| vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
}

/// Makes connections for the HTTP client's pool.
#[derive(Clone)]
pub(super) struct Connector {
    names: Arc<NameService>,
    tls: TlsConnector,
    versions: HttpVersions,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector")
            .field("names", &self.names)
            .field("versions", &self.versions)
            .finish_non_exhaustive()
    }
}

impl Connector {
    pub(super) fn new(names: NameService, tls: ClientConfig, versions: HttpVersions) -> Self {
        Self { names: Arc::new(names), tls: TlsConnector::from(Arc::new(tls)), versions }
    }

    async fn connect(self, uri: Uri) -> Result<TokioIo<Wire>, NetFailure> {
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        if !secure && self.versions == HttpVersions::Http2 {
            return Err(NetFailure::protocol("HTTP/2 without TLS needs --http2-prior-knowledge"));
        }
        let tcp = self.dial(host, port).await?;
        let wire = if secure {
            self.shake_hands(host, tcp).await?
        } else {
            Wire { stream: Box::new(tcp), http2: self.versions == HttpVersions::Http2PriorKnowledge }
        };
        Ok(TokioIo::new(wire))
    }

    /// Tries the addresses of a host one after the other.
    async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, NetFailure> {
        let addresses = self.names.addresses(host, port).await?;
        let mut last = NetFailure::connect(format!("{host} has no address"));
        for (index, address) in addresses.iter().enumerate() {
            let is_last = index + 1 == addresses.len();
            let attempt = TcpStream::connect(address);
            let result = if is_last {
                attempt.await
            } else {
                timeout(PATIENCE, attempt).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            };
            match result {
                Ok(tcp) => {
                    // Only a matter of speed, so a refusal does not matter.
                    let _ = tcp.set_nodelay(true);
                    return Ok(tcp);
                }
                Err(e) => {
                    last = NetFailure::connect(format!("cannot connect to {host} at {address}: {e}"));
                }
            }
        }
        Err(last)
    }

    async fn shake_hands(&self, host: &str, tcp: TcpStream) -> Result<Wire, NetFailure> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| NetFailure::tls(format!("{host} cannot be named in a TLS handshake")))?;
        let stream = self
            .tls
            .connect(name, tcp)
            .await
            .map_err(|e| NetFailure::tls(format!("handshake with {host} failed: {e}")))?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let wanted = matches!(self.versions, HttpVersions::Http2 | HttpVersions::Http2PriorKnowledge);
        if wanted && !http2 {
            return Err(NetFailure::protocol(format!("{host} does not offer HTTP/2")));
        }
        Ok(Wire { stream: Box::new(stream), http2 })
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = NetFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection, encrypted or not.
pub(super) struct Wire {
    stream: Box<dyn Duplex>,
    http2: bool,
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        if self.http2 { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

//! A server on loopback that speaks HTTP/2 and HTTP/1.1 as the client negotiates, over TLS, or HTTP/2
//! over clear text.

use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::sync::mpsc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The host that the certificate names.
pub(crate) const HOST: &str = "api.example";

/// A running server.
#[derive(Debug)]
pub(crate) struct HyperServer {
    pub(crate) port: u16,
    /// The certificate that it shows, over TLS.
    pub(crate) certificate_pem: String,
    scheme: &'static str,
    // The thread ends when this goes.
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl HyperServer {
    /// Offers the protocols given over TLS, and answers `*` to everyone.
    pub(crate) fn tls(alpn: &[&str]) -> Self {
        let pair = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.der().clone()], key)
            .expect("key and certificate fit");
        config.alpn_protocols = alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
        Self::start("https", pair.cert.pem(), Some(TlsAcceptor::from(Arc::new(config))))
    }

    /// HTTP/2 over clear text.
    pub(crate) fn clear_text() -> Self {
        Self::start("http", String::new(), None)
    }

    fn start(scheme: &'static str, certificate_pem: String, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = StdListener::bind("127.0.0.1:0").expect("loopback can be bound");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("bound").port();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("non-blocking");
                ready.send(()).expect("the test waits");
                tokio::select! {
                    () = accept(listener, acceptor) => {}
                    _ = stopped => {}
                }
            });
        });
        is_ready.recv().expect("the server starts");
        Self { port, certificate_pem, scheme, _stop: stop }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{HOST}:{}{path}", self.scheme, self.port)
    }

    /// The value of `--resolve` that leads here.
    pub(crate) fn resolve(&self) -> String {
        format!("{HOST}:{}:127.0.0.1", self.port)
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_connection(stream, acceptor.clone()));
    }
}

async fn serve_connection(stream: TcpStream, acceptor: Option<TlsAcceptor>) {
    let Some(acceptor) = acceptor else {
        return speak_http2(TokioIo::new(stream)).await;
    };
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        return speak_http2(TokioIo::new(stream)).await;
    }
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(serve)).await;
}

async fn speak_http2(io: impl Read + Write + Unpin + 'static) {
    let builder = http2::Builder::new(TokioExecutor::new());
    let _ = builder.serve_connection(io, service_fn(serve)).await;
}

async fn serve(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"secret\n")));
    response.headers_mut().extend([(http::header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))]);
    Ok(response)
}

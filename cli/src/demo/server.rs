//! The embedded server of the tour: one listener on loopback that plays several hosts.
//!
//! The tour's client has an address book that leads every host below to this listener, so the
//! names never reach a resolver and nothing leaves the machine.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::net::AddressBook;

/// The page that fetches, and the server's own idea of whom to let in.
pub(super) const PAGE: &str = "http://shop.example";
const HOSTS: [&str; 3] = ["shop.example", "api.example", "cdn.example"];

/// What an endpoint says: status, header lines, body.
struct Reply {
    status: u16,
    lines: &'static [(&'static str, &'static str)],
    body: &'static str,
}

/// Starts the server and says how to reach its hosts.
pub(super) async fn start() -> io::Result<AddressBook> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener));
    Ok(HOSTS
        .iter()
        .map(|host| (((*host).to_owned(), 80), vec![address]))
        .collect::<std::collections::HashMap<(String, u16), Vec<SocketAddr>>>())
}

async fn accept(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            // A connection that breaks shows in the client's report.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(serve)).await;
        });
    }
}

async fn serve(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let preflight = request.method() == http::Method::OPTIONS;
    let reply = reply_to(request.uri().path(), preflight);
    let mut response = Response::new(Full::new(Bytes::from_static(reply.body.as_bytes())));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    for (name, value) in reply.lines {
        // The table is small, so the map cannot be full.
        let _ = response.headers_mut().try_append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(response)
}

const ACAO: &str = "access-control-allow-origin";
const VARY: (&str, &str) = ("vary", "Origin");
const JSON: (&str, &str) = ("content-type", "application/json");
const ONLY_THE_PAGE: (&str, &str) = (ACAO, PAGE);
const ANYONE: (&str, &str) = (ACAO, "*");

fn reply_to(path: &str, preflight: bool) -> Reply {
    let (status, lines): (u16, &'static [_]) = match (path, preflight) {
        ("/open", _) => (200, &[ANYONE, JSON]),
        ("/partner", _) => (200, &[ONLY_THE_PAGE, VARY, JSON]),
        ("/other-partner", _) => (200, &[(ACAO, "http://blog.example"), VARY, JSON]),
        ("/me", _) => (200, &[ONLY_THE_PAGE, ("access-control-allow-credentials", "true"), VARY, JSON]),
        ("/orders", true) => (
            204,
            &[
                ONLY_THE_PAGE,
                ("access-control-allow-methods", "PUT"),
                ("access-control-allow-headers", "content-type"),
                ("access-control-max-age", "600"),
                VARY,
            ],
        ),
        ("/orders", false) => (200, &[ONLY_THE_PAGE, VARY, JSON]),
        ("/sandbox", _) => (200, &[(ACAO, "null"), JSON]),
        ("/twice", _) => (200, &[ANYONE, ONLY_THE_PAGE, JSON]),
        ("/moved", _) => (302, &[ANYONE, ("location", "/open")]),
        ("/to-api", _) => (302, &[("location", "http://api.example/partner")]),
        ("/to-cdn", _) => (302, &[ONLY_THE_PAGE, ("location", "http://cdn.example/partner")]),
        ("/list", _) => (
            200,
            &[
                ANYONE,
                ("access-control-expose-headers", "x-total-count"),
                ("x-total-count", "17"),
                ("x-request-id", "c0ffee"),
                JSON,
            ],
        ),
        ("/pixel.png", _) => (200, &[("content-type", "image/png")]),
        _ => (404, &[]),
    };
    let body = if status == 200 { "{\"ok\":true}\n" } else { "" };
    Reply { status, lines, body }
}

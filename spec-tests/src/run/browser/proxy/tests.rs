use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use super::certificate::{Identity, NAME};
use super::{Page, Proxy};
use crate::run::wire::script::{Probes, Script};
use crate::symbols::text;

fn proxy() -> (Proxy, CertificateDer<'static>) {
    let identity = Identity::new().unwrap_or_else(|error| panic!("{error}"));
    let certificate = identity.certificate.clone();
    let proxy = Proxy::with(identity).unwrap_or_else(|error| panic!("{error}"));
    proxy.stage().begin(["a.test".to_owned(), "b.test".to_owned()].into());
    (proxy, certificate)
}

fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).unwrap_or_else(|error| panic!("{error}"))
}

/// Sends a request, and reads until the other side is done.
fn exchange(stream: &mut (impl Read + Write), request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let mut answer = Vec::new();
    // TLS may end without a word.
    let _ = stream.read_to_end(&mut answer);
    text(&answer)
}

/// Reads the head that answers a CONNECT.
fn tunnel(proxy: &Proxy, authority: &str) -> (TcpStream, String) {
    let mut stream = connect(proxy);
    let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.extend(byte);
    }
    (stream, text(&head))
}

fn encrypt(stream: TcpStream, certificate: CertificateDer<'static>) -> impl Read + Write {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap_or_else(|error| panic!("{error}"));
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap_or_else(|error| panic!("{error}"))
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(NAME).unwrap_or_else(|error| panic!("{error}"));
    let connection = ClientConnection::new(Arc::new(config), name).unwrap_or_else(|error| panic!("{error}"));
    StreamOwned::new(connection, stream)
}

fn script(exchanges: serde_json::Value) -> Script {
    let exchanges = serde_json::from_value(exchanges).unwrap_or_else(|error| panic!("{error}"));
    Script::new(exchanges, 0, Probes::Nowhere)
}

#[test]
fn http_and_https_servers_answer_by_one_script() {
    let (proxy, certificate) = proxy();
    proxy.stage().script = script(json!([
        {"preflight": {"method": "OPTIONS", "url": "http://a.test:8000/x?y"}, "answer": {"status": 204}},
        {"request": {"method": "GET", "url": "https://b.test:8443/z", "headers": {"x": "1"}},
            "answer": {"status": 200, "headers": [["y", "2"]]}},
    ]));
    let preflight =
        "OPTIONS http://a.test:8000/x?y HTTP/1.1\r\nHost: a.test:8000\r\nAccess-Control-Request-Method: PUT\r\n\r\n";
    let answer = exchange(&mut connect(&proxy), preflight);
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    let (stream, head) = tunnel(&proxy, "b.test:8443");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let request = "GET /z HTTP/1.1\r\nHost: b.test:8443\r\nX: 1\r\n\r\n";
    let answer = exchange(&mut encrypt(stream, certificate), request);
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("y: 2\r\n") && answer.ends_with("fixture"),
        "{answer}"
    );
    let mut stage = proxy.stage();
    assert_eq!(stage.script.finish(), []);
    assert_eq!(stage.strangers(), []);
    let heads: Vec<String> = stage.heads().iter().map(|(server, head)| server.url(&text(&head.target))).collect();
    assert_eq!(heads, ["http://a.test:8000/x?y", "https://b.test:8443/z"]);
    assert_eq!(stage.heads()[0].1.header("access-control-request-method").as_deref(), Some(&b"PUT"[..]));
}

#[test]
fn what_differs_from_the_script_is_told() {
    let (proxy, _) = proxy();
    proxy.stage().script =
        script(json!([{"request": {"method": "PUT", "url": "http://b.test:80/"}, "answer": {"status": 200}}]));
    exchange(&mut connect(&proxy), "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
    let differences: Vec<String> = proxy.stage().script.finish().iter().map(ToString::to_string).collect();
    assert_eq!(
        differences,
        [
            "exchange 0: method: expected PUT, seen GET",
            "exchange 0: URL: expected http://b.test:80/, seen http://a.test:80/",
        ]
    );
}

#[test]
fn a_host_of_nobody_is_refused_and_told() {
    let (proxy, _) = proxy();
    let answer = exchange(&mut connect(&proxy), "GET http://c.test/x HTTP/1.1\r\nHost: c.test\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let (_, head) = tunnel(&proxy, "d.test:443");
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    let told: Vec<String> = proxy.stage().strangers().iter().map(ToString::to_string).collect();
    let line = |what| format!("a request to a host that no case named: {what}");
    assert_eq!(told, [line("GET http://c.test:80/x"), line("CONNECT d.test:443")]);
}

#[test]
fn a_page_is_served_once() {
    let (proxy, _) = proxy();
    let page = Page {
        url: "http://a.test:80/page".to_owned(),
        headers: vec![("referrer-policy", "origin".to_owned())],
        body: "<p>".to_owned(),
    };
    proxy.stage().serve_page(page);
    let request = "GET http://a.test/page HTTP/1.1\r\nHost: a.test\r\n\r\n";
    let answer = exchange(&mut connect(&proxy), request);
    assert!(answer.contains("\r\nreferrer-policy: origin\r\n") && answer.ends_with("<p>"), "{answer}");
    assert!(!proxy.stage().awaits_page());
    assert!(exchange(&mut connect(&proxy), request).starts_with("HTTP/1.1 200 Unexpected"));
}

#[test]
fn a_body_of_its_own_stands_in_for_the_scripts() {
    let (proxy, _) = proxy();
    let long = json!([["content-length", "3"]]);
    let answers = json!([{"request": {}, "answer": {"status": 200}}, {"request": {}, "answer": {"status": 200, "headers": long}}]);
    proxy.stage().script = script(answers);
    proxy.stage().body = Some(b"own".to_vec());
    let body = || exchange(&mut connect(&proxy), "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
    assert!(body().ends_with("\r\n\r\nown"));
    // A fixture that says how long it is means that one.
    assert!(body().ends_with("\r\n\r\nxxx"));
}

#[test]
fn a_failure_of_the_network_is_a_broken_head() {
    let (proxy, _) = proxy();
    proxy.stage().script = script(json!([{"request": {}, "answer": {"failure": "connect"}}]));
    let answer = exchange(&mut connect(&proxy), "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
    assert!(answer.contains('\0'), "{answer}");
}

#[test]
fn what_is_no_proxy_request_is_refused() {
    let (proxy, _) = proxy();
    let answer = exchange(&mut connect(&proxy), "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let (_, head) = tunnel(&proxy, "a.test");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
}

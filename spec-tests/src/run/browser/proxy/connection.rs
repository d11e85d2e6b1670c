//! One connection to the proxy: a request for an absolute URL, or a tunnel in which TLS ends here.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::stage::Stage;
use crate::run::lock;
use crate::run::wire::Server;
use crate::run::wire::http1::{self, Connection, Received};
use crate::run::wire::script::Reply;
use crate::symbols::text;

/// A network error in every browser, and no reason to ask again: a header value must not have a NUL.
const NO_ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\nx-broken: a\0b\r\nconnection: close\r\n\r\n";

impl Connection for StreamOwned<ServerConnection, TcpStream> {
    fn finish(&mut self) {
        self.conn.send_close_notify();
        // One that is gone is finished.
        let _ = self.flush();
        let _ = self.sock.shutdown(Shutdown::Write);
    }
}

/// Serves one connection.
pub(super) fn serve(mut stream: TcpStream, tls: &Arc<ServerConfig>, stage: &Mutex<Stage>) {
    if http1::prepare(&stream).is_none() {
        return;
    }
    let Some(mut received) = http1::receive(&mut stream) else { return };
    if received.method == b"CONNECT" {
        tunnel(stream, &received, tls, stage);
        return;
    }
    match split(&text(&received.target)) {
        Some((server, target)) => {
            received.target = target;
            answer(&mut stream, &server, &received, stage);
        }
        None => refuse(&mut stream, b"HTTP/1.1 400 No Proxy Request\r\nconnection: close\r\n\r\n"),
    }
}

fn tunnel(mut stream: TcpStream, connect: &Received, tls: &Arc<ServerConfig>, stage: &Mutex<Stage>) {
    let authority = text(&connect.target);
    let server = authority
        .rsplit_once(':')
        .and_then(|(host, port)| Some(Server { scheme: "https", host: host.to_owned(), port: port.parse().ok()? }));
    let Some(server) = server else {
        return refuse(&mut stream, b"HTTP/1.1 400 No Authority\r\nconnection: close\r\n\r\n");
    };
    if !lock(stage).admits(&server.host, || format!("CONNECT {authority}")) {
        return refuse(&mut stream, b"HTTP/1.1 403 Nobody\r\nconnection: close\r\n\r\n");
    }
    if stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").and_then(|()| stream.flush()).is_err() {
        return;
    }
    let Ok(connection) = ServerConnection::new(Arc::clone(tls)) else { return };
    let mut stream = StreamOwned::new(connection, stream);
    let Some(received) = http1::receive(&mut stream) else { return };
    answer(&mut stream, &server, &received, stage);
}

fn answer(stream: &mut impl Connection, server: &Server, received: &Received, stage: &Mutex<Stage>) {
    // Bound to a name, so that the lock is free before the answer goes out.
    let reply = lock(stage).reply(server, received);
    match reply {
        Reply::Response { head, body } => http1::send(stream, &head, &body),
        Reply::Close => http1::send(stream, NO_ANSWER, b""),
    }
}

fn refuse(stream: &mut TcpStream, head: &[u8]) {
    http1::send(stream, head, b"");
}

/// The server of an absolute http URL, and the target on it.
fn split(url: &str) -> Option<(Server, Vec<u8>)> {
    let rest = url.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    // WebKit leaves user name and password in.
    let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, 80),
    };
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    // One character a byte, as it came.
    let target = target.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()?;
    Some((Server { scheme: "http", host: host.to_owned(), port }, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_urls_are_split() {
        let of = |url| split(url).map(|(server, target)| (server.url(""), text(&target)));
        let some = |origin: &str, target: &str| Some((origin.to_owned(), target.to_owned()));
        assert_eq!(of("http://a.test/x?y"), some("http://a.test:80", "/x?y"));
        assert_eq!(of("http://a.test:81?y"), some("http://a.test:81", "/?y"));
        assert_eq!(of("http://[2001:db8::7]/"), some("http://[2001:db8::7]:80", "/"));
        assert_eq!(of("http://[::1]:8000/"), some("http://[::1]:8000", "/"));
        assert_eq!(of("http://u:p@a.test/@"), some("http://a.test:80", "/@"));
        assert_eq!(of("/x"), None);
        assert_eq!(of("http://a.test:port/"), None);
    }
}

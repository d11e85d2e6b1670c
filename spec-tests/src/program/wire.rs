//! Just enough HTTP/1.1 of a client: one request a connection, to loopback addresses only.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use url::{Host, Position, Url};

use crate::Failure;
use crate::run::wall_clock;

/// How long an exchange may take, and how long a read waits.
const DEADLINE: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_millis(500);
/// The longest response, and the longest request body.
const LONGEST: usize = 4 << 20;
const LONGEST_BODY: u64 = 2 << 20;

/// Header lines.
pub(super) type Lines = Vec<(Vec<u8>, Vec<u8>)>;

/// A response as it came.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Lines,
    pub(super) body: Vec<u8>,
}

/// A request's body, of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Nothing,
    /// Its length is told.
    Whole(u64),
    /// Its length is not.
    Chunked(u64),
}

/// Sends a request, and reads the response.
pub(super) fn exchange(method: &str, url: &Url, headers: &Lines, payload: Payload) -> Result<Answer, Failure> {
    let io = |error: std::io::Error| error.to_string();
    let (mut stream, authority) = connect(url)?;
    stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(DEADLINE))).map_err(io)?;
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n").into_bytes();
    let states_length = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"content-length"));
    for (name, value) in headers {
        request.extend([&name[..], b": ", value, b"\r\n"].concat());
    }
    let bytes = |length: u64| vec![b'x'; usize::try_from(length.min(LONGEST_BODY)).unwrap_or(0)];
    match payload {
        Payload::Nothing => request.extend_from_slice(b"\r\n"),
        Payload::Whole(length) => {
            let line = if states_length { String::new() } else { format!("content-length: {length}\r\n") };
            request.extend([line.as_bytes(), b"\r\n", &bytes(length)].concat());
        }
        Payload::Chunked(length) => {
            let size = format!("transfer-encoding: chunked\r\n\r\n{length:x}\r\n");
            request.extend([size.as_bytes(), &bytes(length), b"\r\n0\r\n\r\n"].concat());
        }
    }
    stream.write_all(&request).map_err(io)?;
    parse(&read_all(&mut stream)?).ok_or_else(|| "no response".to_owned())
}

fn connect(url: &Url) -> Result<(TcpStream, String), Failure> {
    let port = url.port_or_known_default().unwrap_or(80);
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        host => return Err(format!("{host:?} is no address")),
    };
    if url.scheme() != "http" || !address.is_loopback() {
        return Err(format!("{address} is not for this program"));
    }
    let stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), DEADLINE);
    let authority = url.port().map_or_else(|| address.to_string(), |port| format!("{address}:{port}"));
    Ok((stream.map_err(|error| error.to_string())?, authority))
}

/// Everything until the other side closes.
fn read_all(stream: &mut TcpStream) -> Result<Vec<u8>, Failure> {
    let deadline = wall_clock() + DEADLINE;
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    while bytes.len() < LONGEST {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(length) => bytes.extend_from_slice(buffer.get(..length).unwrap_or_default()),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error.to_string()),
        }
        if wall_clock() > deadline {
            return Err("no end of the response".to_owned());
        }
    }
    Err("the response is too long".to_owned())
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = bytes.split_at(end);
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let status = lines.next()?.split(|byte| *byte == b' ').nth(1)?;
    let status = std::str::from_utf8(status).ok()?.parse().ok()?;
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        let value = value.get(1..)?;
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
        let start = value.iter().position(|byte| !is_space(byte)).unwrap_or(value.len());
        let end = value.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last.saturating_add(1));
        Some((name.to_vec(), value.get(start..end)?.to_vec()))
    };
    // The server says of every connection that it closes it; that is about the connection only.
    let about_connection = |name: &[u8]| name.eq_ignore_ascii_case(b"connection");
    let headers = lines.map(header).collect::<Option<Lines>>()?;
    let headers = headers.into_iter().filter(|(name, _)| !about_connection(name)).collect();
    Some(Answer { status, headers, body: body.get(4..)?.to_vec() })
}

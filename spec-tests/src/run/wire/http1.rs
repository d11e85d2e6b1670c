//! Just enough HTTP/1.1 of a server: one request a connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::run::wall_clock;

/// The longest request head, and the longest body.
const LONGEST_HEAD: usize = 256 << 10;
const LONGEST_BODY: usize = 2 << 20;
/// How long a request may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long a read waits.
const PATIENCE: Duration = Duration::from_millis(500);

/// A request as it came.
#[derive(Clone, Debug)]
pub(in crate::run) struct Received {
    /// The method.
    pub(in crate::run) method: Vec<u8>,
    /// The request target.
    pub(in crate::run) target: Vec<u8>,
    /// The header lines.
    pub(in crate::run) headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// How long the body is.
    pub(in crate::run) body_length: usize,
}

impl Received {
    /// All values of a header, joined.
    pub(in crate::run) fn header(&self, name: &str) -> Option<Vec<u8>> {
        let values = self.headers.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name.as_bytes()));
        let values: Vec<&[u8]> = values.map(|(_, value)| value.as_slice()).collect();
        if values.is_empty() { None } else { Some(values.join(&b", "[..])) }
    }
}

/// A connection, encrypted or not.
pub(in crate::run) trait Connection: Read + Write {
    /// Sends no more.
    fn finish(&mut self);
}

impl Connection for TcpStream {
    fn finish(&mut self) {
        // One that is gone is finished.
        let _ = self.shutdown(Shutdown::Write);
    }
}

/// Gives a socket the time-outs that [`receive`] and [`send`] need.
pub(in crate::run) fn prepare(stream: &TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(DEADLINE))).ok()
}

/// Reads one request; none if there is no whole one.
pub(in crate::run) fn receive(stream: &mut impl Read) -> Option<Received> {
    let deadline = wall_clock() + DEADLINE;
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at;
        }
        if bytes.len() > LONGEST_HEAD || !read_more(stream, &mut bytes, deadline) {
            return None;
        }
    };
    let (head, rest) = bytes.split_at(end);
    let mut received = parse(head)?;
    let body = rest.get(4..).unwrap_or_default().to_vec();
    received.body_length = body_length(&received, body, stream, deadline)?;
    Some(received)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Whether more came.
fn read_more(stream: &mut impl Read, bytes: &mut Vec<u8>, deadline: Instant) -> bool {
    let mut buffer = [0; 8192];
    while wall_clock() < deadline {
        match stream.read(&mut buffer) {
            Ok(0) => return false,
            Ok(length) => {
                bytes.extend_from_slice(buffer.get(..length).unwrap_or_default());
                return true;
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(_) => return false,
        }
    }
    false
}

fn parse(head: &[u8]) -> Option<Received> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut words = lines.next()?.splitn(3, |byte| *byte == b' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if !version.starts_with(b"HTTP/1.") {
        return None;
    }
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        Some((name.to_vec(), value.to_vec()))
    };
    let headers = lines.map(header).collect::<Option<Vec<_>>>()?;
    Some(Received { method: method.to_vec(), target: target.to_vec(), headers, body_length: 0 })
}

fn body_length(received: &Received, mut body: Vec<u8>, stream: &mut impl Read, deadline: Instant) -> Option<usize> {
    if received.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case(b"chunked")) {
        while chunks(&body).is_none() {
            if body.len() > LONGEST_BODY || !read_more(stream, &mut body, deadline) {
                return None;
            }
        }
        return chunks(&body);
    }
    let Some(value) = received.header("content-length") else { return Some(0) };
    let length: usize = std::str::from_utf8(&value).ok()?.parse().ok()?;
    if length > LONGEST_BODY {
        return None;
    }
    while body.len() < length {
        if !read_more(stream, &mut body, deadline) {
            return None;
        }
    }
    Some(length)
}

/// How long a whole chunked body is.
fn chunks(mut body: &[u8]) -> Option<usize> {
    let mut total: usize = 0;
    loop {
        let end = find(body, b"\r\n")?;
        let (size, rest) = body.split_at(end);
        let size = size.split(|byte| *byte == b';').next().unwrap_or_default();
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(total);
        }
        total = total.checked_add(size)?;
        body = rest.get(size.checked_add(4)?..)?;
    }
}

/// Sends a whole response, which ends with the connection.
pub(in crate::run) fn send(stream: &mut impl Connection, head: &[u8], body: &[u8]) {
    // Whether the other side still listens shows in what it reports.
    let _ = stream.write_all(&[head, body].concat()).and_then(|()| stream.flush());
    stream.finish();
    // What still comes is read, so that closing resets nothing that was not read yet.
    let deadline = wall_clock() + PATIENCE;
    let mut rest = Vec::new();
    while rest.len() < LONGEST_BODY && read_more(stream, &mut rest, deadline) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_line_by_line() {
        let received = parse(b"PUT /a HTTP/1.1\r\nHost: a\r\nX:  b \r\nx: \xff").unwrap_or_else(|| panic!("no head"));
        assert_eq!((&received.method[..], &received.target[..]), (&b"PUT"[..], &b"/a"[..]));
        assert_eq!(received.header("x").as_deref(), Some(&b"b, \xff"[..]));
        assert_eq!(received.header("y"), None);
        assert!(parse(b"PUT /a").is_none() && parse(b"PUT /a HTTP/1.1\r\nno colon").is_none());
    }

    #[test]
    fn chunks_add_up() {
        assert_eq!(chunks(b"3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n"), Some(5));
        assert_eq!(chunks(b"3\r\nab"), None);
        assert_eq!(chunks(b"ffffffffffffffff\r\nab"), None);
    }
}

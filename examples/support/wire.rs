//! HTTP/1.1 over a plain socket: writes the engine's head as it is, reads the answer's as it comes.
//! Follows nothing, stores nothing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fetch_cors::{Body, HostFailure, RequestHead, ResponseHead};
use url::Url;

use super::Error;

/// The most bytes and lines that a head may have.
const MAX_HEAD: u64 = 64 * 1024;
pub(crate) const MAX_LINES: usize = 128;
/// The most 1xx heads before an answer.
const MAX_INTERIM: usize = 8;
/// The most bytes of a body that are read.
const MAX_BODY: u64 = 1024 * 1024;
/// For the connection, and for each read and write after it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A response's head: the status and every line, in order. The engine can judge it as it is.
pub(crate) type Head = (u16, Vec<Line>);
pub(crate) type Line = (Vec<u8>, Vec<u8>);

/// A request with all its bytes, owned, so that another thread can send it.
pub(crate) struct Outgoing {
    url: Url,
    bytes: Vec<u8>,
}

impl Outgoing {
    /// The engine's head, the host's own lines and, if the engine says so, the body.
    pub(crate) fn new(head: &RequestHead<'_>, cookie: Option<String>, body: &[u8]) -> Result<Self, HostFailure> {
        if head.url().scheme() != "http" {
            return Err(HostFailure::tls("this host speaks plain HTTP only"));
        }
        if head.body() == Body::Stream {
            return Err(HostFailure::other("HTTP/1.1 sends no streams: the length is not known"));
        }
        let mut bytes = format!("{} {} HTTP/1.1\r\n", head.method(), head.target()).into_bytes();
        let mut line = |name: &[u8], value: &[u8]| bytes.extend_from_slice(&[name, b": ", value, b"\r\n"].concat());
        // A host adds a line only if the engine did not write one of that name. Whether there is a
        // cookie at all was decided before.
        let own = [("Host", Some(head.authority())), ("Connection", Some("close")), ("Cookie", cookie.as_deref())];
        for (name, value) in own {
            if let (Some(value), false) = (value, head.headers().contains(name)) {
                line(name.as_bytes(), value.as_bytes());
            }
        }
        for (name, value) in head.headers() {
            line(name, value);
        }
        bytes.extend_from_slice(b"\r\n");
        // A preflight has no body, and a redirect may have taken it from the request.
        if head.sends_body() {
            bytes.extend_from_slice(body);
        }
        Ok(Self { url: head.url().clone(), bytes })
    }

    /// Sends it, and reads the final head of the answer; the body can be read after it. The engine need
    /// not see a 1xx.
    pub(crate) fn exchange(self) -> Result<(Head, BodyReader), HostFailure> {
        let mut answer = self.send()?;
        loop {
            let head = answer.next_head()?;
            if !is_interim(&head) {
                let body = BodyReader::new(&head, answer.reader)?;
                return Ok((head, body));
            }
        }
    }

    /// Sends it, and reads nothing yet.
    pub(crate) fn send(self) -> Result<Answer, HostFailure> {
        let mut stream = self.connect().map_err(|error| HostFailure::connect(error.to_string()))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&self.bytes)?;
        Ok(Answer { reader: BufReader::new(stream), heads: 0 })
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::other("the name has no address");
        for address in self.url.socket_addrs(|| None)? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Whether another head follows this one. No cookie of such a head is stored.
pub(crate) fn is_interim(head: &Head) -> bool {
    matches!(head.status(), 100..=199)
}

/// A connection on which an answer comes.
pub(crate) struct Answer {
    reader: BufReader<TcpStream>,
    heads: usize,
}

impl Answer {
    /// The next head, be it the final one or a 1xx.
    pub(crate) fn next_head(&mut self) -> Result<Head, HostFailure> {
        if self.heads > MAX_INTERIM {
            return Err(HostFailure::protocol("more 1xx heads than this host waits through"));
        }
        self.heads += 1;
        let head = read_head(&mut self.reader)?.ok_or(io::Error::from(io::ErrorKind::UnexpectedEof))?;
        Ok(parse(&head)?)
    }
}

/// The body behind a head. Dropping it closes the connection.
pub(crate) struct BodyReader {
    reader: io::Take<BufReader<TcpStream>>,
    length: Option<u64>,
}

impl BodyReader {
    fn new(head: &Head, reader: BufReader<TcpStream>) -> io::Result<Self> {
        let value = |name: &str| {
            head.1.iter().find(|(line, _)| line.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| &**value)
        };
        if value("transfer-encoding").is_some() {
            return Err(malformed("this host reads no transfer codings"));
        }
        let length = match value("content-length") {
            None => None,
            Some(digits) => {
                let digits = std::str::from_utf8(digits).map_err(malformed)?;
                Some(digits.parse().map_err(malformed)?)
            }
        };
        Ok(Self { reader: reader.take(length.unwrap_or(MAX_BODY).min(MAX_BODY)), length })
    }

    /// Only if the engine said that the body is there to be read.
    pub(crate) fn read(mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        self.reader.read_to_end(&mut body)?;
        match self.length {
            Some(length) if length != body.len() as u64 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(body),
        }
    }
}

/// Reads up to the empty line behind a head, or `None` where the connection ends instead.
pub(crate) fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut reader = reader.take(MAX_HEAD);
    loop {
        match reader.read_until(b'\n', &mut head)? {
            0 if head.is_empty() => return Ok(None),
            0 => return Err(malformed("a head that is too long, or cut off")),
            _ if head.ends_with(b"\r\n\r\n") => return Ok(Some(head)),
            _ => {}
        }
    }
}

fn parse(head: &[u8]) -> io::Result<Head> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut response = httparse::Response::new(&mut lines);
    response.parse(head).map_err(malformed)?;
    // Two lines of one name stay two lines: joined or dropped, they could turn a refusal into a grant.
    let lines = response.headers.iter().map(|line| (line.name.as_bytes().to_vec(), line.value.to_vec()));
    Ok((response.code.unwrap_or_default(), lines.collect()))
}

/// What is no HTTP: [`HostFailure`] makes `Protocol` of this kind.
pub(crate) fn malformed(error: impl Into<Error>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

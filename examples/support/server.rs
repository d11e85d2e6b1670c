//! A server on loopback whose answers are scripted, and which keeps what it was sent.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fetch_cors::RequestHead;

use super::wire::{MAX_LINES, read_head};

const MAX_BODY: usize = 64 * 1024;
/// Also bounds how long a thread outlives the host that it served.
const IDLE: Duration = Duration::from_secs(10);

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Name and value of each line, in order.
    pub(crate) lines: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// What a handler within the host is asked, for the report.
    pub(crate) fn of(head: &RequestHead<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            method: head.method().to_owned(),
            target: head.url().to_string(),
            lines: head.headers().iter().map(|(name, value)| (text(name), text(value))).collect(),
            body: Vec::new(),
        }
    }

    /// The value of a line, if there is exactly one of that name.
    pub(crate) fn line(&self, name: &str) -> Option<&str> {
        let mut values = self.lines.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// Whether there is a line of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.lines.iter().any(|(line, _)| line.eq_ignore_ascii_case(name))
    }

    pub(crate) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
    }
}

impl std::fmt::Display for Seen {
    /// One line: what a reader of the examples looks at.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:7} {}", self.method, self.target)?;
        for name in ["Origin", "Sec-Fetch-Site", "Access-Control-Request-Method", "Cookie"] {
            if let Some(value) = self.line(name) {
                write!(f, "  {name}: {value}")?;
            }
        }
        Ok(())
    }
}

/// An answer. `Content-Length` is added to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    status: u16,
    lines: Vec<(&'static str, String)>,
    body: String,
    early_hints: bool,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn line(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.lines.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends a 103 ahead of the answer, with a cookie that nobody may store.
    pub(crate) fn after_early_hints(mut self) -> Self {
        self.early_hints = true;
        self
    }

    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        if self.early_hints {
            bytes.extend_from_slice(
                b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nSet-Cookie: hint=1\r\n\r\n",
            );
        }
        write!(bytes, "HTTP/1.1 {} Scripted\r\n", self.status)?;
        for (name, value) in &self.lines {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        if self.status != 204 {
            write!(bytes, "Content-Length: {}\r\n", self.body.len())?;
        }
        write!(bytes, "\r\n{}", self.body)?;
        // One write, so that no packet waits for the acknowledgement of the one before.
        to.write_all(&bytes)
    }
}

/// A running server; it ends when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    routes: Box<dyn Fn(&Seen) -> Reply + Send + Sync>,
    seen: Mutex<Vec<Seen>>,
    stopped: AtomicBool,
}

impl Server {
    /// Listens on a free port of 127.0.0.1 and answers with what `routes` says, on a thread for each
    /// connection.
    pub(crate) fn start(routes: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            routes: Box::new(routes),
            seen: Mutex::new(Vec::new()),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::Relaxed) {
                    break;
                }
                let shared = Arc::clone(&accepting);
                if let Ok(stream) = stream {
                    // A connection that breaks shows on the client's side.
                    thread::spawn(move || shared.serve(stream));
                }
            }
        });
        Ok(Self { address, shared })
    }

    /// `http://127.0.0.1:port`, without a slash behind it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn url(&self, path: &str) -> Result<url::Url, url::ParseError> {
        url::Url::parse(&self.origin())?.join(path)
    }

    /// Every request so far, in the order in which their heads were read.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes the accepting thread, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(IDLE))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(seen) = read_request(&mut reader)? {
            let is_last = seen.line("connection") == Some("close");
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
            (self.routes)(&seen).write(&mut stream)?;
            if is_last {
                break;
            }
        }
        Ok(())
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Seen>> {
    let Some(head) = read_head(reader)? else { return Ok(None) };
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut request = httparse::Request::new(&mut lines);
    request.parse(&head).map_err(io::Error::other)?;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let mut seen = Seen {
        method: text(request.method),
        target: text(request.path),
        lines: request
            .headers
            .iter()
            .map(|line| (line.name.to_owned(), String::from_utf8_lossy(line.value).into_owned()))
            .collect(),
        body: Vec::new(),
    };
    let length = seen.line("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    if length > MAX_BODY {
        return Err(io::Error::other("a body too long for this server"));
    }
    seen.body.resize(length, 0);
    reader.read_exact(&mut seen.body)?;
    Ok(Some(seen))
}

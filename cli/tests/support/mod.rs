//! What the tests of the command share: running the binary, and servers on loopback.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod hyper_server;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// No run of the binary may take longer.
const LONGEST_RUN: Duration = Duration::from_secs(30);
/// No connection of a test server lives longer.
const LONGEST_CONNECTION: Duration = Duration::from_secs(10);

/// The page of most tests.
pub(crate) const PAGE: &str = "https://shop.example";

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stdout_bytes: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Run {
    /// The JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON document: {e}\n{self:?}"))
    }

    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        assert!(self.stdout.contains(text), "no {text:?} in\n{}", self.stdout);
    }
}

/// Runs `fetch-cors fetch` with the arguments given.
pub(crate) fn fetch<S: AsRef<str>>(args: &[S]) -> Run {
    let mut all = vec!["fetch"];
    all.extend(args.iter().map(AsRef::as_ref));
    run(&all, &[])
}

/// Runs `fetch-cors fetch URL --origin PAGE` and further arguments.
pub(crate) fn fetch_from_page(url: &str, more: &[&str]) -> Run {
    let mut args = vec![url, "--origin", PAGE];
    args.extend(more);
    fetch(&args)
}

/// Runs the binary with further environment variables.
pub(crate) fn run(args: &[&str], env: &[(&str, &str)]) -> Run {
    let started = clock();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fetch-cors"))
        .args(args)
        .env_remove("NO_COLOR")
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let stdout = drain(child.stdout.take().expect("piped"));
    let stderr = drain(child.stderr.take().expect("piped"));
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            break status;
        }
        if started.elapsed() > LONGEST_RUN {
            child.kill().expect("the child can be stopped");
            panic!("{args:?} did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let stdout_bytes = stdout.join().expect("reader");
    Run {
        code: status.code().expect("no signal"),
        stdout: String::from_utf8_lossy(&stdout_bytes).into_owned(),
        stdout_bytes,
        stderr: String::from_utf8_lossy(&stderr.join().expect("reader")).into_owned(),
        took: started.elapsed(),
    }
}

/// The time, to bound what a test takes.
#[expect(clippy::disallowed_methods, reason = "a test measures real time")]
pub(crate) fn clock() -> Instant {
    Instant::now()
}

fn drain(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// A request as a test server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) lines: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The values of a header, without regard to case.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let same = |line: &&(String, String)| line.0.eq_ignore_ascii_case(name);
        self.lines.iter().filter(same).map(|l| l.1.as_str()).collect()
    }
}

/// A server on loopback that answers each connection's bytes by a closure.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers each request, one for a connection, with the bytes that `answer` gives.
    pub(crate) fn answering(answer: impl Fn(&Seen) -> String + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1", answer)
    }

    /// The same on another address of the loopback network.
    pub(crate) fn at(ip: &str, answer: impl Fn(&Seen) -> String + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let handler = move |stream: &mut TcpStream| {
            if let Some(request) = read_request(stream) {
                let reply = answer(&request);
                log.lock().expect("not poisoned").push(request);
                // The client may have gone.
                let _ = stream.write_all(reply.as_bytes());
            }
        };
        Self::start(ip, seen, handler)
    }

    /// Hands each connection to `handler` and closes it afterwards.
    pub(crate) fn raw(handler: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::start("127.0.0.1", Arc::default(), handler)
    }

    fn start(ip: &str, seen: Arc<Mutex<Vec<Seen>>>, handler: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("loopback can be bound");
        let address = listener.local_addr().expect("bound");
        let stop = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(AtomicUsize::new(0));
        let (stopped, counter, handler) = (Arc::clone(&stop), Arc::clone(&connections), Arc::new(handler));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                counter.fetch_add(1, Ordering::SeqCst);
                let handler = Arc::clone(&handler);
                std::thread::spawn(move || {
                    let limit = Some(LONGEST_CONNECTION);
                    stream.set_read_timeout(limit).expect("a limit above zero");
                    stream.set_write_timeout(limit).expect("a limit above zero");
                    handler(&mut stream);
                });
            }
        });
        Self { address, seen, connections, stop, thread: Some(thread) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A complete response that closes the connection.
pub(crate) fn reply(status: u16, lines: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status} Some Reason\r\n");
    for (name, value) in lines {
        text += &format!("{name}: {value}\r\n");
    }
    text + &format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// Reads one request with its body, or nothing if the client went away.
pub(crate) fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        match stream.read(&mut chunk) {
            Ok(n) if n > 0 => bytes.extend(&chunk[..n]),
            _ => return None,
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let mut seen = Seen {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        lines: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: bytes.split_off(end + 4),
    };
    let length = seen.header("content-length").first().map_or(0, |v| v.parse().expect("a length"));
    while seen.body.len() < length {
        match stream.read(&mut chunk) {
            Ok(n) if n > 0 => seen.body.extend(&chunk[..n]),
            _ => return None,
        }
    }
    Some(seen)
}

/// A file for one test, removed at the end.
#[derive(Debug)]
pub(crate) struct TempFile(pub(crate) PathBuf);

impl TempFile {
    pub(crate) fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("fetch-cors-{}-{name}", std::process::id()));
        std::fs::write(&path, content).expect("a temporary file can be written");
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("an ASCII path")
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

//! Talks to `fetch-cors engine` over its pipes: bounded in time, and every message against the schema.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use jsonschema::Validator;
use serde_json::{Value, json};

/// No answer and no exit may take longer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The schema as it is written.
pub(crate) fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema/engine-protocol.json");
    let text = std::fs::read_to_string(path).expect("the schema can be read");
    serde_json::from_str(&text).expect("the schema is JSON")
}

/// The schema's two sides.
pub(crate) struct Schema {
    to_engine: Validator,
    from_engine: Validator,
}

impl Schema {
    pub(crate) fn new() -> Self {
        let schema = schema();
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "no schema of draft 2020-12");
        let side = |name: &str| {
            let mut schema = schema.clone();
            let root = schema.as_object_mut().expect("an object");
            root.remove("oneOf");
            root.insert("$ref".into(), format!("#/$defs/{name}").into());
            jsonschema::draft202012::new(&schema).expect("a schema")
        };
        Self { to_engine: side("to_engine"), from_engine: side("from_engine") }
    }

    /// Whether a caller may say this.
    pub(crate) fn allows(&self, message: &Value) -> bool {
        self.to_engine.is_valid(message)
    }

    #[track_caller]
    fn check_said(&self, message: &Value) {
        let errors: Vec<String> = self.to_engine.iter_errors(message).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{message}\n{}", errors.join("\n"));
    }

    #[track_caller]
    fn check_reply(&self, message: &Value) {
        let errors: Vec<String> = self.from_engine.iter_errors(message).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{message}\n{}", errors.join("\n"));
    }
}

/// A running process.
pub(crate) struct Engine {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
    pub(crate) schema: Schema,
}

impl Engine {
    /// A process that has said nothing and heard nothing.
    pub(crate) fn spawn() -> Self {
        let mut child = command().spawn().expect("the binary starts");
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                if sender.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
        Self { child, stdin, lines, schema: Schema::new() }
    }

    /// A process with a user agent of this configuration.
    pub(crate) fn new(config: Value) -> Self {
        let mut engine = Self::spawn();
        let reply = engine.say(json!({ "hello": { "version": 1, "config": config } }));
        assert_eq!(reply["hello"]["version"], 1, "{reply}");
        engine
    }

    /// Says a message that the schema allows.
    #[track_caller]
    pub(crate) fn say(&mut self, message: Value) -> Value {
        self.schema.check_said(&message);
        self.say_line(message.to_string().as_bytes())
    }

    /// Says any line.
    #[track_caller]
    pub(crate) fn say_line(&mut self, line: &[u8]) -> Value {
        self.write(&[line, b"\n"].concat());
        self.hear()
    }

    #[track_caller]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the engine reads");
    }

    /// The next line.
    #[track_caller]
    pub(crate) fn hear(&self) -> Value {
        let line = self.lines.recv_timeout(LONGEST_WAIT).expect("a line in time");
        assert!(line.ends_with(b"\n") && line.is_ascii(), "{}", String::from_utf8_lossy(&line));
        let reply = serde_json::from_slice(&line).expect("JSON");
        self.schema.check_reply(&reply);
        reply
    }

    /// Ends the input: the process ends with status 0 and says nothing more.
    #[track_caller]
    pub(crate) fn finish(mut self) {
        self.close();
        assert_eq!(self.lines.recv_timeout(LONGEST_WAIT), Err(RecvTimeoutError::Disconnected), "one line too many");
        assert_eq!(self.exit_code(), Some(0));
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().expect("piped");
        std::io::Read::read_to_string(&mut stderr, &mut said).expect("UTF-8");
        assert_eq!(said, "");
    }

    /// A process whose output nobody reads.
    pub(crate) fn unheard() -> Self {
        let mut child = command().spawn().expect("the binary starts");
        let stdin = child.stdin.take();
        child.stdout = None;
        Self { child, stdin, lines: channel().1, schema: Schema::new() }
    }

    /// Ends the input.
    pub(crate) fn close(&mut self) {
        self.stdin = None;
    }

    /// The exit status, waited for.
    fn exit_code(&mut self) -> Option<i32> {
        let started = clock();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return status.code();
            }
            assert!(started.elapsed() < LONGEST_WAIT, "the engine does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts a fetch of the page `https://shop.example/cart`.
    #[track_caller]
    pub(crate) fn start(&mut self, id: &str, now: u64, request: Value) -> Value {
        self.say(start(id, now, request))
    }

    /// Answers with a head.
    #[track_caller]
    pub(crate) fn respond(&mut self, id: &str, now: u64, status: u16, headers: &[(&str, &str)]) -> Value {
        self.say(json!({ "respond": { "id": id, "now": now, "status": status, "headers": headers } }))
    }

    #[track_caller]
    pub(crate) fn abort(&mut self, id: &str) -> Value {
        self.say(json!({ "abort": { "id": id, "now": 0 } }))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It may have ended; the process is this test's own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fetch-cors"));
    command.arg("engine").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The message that starts a fetch.
pub(crate) fn start(id: &str, now: u64, request: Value) -> Value {
    json!({ "start": {
        "id": id,
        "now": now,
        "client": { "origin": "https://shop.example", "url": "https://shop.example/cart", "partition": "shop" },
        "request": request,
    } })
}

/// Whether an action asks for this.
#[track_caller]
pub(crate) fn asks(reply: &Value, id: &str, kind: &str) {
    let action = &reply["action"];
    assert_eq!((&action["id"], &action["type"]), (&id.into(), &kind.into()), "{reply}");
}

/// The value of a header of the head that is asked for.
pub(crate) fn sent<'r>(reply: &'r Value, name: &str) -> Option<&'r str> {
    line(&reply["action"]["head"]["headers"], name)
}

/// The value of the first line of this name.
fn line<'r>(lines: &'r Value, name: &str) -> Option<&'r str> {
    let is_it = |line: &&Value| line[0].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
    lines.as_array()?.iter().find(is_it)?[1].as_str()
}

/// The code of the network error in which a fetch ended.
#[track_caller]
pub(crate) fn blocked<'r>(reply: &'r Value, id: &str) -> &'r str {
    assert_eq!(reply["outcome"]["id"], id, "{reply}");
    reply["outcome"]["network_error"]["code"].as_str().unwrap_or_else(|| panic!("no network error: {reply}"))
}

/// The response in which a fetch ended.
#[track_caller]
pub(crate) fn delivered<'r>(reply: &'r Value, id: &str) -> &'r Value {
    assert!(reply["outcome"]["id"] == id && reply["outcome"]["response"].is_object(), "no response: {reply}");
    &reply["outcome"]["response"]
}

/// The code of an error, and the fetch that it is about.
#[track_caller]
pub(crate) fn fault(reply: &Value) -> (&str, Option<&str>) {
    let error = &reply["error"];
    let code = error["code"].as_str().unwrap_or_else(|| panic!("no error: {reply}"));
    (code, error["id"].as_str())
}

#[expect(clippy::disallowed_methods, reason = "a test measures real time")]
fn clock() -> Instant {
    Instant::now()
}

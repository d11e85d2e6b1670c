//! The command `fetch` as a program under test: from its arguments to what it prints, with one user
//! agent for all fetches of a case, as it has for several URLs.

use clap::Parser;
use fetch_cors::Timestamp;
use fetch_cors_spec_tests::Failure;
use fetch_cors_spec_tests::program::Program;
use fetch_cors_spec_tests::scenario::{ClientModel, ConfigModel, FetchModel};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::Url;

use super::arguments::arguments;
use crate::args::{Cli, Command};
use crate::net::Line;
use crate::plan::{Plan, Usage};
use crate::record::{BodyOutcome, Delivered, Outcome, Stopped};
use crate::run::Host;

/// What no argument of `fetch` says.
const CANNOT: [&str; 12] = [
    "table",
    "configured-headers",
    "letter-profile",
    "embedder-policy",
    "partition",
    "keepalive-quota",
    "raw-request",
    "element",
    "navigation",
    "websocket",
    "stream-body",
    "other-scheme",
];

/// The program and arguments that start it.
pub(super) fn program() -> Result<Vec<String>, Usage> {
    let path = std::env::current_exe().map_err(|e| Usage(format!("this program's own file: {e}")))?;
    let path = path.into_os_string().into_string().map_err(|path| Usage(format!("{path:?} is not UTF-8")))?;
    Ok([path.as_str(), "conformance-target", "--fetch-command"].map(str::to_owned).to_vec())
}

/// The program.
#[derive(Debug)]
pub(super) struct FetchCommand {
    runtime: Runtime,
    config: ConfigModel,
    cookies: Vec<(Url, String, String)>,
    /// From the first fetch of a case on.
    host: Option<Host>,
}

impl FetchCommand {
    pub(super) fn new() -> Result<Self, Usage> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Usage(format!("the I/O runtime does not start: {e}")))?;
        Ok(Self { runtime, config: ConfigModel::default(), cookies: Vec::new(), host: None })
    }

    fn start(&mut self, message: &Value) -> Result<Value, Failure> {
        self.host = None;
        self.config = read(message, "config")?;
        let cookie = |(origin, cookie): (&String, &Value)| {
            let (name, value) = cookie.as_str().and_then(|pair| pair.split_once('='))?;
            Some((Url::parse(origin).ok()?, name.to_owned(), value.to_owned()))
        };
        let cookies = message["cookies"].as_object().into_iter().flatten().map(cookie);
        self.cookies = cookies.collect::<Option<_>>().ok_or_else(|| format!("no cookies: {}", message["cookies"]))?;
        Ok(json!({"ok": true}))
    }

    fn fetch(&mut self, message: &Value) -> Result<Value, Failure> {
        let clock: u64 = read(message, "clock_ms")?;
        let (client, fetch): (ClientModel, FetchModel) = (read(message, "client")?, read(message, "fetch")?);
        let words = match arguments(&self.config, &client, &fetch) {
            Ok(words) => words,
            Err(why) => return Ok(json!({"skip": why})),
        };
        let plan = match plan(words) {
            Ok(plan) => plan,
            Err(error) => return Ok(json!({"skip": format!("fetch takes no such arguments: {error}")})),
        };
        if let Some(dropped) = plan.request.dropped.first() {
            return Ok(json!({"skip": format!("--header leaves out {}: {}", dropped.name, dropped.why)}));
        }
        if self.host.is_none() {
            let mut host = Host::new(&plan).map_err(|e| e.to_string())?;
            for (url, name, value) in &self.cookies {
                host.wire.seed(url, name, value).map_err(|e| e.to_string())?;
            }
            self.host = Some(host);
        }
        let (Some(host), Some(url)) = (&mut self.host, plan.urls.first()) else {
            return Err("nothing to fetch with".to_owned());
        };
        let mut body = Vec::new();
        let record = self.runtime.block_on(host.fetch(&plan, url, Some(&mut body), || Timestamp::from_millis(clock)));
        match record.map_err(|e| e.to_string())?.outcome {
            Outcome::Delivered(seen) => response(&seen, &body),
            Outcome::Stopped(stopped) => Ok(error(&stopped)),
        }
    }
}

impl Program for FetchCommand {
    fn answer(&mut self, message: &Value) -> Result<Value, Failure> {
        match message["do"].as_str() {
            Some("hello") => Ok(json!({
                "version": 1,
                "name": concat!("fetch-cors ", env!("CARGO_PKG_VERSION"), " fetch"),
                "cannot": CANNOT,
                "reports": ["type", "status", "url", "redirected", "headers", "body", "stage", "reason", "redirects"],
            })),
            Some("start") => self.start(message),
            Some("clear-cache") => {
                // Before the first fetch it is empty.
                if let Some(host) = &self.host {
                    host.agent.preflight_cache().clear_all();
                }
                Ok(json!({"ok": true}))
            }
            Some("fetch") => self.fetch(message),
            _ => Err(format!("nothing to do: {message}")),
        }
    }
}

fn read<T: DeserializeOwned>(message: &Value, member: &str) -> Result<T, Failure> {
    T::deserialize(&message[member]).map_err(|error| format!("{member}: {error}"))
}

fn plan(words: Vec<String>) -> Result<Plan, Usage> {
    let typed = std::iter::once("fetch-cors".to_owned()).chain(words);
    match Cli::try_parse_from(typed).map_err(|error| Usage(crate::args::one_line(&error)))?.command {
        Command::Fetch(args) => Plan::new(&args),
        _ => Err(Usage("another command".to_owned())),
    }
}

fn response(seen: &Delivered, body: &[u8]) -> Result<Value, Failure> {
    let body = match &seen.body {
        BodyOutcome::Readable | BodyOutcome::Nothing => Value::Null,
        BodyOutcome::Written(_) => text(body).into(),
        BodyOutcome::Broken(_, failure) => return Err(format!("the body broke off: {}", failure.text)),
        BodyOutcome::Unwritable(why) => return Err(format!("the body cannot be written: {why}")),
    };
    let header = |(name, value): &Line| json!([text(name), text(value)]);
    Ok(json!({"response": {
        "type": seen.response_type,
        "status": seen.status,
        "url": seen.url,
        "redirected": seen.redirected,
        "headers": seen.visible.iter().map(header).collect::<Vec<_>>(),
        "body": body,
    }}))
}

fn error(stopped: &Stopped) -> Value {
    json!({"error": {"stage": stopped.stage, "reason": stopped.code, "redirects": stopped.redirects}})
}

/// Bytes as the protocol writes them.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

//! The engine over real connections.

use fetch_cors::{
    Action, Body, Exchange, HostFailure, HostFailureKind, NetworkError, RequestHead, ResponseBody, ResponseHead,
    SchemePolicy, Timestamp, UserAgent,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::Program;
use super::wire::{self, Answer, Payload};
use crate::Failure;
use crate::jar::CookieJar;
use crate::scenario::{BodyModel, ClientModel, ConfigModel, FetchModel, build};
use crate::symbols::text;
use crate::table::{FUNCTIONS, TableFunction};

/// More exchanges than any fetch makes: twenty redirects, each with a preflight.
const MOST_EXCHANGES: usize = 100;

/// The program on the engine.
#[derive(Debug, Default)]
pub struct EngineProgram {
    user_agent: Option<UserAgent>,
    jar: CookieJar,
}

fn read<T: DeserializeOwned>(message: &Value, member: &str) -> Result<T, Failure> {
    T::deserialize(&message[member]).map_err(|error| format!("{member}: {error}"))
}

impl Program for EngineProgram {
    fn answer(&mut self, message: &Value) -> Result<Value, Failure> {
        match message["do"].as_str() {
            Some("hello") => Ok(json!({"version": 1, "name": "engine-program", "cannot": [], "reports": [
                "type", "status", "url", "urls", "redirected", "headers", "body", "timing_allow", "stage", "reason",
                "redirects", "aborted",
            ]})),
            Some("start") => self.start(message),
            Some("clear-cache") => {
                self.user_agent()?.preflight_cache().clear_all();
                Ok(json!({"ok": true}))
            }
            Some("fetch") => self.fetch(message),
            Some("function") => function(message),
            _ => Err(format!("nothing to do: {message}")),
        }
    }
}

fn function(message: &Value) -> Result<Value, Failure> {
    let known: Option<&(&str, TableFunction)> = FUNCTIONS.iter().find(|(name, _)| message["function"] == *name);
    let (_, function) = known.ok_or_else(|| format!("no function {}", message["function"]))?;
    Ok(json!({"result": function(&message["input"])?}))
}

impl EngineProgram {
    fn user_agent(&mut self) -> Result<&mut UserAgent, Failure> {
        self.user_agent.as_mut().ok_or_else(|| "no case was started".to_owned())
    }

    fn start(&mut self, message: &Value) -> Result<Value, Failure> {
        let config: ConfigModel = read(message, "config")?;
        self.user_agent = Some(UserAgent::new(build::config(&config)?));
        self.jar = CookieJar::default();
        for (origin, cookie) in message["cookies"].as_object().into_iter().flatten() {
            let url = Url::parse(origin).map_err(|error| format!("{origin:?}: {error}"))?;
            self.jar.store(&url, cookie.as_str().unwrap_or_default().as_bytes());
        }
        Ok(json!({"ok": true}))
    }

    fn fetch(&mut self, message: &Value) -> Result<Value, Failure> {
        let now = Timestamp::from_millis(read(message, "clock_ms")?);
        let client: ClientModel = read(message, "client")?;
        let model: FetchModel = read(message, "fetch")?;
        let schemes = SchemePolicy::new();
        let request = build::request(&model, build::client(&client, &schemes)?, &schemes)?;
        let length = match model.body {
            Some(BodyModel::Source(length)) => length,
            _ => BodyModel::STREAM_LENGTH,
        };
        let mut fetch = self.user_agent()?.fetch(request, now);
        for _ in 0..MOST_EXCHANGES {
            match fetch.action() {
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                    if let Some(response) = exchange_over_wire(&mut self.jar, exchange, length, now) {
                        return Ok(response);
                    }
                }
                Action::SchemeFetch(exchange) => exchange.fail(HostFailure::unsupported_scheme()),
                Action::Gate(gate) => gate.proceed(now),
                Action::ServiceWorker(worker) => worker.pass(now),
                Action::NetworkError(error) => return Ok(json!({"error": describe(error)})),
                Action::Delivered => return Err("delivered before".to_owned()),
            }
        }
        Err("no end of exchanges".to_owned())
    }
}

/// One exchange; the report of the response, if it is delivered.
fn exchange_over_wire(jar: &mut CookieJar, exchange: Exchange<'_>, length: u64, now: Timestamp) -> Option<Value> {
    let head = exchange.head();
    let (includes_credentials, url) = (head.include_credentials(), head.url().clone());
    let answer = match send(jar, &head, length) {
        Ok(answer) => answer,
        Err(failure) => {
            exchange.fail(HostFailure::new(HostFailureKind::Other, failure));
            return None;
        }
    };
    if includes_credentials {
        let cookies = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"set-cookie"));
        cookies.for_each(|(_, value)| jar.store(&url, value));
    }
    let delivery = exchange.respond(Received(answer), now)?;
    let response = delivery.accept();
    let headers: Vec<Value> = response.headers().map(|(name, value)| json!([text(name), text(value)])).collect();
    let body = match response.body() {
        ResponseBody::Read => Value::from(text(&response.internal().head().0.body)),
        _ => Value::Null,
    };
    Some(json!({"response": {
        "type": response.response_type().as_str(),
        "status": response.status(),
        "url": response.url().map(Url::as_str),
        "urls": response.url_list().iter().map(Url::as_str).collect::<Vec<_>>(),
        "redirected": response.redirected(),
        "headers": headers,
        "body": body,
        "timing_allow": response.timing_allow_passed(),
    }}))
}

fn send(jar: &CookieJar, head: &RequestHead<'_>, length: u64) -> Result<Answer, Failure> {
    let mut lines: wire::Lines = head.headers().iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    if head.include_credentials()
        && let Some(cookie) = jar.header(head.url())
    {
        lines.push((b"cookie".to_vec(), cookie));
    }
    let payload = match head.body() {
        Body::Null => Payload::Nothing,
        Body::Source { length } => Payload::Whole(length),
        Body::Stream => Payload::Chunked(length),
    };
    wire::exchange(head.method(), head.url(), &lines, payload)
}

fn describe(error: &NetworkError) -> Value {
    json!({
        "stage": error.stage().as_str(),
        "reason": error.reason().code(),
        "redirects": error.redirects(),
        "aborted": error.is_aborted(),
    })
}

/// A response head whose body was read along with it.
#[derive(Debug)]
struct Received(Answer);

impl ResponseHead for Received {
    fn status(&self) -> u16 {
        self.0.status
    }

    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }
}

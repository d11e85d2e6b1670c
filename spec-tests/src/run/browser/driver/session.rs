//! As much of [WebDriver](https://www.w3.org/TR/webdriver2/) as the cases take: one session, a few commands.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::Failure;

/// How long a browser may take to come up.
const START: Duration = Duration::from_secs(60);
/// How much longer than the browser's own time-outs a command may take.
const GRACE: Duration = Duration::from_secs(5);
/// The longest answer of a driver.
const LONGEST_ANSWER: u64 = 64 << 20;

/// Why a command came to nothing: WebDriver's error code, or `unreachable`, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run::browser) struct Stopped {
    pub(in crate::run::browser) code: String,
    pub(in crate::run::browser) message: String,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The driver's own call stack follows behind the first line.
        write!(f, "{}: {}", self.code, self.message.lines().take(2).collect::<Vec<_>>().join(" "))
    }
}

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    agent: Agent,
    url: String,
    is_forgotten: bool,
}

impl Session {
    /// Opens one, and the capabilities that came of the wished ones.
    pub(super) fn new(port: u16, wish: &Value, timeout: Duration) -> Result<(Self, Value), Failure> {
        let url = format!("http://127.0.0.1:{port}/session");
        let body = json!({"capabilities": {"alwaysMatch": wish}});
        let started = post(&agent(START), &url, &body).map_err(|stopped| stopped.to_string())?;
        let id = started["sessionId"].as_str().ok_or_else(|| format!("the driver opens no session: {started}"))?;
        let session = Self { agent: agent(timeout + GRACE), url: format!("{url}/{id}"), is_forgotten: false };
        Ok((session, started["capabilities"].clone()))
    }

    /// Leaves it as it is when this is dropped.
    pub(super) const fn forget(&mut self) {
        self.is_forgotten = true;
    }

    /// A command.
    pub(super) fn post(&self, command: &str, body: &Value) -> Result<Value, Stopped> {
        post(&self.agent, &format!("{}/{command}", self.url), body)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_forgotten {
            return;
        }
        // One that answers no more is ended with its process.
        let _ = self.agent.delete(&self.url).config().timeout_global(Some(GRACE)).build().call();
    }
}

fn agent(timeout: Duration) -> Agent {
    // Drivers are on loopback, whatever the environment says of proxies.
    Agent::config_builder().proxy(None).http_status_as_error(false).timeout_global(Some(timeout)).build().into()
}

fn post(agent: &Agent, url: &str, body: &Value) -> Result<Value, Stopped> {
    let unreachable = |error: ureq::Error| Stopped { code: "unreachable".to_owned(), message: error.to_string() };
    let request = agent.post(url).header("content-type", "application/json; charset=utf-8");
    let mut response = request.send(body.to_string()).map_err(unreachable)?;
    let text = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string().map_err(unreachable)?;
    read(&text)
}

/// The value of an answer, or its error.
fn read(text: &str) -> Result<Value, Stopped> {
    let stopped = |code: &str, message: &str| Stopped { code: code.to_owned(), message: message.to_owned() };
    let mut answer: Value = serde_json::from_str(text)
        .map_err(|error| stopped("unreachable", &format!("an answer is no JSON: {error}")))?;
    let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
    match value["error"].as_str() {
        // A page's function may answer with a member of that name; an error has a message too.
        Some(code) if value["message"].is_string() => Err(stopped(code, value["message"].as_str().unwrap_or_default())),
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart_from_values() {
        assert_eq!(read(r#"{"value": {"response": 1}}"#), Ok(json!({"response": 1})));
        assert_eq!(read(r#"{"value": null}"#), Ok(Value::Null));
        let error = read(r#"{"value": {"error": "script timeout", "message": "too long\n#0 0x1\n#1 0x2"}}"#);
        assert_eq!(error.map_err(|stopped| stopped.to_string()), Err("script timeout: too long #0 0x1".to_owned()));
        assert_eq!(read("<html>").map_err(|stopped| stopped.code), Err("unreachable".to_owned()));
    }
}
